package mqttq.wire;

import java.nio.ByteBuffer;

/** QUIC's variable-length integers (RFC 9000 §16): 1, 2, 4 or 8 bytes for values 0 to 2^62-1. */
public final class Varint {
    public static final long MAX = (1L << 62) - 1;

    private Varint() { }

    /** The bytes that {@link #put} writes for {@code value}; {@code value} must be in 0..{@link #MAX}. */
    public static int size(long value) {
        if (value < 1 << 6) return 1;
        if (value < 1 << 14) return 2;
        return value < 1 << 30 ? 4 : 8;
    }

    /** Writes the shortest form. */
    public static void put(ByteBuffer out, long value) {
        if (value < 0 || value > MAX) throw new IllegalArgumentException("not a varint: " + value);
        if (value < 1 << 6) out.put((byte) value);
        else if (value < 1 << 14) out.putShort((short) (0x4000 | value));
        else if (value < 1 << 30) out.putInt(0x8000_0000 | (int) value);
        else out.putLong(0xc000_0000_0000_0000L | value);
    }

    /** Reads one; -1 where the buffer ends inside it (the position is then unchanged). */
    public static long get(ByteBuffer in) {
        if (!in.hasRemaining()) return -1;
        int first = in.get(in.position());
        int length = 1 << (first >> 6 & 3);
        if (in.remaining() < length) return -1;
        return switch (length) {
            case 1 -> in.get() & 0x3f;
            case 2 -> in.getShort() & 0x3fff;
            case 4 -> in.getInt() & 0x3fff_ffff;
            default -> in.getLong() & MAX;
        };
    }
}
