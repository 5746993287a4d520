package mqttq.quic.qlog;

import mqttq.quic.recovery.LossDetector;
import mqttq.quic.recovery.RttEstimator;
import mqttq.wire.Json;

/** What changed in a connection's loss detection and congestion control since it was last written. */
final class RecoveryText {
    private static final int MIN_RTT = 0, SMOOTHED = 1, LATEST = 2, VARIATION = 3, TIMES = 4, PTO_COUNT = 4, WINDOW = 5, IN_FLIGHT = 6,
        SSTHRESH = 7;
    private static final String[] NAMES =
        {"min_rtt", "smoothed_rtt", "latest_rtt", "rtt_variance", "pto_count", "congestion_window", "bytes_in_flight", "ssthresh"};
    /** As last written, and as they are; -1: nothing to be said. */
    private final long[] written = {-1, -1, -1, -1, 0, -1, 0, -1};
    private final long[] current = new long[NAMES.length];
    String state;
    long timer = Long.MAX_VALUE;

    /** Takes the values as they are; whether any differs from what was written. */
    boolean update(LossDetector loss) {
        RttEstimator rtt = loss.rtt();
        boolean sampled = rtt.firstSample() >= 0;
        current[MIN_RTT] = sampled ? rtt.min() : -1;
        current[SMOOTHED] = sampled ? rtt.smoothed() : -1;
        current[LATEST] = sampled ? rtt.latest() : -1;
        current[VARIATION] = sampled ? rtt.variation() : -1;
        current[PTO_COUNT] = loss.ptoCount();
        current[WINDOW] = loss.congestion().window();
        current[IN_FLIGHT] = loss.bytesInFlight();
        int ssthresh = loss.congestion().ssthresh();
        current[SSTHRESH] = ssthresh == Integer.MAX_VALUE ? -1 : ssthresh;
        for (int i = 0; i < current.length; i++) if (changed(i)) return true;
        return false;
    }

    private boolean changed(int i) { return current[i] >= 0 && current[i] != written[i]; }

    /** The fields that {@link #update} found changed. */
    void write(Json json) {
        for (int i = 0; i < current.length; i++) {
            if (!changed(i)) continue;
            if (i < TIMES) json.millis(NAMES[i], current[i]);
            else json.field(NAMES[i], current[i]);
        }
    }

    /** What is current is written. */
    void written() { for (int i = 0; i < current.length; i++) if (current[i] >= 0) written[i] = current[i]; }
}
