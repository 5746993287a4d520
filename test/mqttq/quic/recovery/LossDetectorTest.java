package mqttq.quic.recovery;

import static mqttq.quic.recovery.PacketNumberSpace.APPLICATION;
import static mqttq.quic.recovery.PacketNumberSpace.HANDSHAKE;
import static mqttq.quic.recovery.PacketNumberSpace.INITIAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.TransportError;
import org.junit.jupiter.api.Test;

class LossDetectorTest {
    private static final long MS = 1_000_000, NEVER = Long.MAX_VALUE;
    private final List<Long> acked = new ArrayList<>(), spurious = new ArrayList<>(), lost = new ArrayList<>(), probed = new ArrayList<>();
    private final NewReno reno = new NewReno(1200);
    private LossDetector detector = make(false);

    private LossDetector make(boolean client) {
        return new LossDetector(client, reno, new SentPacket.Pool(64), new Random(1), new LossDetector.Handler() {
            @Override public void onAcked(int space, SentPacket packet) {
                (packet.lost() ? spurious : acked).add(packet.number());
            }

            @Override public void onLost(int space, SentPacket packet) {
                lost.add(packet.number());
            }

            @Override public void onProbe(int space, SentPacket packet) {
                probed.add(packet.number());
            }
        });
    }

    private long send(long now, int space, int flags) {
        SentPacket packet = detector.packet();
        packet.flag(flags);
        long number = detector.nextNumber(space);
        detector.onSent(now, space, packet, 1200);
        return number;
    }

    private long send(long now, int space) {
        return send(now, space, SentPacket.ACK_ELICITING);
    }

    private void send(long now, int space, int flags, int count) {
        for (int i = 0; i < count; i++) send(now, space, flags);
    }

    /** Acknowledges ranges given as low, high, from the highest. */
    private void ack(long now, int space, long delay, long... ranges) throws QuicException {
        detector.onAck(space, ranges[1], delay);
        for (int i = 0; i < ranges.length; i += 2) detector.onAckRange(ranges[i], ranges[i + 1]);
        detector.onAckEnd(now, -1, -1, -1);
    }

    private void confirmed() {
        detector.handshakeConfirmed(0);
        detector.maxAckDelay(25 * MS);
    }

    // --- RTT

    @Test void takesASampleOnlyFromANewLargest() throws QuicException {
        send(0, APPLICATION);
        send(10 * MS, APPLICATION);
        ack(110 * MS, APPLICATION, 0, 1, 1);
        assertEquals(100 * MS, detector.rtt().latest());
        ack(500 * MS, APPLICATION, 0, 0, 1);
        assertEquals(100 * MS, detector.rtt().latest());
        assertEquals(List.of(1L, 0L), acked);
    }

    @Test void takesNoSampleFromAckOnlyPackets() throws QuicException {
        send(0, APPLICATION, 0);
        ack(100 * MS, APPLICATION, 0, 0, 0);
        assertEquals(-1, detector.rtt().firstSample());
    }

    @Test void takesASampleWhereTheLargestIsAckOnlyAndAnotherElicits() throws QuicException {
        send(0, APPLICATION);
        send(30 * MS, APPLICATION, 0);
        ack(100 * MS, APPLICATION, 0, 0, 1);
        assertEquals(70 * MS, detector.rtt().latest());
    }

    @Test void believesLongDelaysUntilTheHandshakeIsConfirmed() throws QuicException {
        send(0, APPLICATION);
        ack(100 * MS, APPLICATION, 0, 0, 0);
        send(100 * MS, APPLICATION);
        ack(300 * MS, APPLICATION, 100 * MS, 1, 1);
        assertEquals(100 * MS, detector.rtt().smoothed());
    }

    @Test void capsDelaysByMaxAckDelayOnceConfirmed() throws QuicException {
        confirmed();
        send(0, APPLICATION);
        ack(100 * MS, APPLICATION, 0, 0, 0);
        send(100 * MS, APPLICATION);
        ack(300 * MS, APPLICATION, 100 * MS, 1, 1);
        assertEquals((7 * 100 + 175) * MS / 8, detector.rtt().smoothed());
    }

    // --- loss

    @Test void packetThresholdIsThree() throws QuicException {
        send(0, APPLICATION, SentPacket.ACK_ELICITING, 5);
        ack(10 * MS, APPLICATION, 0, 2, 2);
        assertEquals(List.of(), lost);
        ack(10 * MS, APPLICATION, 0, 3, 3);
        assertEquals(List.of(0L), lost);
        ack(10 * MS, APPLICATION, 0, 4, 4);
        assertEquals(List.of(0L, 1L), lost);
    }

