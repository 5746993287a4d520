package mqttq.quic;

import java.nio.ByteBuffer;
import mqttq.quic.frame.FrameType;
import mqttq.quic.frame.FrameWriter;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.DatagramSize;
import mqttq.quic.packet.HeaderWriter;
import mqttq.quic.packet.PacketNumber;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.StatelessReset;
import mqttq.quic.packet.TransportError;
import mqttq.quic.recovery.LossDetector;
import mqttq.quic.recovery.PacketNumberSpace;
import mqttq.quic.recovery.SentPacket;

/** What goes out: which frames in which packets, as few datagrams as possible, within what path, peer and network allow. */
final class Sender implements LossDetector.Handler {
    private static final PacketType[] TYPES = {PacketType.INITIAL, PacketType.HANDSHAKE, PacketType.ONE_RTT};
    /** RFC 9000 §10.3: every packet is as long as a stateless reset that answers it would have to be. */
    private static final int SMALLEST = 22 + LocalCids.LENGTH;
    /** Less room than this is not worth another packet. */
    private static final int LEAST_ROOM = 64;
    /** RFC 9000 §13.2.4: after so many packets that nobody acknowledges, ask for an acknowledgment. */
    private static final int ACK_ONLY = 20;
    private static final int OUR_ACK_DELAY_EXPONENT = 3;

    private final Connection c;
    boolean handshakeDone, newToken, closeDue;
    /** When the pacer lets us go on; the anti-amplification limit holds us back until more comes. */
    private long pacedUntil = Long.MAX_VALUE;
    private boolean blocked;
    /** Where the last datagram goes. */
    Path path;
    /** Whether that one is to be marked ECT(0). */
    boolean ect0;

    Sender(Connection c) { this.c = c; }

    /** When there is something to send that may not go now. */
    long deadline() {
        if (blocked) return Long.MAX_VALUE;
        long deadline = pacedUntil;
        for (Space s : c.spaces) if (canWrite(s)) deadline = Math.min(deadline, s.received.deadline());
        return deadline;
    }

    /** RFC 9001 §5.6: of application data, a client may write 0-RTT before it has 1-RTT keys. */
    private boolean canWrite(Space s) {
        return !s.discarded && (s.write != null || s.index == PacketNumberSpace.APPLICATION && c.phases != null);
    }

    /** Writes the next datagram into {@code out} from 0, for {@link #path}; false where there is none to send now. */
    boolean datagram(long now, ByteBuffer out) throws QuicException {
        c.now = now;
        blocked = false;
        pacedUntil = Long.MAX_VALUE;
        if (c.closeReason != null) return close(now, out);
        for (int i = 0; i < c.paths.count(); i++) {
            Path other = c.paths.get(i);
            if (other != c.paths.active() && (other.responses > 0 || other.challengeDue) && probe(now, out, other)) return true;
        }
        path = c.paths.active();
        long limit = Math.min(Math.min(path.mtu, c.maxDatagram), path.allowance());
        // A datagram that must be expanded has to fit; on a path of a confirmed connection smaller ones do.
        if (limit < (c.confirmed ? LEAST_ROOM : DatagramSize.MIN_INITIAL)) {
            blocked = true;
            c.loss.amplificationLimited(now, true);
            return false;
        }
        c.loss.amplificationLimited(now, false);
        if (path.search != null && c.confirmed && mtuProbe(now, out)) return true;
        Parts parts = c.endpoint.parts.begin(out, (int) limit);
        for (Space s : c.spaces) if (canWrite(s)) packet(now, s, parts);
        return finish(now, parts, path);
    }

    // --- one packet

