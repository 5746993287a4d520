package mqttq.quic.stream;

import java.nio.ByteBuffer;
import mqttq.quic.frame.FrameType;
import mqttq.quic.frame.FrameWriter;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.TransportError;
import mqttq.quic.recovery.SentPacket;

/** The receiving part of a stream (RFC 9000 §3.2). */
final class ReceiveStream {
    enum State { RECV, SIZE_KNOWN, DATA_RECVD, RESET_RECVD, DATA_READ, RESET_READ }

    private final Streams streams;
    final ReceiveBuffer buffer;
    final ReceiveWindow window;
    Announced maxData = Announced.NEVER, stop = Announced.NEVER;
    private State state = State.RECV;
    /** With a gap before all that is kept, ns: the peer has so long to fill it. */
    private static final long GAP_DEADLINE = 30_000_000_000L;
    private long finalSize = -1, gapTime;
    /** Of {@link #buffer}, as {@link Budget} knows it. */
    private int held;
    private boolean reading = true, stopped, delivering;

    ReceiveStream(Streams streams) {
        this.streams = streams;
        buffer = new ReceiveBuffer(streams.pool);
        window = new ReceiveWindow(streams.limits.streamWindow());
        window.window = streams.streamWindow();
    }

    void widen(int bytes) {
        window.window = bytes;
        if (state == State.RECV && !stopped) maxData = maxData.request();
    }

    /** So much time has passed: whether a gap is older than is allowed. */
    boolean stale(long passed) {
        gapTime = held == 0 || buffer.readable() > 0 ? 0 : gapTime + passed;
        return gapTime > GAP_DEADLINE;
    }

    private void account() { held = streams.holds(buffer, held); }

    State state() { return state; }
    boolean terminal() { return state == State.DATA_READ || state == State.RESET_READ; }

    // --- the application

    void read(boolean on) { reading = on; }

    /** Whether something waits for the application, or, asked from within its callback, may do so behind it. */
    boolean deliverable() { return reading && !stopped && (delivering || buffer.readable() > 0 || state == State.DATA_RECVD); }

    /** Whether the state changed. */
    boolean stop(long code) {
        if (stopped || terminal() || state == State.RESET_RECVD) return false;
        stopped = true;
        // RFC 9000 §3.5: with all of it here, asking the peer to stop is pointless
        if (state != State.DATA_RECVD) stop = stop.set(code);
        maxData.cancel();
        discard();
        return true;
    }

    /** Drops what is kept and gives its credit back to the connection; ends a stopped stream whose size is known. */
    private void discard() {
        buffer.free(delivering);
        account();
        consumed(window.received - window.consumed);
        if (finalSize >= 0 && !terminal()) {
            state = State.RESET_READ;
            stop.cancel();
        }
    }

    /** The connection is over. */
    void release() { buffer.free(delivering); }

    private void consumed(long bytes) {
        window.consumed += bytes;
        streams.consumed(bytes);
        if (state == State.RECV && !stopped && window.due() && !maxData.pending()) maxData = maxData.request();
    }

    // --- the peer

    void onStream(QuicStream stream, long offset, ByteBuffer data, boolean fin) throws QuicException {
        long end = offset + data.remaining();
        size(end, fin, FrameType.STREAM);
        if (fin && state == State.RECV) {
            state = State.SIZE_KNOWN;
            maxData.cancel();
        }
        if (stopped && !terminal()) discard();
        if (stopped || state.compareTo(State.SIZE_KNOWN) > 0) return;
        if (offset <= buffer.start() && end > buffer.start() && reading && !delivering && buffer.readable() == 0) {
            pass(stream, offset, data);
        }
        if (stopped || streams.closed()) return;
        if (data.hasRemaining()) {
            buffer.insert(end - data.remaining(), data);
            account();
            streams.crowd();
            if (streams.closed()) return;
            // a sender that obeys sends full packets: holes of less than a KiB on average are made on purpose
            if (buffer.stretches() > streams.limits.gaps() + (window.received - buffer.start() >> 10))
                throw new QuicException(TransportError.PROTOCOL_VIOLATION, FrameType.STREAM, "too many gaps in a stream");
        }
        complete();
        deliver(stream);
    }

