package mqttq.link;

import java.nio.ByteBuffer;
import mqttq.transport.Pipe;

/**
 * The sending half of one stream of packets: straight into the pipe while that has room; what did not fit waits here, the tail of a large
 * payload by reference. The owner sends no PUBLISH while something waits, so that no more than one packet and small answers do.
 */
final class PacketOutput {
    private static final byte[] NOTHING = new byte[0];
    private final LinkContext context;
    private final Pipe pipe;
    private byte[] waiting = NOTHING;
    private int from, to;
    /** Rest of a payload, to be sent after {@code payloadAfter} of the waiting bytes. */
    private ByteBuffer payload;
    private int payloadAfter;

    PacketOutput(LinkContext context, Pipe pipe) {
        this.context = context;
        this.pipe = pipe;
    }

    boolean empty() { return from == to && payload == null; }

    /** Bytes waiting here. */
    int waiting() { return to - from + (payload == null ? 0 : payload.remaining()); }

    /** Sends or keeps a copy of {@code data}. */
    void write(ByteBuffer data) {
        context.bytesSent += data.remaining();
        if (empty()) pipe.write(data);
        if (data.hasRemaining()) keep(data);
    }

    /** Sends a payload after what was written just before, or keeps the reference: nobody may change the array. */
    void writePayload(byte[] array, int offset, int length) {
        context.bytesSent += length;
        ByteBuffer data = ByteBuffer.wrap(array, offset, length);
        if (empty()) pipe.write(data);
        if (!data.hasRemaining()) return;
        if (payload != null) {
            keep(data);
            return;
        }
        payload = data;
        payloadAfter = to - from;
    }

    /** Goes on with what waits; true when nothing does any more. */
    boolean flush() {
        if (payload != null) {
            payloadAfter -= writeWaiting(payloadAfter);
            if (payloadAfter > 0) return false;
            pipe.write(payload);
            if (payload.hasRemaining()) return false;
            payload = null;
        }
        writeWaiting(to - from);
        if (from < to) return false;
        release();
        return true;
    }

    void release() {
        if (waiting.length > 0) context.pool.give(waiting);
        waiting = NOTHING;
        payload = null;
        from = to = payloadAfter = 0;
    }

    private int writeWaiting(int length) {
        if (length == 0) return 0;
        int written = pipe.write(ByteBuffer.wrap(waiting, from, length));
        from += written;
        return written;
    }

    private void keep(ByteBuffer data) {
        int length = data.remaining();
        if (waiting.length - to < length) {
            int held = to - from;
            byte[] larger = held + length <= waiting.length ? waiting : context.pool.take(Math.max(held + length, held * 2));
            System.arraycopy(waiting, from, larger, 0, held);
            if (larger != waiting && waiting.length > 0) context.pool.give(waiting);
            waiting = larger;
            from = 0;
            to = held;
        }
        data.get(waiting, to, length);
        to += length;
    }
}