    private void packet(long now, Space s, Parts parts) throws QuicException {
        boolean app = s.index == PacketNumberSpace.APPLICATION;
        // RFC 9000 §13.2.6, §17.2.3: each space acknowledges its own, 0-RTT in 1-RTT packets; 0-RTT packets carry no ACK: nothing else of
        // their space came before there were better keys.
        boolean ackDue = s.received.deadline() <= now;
        boolean data = wanted(s, app) && allowed(now, s);
        if (!ackDue && !data && !(app && pathFrames())) return;
        ConnectionId destination = c.paths.destination(path);
        if (destination == null) return;
        if (app && c.confirmed) c.phases.beforeSealing(c.loss.largestAcked(s.index));
        ByteBuffer out = begin(parts, s, destination);
        if (out == null) return;
        SentPacket record = parts.record;
        if (ackDue || s.received.pending()) {
            long largest = s.received.writeAck(now, out, out.remaining(), OUR_ACK_DELAY_EXPONENT);
            if (largest >= 0) record.addAck(largest);
        }
        boolean eliciting = false;
        if (app) eliciting = challenges(now, out, path, record, parts);
        if (data) eliciting |= data(now, s, app, out, record);
        if (!eliciting && c.loss.ackOnly(s.index) >= ACK_ONLY && FrameWriter.ping(out)) {
            record.mark(FrameType.PING);
            eliciting = true;
        }
        if (eliciting) record.flag(SentPacket.ACK_ELICITING | SentPacket.IN_FLIGHT);
        if (!parts.end(eliciting)) c.loss.drop(record);
    }

    /** Whether there is anything to say that is acknowledged; probes find something. */
    private boolean wanted(Space s, boolean app) {
        if (pending(s, app)) return true;
        int probes = c.loss.probes(s.index);
        if (probes == 0) return false;
        // RFC 9002 §6.2.4: new data, or else what is outstanding, or else a PING.
        c.loss.probe(s.index, probes);
        if (!pending(s, app)) s.ping = true;
        return true;
    }

    private boolean pending(Space s, boolean app) {
        if (s.ping || s.crypto != null && s.crypto.pending()) return true;
        return app && (handshakeDone || newToken || c.localCids.pending() || c.remoteCids.pending() || mayStream() && c.streams.pending()
            || c.datagrams != null && c.datagrams.pending());
    }

    /** A server that took 0-RTT answers it before the client's Finished has come. */
    private boolean mayStream() { return c.complete || c.isEarly(); }

    /** Congestion window and pacer (RFC 9002 §7): neither holds a probe. */
    private boolean allowed(long now, Space s) {
        if (c.loss.probes(s.index) > 0) return true;
        if (c.loss.room() < path.mtu) return false;
        long at = c.loss.paced(now, path.mtu);
        if (at <= now) return true;
        pacedUntil = Math.min(pacedUntil, at);
        return false;
    }

    private boolean pathFrames() { return path.responses > 0 || path.challengeDue; }

    private ByteBuffer begin(Parts parts, Space s, ConnectionId destination) {
        PacketType type = s.index == PacketNumberSpace.APPLICATION && c.phases == null ? PacketType.ZERO_RTT : TYPES[s.index];
        long number = c.loss.nextNumber(s.index);
        int pnLength = PacketNumber.length(number, c.loss.largestAcked(s.index));
        boolean app = type == PacketType.ONE_RTT;
        int header = app ? HeaderWriter.shortSize(destination.length(), pnLength)
            : HeaderWriter.longSize(type, destination.length(), LocalCids.LENGTH, c.token.length, pnLength);
        HeaderWriter writer = parts.packet(s, type, app ? c.phases.write() : s.write, number, header);
        if (writer == null) return null;
        if (app) writer.beginShort(parts.out, destination, false, c.phases.phase(), number, pnLength);
        else writer.beginLong(parts.out, type, type == PacketType.ZERO_RTT ? c.handshake.original
            : c.version, destination, c.localCids.first(), c.token, number, pnLength);
        if (c.fixedBit() == 0) parts.out.put(writer.start(), (byte) (parts.out.get(writer.start()) & ~0x40));
        parts.record = c.loss.packet();
        if (type == PacketType.ZERO_RTT) parts.record.flag(SentPacket.EARLY);
        return parts.out;
    }

    // --- frames

