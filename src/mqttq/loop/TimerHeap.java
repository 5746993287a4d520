package mqttq.loop;

import java.util.Arrays;

/**
 * Deadlines in a four-way heap; entries know their place, so that setting one anew allocates nothing. Equal deadlines keep the order of
 * setting.
 */
public final class TimerHeap {
    /** One deadline; extended by what is to happen then. */
    public abstract static class Entry {
        private long deadline = Long.MAX_VALUE, order;
        private int index = -1;

        /** Nanoseconds; {@code Long.MAX_VALUE} while not set. */
        public final long deadline() { return deadline; }

        /** Grows with every {@link TimerHeap#set}. */
        public final long order() { return order; }
        public final boolean isSet() { return index >= 0; }
        private boolean before(Entry other) { return deadline < other.deadline || deadline == other.deadline && order < other.order; }
    }

    private Entry[] heap = new Entry[16];
    private int size;
    private long orders;

    /** Sets or moves an entry; {@code Long.MAX_VALUE} takes it out. */
    public void set(Entry entry, long deadline) {
        if (deadline == Long.MAX_VALUE) {
            remove(entry);
            return;
        }
        entry.order = ++orders;
        entry.deadline = deadline;
        if (entry.index >= 0) {
            if (!up(entry)) down(entry);
            return;
        }
        if (size == heap.length) heap = Arrays.copyOf(heap, size * 2);
        entry.index = size;
        heap[size++] = entry;
        up(entry);
    }

    /** Takes an entry out; nothing happens where it is not in. */
    public void remove(Entry entry) {
        int i = entry.index;
        if (i < 0) return;
        entry.index = -1;
        entry.deadline = Long.MAX_VALUE;
        Entry last = heap[--size];
        heap[size] = null;
        if (last == entry) return;
        last.index = i;
        heap[i] = last;
        if (!up(last)) down(last);
        if (heap.length > 64 && size < heap.length / 4) heap = Arrays.copyOf(heap, heap.length / 2);
    }

    /** The next entry, or null. */
    public Entry first() { return size == 0 ? null : heap[0]; }

    /** The next deadline, or {@code Long.MAX_VALUE}. */
    public long next() { return size == 0 ? Long.MAX_VALUE : heap[0].deadline; }
    public int size() { return size; }

    /** The entry at {@code i} in 0..size-1, in no order. */
    public Entry get(int i) { return heap[i]; }

    /** The order of the latest {@link #set}: entries set after this moment have a greater one. */
    public long latestOrder() { return orders; }

    private boolean up(Entry entry) {
        int i = entry.index, start = i;
        while (i > 0) {
            int parent = i - 1 >> 2;
            Entry above = heap[parent];
            if (!entry.before(above)) break;
            heap[i] = above;
            above.index = i;
            i = parent;
        }
        heap[i] = entry;
        entry.index = i;
        return i != start;
    }

    private void down(Entry entry) {
        int i = entry.index;
        for (int child; (child = 4 * i + 1) < size; ) {
            int least = child, end = Math.min(child + 4, size);
            for (int c = child + 1; c < end; c++) if (heap[c].before(heap[least])) least = c;
            Entry below = heap[least];
            if (!below.before(entry)) break;
            heap[i] = below;
            below.index = i;
            i = least;
        }
        heap[i] = entry;
        entry.index = i;
    }
}
