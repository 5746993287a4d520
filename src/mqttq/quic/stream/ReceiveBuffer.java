package mqttq.quic.stream;

import java.nio.ByteBuffer;
import mqttq.wire.BufferPool;

/** Bytes received beyond what was delivered, in one ring as long as they reach: at most the window, rounded up to a power of two. */
final class ReceiveBuffer extends Ring {
    private RangeSet received = RangeSet.NONE;
    private long start;

    ReceiveBuffer(BufferPool pool) { super(pool); }

    /** Offset of the next byte to deliver. */
    long start() { return start; }

    /** Offset behind the last byte that is kept or was delivered. */
    long end() { return received.isEmpty() ? start : received.end(received.size() - 1); }

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
            reserve(start, end(), Math.max(end(), end));
            put(offset, data, data.remaining());
            received = received.own();
            received.add(offset, end);
        }
        data.position(data.limit());
    }

    /** Bytes that can be delivered from what is kept. */
    int readable() { return received.isEmpty() || received.start(0) > start ? 0 : (int) (received.end(0) - start); }

    /** The readable bytes, or as many as lie together. */
    ByteBuffer view() { return view(start, readable()); }

    /** {@code n} bytes were delivered, from {@link #view} or past this buffer. */
    void skip(int n) {
        received.remove(start, start + n);
        start += n;
        if (received.isEmpty()) free();
    }

    /** Forgets what is kept. {@code inUse}: somebody is reading a {@link #view}. */
    void free(boolean inUse) {
        received.clear();
        if (inUse) drop();
        else free();
    }
}
