package mqttq.transport;

/**
 * What a peer can make grow, for TCP, TLS and WebSocket.
 * @param buffered bytes that one layer of a pipe takes from its writer before it says no more
 * @param handshakeNanos until a handshake (TCP connect, TLS, HTTP upgrade) must be done
 * @param handshakes of a listener's layer in progress at once; beyond, the oldest gives way
 * @param headerBytes of an HTTP upgrade request or response
 */
public record TransportLimits(int buffered, long handshakeNanos, int handshakes, int headerBytes) {
    public static final TransportLimits DEFAULT = new TransportLimits(64 << 10, 30_000_000_000L, 1000, 4096);

    /** Bytes of free arrays of each size that a transport keeps for its pipes. */
    static final int POOLED = 256 << 10;
    /** How long a connection that failed is given to tell its peer why. */
    static final long FAREWELL_NANOS = 1_000_000_000L;
    /** Characters of a TLS or HTTP error that go into a reason. */
    static final int REASON = 200;
}
