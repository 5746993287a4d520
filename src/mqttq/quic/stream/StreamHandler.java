package mqttq.quic.stream;

import java.nio.ByteBuffer;

/**
 * Who uses a stream. Called on the loop thread, often in the middle of a datagram; every method of every stream may be called from
 * within. No method of {@link QuicStream} calls back from within itself.
 */
public interface StreamHandler {
    /**
     * Bytes came, in order; the buffer (heap) is the handler's until it returns. What it leaves unread is kept and offered again
     * together with what comes next, or after {@link QuicStream#read read(true)}.
     */
    void onData(QuicStream stream, ByteBuffer data);

    /** The peer ended its direction, and all of it was delivered. */
    void onEnd(QuicStream stream);

    /** The peer gave up its direction (RESET_STREAM); nothing more will come. */
    default void onReset(QuicStream stream, long code) { }

    /** The peer will not read on (STOP_SENDING); our direction has been reset with the same code. */
    default void onStopSending(QuicStream stream, long code) { }

    /** There is room again after a write took less than it was given. */
    default void onWritable(QuicStream stream) { }

    /** After {@link QuicStream#finish}: the peer has acknowledged everything. */
    default void onFinished(QuicStream stream) { }

    /** Both directions are over ({@code reason} null), or the connection is ({@code reason} for a log line). The last call, once. */
    void onClosed(QuicStream stream, String reason);
}
