package mqttq.quic;

import java.nio.ByteBuffer;
import mqttq.quic.frame.FrameHandler;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.QuicException;

/** Takes no notice of any frame; for those who look for a few. */
abstract class IgnoredFrames implements FrameHandler {
    @Override public void onPing() { }
    @Override public void onAck(long largest, long rawDelay) { }
    @Override public void onAckRange(long low, long high) { }
    @Override public void onAckEnd(long ect0, long ect1, long ce) { }
    @Override public void onResetStream(long stream, long code, long finalSize) { }
    @Override public void onStopSending(long stream, long code) { }
    @Override public void onCrypto(long offset, ByteBuffer data) throws QuicException { }
    @Override public void onNewToken(ByteBuffer token) { }
    @Override public void onStream(long stream, long offset, ByteBuffer data, boolean fin) { }
    @Override public void onMaxData(long maximum) { }
    @Override public void onMaxStreamData(long stream, long maximum) { }
    @Override public void onMaxStreams(boolean bidi, long maximum) { }
    @Override public void onDataBlocked(long limit) { }
    @Override public void onStreamDataBlocked(long stream, long limit) { }
    @Override public void onStreamsBlocked(boolean bidi, long limit) { }
    @Override public void onNewConnectionId(long sequence, long retirePriorTo, ConnectionId id, byte[] resetToken) { }
    @Override public void onRetireConnectionId(long sequence) { }
    @Override public void onPathChallenge(long data) { }
    @Override public void onPathResponse(long data) { }
    @Override public void onConnectionClose(long code, long frameType, ByteBuffer reason) { }
    @Override public void onApplicationClose(long code, ByteBuffer reason) { }
    @Override public void onHandshakeDone() { }
    @Override public void onDatagram(ByteBuffer data) { }
}
