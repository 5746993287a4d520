package mqttq.auth;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;

/**
 * What each address (or anything else) did lately and may only do so often: a bucket each that refills. IPv6 counts by /64, which one host
 * may own whole.
 */
public final class AddressBuckets {
    /** Buckets remembered; of who did something longest ago, it is forgotten first. */
    static final int MAX_ADDRESSES = 4096;

    private final int burst;
    private final long refill;
    /** Per key, the time until which its doings reach: it may go on while that is less than a burst ahead of now. */
    private final LinkedHashMap<Object, Long> until = new LinkedHashMap<>();

    /**
     * @param burst how often at once
     * @param refill ns until one more is forgiven
     */
    public AddressBuckets(int burst, long refill) {
        this.burst = burst;
        this.refill = refill;
    }

    /** Whether this one may once more; null is a local socket, always. */
    public boolean may(Object key, long now) { return debt(key, now) <= (burst - 1) * refill; }

    /** ns until all it did is forgiven. */
    long debt(Object key, long now) { return Math.max(0, until.getOrDefault(key, now) - now); }

    public void did(Object key, long now) {
        if (key == null) return;
        Long debt = until.remove(key);
        if (until.size() >= MAX_ADDRESSES) until.remove(until.keySet().iterator().next());
        until.put(key, Math.max(now, debt == null ? now : debt) + refill);
    }

    /** What it did last counts no more. */
    void undo(Object key) { until.computeIfPresent(key, (same, debt) -> debt - refill); }
    int size() { return until.size(); }

    /** What addresses count by; null for null. */
    public static Object key(InetAddress address) {
        return address instanceof Inet6Address ? (Object) ByteBuffer.wrap(address.getAddress()).getLong() : address;
    }
}
