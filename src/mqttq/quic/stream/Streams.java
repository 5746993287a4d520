package mqttq.quic.stream;

import java.nio.ByteBuffer;
import mqttq.quic.frame.FrameType;
import mqttq.quic.frame.FrameWriter;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.TransportError;
import mqttq.quic.recovery.SentPacket;
import mqttq.wire.BufferPool;

/**
 * All streams of one connection: which there are, flow control both ways, what is to be sent, and what to do when that is lost.
 * Stream ids come from the wire unchecked (0 to 2^62-1). Times in ns.
 */
public final class Streams {
    /** The connection, as its streams see it. */
    public interface Owner {
        /** The application did something: {@link #settle} and {@link #write} are to be called at the end of this turn of the loop. */
        void wake();

        /** The peer opened a stream; returns who handles it. Null refuses it: STOP_SENDING and RESET_STREAM with code 0. */
        StreamHandler onOpened(QuicStream stream);

        /** What the peer's address counts by. */
        default Object address() { return ""; }

        /** What was received and cannot be delivered takes too much memory: this connection is to end. */
        default void crowdedOut() { }

        /** The peer allows more streams, after {@link #open} returned null. */
        default void onOpenable(boolean bidirectional) { }
    }

    private static final long SECOND = 1_000_000_000L;
    private static final StreamHandler REFUSED = new StreamHandler() {
        @Override public void onData(QuicStream stream, ByteBuffer data) { data.position(data.limit()); }
        @Override public void onEnd(QuicStream stream) { }
        @Override public void onClosed(QuicStream stream, String reason) { }
    };

    private final boolean client;
    final Owner owner;
    final Limits limits;
    final BufferPool pool;
    final Budget budget;

    private final StreamMap live = new StreamMap();
    private QuicStream first, last;
    private final StreamQueue sending = new StreamQueue(QuicStream.DATA), telling = new StreamQueue(QuicStream.CONTROL),
        unsettled = new StreamQueue(QuicStream.SETTLE);
    private boolean closed;

    private final StreamCounts bidi, uni;

    // what the peer lets us send
    private long peerMaxData, dataSent, peerBidiLocal, peerBidiRemote, peerUni;
    private Announced dataBlocked = Announced.NEVER;

    // what we let the peer send
    private final ReceiveWindow window;
    private int initialWindow;
    /** The application has not let the peer in yet. */
    private boolean waiting;
    /** For {@link Budget}: bytes received and not delivered, and whose they count as. */
    long held;
    Object address;
    private long lastReceived;
    private Announced maxData = Announced.NEVER;

    /**
     * @param pool where buffers come from
     * @param budget what all connections may use beyond their first windows
     */
    public Streams(boolean client, Limits limits, BufferPool pool, Budget budget, Owner owner) {
        this.client = client;
        this.limits = limits;
        this.pool = pool;
        this.budget = budget;
        this.owner = owner;
        initialWindow = limits.connectionWindow();
        window = new ReceiveWindow(initialWindow);
        waiting = limits.admittedWindow() > 0;
        bidi = new StreamCounts(true, limits.bidiStreams());
        uni = new StreamCounts(false, limits.uniStreams());
    }

    // --- the application

    /** Opens a stream; null where the peer allows no more now (onOpenable will come). */
    public QuicStream open(boolean bidirectional, StreamHandler handler) {
        if (closed) return null;
        long index = (bidirectional ? bidi : uni).open();
        if (index >= 0) return make(index << 2 | (bidirectional ? 0 : 2) | (client ? 0 : 1), true, handler);
        owner.wake();
        return null;
    }

    /** The application has let the peer in: it may send as much as the limits say. */
    public void admit() {
        if (!waiting || closed) return;
        waiting = false;
        initialWindow = window.window = limits.admittedWindow();
        maxData = maxData.request();
        for (QuicStream s = first; s != null; s = s.next) {
            if (s.receive == null) continue;
            s.receive.widen(streamWindow());
            telling.add(s);
        }
        owner.wake();
    }

    int streamWindow() { return waiting || limits.admittedWindow() == 0 ? limits.streamWindow() : limits.admittedWindow() / 3 * 2; }

    /** A datagram came. Silence counts for a second only: where there is no network, nothing can be filled. */
    public void onReceived(long now) throws QuicException {
        long passed = Math.min(now - lastReceived, SECOND);
        lastReceived = now;
        for (QuicStream s = held == 0 ? null : first; s != null; s = s.next) {
            if (s.receive != null && s.receive.stale(passed)) {
                throw new QuicException(TransportError.INTERNAL_ERROR, FrameType.STREAM, "a gap in a stream was not filled in time");
            }
        }
    }

