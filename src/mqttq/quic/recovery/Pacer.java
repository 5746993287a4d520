package mqttq.quic.recovery;

/** Spreads what the congestion window allows over the round trip (RFC 9002 §7.7), in bursts that a 1 ms timer can do. Times in ns. */
final class Pacer {
    /** A burst is at most what goes in this time at the pace, or ten datagrams where that is more. */
    private static final long BURST = 2 * RttEstimator.GRANULARITY;
    private static final int MIN_BURST = 10;
    private double tokens = -1;
    private long last;

    /** A packet went out. */
    void onSent(long now, int bytes, int window, int datagram, RttEstimator rtt) {
        refill(now, window, datagram, rtt);
        tokens = Math.max(0, tokens - bytes);
    }

    /** When {@code bytes} may go, at least a timer's granularity away where not now. */
    long next(long now, int bytes, int window, int datagram, RttEstimator rtt) {
        refill(now, window, datagram, rtt);
        return tokens >= bytes ? now : now + Math.max(RttEstimator.GRANULARITY, (long) Math.ceil((bytes - tokens) / rate(window, rtt)));
    }

    /** Bytes a ns: 1.25 * window / smoothed_rtt. */
    private static double rate(int window, RttEstimator rtt) { return 1.25 * window / Math.max(1, rtt.smoothed()); }

    private void refill(long now, int window, int datagram, RttEstimator rtt) {
        double rate = rate(window, rtt), capacity = Math.max(MIN_BURST * datagram, rate * BURST);
        tokens = tokens < 0 ? capacity : Math.min(capacity, tokens + rate * (now - last));
        last = now;
    }
}
