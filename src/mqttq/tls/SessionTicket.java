package mqttq.tls;

/**
 * A ticket that a server gave to a client, with all that the client must remember to resume and to send early data (RFC 9001 §4.5).
 * Immutable; opaque bytes outside. Use each only once (RFC 9846 appendix C.4). Holds secrets: keep files of it private.
 */
public final class SessionTicket {
    private SessionTicket() { }

    /** For a file; read by {@link #decode}. */
    public byte[] encode() {
        return new byte[0];
    }

    /** The ticket in these bytes, or null where they are none of ours or damaged. */
    public static SessionTicket decode(byte[] bytes) {
        return null;
    }

    /** The server's transport parameters of the connection that gave this ticket, raw, for 0-RTT limits (RFC 9000 §7.4.1). */
    public byte[] transportParameters() {
        return null;
    }

    /** Whether the server takes 0-RTT with it. */
    public boolean earlyData() {
        return false;
    }

    /** The ALPN name of that connection. */
    public String applicationProtocol() {
        return null;
    }

    /** Wall-clock milliseconds since 1970 after which it is of no use. */
    public long expiresAtMillis() {
        return 0;
    }
}
