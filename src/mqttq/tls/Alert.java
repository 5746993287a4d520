package mqttq.tls;

import java.util.Locale;

/** TLS alert descriptions (RFC 9846 §6.2); QUIC sends them as error code 0x0100 + {@link #code} (RFC 9001 §4.8). */
public enum Alert {
    CLOSE_NOTIFY(0), UNEXPECTED_MESSAGE(10), BAD_RECORD_MAC(20), RECORD_OVERFLOW(22), HANDSHAKE_FAILURE(40), BAD_CERTIFICATE(42),
    UNSUPPORTED_CERTIFICATE(43), CERTIFICATE_REVOKED(44), CERTIFICATE_EXPIRED(45), CERTIFICATE_UNKNOWN(46), ILLEGAL_PARAMETER(47),
    UNKNOWN_CA(48), ACCESS_DENIED(49), DECODE_ERROR(50), DECRYPT_ERROR(51), PROTOCOL_VERSION(70), INSUFFICIENT_SECURITY(71),
    INTERNAL_ERROR(80), INAPPROPRIATE_FALLBACK(86), USER_CANCELED(90), MISSING_EXTENSION(109), UNSUPPORTED_EXTENSION(110),
    UNRECOGNIZED_NAME(112), BAD_CERTIFICATE_STATUS_RESPONSE(113), UNKNOWN_PSK_IDENTITY(115), CERTIFICATE_REQUIRED(116),
    GENERAL_ERROR(117), NO_APPLICATION_PROTOCOL(120);

    /** The value on the wire. */
    public final int code;

    Alert(int code) { this.code = code; }

    /** The alert with this wire value, or null where it is not assigned. */
    public static Alert of(int code) {
        for (Alert alert : values()) if (alert.code == code) return alert;
        return null;
    }

    /** The name as the RFC writes it, for logs: {@code unknown_ca}. */
    @Override public String toString() { return name().toLowerCase(Locale.ROOT); }
}
