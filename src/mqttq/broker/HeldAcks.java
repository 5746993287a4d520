package mqttq.broker;

import java.util.Arrays;
import mqttq.mqtt.Packet;

/** Acknowledgements that wait until the journal has what they promise: a ring in order of sending, nothing while empty. */
final class HeldAcks {
    private long[] positions = new long[8];
    private int[] acks = new int[8];
    private Packet[] packets = new Packet[8];
    private int head, size;

    int size() { return size; }

    /** {@code packet}: a whole SUBACK or UNSUBACK instead of {@code ack}, or null. */
    void add(long position, int ack, Packet packet) {
        if (size == positions.length) {
            int capacity = size * 2;
            rotate();
            positions = Arrays.copyOf(positions, capacity);
            acks = Arrays.copyOf(acks, capacity);
            packets = Arrays.copyOf(packets, capacity);
        }
        int at = head + size++ & positions.length - 1;
        positions[at] = position;
        acks[at] = ack;
        packets[at] = packet;
    }

    /** What the oldest waits for. */
    long position() { return positions[head]; }
    int ack() { return acks[head]; }
    Packet packet() { return packets[head]; }

    void remove() {
        packets[head] = null;
        head = head + 1 & positions.length - 1;
        size--;
    }

    private void rotate() {
        if (head == 0) return;
        long[] p = positions.clone();
        int[] a = acks.clone();
        Packet[] o = packets.clone();
        for (int i = 0, mask = p.length - 1; i < size; i++) {
            positions[i] = p[head + i & mask];
            acks[i] = a[head + i & mask];
            packets[i] = o[head + i & mask];
        }
        head = 0;
    }
}
