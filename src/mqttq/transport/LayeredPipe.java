package mqttq.transport;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSession;
import mqttq.loop.Loop;
import mqttq.loop.Timers;
import mqttq.wire.BufferPool;

/**
 * A pipe that speaks a protocol of its own over another pipe: what TLS and WebSocket have in common. It opens with a handshake under a
 * deadline, queues what is written until the turn ends, keeps what a paused reader left, and closes politely under a second deadline.
 */
abstract class LayeredPipe implements Pipe, Pipe.Handler {
    /** Told once how the handshake went. */
    interface Opening {
        /** Who handles the pipe; null aborts it. */
        Handler opened(LayeredPipe pipe);

        void failed(String reason);
    }

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    /** Work to be done at the end of the turn: bits of {@link #pending}. */
    private static final int FLUSH = 1, RESUME = 2;

    final Loop loop;
    final Pipe inner;
    /** Written by the application and not yet encoded; encoded and not yet taken by the inner pipe; decoded and left by a paused reader. */
    final ByteQueue out, encoded, left;
    /** Came from the inner pipe, and more is needed to make sense of it. */
    final ByteQueue raw;
    private final int limit;
    private final Timers.Timer deadline;
    private Opening opening;
    private Handler handler;
    private String reason;
    private long code, lingerUntil;
    private int pending;
    private boolean wantsRoom, endTold;
    boolean reading = true, finishing, closing, gone;
    private boolean failed;
    /** The peer has sent something. */
    boolean heard;

    private final Runnable endOfTurn = new Runnable() {
        @Override public void run() {
            int work = pending;
            pending = 0;
            if (gone) return;
            if ((work & RESUME) != 0) resume();
            if (!gone) flush();
        }
    };

    LayeredPipe(Loop loop, Pipe inner, TransportLimits limits, BufferPool pool, int rawLimit, Opening opening) {
        this.loop = loop;
        this.inner = inner;
        this.opening = opening;
        limit = limits.buffered();
        out = new ByteQueue(pool, limit);
        encoded = new ByteQueue(pool, Integer.MAX_VALUE);
        left = new ByteQueue(pool, Integer.MAX_VALUE);
        raw = new ByteQueue(pool, rawLimit);
        deadline = loop.timer(new Runnable() {
            @Override public void run() {
                if (!isOpen() && reason == null) reason = "handshake timed out";
                inner.abort(code, reason);
            }
        });
        deadline.at(loop.now() + limits.handshakeNanos());
    }

    // What a protocol does

    /** Decodes what it can of {@code data}; stops early only while {@link #stalled}, or keeps a rest in {@link #raw}. */
    abstract void decode(ByteBuffer data);

    /** Encodes what waits, {@link #send sends} it, and its own farewell when {@link #finishing} and nothing waits. */
    abstract void encode();

    /** Whether nothing may be decoded now. */
    boolean stalled() { return !reading || gone || failed; }

    // For a protocol

    final boolean isOpen() { return opening == null; }

    /** The handshake is done. */
    final void open() {
        deadline.cancel();
        Opening waiting = opening;
        opening = null;
        handler = waiting.opened(this);
        if (handler == null) abort(0, "refused");
    }

    /** Decoded bytes for the application. */
    final void deliver(ByteBuffer data) {
        if (closing || !data.hasRemaining()) return;
        if (left.isEmpty()) {
            if (reading) handler.onData(data);
            if (data.hasRemaining() && !closing && !gone) left.put(data);
        } else {
            left.put(data);
            if (reading) offer();
        }
    }

    private void offer() {
        ByteBuffer data = left.view();
        handler.onData(data);
        if (!left.isEmpty()) left.taken();
    }

    /** The peer will send no more. */
    final void tellEnd() {
        if (!isOpen()) {
            fail("connection ended during the handshake");
        } else if (!endTold) {
            endTold = true;
            if (!closing) handler.onEnd();
        }
    }

    final boolean endTold() { return endTold; }