    /** The bytes received in a buffer, of which {@link Budget} knew {@code before}; returns what it knows now. */
    int holds(Ring buffer, int before) {
        int now = buffer.capacity();
        if (now != before && !closed) budget.hold(this, now - before);
        return now;
    }

    /** More was received that cannot be delivered: somebody may have to give way, perhaps this connection. */
    void crowd() {
        Streams oldest = budget.crowdedOut(this);
        if (oldest != null) oldest.owner.crowdedOut();
    }

    /** Gives memory back that an idle connection does not need. */
    public void trim() {
        sending.trim();
        telling.trim();
        unsettled.trim();
    }

    /** The live stream with this id, or null. */
    public QuicStream get(long id) { return live.get(id); }

    /** Live streams, of both sides. */
    public int size() { return live.size(); }

    private QuicStream make(long id, boolean local, StreamHandler handler) {
        boolean both = (id & 2) == 0;
        SendStream send = local || both ? new SendStream(this, initialCredit(local, both)) : null;
        ReceiveStream receive = !local || both ? new ReceiveStream(this) : null;
        QuicStream stream = new QuicStream(this, id, local, send, receive);
        stream.handler(handler == null ? REFUSED : handler);
        live.put(stream);
        stream.previous = last;
        if (last == null) first = stream;
        else last.next = stream;
        last = stream;
        return stream;
    }

    /** RFC 9000 §18.2: "local" and "remote" are as the peer sees them. */
    private long initialCredit(boolean local, boolean bidirectional) {
        return !bidirectional ? peerUni : local ? peerBidiRemote : peerBidiLocal;
    }
    private StreamCounts counts(long id) { return (id & 2) == 0 ? bidi : uni; }
    boolean closed() { return closed; }

    void wantsToSend(QuicStream stream) {
        sending.add(stream);
        owner.wake();
    }

    void wantsToTell(QuicStream stream) {
        telling.add(stream);
        owner.wake();
    }

    void unsettled(QuicStream stream) {
        unsettled.add(stream);
        owner.wake();
    }

    // --- the peer's transport parameters

    /**
     * The peer's initial_max_data, initial_max_stream_data_* and initial_max_streams_*: for 0-RTT the remembered ones, later the real ones.
     */
    public void peerLimits(long maxData, long bidiLocal, long bidiRemote, long uniData, long maxBidi, long maxUni) {
        peerBidiLocal = bidiLocal;
        peerBidiRemote = bidiRemote;
        peerUni = uniData;
        peerMaxData = Math.max(peerMaxData, maxData);
        dataBlocked.cancel();
        bidi.allow(maxBidi);
        uni.allow(maxUni);
        for (QuicStream s = first; s != null; s = s.next) {
            if (s.send == null) continue;
            s.send.maxData(initialCredit(s.local(), s.bidirectional()));
            sending.add(s);
            if (s.send.controlPending()) telling.add(s);
        }
    }

    /**
     * Client: 0-RTT was rejected. Everything is unsent again and no limit is known; {@link #peerLimits} with the real ones is to follow.
     */
    public void earlyRejected() {
        peerMaxData = dataSent = peerBidiLocal = peerBidiRemote = peerUni = 0;
        dataBlocked.cancel();
        maxData.rewind();
        bidi.rewind();
        uni.rewind();
        for (QuicStream s = first; s != null; s = s.next) {
            if (s.send != null) s.send.rewind();
            if (s.receive != null) s.receive.rewind();
            sending.add(s);
            telling.add(s);
        }
    }

    // --- frames received

    /**
     * STREAM. Consumes {@code data}. @throws QuicException STREAM_STATE_, STREAM_LIMIT_, FLOW_CONTROL_, FINAL_SIZE_ERROR or
     * PROTOCOL_VIOLATION
     */
    public void onStream(long id, long offset, ByteBuffer data, boolean fin) throws QuicException {
        QuicStream stream = receiving(id, FrameType.STREAM);
        if (stream != null) {
            stream.receive.onStream(stream, offset, data, fin);
            changed(stream);
        }
        data.position(data.limit());
    }

    /** RESET_STREAM. */
    public void onResetStream(long id, long code, long finalSize) throws QuicException {
        // RFC 9000 §19.4, §19.13: not for a stream on which only we send
        QuicStream stream = receiving(id, FrameType.RESET_STREAM);
        if (stream == null) return;
        stream.receive.onReset(finalSize);
        if (stream.receive.state() == ReceiveStream.State.RESET_RECVD) {
            stream.receive.resetRead();
            if (!stream.receive.stopped()) stream.handler().onReset(stream, code);
        }
        changed(stream);
    }

