package mqttq.quic.recovery;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Packet numbers left out at random, so that who acknowledges what it did not receive is caught (RFC 9000 §21.4). */
final class SkippedNumbers {
    /** One is left out within this many on average, then twice as many, so many times: also in long transfers. */
    private static final int PERIOD = 256, DOUBLINGS = 8;
    private static final int REMEMBERED = 8;

    private final RandomGenerator random;
    private static final long[] NONE = {};
    /** No memory before the first. */
    private long[] skipped = NONE;
    private int count;
    private long next = -1;

    SkippedNumbers(RandomGenerator random) { this.random = random; }

    /** The number to use where {@code number} would be next: that, or the one after. */
    long next(long number) {
        if (next < 0) next = number + random.nextInt(2 * PERIOD);
        if (number < next) return number;
        if (skipped.length == 0) {
            skipped = new long[REMEMBERED];
            Arrays.fill(skipped, -1);
        }
        skipped[count++ % REMEMBERED] = number;
        next = number + 2 + random.nextInt(2 * PERIOD << Math.min(count, DOUBLINGS));
        return number + 1;
    }

    /** Whether any is in the range, ends included. */
    boolean in(long smallest, long largest) {
        for (long number : skipped) if (number >= smallest && number <= largest) return true;
        return false;
    }

    /** How many of the last ones lie between two numbers: those are no packets that overtook another. */
    int between(long low, long high) {
        int n = 0;
        for (long number : skipped) if (number > low && number < high) n++;
        return n;
    }
}
