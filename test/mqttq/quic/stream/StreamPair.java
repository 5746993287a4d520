package mqttq.quic.stream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import mqttq.quic.frame.FrameHandler;
import mqttq.quic.frame.FrameParser;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicException;
import mqttq.quic.recovery.SentPacket;
import mqttq.wire.BufferPool;

/** The streams of a client and a server, and the packets between them, which a test delivers, acknowledges or loses as it likes. */
final class StreamPair {
    static final int PACKET = 1200;
    final SentPacket.Pool records = new SentPacket.Pool(1000);
    final Budget budget = new Budget(10 << 20);
    final BufferPool pool = new BufferPool(1 << 20);
    final End client, server;
    long now = 1, smoothedRtt = 1_000_000;

    StreamPair(Limits clientLimits, Limits serverLimits) {
        client = new End(true, clientLimits);
        server = new End(false, serverLimits);
        introduce(client, serverLimits);
        introduce(server, clientLimits);
    }

    StreamPair() {
        this(Limits.DEFAULT, Limits.DEFAULT);
    }

    static void introduce(End end, Limits peer) {
        int window = peer.streamWindow();
        end.streams.peerLimits(peer.connectionWindow(), window, window, window, peer.bidiStreams(), peer.uniStreams());
    }

    /** Delivers and acknowledges until both ends have nothing more to say. */
    void settle() throws QuicException {
        do {
            client.streams.settle();
            server.streams.settle();
        } while (client.turn(server) | server.turn(client));
    }

    /** A packet on its way. */
    static final class Packet {
        final byte[] payload;
        final SentPacket record;
        final String frames;

        Packet(byte[] payload, SentPacket record, boolean fromServer) throws QuicException {
            this.payload = payload;
            this.record = record;
            Names names = new Names();
            FrameParser.parse(ByteBuffer.wrap(payload), PacketType.ONE_RTT, fromServer, 0, names);
            frames = names.text.toString().trim();
        }
    }

    /** One side: its streams, and what was called back. */
    final class End implements Streams.Owner, StreamHandler {
        final boolean isClient;
        final Streams streams;
        final List<String> log = new ArrayList<>();
        final ArrayDeque<QuicStream> opened = new ArrayDeque<>();
        final StringBuilder received = new StringBuilder();
        boolean refuse, quiet;
        Supplier<StreamHandler> accept;
        int woken;
        long bytes;

        End(boolean isClient, Limits limits) {
            this.isClient = isClient;
            streams = new Streams(isClient, limits, pool, budget, this);
        }

        QuicStream open(boolean bidi) {
            return streams.open(bidi, this);
        }

        /** The next packet, or null where nothing is to be sent. */
        Packet packet() throws QuicException {
            return packet(PACKET);
        }

        Packet packet(int size) throws QuicException {
            if (!streams.pending()) return null;
            ByteBuffer out = ByteBuffer.allocate(size);
            SentPacket record = records.take();
            if (!streams.write(now, smoothedRtt, out, record)) {
                if (streams.pending()) throw new AssertionError("pending, but nothing written");
                return null;
            }
            byte[] payload = new byte[out.position()];
            out.flip().get(payload);
            return new Packet(payload, record, !isClient);
        }

        void receive(Packet packet) throws QuicException {
            FrameParser.parse(ByteBuffer.wrap(packet.payload.clone()), PacketType.ONE_RTT, isClient, 0, new Forward(streams));
            streams.settle();
        }

        /** Sends all there is; it arrives and is acknowledged. */
        boolean turn(End peer) throws QuicException {
            boolean any = false;
            for (Packet p; (p = packet()) != null; any = true) {
                peer.receive(p);
                acked(p);
            }
            return any;
        }

        /** Sends all there is into the void; returns the packets. */
        List<Packet> flush() throws QuicException {
            List<Packet> packets = new ArrayList<>();
            for (Packet p; (p = packet()) != null; ) packets.add(p);
            return packets;
        }

        void acked(Packet packet) {
            streams.onAcked(packet.record);
            streams.settle();
        }

        void lost(Packet packet) {
            streams.onLost(packet.record);
        }

        String take() {
            String text = String.join(" ", log);
            log.clear();
            return text;
        }

        @Override public void wake() {
            woken++;
        }

        @Override public StreamHandler onOpened(QuicStream stream) {
            opened.add(stream);
            if (!quiet) log.add("opened" + stream.id());
            return refuse ? null : accept == null ? this : accept.get();
        }

        @Override public void onOpenable(boolean bidi) {
            log.add("openable" + bidi);
        }

        @Override public void onData(QuicStream stream, ByteBuffer data) {
            bytes += data.remaining();
            if (quiet) {
                data.position(data.limit());
                return;
            }
            String text = StandardCharsets.ISO_8859_1.decode(data).toString();
            received.append(text);
            log.add("data" + stream.id() + ":" + (text.length() > 20 ? "+" + text.length() : text));
        }

