package mqttq.quic;

import java.net.Inet4Address;

/**
 * How large datagrams may be on one path: DPLPMTUD (RFC 8899 §5, RFC 9000 §14.3). It begins when full datagrams are sent, so that those who
 * say little never probe, and falls back to the base when large ones vanish.
 */
final class MtuSearch {
    /** MAX_PROBES of RFC 8899 §5.1.2; sizes closer than this are one. */
    private static final int MAX_PROBES = 3, NEAR = 16;
    /** PMTU_RAISE_TIMER of RFC 8899 §5.1.1, and how soon after a black hole to look again. */
    private static final long RAISE = 600_000_000_000L, AGAIN = 10_000_000_000L;
    /** So many large datagrams lost in a row, and none acknowledged, are a black hole. */
    private static final int BLACK_HOLE = 8;
    private static final int IPV6_MORE = 20;

    private final Path path;
    /** The least size that is known or taken not to pass; 0 before the search. */
    private int above;
    private boolean inFlight;
    private int lost, largeLost;
    private long notBefore, arrived = -1;

    MtuSearch(Path path) { this.path = path; }

    /** Size of the probe to send now, or 0. {@code most}: what socket, peer and we can do. */
    int due(long now, int most) {
        if (inFlight || now < notBefore) return 0;
        if (above == 0) {
            above = (path.remote.getAddress() instanceof Inet4Address ? most : Math.min(most, Endpoint.MAX_DATAGRAM - IPV6_MORE)) + 1;
        }
        if (above - path.mtu <= 1) return 0;
        // The largest first, which is what most paths carry; then halves.
        if (lost == 0 && above == most + 1) return above - 1;
        int size = path.mtu + above >> 1;
        if (above - path.mtu > NEAR) return size;
        notBefore = now + RAISE;
        above = 0;
        return 0;
    }

    void onSent() { inFlight = true; }

    /** A probe arrived; returns whether the path carries more than was known. */
    boolean onAcked(int bytes) {
        inFlight = false;
        lost = 0;
        if (bytes <= path.mtu) return false;
        path.mtu = bytes;
        return true;
    }

    void onLost(int bytes) {
        inFlight = false;
        if (++lost < MAX_PROBES) return;
        lost = 0;
        above = Math.min(above, bytes);
    }

    /** A datagram larger than the base, no probe, arrived. */
    void onLargeAcked(long number) {
        largeLost = 0;
        arrived = Math.max(arrived, number);
    }

    /** One was lost; returns whether they all are. */
    boolean onLargeLost(long now, long number) { return number > arrived && ++largeLost >= BLACK_HOLE && fall(now); }

    /** RFC 8899 §4.3, RFC 9000 §14.2: nothing large comes through: back to the base; returns whether that is a change. */
    boolean fall(long now) {
        largeLost = lost = above = 0;
        inFlight = false;
        if (path.mtu == Path.BASE_MTU) return false;
        path.mtu = Path.BASE_MTU;
        notBefore = now + AGAIN;
        return true;
    }
}
