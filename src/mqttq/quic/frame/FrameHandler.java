package mqttq.quic.frame;

import java.nio.ByteBuffer;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.QuicException;

/**
 * Visits the frames of a packet in their order (RFC 9000 §19). What a frame says by itself has been checked; what it means for the
 * connection has not. A buffer is the handler's until the method returns, from position to limit, which it may move.
 */
public interface FrameHandler {
    /** So many PADDING frames one after the other. */
    default void onPadding(int bytes) { }

    default void onPing() throws QuicException { }

    /** An ACK begins: its largest number, and the ACK Delay field as it stands (to be shifted by ack_delay_exponent, in µs). */
    default void onAck(long largest, long rawDelay) throws QuicException { }

    /** A range of acknowledged numbers, both ends included; downwards, never touching the one before; the first ends at the largest. */
    default void onAckRange(long low, long high) throws QuicException { }

    /** The ACK ends; counts of marks since the start of the space, all -1 where the frame has none. */
    default void onAckEnd(long ect0, long ect1, long ce) throws QuicException { }

    default void onResetStream(long stream, long code, long finalSize) throws QuicException { }

    default void onStopSending(long stream, long code) throws QuicException { }

    default void onCrypto(long offset, ByteBuffer data) throws QuicException { }

    /** Never empty. */
    default void onNewToken(ByteBuffer token) throws QuicException { }

    /** {@code offset} plus the remaining bytes is at most 2^62-1. */
    default void onStream(long stream, long offset, ByteBuffer data, boolean fin) throws QuicException { }

    default void onMaxData(long maximum) throws QuicException { }

    default void onMaxStreamData(long stream, long maximum) throws QuicException { }

    /** At most 2^60. */
    default void onMaxStreams(boolean bidi, long maximum) throws QuicException { }

    default void onDataBlocked(long limit) throws QuicException { }

    default void onStreamDataBlocked(long stream, long limit) throws QuicException { }

    /** At most 2^60. */
    default void onStreamsBlocked(boolean bidi, long limit) throws QuicException { }

    /** {@code retirePriorTo} ≤ {@code sequence}; the id has 1 to 20 bytes, the token 16. */
    default void onNewConnectionId(long sequence, long retirePriorTo, ConnectionId id, byte[] resetToken) throws QuicException { }

    default void onRetireConnectionId(long sequence) throws QuicException { }

    default void onPathChallenge(long data) throws QuicException { }

    default void onPathResponse(long data) throws QuicException { }

    /** CONNECTION_CLOSE of QUIC itself (0x1c); the reason is whatever the peer sent. */
    default void onConnectionClose(long code, long frameType, ByteBuffer reason) throws QuicException { }

    /** CONNECTION_CLOSE of the application (0x1d). */
    default void onApplicationClose(long code, ByteBuffer reason) throws QuicException { }

    default void onHandshakeDone() throws QuicException { }

    default void onDatagram(ByteBuffer data) throws QuicException { }
}
