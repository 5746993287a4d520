package mqttq.quic.recovery;

import java.util.random.RandomGenerator;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.TransportError;

/**
 * Sent packets of the three packet number spaces until they are acknowledged or lost, RTT, probe timeouts, and the bytes in flight
 * against the congestion window of the current path (RFC 9002). One deadline for all. Times in ns; {@code space} as in
 * {@link PacketNumberSpace}.
 */
public final class LossDetector {
    /** What happens to sent packets. The record is valid until the method returns. */
    public interface Handler {
        /** Newly acknowledged; also once more, with {@link SentPacket#lost}, after {@link #onLost} where that was spurious. */
        void onAcked(int space, SentPacket packet);

        /** Lost: say again what in it is still worth it. */
        void onLost(int space, SentPacket packet);

        /** A probe is to carry again what this packet, still outstanding, carried. */
        void onProbe(int space, SentPacket packet);
    }

    /** Packets in flight or lost a short while ago, all spaces: stops a peer that acknowledges nothing from making us keep more. */
    public static final int MAX_OUTSTANDING = 1 << 14;
    /** Lost packets of a space that are remembered, to tell a spurious loss. */
    private static final int MAX_LOST = 1 << 8;
    /** kPacketThreshold; grows by one with each spurious loss, up to the second. */
    private static final int PACKET_THRESHOLD = 3, MAX_PACKET_THRESHOLD = 16;
    private static final int PERSISTENT_CONGESTION_THRESHOLD = 3;
    private static final long DEFAULT_MAX_ACK_DELAY = 25_000_000;
    private static final int MAX_BACKOFF = 20;
    private static final long LONGEST_PTO = 1L << 40;

    private final boolean client;
    private final SentPacket.Pool pool;
    private final SkippedNumbers skipped;
    private final Handler handler;
    private final SentPackets[] spaces = {new SentPackets(), new SentPackets(), new SentPackets()};

    // the current path
    private final RttEstimator rtt = new RttEstimator();
    /** Null: none was needed yet, or not for long, and the next burst is whole. */
    private Pacer pacer;
    private CongestionController congestion;
    private int path, datagram = 1200, bytesInFlight;
    private boolean pacingLimited, ecn = true;

    private int packetThreshold = PACKET_THRESHOLD;
    /** Packets lost since the window was reduced, less those that arrived after all. */
    private int unproven;
    private long maxAckDelay = DEFAULT_MAX_ACK_DELAY;
    private boolean handshakeKeys, handshakeConfirmed, addressValidated, amplificationLimited;
    private int ptoCount;
    private byte ptoSpace;
    private long timer = Long.MAX_VALUE;

    // the ACK frame being read
    private int ackSpace;
    private long ackLargest, ackDelay;
    private SentPacket newlyAcked;

    /** @param random where packet numbers to skip come from */
    public LossDetector(boolean client, CongestionController congestion, SentPacket.Pool pool, RandomGenerator random, Handler handler) {
        this.client = client;
        this.congestion = congestion;
        this.pool = pool;
        skipped = new SkippedNumbers(random);
        this.handler = handler;
        // RFC 9002 §6.2.2.1: a server needs no sign that the client believes in its address
        addressValidated = !client;
    }

    // --- sending

    /** The number that the next packet of the space will have; now and then one is left out, so that an ACK of it exposes a lying peer. */
    public long nextNumber(int space) { return spaces[space].next; }

    /** The largest number that the peer acknowledged, or -1: for truncating packet numbers. */
    public long largestAcked(int space) { return spaces[space].largestAcked; }

    /** An empty record for the packet being built, on the current path; hand it to {@link #onSent} or give it back with {@link #drop}. */
    public SentPacket packet() {
        SentPacket packet = pool.take();
        packet.path = path;
        return packet;
    }

    /** Gives back a record whose packet was not sent. */
    public void drop(SentPacket packet) { pool.give(packet); }

