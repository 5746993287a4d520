package mqttq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HistogramTest {
    private final Histogram histogram = new Histogram();

    @Test
    void isExactForSmallValues() {
        for (int i = 1; i <= 200; i++) histogram.record(i * 1000L);
        assertEquals("100 180 198 200 200", histogram.quantile(0.5) + " " + histogram.quantile(0.9) + " " + histogram.quantile(0.99) + " " + histogram.quantile(0.999)
            + " " + histogram.max());
        assertEquals(1, histogram.quantile(0));
    }

    @Test
    void staysWithinAPercentForLargeOnes() {
        Random random = new Random(3);
        long[] values = new long[100_000];
        for (int i = 0; i < values.length; i++) histogram.record((values[i] = (long) Math.exp(random.nextDouble() * 22)) * 1000);
        Arrays.sort(values);
        for (double part : new double[] {0.01, 0.5, 0.9, 0.99, 0.999, 1}) {
            long exact = values[(int) Math.ceil(part * values.length) - 1], told = histogram.quantile(part);
            assertTrue(told >= exact && told <= exact * 1.008 + 1, part + ": " + exact + " " + told);
        }
        assertEquals(values.length, histogram.count());
    }

    @Test
    void hasAPlaceForEveryDuration() {
        histogram.record(-5);
        histogram.record(0);
        histogram.record(Long.MAX_VALUE);
        assertEquals(0, histogram.quantile(0.5));
        assertEquals((1L << 36) - 1, histogram.max());
        assertEquals((1L << 36) - 1, histogram.quantile(1));
    }

    @Test
    void hasNothingToSayOfNothing() {
        assertEquals(0, histogram.quantile(0.99));
    }
}
