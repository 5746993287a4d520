package mqttq.quic.recovery;

/** Round-trip time of one path (RFC 9002 §5); all times in ns. */
public final class RttEstimator {
    /** RFC 9002 §6.2.2: the round trip assumed before there is a sample. */
    public static final long INITIAL = 333_000_000;
    /** kGranularity. */
    static final long GRANULARITY = 1_000_000;

    private long latest, min, smoothed, variation, firstSample = -1;

    public RttEstimator() { reset(INITIAL); }

    /** Forgets all samples, as on a new path (RFC 9000 §9.4); {@code initial} is assumed until there is one. */
    public void reset(long initial) {
        latest = min = 0;
        smoothed = initial;
        variation = initial / 2;
        firstSample = -1;
    }

    /** Takes a sample; {@code ackDelay} as reported and, where the handshake is confirmed, already capped by max_ack_delay. */
    void sample(long now, long rtt, long ackDelay) {
        latest = rtt;
        if (firstSample < 0) {
            firstSample = now;
            min = smoothed = rtt;
            variation = rtt / 2;
            return;
        }
        min = Math.min(min, rtt);
        // RFC 9002 §5.3: a delay that would bring the sample under min_rtt is a misreport
        long adjusted = rtt - min >= ackDelay ? rtt - ackDelay : rtt;
        variation = (3 * variation + Math.abs(smoothed - adjusted)) / 4;
        smoothed = (7 * smoothed + adjusted) / 8;
    }

    /** RFC 9002 §5.2: after persistent congestion min_rtt starts anew from the newest sample. */
    void restartMin() { min = latest; }

    /** When the first sample came, or -1. */
    public long firstSample() { return firstSample; }
    public long latest() { return latest; }
    public long min() { return min; }
    public long smoothed() { return smoothed; }
    public long variation() { return variation; }

    /** smoothed_rtt + max(4 * rttvar, kGranularity): the probe timeout without max_ack_delay and back-off. */
    public long pto() { return smoothed + Math.max(4 * variation, GRANULARITY); }
}