    /** The packet {@link #nextNumber} went out with {@code bytes} bytes (header and tag included). Takes the record over. */
    public void onSent(long now, int space, SentPacket packet, int bytes) {
        SentPackets sent = spaces[space];
        packet.number = sent.next++;
        packet.time = now;
        packet.bytes = bytes;
        if (space == PacketNumberSpace.APPLICATION) sent.next = skipped.next(sent.next);
        if (packet.is(SentPacket.ECT0)) {
            if (sent.ecn == null) sent.ecn = new Ecn();
            sent.ecn.sent++;
        }
        if (!packet.is(SentPacket.IN_FLIGHT | SentPacket.ACK_ELICITING)) {
            sent.addAckOnly(packet.number, now);
            pool.give(packet);
            return;
        }
        packet.flags |= SentPacket.IN_FLIGHT;
        sent.add(packet);
        if (packet.path == path) {
            bytesInFlight += bytes;
            pacer().onSent(now, bytes, congestion.window(), datagram, rtt);
        }
        if (packet.is(SentPacket.ACK_ELICITING)) {
            sent.ackOnly = 0;
            sent.eliciting++;
            sent.lastEliciting = now;
            if (sent.probes > 0) sent.probes--;
        }
        setTimer(now);
    }

    /** Bytes that the congestion window leaves now, ≥ 0. Probes ({@link #probes}) and packets with nothing but ACKs may go regardless. */
    public int room() {
        if (spaces[0].count() + spaces[1].count() + spaces[2].count() >= MAX_OUTSTANDING) return 0;
        return Math.max(0, congestion.window() - bytesInFlight);
    }

    /** When the pacer lets {@code bytes} go: not after {@code now} where at once. Asking counts as having data to send (RFC 9002 §7.8). */
    public long paced(long now, int bytes) {
        long next = pacer().next(now, bytes, congestion.window(), datagram, rtt);
        if (next > now) pacingLimited = true;
        return next;
    }

    private Pacer pacer() { return pacer != null ? pacer : (pacer = new Pacer()); }

    /**
     * RFC 9002 §7.5: how many ack-eliciting packets must still be sent in the space because of a probe timeout, congestion window or not.
     */
    public int probes(int space) { return spaces[space].probes; }

    /** Shows up to {@code count} of the oldest outstanding ack-eliciting packets to {@link Handler#onProbe}; returns how many. */
    public int probe(int space, int count) {
        SentPackets sent = spaces[space];
        int shown = 0;
        for (long p = sent.undecided(); shown < count && (p = sent.nextTaken(p, sent.tail())) < sent.tail(); p++) {
            SentPacket packet = sent.at(p);
            if (!packet.is(SentPacket.ACK_ELICITING) || packet.is(SentPacket.MTU_PROBE)) continue;
            handler.onProbe(space, packet);
            shown++;
        }
        return shown;
    }

    /** Whether ack-eliciting packets are outstanding in any space. */
    public boolean outstanding() { return spaces[0].eliciting + spaces[1].eliciting + spaces[2].eliciting > 0; }

    // --- acknowledgments: onAck, then onAckRange for each range from the largest down, then onAckEnd

    /**
     * An ACK frame begins. {@code ackDelay} in ns.
     * @throws QuicException PROTOCOL_VIOLATION where {@code largest} was never sent
     */
    public void onAck(int space, long largest, long ackDelay) throws QuicException {
        // RFC 9000 §13.1: nobody can acknowledge what was not sent
        if (largest >= spaces[space].next) throw new QuicException(TransportError.PROTOCOL_VIOLATION, 0x02, "ACK of a packet never sent");
        ackSpace = space;
        ackLargest = largest;
        this.ackDelay = Math.max(0, ackDelay);
        newlyAcked = null;
    }

