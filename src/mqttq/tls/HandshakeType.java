package mqttq.tls;

/** Handshake message types (RFC 9846 §4) and how long each may be. */
final class HandshakeType {
    private HandshakeType() { }

    static final int CLIENT_HELLO = 1, SERVER_HELLO = 2, NEW_SESSION_TICKET = 4, ENCRYPTED_EXTENSIONS = 8, CERTIFICATE = 11,
        CERTIFICATE_REQUEST = 13, CERTIFICATE_VERIFY = 15, FINISHED = 20, KEY_UPDATE = 24, MESSAGE_HASH = 254;

    static int limit(int type) {
        return switch (type) {
            case CLIENT_HELLO -> TlsLimits.CLIENT_HELLO;
            case CERTIFICATE -> TlsLimits.CERTIFICATE;
            case CERTIFICATE_REQUEST -> TlsLimits.CERTIFICATE_REQUEST;
            case NEW_SESSION_TICKET -> TlsLimits.NEW_SESSION_TICKET;
            default -> TlsLimits.SMALL_MESSAGE;
        };
    }
}