    /** STOP_SENDING. */
    public void onStopSending(long id, long code) throws QuicException {
        // RFC 9000 §19.5, §19.10: not for a stream of ours that was not opened, nor for one on which only the peer sends
        QuicStream stream = sendingPart(id, FrameType.STOP_SENDING);
        // RFC 9000 §3.5: answered by a reset with the same code, unless all has arrived
        if (stream == null || !stream.send.reset(code)) return;
        telling.add(stream);
        stream.handler().onStopSending(stream, code);
    }

    /** MAX_DATA. */
    public void onMaxData(long maximum) {
        if (maximum <= peerMaxData) return;
        boolean blocked = dataSent >= peerMaxData;
        peerMaxData = maximum;
        dataBlocked.cancel();
        if (!blocked) return;
        for (QuicStream s = first; s != null; s = s.next)
            if (s.send != null && s.send.wantsCredit()) sending.add(s);
    }

    /** MAX_STREAM_DATA. */
    public void onMaxStreamData(long id, long maximum) throws QuicException {
        QuicStream stream = sendingPart(id, FrameType.MAX_STREAM_DATA);
        if (stream != null && stream.send.maxData(maximum)) sending.add(stream);
    }

    /** MAX_STREAMS; {@code maximum} above 2^60 is a FRAME_ENCODING_ERROR. */
    public void onMaxStreams(boolean bidirectional, long maximum) throws QuicException {
        if (maximum > 1L << 60)
            throw new QuicException(TransportError.FRAME_ENCODING_ERROR, FrameType.MAX_STREAMS_BIDI, "more streams than there are ids");
        if (!(bidirectional ? bidi : uni).allow(maximum)) return;
        // streams opened under limits that were remembered and not granted wait for this
        for (QuicStream s = first; s != null; s = s.next)
            if (s.local() && s.bidirectional() == bidirectional) {
                sending.add(s);
                if (controlPending(s)) telling.add(s);
            }
    }

    /** STREAM_DATA_BLOCKED: checks the id, and opens the stream. DATA_BLOCKED and STREAMS_BLOCKED need no door: they change nothing. */
    public void onStreamDataBlocked(long id, long limit) throws QuicException { receiving(id, FrameType.STREAM_DATA_BLOCKED); }

    /** The stream whose receiving part a frame is for, or null where it is over. */
    private QuicStream receiving(long id, int frameType) throws QuicException {
        if (isLocal(id) && (id & 2) != 0) throw stateError(frameType, "frame for a stream that only we send on");
        return find(id, frameType);
    }

    private QuicStream sendingPart(long id, int frameType) throws QuicException {
        if (!isLocal(id) && (id & 2) != 0) throw stateError(frameType, "frame for a stream that only the peer sends on");
        return find(id, frameType);
    }

    private boolean isLocal(long id) { return (id & 1) == (client ? 0 : 1); }

    private static QuicException stateError(int frameType, String reason) {
        return new QuicException(TransportError.STREAM_STATE_ERROR, frameType, reason);
    }

    private QuicStream find(long id, int frameType) throws QuicException {
        // closed from within a callback: what is left of the packet changes nothing
        if (closed) return null;
        StreamCounts counts = counts(id);
        long index = id >>> 2;
        if (isLocal(id)) {
            if (!counts.isOpened(index)) throw stateError(frameType, "frame for a stream that we have not opened");
            return live.get(id);
        }
        if (counts.exceeds(index)) throw new QuicException(TransportError.STREAM_LIMIT_ERROR, frameType, "more streams than allowed");
        if (!counts.isNew(index)) return live.get(id);
        QuicStream stream = make(id, false, REFUSED);
        StreamHandler handler = owner.onOpened(stream);
        if (handler != null) {
            stream.handler(handler);
        } else {
            stream.stopSending(0);
            stream.reset(0);
        }
        return stream;
    }

    // --- flow control of the peer

    void received(long bytes, int frameType) throws QuicException {
        // RFC 9000 §19.9
        if (!window.allows(bytes)) throw new QuicException(TransportError.FLOW_CONTROL_ERROR, frameType, "beyond the connection's limit");
        window.received += bytes;
    }

    void consumed(long bytes) {
        window.consumed += bytes;
        if (window.due() && !maxData.pending()) maxData = maxData.request();
    }

