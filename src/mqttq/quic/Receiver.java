package mqttq.quic;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.frame.FrameHandler;
import mqttq.quic.frame.FrameParser;
import mqttq.quic.frame.FrameType;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.DatagramSize;
import mqttq.quic.packet.PacketHeader;
import mqttq.quic.packet.PacketNumber;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.TransportError;
import mqttq.quic.packet.VersionNegotiation;
import mqttq.quic.recovery.PacketNumberSpace;

/** What comes in: from datagrams to opened packets to what their frames mean. One for all connections of an endpoint. */
final class Receiver implements FrameHandler {
    // whose turn it is, and the packet at hand
    private Connection c;
    private long now;
    private Path path;
    private PacketType type;
    private int space, datagramLength, destinationAt;
    private byte[] array;
    private CloseReason peerClose;

    /**
     * A datagram for {@code connection}; {@code header} stands on its first packet.
     * @return whether any packet of it was opened; otherwise it may be a stateless reset
     */
    boolean receive(Connection connection, long now, PacketHeader header, int length, Path path) throws QuicException {
        c = connection;
        peerClose = null;
        this.now = now;
        this.path = path;
        datagramLength = length;
        c.bytesReceived += length;
        c.endpoint.bytesReceived += length;
        if (c.trace != null) c.trace.onDatagramReceived(now, length);
        boolean opened = false;
        do {
            opened |= packet(header);
        } while (c.closeReason == null && header.next());
        if (opened && c.closeReason == null) afterDatagram();
        this.path = null;
        array = null;
        return opened;
    }

    private void afterDatagram() throws QuicException {
        replay();
        if (c.closeReason == null) c.streams.onReceived(c.now);
        if (c.closeReason == null) c.streams.settle();
    }

    /** Packets that came before their keys get their turn. */
    private void replay() throws QuicException {
        for (int s = 0; s < c.spaces.length && c.closeReason == null; s++) {
            if (!c.spaces[s].holds() || !readable(s)) continue;
            for (byte[] packet : c.spaces[s].release()) {
                if (packet == null || c.closeReason != null) break;
                PacketHeader header = new PacketHeader();
                header.datagram(ByteBuffer.wrap(packet), LocalCids.LENGTH);
                if (header.next()) packet(header);
            }
        }
    }

    private boolean packet(PacketHeader header) throws QuicException {
        type = header.type();
        if (c.trace != null && (type == PacketType.RETRY || type == PacketType.VERSION_NEGOTIATION)) {
            c.trace.onPacketReceived(now, type, -1, header.end() - header.start(), header.array(), header.start(), header.end(),
                header.end());
        }
        switch (type) {
            case VERSION_NEGOTIATION -> onVersionNegotiation(header);
            case RETRY -> {
                if (c.client && c.handshake != null && header.version() == c.version && header.fixedBit()) c.handshake.onRetry(now, header);
            }
            case INITIAL, ZERO_RTT, HANDSHAKE, ONE_RTT -> {
                return protectedPacket(header);
            }
            default -> { }
        }
        return false;
    }

    /** RFC 9000 §6.2: no version in common, unless this is a late, forged or confused one. */
    private void onVersionNegotiation(PacketHeader header) throws QuicException {
        if (!c.client || c.handshake == null || c.handshake.packetSeen()) return;
        ConnectionId sentTo = c.handshake.originalDcid;
        if (!sentTo.matches(header.array(), header.sourceOffset(), header.sourceLength())) return;
        if (VersionNegotiation.lists(header, c.version.id) || c.handshake.startAnew(now, header)) return;
        StringBuilder versions = new StringBuilder("the server speaks");
        for (int i = 0; i < Math.min(header.versions(), 8); i++) versions.append(" 0x").append(Integer.toHexString(header.version(i)));
        c.end(new CloseReason(CloseReason.Kind.VERSION_NEGOTIATION, true, 0, 0, versions.toString()), false);
    }

    /** Whether packets of a space can be opened now. RFC 9001 §5.7: a server must not, in 1-RTT, before it knows who the client is. */
    private boolean readable(int s) {
        return s == PacketNumberSpace.APPLICATION ? c.phases != null && (c.client || c.complete) : c.spaces[s].read != null;
    }