    private boolean data(long now, Space s, boolean app, ByteBuffer out, SentPacket record) {
        boolean wrote = s.crypto != null && s.crypto.pending() && s.crypto.write(out, record);
        if (app) {
            wrote |= control(out, record);
            if (c.datagrams != null && c.datagrams.pending()) wrote |= c.datagrams.write(out, record);
            if (mayStream() && c.streams.pending()) wrote |= c.streams.write(now, c.loss.rtt().smoothed(), out, record);
        }
        if (s.ping && (wrote || FrameWriter.ping(out))) {
            s.ping = false;
            if (!wrote) record.mark(FrameType.PING);
            wrote = true;
        }
        return wrote;
    }

    private boolean control(ByteBuffer out, SentPacket record) {
        boolean wrote = false;
        if (handshakeDone && FrameWriter.handshakeDone(out)) {
            handshakeDone = false;
            record.mark(FrameType.HANDSHAKE_DONE);
            wrote = true;
        }
        // RFC 9000 §8.1.3: lets the client skip a Retry when it comes back.
        if (newToken && FrameWriter.newToken(out, c.endpoint.tokens.newToken(c.now, c.version, c.remote()))) {
            newToken = false;
            record.mark(FrameType.NEW_TOKEN);
            wrote = true;
        }
        while (c.localCids.pending()) {
            int i = c.localCids.nextUnsaid();
            ConnectionId id = c.localCids.id(i);
            if (!FrameWriter.newConnectionId(out, c.localCids.sequence(i), 0, id, StatelessReset.token(c.endpoint.resetKey, id))) break;
            record.add(FrameType.NEW_CONNECTION_ID, c.localCids.sequence(i), 0);
            c.localCids.said(i);
            wrote = true;
        }
        // RETIRE_CONNECTION_ID has at most 9 bytes.
        while (c.remoteCids.pending() && out.remaining() >= 9) {
            long number = c.remoteCids.nextRetired();
            FrameWriter.retireConnectionId(out, number);
            record.add(FrameType.RETIRE_CONNECTION_ID, number, 0);
            wrote = true;
        }
        return wrote;
    }

    /** PATH_RESPONSE and PATH_CHALLENGE: never sent again, and in expanded datagrams. */
    private boolean challenges(long now, ByteBuffer out, Path on, SentPacket record, Parts parts) {
        boolean wrote = false;
        while (on.responses > 0 && out.remaining() >= 9) {
            FrameWriter.pathResponse(out, on.nextResponse());
            record.mark(FrameType.PATH_RESPONSE);
            wrote = true;
        }
        if (on.challengeDue && out.remaining() >= 9) {
            long data = c.endpoint.entropy.nextLong();
            // RFC 9000 §9.1, §9.2: with a PING it is no probe but a migration, after which also those answer that look at one path only.
            if (on.challenges > 0 && on.probed && c.mover.leaves(on) && out.remaining() > 9) FrameWriter.ping(out);
            FrameWriter.pathChallenge(out, data);
            c.paths.onChallengeSent(now, on, data);
            on.expanded = parts.limit >= DatagramSize.MIN_INITIAL;
            record.mark(FrameType.PATH_CHALLENGE);
            wrote = true;
        }
        if (wrote) parts.expand = true;
        return wrote;
    }

    /** A datagram for a path that is not in use: nothing but what finds out about it. */
    private boolean probe(long now, ByteBuffer out, Path on) throws QuicException {
        ConnectionId destination = c.paths.destination(on);
        long limit = Math.min(DatagramSize.MIN_INITIAL, on.allowance());
        if (destination == null || limit < LEAST_ROOM || c.phases == null) return false;
        Space s = c.spaces[PacketNumberSpace.APPLICATION];
        Parts parts = c.endpoint.parts.begin(out, (int) limit);
        if (begin(parts, s, destination) == null) return false;
        parts.record.path(-1);
        challenges(now, parts.out, on, parts.record, parts);
        parts.record.flag(SentPacket.ACK_ELICITING);
        parts.end(true);
        return finish(now, parts, on);
    }