    @Test void timeThresholdIsNineEighths() throws QuicException {
        send(0, APPLICATION);
        send(0, APPLICATION);
        ack(80 * MS, APPLICATION, 0, 1, 1);
        assertEquals(90 * MS, detector.deadline());
        detector.onTimeout(90 * MS - 1);
        assertEquals(List.of(), lost);
        detector.onTimeout(90 * MS);
        assertEquals(List.of(0L), lost);
    }

    @Test void timeThresholdIsAtLeastAMillisecond() throws QuicException {
        send(0, APPLICATION);
        send(0, APPLICATION);
        ack(MS / 10, APPLICATION, 0, 1, 1);
        assertEquals(MS, detector.deadline());
    }

    @Test void packetsAfterTheLargestAcknowledgedAreNotLost() throws QuicException {
        send(0, APPLICATION, SentPacket.ACK_ELICITING, 6);
        ack(100 * MS, APPLICATION, 0, 0, 0);
        assertEquals(List.of(), lost);
    }

    @Test void lossFreesTheWindowAndHalvesItOnce() throws QuicException {
        send(0, APPLICATION, SentPacket.ACK_ELICITING, 10);
        assertEquals(0, detector.room());
        ack(10 * MS, APPLICATION, 0, 9, 9);
        assertEquals(7, lost.size());
        assertEquals(2 * 1200, detector.bytesInFlight());
        assertEquals(6_000, reno.window());
    }

    @Test void lostMtuProbeIsNoCongestion() throws QuicException {
        send(0, APPLICATION, SentPacket.ACK_ELICITING | SentPacket.MTU_PROBE);
        send(0, APPLICATION, SentPacket.ACK_ELICITING, 3);
        ack(10 * MS, APPLICATION, 0, 1, 3);
        assertEquals(List.of(0L), lost);
        assertEquals("slow_start", reno.state());
        assertEquals(0, detector.bytesInFlight());
    }

    @Test void aLateAcknowledgmentShowsThatALossWasSpurious() throws QuicException {
        send(0, APPLICATION, SentPacket.ACK_ELICITING, 4);
        ack(10 * MS, APPLICATION, 0, 1, 3);
        assertEquals(List.of(0L), lost);
        ack(12 * MS, APPLICATION, 0, 0, 3);
        assertEquals(List.of(0L), spurious);
        assertEquals(0, detector.bytesInFlight());
        send(20 * MS, APPLICATION, SentPacket.ACK_ELICITING, 4);
        ack(30 * MS, APPLICATION, 0, 5, 7);
        assertEquals(List.of(0L), lost, "the packet threshold has grown");
    }

    @Test void whenAllThatWasLostArrivesTheWindowIsAsBefore() throws QuicException {
        LossDetector d = new LossDetector(true, new Cubic(1200), new SentPacket.Pool(64), new java.util.Random(1), detectorHandler());
        d.handshakeConfirmed(0);
        for (int i = 0; i < 6; i++) {
            SentPacket packet = d.packet();
            packet.flag(SentPacket.ACK_ELICITING);
            d.onSent(0, APPLICATION, packet, 1200);
        }
        int window = d.congestion().window();
        acknowledge(d, 10 * MS, 2, 5);
        int reduced = d.congestion().window();
        org.junit.jupiter.api.Assertions.assertTrue(reduced < window);
        acknowledge(d, 11 * MS, 0, 0);
        assertEquals(reduced, d.congestion().window());
        acknowledge(d, 12 * MS, 1, 1);
        org.junit.jupiter.api.Assertions.assertTrue(d.congestion().window() >= window);
    }

    private static void acknowledge(LossDetector d, long now, long from, long to) throws QuicException {
        d.onAck(APPLICATION, 5, 0);
        d.onAckRange(from, to);
        d.onAckEnd(now, -1, -1, -1);
    }

    private static LossDetector.Handler detectorHandler() {
        return new LossDetector.Handler() {
            @Override public void onAcked(int space, SentPacket packet) { }

            @Override public void onLost(int space, SentPacket packet) { }

            @Override public void onProbe(int space, SentPacket packet) { }
        };
    }