    private boolean protectedPacket(PacketHeader header) throws QuicException {
        space = PacketNumberSpace.of(type.level);
        Space s = c.spaces[space];
        boolean app = type == PacketType.ONE_RTT, other = !app && header.version() != c.version;
        PacketProtection longKeys = s.read;
        if (other) longKeys = type == PacketType.INITIAL && c.handshake != null ? c.handshake.initialRead(header.version()) : null;
        boolean early = other && type == PacketType.HANDSHAKE && c.handshake != null && c.handshake.mayTurnInto(header.version());
        // RFC 9000 §5.2, §5.2.1: inconsistent with the connection; §14.1: a client's Initial in a small datagram; RFC 9000 §17.2.2: a token
        // from a server.
        // RFC 9001 §4.6.2: 0-RTT not taken.
        if (s.discarded || other && longKeys == null && !early || type == PacketType.ZERO_RTT && (c.client || longKeys == null)
            || type == PacketType.INITIAL && (c.client ? header.tokenLength() > 0
                : datagramLength < DatagramSize.MIN_INITIAL)) return dropped(header, "not for this state");
        if (app ? !readable(space) : longKeys == null) {
            if (!s.hold(header, c.endpoint.limits.undecryptable())) return dropped(header, "no keys, no room");
            if (c.trace != null) c.trace.onPacketBuffered(now, type, header.end() - header.start());
            return false;
        }
        array = header.array();
        int start = header.start(), pnOffset = header.packetNumberOffset(), end = header.end();
        int pnLength = (app ? c.phases.headerKeys() : longKeys).unmask(array, start, pnOffset, end);
        if (pnLength < 0) return dropped(header, "too short");
        long number = PacketNumber.decode(s.received.largest(), PacketNumber.read(array, pnOffset, pnLength), pnLength);
        PacketProtection keys = app ? c.phases.forOpening((array[start] & 0x04) != 0, number) : longKeys;
        int payload = pnOffset + pnLength, framesEnd = keys.open(array, start, payload, end, number);
        if (framesEnd < 0) {
            // RFC 9001 §6.6: forgeries are counted, over all keys.
            if (++c.openFailures >= keys.integrityLimit()) {
                throw new QuicException(TransportError.AEAD_LIMIT_REACHED, "too many forged packets");
            }
            return dropped(header, "not authentic");
        }
        if (!app && c.handshake != null && !c.handshake.accepts(header)) return dropped(header, "other source connection id");
        // RFC 9000 §17.2, §17.3.1: to be looked at only now.
        if ((array[start] & (app ? 0x18 : 0x0c)) != 0) throw new QuicException(TransportError.PROTOCOL_VIOLATION, "reserved bits");
        if (s.received.isDuplicate(number)) {
            dropped(header, "duplicate");
            return true;
        }
        // RFC 9369 §4.1: the first Initial of another version tells a client which one the server chose.
        if (other && c.client) c.handshake.turnInto(header.version());
        if (app) {
            c.phases.onOpened(now, keys, number, c.loss.pto());
            if (!c.client) c.onOneRtt();
        }
        opened(header, s, number, payload, framesEnd);
        return true;
    }

    private void opened(PacketHeader header, Space s, long number, int payload, int framesEnd) throws QuicException {
        c.packetsReceived++;
        c.endpoint.packetsReceived++;
        c.onActivity(now);
        if (c.trace != null) {
            c.trace.onPacketReceived(now, type, number, header.end() - header.start(), array, header.start(), payload, framesEnd);
        }
        if (path.id < 0) path = adopted(path);
        if (c.client && path == c.paths.active()) c.mover.heard();
        destinationAt = header.destinationOffset();
        if (type == PacketType.HANDSHAKE && !c.client) {
            // RFC 9001 §4.9.1, RFC 9000 §8.1: whoever has Handshake keys got our Initial.
            path.validated = true;
            c.discard(PacketNumberSpace.INITIAL);
        }
        boolean newest = number > s.received.largest();
        ByteBuffer frames = c.endpoint.frames(array, payload, framesEnd);
        int flags = FrameParser.parse(frames, type, c.client, c.options.datagramFrame(), this);
        s.received.onReceived(now, number, (flags & FrameParser.ACK_ELICITING) != 0, false);
        if (peerClose != null) {
            c.end(peerClose, false);
            return;
        }
        if (c.handshake != null && c.handshake.done && !c.complete) c.onHandshakeComplete();
        // RFC 9000 §9.3: the newest packet that does more than probe says where the peer is; §9: a server stays.
        if (newest && !c.client && path != c.paths.active() && path.id >= 0 && (flags & FrameParser.NON_PROBING) != 0) {
            ConnectionId used = c.localCids.lastUsed();
            c.paths.migrate(now, path, used != null && used.matches(array, destinationAt, LocalCids.LENGTH));
        }
        if (newest && type == PacketType.ONE_RTT && c.localCids.used(array, destinationAt) && !c.client) c.listener.onPath(c);
    }

    /** A packet of ours came from a new address: that is worth remembering; the peer may be behind a NAT that changed its mind. */
    private Path adopted(Path stranger) throws QuicException {
        glitch(1);
        Path known = c.paths.adopt(stranger);
        return known == null ? stranger : known;
    }

    private boolean dropped(PacketHeader header, String why) {
        if (c.trace != null) c.trace.onPacketDropped(now, type, header.end() - header.start(), why);
        return false;
    }

    /** An odd but legal thing: RFC 9000 §21.9 lets an endpoint lose patience. */
    private void glitch(int weight) throws QuicException {
        Limits limits = c.endpoint.limits;
        if (c.glitches == null) c.glitches = new TokenBucket(limits.glitchBurst(), limits.glitchesPerSecond());
        if (!c.glitches.take(now, weight)) throw new QuicException(TransportError.PROTOCOL_VIOLATION, "too many odd frames");
    }

