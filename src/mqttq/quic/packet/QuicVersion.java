package mqttq.quic.packet;

/** The QUIC versions spoken here: 1 (RFC 9000) and 2 (RFC 9369), which differ only in the constants below. */
public enum QuicVersion {
    V1(0x0000_0001, 0, "quic ", "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "be0c690b9f66575a1d766b54e368c84e", "461599d35d632bf2239825bb"),
    V2(0x6b33_43cf, 1, "quicv2 ", "0dede3def700a6db819381be6e269dcbf9bd2ed9", "8fb4b01b56ac48e260fbcbcead7ccc92",
        "d86969bc2d7c6d9990efb04a");

    private static final PacketType[] TYPES = {PacketType.INITIAL, PacketType.ZERO_RTT, PacketType.HANDSHAKE, PacketType.RETRY};

    /** The Version field. */
    public final int id;
    /** Start of the HKDF labels, to which "key", "iv", "hp" or "ku" is added (RFC 9001 §5.1, RFC 9369 §3.3.2). */
    public final String labelPrefix;
    private final int typeShift;
    private final byte[] initialSalt;
    final byte[] retryKey, retryNonce;

    QuicVersion(int id, int typeShift, String labelPrefix, String initialSalt, String retryKey, String retryNonce) {
        this.id = id;
        this.typeShift = typeShift;
        this.labelPrefix = labelPrefix;
        this.initialSalt = hex(initialSalt);
        this.retryKey = hex(retryKey);
        this.retryNonce = hex(retryNonce);
    }

    /** The version with this Version field, or null. */
    public static QuicVersion of(int id) { return id == V1.id ? V1 : id == V2.id ? V2 : null; }

    /** A copy of the salt of the Initial secrets (RFC 9001 §5.2, RFC 9369 §3.3.1). */
    public byte[] initialSalt() { return initialSalt.clone(); }

    /** Type of a long header with this first byte. RFC 9369 §3.2: version 2 counts the four types from one further on. */
    PacketType type(int firstByte) { return TYPES[(firstByte >> 4 & 3) - typeShift & 3]; }

    /** Bits 4 and 5 of the first byte for a long header type. */
    int typeBits(PacketType type) {
        int index = switch (type) {
            case INITIAL -> 0;
            case ZERO_RTT -> 1;
            case HANDSHAKE -> 2;
            case RETRY -> 3;
            default -> throw new IllegalArgumentException("no long header type: " + type);
        };
        return (index + typeShift & 3) << 4;
    }

    private static byte[] hex(String digits) { return java.util.HexFormat.of().parseHex(digits); }
}
