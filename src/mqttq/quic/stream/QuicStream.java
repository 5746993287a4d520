package mqttq.quic.stream;

import java.nio.ByteBuffer;

/** One stream as the application sees it: its sending part, its receiving part, or both. Loop thread only. */
public final class QuicStream {
    /** Bits of {@link #queued}: which {@link StreamQueue} it is in. */
    static final int DATA = 1, CONTROL = 2, SETTLE = 4;

    private final Streams streams;
    private final long id;
    private final boolean local;
    private StreamHandler handler;
    private Object attachment;
    /** Null where the stream is unidirectional the other way. */
    final SendStream send;
    final ReceiveStream receive;
    int queued;
    boolean closed;
    /** Live streams in the order they came. */
    QuicStream previous, next;

    QuicStream(Streams streams, long id, boolean local, SendStream send, ReceiveStream receive) {
        this.streams = streams;
        this.id = id;
        this.local = local;
        this.send = send;
        this.receive = receive;
    }

    public long id() { return id; }

    /** Whether both directions exist. */
    public boolean bidirectional() { return (id & 2) == 0; }

    /** Whether our side opened it. */
    public boolean local() { return local; }
    public StreamHandler handler() { return handler; }
    public void handler(StreamHandler handler) { this.handler = handler; }

    /** Whatever the application attached, or null. */
    public Object attachment() { return attachment; }
    public void attach(Object attachment) { this.attachment = attachment; }

    /**
     * Copies what fits and returns how many bytes; 0 where our direction is ended, reset, or not there. Sent at the connection's next turn.
     */
    public int write(ByteBuffer data) {
        if (send == null || closed) return 0;
        int n = send.write(data);
        if (n > 0) streams.wantsToSend(this);
        return n;
    }

    /** How many bytes {@link #write} would take now. */
    public int writable() { return send == null || closed ? 0 : send.room(); }

    /** Bytes written and not yet acknowledged. */
    public long unacknowledged() { return send == null ? 0 : send.unacknowledged(); }

    /** Ends our direction after what was written. */
    public void finish() {
        if (send == null || closed || send.finishing()) return;
        send.finish();
        streams.wantsToSend(this);
    }

    /** Gives up our direction: RESET_STREAM with the application's error code (0 to 2^62-1). Nothing where all of it was acknowledged. */
    public void reset(long code) { if (send != null && !closed && send.reset(code)) streams.wantsToTell(this); }

    /**
     * Gives up the peer's direction (RFC 9000 §11.2: the application's decision, as reset is): STOP_SENDING with the application's error
     * code (0 to 2^62-1). What still comes is dropped; onData, onEnd and onReset will not be called.
     */
    public void stopSending(long code) {
        if (receive == null || closed || !receive.stop(code)) return;
        streams.wantsToTell(this);
        streams.unsettled(this);
    }

    /** Whether to deliver bytes ({@code true}, the state at the start); {@code false} keeps them and withholds flow-control credit. */
    public void read(boolean on) {
        if (receive == null || closed) return;
        receive.read(on);
        if (receive.deliverable()) streams.unsettled(this);
    }

    /** Whether {@link StreamHandler#onClosed} was called or is about to be. */
    public boolean closed() { return closed; }

    /** Both parts are in a terminal state (RFC 9000 §3.4). */
    boolean terminal() { return (send == null || send.terminal()) && (receive == null || receive.terminal()); }
}
