package mqttq.quic.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CubicTest {
    private static final long MS = 1_000_000, RTT = 100 * MS;
    private final Cubic cubic = new Cubic(1200);
    private final RttEstimator rtt = new RttEstimator();
    private long now = 1000 * MS;

    CubicTest() {
        rtt.sample(0, RTT, 0);
    }

    /** Acknowledges one window's worth over one round trip. */
    private void round(boolean limited) {
        int packets = cubic.window() / 1200;
        for (int i = 0; i < packets; i++) cubic.onAcked(now += RTT / packets, now - RTT, 1200, limited, rtt);
    }

    private void reach(int window) {
        while (cubic.window() < window) cubic.onAcked(now, now, 1200, true, rtt);
    }

    @Test void slowStartGrowsByWhatIsAcknowledged() {
        assertEquals(12_000, cubic.window());
        round(true);
        assertEquals(24_000, cubic.window());
    }

    @Test void aReductionForNothingIsUndone() {
        reach(120_000);
        assertTrue(cubic.onCongestion(now, now));
        cubic.onSpuriousLoss();
        assertEquals(120_000, cubic.window());
        assertEquals("slow_start", cubic.state());
        now += 2 * RTT;
        round(true);
        assertEquals(240_000, cubic.window());
    }

    @Test void lossReducesTo70PercentOnceARoundTrip() {
        reach(120_000);
        cubic.onCongestion(now, now);
        assertEquals(84_000, cubic.window());
        cubic.onCongestion(now + 1, now);
        assertEquals(84_000, cubic.window());
        assertEquals("recovery", cubic.state());
    }

    @Test void growsBackToWhereItLostThenSlowlyThenFast() {
        reach(1_200_000);
        cubic.onCongestion(now, now);
        now += RTT;
        // K = cbrt(1000 * 0.3 / 0.4) = 9.1 s
        int[] windows = new int[160];
        for (int i = 0; i < windows.length; i++) {
            round(true);
            windows[i] = cubic.window();
        }
        assertEquals(1_200_000, windows[90], 15_000);
        int early = windows[20] - windows[10], flat = windows[95] - windows[85], late = windows[155] - windows[145];
        assertTrue(early > 5 * flat && late > 5 * flat, early + " " + flat + " " + late);
    }

    @Test void isNeverSlowerThanNewRenoOnShortPaths() {
        reach(24_000);
        cubic.onCongestion(now, now);
        now += RTT;
        for (int i = 0; i < 30; i++) round(true);
        // AIMD with the same reduction: 0.53 datagrams a round trip to begin with, 1 after
        assertTrue(cubic.window() > 24_000 * 0.7 + 20 * 0.52 * 1200, "window " + cubic.window());
    }

    @Test void givesUpBandwidthWhereItDoesNotComeBack() {
        reach(120_000);
        cubic.onCongestion(now, now);
        now += RTT;
        round(true);
        int second = cubic.window();
        assertTrue(second < 120_000);
        cubic.onCongestion(now, now);
        now += RTT;
        for (int i = 0; i < 40; i++) round(true);
        assertTrue(cubic.window() < 120_000, "window " + cubic.window());
    }

    @Test void timeOfAnUnusedWindowDoesNotCount() {
        reach(120_000);
        cubic.onCongestion(now, now);
        now += RTT;
        round(true);
        int before = cubic.window();
        for (int i = 0; i < 100; i++) round(false);
        assertEquals(before, cubic.window());
        round(true);
        assertTrue(cubic.window() < before + 6_000, before + " then " + cubic.window());
    }

    @Test void persistentCongestionCollapsesTheWindow() {
        reach(120_000);
        cubic.onCongestion(now, now);
        cubic.onPersistentCongestion();
        assertEquals(2_400, cubic.window());
        assertEquals("slow_start", cubic.state());
    }

    @Test void neverFallsBelowTwoDatagrams() {
        for (int i = 0; i < 50; i++) cubic.onCongestion(++now, now);
        assertEquals(2_400, cubic.window());
    }

    /** A round of slow start with samples of {@code sample}. */
    private void samples(long sample) {
        long start = now;
        now += RTT;
        rtt.sample(now, sample, 0);
        for (int i = 0; i < 10; i++) {
            cubic.onSample(now, i == 0 ? start + 1 : start, rtt);
            cubic.onAcked(now, start, 1200, true, rtt);
        }
    }

    @Test void leavesSlowStartByWayOfACarefulOneWhereTheRoundTripGrows() {
        samples(RTT);
        samples(RTT);
        int before = cubic.window();
        samples(RTT + 20 * MS);
        assertEquals("slow_start", cubic.state());
        assertTrue(cubic.window() - before > 7 * 1200 && cubic.window() - before < 12_000);
        before = cubic.window();
        samples(RTT + 20 * MS);
        assertEquals(3_000, cubic.window() - before, "a quarter");
        for (int i = 0; i < 5; i++) samples(RTT + 20 * MS);
        assertEquals("congestion_avoidance", cubic.state());
    }

    @Test void goesOnInSlowStartWhereTheRoundTripFallsAgain() {
        samples(RTT);
        samples(RTT);
        samples(RTT + 20 * MS);
        samples(RTT);
        int before = cubic.window();
        samples(RTT);
        assertEquals(12_000, cubic.window() - before);
        assertEquals("slow_start", cubic.state());
    }

    @Test void smallChangesOfTheRoundTripAreNoReason() {
        for (int i = 0; i < 10; i++) samples(RTT + i % 2 * 12 * MS);
        assertEquals("slow_start", cubic.state());
        assertEquals(132_000, cubic.window());
    }
}