    /** Doubles a stream's window if the connection's may be half as large again, at the cost of the budget. */
    void grow(ReceiveWindow stream) {
        int larger = Math.min(2 * stream.window, limits.maxStreamWindow()), whole = larger + larger / 2;
        if (waiting || larger == stream.window) return;
        if (whole > window.window) {
            if (!budget.take(whole - window.window)) return;
            window.window = whole;
            if (!maxData.pending()) maxData = maxData.request();
        }
        stream.window = larger;
    }

    // --- packets sent

    /** Whether {@link #write} has something to send now. */
    public boolean pending() {
        if (closed) return false;
        if (maxData.pending() || dataBlocked.pending() || bidi.pending() || uni.pending()) return true;
        for (QuicStream s; (s = sending.peek()) != null; sending.poll()) {
            if (sendable(s)) return true;
            leave(s);
        }
        for (QuicStream s; (s = telling.peek()) != null; telling.poll())
            if (!s.closed && admitted(s) && controlPending(s)) return true;
        return dataBlocked.pending();
    }

    private static boolean controlPending(QuicStream s) {
        return s.send != null && s.send.controlPending() || s.receive != null && s.receive.controlPending();
    }

    private boolean sendable(QuicStream s) { return !s.closed && s.send != null && admitted(s) && s.send.sendable(peerMaxData - dataSent); }
    private boolean admitted(QuicStream s) { return !s.local() || counts(s.id()).admits(s.id() >>> 2); }

    /** Notes why a stream that leaves the round has nothing to send. */
    private void leave(QuicStream s) {
        if (s.closed || s.send == null || !admitted(s)) return;
        if (s.send.controlPending()) telling.add(s);
        if (s.send.wantsCredit() && dataSent >= peerMaxData) dataBlocked = dataBlocked.once(peerMaxData);
    }

    /**
     * Fills {@code packet} up to its limit with control and STREAM frames, and notes them in {@code record}. All are allowed in 0-RTT.
     * @param smoothedRtt for autotuning the windows
     * @return whether anything was written: the packet is then ack-eliciting
     */
    public boolean write(long now, long smoothedRtt, ByteBuffer packet, SentPacket record) {
        int start = packet.position();
        if (closed) return false;
        boolean fits = true;
        for (int n = telling.size(); fits && n > 0; n--) {
            QuicStream s = telling.poll();
            if (s.closed || !admitted(s)) continue;
            fits = (s.receive == null || s.receive.writeControl(now, smoothedRtt, s.id(), packet, record))
                && (s.send == null || s.send.writeControl(s.id(), packet, record));
            if (!fits) telling.add(s);
        }
        // after the streams' own: a stream's window that grows makes this one grow
        fits = fits && writeOwnControl(now, packet, record);
        // each stream in turn, one packet's worth at a time
        for (int n = sending.size(); fits && n > 0; n--) {
            QuicStream s = sending.peek();
            boolean more, wrote = false;
            while ((more = sendable(s)) && fits) {
                long credit = s.send.write(s.id(), packet, record, peerMaxData - dataSent);
                fits = credit >= 0;
                if (!fits) continue;
                wrote = true;
                dataSent += credit;
            }
            // who got nothing keeps its turn
            if (more && !wrote) break;
            sending.poll();
            if (more) sending.add(s);
            else leave(s);
        }
        return packet.position() > start;
    }

    private boolean writeOwnControl(long now, ByteBuffer packet, SentPacket record) {
        if (maxData.pending()) {
            if (!FrameWriter.maxData(packet, Math.max(window.advertised, window.consumed + window.window))) return false;
            long limit = window.update(now);
            record.add(FrameType.MAX_DATA, 0, limit);
            maxData.sent(limit);
        }
        if (dataBlocked.pending()) {
            if (!FrameWriter.dataBlocked(packet, dataBlocked.value())) return false;
            record.add(FrameType.DATA_BLOCKED, 0, dataBlocked.value());
            dataBlocked.sent(dataBlocked.value());
        }
        return bidi.write(packet, record) && uni.write(packet, record);
    }

