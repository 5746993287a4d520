package mqttq.quic.packet;

/**
 * What a peer did that ends the connection, as it goes into CONNECTION_CLOSE 0x1c. Has no stack trace: it is an outcome, not a failure of
 * ours.
 */
public final class QuicException extends Exception {
    private static final long serialVersionUID = 1;
    private final long code, frameType;

    /**
     * @param code one of {@link TransportError}
     * @param frameType the frame that caused it, 0 where none did or it is unknown
     * @param reason ASCII, for the peer and the log; no secrets
     */
    public QuicException(long code, long frameType, String reason) {
        super(reason, null, false, false);
        this.code = code;
        this.frameType = frameType;
    }

    public QuicException(long code, String reason) { this(code, 0, reason); }
    public long code() { return code; }
    public long frameType() { return frameType; }
    @Override public String toString() { return TransportError.name(code) + ": " + getMessage(); }
}
