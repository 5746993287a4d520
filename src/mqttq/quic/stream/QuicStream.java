package mqttq.quic.stream;

import java.nio.ByteBuffer;

/** One stream as the application sees it: its sending part, its receiving part, or both. Loop thread only. */
public final class QuicStream {
    public long id() {
        throw new UnsupportedOperationException();
    }

    /** Whether both directions exist. */
    public boolean bidirectional() {
        throw new UnsupportedOperationException();
    }

    /** Whether our side opened it. */
    public boolean local() {
        throw new UnsupportedOperationException();
    }

    public StreamHandler handler() {
        throw new UnsupportedOperationException();
    }

    public void handler(StreamHandler handler) {
        throw new UnsupportedOperationException();
    }

    /** Whatever the application attached, or null. */
    public Object attachment() {
        throw new UnsupportedOperationException();
    }

    public void attach(Object attachment) {
        throw new UnsupportedOperationException();
    }

    /** Copies what fits and returns how many bytes; 0 where our direction is ended, reset, or not there. Sent at the connection's next turn. */
    public int write(ByteBuffer data) {
        throw new UnsupportedOperationException();
    }

    /** How many bytes {@link #write} would take now. */
    public int writable() {
        throw new UnsupportedOperationException();
    }

    /** Bytes written and not yet acknowledged. */
    public long unacknowledged() {
        throw new UnsupportedOperationException();
    }

    /** Ends our direction after what was written. */
    public void finish() {
        throw new UnsupportedOperationException();
    }

    /** Gives up our direction: RESET_STREAM with the application's error code (0 to 2^62-1). Nothing where all of it was acknowledged. */
    public void reset(long code) {
        throw new UnsupportedOperationException();
    }

    /** Gives up the peer's direction: STOP_SENDING with the application's error code; what still comes is dropped, onData and onEnd will not be called. */
    public void stopSending(long code) {
        throw new UnsupportedOperationException();
    }

    /** Whether to deliver bytes ({@code true}, the state at the start); {@code false} keeps them and withholds flow-control credit. */
    public void read(boolean on) {
        throw new UnsupportedOperationException();
    }

    /** Whether {@link StreamHandler#onClosed} was or is about to be called. */
    public boolean closed() {
        throw new UnsupportedOperationException();
    }
}
