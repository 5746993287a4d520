package mqttq.quic.stream;

/** Streams that wait for something, first come first served; each at most once, by a flag of its own. */
final class StreamQueue {
    private final int flag;
    private static final QuicStream[] NONE = {};
    private QuicStream[] ring = NONE;
    private int head, size;

    StreamQueue(int flag) { this.flag = flag; }
    int size() { return size; }

    void add(QuicStream stream) {
        if ((stream.queued & flag) != 0) return;
        stream.queued |= flag;
        if (size == ring.length) {
            QuicStream[] larger = new QuicStream[Math.max(4, 2 * size)];
            System.arraycopy(ring, head, larger, 0, size - head);
            System.arraycopy(ring, 0, larger, size - head, head);
            ring = larger;
            head = 0;
        }
        ring[head + size++ & ring.length - 1] = stream;
    }

    /** Gives memory back where nothing waits. */
    void trim() {
        if (size > 0) return;
        ring = NONE;
        head = 0;
    }

    QuicStream peek() { return size == 0 ? null : ring[head]; }

    QuicStream poll() {
        QuicStream stream = ring[head];
        ring[head] = null;
        head = head + 1 & ring.length - 1;
        size--;
        stream.queued &= ~flag;
        return stream;
    }
}
