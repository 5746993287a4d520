package mqttq.tls;

/**
 * The peer broke TLS or could not be accepted: the connection ends with {@link #errorCode()}.
 * No stack trace is kept: what a peer causes is an outcome, and costs little.
 */
public final class TlsAlertException extends Exception {
    private static final long serialVersionUID = 1;
    private static final int PROTOCOL_VIOLATION = 0x0a;
    private final transient Alert alert;
    private final long errorCode;

    /** With the error code of an alert; {@code reason} is one line for the log. */
    public TlsAlertException(Alert alert, String reason) {
        super(reason, null, false, false);
        this.alert = alert;
        errorCode = 0x0100 + alert.code;
    }

    private TlsAlertException(String reason) {
        super(reason, null, false, false);
        alert = Alert.UNEXPECTED_MESSAGE;
        errorCode = PROTOCOL_VIOLATION;
    }

    /**
     * For the few TLS errors for which RFC 9001 asks for QUIC's own PROTOCOL_VIOLATION instead of an alert (§4.1.3, §4.4, §4.6.1, §8.3,
     * §8.4).
     */
    static TlsAlertException protocolViolation(String reason) { return new TlsAlertException(reason); }

    /** The alert; where {@link #errorCode()} is PROTOCOL_VIOLATION, the nearest one. */
    public Alert alert() { return alert; }

    /** The QUIC transport error code for CONNECTION_CLOSE: 0x0100 + alert, or PROTOCOL_VIOLATION (0x0a). */
    public long errorCode() { return errorCode; }
}
