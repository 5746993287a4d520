package mqttq.quic;

import java.util.Arrays;

/**
 * Connections by their next deadline: a binary heap that each member knows its place in, so that moving one is O(log n) and allocates
 * nothing.
 */
final class DeadlineHeap {
    private Connection[] heap = new Connection[16];
    private int size;

    /** The earliest deadline, or {@code Long.MAX_VALUE}. */
    long next() { return size == 0 ? Long.MAX_VALUE : heap[0].scheduled; }
    Connection first() { return heap[0]; }

    /** Puts a connection where {@code deadline} belongs; {@code Long.MAX_VALUE} takes it out. */
    void schedule(Connection c, long deadline) {
        if (deadline == c.scheduled) return;
        c.scheduled = deadline;
        if (deadline == Long.MAX_VALUE) {
            remove(c);
            return;
        }
        if (c.heapIndex < 0) {
            if (size == heap.length) heap = Arrays.copyOf(heap, size * 2);
            c.heapIndex = size;
            heap[size++] = c;
        }
        up(c);
        down(c);
    }

    private void remove(Connection c) {
        int i = c.heapIndex;
        if (i < 0) return;
        c.heapIndex = -1;
        Connection last = heap[--size];
        heap[size] = null;
        if (last != c) {
            heap[i] = last;
            last.heapIndex = i;
            up(last);
            down(last);
        }
    }

    private void up(Connection c) {
        int i = c.heapIndex;
        while (i > 0) {
            Connection parent = heap[i - 1 >> 1];
            if (parent.scheduled <= c.scheduled) break;
            heap[i] = parent;
            parent.heapIndex = i;
            i = i - 1 >> 1;
        }
        heap[i] = c;
        c.heapIndex = i;
    }

    private void down(Connection c) {
        int i = c.heapIndex;
        for (int child; (child = 2 * i + 1) < size; ) {
            if (child + 1 < size && heap[child + 1].scheduled < heap[child].scheduled) child++;
            if (heap[child].scheduled >= c.scheduled) break;
            heap[i] = heap[child];
            heap[i].heapIndex = i;
            i = child;
        }
        heap[i] = c;
        c.heapIndex = i;
    }
}
