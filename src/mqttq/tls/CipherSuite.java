package mqttq.tls;

/** The TLS 1.3 cipher suites that QUIC can use here (RFC 9846 appendix B.4; CCM_8 is forbidden by RFC 9001 §5.3). */
public enum CipherSuite {
    TLS_AES_128_GCM_SHA256(0x1301, 16, "HmacSHA256", "SHA-256", 32),
    TLS_AES_256_GCM_SHA384(0x1302, 32, "HmacSHA384", "SHA-384", 48),
    TLS_CHACHA20_POLY1305_SHA256(0x1303, 32, "HmacSHA256", "SHA-256", 32);

    /** The value on the wire. */
    public final int id;
    /** Bytes of the AEAD key; the header-protection key has the same length. The IV has 12, the tag 16. */
    public final int keyLength;
    /** JCA names of the HMAC and the hash; {@code hashLength} in bytes. */
    public final String hmac, hash;
    public final int hashLength;

    CipherSuite(int id, int keyLength, String hmac, String hash, int hashLength) {
        this.id = id;
        this.keyLength = keyLength;
        this.hmac = hmac;
        this.hash = hash;
        this.hashLength = hashLength;
    }

    /** The suite with this wire value, or null. */
    public static CipherSuite of(int id) {
        return switch (id) {
            case 0x1301 -> TLS_AES_128_GCM_SHA256;
            case 0x1302 -> TLS_AES_256_GCM_SHA384;
            case 0x1303 -> TLS_CHACHA20_POLY1305_SHA256;
            default -> null;
        };
    }
}
