package mqttq.quic;

import java.net.InetSocketAddress;
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
    private static final long MICROSECOND = 1_000;

    /** One line for the log. */
    @Override public String toString() {
        StringBuilder s = new StringBuilder(256).append(address(local)).append(" to ").append(address(remote)).append(", QUIC ").append(version);
        if (cipher != null) s.append(", ").append(cipher);
        s.append(", age ");
        millis(s, age);
        s.append(", RTT ");
        millis(s, smoothedRtt);
        s.append(" (least ");
        millis(s, minRtt);
        s.append(", variation ");
        millis(s, rttVariation);
        s.append("), window ").append(congestionWindow).append(", in flight ").append(bytesInFlight).append(", datagrams of ").append(mtu);
        s.append("; sent ").append(packetsSent).append(" packets, ").append(bytesSent).append(" bytes, lost ").append(packetsLost);
        s.append("; received ").append(packetsReceived).append(" packets, ").append(bytesReceived).append(" bytes, unreadable ").append(openFailures);
        return s.append("; key updates ").append(keyUpdates).toString();
    }

    private static String address(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    private static void millis(StringBuilder s, long nanos) {
        long micros = nanos / MICROSECOND, rest = micros % 1000;
        s.append(micros / 1000).append(rest < 10 ? ".00" : rest < 100 ? ".0" : ".").append(rest).append(" ms");
    }
}
