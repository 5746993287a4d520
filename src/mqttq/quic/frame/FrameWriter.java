package mqttq.quic.frame;

import java.nio.ByteBuffer;
import mqttq.quic.packet.ConnectionId;
import mqttq.wire.Varint;

/**
 * Writes frames (RFC 9000 §19, RFC 9221 §4). Every method looks for room between position and limit first: false (0 for {@link #ack}) and
 * nothing written where the frame does not fit. Data that follows a header (CRYPTO, STREAM, DATAGRAM) is the caller's to put, in full.
 */
public final class FrameWriter {
    private FrameWriter() { }
    public static boolean ping(ByteBuffer out) { return plain(out, FrameType.PING); }

    /** Zeros up to the position {@code end}; nothing where that is behind. */
    public static void padding(ByteBuffer out, int end) {
        while (out.position() + 8 <= end) out.putLong(0);
        while (out.position() < end) out.put((byte) 0);
    }

    /**
     * ACK without ECN counts, of as many ranges as fit.
     * @param ranges pairs of lowest and highest number, from the highest range down, apart by at least one number
     * @param count of ranges, at least 1
     * @param rawDelay in units of our ack_delay_exponent
     * @return how many ranges were written
     */
    public static int ack(ByteBuffer out, long[] ranges, int count, long rawDelay) {
        long largest = ranges[1], first = largest - ranges[0];
        // The count comes before the ranges: room is kept for the most it can be.
        int room = out.remaining() - (1 + Varint.size(largest) + Varint.size(rawDelay) + Varint.size(count - 1) + Varint.size(first));
        if (room < 0) return 0;
        int fit = 1;
        for (; fit < count; fit++) {
            room -= Varint.size(gap(ranges, fit)) + Varint.size(ranges[2 * fit + 1] - ranges[2 * fit]);
            if (room < 0) break;
        }
        out.put((byte) FrameType.ACK);
        Varint.put(out, largest);
        Varint.put(out, rawDelay);
        Varint.put(out, fit - 1);
        Varint.put(out, first);
        for (int i = 1; i < fit; i++) {
            Varint.put(out, gap(ranges, i));
            Varint.put(out, ranges[2 * i + 1] - ranges[2 * i]);
        }
        return fit;
    }

    /** RFC 9000 §19.3.1: the numbers between two ranges, less one. */
    private static long gap(long[] ranges, int i) { return ranges[2 * i - 2] - ranges[2 * i + 1] - 2; }

    public static boolean resetStream(ByteBuffer out, long stream, long code, long finalSize) {
        return three(out, FrameType.RESET_STREAM, stream, code, finalSize);
    }

    public static boolean stopSending(ByteBuffer out, long stream, long code) { return two(out, FrameType.STOP_SENDING, stream, code); }

    /** Bytes of a CRYPTO frame before its data. */
    public static int cryptoHeaderSize(long offset, int length) { return 1 + Varint.size(offset) + Varint.size(length); }

    /** The header of a CRYPTO frame; false where header and data do not fit. */
    public static boolean crypto(ByteBuffer out, long offset, int length) {
        if (out.remaining() < cryptoHeaderSize(offset, length) + length) return false;
        return two(out, FrameType.CRYPTO, offset, length);
    }

    public static boolean newToken(ByteBuffer out, byte[] token) {
        if (out.remaining() < 1 + Varint.size(token.length) + token.length) return false;
        one(out, FrameType.NEW_TOKEN, token.length);
        out.put(token);
        return true;
    }

    /** Bytes of a STREAM frame with a length before its data. */
    public static int streamHeaderSize(long stream, long offset, int length) {
        return 1 + Varint.size(stream) + (offset == 0 ? 0 : Varint.size(offset)) + Varint.size(length);
    }

    /** The header of a STREAM frame with a length; false where header and data do not fit. */
    public static boolean stream(ByteBuffer out, long stream, long offset, int length, boolean fin) {
        if (out.remaining() < streamHeaderSize(stream, offset, length) + length) return false;
        out.put((byte) (FrameType.STREAM | FrameType.STREAM_LEN | (offset == 0 ? 0 : FrameType.STREAM_OFF) | (fin ? FrameType.STREAM_FIN
            : 0)));
        Varint.put(out, stream);
        if (offset != 0) Varint.put(out, offset);
        Varint.put(out, length);
        return true;
    }

    /**
     * The most data that a frame holds in {@code room} bytes; negative where even an empty one does not fit.
     * @param headerSizeOfEmpty {@link #cryptoHeaderSize} or {@link #streamHeaderSize} for a length of 0
     */
    public static int dataRoom(int room, int headerSizeOfEmpty) {
        int left = room - headerSizeOfEmpty;
        // The length grows by one byte at 64, by two more at 16384.
        if (left < 1 << 6) return left;
        if (left - 1 < 1 << 14) return Math.max((1 << 6) - 1, left - 1);
        return Math.max((1 << 14) - 1, left - 3);
    }

