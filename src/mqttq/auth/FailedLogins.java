package mqttq.auth;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;

/** How often each address failed to log in lately: a bucket of failures that refills. IPv6 counts by /64, which one host may own whole. */
final class FailedLogins {
    /** Failures at once, and ns until one more is forgiven. */
    static final int BURST = 20;
    static final long REFILL = 2_000_000_000L;
    /** Addresses remembered; the one that failed longest ago is forgotten first. */
    static final int MAX_ADDRESSES = 4096;

    /** Per address, the time until which its failures reach: it may try while that is less than a burst ahead of now. */
    private final LinkedHashMap<Object, Long> until = new LinkedHashMap<>();

    /** Whether a password from this address is to be checked now; null is a local socket, always. */
    boolean mayTry(InetAddress address, long now) {
        if (address == null) return true;
        Long debt = until.get(key(address));
        return debt == null || debt - now <= (BURST - 1) * REFILL;
    }

    void failed(InetAddress address, long now) {
        if (address == null) return;
        Object key = key(address);
        Long debt = until.remove(key);
        if (until.size() >= MAX_ADDRESSES) until.remove(until.keySet().iterator().next());
        until.put(key, Math.max(now, debt == null ? now : debt) + REFILL);
    }

    int size() { return until.size(); }

    private static Object key(InetAddress address) {
        return address instanceof Inet6Address ? (Object) ByteBuffer.wrap(address.getAddress()).getLong() : address;
    }
}