    @Test void forgetsLostPacketsAfterAWhile() throws QuicException {
        send(0, APPLICATION, SentPacket.ACK_ELICITING, 4);
        ack(10 * MS, APPLICATION, 0, 1, 3);
        send(10_000 * MS, APPLICATION);
        ack(10_010 * MS, APPLICATION, 0, 4, 4);
        ack(10_011 * MS, APPLICATION, 0, 0, 4);
        assertEquals(List.of(), spurious);
    }

    @Test void trimmingForgetsAndGoesOn() throws QuicException {
        send(0, APPLICATION, SentPacket.ACK_ELICITING, 4);
        ack(10 * MS, APPLICATION, 0, 1, 3);
        detector.trim();
        send(20 * MS, APPLICATION, SentPacket.ACK_ELICITING, 2);
        ack(30 * MS, APPLICATION, 0, 0, 5);
        assertEquals(List.of(), spurious);
        assertEquals(5, acked.size());
        assertEquals(0, detector.bytesInFlight());
    }

    @Test void ourOwnSkippedNumberDoesNotShortenTheThreshold() throws QuicException {
        long now = 0, number;
        for (;; now += MS) {
            number = send(now, APPLICATION);
            if (detector.nextNumber(APPLICATION) != number + 1) break;
            ack(now + 1, APPLICATION, 0, number, number);
        }
        send(now, APPLICATION, SentPacket.ACK_ELICITING, 3);
        ack(now + 1, APPLICATION, 0, number + 3, number + 3);
        assertEquals(List.of(), lost, "two packets later, with a number left out");
        ack(now + 1, APPLICATION, 0, number + 4, number + 4);
        assertEquals(List.of(number), lost);
    }

    // --- lying peers

    @Test void acknowledgmentOfANeverSentPacketIsAViolation() {
        send(0, APPLICATION);
        QuicException e = assertThrows(QuicException.class, () -> ack(1, APPLICATION, 0, 0, 1));
        assertEquals(TransportError.PROTOCOL_VIOLATION, e.code());
        assertEquals(List.of(), acked);
    }

    @Test void acknowledgmentOfASkippedNumberIsAViolationBeforeCongestionControlSeesIt() {
        long skipped = -1;
        for (int i = 0; skipped < 0; i++) {
            long n = send(i, APPLICATION);
            if (detector.nextNumber(APPLICATION) != n + 1) skipped = n + 1;
        }
        assertTrue(skipped <= 512, "within twice the period");
        send(1000, APPLICATION);
        long number = skipped;
        int inFlight = detector.bytesInFlight(), window = reno.window();
        QuicException e = assertThrows(QuicException.class, () -> ack(2000, APPLICATION, 0, 0, number + 1));
        assertEquals(TransportError.PROTOCOL_VIOLATION, e.code());
        assertEquals(inFlight, detector.bytesInFlight());
        assertEquals(window, reno.window());
    }

    @Test void numbersAreLeftOutAlsoInLongTransfers() throws QuicException {
        long last = -1, count = 0;
        for (int i = 0; i < 1_000_000; i++) {
            long n = send(i, APPLICATION);
            if (n != last + 1) count++;
            last = n;
            ack(i + 1, APPLICATION, 0, n, n);
        }
        assertTrue(count >= 15 && count < 40, "skips " + count);
    }

    // --- probe timeouts

    @Test void ptoOfTheInitialSpaceIsOneSecond() {
        send(5 * MS, INITIAL);
        assertEquals(5 * MS + 999 * MS, detector.deadline());
    }

    @Test void ptoDoublesAndDeclaresNothingLost() {
        send(0, INITIAL);
        detector.onTimeout(999 * MS);
        assertEquals(2, detector.probes(INITIAL));
        assertEquals(List.of(), lost);
        send(999 * MS, INITIAL);
        send(999 * MS, INITIAL);
        assertEquals(0, detector.probes(INITIAL));
        assertEquals(999 * MS + 2 * 999 * MS, detector.deadline());
        detector.onTimeout(detector.deadline());
        assertEquals(2, detector.ptoCount());
    }

    @Test void acknowledgmentResetsTheBackoff() throws QuicException {
        send(0, INITIAL);
        detector.onTimeout(999 * MS);
        send(999 * MS, INITIAL);
        ack(1099 * MS, INITIAL, 0, 1, 1);
        assertEquals(0, detector.ptoCount());
    }

