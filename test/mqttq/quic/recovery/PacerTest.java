package mqttq.quic.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PacerTest {
    private static final long MS = 1_000_000;
    private final Pacer pacer = new Pacer();
    private final RttEstimator rtt = new RttEstimator();

    @Test void letsTenDatagramsGoAtOnce() {
        int sent = 0;
        for (; pacer.next(5, 1200, 12_000, 1200, rtt) == 5; sent++) pacer.onSent(5, 1200, 12_000, 1200, rtt);
        assertEquals(10, sent);
    }

    @Test void sendsAWindowIn80PercentOfARoundTrip() {
        rtt.sample(0, 100 * MS, 0);
        int window = 120_000;
        long now = 0, bytes = 0;
        while (now < 1_000 * MS) {
            long next = pacer.next(now, 1200, window, 1200, rtt);
            if (next <= now) {
                pacer.onSent(now, 1200, window, 1200, rtt);
                bytes += 1200;
            }
            now = Math.max(now, next);
        }
        double expected = 1.25 * window * 10;
        assertEquals(expected, bytes, expected / 50);
    }

    @Test void waitsAtLeastATimersGranularity() {
        rtt.sample(0, MS, 0);
        int window = 1_200_000;
        long now = 0;
        for (int i = 0; i < 10_000; i++) {
            long next = pacer.next(now, 1200, window, 1200, rtt);
            if (next == now) pacer.onSent(now, 1200, window, 1200, rtt);
            else assertTrue(next - now >= MS);
            now = next;
        }
    }

    @Test void idleTimeBuysNoLargerBurst() {
        rtt.sample(0, 100 * MS, 0);
        pacer.onSent(0, 1200, 12_000, 1200, rtt);
        int sent = 0;
        long now = 3_600_000 * MS;
        for (; pacer.next(now, 1200, 12_000, 1200, rtt) == now; sent++) pacer.onSent(now, 1200, 12_000, 1200, rtt);
        assertEquals(10, sent);
    }

    @Test void askingOftenLosesNoTime() {
        rtt.sample(0, 333 * MS, 0);
        for (int i = 0; i < 10; i++) pacer.onSent(0, 1200, 12_000, 1200, rtt);
        long now = 0;
        while (pacer.next(now, 1200, 12_000, 1200, rtt) > now) now += 1_000;
        assertEquals(333 * MS / 12.5, now, MS);
    }
}
