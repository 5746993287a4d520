package mqttq.quic.packet;

/** Packet numbers on the wire: truncated to 1 to 4 bytes (RFC 9000 §17.1, appendices A.2 and A.3). */
public final class PacketNumber {
    public static final long MAX = (1L << 62) - 1;

    private PacketNumber() { }

    /** Bytes (1 to 4) that {@code number} needs when {@code largestAcked} is the largest the peer has acknowledged, -1 for none. */
    public static int length(long number, long largestAcked) {
        // RFC 9000 §17.1: able to represent more than twice the range between the largest acknowledged and this one.
        long unacked = largestAcked < 0 ? number + 1 : number - largestAcked;
        if (unacked < 1L << 7) return 1;
        if (unacked < 1L << 15) return 2;
        return unacked < 1L << 23 ? 3 : 4;
    }

    /** The full number nearest to the one after {@code largest} (the largest processed so far, -1 for none). */
    public static long decode(long largest, long truncated, int length) {
        long expected = largest + 1, window = 1L << 8 * length, half = window / 2;
        long candidate = expected & -window | truncated;
        if (candidate <= expected - half && candidate <= MAX - window) return candidate + window;
        // Appendix A.3 leaves out that after the very last number the window reaches past it.
        if ((candidate > expected + half || candidate > MAX) && candidate >= window) return candidate - window;
        return candidate;
    }

    /** The truncated number as it stands, unsigned. */
    public static long read(byte[] array, int offset, int length) {
        long number = 0;
        for (int i = 0; i < length; i++) number = number << 8 | array[offset + i] & 0xff;
        return number;
    }

    /** Its low {@code length} bytes. */
    static void write(byte[] array, int offset, int length, long number) {
        for (int i = length; i-- > 0; number >>= 8) array[offset + i] = (byte) number;
    }
}
