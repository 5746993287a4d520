package mqttq.quic.recovery;

import java.util.random.RandomGenerator;
import mqttq.quic.packet.QuicException;

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

    /** @param random where packet numbers to skip come from */
    public LossDetector(boolean client, CongestionController congestion, SentPacket.Pool pool, RandomGenerator random, Handler handler) {
        throw new UnsupportedOperationException();
    }

    // --- sending

    /** The number that the next packet of the space will have; now and then one is left out, so that an ACK of it exposes a lying peer. */
    public long nextNumber(int space) {
        throw new UnsupportedOperationException();
    }

    /** The largest number that the peer acknowledged, or -1: for truncating packet numbers. */
    public long largestAcked(int space) {
        throw new UnsupportedOperationException();
    }

    /** An empty record for the packet being built, on the current path; hand it to {@link #onSent} or give it back with {@link #drop}. */
    public SentPacket packet() {
        throw new UnsupportedOperationException();
    }

    /** Gives back a record whose packet was not sent. */
    public void drop(SentPacket packet) {
        throw new UnsupportedOperationException();
    }

    /** The packet {@link #nextNumber} went out with {@code bytes} bytes (header and tag included). Takes the record over. */
    public void onSent(long now, int space, SentPacket packet, int bytes) {
        throw new UnsupportedOperationException();
    }

    /** Bytes that the congestion window leaves now, ≥ 0. Probes ({@link #probes}) and packets with nothing but ACKs may go regardless. */
    public int room() {
        throw new UnsupportedOperationException();
    }

    /** When the pacer lets the next {@code bytes} go: not after {@code now} where at once. Asking counts as having data to send (RFC 9002 §7.8). */
    public long paced(long now, int bytes) {
        throw new UnsupportedOperationException();
    }

    /** How many ack-eliciting packets must still be sent in the space because of a probe timeout, congestion window or not. */
    public int probes(int space) {
        throw new UnsupportedOperationException();
    }

    /** Shows up to {@code count} of the oldest outstanding ack-eliciting packets to {@link Handler#onProbe}; returns how many. */
    public int probe(int space, int count) {
        throw new UnsupportedOperationException();
    }

    /** Ack-eliciting packets outstanding, any space. */
    public boolean outstanding() {
        throw new UnsupportedOperationException();
    }

    // --- acknowledgments: onAck, then onAckRange for each range from the largest down, then onAckEnd

    /**
     * An ACK frame begins. {@code ackDelay} in ns (0 in Initial packets).
     * @throws QuicException PROTOCOL_VIOLATION where {@code largest} was never sent
     */
    public void onAck(int space, long largest, long ackDelay) throws QuicException {
        throw new UnsupportedOperationException();
    }

    /**
     * One range of the frame, both ends included. Nothing is believed before {@link #onAckEnd}.
     * @throws QuicException PROTOCOL_VIOLATION where it holds a number that was left out
     */
    public void onAckRange(long smallest, long largest) throws QuicException {
        throw new UnsupportedOperationException();
    }

    /**
     * The frame ends: takes the RTT sample, visits what is newly acknowledged, then what is now lost.
     * @param ect0 the frame's ECN counts, or -1 where it has none
     */
    public void onAckEnd(long now, long ect0, long ect1, long ce) {
        throw new UnsupportedOperationException();
    }

    // --- time

    /** When {@link #onTimeout} must be called; {@code Long.MAX_VALUE}: never. */
    public long deadline() {
        throw new UnsupportedOperationException();
    }

    /** Visits what the time threshold declares lost, or, on a probe timeout, sets {@link #probes}. Does nothing before the deadline. */
    public void onTimeout(long now) {
        throw new UnsupportedOperationException();
    }

    // --- what the connection learns

    /** The peer's max_ack_delay transport parameter, ns; 25 ms until then. */
    public void maxAckDelay(long nanos) {
        throw new UnsupportedOperationException();
    }

    /** We have Handshake keys: a client's anti-deadlock probe is then a Handshake packet. */
    public void handshakeKeys(long now) {
        throw new UnsupportedOperationException();
    }

    /** The handshake is confirmed (RFC 9001 §4.1.2): the Application space has a probe timeout from now on. */
    public void handshakeConfirmed(long now) {
        throw new UnsupportedOperationException();
    }

    /** Server: nothing can be sent before the client's address is validated or more bytes come; there is no probe timeout meanwhile. */
    public void amplificationLimited(long now, boolean limited) {
        throw new UnsupportedOperationException();
    }

    /** Keys of the Initial or Handshake space are gone: its packets are neither acknowledged nor lost, and no longer in flight. */
    public void discard(long now, int space) {
        throw new UnsupportedOperationException();
    }

    /** Client: a Retry came. All packets sent so far are visited as lost without congestion; numbers go on. */
    public void retry(long now) {
        throw new UnsupportedOperationException();
    }

    /** Client: 0-RTT was rejected. Packets marked {@link SentPacket#EARLY} are forgotten unvisited. */
    public void earlyRejected(long now) {
        throw new UnsupportedOperationException();
    }

    /** A new path is used from now on: RTT and congestion start anew, packets sent elsewhere no longer count (RFC 9000 §9.4). */
    public void path(long now, int path, CongestionController congestion) {
        throw new UnsupportedOperationException();
    }

    /** The datagram size of the current path. */
    public void datagramSize(int bytes) {
        throw new UnsupportedOperationException();
    }

    // --- for the trace, time-outs of others, and tests

    public RttEstimator rtt() {
        throw new UnsupportedOperationException();
    }

    public CongestionController congestion() {
        throw new UnsupportedOperationException();
    }

    /** Probe timeout without back-off, with max_ack_delay: the unit of the idle, draining and key discard times. */
    public long pto() {
        throw new UnsupportedOperationException();
    }

    public int ptoCount() {
        throw new UnsupportedOperationException();
    }

    public int bytesInFlight() {
        throw new UnsupportedOperationException();
    }

    /** Whether packets may be marked ECT(0): validation (RFC 9000 §13.4.2) has not failed. */
    public boolean ecn() {
        throw new UnsupportedOperationException();
    }

    /** Ack-only packets sent since the last ack-eliciting one of the space: add a PING now and then (RFC 9000 §13.2.4). */
    public int ackOnly(int space) {
        throw new UnsupportedOperationException();
    }

    /** Gives all records back; nothing may be called afterwards. */
    public void close() {
        throw new UnsupportedOperationException();
    }
}
