package mqttq.quic.packet;

/** Transport error codes (RFC 9000 §20.1, RFC 9368 §10.2), as they stand in CONNECTION_CLOSE. */
public final class TransportError {
    public static final long NO_ERROR = 0x00, INTERNAL_ERROR = 0x01, CONNECTION_REFUSED = 0x02, FLOW_CONTROL_ERROR = 0x03,
        STREAM_LIMIT_ERROR = 0x04, STREAM_STATE_ERROR = 0x05, FINAL_SIZE_ERROR = 0x06, FRAME_ENCODING_ERROR = 0x07,
        TRANSPORT_PARAMETER_ERROR = 0x08, CONNECTION_ID_LIMIT_ERROR = 0x09, PROTOCOL_VIOLATION = 0x0a, INVALID_TOKEN = 0x0b,
        APPLICATION_ERROR = 0x0c, CRYPTO_BUFFER_EXCEEDED = 0x0d, KEY_UPDATE_ERROR = 0x0e, AEAD_LIMIT_REACHED = 0x0f,
        NO_VIABLE_PATH = 0x10, VERSION_NEGOTIATION_ERROR = 0x11;
    /** First and last of the range that carries a TLS alert. */
    public static final long CRYPTO_ERROR = 0x0100, CRYPTO_ERROR_LAST = 0x01ff;

    private static final String[] NAMES = {"NO_ERROR", "INTERNAL_ERROR", "CONNECTION_REFUSED", "FLOW_CONTROL_ERROR", "STREAM_LIMIT_ERROR",
        "STREAM_STATE_ERROR", "FINAL_SIZE_ERROR", "FRAME_ENCODING_ERROR", "TRANSPORT_PARAMETER_ERROR", "CONNECTION_ID_LIMIT_ERROR",
        "PROTOCOL_VIOLATION", "INVALID_TOKEN", "APPLICATION_ERROR", "CRYPTO_BUFFER_EXCEEDED", "KEY_UPDATE_ERROR", "AEAD_LIMIT_REACHED",
        "NO_VIABLE_PATH", "VERSION_NEGOTIATION_ERROR"};

    private TransportError() { }

    /** The code that carries a TLS alert (RFC 9001 §4.8). */
    public static long crypto(int alert) { return CRYPTO_ERROR | alert & 0xff; }

    /** Whether {@code code} carries a TLS alert, which is then its low byte. */
    public static boolean isCrypto(long code) { return code >= CRYPTO_ERROR && code <= CRYPTO_ERROR_LAST; }

    /** The RFC's name for a log line; {@code CRYPTO_ERROR(alert)} or hexadecimal for the rest. */
    public static String name(long code) {
        if (code >= 0 && code < NAMES.length) return NAMES[(int) code];
        if (isCrypto(code)) return "CRYPTO_ERROR(" + (code & 0xff) + ")";
        return "0x" + Long.toHexString(code);
    }
}