    /** RFC 9000 §14.4: a PING in a datagram that is larger than any before. */
    private boolean mtuProbe(long now, ByteBuffer out) throws QuicException {
        int size = path.search.due(now, Math.min(c.maxDatagram, c.endpoint.sink.unfragmented(path.local)));
        if (size == 0 || c.loss.room() < size || path.allowance() < size) return false;
        ConnectionId destination = c.paths.destination(path);
        Parts parts = c.endpoint.parts.begin(out, size);
        if (destination == null || begin(parts, c.spaces[PacketNumberSpace.APPLICATION], destination) == null) return false;
        FrameWriter.ping(parts.out);
        parts.record.mark(FrameType.PING);
        parts.record.flag(SentPacket.ACK_ELICITING | SentPacket.MTU_PROBE);
        parts.end(true);
        parts.pad(size, 0);
        path.search.onSent();
        return finish(now, parts, path);
    }

    /** What became of a packet of the active path says how large they may be. */
    private void onSize(SentPacket packet, boolean arrived) {
        Path active = c.paths.active();
        MtuSearch search = active.search;
        if (search == null || packet.path() != active.recovery) return;
        boolean changed = false, large = packet.bytes() > Path.BASE_MTU;
        if (packet.is(SentPacket.MTU_PROBE)) {
            if (arrived) changed = search.onAcked(packet.bytes());
            else search.onLost(packet.bytes());
        } else if (large && arrived) {
            search.onLargeAcked(packet.number());
        } else if (large) {
            changed = search.onLargeLost(c.now, packet.number());
        }
        if (changed) c.maxDatagramChanged();
    }

    // --- datagrams

    private boolean finish(long now, Parts parts, Path on) throws QuicException {
        if (parts.count == 0) return false;
        path = on;
        boolean expand = DatagramSize.mustExpand(!c.client, parts.has(PacketType.INITIAL), parts.initialEliciting, parts.expand);
        parts.pad(expand ? Math.min(DatagramSize.MIN_INITIAL, parts.limit) : 0, SMALLEST);
        // RFC 9000 §13.4.2: ECT(0) on the path in use, until its validation fails. What peers' packets are marked with is not reported
        // (§13.4.1).
        ect0 = c.confirmed && on == c.paths.active() && c.loss.ecn() && c.endpoint.sink.marks(on.local);
        for (int i = 0; i < parts.count; i++) {
            Space s = parts.space[i];
            int bytes = parts.protect(i, now, c.trace);
            if (ect0) parts.records[i].flag(SentPacket.ECT0);
            boolean eliciting = parts.records[i].is(SentPacket.ACK_ELICITING);
            c.loss.onSent(now, s.index, parts.records[i], bytes);
            c.packetsSent++;
            c.endpoint.packetsSent++;
            if (eliciting) c.onElicited(now);
            if (s.index == PacketNumberSpace.APPLICATION && c.phases != null) c.phases.onSealed(parts.number[i]);
            // RFC 9001 §4.9.1: a client that has sent a Handshake packet needs no Initial any more.
            if (c.client && s.index == PacketNumberSpace.HANDSHAKE) c.discard(PacketNumberSpace.INITIAL);
        }
        int length = parts.length();
        if (length >= on.mtu && c.confirmed && on.search == null && on == c.paths.active()) on.search = new MtuSearch(on);
        on.onSent(length);
        c.bytesSent += length;
        c.endpoint.bytesSent += length;
        if (c.trace != null) {
            c.trace.onDatagramSent(now, length);
            c.trace.onRecovery(now, c.loss);
        }
        parts.out.limit(length).position(0);
        return true;
    }