    @Test void clientKeepsTheBackoffOnInitialAcknowledgments() throws QuicException {
        detector = make(true);
        send(0, INITIAL);
        detector.onTimeout(999 * MS);
        send(999 * MS, INITIAL);
        ack(1099 * MS, INITIAL, 0, 0, 1);
        assertEquals(1, detector.ptoCount());
        send(1100 * MS, HANDSHAKE);
        ack(1200 * MS, HANDSHAKE, 0, 0, 0);
        assertEquals(0, detector.ptoCount());
    }

    @Test void applicationSpaceHasNoPtoBeforeTheHandshakeIsConfirmed() {
        send(0, APPLICATION);
        assertEquals(NEVER, detector.deadline());
        detector.handshakeConfirmed(MS);
        assertEquals((999 + 25) * MS, detector.deadline());
    }

    @Test void maxAckDelayIsBackedOffToo() {
        confirmed();
        send(0, APPLICATION);
        detector.onTimeout((999 + 25) * MS);
        assertEquals(2 * (999 + 25) * MS, detector.deadline());
    }

    @Test void theEarlierSpaceIsProbedAndTheOtherComesAlong() {
        send(0, HANDSHAKE);
        send(MS, INITIAL);
        assertEquals(999 * MS, detector.deadline());
        detector.onTimeout(999 * MS);
        assertEquals(2, detector.probes(HANDSHAKE));
        assertEquals(1, detector.probes(INITIAL));
    }

    @Test void clientProbesWithNothingInFlightUntilTheServerKnowsIt() throws QuicException {
        detector = make(true);
        send(0, INITIAL);
        ack(100 * MS, INITIAL, 0, 0, 0);
        assertEquals((100 + 300) * MS, detector.deadline());
        detector.onTimeout(400 * MS);
        assertEquals(1, detector.probes(INITIAL));
        detector.handshakeKeys(400 * MS);
        detector.onTimeout(detector.deadline());
        assertEquals(1, detector.probes(HANDSHAKE));
        send(2000 * MS, HANDSHAKE);
        ack(2100 * MS, HANDSHAKE, 0, 0, 0);
        assertEquals(NEVER, detector.deadline());
    }

    @Test void serverHasNoTimerWithNothingInFlight() throws QuicException {
        send(0, INITIAL);
        ack(100 * MS, INITIAL, 0, 0, 0);
        assertEquals(NEVER, detector.deadline());
    }

    @Test void serverHasNoTimerAtTheAmplificationLimit() {
        send(0, INITIAL);
        detector.amplificationLimited(MS, true);
        assertEquals(NEVER, detector.deadline());
        detector.amplificationLimited(5000 * MS, false);
        assertEquals(999 * MS, detector.deadline(), "overdue: fires at once");
    }

    @Test void lossTimerComesBeforePto() throws QuicException {
        confirmed();
        send(0, APPLICATION, SentPacket.ACK_ELICITING, 2);
        ack(8 * MS, APPLICATION, 0, 1, 1);
        assertEquals(9 * MS, detector.deadline());
        detector.onTimeout(9 * MS);
        assertEquals(0, detector.probes(APPLICATION));
    }

    @Test void probeShowsTheOldestOutstanding() throws QuicException {
        send(0, APPLICATION, SentPacket.ACK_ELICITING, 5);
        ack(10 * MS, APPLICATION, 0, 0, 0);
        send(10 * MS, APPLICATION, 0);
        assertEquals(2, detector.probe(APPLICATION, 2));
        assertEquals(List.of(1L, 2L), probed);
        assertEquals(0, detector.probe(HANDSHAKE, 2));
    }

    @Test void hugeRttsDoNotOverflow() throws QuicException {
        confirmed();
        send(0, APPLICATION);
        ack(1L << 61, APPLICATION, 0, 0, 0);
        send(1L << 61, APPLICATION);
        for (int i = 0; i < 40; i++) {
            assertTrue(detector.deadline() > 1L << 61);
            detector.onTimeout(detector.deadline());
        }
    }

    // --- persistent congestion: the example of RFC 9002 §7.6.3, with an RTT sample before

    private void sampleOf(long now, long rttNanos) throws QuicException {
        long n = send(now - rttNanos, APPLICATION);
        ack(now, APPLICATION, 0, n, n);
    }

