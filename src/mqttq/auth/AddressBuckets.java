package mqttq.auth;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;

/**
 * What each address did lately and may only do so often: a bucket per address that refills. IPv6 counts by /64, which one host may own
 * whole.
 */
public final class AddressBuckets {
    /** Addresses remembered; the one that did something longest ago is forgotten first. */
    static final int MAX_ADDRESSES = 4096;

    private final int burst;
    private final long refill;
    /** Per address, the time until which its doings reach: it may go on while that is less than a burst ahead of now. */
    private final LinkedHashMap<Object, Long> until = new LinkedHashMap<>();

    /**
     * @param burst how often at once
     * @param refill ns until one more is forgiven
     */
    public AddressBuckets(int burst, long refill) {
        this.burst = burst;
        this.refill = refill;
    }

    /** Whether this address may once more; null is a local socket, always. */
    public boolean may(InetAddress address, long now) {
        if (address == null) return true;
        Long debt = until.get(key(address));
        return debt == null || debt - now <= (burst - 1) * refill;
    }

    public void did(InetAddress address, long now) {
        if (address == null) return;
        Object key = key(address);
        Long debt = until.remove(key);
        if (until.size() >= MAX_ADDRESSES) until.remove(until.keySet().iterator().next());
        until.put(key, Math.max(now, debt == null ? now : debt) + refill);
    }

    int size() { return until.size(); }

    /** What addresses count by. */
    public static Object key(InetAddress address) {
        return address instanceof Inet6Address ? (Object) ByteBuffer.wrap(address.getAddress()).getLong() : address;
    }
}
