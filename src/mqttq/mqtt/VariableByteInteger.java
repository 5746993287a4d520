package mqttq.mqtt;

import java.nio.ByteBuffer;

/** MQTT's variable byte integer (§1.5.5): 0 to 268,435,455 in one to four bytes. */
public final class VariableByteInteger {
    public static final int MAX = 268_435_455;

    private VariableByteInteger() { }

    /** The bytes that {@link #put} writes. */
    public static int size(int value) { return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : 4; }

    /** Writes the shortest form; IllegalArgumentException outside 0..{@link #MAX}. */
    public static void put(ByteBuffer out, int value) {
        if (value < 0 || value > MAX) throw new IllegalArgumentException("not a variable byte integer: " + value);
        for (; value >= 0x80; value >>>= 7) out.put((byte) (value | 0x80));
        out.put((byte) value);
    }

    /** Reads one; -1 where the bytes end inside it, -2 where it has more than four bytes or more than it needs [MQTT-1.5.5-1]. */
    public static int get(byte[] array, int at, int end) {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            if (at + i >= end) return -1;
            int b = array[at + i];
            value |= (b & 0x7f) << 7 * i;
            if (b >= 0) return b == 0 && i > 0 ? -2 : value;
        }
        return -2;
    }
}
