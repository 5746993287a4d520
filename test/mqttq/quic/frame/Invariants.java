package mqttq.quic.frame;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import mqttq.quic.packet.ConnectionId;
import mqttq.wire.Varint;

/** Checks what {@link FrameHandler} promises; allocates nothing. */
final class Invariants implements FrameHandler {
    /** Of the payload, and the calls so far. */
    int limit, calls;
    private long lastLow, largest;

    private void check(boolean holds) {
        calls++;
        if (!holds) assertTrue(false, "promise broken");
    }

    private static boolean varint(long value) {
        return value >= 0 && value <= Varint.MAX;
    }

    private void data(ByteBuffer data, long offset) {
        check(data.limit() <= limit && varint(offset) && varint(offset + data.remaining()));
        data.position(data.limit());
    }

    @Override public void onPing() {
        calls++;
    }

    @Override public void onAck(long largest, long rawDelay) {
        check(varint(largest) && varint(rawDelay));
        this.largest = largest;
        lastLow = -1;
    }

    @Override public void onAckRange(long low, long high) {
        check(low >= 0 && low <= high && (lastLow < 0 ? high == largest : high < lastLow - 1));
        lastLow = low;
    }

    @Override public void onAckEnd(long ect0, long ect1, long ce) {
        check(ect0 == -1 && ect1 == -1 && ce == -1 || varint(ect0) && varint(ect1) && varint(ce));
    }

    @Override public void onResetStream(long stream, long code, long finalSize) {
        check(varint(stream) && varint(code) && varint(finalSize));
    }

    @Override public void onStopSending(long stream, long code) {
        check(varint(stream) && varint(code));
    }

    @Override public void onCrypto(long offset, ByteBuffer data) {
        data(data, offset);
    }

    @Override public void onNewToken(ByteBuffer token) {
        check(token.hasRemaining());
        data(token, 0);
    }

    @Override public void onStream(long stream, long offset, ByteBuffer data, boolean fin) {
        data(data, offset);
    }

    @Override public void onMaxData(long maximum) {
        check(varint(maximum));
    }

    @Override public void onMaxStreamData(long stream, long maximum) {
        check(varint(stream) && varint(maximum));
    }

    @Override public void onMaxStreams(boolean bidi, long maximum) {
        check(maximum >= 0 && maximum <= 1L << 60);
    }

    @Override public void onDataBlocked(long limit) {
        check(varint(limit));
    }

    @Override public void onStreamDataBlocked(long stream, long limit) {
        check(varint(stream) && varint(limit));
    }

    @Override public void onStreamsBlocked(boolean bidi, long limit) {
        check(limit >= 0 && limit <= 1L << 60);
    }

    @Override public void onNewConnectionId(long sequence, long retirePriorTo, ConnectionId id, byte[] resetToken) {
        check(varint(sequence) && retirePriorTo >= 0 && retirePriorTo <= sequence);
        check(id.length() >= 1 && id.length() <= 20 && resetToken.length == 16);
    }

    @Override public void onRetireConnectionId(long sequence) {
        check(varint(sequence));
    }

    @Override public void onPathChallenge(long data) {
        calls++;
    }

    @Override public void onPathResponse(long data) {
        calls++;
    }

    @Override public void onConnectionClose(long code, long frameType, ByteBuffer reason) {
        check(varint(code) && varint(frameType));
        data(reason, 0);
    }

    @Override public void onApplicationClose(long code, ByteBuffer reason) {
        check(varint(code));
        data(reason, 0);
    }

    @Override public void onHandshakeDone() {
        calls++;
    }

    @Override public void onDatagram(ByteBuffer data) {
        data(data, 0);
    }
}