    /** Three packets lost, first and last {@code duration} apart; the persistent congestion duration is 3 * (100 + 4 * 37.5 + 25) ms. */
    private void loseOver(long duration) throws QuicException {
        confirmed();
        sampleOf(100 * MS, 100 * MS);
        long first = detector.nextNumber(APPLICATION);
        send(200 * MS, APPLICATION);
        send(500 * MS, APPLICATION);
        send(200 * MS + duration, APPLICATION);
        send(1300 * MS, APPLICATION);
        ack(1400 * MS, APPLICATION, 0, first + 3, first + 3);
        assertEquals(3, lost.size());
    }

    @Test void persistentCongestionCollapsesTheWindow() throws QuicException {
        loseOver(825 * MS + 1);
        assertEquals(2_400, reno.window());
        assertEquals(100 * MS, detector.rtt().min());
    }

    @Test void lossesOverAShorterTimeAreNotPersistentCongestion() throws QuicException {
        loseOver(825 * MS);
        assertEquals(6_000, reno.window());
    }

    @Test void anAcknowledgmentInBetweenIsNotPersistentCongestion() throws QuicException {
        confirmed();
        sampleOf(100 * MS, 100 * MS);
        long first = detector.nextNumber(APPLICATION);
        send(200 * MS, APPLICATION);
        send(700 * MS, APPLICATION);
        send(1200 * MS, APPLICATION);
        send(2000 * MS, APPLICATION);
        ack(2100 * MS, APPLICATION, 0, first + 3, first + 3, first + 1, first + 1);
        assertEquals(2, lost.size());
        assertTrue(reno.window() > 2_400);
    }

    @Test void lossesBeforeTheFirstSampleAreNotPersistentCongestion() throws QuicException {
        confirmed();
        send(0, APPLICATION);
        send(5000 * MS, APPLICATION);
        send(10_000 * MS, APPLICATION);
        ack(10_100 * MS, APPLICATION, 0, 2, 2);
        assertEquals(2, lost.size());
        assertEquals(6_000, reno.window());
    }

    // --- the rest

    @Test void unusedWindowDoesNotGrow() throws QuicException {
        for (int i = 0; i < 100; i++) {
            long n = send(i * MS, APPLICATION);
            ack(i * MS + 1, APPLICATION, 0, n, n);
        }
        assertEquals(12_000, reno.window());
    }

    @Test void usedWindowGrows() throws QuicException {
        send(0, APPLICATION, SentPacket.ACK_ELICITING, 10);
        ack(10 * MS, APPLICATION, 0, 0, 9);
        assertEquals(24_000, reno.window());
    }

    @Test void pacingDelayIsNotTheApplicationsFault() throws QuicException {
        long n = send(0, APPLICATION);
        ack(50 * MS, APPLICATION, 0, n, n);
        while (detector.paced(60 * MS, 1200) <= 60 * MS) send(60 * MS, APPLICATION);
        ack(110 * MS, APPLICATION, 0, 1, 2);
        assertTrue(reno.window() > 12_000);
    }

    @Test void discardingASpaceFreesTheWindowAndTheTimer() {
        send(0, INITIAL);
        send(0, HANDSHAKE);
        detector.onTimeout(999 * MS);
        detector.discard(1000 * MS, INITIAL);
        assertEquals(1200, detector.bytesInFlight());
        assertEquals(0, detector.ptoCount());
        assertEquals(0, detector.probes(INITIAL));
        detector.discard(1000 * MS, HANDSHAKE);
        assertEquals(0, detector.bytesInFlight());
        assertEquals(NEVER, detector.deadline());
        assertEquals(List.of(), lost);
    }

    @Test void retryBringsEverythingBackWithoutCongestion() {
        detector = make(true);
        send(0, INITIAL);
        send(0, APPLICATION, SentPacket.ACK_ELICITING | SentPacket.EARLY);
        detector.retry(10 * MS);
        assertEquals(List.of(0L, 0L), lost);
        assertEquals(12_000, reno.window());
        assertEquals(0, detector.bytesInFlight());
        assertEquals(1, detector.nextNumber(INITIAL));
    }

    @Test void rejectedEarlyDataIsForgotten() {
        send(0, APPLICATION, SentPacket.ACK_ELICITING | SentPacket.EARLY, 3);
        long n = send(0, APPLICATION);
        detector.earlyRejected(MS);
        assertEquals(List.of(), lost);
        assertEquals(1200, detector.bytesInFlight());
        detector.probe(APPLICATION, 9);
        assertEquals(List.of(n), probed);
    }

