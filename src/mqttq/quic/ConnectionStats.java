package mqttq.quic;

import java.net.InetSocketAddress;
import java.util.function.BiConsumer;
import mqttq.quic.packet.QuicVersion;
import mqttq.tls.CipherSuite;

/**
 * A connection in numbers, as {@code $SYS} and the log show them. Times in ns, sizes in bytes.
 *
 * @param bytesSent UDP payload, as {@code bytesReceived}
 * @param openFailures packets that were no packets of this connection
 * @param keyUpdates of either side
 * @param age since the first packet
 * @param remote the peer on the path in use, as {@code local} is we
 * @param cipher null before the handshake is complete
 */
public record ConnectionStats(long smoothedRtt, long minRtt, long rttVariation, int congestionWindow, int bytesInFlight, long bytesSent,
        long bytesReceived, long packetsSent, long packetsReceived, long packetsLost, long openFailures, int mtu, int keyUpdates, long age,
        InetSocketAddress local, InetSocketAddress remote, QuicVersion version, CipherSuite cipher) {
    private static final long MICROSECOND = 1_000, SECOND = 1_000_000_000;

    /** Tells each figure by its name, numbers as Long, all else as text without quotes in it. */
    public void each(BiConsumer<String, Object> to) {
        to.accept("local", address(local));
        to.accept("remote", address(remote));
        to.accept("version", version.toString());
        if (cipher != null) to.accept("cipher", cipher.toString());
        to.accept("age_s", age / SECOND);
        to.accept("rtt_us", smoothedRtt / MICROSECOND);
        to.accept("rtt_min_us", minRtt / MICROSECOND);
        to.accept("rtt_variation_us", rttVariation / MICROSECOND);
        to.accept("cwnd", (long) congestionWindow);
        to.accept("in_flight", (long) bytesInFlight);
        to.accept("mtu", (long) mtu);
        to.accept("packets_sent", packetsSent);
        to.accept("packets_received", packetsReceived);
        to.accept("packets_lost", packetsLost);
        to.accept("packets_unreadable", openFailures);
        to.accept("bytes_sent", bytesSent);
        to.accept("bytes_received", bytesReceived);
        to.accept("key_updates", (long) keyUpdates);
    }

    /** One line for the log. */
    @Override public String toString() {
        StringBuilder s = new StringBuilder(256);
        each((name, value) -> s.append(s.length() == 0 ? "" : ", ").append(name).append(' ').append(value));
        return s.toString();
    }

    private static String address(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }
}
