package mqttq.quic.recovery;

/** NewReno as RFC 9002 §7 has it. */
public final class NewReno implements CongestionController {
    private static final int MIN_DATAGRAMS = 2;
    private int datagram, window, ssthresh = Integer.MAX_VALUE;
    /** Bytes acknowledged in congestion avoidance since the window grew last (RFC 3465 §2.1). */
    private int acked;
    private long recoveryStart = -1;
    private boolean inRecovery;

    /** @param datagramSize bytes */
    public NewReno(int datagramSize) {
        datagram = datagramSize;
        window = initialWindow(datagramSize);
    }

    /** RFC 9002 §7.2. */
    static int initialWindow(int datagram) { return Math.min(10 * datagram, Math.max(14_720, 2 * datagram)); }
    @Override public int window() { return window; }
    @Override public int ssthresh() { return ssthresh; }

    @Override public void datagramSize(int bytes) {
        boolean untouched = window == initialWindow(datagram) && ssthresh == Integer.MAX_VALUE;
        datagram = bytes;
        window = untouched ? initialWindow(bytes) : Math.max(window, MIN_DATAGRAMS * bytes);
    }

    @Override public void onAcked(long now, long sentTime, int bytes, boolean limited, RttEstimator rtt) {
        if (sentTime <= recoveryStart) return;
        inRecovery = false;
        if (!limited) return;
        if (window < ssthresh) {
            window = Windows.grow(window, bytes);
        } else {
            // RFC 9002 §7.3.3: one datagram for each window acknowledged
            acked += bytes;
            if (acked >= window) {
                acked -= window;
                window = Windows.grow(window, datagram);
            }
        }
    }

    @Override public boolean onCongestion(long now, long sentTime) {
        if (sentTime <= recoveryStart) return false;
        recoveryStart = now;
        inRecovery = true;
        acked = 0;
        // RFC 9002 §7.3.1, §7.3.2: slow start ends, and recovery begins, with half the window
        window = ssthresh = Math.max(window / 2, MIN_DATAGRAMS * datagram);
        return true;
    }

    @Override public void onPersistentCongestion() {
        window = MIN_DATAGRAMS * datagram;
        recoveryStart = -1;
        inRecovery = false;
        acked = 0;
    }

    @Override public String state() { return inRecovery ? "recovery" : window < ssthresh ? "slow_start" : "congestion_avoidance"; }
}
