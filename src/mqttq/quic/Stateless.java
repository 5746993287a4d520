package mqttq.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import mqttq.quic.crypto.InitialSecrets;
import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.frame.FrameWriter;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.HeaderWriter;
import mqttq.quic.packet.PacketHeader;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.packet.Retry;
import mqttq.quic.packet.StatelessReset;
import mqttq.quic.packet.VersionNegotiation;

/** Answers to datagrams that belong to no connection: few, small, smaller than what they answer, and never kept for long. */
final class Stateless {
    private static final byte[] NO_TOKEN = {}, NO_REASON = {};
    /** Bytes of a reset that answers nothing: as any other packet, larger than what could be taken for one alone. */
    private static final int UNASKED = 43, UNASKED_SPREAD = 18;
    private final Endpoint endpoint;
    private final TokenBucket rate;
    private final ByteBuffer out = ByteBuffer.allocate(1200);
    private final int most;

    private record Answer(byte[] datagram, InetSocketAddress local, InetSocketAddress remote) { }

    /** Those that wait for the sink. */
    private final ArrayDeque<Answer> answers = new ArrayDeque<>();

    Stateless(Endpoint endpoint, Limits limits) {
        this.endpoint = endpoint;
        rate = new TokenBucket(limits.statelessBurst(), limits.statelessPerSecond());
        most = limits.statelessQueue();
    }

    boolean pending() { return !answers.isEmpty(); }

    /** Hands out what waits; false where the sink takes no more. */
    boolean transmit(DatagramSink sink) {
        for (Answer next; (next = answers.peek()) != null; answers.poll())
            if (!sink.send(ByteBuffer.wrap(next.datagram), next.local, next.remote)) return false;
        return true;
    }

    private void queue(InetSocketAddress local, InetSocketAddress remote) {
        answers.add(new Answer(Arrays.copyOf(out.array(), out.position()), local, remote));
    }

    /** Whether one more answer may be given; if so the buffer is empty. */
    private boolean may(long now) {
        if (answers.size() == most || !rate.take(now, 1)) return false;
        out.clear();
        return true;
    }

    /** RFC 9000 §6.1. */
    void versionNegotiation(long now, PacketHeader header, InetSocketAddress local, InetSocketAddress remote) {
        if (!may(now)) return;
        int random = endpoint.entropy.nextInt();
        QuicVersion[] spoken = endpoint.versions();
        int[] ids = new int[spoken.length + 1];
        for (int i = 0; i < spoken.length; i++) ids[i] = spoken[i].id;
        ids[spoken.length] = VersionNegotiation.reserved(random);
        if (VersionNegotiation.write(out, header, random, ids)) queue(local, remote);
    }

    /** RFC 9000 §10.3; {@code length} is that of the datagram answered. */
    void reset(long now, PacketHeader header, int length, InetSocketAddress local, InetSocketAddress remote) {
        if (!may(now)) return;
        byte[] token = StatelessReset.token(endpoint.resetKey, header.array(), header.destinationOffset(), header.destinationLength());
        if (StatelessReset.write(out, token, length, endpoint.entropy)) queue(local, remote);
    }

    /** A reset that answers nothing: {@link Endpoint#reset}. */
    boolean reset(byte[] id, InetSocketAddress local, InetSocketAddress remote) {
        if (answers.size() == most) return false;
        byte[] token = StatelessReset.token(endpoint.resetKey, id, 0, id.length);
        StatelessReset.put(out.clear(), token, UNASKED + endpoint.entropy.nextInt(UNASKED_SPREAD), endpoint.entropy);
        queue(local, remote);
        return true;
    }

    /** RFC 9000 §8.1.2, §17.2.5.1. Not rate-limited beyond the queue: it is what keeps a flood away from everything dearer. */
    void retry(long now, PacketHeader header, InetSocketAddress local, InetSocketAddress remote) {
        if (answers.size() == most) return;
        out.clear();
        ConnectionId original = header.destination(), source = ConnectionId.random(endpoint.entropy, LocalCids.LENGTH);
        byte[] token = endpoint.tokens.retry(now, header.version(), remote, original.bytes(), source.bytes());
        Retry.write(out, header.version(), header.source(), source, original, token, endpoint.entropy.nextInt());
        queue(local, remote);
    }

    /** Refuses a connection that has no state: RFC 9000 §10.2.3. */
    void close(long now, PacketHeader header, long code, InetSocketAddress local, InetSocketAddress remote) {
        if (!may(now)) return;
        ConnectionId dcid = header.destination(), scid = ConnectionId.random(endpoint.entropy, LocalCids.LENGTH);
        byte[] secret = new InitialSecrets(header.version(), dcid).server;
        PacketProtection keys = endpoint.protection.create(InitialSecrets.SUITE, header.version(), secret);
        HeaderWriter writer = new HeaderWriter();
        writer.beginLong(out, PacketType.INITIAL, header.version(), header.source(), scid, NO_TOKEN, 0, 1);
        FrameWriter.connectionClose(out, code, 0, NO_REASON);
        writer.end(out, PacketProtection.TAG_LENGTH);
        out.position(keys.protect(out.array(), writer.start(), writer.packetNumberOffset(), writer.payload(), out.position(), 0));
        queue(local, remote);
    }
}
