package mqttq.quic.stream;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Bytes that all connections together may use beyond what each is promised: grown windows and send buffers. As many may be taken by what
 * they have received and not delivered, a quarter of that by those of one address; beyond, the one gives way that has had such bytes for
 * longest. One thread.
 */
public final class Budget {
    private final long most;
    private long left, held, sending;
    /** Who has bytes that were not delivered, oldest first; and how many there are by address. */
    private final Set<Streams> holders = new LinkedHashSet<>();
    private final Map<Object, Long> byAddress = new HashMap<>();

    /** @param bytes how much there is in all */
    public Budget(long bytes) { left = most = bytes; }

    /** Bytes received and not delivered, or sent and not acknowledged, by the arrays that hold them. */
    public long held() { return held + sending; }

    void sends(long more) { sending += more; }

    void hold(Streams by, long more) {
        if (by.held == 0) {
            holders.add(by);
            by.address = by.owner.address();
        }
        by.held += more;
        held += more;
        byAddress.merge(by.address, more, (a, b) -> a + b == 0 ? null : a + b);
        if (by.held == 0) holders.remove(by);
    }

    /** {@code by} has received more: who has to give way, or null. */
    Streams crowdedOut(Streams by) {
        boolean own = byAddress.getOrDefault(by.address, 0L) > most / 4;
        if (by.held == 0 || held <= most && !own) return null;
        for (Streams each : holders) if (!own || each.address.equals(by.address)) return each;
        return null;
    }

    /** Takes {@code bytes} if there are as many. */
    boolean take(long bytes) {
        if (bytes > left) return false;
        left -= bytes;
        return true;
    }

    void give(long bytes) { left += bytes; }

    /** Bytes not in use. */
    public long left() { return left; }
}