    /** The packet was acknowledged. Entries of other owners in the record are left alone. */
    public void onAcked(SentPacket packet) {
        for (int i = 0; i < packet.size(); i++) {
            int type = packet.type(i);
            switch (type) {
                case FrameType.MAX_DATA -> maxData.acked(packet.value(i));
                case FrameType.MAX_STREAMS_BIDI -> bidi.onMaxStreamsAcked(packet.value(i));
                case FrameType.MAX_STREAMS_UNI -> uni.onMaxStreamsAcked(packet.value(i));
                case FrameType.STREAM, FrameType.RESET_STREAM, FrameType.STOP_SENDING, FrameType.MAX_STREAM_DATA -> {
                    QuicStream stream = live.get(packet.id(i));
                    if (stream == null) continue;
                    switch (type) {
                        case FrameType.STREAM -> stream.send.onAcked(packet.value(i), packet.length(i), packet.fin(i));
                        case FrameType.RESET_STREAM -> stream.send.onResetAcked(packet.value(i));
                        case FrameType.STOP_SENDING -> stream.receive.stop.acked(packet.value(i));
                        default -> stream.receive.maxData.acked(packet.value(i));
                    }
                    if (stream.send != null && (stream.send.finished || stream.send.roomAgain()) || stream.terminal()) {
                        unsettled.add(stream);
                    }
                }
                default -> { }
            }
        }
    }

    /** The packet was lost, or is to be sent again as a probe: what it said and is not stale becomes pending. */
    public void onLost(SentPacket packet) {
        for (int i = 0; i < packet.size(); i++) {
            int type = packet.type(i);
            long value = packet.value(i);
            switch (type) {
                case FrameType.MAX_DATA -> maxData.lost(value);
                case FrameType.DATA_BLOCKED -> dataBlocked.lost(value);
                case FrameType.MAX_STREAMS_BIDI -> bidi.onMaxStreamsLost(value);
                case FrameType.MAX_STREAMS_UNI -> uni.onMaxStreamsLost(value);
                case FrameType.STREAMS_BLOCKED_BIDI -> bidi.onStreamsBlockedLost(value);
                case FrameType.STREAMS_BLOCKED_UNI -> uni.onStreamsBlockedLost(value);
                case FrameType.STREAM, FrameType.RESET_STREAM, FrameType.STREAM_DATA_BLOCKED, FrameType.STOP_SENDING,
                    FrameType.MAX_STREAM_DATA -> {
                    QuicStream stream = live.get(packet.id(i));
                    if (stream == null) continue;
                    switch (type) {
                        case FrameType.STREAM -> stream.send.onLost(value, packet.length(i), packet.fin(i));
                        case FrameType.RESET_STREAM -> stream.send.reset.lost(value);
                        case FrameType.STREAM_DATA_BLOCKED -> stream.send.blocked.lost(value);
                        case FrameType.STOP_SENDING -> stream.receive.stop.lost(value);
                        default -> stream.receive.maxData.lost(value);
                    }
                    if (type == FrameType.STREAM) sending.add(stream);
                    else if (controlPending(stream)) telling.add(stream);
                }
                default -> { }
            }
        }
    }

    // --- housekeeping

    /**
     * Calls back what was put off: data after read(true), room, ends of streams. After each datagram, acknowledgment and turn of the
     * application.
     */
    public void settle() {
        if (bidi.openable()) owner.onOpenable(true);
        if (uni.openable()) owner.onOpenable(false);
        for (int n = unsettled.size(); n > 0 && !closed; n--) {
            QuicStream s = unsettled.poll();
            if (s.closed) continue;
            if (s.receive != null && s.receive.deliverable()) s.receive.deliver(s);
            if (s.send != null && s.send.finished) {
                s.send.finished = false;
                s.handler().onFinished(s);
            }
            if (s.send != null && s.send.roomAgain()) {
                s.send.wantsRoom = false;
                s.handler().onWritable(s);
            }
            if (closed) return;
            if (s.terminal()) end(s);
            else changed(s);
        }
        if (unsettled.size() > 0) owner.wake();
    }

    /** A frame or a callback changed a stream: it may have something to tell the peer, or be over. */
    private void changed(QuicStream s) {
        if (controlPending(s)) telling.add(s);
        if (s.terminal()) unsettled.add(s);
    }

    private void end(QuicStream s) {
        s.closed = true;
        live.remove(s.id());
        if (s.previous == null) first = s.next;
        else s.previous.next = s.next;
        if (s.next == null) last = s.previous;
        else s.next.previous = s.previous;
        if (!s.local()) counts(s.id()).closed();
        s.handler().onClosed(s, null);
    }

    /** The connection is over: every stream's onClosed, in the order they were opened; all buffers are given back. */
    public void close(String reason) {
        if (closed) return;
        closed = true;
        if (held != 0) budget.hold(this, -held);
        budget.give(window.window - initialWindow);
        for (QuicStream s = first; s != null; s = s.next) {
            s.closed = true;
            if (s.send != null) s.send.release();
            if (s.receive != null) s.receive.release();
        }
        for (QuicStream s = first; s != null; s = s.next) {
            live.remove(s.id());
            s.handler().onClosed(s, reason);
        }
        first = last = null;
    }
}
