package mqttq.kafka;

import java.nio.ByteBuffer;

/** The integers inside of records: zigzag (small negative numbers are short too), seven bits a byte, the lowest first. */
final class Zigzag {
    private Zigzag() { }

    static int size(long value) {
        long rest = value << 1 ^ value >> 63;
        return Math.max(1, (70 - Long.numberOfLeadingZeros(rest)) / 7);
    }

    /** Writes one and returns the place behind it. */
    static int put(byte[] out, int at, long value) {
        long rest = value << 1 ^ value >> 63;
        for (; (rest & ~0x7f) != 0; rest >>>= 7) out[at++] = (byte) (rest | 0x80);
        out[at++] = (byte) rest;
        return at;
    }

    /** @throws IllegalArgumentException where it has more than ten bytes */
    static long get(ByteBuffer in) {
        long rest = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            byte b = in.get();
            rest |= (long) (b & 0x7f) << shift;
            if (b >= 0) return rest >>> 1 ^ -(rest & 1);
        }
        throw new IllegalArgumentException("a number without an end");
    }

    /** One that counts bytes, or what has at least one, of those that follow it; at least {@code least}. */
    static int length(ByteBuffer in, int least) {
        long value = get(in);
        if (value < least || value > in.remaining()) throw new IllegalArgumentException("a length of " + value);
        return (int) value;
    }
}
