package mqttq.quic;

/**
 * A connection in numbers. Times in ns, sizes in bytes.
 *
 * @param bytesSent UDP payload, as {@code bytesReceived}
 * @param openFailures packets that were no packets of this connection
 * @param keyUpdates of either side
 */
public record ConnectionStats(long smoothedRtt, long minRtt, long rttVariation, int congestionWindow, int bytesInFlight, long bytesSent,
        long bytesReceived, long packetsSent, long packetsReceived, long packetsLost, long openFailures, int mtu, int keyUpdates) { }