    // --- frames

    @Override public void onPing() { }

    @Override public void onAck(long largest, long rawDelay) throws QuicException {
        int exponent = space == PacketNumberSpace.APPLICATION ? c.peerAckDelayExponent : 3;
        // Microseconds; what would overflow is nonsense and capped by max_ack_delay anyway.
        c.loss.onAck(space, largest, (Math.min(rawDelay, Integer.MAX_VALUE) << exponent) * 1000);
    }

    @Override public void onAckRange(long low, long high) throws QuicException { c.loss.onAckRange(low, high); }

    @Override public void onAckEnd(long ect0, long ect1, long ce) {
        c.loss.onAckEnd(now, ect0, ect1, ce);
        if (c.trace != null) c.trace.onRecovery(now, c.loss);
    }

    @Override public void onResetStream(long stream, long code, long finalSize) throws QuicException {
        glitch(1);
        c.streams.onResetStream(stream, code, finalSize);
    }

    @Override public void onStopSending(long stream, long code) throws QuicException {
        glitch(1);
        c.streams.onStopSending(stream, code);
    }

    @Override public void onCrypto(long offset, ByteBuffer data) throws QuicException {
        if (!data.hasRemaining()) glitch(1);
        else if (c.spaces[space].crypto != null) c.spaces[space].crypto.onCrypto(offset, data);
        else c.onCrypto(space, data);
    }

    @Override public void onNewToken(ByteBuffer token) throws QuicException {
        glitch(10);
        byte[] bytes = new byte[token.remaining()];
        token.get(bytes);
        if (c.memory.version() == c.version) c.memory.token(bytes);
    }

    @Override public void onStream(long stream, long offset, ByteBuffer data, boolean fin) throws QuicException {
        if (!data.hasRemaining() && !fin) glitch(1);
        c.streams.onStream(stream, offset, data, fin);
    }

    @Override public void onMaxData(long maximum) { c.streams.onMaxData(maximum); }
    @Override public void onMaxStreamData(long stream, long maximum) throws QuicException { c.streams.onMaxStreamData(stream, maximum); }
    @Override public void onMaxStreams(boolean bidi, long maximum) throws QuicException { c.streams.onMaxStreams(bidi, maximum); }
    @Override public void onDataBlocked(long limit) throws QuicException { glitch(1); }

    @Override public void onStreamDataBlocked(long stream, long limit) throws QuicException {
        glitch(1);
        c.streams.onStreamDataBlocked(stream, limit);
    }

    @Override public void onStreamsBlocked(boolean bidi, long limit) throws QuicException { glitch(1); }

    @Override public void onNewConnectionId(long sequence, long retirePriorTo, ConnectionId id, byte[] resetToken) throws QuicException {
        glitch(1);
        c.remoteCids.onNew(sequence, retirePriorTo, id, resetToken);
        c.paths.onCidsChanged();
    }

    @Override public void onRetireConnectionId(long sequence) throws QuicException {
        glitch(1);
        c.localCids.onRetire(sequence, array, destinationAt);
        if (c.localCids.lastUsed() == null) c.listener.onPath(c);
        c.refillCids();
    }

    @Override public void onPathChallenge(long data) throws QuicException {
        glitch(1);
        // RFC 9000 §8.2.2, §19.17: answered with the next datagram, on this path.
        if (path.id >= 0) path.onChallenge(data, c.endpoint.limits.challengesPerPath());
    }

    @Override public void onPathResponse(long data) throws QuicException {
        // RFC 9000 §19.18 allows closing here; late answers to challenges of which only the latest are kept are no crime.
        if (!c.paths.onResponse(now, data)) glitch(1);
    }

    @Override public void onConnectionClose(long code, long frameType, ByteBuffer reason) {
        if (peerClose == null) peerClose = new CloseReason(CloseReason.Kind.TRANSPORT, true, code, frameType, text(reason));
    }

    @Override public void onApplicationClose(long code, ByteBuffer reason) {
        if (peerClose == null) peerClose = new CloseReason(CloseReason.Kind.APPLICATION, true, code, 0, text(reason));
    }

    /** What the peer says for our log: printable ASCII, and no more of it than a line. */
    private static String text(ByteBuffer reason) {
        byte[] bytes = new byte[Math.min(reason.remaining(), 128)];
        reason.get(bytes);
        for (int i = 0; i < bytes.length; i++) if (bytes[i] < ' ' || bytes[i] > '~') bytes[i] = '?';
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    @Override public void onHandshakeDone() throws QuicException {
        // RFC 9000 §19.20: FrameParser refuses it from a client.
        c.onConfirmed();
    }

    @Override public void onDatagram(ByteBuffer data) throws QuicException {
        // RFC 9221 §3: FrameParser refuses what was not offered. RFC 9000 §19.21: it elicits an ACK, and is congestion controlled.
        c.listener.onDatagram(c, data);
    }
}
