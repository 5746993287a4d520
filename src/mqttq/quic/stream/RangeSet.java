package mqttq.quic.stream;

import java.util.Arrays;

/** Disjoint ranges of offsets, [start, end), in ascending order; neighbours are joined. No memory before the first. */
final class RangeSet {
    /** Stands for an empty one that is not there yet: {@link #own} before {@link #add}. */
    static final RangeSet NONE = new RangeSet();
    private long[] ranges;
    private int size;

    RangeSet own() { return this == NONE ? new RangeSet() : this; }
    boolean isEmpty() { return size == 0; }
    int size() { return size; }
    long start(int i) { return ranges[2 * i]; }
    long end(int i) { return ranges[2 * i + 1]; }

    /** Index of the first range that ends at or after {@code offset}, or the size. */
    private int find(long offset) {
        int low = 0, high = size;
        while (low < high) {
            int middle = low + high >>> 1;
            if (ranges[2 * middle + 1] < offset) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    boolean contains(long offset) {
        int i = find(offset + 1);
        return i < size && ranges[2 * i] <= offset;
    }

    void add(long start, long end) {
        if (start >= end) return;
        int first = find(start), last = first;
        while (last < size && ranges[2 * last] <= end) last++;
        if (first < last) {
            ranges[2 * first] = Math.min(ranges[2 * first], start);
            ranges[2 * first + 1] = Math.max(ranges[2 * last - 1], end);
            delete(first + 1, last);
        } else {
            insert(first, start, end);
        }
    }

    void remove(long start, long end) {
        if (start >= end || size == 0) return;
        int first = find(start + 1), last = first;
        while (last < size && ranges[2 * last] < end) last++;
        if (first == last) return;
        long head = ranges[2 * first], tail = ranges[2 * last - 1];
        if (head < start && tail > end && last - first == 1) {
            ranges[2 * first + 1] = start;
            insert(first + 1, end, tail);
            return;
        }
        if (head < start) ranges[2 * first++ + 1] = start;
        if (tail > end) ranges[2 * --last] = end;
        delete(first, last);
    }

    private void insert(int i, long start, long end) {
        if (ranges == null) ranges = new long[8];
        else if (2 * size == ranges.length) ranges = Arrays.copyOf(ranges, 2 * ranges.length);
        System.arraycopy(ranges, 2 * i, ranges, 2 * i + 2, 2 * (size++ - i));
        ranges[2 * i] = start;
        ranges[2 * i + 1] = end;
    }

    private void delete(int from, int to) {
        if (from >= to) return;
        System.arraycopy(ranges, 2 * to, ranges, 2 * from, 2 * (size - to));
        size -= to - from;
        if (size == 0 && ranges.length > 64) ranges = null;
    }

    void clear() {
        if (this == NONE) return;
        size = 0;
        ranges = null;
    }
}
