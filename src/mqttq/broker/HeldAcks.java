package mqttq.broker;

import java.util.Arrays;

/** Acknowledgements that wait until the journal has what they promise: a ring in order of sending, nothing while empty. */
final class HeldAcks {
    private long[] positions = new long[8];
    private int[] acks = new int[8];
    private Object[] notes = new Object[8];
    private int head, size;

    int size() { return size; }

    /** {@code note}: a packet instead of {@code ack}, or the message that is acknowledged where somebody keeps it, or null. */
    void add(long position, int ack, Object note) {
        if (size == positions.length) {
            int capacity = size * 2;
            rotate();
            positions = Arrays.copyOf(positions, capacity);
            acks = Arrays.copyOf(acks, capacity);
            notes = Arrays.copyOf(notes, capacity);
        }
        int at = head + size++ & positions.length - 1;
        positions[at] = position;
        acks[at] = ack;
        notes[at] = note;
    }

    /** What the oldest waits for. */
    long position() { return positions[head]; }
    int ack() { return ack(0); }
    Object note() { return note(0); }

    /** Of the oldest but {@code i}. */
    int ack(int i) { return acks[head + i & acks.length - 1]; }
    Object note(int i) { return notes[head + i & notes.length - 1]; }

    void remove() {
        notes[head] = null;
        head = head + 1 & positions.length - 1;
        size--;
    }

    private void rotate() {
        if (head == 0) return;
        long[] p = positions.clone();
        int[] a = acks.clone();
        Object[] o = notes.clone();
        for (int i = 0, mask = p.length - 1; i < size; i++) {
            positions[i] = p[head + i & mask];
            acks[i] = a[head + i & mask];
            notes[i] = o[head + i & mask];
        }
        head = 0;
    }
}