    /** CONNECTION_CLOSE at every level that the peer may be able to read (RFC 9000 §10.2.3), or the same again. */
    private boolean close(long now, ByteBuffer out) throws QuicException {
        Closing closing = c.closing;
        path = c.paths.active();
        if (!closeDue) {
            if (closing == null || !closing.answerDue) return false;
            byte[] answer = closing.answer();
            out.clear().put(answer).flip();
            return true;
        }
        long limit = Math.min(path.mtu, path.allowance());
        if (limit < (c.confirmed ? LEAST_ROOM : DatagramSize.MIN_INITIAL)) return false;
        closeDue = false;
        Parts parts = c.endpoint.parts.begin(out, (int) limit);
        ConnectionId destination = c.paths.destination(path);
        for (int i = 0; i < c.spaces.length && destination != null; i++) {
            Space s = c.spaces[i];
            if (!canWrite(s)) continue;
            ByteBuffer frames = begin(parts, s, destination);
            if (frames == null) continue;
            closeFrame(frames, c.closeReason, s.index == PacketNumberSpace.APPLICATION);
            parts.end(false);
        }
        if (parts.count == 0 || !finishClose(now, parts)) {
            c.forget();
            return false;
        }
        c.onCloseSent(out.array(), out.limit());
        return true;
    }

    private boolean finishClose(long now, Parts parts) throws QuicException {
        try {
            return finish(now, parts, path);
        } catch (QuicException e) {
            // The keys are used up: what is sealed is sent no more.
            return false;
        }
    }

    private void closeFrame(ByteBuffer out, CloseReason reason, boolean app) {
        byte[] text = Connection.ascii(reason.reason());
        // Room for the packets of the other levels.
        int limit = out.limit();
        out.limit(Math.min(limit, out.position() + 300));
        if (reason.kind() != CloseReason.Kind.APPLICATION) FrameWriter.connectionClose(out, reason.code(), reason.frameType(), text);
        else if (app) FrameWriter.applicationClose(out, reason.code(), text);
        // RFC 9000 §10.2.3: what the application says is not for those who can read these packets.
        else FrameWriter.connectionClose(out, TransportError.APPLICATION_ERROR, 0, new byte[0]);
        out.limit(limit);
    }

    // --- what becomes of it

    @Override public void onAcked(int space, SentPacket packet) {
        if (c.trace != null) c.trace.onPacketAcked(c.now, space, packet.number());
        if (packet.ackedLargest() >= 0) c.spaces[space].received.onAckAcked(packet.ackedLargest());
        if (packet.has(FrameType.CRYPTO) && c.spaces[space].crypto != null) c.spaces[space].crypto.onAcked(packet);
        if (space != PacketNumberSpace.APPLICATION) return;
        onSize(packet, true);
        c.streams.onAcked(packet);
        if (packet.has(FrameType.DATAGRAM)) c.datagrams.onOutcome(packet, true);
        if (packet.has(FrameType.RETIRE_CONNECTION_ID)) {
            for (int i = 0; i < packet.size(); i++) {
                if (packet.type(i) == FrameType.RETIRE_CONNECTION_ID) c.remoteCids.onRetireAcked(packet.id(i));
            }
        }
    }

    @Override public void onLost(int space, SentPacket packet) {
        c.packetsLost++;
        c.endpoint.packetsLost++;
        if (c.trace != null) c.trace.onPacketLost(c.now, space, packet.number());
        if (space == PacketNumberSpace.APPLICATION) {
            onSize(packet, false);
            if (packet.has(FrameType.DATAGRAM)) c.datagrams.onOutcome(packet, false);
        }
        onProbe(space, packet);
    }

    @Override public void onProbe(int space, SentPacket packet) {
        if (packet.has(FrameType.CRYPTO) && c.spaces[space].crypto != null) c.spaces[space].crypto.onLost(packet);
        if (space != PacketNumberSpace.APPLICATION) return;
        c.streams.onLost(packet);
        if (packet.has(FrameType.HANDSHAKE_DONE)) handshakeDone = true;
        if (packet.has(FrameType.NEW_TOKEN)) newToken = true;
        if (!packet.has(FrameType.NEW_CONNECTION_ID) && !packet.has(FrameType.RETIRE_CONNECTION_ID)) return;
        for (int i = 0; i < packet.size(); i++) {
            if (packet.type(i) == FrameType.NEW_CONNECTION_ID) c.localCids.onLost(packet.id(i));
            else if (packet.type(i) == FrameType.RETIRE_CONNECTION_ID) c.remoteCids.onRetireLost(packet.id(i));
        }
    }
}
