package mqttq.quic.stream;

import java.nio.ByteBuffer;
import mqttq.wire.BufferPool;

/** Bytes of one direction from when they were written until they are acknowledged, and which of them are to be sent (again). */
final class SendBuffer extends Ring {
    /** Acknowledged below {@code base}; written below {@code end}; sent at least once below {@code sent}. */
    private long base, end, sent;
    /** Acknowledged above {@code base}; lost, to be sent again. */
    private RangeSet acked = RangeSet.NONE, lost = RangeSet.NONE;

    SendBuffer(BufferPool pool) { super(pool); }

    void write(ByteBuffer data, int n) {
        reserve(base, end, end + n);
        put(end, data, n);
        end += n;
    }

    long base() { return base; }
    long end() { return end; }

    /** One beyond the highest byte ever sent. */
    long sent() { return sent; }
    int unacknowledged() { return (int) (end - base); }
    boolean hasLost() { return !lost.isEmpty(); }
    boolean hasUnsent() { return sent < end; }

    /** Where the next bytes to send are: the lowest lost ones, or those never sent. */
    long nextOffset() { return lost.isEmpty() ? sent : lost.start(0); }

    /** How many bytes can go from {@link #nextOffset}. */
    long nextLength() { return lost.isEmpty() ? end - sent : lost.end(0) - lost.start(0); }

    /** Copies the next {@code n} bytes, at most {@link #nextLength}, and takes them as sent. */
    void take(int n, ByteBuffer out) {
        if (n == 0) return;
        long offset = nextOffset();
        get(offset, n, out);
        if (offset < sent) lost.remove(offset, offset + n);
        else sent += n;
    }

    void onAcked(long offset, long length) {
        long to = offset + length;
        if (to <= base || length == 0) return;
        lost.remove(offset, to);
        if (offset <= base && acked.isEmpty()) {
            base = to;
        } else {
            acked = acked.own();
            acked.add(Math.max(offset, base), to);
            if (acked.start(0) == base) {
                base = acked.end(0);
                acked.remove(acked.start(0), base);
            }
        }
        if (base == end) super.free();
    }

    void onLost(long offset, long length) {
        long from = Math.max(offset, base), to = offset + length;
        // what was acknowledged by another packet meanwhile is not sent again
        lost = lost.own();
        for (int i = 0; i < acked.size() && from < to; i++) {
            if (acked.end(i) <= from) continue;
            if (acked.start(i) >= to) break;
            lost.add(from, acked.start(i));
            from = acked.end(i);
        }
        lost.add(from, to);
    }

    /** Nothing was sent after all, for flow control to start anew; only while nothing is acknowledged. */
    void unsend() {
        lost.clear();
        sent = base;
    }

    /** Gives all up. */
    @Override void free() {
        super.free();
        acked.clear();
        lost.clear();
        base = sent = end;
    }
}
