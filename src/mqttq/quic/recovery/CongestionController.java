package mqttq.quic.recovery;

/**
 * How many bytes may be in flight on one path (RFC 9002 §7). Bytes in flight themselves are the {@link LossDetector}'s. Times in ns.
 */
public interface CongestionController {
    /** Congestion window in bytes. */
    int window();

    /** Slow start threshold in bytes, {@code Integer.MAX_VALUE} while there was no congestion. */
    int ssthresh();

    /** The maximum datagram size of the path now, at least 1200; initial and minimum windows follow it. */
    void datagramSize(int bytes);

    /**
     * A packet that was in flight was acknowledged. {@code limited}: the window, not the application, held the sender back (RFC 9002 §7.8).
     */
    void onAcked(long now, long sentTime, int bytes, boolean limited, RttEstimator rtt);

    /** An ACK frame that took an RTT sample begins; before the {@link #onAcked} of its packets. */
    default void onSample(long now, long sentTime, RttEstimator rtt) { }

    /**
     * A packet sent at {@code sentTime} was lost, or the peer reported ECN-CE for it; at most one reduction a round trip comes of it.
     * @return whether the window was reduced because of it
     */
    boolean onCongestion(long now, long sentTime);

    /** RFC 9002 §7.6: back to the minimum window and slow start. */
    void onPersistentCongestion();

    /** All that was declared lost since the last reduction was acknowledged after all: it may be undone. */
    default void onSpuriousLoss() { }

    /** Nothing was sent for a while: gives memory back. */
    default void trim() { }

    /** "slow_start", "recovery" or "congestion_avoidance", for the trace. */
    String state();
}