        @Override public void onEnd(QuicStream stream) {
            log.add("end" + stream.id());
        }

        @Override public void onReset(QuicStream stream, long code) {
            log.add("reset" + stream.id() + ":" + code);
        }

        @Override public void onStopSending(QuicStream stream, long code) {
            log.add("stop" + stream.id() + ":" + code);
        }

        @Override public void onWritable(QuicStream stream) {
            log.add("writable" + stream.id());
        }

        @Override public void onFinished(QuicStream stream) {
            log.add("finished" + stream.id());
        }

        @Override public void onClosed(QuicStream stream, String reason) {
            log.add("closed" + stream.id() + (reason == null ? "" : ":" + reason));
        }
    }

    static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    static ByteBuffer zeros(int n) {
        return ByteBuffer.allocate(n);
    }

    /** Hands the frames of a packet to streams. */
    static class Forward implements FrameHandler {
        private final Streams streams;

        Forward(Streams streams) {
            this.streams = streams;
        }

        @Override public void onPing() { }

        @Override public void onAck(long largest, long rawDelay) { }

        @Override public void onAckRange(long low, long high) { }

        @Override public void onAckEnd(long ect0, long ect1, long ce) { }

        @Override public void onResetStream(long stream, long code, long finalSize) throws QuicException {
            streams.onResetStream(stream, code, finalSize);
        }

        @Override public void onStopSending(long stream, long code) throws QuicException {
            streams.onStopSending(stream, code);
        }

        @Override public void onCrypto(long offset, ByteBuffer data) throws QuicException { }

        @Override public void onNewToken(ByteBuffer token) { }

        @Override public void onStream(long stream, long offset, ByteBuffer data, boolean fin) throws QuicException {
            streams.onStream(stream, offset, data, fin);
        }

        @Override public void onMaxData(long maximum) {
            streams.onMaxData(maximum);
        }

        @Override public void onMaxStreamData(long stream, long maximum) throws QuicException {
            streams.onMaxStreamData(stream, maximum);
        }

        @Override public void onMaxStreams(boolean bidi, long maximum) throws QuicException {
            streams.onMaxStreams(bidi, maximum);
        }

        @Override public void onDataBlocked(long limit) { }

        @Override public void onStreamDataBlocked(long stream, long limit) throws QuicException {
            streams.onStreamDataBlocked(stream, limit);
        }

        @Override public void onStreamsBlocked(boolean bidi, long limit) { }

        @Override public void onNewConnectionId(long sequence, long retirePriorTo, ConnectionId id, byte[] resetToken) { }

        @Override public void onRetireConnectionId(long sequence) { }

        @Override public void onPathChallenge(long data) { }

        @Override public void onPathResponse(long data) { }

        @Override public void onConnectionClose(long code, long frameType, ByteBuffer reason) { }

        @Override public void onApplicationClose(long code, ByteBuffer reason) { }

        @Override public void onHandshakeDone() { }

        @Override public void onDatagram(ByteBuffer data) { }
    }

    /** Writes the frames of a packet down. */
    private static final class Names extends Forward {
        final StringBuilder text = new StringBuilder();

        Names() {
            super(null);
        }

        @Override public void onResetStream(long stream, long code, long finalSize) {
            text.append(" RESET_STREAM(" + stream + "," + code + "," + finalSize + ")");
        }

        @Override public void onStopSending(long stream, long code) {
            text.append(" STOP_SENDING(" + stream + "," + code + ")");
        }

        @Override public void onCrypto(long offset, ByteBuffer data) {
            text.append(" CRYPTO(" + offset + "+" + data.remaining() + ")");
            data.position(data.limit());
        }

        @Override public void onStream(long stream, long offset, ByteBuffer data, boolean fin) {
            text.append(" STREAM(" + stream + "," + offset + "+" + data.remaining() + (fin ? ",FIN)" : ")"));
            data.position(data.limit());
        }

        @Override public void onMaxData(long maximum) {
            text.append(" MAX_DATA(" + maximum + ")");
        }

        @Override public void onMaxStreamData(long stream, long maximum) {
            text.append(" MAX_STREAM_DATA(" + stream + "," + maximum + ")");
        }

        @Override public void onMaxStreams(boolean bidi, long maximum) {
            text.append(" MAX_STREAMS(" + (bidi ? "bidi," : "uni,") + maximum + ")");
        }

        @Override public void onDataBlocked(long limit) {
            text.append(" DATA_BLOCKED(" + limit + ")");
        }

        @Override public void onStreamDataBlocked(long stream, long limit) {
            text.append(" STREAM_DATA_BLOCKED(" + stream + "," + limit + ")");
        }

        @Override public void onStreamsBlocked(boolean bidi, long limit) {
            text.append(" STREAMS_BLOCKED(" + (bidi ? "bidi," : "uni,") + limit + ")");
        }
    }
}
