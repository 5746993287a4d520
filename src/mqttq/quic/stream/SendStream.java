package mqttq.quic.stream;

import java.nio.ByteBuffer;
import mqttq.quic.frame.FrameType;
import mqttq.quic.frame.FrameWriter;
import mqttq.quic.recovery.SentPacket;

/** The sending part of a stream (RFC 9000 §3.1). */
final class SendStream {
    enum State { READY, SEND, DATA_SENT, RESET_SENT, DATA_RECVD, RESET_RECVD }

    /** A frame is not worth its header with fewer bytes of more. */
    private static final int MIN_FRAGMENT = 16;

    private final Streams streams;
    private final SendBuffer buffer;
    private State state = State.READY;
    /** What the peer lets us send, an offset. */
    private long maxData;
    private boolean finishing, finSent, finLost, finAcked;
    private int bufferLimit;
    /** Of {@link #buffer}, as {@link Budget} knows it. */
    private int held;
    private long finalSize;
    Announced reset = Announced.NEVER, blocked = Announced.NEVER;
    /** The application was refused room and waits for it; onFinished is due. */
    boolean wantsRoom, finished;

    SendStream(Streams streams, long maxData) {
        this.streams = streams;
        this.maxData = maxData;
        buffer = new SendBuffer(streams.pool);
        bufferLimit = streams.limits.sendBuffer();
    }

    State state() { return state; }
    boolean terminal() { return state == State.DATA_RECVD || state == State.RESET_RECVD; }
    private boolean open() { return state.compareTo(State.RESET_SENT) < 0; }
    boolean finishing() { return finishing; }

    // --- the application

    int room() {
        if (finishing || !open()) return 0;
        return bufferLimit - buffer.unacknowledged();
    }

    private void grow(int wanted) {
        while (room() < wanted && bufferLimit < streams.limits.maxSendBuffer()) {
            int larger = Math.min(2 * bufferLimit, streams.limits.maxSendBuffer());
            if (!streams.budget.take(larger - bufferLimit)) return;
            bufferLimit = larger;
        }
    }

    int write(ByteBuffer data) {
        if (finishing || !open()) return 0;
        if (data.remaining() > room()) grow(data.remaining());
        int n = Math.min(data.remaining(), room());
        if (n < data.remaining()) wantsRoom = true;
        if (n > 0) buffer.write(data, n);
        account();
        return n;
    }

    long unacknowledged() { return open() ? buffer.unacknowledged() : 0; }
    void finish() { if (open()) finishing = true; }

    /** Whether the state changed. */
    boolean reset(long code) {
        if (!open()) return false;
        finalSize = buffer.sent();
        state = State.RESET_SENT;
        wantsRoom = false;
        blocked.cancel();
        release();
        reset = reset.set(code);
        return true;
    }

    /** Gives all memory back. */
    void release() {
        buffer.free();
        account();
        shrink();
    }

    private void account() {
        int more = buffer.capacity() - held;
        held += more;
        streams.budget.sends(more);
    }

    private void shrink() {
        if (bufferLimit == streams.limits.sendBuffer()) return;
        streams.budget.give(bufferLimit - streams.limits.sendBuffer());
        bufferLimit = streams.limits.sendBuffer();
    }

    // --- the peer

    /** Whether the limit grew. */
    boolean maxData(long maximum) {
        if (maximum <= maxData) return false;
        maxData = maximum;
        blocked.cancel();
        return true;
    }

    /** 0-RTT was rejected: nothing was sent, and nothing is allowed. */
    void rewind() {
        maxData = 0;
        finalSize = 0;
        reset.rewind();
        blocked.cancel();
        if (!open()) return;
        buffer.unsend();
        finSent = finLost = false;
        state = State.READY;
    }

    // --- packets

    /** Whether there is something for {@link #write}; notes that the stream's limit is in the way where it is. */
    boolean sendable(long credit) {
        if (!open()) return false;
        if (buffer.hasLost() || finLost) return true;
        if (!buffer.hasUnsent()) return finishing && !finSent;
        // RFC 9000 §4.1: tell the peer once a limit that it stops us
        if (buffer.sent() >= maxData) blocked = blocked.once(maxData);
        return buffer.sent() < maxData && credit > 0;
    }

    /** Whether the connection's limit alone is in the way. */
    boolean wantsCredit() { return open() && buffer.hasUnsent() && buffer.sent() < maxData; }

    /** Writes one STREAM frame; returns the bytes of connection credit it took, or -1 where none fits. Call if {@link #sendable}. */
    long write(long id, ByteBuffer out, SentPacket record, long credit) {
        long offset = buffer.nextOffset(), length = buffer.nextLength();
        boolean fresh = !buffer.hasLost();
        if (fresh) length = Math.min(length, Math.min(maxData - offset, credit));
        if (length < 0) length = 0;
        int room = FrameWriter.dataRoom(out.remaining(), FrameWriter.streamHeaderSize(id, offset, 0));
        int n = (int) Math.min(length, room);
        if (n < Math.min(length, MIN_FRAGMENT)) return -1;
        boolean fin = finishing && offset + n == buffer.end();
        if (n == 0 && !fin || !FrameWriter.stream(out, id, offset, n, fin)) return -1;
        buffer.take(n, out);
        record.addStream(id, offset, n, fin);
        if (state == State.READY) state = State.SEND;
        if (fin) {
            finSent = true;
            finLost = false;
        }
        if (finSent && !buffer.hasUnsent()) state = State.DATA_SENT;
        return fresh ? n : 0;
    }

    boolean writeControl(long id, ByteBuffer out, SentPacket record) {
        if (reset.pending()) {
            if (!FrameWriter.resetStream(out, id, reset.value(), finalSize)) return false;
            record.add(FrameType.RESET_STREAM, id, reset.value());
            reset.sent(reset.value());
        }
        if (blocked.pending()) {
            if (!FrameWriter.streamDataBlocked(out, id, blocked.value())) return false;
            record.add(FrameType.STREAM_DATA_BLOCKED, id, blocked.value());
            blocked.sent(blocked.value());
        }
        return true;
    }

    boolean controlPending() { return reset.pending() || blocked.pending(); }

    void onAcked(long offset, int length, boolean fin) {
        if (!open()) return;
        buffer.onAcked(offset, length);
        account();
        finAcked |= fin;
        if (finAcked) finLost = false;
        if (buffer.unacknowledged() > 0) return;
        shrink();
        if (finAcked) {
            state = State.DATA_RECVD;
            finished = true;
        }
    }

    void onLost(long offset, int length, boolean fin) {
        // RFC 9000 §13.3: nothing of a stream that was reset is sent again
        if (!open()) return;
        buffer.onLost(offset, length);
        if (fin && !finAcked) finLost = true;
    }

    void onResetAcked(long code) { if (reset.acked(code)) state = State.RESET_RECVD; }

    /** Whether the application is to hear that there is room again. */
    boolean roomAgain() { return wantsRoom && bufferLimit - buffer.unacknowledged() >= bufferLimit / 4; }
}
