package mqttq.quic.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class NewRenoTest {
    private final NewReno reno = new NewReno(1200);
    private final RttEstimator rtt = new RttEstimator();

    private void acked(long sent, int packets) {
        for (int i = 0; i < packets; i++) reno.onAcked(sent + 1, sent, 1200, true, rtt);
    }

    @Test void startsWithTenDatagrams() {
        assertEquals(12_000, reno.window());
        assertEquals("slow_start", reno.state());
    }

    @Test void initialWindowIsLimitedTo14720Bytes() {
        assertEquals(14_720, new NewReno(1472).window());
        assertEquals(14_720, new NewReno(5000).window());
        assertEquals(18_000, new NewReno(9000).window());
        assertEquals(10 * 1471, new NewReno(1471).window());
    }

    @Test void slowStartGrowsByWhatIsAcknowledged() {
        acked(0, 10);
        assertEquals(24_000, reno.window());
    }

    @Test void lossHalvesTheWindowOnceARoundTrip() {
        acked(0, 10);
        reno.onCongestion(100, 50);
        assertEquals(12_000, reno.window());
        assertEquals("recovery", reno.state());
        reno.onCongestion(110, 60);
        reno.onCongestion(120, 100);
        assertEquals(12_000, reno.window());
        reno.onCongestion(130, 101);
        assertEquals(6_000, reno.window());
    }

    @Test void recoveryEndsWithAPacketSentInIt() {
        reno.onCongestion(100, 50);
        acked(100, 5);
        assertEquals("recovery", reno.state());
        assertEquals(6_000, reno.window());
        acked(101, 1);
        assertEquals("congestion_avoidance", reno.state());
    }

    @Test void avoidanceGrowsByOneDatagramAWindow() {
        reno.onCongestion(100, 50);
        int[] windows = new int[20];
        for (int i = 0; i < 20; i++) {
            acked(101, 1);
            windows[i] = reno.window();
        }
        assertEquals("[6000, 6000, 6000, 6000, 7200, 7200, 7200, 7200, 7200, 7200, 8400, 8400, 8400, 8400, 8400, 8400, 8400, 9600, 9600, 9600]",
            java.util.Arrays.toString(windows));
    }

    @Test void unusedWindowDoesNotGrow() {
        reno.onAcked(1, 0, 1200, false, rtt);
        assertEquals(12_000, reno.window());
    }

    @Test void neverFallsBelowTwoDatagrams() {
        for (int i = 0; i < 20; i++) reno.onCongestion(100 + i, 99 + i + 1);
        assertEquals(2_400, reno.window());
        assertEquals(2_400, reno.ssthresh());
    }

    @Test void persistentCongestionStartsSlowlyAgainUpToTheThreshold() {
        acked(0, 30);
        reno.onCongestion(100, 50);
        reno.onPersistentCongestion();
        assertEquals(2_400, reno.window());
        assertEquals(24_000, reno.ssthresh());
        assertEquals("slow_start", reno.state());
        acked(50, 18);
        assertEquals(24_000, reno.window());
        acked(50, 1);
        assertEquals(24_000, reno.window());
    }

    @Test void largerDatagramsLargerInitialWindow() {
        reno.datagramSize(1452);
        assertEquals(14_520, reno.window());
        acked(0, 1);
        reno.datagramSize(1472);
        assertEquals(14_520 + 1200, reno.window());
    }
}
