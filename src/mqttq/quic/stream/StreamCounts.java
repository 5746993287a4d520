package mqttq.quic.stream;

import java.nio.ByteBuffer;
import mqttq.quic.frame.FrameType;
import mqttq.quic.frame.FrameWriter;
import mqttq.quic.recovery.SentPacket;

/**
 * How many streams of one kind, bidirectional or unidirectional, each side has opened and may open (RFC 9000 §4.6). Streams as indexes: id
 * / 4.
 */
final class StreamCounts {
    private final boolean bidi;
    // what the peer lets us open
    private long opened, allowed;
    private boolean wanted;
    private Announced blocked = Announced.NEVER;
    // what we let the peer open
    private final int atOnce;
    private long limit, peerOpened, peerClosed;
    private Announced update = Announced.NEVER;
    /** Below {@link #peerOpened}, but nothing was heard of them yet: made when they are used. */
    private RangeSet unborn = RangeSet.NONE;

    StreamCounts(boolean bidi, int atOnce) {
        this.bidi = bidi;
        this.atOnce = atOnce;
        limit = atOnce;
    }

    // --- ours

    /** The index of a new stream, or -1 where the peer allows no more: it will be told that we want one. */
    long open() {
        if (opened < allowed) return opened++;
        wanted = true;
        blocked = blocked.once(allowed);
        return -1;
    }

    boolean isOpened(long index) { return index < opened; }

    /** Whether a stream of ours may be mentioned: it may have been opened under a remembered limit. */
    boolean admits(long index) { return index < allowed; }

    boolean allow(long maximum) {
        if (maximum <= allowed) return false;
        allowed = maximum;
        blocked.cancel();
        return true;
    }

    /** Whether a stream that {@link #open} refused can be opened now; says so once. */
    boolean openable() {
        if (!wanted || opened >= allowed) return false;
        wanted = false;
        return true;
    }

    /** 0-RTT was rejected: nothing is allowed, and nothing arrived. */
    void rewind() {
        allowed = 0;
        blocked.cancel();
        update.rewind();
    }

    // --- the peer's

    boolean exceeds(long index) { return index >= limit; }

    /**
     * Whether the peer mentions this stream for the first time. RFC 9000 §3.2: opens those below as well, which cost nothing until used.
     */
    boolean isNew(long index) {
        if (index >= peerOpened) {
            if (index > peerOpened) {
                unborn = unborn.own();
                unborn.add(peerOpened, index);
            }
            peerOpened = index + 1;
            return true;
        }
        if (!unborn.contains(index)) return false;
        unborn.remove(index, index + 1);
        return true;
    }

    /** A stream of the peer is over: as many as before may be open at once, which the peer is told in halves. */
    void closed() {
        peerClosed++;
        if (atOnce + peerClosed - limit >= Math.max(1, atOnce / 2)) update = update.request();
    }

    // --- packets

    boolean pending() { return update.pending() || blocked.pending(); }

    boolean write(ByteBuffer packet, SentPacket record) {
        if (update.pending()) {
            long maximum = atOnce + peerClosed;
            if (!FrameWriter.maxStreams(packet, bidi, maximum)) return false;
            limit = maximum;
            record.add(bidi ? FrameType.MAX_STREAMS_BIDI : FrameType.MAX_STREAMS_UNI, 0, maximum);
            update.sent(maximum);
        }
        if (blocked.pending()) {
            if (!FrameWriter.streamsBlocked(packet, bidi, blocked.value())) return false;
            record.add(bidi ? FrameType.STREAMS_BLOCKED_BIDI : FrameType.STREAMS_BLOCKED_UNI, 0, blocked.value());
            blocked.sent(blocked.value());
        }
        return true;
    }

    void onMaxStreamsAcked(long maximum) { update.acked(maximum); }
    void onMaxStreamsLost(long maximum) { update.lost(maximum); }
    void onStreamsBlockedLost(long maximum) { blocked.lost(maximum); }
}
