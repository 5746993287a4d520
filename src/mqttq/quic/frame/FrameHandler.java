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

    void onPing() throws QuicException;

    /** An ACK begins: its largest number, and the ACK Delay field as it stands (to be shifted by ack_delay_exponent, in µs). */
    void onAck(long largest, long rawDelay) throws QuicException;

    /** A range of acknowledged numbers, both ends included; downwards, never touching the one before; the first ends at the largest. */
    void onAckRange(long low, long high) throws QuicException;

    /** The ACK ends; counts of marks since the start of the space, all -1 where the frame has none. */
    void onAckEnd(long ect0, long ect1, long ce) throws QuicException;

    void onResetStream(long stream, long code, long finalSize) throws QuicException;

    void onStopSending(long stream, long code) throws QuicException;

    void onCrypto(long offset, ByteBuffer data) throws QuicException;

    /** Never empty. */
    void onNewToken(ByteBuffer token) throws QuicException;

    /** {@code offset} plus the remaining bytes is at most 2^62-1. */
    void onStream(long stream, long offset, ByteBuffer data, boolean fin) throws QuicException;

    void onMaxData(long maximum) throws QuicException;

    void onMaxStreamData(long stream, long maximum) throws QuicException;

    /** At most 2^60. */
    void onMaxStreams(boolean bidi, long maximum) throws QuicException;

    void onDataBlocked(long limit) throws QuicException;

    void onStreamDataBlocked(long stream, long limit) throws QuicException;

    /** At most 2^60. */
    void onStreamsBlocked(boolean bidi, long limit) throws QuicException;

    /** {@code retirePriorTo} ≤ {@code sequence}; the id has 1 to 20 bytes, the token 16. */
    void onNewConnectionId(long sequence, long retirePriorTo, ConnectionId id, byte[] resetToken) throws QuicException;

    void onRetireConnectionId(long sequence) throws QuicException;

    void onPathChallenge(long data) throws QuicException;

    void onPathResponse(long data) throws QuicException;

    /** CONNECTION_CLOSE of QUIC itself (0x1c); the reason is whatever the peer sent. */
    void onConnectionClose(long code, long frameType, ByteBuffer reason) throws QuicException;

    /** CONNECTION_CLOSE of the application (0x1d). */
    void onApplicationClose(long code, ByteBuffer reason) throws QuicException;

    void onHandshakeDone() throws QuicException;

    void onDatagram(ByteBuffer data) throws QuicException;
}
