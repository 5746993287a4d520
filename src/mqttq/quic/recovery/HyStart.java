package mqttq.quic.recovery;

/**
 * HyStart++ (RFC 9406): leaves slow start when the round trip grows, by way of a more careful one, before packets are lost. Times in ns.
 */
final class HyStart {
    private static final long MIN_THRESHOLD = 4_000_000, MAX_THRESHOLD = 16_000_000;
    private static final int SAMPLES = 8, DIVISOR = 8, GROWTH_DIVISOR = 4, CAREFUL_ROUNDS = 5;
    private static final long NONE = Long.MAX_VALUE;

    /** A round ends with the first acknowledgment of a packet sent after it began. */
    private long roundStart, roundMin = NONE, lastRoundMin = NONE, baseline = NONE;
    private int samples, carefulRounds;
    private boolean careful;

    /** How much slower than the acknowledgments the window grows. */
    int divisor() { return careful ? GROWTH_DIVISOR : 1; }

    /** Takes a sample of the round trip; returns whether slow start is to end now. */
    boolean onSample(long now, long sentTime, long rtt) {
        if (sentTime >= roundStart) {
            lastRoundMin = roundMin;
            roundMin = NONE;
            samples = 0;
            roundStart = now;
            if (careful && ++carefulRounds >= CAREFUL_ROUNDS) return true;
        }
        roundMin = Math.min(roundMin, rtt);
        if (++samples < SAMPLES || lastRoundMin == NONE) return false;
        if (careful) {
            // the delay was none of ours
            if (roundMin < baseline) careful = false;
        } else if (roundMin >= lastRoundMin + Math.max(MIN_THRESHOLD, Math.min(lastRoundMin / DIVISOR, MAX_THRESHOLD))) {
            baseline = roundMin;
            careful = true;
            carefulRounds = 0;
        }
        return false;
    }
}
