package mqttq.quic.recovery;

import java.util.Arrays;

/**
 * The packets in flight of one space, and those declared lost a short while ago, in the order of their numbers: a ring of slots with a
 * bit for each that is still taken, so that ranges acknowledged before cost a 64th of a step a packet.
 */
final class SentPackets {
    private static final int INITIAL_SLOTS = 64, REMEMBERED_ACK_ONLY = 8;

    /** Stands for the spaces whose keys are gone, in all connections: nothing in it changes. */
    static final SentPackets GONE = new SentPackets();

    /** The number of the next packet. */
    long next;
    long largestAcked = -1;
    /** When a packet below {@link #largestAcked} will be lost by the time threshold, or MAX_VALUE. */
    long lossTime = Long.MAX_VALUE;
    /** When the newest ack-eliciting packet was sent, and the newest that was acknowledged. */
    long lastEliciting, lastAckedSent = -1;
    /** Ack-eliciting packets that are neither acknowledged nor lost. */
    int eliciting;
    int probes, ackOnly;
    /** Null before a packet was sent with ECT(0). */
    Ecn ecn;

    /** Slot positions count up for ever; slot = position & mask. Slots from {@code head} to {@code tail}. */
    private long head, tail;
    /** Below this position everything is acknowledged or lost. */
    private long undecided;
    private int lostCount;
    private long[] numbers, taken;
    private SentPacket[] packets;
    /** Numbers and times of the newest packets with nothing but ACKs, which take no slot: an ACK may have one as its largest. */
    private long[] ackOnlySent;

    long head() { return head; }
    long tail() { return tail; }
    long undecided() { return undecided; }
    void decided(long position) { undecided = Math.max(undecided, position); }
    int count() { return (int) (tail - head); }
    int lostCount() { return lostCount; }

    void lost(SentPacket packet) {
        packet.flags |= SentPacket.LOST;
        lostCount++;
    }

    SentPacket at(long position) { return packets[(int) position & packets.length - 1]; }

    boolean isTaken(long position) {
        int slot = (int) position & packets.length - 1;
        return (taken[slot >> 6] & 1L << slot) != 0;
    }

    void add(SentPacket packet) {
        if (packets == null) allocate(INITIAL_SLOTS);
        else if (tail - head == packets.length) allocate(2 * packets.length);
        int slot = (int) tail++ & packets.length - 1;
        numbers[slot] = packet.number;
        packets[slot] = packet;
        taken[slot >> 6] |= 1L << slot;
    }

    void addAckOnly(long number, long time) {
        if (ackOnlySent == null) {
            ackOnlySent = new long[2 * REMEMBERED_ACK_ONLY];
            Arrays.fill(ackOnlySent, -1);
        }
        int at = 2 * (ackOnly++ % REMEMBERED_ACK_ONLY);
        ackOnlySent[at] = number;
        ackOnlySent[at + 1] = time;
    }

    /** When the ack-only packet {@code number} was sent, or -1 where it was none or is forgotten. */
    long ackOnlyTime(long number) {
        if (ackOnlySent != null)
            for (int i = 0; i < ackOnlySent.length; i += 2)
                if (ackOnlySent[i] == number) return ackOnlySent[i + 1];
        return -1;
    }

    /** Empties the slot and returns what was in it. */
    SentPacket remove(long position) {
        int slot = (int) position & packets.length - 1;
        SentPacket packet = packets[slot];
        packets[slot] = null;
        taken[slot >> 6] &= ~(1L << slot);
        if (packet.lost()) lostCount--;
        if (position == head) {
            head = nextTaken(position + 1, tail);
            if (undecided < head) undecided = head;
        }
        return packet;
    }

    /** The first taken position from {@code from} on, or {@code end}. */
    long nextTaken(long from, long end) {
        for (long position = from; position < end; ) {
            int slot = (int) position & packets.length - 1;
            long word = taken[slot >> 6] >>> slot;
            if (word != 0) return Math.min(end, position + Long.numberOfTrailingZeros(word));
            position += 64 - (slot & 63);
        }
        return end;
    }

    /** The first position whose packet number is at least {@code number}, or {@code tail}. */
    long lowerBound(long number) {
        long low = head, high = tail;
        if (low == high || numbers[(int) low & packets.length - 1] >= number) return low;
        while (low < high) {
            long middle = low + high >>> 1;
            if (numbers[(int) middle & packets.length - 1] < number) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    boolean discarded() { return this == GONE; }

    private void allocate(int slots) {
        long[] oldNumbers = numbers;
        SentPacket[] oldPackets = packets;
        numbers = new long[slots];
        packets = new SentPacket[slots];
        taken = new long[slots >> 6];
        for (long p = head; p < tail; p++) {
            int from = (int) p & oldPackets.length - 1, to = (int) p & slots - 1;
            numbers[to] = oldNumbers[from];
            packets[to] = oldPackets[from];
            if (packets[to] != null) taken[to >> 6] |= 1L << to;
        }
    }

    /** Gives memory back where nothing is outstanding. */
    void trim() {
        if (head != tail) return;
        numbers = taken = ackOnlySent = null;
        packets = null;
    }
}
