package mqttq.cli;

/**
 * Counts durations in µs in buckets whose width grows with the value: exact below 256 µs, within 0.8 % above. Records without allocation,
 * as HdrHistogram does.
 */
final class Histogram {
    private static final int BITS = 7, PART = 1 << BITS;
    /** More than 19 hours. */
    private static final long LARGEST = (1L << 36) - 1;

    private final long[] counts = new long[(36 - BITS + 1) * PART];
    private long count, max;

    /** Records a duration in ns; less than 0 counts as 0. */
    void record(long nanos) {
        long micros = Math.min(LARGEST, Math.max(0, nanos) / 1000);
        counts[index(micros)]++;
        count++;
        if (micros > max) max = micros;
    }

    long count() { return count; }
    long max() { return max; }

    /**
     * The least value, in µs, that this part (0 to 1) of what was recorded does not exceed, up to the width of its bucket; 0 where there is
     * nothing.
     */
    long quantile(double part) {
        long rank = Math.max(1, (long) Math.ceil(part * count)), seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= rank) return Math.min(highest(i), max);
        }
        return 0;
    }

    /** Below 2 × PART the value itself, then PART buckets for each power of two. */
    private static int index(long micros) {
        int shift = Math.max(0, 63 - Long.numberOfLeadingZeros(micros | 1) - BITS);
        return shift * PART + (int) (micros >>> shift);
    }

    private static long highest(int index) {
        int shift = Math.max(0, index / PART - 1);
        return ((long) (index - shift * PART) + 1 << shift) - 1;
    }
}