    /**
     * One range of the frame, both ends included. Nothing is believed before {@link #onAckEnd}.
     * @throws QuicException PROTOCOL_VIOLATION where it holds a number that was left out
     */
    public void onAckRange(long smallest, long largest) throws QuicException {
        SentPackets sent = spaces[ackSpace];
        if (largest > ackLargest || smallest < 0 || smallest > largest)
            throw new QuicException(TransportError.FRAME_ENCODING_ERROR, 0x02, "ACK range out of order");
        if (ackSpace == PacketNumberSpace.APPLICATION && skipped.in(smallest, largest))
            throw new QuicException(TransportError.PROTOCOL_VIOLATION, 0x02, "ACK of a packet never sent");
        long end = sent.lowerBound(largest + 1);
        for (long p = sent.lowerBound(smallest); (p = sent.nextTaken(p, end)) < end; p++) {
            SentPacket packet = sent.remove(p);
            packet.next = newlyAcked;
            newlyAcked = packet;
        }
    }

    /**
     * The frame ends: takes the RTT sample, visits what is newly acknowledged, then what is now lost.
     * @param ect0 the frame's ECN counts, or -1 where it has none
     */
    public void onAckEnd(long now, long ect0, long ect1, long ce) {
        SentPackets sent = spaces[ackSpace];
        if (sent.discarded()) return;
        boolean advanced = ackLargest > sent.largestAcked;
        sent.largestAcked = Math.max(sent.largestAcked, ackLargest);
        if (newlyAcked == null) return;
        SentPacket acked = newlyAcked;
        newlyAcked = null;

        boolean eliciting = false;
        int marked = 0;
        boolean limited = windowLimited();
        pacingLimited = false;
        long largestTime = advanced ? sent.ackOnlyTime(ackLargest) : -1;
        boolean samePath = true;
        for (SentPacket p = acked; p != null; p = p.next) {
            eliciting |= p.is(SentPacket.ACK_ELICITING);
            if (p.is(SentPacket.ECT0)) marked++;
            if (p.number == ackLargest) {
                largestTime = p.time;
                samePath = p.path == path;
            }
            if (!p.lost()) leaveFlight(sent, p);
            sent.lastAckedSent = Math.max(sent.lastAckedSent, p.time);
        }
        // RFC 9002 §5.1: only from the largest, newly acknowledged, with something ack-eliciting among them
        if (largestTime >= 0 && eliciting && samePath) sample(now, largestTime);
        // RFC 9000 §13.4.2.1, §13.4.2.2: once it fails nothing is marked any more; not with an ACK that may be an old one
        if (advanced && ecn && sent.ecn != null) {
            boolean experienced = sent.ecn.experienced(ce);
            ecn = sent.ecn.take(marked, ect0, ect1, ce);
            if (!ecn) sent.ecn = null;
            if (ecn && experienced && largestTime >= 0) congestion.onCongestion(now, largestTime);
        }
        for (SentPacket p = acked; p != null; p = p.next) handler.onAcked(ackSpace, p);
        detectLost(now, ackSpace);

        for (SentPacket p = acked, next; p != null; p = next) {
            next = p.next;
            if (p.path == path) {
                if (!p.lost()) congestion.onAcked(now, p.time, p.bytes, limited, rtt);
                else if (!p.is(SentPacket.MTU_PROBE)) {
                    if (unproven > 0 && --unproven == 0) congestion.onSpuriousLoss();
                    packetThreshold = Math.min(packetThreshold + 1, MAX_PACKET_THRESHOLD);
                }
            }
            pool.give(p);
        }
        sent.probes = 0;
        if (ackSpace == PacketNumberSpace.HANDSHAKE) addressValidated = true;
        // RFC 9002 §6.2.1: not at a client that the server may still hold for an impostor
        if (addressValidated) ptoCount = 0;
        setTimer(now);
    }

    private void sample(long now, long sentTime) {
        long delay = ackDelay;
        // RFC 9002 §5.3: Initial packets are acknowledged at once; the peer's promise holds from confirmation on
        if (ackSpace == PacketNumberSpace.INITIAL) delay = 0;
        else if (handshakeConfirmed) delay = Math.min(delay, maxAckDelay);
        rtt.sample(now, Math.max(1, now - sentTime), delay);
        congestion.onSample(now, sentTime, rtt);
    }

    /** RFC 9002 §7.8: a window that was not used tells nothing about the path, and must not grow. */
    private boolean windowLimited() {
        int window = congestion.window();
        return pacingLimited || bytesInFlight + 3 * datagram >= window || window < congestion.ssthresh() && 2 * bytesInFlight >= window;
    }

