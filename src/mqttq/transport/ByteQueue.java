package mqttq.transport;

import java.nio.ByteBuffer;
import mqttq.wire.BufferPool;

/** Bytes in waiting: an array of a pool, taken with the first, grown up to a limit, given back with the last. */
final class ByteQueue {
    private static final byte[] NONE = {};

    private final BufferPool pool;
    private final int limit;
    private byte[] array = NONE;
    private ByteBuffer view;
    private int head, tail;
    /** Somebody may be reading the {@link #view}. */
    private boolean lent;

    ByteQueue(BufferPool pool, int limit) {
        this.pool = pool;
        this.limit = limit;
    }

    int length() { return tail - head; }
    boolean isEmpty() { return head == tail; }
    int room() { return limit - length(); }

    /** Takes what there is room for, and returns how many bytes. */
    int put(ByteBuffer data) {
        int n = Math.min(data.remaining(), room());
        if (n <= 0) return 0;
        reserve(n);
        data.get(array, tail, n);
        tail += n;
        return n;
    }

    /** All that waits (not to be called when empty), to be read from; then {@link #taken} must be called. */
    ByteBuffer view() {
        lent = true;
        return view.clear().position(head).limit(tail);
    }

    /** What has been read from the {@link #view} is gone. */
    void taken() {
        head = view.position();
        lent = false;
        if (head == tail) clear();
    }

    /** Forgets all; an array that is being read is left to its reader. */
    void clear() {
        if (array != NONE && !lent) pool.give(array);
        lent = false;
        array = NONE;
        view = null;
        head = tail = 0;
    }

    private void reserve(int more) {
        if (tail + more <= array.length) return;
        int length = length();
        if (length + more <= array.length) {
            System.arraycopy(array, head, array, 0, length);
        } else {
            byte[] larger = pool.take(length + more);
            System.arraycopy(array, head, larger, 0, length);
            if (array != NONE) pool.give(array);
            array = larger;
            view = ByteBuffer.wrap(larger);
        }
        head = 0;
        tail = length;
    }
}