    /** Encoded bytes for the peer; false: the inner pipe is full, encode no more until it has room. */
    final boolean send(ByteBuffer bytes) {
        if (encoded.isEmpty()) inner.write(bytes);
        if (bytes.hasRemaining()) encoded.put(bytes);
        return encoded.isEmpty();
    }

    final boolean blocked() { return !encoded.isEmpty(); }

    /** Something is wrong with the peer: says what, gives what waits a moment to leave, and closes. */
    final void fail(String why) {
        if (gone) return;
        if (reason == null) reason = why;
        failed = closing = finishing = true;
        out.clear();
        left.clear();
        raw.clear();
        inner.read(true);
        inner.close(0, reason, TransportLimits.FAREWELL_NANOS);
    }

    /** All that this layer had to say has gone into the inner pipe: ends that too. */
    final void endInner() {
        if (closing) inner.close(code, reason, Math.max(0, lingerUntil - loop.now()));
        else inner.finish();
    }

    final void later() { schedule(FLUSH); }

    /** Once more from where decoding stopped. */
    final void resumeLater() { schedule(RESUME); }

    private void schedule(int work) {
        if (pending == 0) loop.defer(endOfTurn);
        pending |= work;
    }

    private void resume() {
        if (reading && !left.isEmpty()) offer();
        if (!stalled() && !raw.isEmpty()) decode(NOTHING);
        if (!stalled() && left.isEmpty()) inner.read(true);
    }

    private void flush() {
        if (!encoded.isEmpty()) {
            inner.write(encoded.view());
            encoded.taken();
        }
        if (encoded.isEmpty()) encode();
        if (wantsRoom && !gone && out.room() >= limit / 2) {
            wantsRoom = false;
            handler.onWritable();
        }
    }

    // Pipe

    @Override public final void handler(Handler handler) { this.handler = handler; }
    @Override public final int writable() { return finishing || gone ? 0 : out.room(); }

    @Override public final int write(ByteBuffer data) {
        if (finishing || gone) return 0;
        int n = out.put(data);
        if (data.hasRemaining()) wantsRoom = true;
        later();
        return n;
    }

    @Override public final long unsent() { return out.length() + encoded.length() + inner.unsent(); }

    @Override public final void read(boolean on) {
        if (closing || gone || on == reading) return;
        reading = on;
        if (on) resumeLater();
        else inner.read(false);
    }

    @Override public final void finish() {
        if (finishing || gone) return;
        finishing = true;
        later();
    }

    @Override public final void close(long code, String reason, long lingerNanos) {
        if (closing || gone) return;
        closing = finishing = true;
        wantsRoom = false;
        this.reason = reason;
        left.clear();
        reading = true;
        this.code = code;
        lingerUntil = loop.now() + lingerNanos;
        deadline.at(lingerUntil);
        resumeLater();
    }

    @Override public final void abort(long code, String reason) {
        if (gone) return;
        closing = finishing = true;
        wantsRoom = false;
        this.reason = reason;
        inner.abort(code, reason);
    }

    @Override public final InetSocketAddress local() { return inner.local(); }
    @Override public final InetSocketAddress remote() { return inner.remote(); }
    @Override public SSLSession session() { return inner.session(); }

    // Pipe.Handler of the inner pipe

    @Override public final void onData(ByteBuffer data) {
        heard = true;
        if (!stalled()) decode(data);
        if (gone || closing) data.position(data.limit());
        else if (data.hasRemaining()) inner.read(false);
    }

    @Override public final void onWritable() { flush(); }
    @Override public void onEnd() { tellEnd(); }

    @Override public final void onClosed(String why) {
        gone = true;
        deadline.cancel();
        out.clear();
        encoded.clear();
        left.clear();
        raw.clear();
        released();
        Opening waiting = opening;
        opening = null;
        String told = reason != null ? reason : why;
        if (waiting != null) waiting.failed(told == null ? "connection closed during the handshake" : told);
        else if (handler != null) handler.onClosed(told);
    }

    /** The inner pipe has gone. */
    void released() { }
}
