package mqttq.quic.frame;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import mqttq.quic.packet.ConnectionId;

/** Writes down what it is shown, one string a call, and moves the buffers about as a handler may. */
final class FrameRecorder implements FrameHandler {
    final List<String> seen = new ArrayList<>();

    private void add(Object... parts) {
        StringBuilder line = new StringBuilder();
        for (Object part : parts) line.append(line.isEmpty() ? "" : " ").append(part instanceof ByteBuffer data ? rest(data) : part);
        seen.add(line.toString());
    }

    private static String rest(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        data.limit(data.position() / 2);
        return "[" + HexFormat.of().formatHex(bytes) + "]";
    }

    @Override public void onPing() {
        add("PING");
    }

    @Override public void onAck(long largest, long rawDelay) {
        add("ACK", largest, rawDelay);
    }

    @Override public void onAckRange(long low, long high) {
        add("range", low, high);
    }

    @Override public void onAckEnd(long ect0, long ect1, long ce) {
        add("end", ect0, ect1, ce);
    }

    @Override public void onResetStream(long stream, long code, long finalSize) {
        add("RESET_STREAM", stream, code, finalSize);
    }

    @Override public void onStopSending(long stream, long code) {
        add("STOP_SENDING", stream, code);
    }

    @Override public void onCrypto(long offset, ByteBuffer data) {
        add("CRYPTO", offset, data);
    }

    @Override public void onNewToken(ByteBuffer token) {
        add("NEW_TOKEN", token);
    }

    @Override public void onStream(long stream, long offset, ByteBuffer data, boolean fin) {
        add("STREAM", stream, offset, data, fin);
    }

    @Override public void onMaxData(long maximum) {
        add("MAX_DATA", maximum);
    }

    @Override public void onMaxStreamData(long stream, long maximum) {
        add("MAX_STREAM_DATA", stream, maximum);
    }

    @Override public void onMaxStreams(boolean bidi, long maximum) {
        add("MAX_STREAMS", bidi, maximum);
    }

    @Override public void onDataBlocked(long limit) {
        add("DATA_BLOCKED", limit);
    }

    @Override public void onStreamDataBlocked(long stream, long limit) {
        add("STREAM_DATA_BLOCKED", stream, limit);
    }

    @Override public void onStreamsBlocked(boolean bidi, long limit) {
        add("STREAMS_BLOCKED", bidi, limit);
    }

    @Override public void onNewConnectionId(long sequence, long retirePriorTo, ConnectionId id, byte[] resetToken) {
        add("NEW_CONNECTION_ID", sequence, retirePriorTo, id, ByteBuffer.wrap(resetToken));
    }

    @Override public void onRetireConnectionId(long sequence) {
        add("RETIRE_CONNECTION_ID", sequence);
    }

    @Override public void onPathChallenge(long data) {
        add("PATH_CHALLENGE", data);
    }

    @Override public void onPathResponse(long data) {
        add("PATH_RESPONSE", data);
    }

    @Override public void onConnectionClose(long code, long frameType, ByteBuffer reason) {
        add("CONNECTION_CLOSE", code, frameType, reason);
    }

    @Override public void onApplicationClose(long code, ByteBuffer reason) {
        add("APPLICATION_CLOSE", code, reason);
    }

    @Override public void onHandshakeDone() {
        add("HANDSHAKE_DONE");
    }

    @Override public void onDatagram(ByteBuffer data) {
        add("DATAGRAM", data);
    }
}
