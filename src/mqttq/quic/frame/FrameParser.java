package mqttq.quic.frame;

import static mqttq.quic.packet.TransportError.FRAME_ENCODING_ERROR;
import static mqttq.quic.packet.TransportError.PROTOCOL_VIOLATION;

import java.nio.ByteBuffer;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.StatelessReset;
import mqttq.wire.Varint;

/** Reads the frames of a packet (RFC 9000 §12.4, §19; RFC 9221), checks each by itself, and shows it to a {@link FrameHandler}. */
public final class FrameParser {
    /** Bits of {@link #parse}'s result. NON_PROBING: a frame other than those that only probe a path. PADDED: some padding. */
    public static final int ACK_ELICITING = 1, NON_PROBING = 2, PADDED = 4;
    private static final long MAX_STREAMS = 1L << 60;

    private FrameParser() { }

    /**
     * Visits every frame from position to limit, whatever the position is after.
     * @param fromServer whether the server sent the packet
     * @param maxDatagramFrameSize the max_datagram_frame_size that we sent; 0 where DATAGRAM is not wanted
     * @return the flags above, of all the frames together
     * @throws QuicException where a frame is malformed or not allowed; what stood before it has been visited
     */
    public static int parse(ByteBuffer payload, PacketType packet, boolean fromServer, long maxDatagramFrameSize, FrameHandler handler)
            throws QuicException {
        // RFC 9000 §12.4: a packet without frames.
        if (!payload.hasRemaining()) throw new QuicException(PROTOCOL_VIOLATION, "packet without frames");
        int flags = 0;
        while (payload.hasRemaining()) {
            int start = payload.position();
            long type = Varint.get(payload);
            if (!FrameType.isKnown(type)) throw new QuicException(FRAME_ENCODING_ERROR, Math.max(0, type), "unknown frame type");
            // RFC 9000 §12.4: types in more bytes than needed; all known ones need one.
            if (payload.position() != start + 1) throw new QuicException(PROTOCOL_VIOLATION, type, "frame type not in its shortest form");
            int t = (int) type;
            if (!FrameType.isAllowed(t, packet, fromServer)) {
                throw new QuicException(PROTOCOL_VIOLATION, t, "frame not allowed in this packet");
            }
            if (FrameType.isAckEliciting(t)) flags |= ACK_ELICITING;
            if (!FrameType.isProbing(t)) flags |= NON_PROBING;
            if (t == FrameType.PADDING) {
                flags |= PADDED;
                skipPadding(payload);
                handler.onPadding(payload.position() - start);
            } else {
                frame(payload, start, t, maxDatagramFrameSize, handler);
            }
        }
        return flags;
    }

    private static void skipPadding(ByteBuffer in) {
        int at = in.position(), limit = in.limit();
        while (at < limit && in.get(at) == 0) at++;
        in.position(at);
    }

    private static void frame(ByteBuffer in, int start, int type, long maxDatagramFrameSize, FrameHandler handler) throws QuicException {
        switch (type) {
            case FrameType.PING -> handler.onPing();
            case FrameType.ACK, FrameType.ACK_ECN -> ack(in, type, handler);
            case FrameType.RESET_STREAM -> handler.onResetStream(varint(in, type), varint(in, type), varint(in, type));
            case FrameType.STOP_SENDING -> handler.onStopSending(varint(in, type), varint(in, type));
            case FrameType.CRYPTO -> {
                long offset = varint(in, type);
                int end = data(in, type, offset, varint(in, type)), limit = in.limit();
                handler.onCrypto(offset, in.limit(end));
                in.limit(limit).position(end);
            }
            case FrameType.NEW_TOKEN -> {
                int end = data(in, type, 0, varint(in, type)), limit = in.limit();
                // RFC 9000 §19.7: the token must not be empty.
                if (end == in.position()) throw new QuicException(FRAME_ENCODING_ERROR, type, "empty token");
                handler.onNewToken(in.limit(end));
                in.limit(limit).position(end);
            }
            case FrameType.MAX_DATA -> handler.onMaxData(varint(in, type));
            case FrameType.MAX_STREAM_DATA -> handler.onMaxStreamData(varint(in, type), varint(in, type));
            case FrameType.MAX_STREAMS_BIDI, FrameType.MAX_STREAMS_UNI ->
                handler.onMaxStreams(type == FrameType.MAX_STREAMS_BIDI, streams(in, type));
            case FrameType.DATA_BLOCKED -> handler.onDataBlocked(varint(in, type));
            case FrameType.STREAM_DATA_BLOCKED -> handler.onStreamDataBlocked(varint(in, type), varint(in, type));
            case FrameType.STREAMS_BLOCKED_BIDI, FrameType.STREAMS_BLOCKED_UNI ->
                handler.onStreamsBlocked(type == FrameType.STREAMS_BLOCKED_BIDI, streams(in, type));
            case FrameType.NEW_CONNECTION_ID -> newConnectionId(in, type, handler);
            case FrameType.RETIRE_CONNECTION_ID -> handler.onRetireConnectionId(varint(in, type));
            case FrameType.PATH_CHALLENGE -> handler.onPathChallenge(eightBytes(in, type));
            case FrameType.PATH_RESPONSE -> handler.onPathResponse(eightBytes(in, type));
            case FrameType.CONNECTION_CLOSE, FrameType.APPLICATION_CLOSE -> close(in, type, handler);
            case FrameType.HANDSHAKE_DONE -> handler.onHandshakeDone();
            case FrameType.DATAGRAM, FrameType.DATAGRAM_LENGTH -> datagram(in, start, type, maxDatagramFrameSize, handler);
            default -> stream(in, type, handler);
        }
    }

