package mqttq.config;

/**
 * What one client, one address, or all together may make the broker hold. {@link #FIT}: as the memory at hand allows.
 * @param maxConnections {@code global_max_connections}; -1 without a limit, as {@code maxConnectionsPerAddress}
 * @param maxConnectRate connections a second from one address; 0 without a limit, as the following
 * @param maxHandshakes in progress at once: QUIC, and connections that are not let in yet; a quarter of it for TLS and WebSocket, which
 *     cost more
 * @param maxConnectPacketSize bytes of a packet before its client is let in
 */
public record LimitSettings(int maxConnections, int maxConnectionsPerAddress, int maxConnectRate, int maxHandshakes,
    int maxConnectPacketSize,
                            int maxSubscriptions, int maxTopicLevels, int maxRetainedMessages, long maxRetainedBytes) {
    public static final int FIT = -2;
    public static final LimitSettings DEFAULT = new LimitSettings(FIT, FIT, 500, FIT, 100_000, 10_000, 201, 100_000, FIT);
}