    private void leaveFlight(SentPackets sent, SentPacket packet) {
        if (packet.path == path) bytesInFlight -= packet.bytes;
        if (packet.is(SentPacket.ACK_ELICITING)) sent.eliciting--;
    }

    // --- loss

    private void detectLost(long now, int space) {
        SentPackets sent = spaces[space];
        // RFC 9002 §6.1.2; §7.4: what was sent after the earliest acknowledged packet counts, whatever the peer could read
        long delay = Math.max(rtt.latest(), rtt.smoothed());
        delay = Math.max(delay + delay / 8, RttEstimator.GRANULARITY);
        long lastLoss = -1, newest = -1;
        int lost = 0;
        sent.lossTime = Long.MAX_VALUE;
        long p = sent.undecided();
        for (; (p = sent.nextTaken(p, sent.tail())) < sent.tail(); p++) {
            SentPacket packet = sent.at(p);
            if (packet.number > sent.largestAcked) break;
            if (packet.time > now - delay && distance(space, packet.number, sent.largestAcked) < packetThreshold) {
                // later packets were sent later: none of them is lost either
                sent.lossTime = packet.time + delay;
                break;
            }
            sent.lost(packet);
            packet.lostTime = now;
            leaveFlight(sent, packet);
            // RFC 9000 §14.4: a lost MTU probe says nothing about congestion
            if (packet.path == path && !packet.is(SentPacket.MTU_PROBE)) {
                lastLoss = packet.time;
                lost++;
                newest = p;
            }
            handler.onLost(space, packet);
        }
        sent.decided(p);
        if (lastLoss >= 0) {
            unproven = (congestion.onCongestion(now, lastLoss) ? 0 : unproven) + lost;
            if (persistent(sent, newest)) {
                congestion.onPersistentCongestion();
                unproven = 0;
                rtt.restartMin();
            }
        }
        forgetLost(now, sent);
    }

    /** How many packets were sent from {@code number} to {@code largest}: one that we left out is none. */
    private long distance(int space, long number, long largest) {
        return largest - number - (space == PacketNumberSpace.APPLICATION ? skipped.between(number, largest) : 0);
    }

    /**
     * RFC 9002 §7.6: whether the run of lost packets that ends at {@code position}, with none acknowledged in between, lasted long enough.
     */
    private boolean persistent(SentPackets sent, long position) {
        if (rtt.firstSample() < 0) return false;
        long first = Long.MAX_VALUE, last = -1;
        for (long p = position; p >= sent.head() && sent.isTaken(p); p--) {
            SentPacket packet = sent.at(p);
            if (!packet.lost() || packet.path != path || packet.time <= rtt.firstSample()) break;
            // RFC 9002 §7.6.2: both ends of the period are ack-eliciting
            if (!packet.is(SentPacket.ACK_ELICITING)) continue;
            if (last < 0) last = packet.time;
            first = packet.time;
        }
        for (SentPackets other : spaces)
            if (other.lastAckedSent > first && other.lastAckedSent < last) return false;
        return last >= 0 && last - first > PERSISTENT_CONGESTION_THRESHOLD * (rtt.pto() + maxAckDelay);
    }

    /** RFC 9000 §13.3: lost packets are kept for a while, so that a late acknowledgment of them is understood. */
    private void forgetLost(long now, SentPackets sent) {
        long before = now - PERSISTENT_CONGESTION_THRESHOLD * (rtt.pto() + maxAckDelay);
        while (sent.count() > 0) {
            SentPacket oldest = sent.at(sent.head());
            if (!oldest.lost()) break;
            if (oldest.lostTime > before && sent.lostCount() <= MAX_LOST && sent.count() <= MAX_OUTSTANDING / 4) break;
            pool.give(sent.remove(sent.head()));
        }
    }

    // --- time

    /** When {@link #onTimeout} must be called; {@code Long.MAX_VALUE}: never. */
    public long deadline() { return timer; }