    public static boolean maxData(ByteBuffer out, long maximum) { return one(out, FrameType.MAX_DATA, maximum); }
    public static boolean maxStreamData(ByteBuffer out, long stream, long maximum) {
        return two(out, FrameType.MAX_STREAM_DATA, stream, maximum);
    }

    public static boolean maxStreams(ByteBuffer out, boolean bidi, long maximum) {
        return one(out, bidi ? FrameType.MAX_STREAMS_BIDI : FrameType.MAX_STREAMS_UNI, maximum);
    }

    public static boolean dataBlocked(ByteBuffer out, long limit) { return one(out, FrameType.DATA_BLOCKED, limit); }

    public static boolean streamDataBlocked(ByteBuffer out, long stream, long limit) {
        return two(out, FrameType.STREAM_DATA_BLOCKED, stream, limit);
    }

    public static boolean streamsBlocked(ByteBuffer out, boolean bidi, long limit) {
        return one(out, bidi ? FrameType.STREAMS_BLOCKED_BIDI : FrameType.STREAMS_BLOCKED_UNI, limit);
    }

    /** @param resetToken 16 bytes */
    public static boolean newConnectionId(ByteBuffer out, long sequence, long retirePriorTo, ConnectionId id, byte[] resetToken) {
        if (out.remaining() < 1 + Varint.size(sequence) + Varint.size(retirePriorTo) + 1 + id.length() + resetToken.length) return false;
        two(out, FrameType.NEW_CONNECTION_ID, sequence, retirePriorTo);
        out.put((byte) id.length());
        id.put(out);
        out.put(resetToken);
        return true;
    }

    public static boolean retireConnectionId(ByteBuffer out, long sequence) { return one(out, FrameType.RETIRE_CONNECTION_ID, sequence); }
    public static boolean pathChallenge(ByteBuffer out, long data) { return eightBytes(out, FrameType.PATH_CHALLENGE, data); }
    public static boolean pathResponse(ByteBuffer out, long data) { return eightBytes(out, FrameType.PATH_RESPONSE, data); }

    /** CONNECTION_CLOSE 0x1c; as much of the reason as fits. */
    public static boolean connectionClose(ByteBuffer out, long code, long frameType, byte[] reason) {
        int room = out.remaining() - 1 - Varint.size(code) - Varint.size(frameType);
        if (room < 1) return false;
        two(out, FrameType.CONNECTION_CLOSE, code, frameType);
        reason(out, reason);
        return true;
    }

    /** CONNECTION_CLOSE 0x1d; as much of the reason as fits. Only in 0-RTT and 1-RTT packets. */
    public static boolean applicationClose(ByteBuffer out, long code, byte[] reason) {
        if (out.remaining() < 1 + Varint.size(code) + 1) return false;
        one(out, FrameType.APPLICATION_CLOSE, code);
        reason(out, reason);
        return true;
    }

    private static void reason(ByteBuffer out, byte[] reason) {
        int length = Math.min(reason.length, dataRoom(out.remaining(), 1));
        Varint.put(out, length);
        out.put(reason, 0, length);
    }

    public static boolean handshakeDone(ByteBuffer out) { return plain(out, FrameType.HANDSHAKE_DONE); }

    /** The header of a DATAGRAM frame with a length; false where header and data do not fit. */
    public static boolean datagram(ByteBuffer out, int length) {
        if (out.remaining() < 1 + Varint.size(length) + length) return false;
        return one(out, FrameType.DATAGRAM_LENGTH, length);
    }

    private static boolean plain(ByteBuffer out, int type) {
        if (!out.hasRemaining()) return false;
        out.put((byte) type);
        return true;
    }

    private static boolean one(ByteBuffer out, int type, long a) {
        if (out.remaining() < 1 + Varint.size(a)) return false;
        out.put((byte) type);
        Varint.put(out, a);
        return true;
    }

    private static boolean two(ByteBuffer out, int type, long a, long b) {
        if (out.remaining() < 1 + Varint.size(a) + Varint.size(b)) return false;
        one(out, type, a);
        Varint.put(out, b);
        return true;
    }

    private static boolean three(ByteBuffer out, int type, long a, long b, long c) {
        if (out.remaining() < 1 + Varint.size(a) + Varint.size(b) + Varint.size(c)) return false;
        two(out, type, a, b);
        Varint.put(out, c);
        return true;
    }

    private static boolean eightBytes(ByteBuffer out, int type, long data) {
        if (out.remaining() < 9) return false;
        out.put((byte) type).putLong(data);
        return true;
    }
}
