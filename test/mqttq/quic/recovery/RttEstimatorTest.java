package mqttq.quic.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RttEstimatorTest {
    private static final long MS = 1_000_000;
    private final RttEstimator rtt = new RttEstimator();

    @Test void assumesAThirdOfASecondBeforeTheFirstSample() {
        assertEquals(333 * MS, rtt.smoothed());
        assertEquals(333 * MS / 2, rtt.variation());
        assertEquals(999 * MS, rtt.pto());
        assertEquals(-1, rtt.firstSample());
    }

    @Test void firstSampleReplacesTheAssumption() {
        rtt.sample(7, 100 * MS, 30 * MS);
        assertEquals(100 * MS, rtt.smoothed());
        assertEquals(100 * MS, rtt.min());
        assertEquals(50 * MS, rtt.variation());
        assertEquals(7, rtt.firstSample());
    }

    @Test void laterSamplesAreAveraged() {
        rtt.sample(0, 100 * MS, 0);
        rtt.sample(0, 140 * MS, 0);
        assertEquals(105 * MS, rtt.smoothed());
        assertEquals((3 * 50 + 40) * MS / 4, rtt.variation());
        assertEquals(100 * MS, rtt.min());
    }

    @Test void subtractsTheAckDelayDownToMinRtt() {
        rtt.sample(0, 100 * MS, 0);
        rtt.sample(0, 140 * MS, 40 * MS);
        assertEquals(100 * MS, rtt.smoothed());
    }

    @Test void ignoresAnAckDelayThatWouldFallBelowMinRtt() {
        rtt.sample(0, 100 * MS, 0);
        rtt.sample(0, 140 * MS, 41 * MS);
        assertEquals(105 * MS, rtt.smoothed());
    }

    @Test void minIgnoresAckDelay() {
        rtt.sample(0, 100 * MS, 0);
        rtt.sample(0, 90 * MS, 50 * MS);
        assertEquals(90 * MS, rtt.min());
    }

    @Test void ptoNeverFallsToTheRttItself() {
        for (int i = 0; i < 200; i++) rtt.sample(0, 10 * MS, 0);
        assertEquals(11 * MS, rtt.pto());
    }

    @Test void resetForgetsSamples() {
        rtt.sample(3, 10 * MS, 0);
        rtt.reset(RttEstimator.INITIAL);
        assertEquals(-1, rtt.firstSample());
        assertEquals(333 * MS, rtt.smoothed());
    }
}