    /** Visits what the time threshold declares lost, or, on a probe timeout, sets {@link #probes}. Does nothing before the deadline. */
    public void onTimeout(long now) {
        if (now < timer) return;
        int lossSpace = lossSpace();
        if (lossSpace >= 0) {
            detectLost(now, lossSpace);
            setTimer(now);
            return;
        }
        if (!outstanding()) {
            // RFC 9002 §6.2.2.1: the server may be waiting for bytes that let it send
            SentPackets sent = spaces[handshakeKeys ? PacketNumberSpace.HANDSHAKE : PacketNumberSpace.INITIAL];
            if (!sent.discarded()) sent.probes = 1;
        } else {
            // RFC 9002 §6.2, §6.2.4: two datagrams, and what other spaces have in flight along with them: 0-RTT with the ClientHello
            for (int s = 0; s < PacketNumberSpace.COUNT; s++)
                if (spaces[s].eliciting > 0 && (s != PacketNumberSpace.APPLICATION || handshakeConfirmed || client)) spaces[s].probes = 1;
            spaces[ptoSpace].probes = 2;
        }
        ptoCount++;
        // RFC 9000 §13.4.2: a path that drops what is marked must not stay silent for ever
        if (ptoCount > 1) ecn = false;
        for (SentPackets sent : spaces) if (sent.count() > 0) forgetLost(now, sent);
        setTimer(now);
    }

    private int lossSpace() {
        int space = -1;
        long time = Long.MAX_VALUE;
        for (int s = 0; s < PacketNumberSpace.COUNT; s++)
            if (spaces[s].lossTime < time) {
                time = spaces[s].lossTime;
                space = s;
            }
        return space;
    }

    /** RFC 9002 A.8. */
    private void setTimer(long now) {
        int lossSpace = lossSpace();
        timer = Long.MAX_VALUE;
        if (lossSpace >= 0) {
            timer = spaces[lossSpace].lossTime;
            return;
        }
        if (amplificationLimited) return;
        int backoff = Math.min(ptoCount, MAX_BACKOFF);
        long duration = Math.min(rtt.pto(), LONGEST_PTO) << backoff;
        if (!outstanding()) {
            if (!addressValidated && !handshakeConfirmed) timer = now + duration;
            return;
        }
        for (int s = 0; s < PacketNumberSpace.COUNT; s++) {
            if (spaces[s].eliciting == 0) continue;
            if (s == PacketNumberSpace.APPLICATION) {
                // RFC 9002 §6.2.1: the peer may be unable to read these yet
                if (!handshakeConfirmed) break;
                duration += maxAckDelay << backoff;
            }
            long time = spaces[s].lastEliciting + duration;
            if (time < timer) {
                timer = time;
                ptoSpace = (byte) s;
            }
        }
    }

    // --- what the connection learns

    /** The peer's max_ack_delay transport parameter, ns; 25 ms until then. */
    public void maxAckDelay(long nanos) { maxAckDelay = nanos; }

    /** We have Handshake keys: a client's anti-deadlock probe is then a Handshake packet. */
    public void handshakeKeys(long now) {
        handshakeKeys = true;
        setTimer(now);
    }

    /** The handshake is confirmed (RFC 9001 §4.1.2): the Application space has a probe timeout from now on. */
    public void handshakeConfirmed(long now) {
        handshakeConfirmed = addressValidated = true;
        setTimer(now);
    }

    /** Server: nothing can be sent before the client's address is validated or more bytes come; there is no probe timeout meanwhile. */
    public void amplificationLimited(long now, boolean limited) {
        if (limited == amplificationLimited) return;
        amplificationLimited = limited;
        setTimer(now);
    }

    /** Keys of the Initial or Handshake space are gone: its packets are neither acknowledged nor lost, and no longer in flight. */
    public void discard(long now, int space) {
        SentPackets sent = spaces[space];
        if (sent.discarded()) return;
        forget(sent, 0, -1);
        spaces[space] = SentPackets.GONE;
        ptoCount = 0;
        setTimer(now);
    }

