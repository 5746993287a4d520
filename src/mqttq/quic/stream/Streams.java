package mqttq.quic.stream;

import java.nio.ByteBuffer;
import mqttq.quic.packet.QuicException;
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

        /** The peer allows more streams, after {@link #open} returned null. */
        default void onOpenable(boolean bidirectional) { }
    }

    public Streams(boolean client, Limits limits, BufferPool pool, Budget budget, Owner owner) {
        throw new UnsupportedOperationException();
    }

    // --- the application

    /** Opens a stream; null where the peer allows no more now (onOpenable will come). */
    public QuicStream open(boolean bidirectional, StreamHandler handler) {
        throw new UnsupportedOperationException();
    }

    /** The live stream with this id, or null. */
    public QuicStream get(long id) {
        throw new UnsupportedOperationException();
    }

    /** Live streams, of both sides. */
    public int size() {
        throw new UnsupportedOperationException();
    }

    // --- the peer's transport parameters

    /** The peer's initial_max_data, initial_max_stream_data_* and initial_max_streams_*: for 0-RTT the remembered ones, later the real ones. */
    public void peerLimits(long maxData, long bidiLocal, long bidiRemote, long uni, long maxBidi, long maxUni) {
        throw new UnsupportedOperationException();
    }

    /** Client: 0-RTT was rejected. Everything is unsent again and no limit is known; {@link #peerLimits} with the real ones is to follow. */
    public void earlyRejected() {
        throw new UnsupportedOperationException();
    }

    // --- frames received

    /** STREAM. Consumes {@code data}. @throws QuicException STREAM_STATE_, STREAM_LIMIT_, FLOW_CONTROL_, FINAL_SIZE_, FRAME_ENCODING_ERROR */
    public void onStream(long id, long offset, ByteBuffer data, boolean fin) throws QuicException {
        throw new UnsupportedOperationException();
    }

    /** RESET_STREAM. */
    public void onResetStream(long id, long code, long finalSize) throws QuicException {
        throw new UnsupportedOperationException();
    }

    /** STOP_SENDING. */
    public void onStopSending(long id, long code) throws QuicException {
        throw new UnsupportedOperationException();
    }

    /** MAX_DATA. */
    public void onMaxData(long maximum) {
        throw new UnsupportedOperationException();
    }

    /** MAX_STREAM_DATA. */
    public void onMaxStreamData(long id, long maximum) throws QuicException {
        throw new UnsupportedOperationException();
    }

    /** MAX_STREAMS; {@code maximum} above 2^60 is a FRAME_ENCODING_ERROR. */
    public void onMaxStreams(boolean bidirectional, long maximum) throws QuicException {
        throw new UnsupportedOperationException();
    }

    /** STREAM_DATA_BLOCKED: checks the id, and opens the stream. DATA_BLOCKED and STREAMS_BLOCKED need no door: they change nothing. */
    public void onStreamDataBlocked(long id, long limit) throws QuicException {
        throw new UnsupportedOperationException();
    }

    // --- packets sent

    /** Whether {@link #write} has something to send now. */
    public boolean pending() {
        throw new UnsupportedOperationException();
    }

    /**
     * Fills {@code packet} up to its limit with control and STREAM frames, and notes them in {@code record}. All are allowed in 0-RTT.
     * @param smoothedRtt for autotuning the windows
     * @return whether anything was written: the packet is then ack-eliciting
     */
    public boolean write(long now, long smoothedRtt, ByteBuffer packet, SentPacket record) {
        throw new UnsupportedOperationException();
    }

    /** The packet was acknowledged. Entries of other owners in the record are left alone. */
    public void onAcked(SentPacket packet) {
        throw new UnsupportedOperationException();
    }

    /** The packet was lost, or is to be sent again as a probe: what it said and is not stale becomes pending. */
    public void onLost(SentPacket packet) {
        throw new UnsupportedOperationException();
    }

    // --- housekeeping

    /** Calls back what was put off: data after read(true), room, ends of streams. After each datagram, acknowledgment and turn of the application. */
    public void settle() {
        throw new UnsupportedOperationException();
    }

    /** The connection is over: every stream's onClosed, in the order they were opened; all buffers are given back. */
    public void close(String reason) {
        throw new UnsupportedOperationException();
    }
}
