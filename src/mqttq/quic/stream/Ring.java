package mqttq.quic.stream;

import java.nio.ByteBuffer;
import mqttq.wire.BufferPool;

/** Bytes at stream offsets in one pooled array of a power of two, index = offset modulo its length; no memory while unused. */
class Ring {
    private final BufferPool pool;
    private byte[] bytes;
    private ByteBuffer view;

    Ring(BufferPool pool) { this.pool = pool; }

    /** Makes room for [from, to), keeping what it holds of [from, used). */
    void reserve(long from, long used, long to) {
        int wanted = Math.toIntExact(to - from);
        if (bytes != null && wanted <= bytes.length) return;
        byte[] old = bytes;
        bytes = pool.take(wanted);
        view = null;
        if (old == null) return;
        for (long p = from; p < used; ) {
            int source = (int) p & old.length - 1, target = (int) p & bytes.length - 1;
            int n = (int) Math.min(used - p, Math.min(old.length - source, bytes.length - target));
            System.arraycopy(old, source, bytes, target, n);
            p += n;
        }
        pool.give(old);
    }

    /** Copies {@code n} bytes in, to where {@link #reserve} made room. */
    void put(long offset, ByteBuffer data, int n) {
        int at = (int) offset & bytes.length - 1, first = Math.min(n, bytes.length - at);
        data.get(bytes, at, first);
        data.get(bytes, 0, n - first);
    }

    /** Copies {@code n} bytes out. */
    void get(long offset, int n, ByteBuffer out) {
        int at = (int) offset & bytes.length - 1, first = Math.min(n, bytes.length - at);
        out.put(bytes, at, first);
        out.put(bytes, 0, n - first);
    }

    /** The {@code n} bytes at an offset, or as many of them as lie together. Valid until the next change. */
    ByteBuffer view(long offset, int n) {
        if (view == null) view = ByteBuffer.wrap(bytes);
        int at = (int) offset & bytes.length - 1;
        return view.limit(Math.min(at + n, bytes.length)).position(at);
    }

    int capacity() { return bytes == null ? 0 : bytes.length; }

    /** Gives the array back. */
    void free() {
        if (bytes != null) pool.give(bytes);
        drop();
    }

    /** Leaves the array to whoever still reads it. */
    void drop() {
        bytes = null;
        view = null;
    }
}