    /** Client: a Retry came. All packets sent so far are visited as lost without congestion; numbers go on. */
    public void retry(long now) {
        for (int s = 0; s < PacketNumberSpace.COUNT; s++) {
            forget(spaces[s], 0, s);
            if (!spaces[s].discarded()) spaces[s].probes = 0;
        }
        ptoCount = 0;
        setTimer(now);
    }

    /** Client: 0-RTT was rejected. Packets marked {@link SentPacket#EARLY} are forgotten unvisited. */
    public void earlyRejected(long now) {
        forget(spaces[PacketNumberSpace.APPLICATION], SentPacket.EARLY, -1);
        setTimer(now);
    }

    /** Takes packets with any of {@code flags} (0: all) out; visits them as lost where {@code visit} is their space, not -1. */
    private void forget(SentPackets sent, int flags, int visit) {
        if (sent.discarded()) return;
        long end = sent.tail();
        for (long p = sent.head(); (p = sent.nextTaken(p, end)) < end; p++) {
            if (flags != 0 && !sent.at(p).is(flags)) continue;
            SentPacket packet = sent.remove(p);
            if (!packet.lost()) {
                leaveFlight(sent, packet);
                if (visit >= 0) handler.onLost(visit, packet);
            }
            pool.give(packet);
        }
        sent.lossTime = Long.MAX_VALUE;
    }

    /** A new path is used from now on: RTT and congestion start anew, packets sent elsewhere no longer count (RFC 9000 §9.4). */
    public void path(long now, int path, CongestionController congestion) {
        this.path = path;
        this.congestion = congestion;
        unproven = 0;
        rtt.reset(RttEstimator.INITIAL);
        pacingLimited = false;
        ecn = true;
        ptoCount = 0;
        bytesInFlight = 0;
        for (SentPackets sent : spaces)
            for (long p = sent.undecided(); (p = sent.nextTaken(p, sent.tail())) < sent.tail(); p++)
                if (sent.at(p).path == path) bytesInFlight += sent.at(p).bytes;
        setTimer(now);
    }

    /** A round trip of the current path measured by other means, where there is no sample yet. */
    public void hint(long now, long roundTrip) {
        if (rtt.firstSample() >= 0) return;
        rtt.reset(roundTrip);
        setTimer(now);
    }

    /** The path that application packets went by is dead: all are visited as lost, without congestion. */
    public void abandon(long now) {
        forget(spaces[PacketNumberSpace.APPLICATION], 0, PacketNumberSpace.APPLICATION);
        spaces[PacketNumberSpace.APPLICATION].probes = 0;
        setTimer(now);
    }

    /** The datagram size of the current path. */
    public void datagramSize(int bytes) {
        datagram = bytes;
        congestion.datagramSize(bytes);
    }

    // --- for the trace, time-outs of others, and tests

    public RttEstimator rtt() { return rtt; }
    public CongestionController congestion() { return congestion; }

    /** Probe timeout without back-off, with max_ack_delay: the unit of the idle, draining and key discard times. */
    public long pto() { return rtt.pto() + maxAckDelay; }
    public int ptoCount() { return ptoCount; }
    public int bytesInFlight() { return bytesInFlight; }

    /** Whether packets may be marked ECT(0): validation (RFC 9000 §13.4.2) has not failed. */
    public boolean ecn() { return ecn; }

    /** Ack-only packets sent since the last ack-eliciting one of the space: add a PING now and then (RFC 9000 §13.2.4). */
    public int ackOnly(int space) { return spaces[space].ackOnly; }

    /** Gives memory back that a burst took, and forgets what was lost, where nothing is outstanding: for a connection that goes idle. */
    public void trim() {
        for (SentPackets sent : spaces) {
            while (sent.count() > 0 && sent.at(sent.head()).lost()) pool.give(sent.remove(sent.head()));
            sent.trim();
        }
        pacer = null;
        congestion.trim();
    }

    /** Gives all records back; nothing may be called afterwards. */
    public void close() {
        for (SentPackets sent : spaces) forget(sent, 0, -1);
        timer = Long.MAX_VALUE;
    }
}
