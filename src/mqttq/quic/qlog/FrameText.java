package mqttq.quic.qlog;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import mqttq.quic.frame.FrameHandler;
import mqttq.quic.frame.FrameParser;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.TransportError;
import mqttq.wire.Json;

/**
 * Writes the frames of a packet as qlog has them (qlog-quic-events, "QUIC Frames"). Contents of streams and secrets (tokens of stateless
 * resets and of addresses) are left out. One for all connections of a log.
 */
final class FrameText implements FrameHandler {
    private final Json json;
    private ByteBuffer view = ByteBuffer.allocate(0);
    private int exponent;

    FrameText(Json json) { this.json = json; }

    /**
     * The field {@code frames}.
     * @param exponent the ack_delay_exponent of whoever sent the packet
     */
    void write(byte[] array, int from, int to, PacketType type, boolean fromServer, int exponent) {
        this.exponent = exponent;
        if (view.array() != array) view = ByteBuffer.wrap(array);
        json.list("frames");
        int depth = json.depth();
        try {
            FrameParser.parse(view.clear().limit(to).position(from), type, fromServer, Long.MAX_VALUE, this);
        } catch (QuicException e) {
            // The connection will say the same in a moment, and close.
            json.endTo(depth).object().field("frame_type", "unknown").field("frame_type_bytes", e.frameType()).end();
        }
        json.end();
    }

    private Json frame(String type) { return json.object().field("frame_type", type); }
    private void raw(int bytes) { json.object("raw").field("length", bytes).end(); }

    /** qvis reads the length where qlog 0.3 had it; later drafts have it in {@code raw}. */
    private void data(ByteBuffer data) {
        json.field("length", data.remaining()).object("raw").field("length", data.remaining()).field("payload_length", data.remaining())
            .end();
    }

    @Override public void onPadding(int bytes) {
        frame("padding").object("raw").field("length", bytes).field("payload_length", bytes).end().end();
    }
    @Override public void onPing() { frame("ping").end(); }

    @Override public void onAck(long largest, long rawDelay) {
        // Microseconds shifted; what overflows is nonsense.
        frame("ack").millis("ack_delay", (Math.min(rawDelay, Integer.MAX_VALUE) << exponent) * 1000).list("acked_ranges");
    }

    @Override public void onAckRange(long low, long high) {
        json.list().value(low);
        if (high != low) json.value(high);
        json.end();
    }

    @Override public void onAckEnd(long ect0, long ect1, long ce) {
        json.end();
        if (ect0 >= 0) json.field("ect1", ect1).field("ect0", ect0).field("ce", ce);
        json.end();
    }

    @Override public void onResetStream(long stream, long code, long finalSize) {
        frame("reset_stream").field("stream_id", stream).field("error", "unknown").field("error_code", code).field("final_size", finalSize)
            .end();
    }

    @Override public void onStopSending(long stream, long code) {
        frame("stop_sending").field("stream_id", stream).field("error", "unknown").field("error_code", code).end();
    }

    @Override public void onCrypto(long offset, ByteBuffer data) {
        frame("crypto").field("offset", offset);
        data(data);
        json.end();
    }

    @Override public void onNewToken(ByteBuffer token) {
        frame("new_token").object("token").field("type", "resumption");
        raw(token.remaining());
        json.end().end();
    }

    @Override public void onStream(long stream, long offset, ByteBuffer data, boolean fin) {
        frame("stream").field("stream_id", stream).field("offset", offset).field("fin", fin);
        data(data);
        json.end();
    }

    @Override public void onMaxData(long maximum) { frame("max_data").field("maximum", maximum).end(); }

    @Override public void onMaxStreamData(long stream, long maximum) {
        frame("max_stream_data").field("stream_id", stream).field("maximum", maximum).end();
    }

    private static String streams(boolean bidi) { return bidi ? "bidirectional" : "unidirectional"; }

    @Override public void onMaxStreams(boolean bidi, long maximum) {
        frame("max_streams").field("stream_type", streams(bidi)).field("maximum", maximum).end();
    }

    @Override public void onDataBlocked(long limit) { frame("data_blocked").field("limit", limit).end(); }

    @Override public void onStreamDataBlocked(long stream, long limit) {
        frame("stream_data_blocked").field("stream_id", stream).field("limit", limit).end();
    }

    @Override public void onStreamsBlocked(boolean bidi, long limit) {
        frame("streams_blocked").field("stream_type", streams(bidi)).field("limit", limit).end();
    }

    @Override public void onNewConnectionId(long sequence, long retirePriorTo, ConnectionId id, byte[] resetToken) {
        frame("new_connection_id").field("sequence_number", sequence).field("retire_prior_to", retirePriorTo)
            .field("connection_id_length", id.length()).hex("connection_id", id.bytes()).end();
    }

    @Override public void onRetireConnectionId(long sequence) { frame("retire_connection_id").field("sequence_number", sequence).end(); }
    @Override public void onPathChallenge(long data) { frame("path_challenge").hex("data", data, 8).end(); }
    @Override public void onPathResponse(long data) { frame("path_response").hex("data", data, 8).end(); }

    @Override public void onConnectionClose(long code, long frameType, ByteBuffer reason) {
        frame("connection_close").field("error_space", "transport");
        transportError(json, "error", code);
        reason(reason);
        if (frameType != 0) json.field("trigger_frame_type", frameType);
        json.end();
    }

    @Override public void onApplicationClose(long code, ByteBuffer reason) {
        frame("connection_close").field("error_space", "application").field("error", "unknown").field("error_code", code);
        reason(reason);
        json.end();
    }

    private void reason(ByteBuffer reason) {
        int from = reason.arrayOffset() + reason.position(), to = reason.arrayOffset() + reason.limit();
        for (int i = from; i < to; i++) {
            if (reason.array()[i] >= ' ' && reason.array()[i] != 127) continue;
            json.hex("reason_bytes", reason.array(), from, to);
            return;
        }
        json.field("reason", new String(reason.array(), from, to - from, StandardCharsets.US_ASCII));
    }

    /** {@code name} with qlog's word for an error; {@code error_code} with it where there is none. */
    static void transportError(Json json, String name, long code) {
        if (TransportError.isCrypto(code)) json.field(name, "crypto_error_0x".concat(Long.toHexString(code)));
        else if (code >= 0 && code <= TransportError.NO_VIABLE_PATH) json.field(name, TransportError.name(code).toLowerCase(Locale.ROOT));
        else json.field(name, "unknown").field("error_code", code);
    }

    @Override public void onHandshakeDone() { frame("handshake_done").end(); }

    @Override public void onDatagram(ByteBuffer data) {
        frame("datagram");
        data(data);
        json.end();
    }
}
