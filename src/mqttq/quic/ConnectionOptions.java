package mqttq.quic;

import java.net.InetSocketAddress;
import java.util.List;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.recovery.CongestionController;
import mqttq.quic.recovery.Cubic;
import mqttq.quic.recovery.NewReno;

/**
 * What an application decides for its connections. Times in ns, sizes in bytes.
 *
 * @param idleTimeout max_idle_timeout that we advertise; 0 for none
 * @param keepAlive silence after which a PING goes out; 0 for never
 * @param maxAckDelay max_ack_delay that we advertise
 * @param cryptoBuffer handshake bytes taken out of order per level; more with client certificates
 * @param streams limits of the streams
 * @param congestion how fast to send
 * @param versions what is spoken, preferred first; a client that knows nothing of its server begins with version 1 where it is among them
 * @param earlyData whether 0-RTT is offered, and by a server taken
 * @param datagramFrame max_datagram_frame_size that we advertise, 0 for no DATAGRAM frames, at most 65,535
 * @param preferred of a server: where it would rather be talked to (RFC 9000 §9.6), at most one address of each family
 */
public record ConnectionOptions(long idleTimeout, long keepAlive, long maxAckDelay, int cryptoBuffer, mqttq.quic.stream.Limits streams,
        Congestion congestion, List<QuicVersion> versions, boolean earlyData, int datagramFrame, List<InetSocketAddress> preferred) {
    /** The congestion controllers there are. */
    public enum Congestion {
        /** RFC 9002 §7. */
        NEWRENO,
        /** RFC 9438, with HyStart++. */
        CUBIC;

        CongestionController create() { return this == CUBIC ? new Cubic(Path.BASE_MTU) : new NewReno(Path.BASE_MTU); }
    }

    private static final long SECOND = 1_000_000_000L;
    private static final List<InetSocketAddress> NOWHERE = List.of();

    /**
     * RFC 9000 §18.2's 25 ms of ACK delay, 120 s idle, no PINGs; the server takes 16 KiB of handshake, which is all a ClientHello may have.
     */
    public static final ConnectionOptions SERVER =
        new ConnectionOptions(120 * SECOND, 0, SECOND / 40, 16 << 10, mqttq.quic.stream.Limits.DEFAULT, Congestion.CUBIC,
            List.of(QuicVersion.V2, QuicVersion.V1), true, 0, NOWHERE);

    /** As {@link #SERVER}, with a PING every 20 s, which keeps the binding of a NAT; prefers version 1, since some servers obey. */
    public static final ConnectionOptions CLIENT =
        new ConnectionOptions(120 * SECOND, 20 * SECOND, SECOND / 40, 64 << 10, mqttq.quic.stream.Limits.DEFAULT, Congestion.CUBIC,
            List.of(QuicVersion.V1, QuicVersion.V2), true, 0, NOWHERE);

    public ConnectionOptions {
        if (idleTimeout < 0 || keepAlive < 0 || maxAckDelay < 0 || maxAckDelay >= (1L << 14) * 1_000_000) {
            throw new IllegalArgumentException("time");
        }
        if (cryptoBuffer < 4096) throw new IllegalArgumentException("RFC 9000 §7.5: at least 4096 bytes of handshake");
        if (datagramFrame < 0 || datagramFrame > 65_535) throw new IllegalArgumentException("datagram frame");
        if (versions.isEmpty()) throw new IllegalArgumentException("no version");
    }

    public ConnectionOptions withIdleTimeout(long nanos) {
        return new ConnectionOptions(nanos, keepAlive, maxAckDelay, cryptoBuffer, streams, congestion, versions, earlyData, datagramFrame,
            preferred);
    }

    public ConnectionOptions withKeepAlive(long nanos) {
        return new ConnectionOptions(idleTimeout, nanos, maxAckDelay, cryptoBuffer, streams, congestion, versions, earlyData, datagramFrame,
            preferred);
    }

    public ConnectionOptions withStreams(mqttq.quic.stream.Limits limits) {
        return new ConnectionOptions(idleTimeout, keepAlive, maxAckDelay, cryptoBuffer, limits, congestion, versions, earlyData,
            datagramFrame, preferred);
    }

    public ConnectionOptions withCryptoBuffer(int bytes) {
        return new ConnectionOptions(idleTimeout, keepAlive, maxAckDelay, bytes, streams, congestion, versions, earlyData, datagramFrame,
            preferred);
    }

    public ConnectionOptions withCongestion(Congestion value) {
        return new ConnectionOptions(idleTimeout, keepAlive, maxAckDelay, cryptoBuffer, streams, value, versions, earlyData, datagramFrame,
            preferred);
    }

    public ConnectionOptions withVersions(QuicVersion... preferredFirst) {
        return new ConnectionOptions(idleTimeout, keepAlive, maxAckDelay, cryptoBuffer, streams, congestion, List.of(preferredFirst),
            earlyData, datagramFrame, preferred);
    }

    public ConnectionOptions withEarlyData(boolean value) {
        return new ConnectionOptions(idleTimeout, keepAlive, maxAckDelay, cryptoBuffer, streams, congestion, versions, value, datagramFrame,
            preferred);
    }

    /** Takes DATAGRAM frames (RFC 9221) of up to so many bytes. */
    public ConnectionOptions withDatagrams(int frameBytes) {
        return new ConnectionOptions(idleTimeout, keepAlive, maxAckDelay, cryptoBuffer, streams, congestion, versions, earlyData,
            frameBytes, preferred);
    }

    public ConnectionOptions withPreferred(InetSocketAddress... addresses) {
        return new ConnectionOptions(idleTimeout, keepAlive, maxAckDelay, cryptoBuffer, streams, congestion, versions, earlyData,
            datagramFrame, List.of(addresses));
    }
}
