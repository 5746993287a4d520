package mqttq.tls;

/** Key exchange groups (RFC 9846 §4.2.7). */
public enum NamedGroup {
    X25519(0x001d, 32), SECP256R1(0x0017, 65), SECP384R1(0x0018, 97);

    /** The value on the wire. */
    public final int id;
    /** Bytes of a key share. */
    public final int shareLength;

    NamedGroup(int id, int shareLength) {
        this.id = id;
        this.shareLength = shareLength;
    }

    /** The group with this wire value, or null. */
    public static NamedGroup of(int id) {
        return switch (id) {
            case 0x001d -> X25519;
            case 0x0017 -> SECP256R1;
            case 0x0018 -> SECP384R1;
            default -> null;
        };
    }
}