    private static void ack(ByteBuffer in, int type, FrameHandler handler) throws QuicException {
        long largest = varint(in, type), delay = varint(in, type), more = varint(in, type), low = largest - varint(in, type);
        if (low < 0) throw new QuicException(FRAME_ENCODING_ERROR, type, "ACK range below zero");
        handler.onAck(largest, delay);
        handler.onAckRange(low, largest);
        // Each range is at least two bytes of the frame, so a count without end stops at the end of the packet.
        while (more-- > 0) {
            // RFC 9000 §19.3, §19.3.1: none may be negative; largest = previous smallest - gap - 2, smallest = largest - length.
            long high = low - varint(in, type) - 2;
            low = high - varint(in, type);
            if (high < 0 || low < 0) throw new QuicException(FRAME_ENCODING_ERROR, type, "ACK range below zero");
            handler.onAckRange(low, high);
        }
        if (type == FrameType.ACK) handler.onAckEnd(-1, -1, -1);
        else handler.onAckEnd(varint(in, type), varint(in, type), varint(in, type));
    }

    private static void stream(ByteBuffer in, int type, FrameHandler handler) throws QuicException {
        long id = varint(in, type), offset = (type & FrameType.STREAM_OFF) == 0 ? 0 : varint(in, type);
        long length = (type & FrameType.STREAM_LEN) == 0 ? in.remaining() : varint(in, type);
        int end = data(in, type, offset, length), limit = in.limit();
        handler.onStream(id, offset, in.limit(end), (type & FrameType.STREAM_FIN) != 0);
        in.limit(limit).position(end);
    }

    private static void newConnectionId(ByteBuffer in, int type, FrameHandler handler) throws QuicException {
        long sequence = varint(in, type), retirePriorTo = varint(in, type);
        // RFC 9000 §19.15
        if (retirePriorTo > sequence) throw new QuicException(FRAME_ENCODING_ERROR, type, "Retire Prior To above the sequence number");
        if (!in.hasRemaining()) throw truncated(type);
        int length = in.get() & 0xff;
        if (length < 1 || length > ConnectionId.MAX_LENGTH) throw new QuicException(FRAME_ENCODING_ERROR, type, "connection id length");
        if (in.remaining() < length + StatelessReset.TOKEN_LENGTH) throw truncated(type);
        byte[] id = new byte[length], token = new byte[StatelessReset.TOKEN_LENGTH];
        in.get(id).get(token);
        handler.onNewConnectionId(sequence, retirePriorTo, ConnectionId.of(id), token);
    }

    private static void close(ByteBuffer in, int type, FrameHandler handler) throws QuicException {
        long code = varint(in, type), frameType = type == FrameType.CONNECTION_CLOSE ? varint(in, type) : 0;
        int end = data(in, type, 0, varint(in, type)), limit = in.limit();
        in.limit(end);
        if (type == FrameType.CONNECTION_CLOSE) handler.onConnectionClose(code, frameType, in);
        else handler.onApplicationClose(code, in);
        in.limit(limit).position(end);
    }

    private static void datagram(ByteBuffer in, int start, int type, long maxFrameSize, FrameHandler handler) throws QuicException {
        long length = type == FrameType.DATAGRAM ? in.remaining() : varint(in, type);
        int end = data(in, type, 0, length), limit = in.limit();
        // RFC 9221 §3: a frame larger than we said, type and length included; or when we did not say.
        if (end - start > maxFrameSize) throw new QuicException(PROTOCOL_VIOLATION, type, "DATAGRAM larger than max_datagram_frame_size");
        handler.onDatagram(in.limit(end));
        in.limit(limit).position(end);
    }

    /** Position where {@code length} bytes of data from here end. RFC 9000 §19.6, §19.8: nor may they end above 2^62-1 in their stream. */
    private static int data(ByteBuffer in, int type, long offset, long length) throws QuicException {
        if (length > in.remaining()) throw truncated(type);
        if (offset > Varint.MAX - length) throw new QuicException(FRAME_ENCODING_ERROR, type, "data beyond 2^62-1");
        return in.position() + (int) length;
    }

    private static long streams(ByteBuffer in, int type) throws QuicException {
        long maximum = varint(in, type);
        // RFC 9000 §19.11, §19.14: a stream id would not fit a varint.
        if (maximum > MAX_STREAMS) throw new QuicException(FRAME_ENCODING_ERROR, type, "more than 2^60 streams");
        return maximum;
    }

    private static long eightBytes(ByteBuffer in, int type) throws QuicException {
        if (in.remaining() < 8) throw truncated(type);
        return in.getLong();
    }

    private static long varint(ByteBuffer in, int type) throws QuicException {
        long value = Varint.get(in);
        if (value < 0) throw truncated(type);
        return value;
    }

    private static QuicException truncated(int type) { return new QuicException(FRAME_ENCODING_ERROR, type, "truncated frame"); }
}
