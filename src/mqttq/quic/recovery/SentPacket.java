package mqttq.quic.recovery;

import java.util.Arrays;

/**
 * What would have to be said again if a sent packet is lost: its number, time and size, which frames it carried, and the ranges of
 * stream and CRYPTO data in it. No frame objects, no bytes. Pooled: valid for others only until the callback that gets it returns.
 */
public final class SentPacket {
    /** {@link #flags}: elicits an acknowledgment; counts as in flight; is a path MTU probe; was sent as 0-RTT; was marked ECT(0). */
    public static final int ACK_ELICITING = 1, IN_FLIGHT = 2, MTU_PROBE = 4, EARLY = 8, ECT0 = 16;
    /** Set by the loss detector: it was declared lost before. */
    static final int LOST = 32;

    private static final int STREAM = 0x08, CRYPTO = 0x06, KEPT_ENTRIES = 16;

    long number, time, lostTime;
    int bytes, flags, path;
    /** Largest Acknowledged of the ACK frame in it, -1 where it carried none. */
    long ackedLargest = -1;
    /** Links the packets that one ACK acknowledges, and the free ones. */
    SentPacket next;
    private long frames;
    private long[] entries = new long[3 * 4];
    private int size;

    SentPacket() { }

    /** Notes a frame that says nothing but its type (PING, HANDSHAKE_DONE, DATA_BLOCKED, ...); {@code frameType} is 0 to 63. */
    public void mark(int frameType) { frames |= 1L << frameType; }

    /** Whether a frame of this type was noted by {@link #mark} or {@link #add}; STREAM frames all count as 0x08. */
    public boolean has(int frameType) { return (frames & 1L << frameType) != 0; }

    /** Notes a frame with its scope and content: a stream id or sequence number, and the value it said. {@code frameType} is 0 to 63. */
    public void add(int frameType, long id, long value) { entry(frameType, id, value, 0, false); }

    /** Notes a STREAM frame; {@code length} is 0 to 2^24-1 bytes. */
    public void addStream(long id, long offset, int length, boolean fin) { entry(STREAM, id, offset, length, fin); }

    /** Notes a CRYPTO frame; its level follows from the packet number space. */
    public void addCrypto(long offset, int length) { entry(CRYPTO, 0, offset, length, false); }

    /** Notes an ACK frame with its Largest Acknowledged. */
    public void addAck(long largest) {
        mark(0x02);
        ackedLargest = largest;
    }

    private void entry(int type, long id, long value, int length, boolean fin) {
        frames |= 1L << type;
        if (3 * size == entries.length) entries = Arrays.copyOf(entries, 2 * entries.length);
        int at = 3 * size++;
        entries[at] = id;
        entries[at + 1] = value;
        entries[at + 2] = (long) length << 8 | (fin ? 0x80 : 0) | type;
    }

    /** How many entries {@link #add}, {@link #addStream} and {@link #addCrypto} made. */
    public int size() { return size; }

    /** Frame type of entry {@code i}; 0x08 for STREAM. */
    public int type(int i) { return (int) entries[3 * i + 2] & 0x7f; }

    /** Stream id or sequence number of entry {@code i}. */
    public long id(int i) { return entries[3 * i]; }

    /** Offset of the data, or the value said, of entry {@code i}. */
    public long value(int i) { return entries[3 * i + 1]; }

    /** Bytes of data of entry {@code i}. */
    public int length(int i) { return (int) (entries[3 * i + 2] >>> 8); }

    /** Whether the STREAM frame of entry {@code i} ended its stream. */
    public boolean fin(int i) { return (entries[3 * i + 2] & 0x80) != 0; }

    /** Packet number. */
    public long number() { return number; }

    /** When it was sent, ns. */
    public long time() { return time; }

    /** Size with header and AEAD tag, without UDP and IP headers. */
    public int bytes() { return bytes; }
    public int flags() { return flags; }

    /** Adds to {@link #flags}. */
    public void flag(int flag) { flags |= flag; }
    public boolean is(int flag) { return (flags & flag) != 0; }

    /** Which path it was sent on; see {@link LossDetector#path}. */
    public int path() { return path; }

    /** Sets the path where it is not the current one (a PATH_CHALLENGE elsewhere): such a packet does not count for congestion and RTT. */
    public void path(int path) { this.path = path; }

    /** Largest Acknowledged of the ACK frame it carried, or -1: for {@link ReceivedPackets#onAckAcked}. */
    public long ackedLargest() { return ackedLargest; }

    /** Whether it had been declared lost when its acknowledgment came: the loss was spurious. */
    public boolean lost() { return (flags & LOST) != 0; }

    void clear() {
        flags = path = bytes = size = 0;
        frames = 0;
        ackedLargest = -1;
        next = null;
        if (entries.length > 3 * KEPT_ENTRIES) entries = new long[3 * 4];
    }

    /** Free list of records, shared by all connections of an endpoint. */
    public static final class Pool {
        private final int most;
        private SentPacket free;
        private int count;

        /** @param most how many records are kept for reuse; more are left to the collector */
        public Pool(int most) { this.most = most; }

        /** A cleared record. */
        public SentPacket take() {
            SentPacket packet = free;
            if (packet == null) return new SentPacket();
            free = packet.next;
            packet.next = null;
            count--;
            return packet;
        }

        /** Gives back a record that was not sent after all. */
        public void give(SentPacket packet) {
            if (count >= most) return;
            packet.clear();
            packet.next = free;
            free = packet;
            count++;
        }
    }
}