    @Test void aNewPathStartsAnew() throws QuicException {
        send(0, APPLICATION, SentPacket.ACK_ELICITING, 4);
        ack(10 * MS, APPLICATION, 0, 0, 0);
        NewReno other = new NewReno(1200);
        detector.path(20 * MS, 1, other);
        assertEquals(0, detector.bytesInFlight());
        assertEquals(-1, detector.rtt().firstSample());
        send(20 * MS, APPLICATION, SentPacket.ACK_ELICITING, 3);
        ack(30 * MS, APPLICATION, 0, 6, 6);
        assertEquals(List.of(1L, 2L, 3L), lost);
        assertEquals(12_000, other.window(), "losses elsewhere are no congestion here");
        assertEquals(2 * 1200, detector.bytesInFlight());
        assertEquals(10 * MS, detector.rtt().latest());
    }

    @Test void packetsProbingAnotherPathDoNotCount() throws QuicException {
        SentPacket packet = detector.packet();
        packet.flag(SentPacket.ACK_ELICITING);
        packet.path(7);
        detector.onSent(0, APPLICATION, packet, 1200);
        assertEquals(0, detector.bytesInFlight());
        ack(10 * MS, APPLICATION, 0, 0, 0);
        assertEquals(-1, detector.rtt().firstSample());
        assertEquals(List.of(0L), acked);
    }

    @Test void countsAckOnlyPacketsUntilAnElicitingOne() {
        send(0, APPLICATION, 0, 5);
        assertEquals(5, detector.ackOnly(APPLICATION));
        assertEquals(0, detector.bytesInFlight());
        send(0, APPLICATION);
        assertEquals(0, detector.ackOnly(APPLICATION));
    }

    @Test void paddingOnlyIsInFlightButHasNoTimer() {
        confirmed();
        send(0, APPLICATION, SentPacket.IN_FLIGHT);
        assertEquals(1200, detector.bytesInFlight());
        assertEquals(NEVER, detector.deadline());
    }

    @Test void ecnFailsWhereCountsAreMissing() throws QuicException {
        send(0, APPLICATION, SentPacket.ACK_ELICITING | SentPacket.ECT0);
        ack(MS, APPLICATION, 0, 0, 0);
        assertFalse(detector.ecn());
    }

    @Test void ecnFailsWhereWhatIsMarkedNeverArrives() {
        confirmed();
        send(0, APPLICATION, SentPacket.ACK_ELICITING | SentPacket.ECT0);
        detector.onTimeout(detector.deadline());
        assertTrue(detector.ecn());
        send(detector.deadline(), APPLICATION, SentPacket.ACK_ELICITING | SentPacket.ECT0);
        detector.onTimeout(detector.deadline());
        assertFalse(detector.ecn());
    }

    @Test void ecnCongestionReducesTheWindow() throws QuicException {
        send(0, APPLICATION, SentPacket.ACK_ELICITING | SentPacket.ECT0, 2);
        ackEcn(MS, 0, 1, 0, 0);
        assertTrue(detector.ecn());
        assertEquals(12_000, reno.window());
        ackEcn(MS, 1, 1, 0, 1);
        assertTrue(detector.ecn());
        assertEquals(6_000, reno.window());
    }

    @Test void ecnFailsWhereCountsAreImpossible() throws QuicException {
        long[][] counts = {{0, 0, 0}, {2, 0, 0}, {1, 1, 0}};
        for (long[] c : counts) {
            detector = make(false);
            send(0, APPLICATION, SentPacket.ACK_ELICITING | SentPacket.ECT0);
            ackEcn(MS, 0, c[0], c[1], c[2]);
            assertFalse(detector.ecn());
        }
    }

    private void ackEcn(long now, long number, long ect0, long ect1, long ce) throws QuicException {
        detector.onAck(APPLICATION, number, 0);
        detector.onAckRange(number, number);
        detector.onAckEnd(now, ect0, ect1, ce);
    }

    @Test void neverKeepsMoreThanItsLimit() {
        NewReno huge = new NewReno(1200);
        for (int i = 0; i < 20_000; i++) huge.onAcked(1, 0, 1200, true, new RttEstimator());
        detector.path(0, 0, huge);
        int sent = 0;
        for (; detector.room() > 0; sent++) {
            SentPacket packet = detector.packet();
            packet.flag(SentPacket.ACK_ELICITING);
            detector.onSent(0, APPLICATION, packet, 40);
        }
        assertEquals(LossDetector.MAX_OUTSTANDING, sent);
    }
}
