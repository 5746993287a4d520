package mqttq.wire;

/**
 * A free list of byte arrays in power-of-two sizes, so that what grows and shrinks on the hot path allocates nothing.
 * One thread. Arrays come back dirty.
 */
public final class BufferPool {
    private static final int MIN_SHIFT = 7, MAX_SHIFT = 16;
    private final byte[][][] free = new byte[MAX_SHIFT - MIN_SHIFT + 1][][];
    private final int[] count = new int[MAX_SHIFT - MIN_SHIFT + 1];
    private final int keptBytesPerSize;

    /** @param keptBytesPerSize how many bytes of arrays of each size are kept for reuse; more are left to the collector */
    public BufferPool(int keptBytesPerSize) { this.keptBytesPerSize = keptBytesPerSize; }

    /** An array of at least {@code size} bytes: the next power of two from 128; above 64 KiB always a new one. */
    public byte[] take(int size) {
        int shift = shift(size);
        if (shift > MAX_SHIFT) return new byte[1 << shift];
        int i = shift - MIN_SHIFT;
        if (count[i] == 0) return new byte[1 << shift];
        byte[] array = free[i][--count[i]];
        free[i][count[i]] = null;
        return array;
    }

    /** Gives back what {@link #take} handed out; the caller must not touch it any more. */
    public void give(byte[] array) {
        int shift = shift(array.length);
        if (shift > MAX_SHIFT || array.length != 1 << shift) return;
        int i = shift - MIN_SHIFT, most = Math.max(2, keptBytesPerSize >> shift);
        if (free[i] == null) free[i] = new byte[most][];
        if (count[i] < most) free[i][count[i]++] = array;
    }

    private static int shift(int size) { return Math.max(MIN_SHIFT, 32 - Integer.numberOfLeadingZeros(Math.max(1, size) - 1)); }
}
