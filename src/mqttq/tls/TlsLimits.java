package mqttq.tls;

/** Every size a peer could try to grow, in bytes unless said otherwise. Buffers grow by what arrived, never by a claimed length. */
final class TlsLimits {
    private TlsLimits() { }

    /** A ClientHello with many groups, a large ticket and padding fits; a flood of half-sent ones costs at most this each. */
    static final int CLIENT_HELLO = 16 << 10;
    /** A Certificate message with its whole chain. */
    static final int CERTIFICATE = 64 << 10;
    /** Certificates in a chain: path building is superlinear. */
    static final int CHAIN_CERTIFICATES = 16;
    /** ServerHello, EncryptedExtensions, CertificateVerify. */
    static final int SMALL_MESSAGE = 8 << 10;
    /** CertificateRequest: names of hundreds of authorities. */
    static final int CERTIFICATE_REQUEST = 32 << 10;
    /** NewSessionTicket, and what of it a client keeps. */
    static final int NEW_SESSION_TICKET = 16 << 10;
    /** Tickets a client takes from one connection; later ones are ignored. */
    static final int TICKETS_TAKEN = 8;
    /** A client's chain sealed into a ticket; with a longer one no ticket is issued. */
    static final int CHAIN_IN_TICKET = 2 << 10;
    /** A PEM file that an operator names. */
    static final int PEM_FILE = 4 << 20;
    /** The server's data sealed into a ticket. */
    static final int APPLICATION_DATA_IN_TICKET = 1 << 10;
    /** Extensions in a message (a count): looking for repeated ones is quadratic. */
    static final int EXTENSIONS = 64;
    /** Key shares in a ClientHello (a count). */
    static final int KEY_SHARES = 16;
    /** PSK identities looked at in a ClientHello; the rest cost nothing (RFC 9846 §4.2.11: ignoring unknown ones). */
    static final int PSK_IDENTITIES = 4;
    static final int TICKET_LIFETIME_SECONDS = 7 * 24 * 3600;
}
