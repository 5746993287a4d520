package mqttq.quic;

/** A rate limit: {@code burst} at once, then {@code perSecond}. */
final class TokenBucket {
    private final int burst;
    private final long nanosPerToken;
    /** When the bucket was, or will be, full to the brim, counted back from now: one number holds the whole state. */
    private long emptySince;

    TokenBucket(int burst, int perSecond) {
        this.burst = burst;
        nanosPerToken = 1_000_000_000L / perSecond;
        emptySince = -burst * nanosPerToken;
    }

    boolean full(long now) { return now - emptySince >= burst * nanosPerToken; }

    /** Takes {@code tokens}; false where there are not as many. */
    boolean take(long now, int tokens) {
        long since = Math.max(emptySince, now - burst * nanosPerToken);
        if (now - since < tokens * nanosPerToken) return false;
        emptySince = since + tokens * nanosPerToken;
        return true;
    }
}
