package mqttq.quic;

/** Every limit of this package, with what it guards against. Sizes in bytes, times in nanoseconds. */
public record Limits(
        /* Server handshakes in progress above which a Retry makes clients prove their address first. */
        int retryAbove,
        /* Server handshakes in progress at all; the oldest makes room. */
        int maxHandshakes,
        // Handshakes in the queue for their first TLS step that are begun in one turn, so that signatures never starve what is established.
        int handshakesPerTurn,
        /* A handshake that takes longer has failed. */
        long handshakeDeadline,
        /* ClientHellos that came in part: how many are remembered, and for how long. */
        int maxPartialHellos, long partialHelloLife,
        /* Packets per space kept until their keys arrive. */
        int undecryptable,
        /* Connection ids of the peer that we keep, which is our active_connection_id_limit, and RETIRE_CONNECTION_IDs in flight. */
        int peerCids, int retiredInFlight,
        /* Connection ids that we issue, however many more the peer would keep. */
        int issuedCids,
        /* Paths with state, and PATH_CHALLENGEs remembered per path. */
        int paths, int challengesPerPath,
        /* Odd but legal frames: burst, and per second. */
        int glitchBurst, int glitchesPerSecond,
        /* Stateless resets and other stateless answers: burst, and per second. */
        int statelessBurst, int statelessPerSecond,
        /* Stateless answers waiting for the socket. */
        int statelessQueue,
        /* Connections that keep their ciphers and buffers though idle. */
        int warmConnections,
        /* Connections at all. */
        int maxConnections) {

    public static final Limits DEFAULT = new Limits(64, 1024, 2, 30_000_000_000L, 32, 5_000_000_000L, 4, 4, 12, 3, 4, 2,
        1000, 100, 100, 100, 64, 256, 100_000);

    /** With another number of handshakes in progress from which on addresses have to be proven; 0: always. */
    public Limits withRetryAbove(int handshakes) { return with(handshakes, maxHandshakes, warmConnections); }

    /** With another number of handshakes in progress at all. */
    public Limits withMaxHandshakes(int handshakes) { return with(retryAbove, handshakes, warmConnections); }

    /** With another number of connections that keep their ciphers though idle. */
    public Limits withWarmConnections(int connections) { return with(retryAbove, maxHandshakes, connections); }

    private Limits with(int retry, int handshakes, int warm) {
        return new Limits(retry, handshakes, handshakesPerTurn, handshakeDeadline, maxPartialHellos, partialHelloLife, undecryptable,
            peerCids, retiredInFlight,
            issuedCids, paths, challengesPerPath, glitchBurst, glitchesPerSecond, statelessBurst, statelessPerSecond, statelessQueue, warm,
                maxConnections);
    }
}
