package mqttq.quic.recovery;

import java.nio.ByteBuffer;
import java.util.Arrays;
import mqttq.quic.frame.FrameWriter;

/**
 * The packets received in one packet number space: which numbers (at most {@link #MAX_RANGES} ranges), when an acknowledgment is due
 * (RFC 9000 §13.2), and the ACK frame. Times in ns.
 */
public final class ReceivedPackets {
    /**
     * Ranges remembered and reported; older ones are dropped and packets below them count as duplicates. Stops ACK-state exhaustion by
     * gaps.
     */
    public static final int MAX_RANGES = 32;
    /** RFC 9000 §13.2.2: every second ack-eliciting packet is acknowledged without delay. */
    private static final int ELICITING_THRESHOLD = 2;

    /** 0: at once. */
    private final long maxAckDelay;
    /** First and last number of each range, the highest range first. */
    private long[] ranges = new long[2];
    private int size;
    /** Numbers below are not accepted any more: ranges that held them may have been dropped. */
    private long minimum;
    /** Ranges that end below were in an ACK frame that the peer is known to have. */
    private long reportFrom;
    private long largest = -1, largestTime, largestEliciting = -1;
    private long deadline = Long.MAX_VALUE;
    private int unacknowledged;

    /**
     * @param space {@link PacketNumberSpace}: Initial and Handshake packets are acknowledged at once
     * @param maxAckDelay what our max_ack_delay transport parameter promises, ns
     */
    public ReceivedPackets(int space, long maxAckDelay) {
        // RFC 9000 §13.2.1: a handshake is not to wait for acknowledgments
        this.maxAckDelay = space == PacketNumberSpace.APPLICATION ? maxAckDelay : 0;
    }

    /** Whether {@code number} was received before, or is so old that nobody knows: such a packet must be dropped. */
    public boolean isDuplicate(long number) {
        if (number < minimum) return true;
        for (int i = 0; i < size && number <= ranges[2 * i + 1]; i++)
            if (number >= ranges[2 * i]) return true;
        return false;
    }

    /**
     * A packet, no {@link #isDuplicate duplicate}, was opened and its frames processed. {@code ce}: it was marked Congestion Experienced.
     */
    public void onReceived(long now, long number, boolean ackEliciting, boolean ce) {
        long start = insert(number);
        if (number > largest) {
            largest = number;
            largestTime = now;
        }
        if (!ackEliciting) return;
        unacknowledged++;
        // RFC 9000 §13.2.1: out of order, or with packets missing since the last ack-eliciting one
        boolean reordered = number < largestEliciting || largestEliciting >= 0 && start > largestEliciting;
        largestEliciting = Math.max(largestEliciting, number);
        if (maxAckDelay == 0 || ce || reordered || unacknowledged >= ELICITING_THRESHOLD) deadline = 0;
        else deadline = Math.min(deadline, now + maxAckDelay);
    }

    /** Adds a number and returns where its range starts. */
    private long insert(long number) {
        int i = 0;
        while (i < size && ranges[2 * i] > number) i++;
        boolean joinsBelow = i < size && ranges[2 * i + 1] >= number - 1;
        boolean joinsAbove = i > 0 && ranges[2 * i - 2] == number + 1;
        if (joinsBelow) {
            long start = ranges[2 * i];
            ranges[2 * i + 1] = Math.max(ranges[2 * i + 1], number);
            if (joinsAbove) {
                ranges[2 * i - 2] = start;
                System.arraycopy(ranges, 2 * i + 2, ranges, 2 * i, 2 * (--size - i));
            }
            return start;
        }
        if (joinsAbove) return ranges[2 * i - 2] = number;
        if (size == MAX_RANGES) {
            if (i == size) {
                // older than all that is remembered: not worth reporting, but not to be taken twice
                minimum = number + 1;
                return number;
            }
            // RFC 9000 §13.2.3: a range is forgotten only with all packets that could be in it
            minimum = ranges[2 * --size + 1] + 1;
        }
        if (2 * size == ranges.length) ranges = Arrays.copyOf(ranges, 2 * ranges.length);
        System.arraycopy(ranges, 2 * i, ranges, 2 * i + 2, 2 * (size++ - i));
        return ranges[2 * i] = ranges[2 * i + 1] = number;
    }

    /** The largest number received, -1 before the first: for decoding truncated packet numbers. */
    public long largest() { return largest; }

    /** When an ACK must be sent at the latest; 0 where at once, {@code Long.MAX_VALUE} where nothing asks for one. */
    public long deadline() { return deadline; }

    /** Whether ack-eliciting packets came since the last ACK frame: worth adding one to a packet that is sent anyway. */
    public boolean pending() { return unacknowledged > 0; }

    /**
     * Writes an ACK frame of at most {@code room} bytes with the newest ranges that fit, and clears {@link #deadline}.
     * @param ackDelayExponent ours, 0 to 20; 3 in Initial and Handshake packets
     * @return Largest Acknowledged (for {@link SentPacket#addAck}), or -1 where nothing was received or it does not fit
     */
    public long writeAck(long now, ByteBuffer out, int room, int ackDelayExponent) {
        if (size == 0) return -1;
        // RFC 9000 §13.2.5: the delay from when the packet was handed to us; RFC 9000 §13.4.1: marks cannot be read in Java, so none are
        // reported
        int count = 1, limit = out.limit();
        while (count < size && ranges[2 * count + 1] >= reportFrom) count++;
        out.limit(Math.min(limit, out.position() + room));
        int written = FrameWriter.ack(out, ranges, count, Math.max(0, now - largestTime) / 1000 >> ackDelayExponent);
        out.limit(limit);
        if (written == 0) return -1;
        unacknowledged = 0;
        deadline = Long.MAX_VALUE;
        return largest;
    }

    /** The peer has an ACK frame of ours with this Largest Acknowledged: what it said need not be said again (RFC 9000 §13.2.4). */
    public void onAckAcked(long largest) { reportFrom = Math.max(reportFrom, largest + 1); }
}
