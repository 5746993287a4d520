package mqttq.quic.recovery;

/** CUBIC (RFC 9438) with HyStart++ (RFC 9406) for its slow start. Window arithmetic in bytes, times in ns. */
public final class Cubic implements CongestionController {
    private static final int MIN_DATAGRAMS = 2;
    /** RFC 9438 §5: C in datagrams a second³, and the factor of the reduction. */
    private static final double C = 0.4, BETA = 0.7, ALPHA = 3 * (1 - BETA) / (1 + BETA);
    private static final double SECOND = 1e9;

    /** Of the first slow start; null when that is over, or paused. */
    private HyStart slowStart;
    private int datagram, ssthresh = Integer.MAX_VALUE, priorThreshold = Integer.MAX_VALUE;
    /** The window; what NewReno's would be since the epoch began; the one to come back to (W_max); the one before the last reduction. */
    private double window, reno, maximum, prior;
    /** When this congestion avoidance began (-1: not yet), and the seconds until it is back at {@link #maximum}. */
    private long epoch = -1;
    private double k;
    private long recoveryStart = -1, lastAcked;
    private boolean inRecovery;

    /** @param datagramSize bytes */
    public Cubic(int datagramSize) {
        datagram = datagramSize;
        window = NewReno.initialWindow(datagramSize);
    }

    @Override public int window() { return (int) window; }
    @Override public int ssthresh() { return ssthresh; }

    @Override public void datagramSize(int bytes) {
        boolean untouched = window() == NewReno.initialWindow(datagram) && ssthresh == Integer.MAX_VALUE;
        datagram = bytes;
        window = untouched ? NewReno.initialWindow(bytes) : Math.max(window, MIN_DATAGRAMS * bytes);
    }

    @Override public void onSample(long now, long sentTime, RttEstimator rtt) {
        // RFC 9406 §4.3: in the first slow start only; later ones have a threshold to go to.
        if (ssthresh != Integer.MAX_VALUE) return;
        if (slowStart == null) slowStart = new HyStart();
        if (slowStart.onSample(now, sentTime, rtt.latest())) ssthresh = window();
    }

    @Override public void onAcked(long now, long sentTime, int bytes, boolean limited, RttEstimator rtt) {
        if (sentTime <= recoveryStart) return;
        inRecovery = false;
        if (!limited) {
            // RFC 9438 §5.8: time in which the window was not used does not count
            if (epoch >= 0) epoch += now - Math.max(lastAcked, epoch);
            lastAcked = now;
            return;
        }
        lastAcked = now;
        if (window < ssthresh) {
            window = Math.min(window + (double) bytes / (slowStart == null ? 1 : slowStart.divisor()), Windows.MAX);
            return;
        }
        avoid(now, bytes, rtt.smoothed());
    }

    private void avoid(long now, int bytes, long smoothedRtt) {
        if (epoch < 0) {
            epoch = now;
            reno = window;
            maximum = Math.max(maximum, window);
            k = Math.cbrt((maximum - window) / datagram / C);
        }
        double target = Math.min(cubic((now + smoothedRtt - epoch) / SECOND), 1.5 * window);
        // RFC 9438 §4.3: never slower than NewReno with the same reduction would be
        reno += (reno < prior ? ALPHA : 1) * datagram * bytes / window;
        double next = window;
        if (cubic((now - epoch) / SECOND) < reno) next = reno;
        else if (target > window) next += (target - window) * bytes / window;
        window = Math.min(Math.max(window, next), Windows.MAX);
    }

    private double cubic(double seconds) {
        double t = seconds - k;
        return C * t * t * t * datagram + maximum;
    }

    @Override public boolean onCongestion(long now, long sentTime) {
        if (sentTime <= recoveryStart) return false;
        recoveryStart = now;
        inRecovery = true;
        epoch = -1;
        prior = window;
        priorThreshold = ssthresh;
        // RFC 9438 §4.7: another flow wants its share where we did not even come back to where we were
        maximum = window < maximum ? window * (1 + BETA) / 2 : window;
        window = Math.max(window * BETA, MIN_DATAGRAMS * datagram);
        ssthresh = window();
        slowStart = null;
        return true;
    }

    /** RFC 9438 §4.9.2. */
    @Override public void onSpuriousLoss() {
        if (!inRecovery && window >= prior) return;
        window = Math.max(window, prior);
        maximum = Math.max(maximum, prior);
        ssthresh = priorThreshold;
        inRecovery = false;
        epoch = -1;
    }

    @Override public void onPersistentCongestion() {
        window = MIN_DATAGRAMS * datagram;
        recoveryStart = -1;
        inRecovery = false;
        epoch = -1;
    }

    @Override public void trim() { slowStart = null; }
    @Override public String state() { return inRecovery ? "recovery" : window < ssthresh ? "slow_start" : "congestion_avoidance"; }
}
