package mqttq.quic.stream;

import java.nio.ByteBuffer;
import mqttq.wire.BufferPool;

/** Bytes received beyond what was delivered, in one ring as long as they reach: at most the window, rounded up to a power of two. */
final class ReceiveBuffer {
    private final Ring ring;
    private RangeSet received = RangeSet.NONE;
    private long start;

    ReceiveBuffer(BufferPool pool) { ring = new Ring(pool); }

    /** Offset of the next byte to deliver. */
    long start() { return start; }
    boolean isEmpty() { return received.isEmpty(); }

    /** Stretches of bytes that are kept, with a gap before or between them. */
    int stretches() { return received.size(); }

    /** Keeps the part of {@code data} that was not delivered; consumes all of it. */
    void insert(long offset, ByteBuffer data) {
        long end = offset + data.remaining();
        if (end > start) {
            if (offset < start) {
                data.position(data.position() + (int) (start - offset));
                offset = start;
            }
            long used = received.isEmpty() ? start : received.end(received.size() - 1);
            ring.reserve(start, used, Math.max(used, end));
            ring.put(offset, data, data.remaining());
            received = received.own();
            received.add(offset, end);
        }
        data.position(data.limit());
    }

    /** Bytes that can be delivered from what is kept. */
    int readable() { return received.isEmpty() || received.start(0) > start ? 0 : (int) (received.end(0) - start); }

    /** The readable bytes, or as many as lie together. */
    ByteBuffer view() { return ring.view(start, readable()); }

    /** {@code n} bytes were delivered, from {@link #view} or past this buffer. */
    void skip(int n) {
        received.remove(start, start + n);
        start += n;
        if (received.isEmpty()) ring.free();
    }

    int capacity() { return ring.capacity(); }

    /** Forgets what is kept. {@code inUse}: somebody is reading a {@link #view}. */
    void free(boolean inUse) {
        received.clear();
        if (inUse) ring.drop();
        else ring.free();
    }
}