    void onReset(long finalSize) throws QuicException {
        size(finalSize, true, FrameType.RESET_STREAM);
        // RFC 9000 §3.2: what is here in full may be delivered all the same
        if (state != State.RECV && state != State.SIZE_KNOWN) return;
        state = State.RESET_RECVD;
        stop.cancel();
        maxData.cancel();
        buffer.free(delivering);
        account();
        consumed(window.received - window.consumed);
    }

    /** RFC 9000 §4.1, §4.5: data up to {@code end} was sent, and where {@code last} no more will be. */
    private void size(long end, boolean last, int frameType) throws QuicException {
        if (finalSize >= 0 ? end > finalSize || last && end != finalSize : last && end < window.received)
            throw new QuicException(TransportError.FINAL_SIZE_ERROR, frameType, "final size of a stream changed");
        long more = end - window.received;
        if (more > 0) {
            if (!window.allows(more)) throw new QuicException(TransportError.FLOW_CONTROL_ERROR, frameType, "beyond the stream's limit");
            streams.received(more, frameType);
            window.received = end;
        }
        if (last) finalSize = end;
    }

    private void complete() {
        if (state == State.SIZE_KNOWN && buffer.start() + buffer.readable() == finalSize) {
            state = State.DATA_RECVD;
            stop.cancel();
        }
    }

    /** Hands bytes of a datagram on without a copy. */
    private void pass(QuicStream stream, long offset, ByteBuffer data) {
        int from = data.position() + (int) (buffer.start() - offset), limit = data.limit();
        data.position(from);
        delivering = true;
        stream.handler().onData(stream, data);
        delivering = false;
        taken(Math.max(0, data.position() - from));
        data.limit(limit);
    }

    private void taken(int n) {
        // stopped from within: it is all accounted for
        if (stopped || streams.closed() || n == 0) return;
        buffer.skip(n);
        gapTime = 0;
        account();
        consumed(n);
    }

    /** Calls back with what is kept and can be delivered, then with the end. */
    void deliver(QuicStream stream) {
        if (delivering) return;
        while (reading && !stopped && !streams.closed() && buffer.readable() > 0) {
            ByteBuffer view = buffer.view();
            int from = view.position(), n = view.remaining();
            delivering = true;
            stream.handler().onData(stream, view);
            delivering = false;
            int used = Math.max(0, Math.min(n, view.position() - from));
            taken(used);
            if (used < n) return;
        }
        if (reading && !stopped && state == State.DATA_RECVD && buffer.start() == finalSize && !streams.closed()) {
            state = State.DATA_READ;
            stream.handler().onEnd(stream);
        }
    }

    /** After the application heard of the reset. */
    void resetRead() { state = State.RESET_READ; }
    boolean stopped() { return stopped; }

    // --- packets

    boolean controlPending() { return stop.pending() || maxData.pending(); }

    boolean writeControl(long now, long smoothedRtt, long id, ByteBuffer out, SentPacket record) {
        if (stop.pending()) {
            if (!FrameWriter.stopSending(out, id, stop.value())) return false;
            record.add(FrameType.STOP_SENDING, id, stop.value());
            stop.sent(stop.value());
        }
        if (maxData.pending()) {
            if (window.due() && window.tight(now, smoothedRtt)) streams.grow(window);
            // the limit is taken when it is sure to be sent: what is advertised must be said
            if (!FrameWriter.maxStreamData(out, id, Math.max(window.advertised, window.consumed + window.window))) return false;
            long limit = window.update(now);
            record.add(FrameType.MAX_STREAM_DATA, id, limit);
            maxData.sent(limit);
        }
        return true;
    }

    void rewind() {
        stop.rewind();
        maxData.rewind();
    }
}
