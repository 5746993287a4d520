package mqttq.quic.packet;

/** Which datagrams must be padded to 1200 bytes (RFC 9000 §14.1, §8.2.1). */
public final class DatagramSize {
    /** Bytes of UDP payload that every path carries; Initials in shorter datagrams are dropped by a server. */
    public static final int MIN_INITIAL = 1200;

    private DatagramSize() { }

    /**
     * Whether a datagram must be expanded: a client's with an Initial, a server's with an ack-eliciting Initial, anybody's with
     * PATH_CHALLENGE or PATH_RESPONSE (which anti-amplification may forbid: the caller's to know).
     */
    public static boolean mustExpand(boolean server, boolean hasInitial, boolean initialIsAckEliciting, boolean hasPathFrame) {
        return hasPathFrame || (server ? initialIsAckEliciting : hasInitial);
    }
}
