package mqttq.quic;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import mqttq.quic.packet.PreferredAddress;
import mqttq.quic.packet.QuicException;

/**
 * How a client leaves its path for another (RFC 9000 §9.2): because nothing comes back on it, because its application wants to, or because
 * the server prefers another address. The other path is probed while the old one goes on; the first that answers has the connection.
 */
final class Mover {
    /** Silence after something that asks for an answer, in probe timeouts, before another path is looked for. */
    private static final int PATIENCE = 2;
    private static final int MAX_BACKOFF = 6;

    private final Connection c;
    /** Nothing came on the path in use since it was suspected. */
    private boolean silent;
    private int attempts;
    private long notBefore;
    private InetSocketAddress preferred;
    /** The server wants no other address of ours (disable_active_migration). */
    boolean stays;

    Mover(Connection c) { this.c = c; }

    long deadline() {
        if (!c.client || !c.confirmed || !c.unanswered()) return Long.MAX_VALUE;
        return Math.max(c.lastActivity() + PATIENCE * c.loss.pto(), notBefore);
    }

    void onTimeout(long now) { if (now >= deadline()) suspect(now); }

    /** The path may be dead: the application is asked for another socket, again and again until one answers. */
    void suspect(long now) {
        if (!c.client || !c.confirmed || c.closeReason != null || now < notBefore) return;
        silent = true;
        notBefore = now + (PATIENCE * c.loss.pto() << Math.min(attempts++, MAX_BACKOFF));
        c.listener.onPathSilent(c);
    }

    /**
     * The preferred_address transport parameter (RFC 9000 §9.6.1): its connection id is there at once, the address once the handshake is
     * confirmed.
     */
    void onPreferred(PreferredAddress p) throws QuicException {
        c.remoteCids.onNew(1, 0, p.connectionId, p.statelessResetToken);
        preferred = c.remote().getAddress() instanceof Inet4Address ? p.ipv4 : p.ipv6;
    }

    void onConfirmed() { if (preferred != null && !preferred.equals(c.remote())) c.listener.onPreferredAddress(c, preferred); }

    /** A packet came on the path in use. */
    void heard() {
        silent = false;
        attempts = 0;
    }

    /**
     * Sees whether the peer is heard from another socket or at another address.
     * @param always whether to go there also where the path in use is well
     * @return false where that cannot be now: no connection id is left for it, or too many paths are being tried
     */
    boolean probe(long now, InetSocketAddress local, InetSocketAddress remote, long cid, boolean always) {
        // RFC 9000 §9: not before the handshake is confirmed; §9.5: each path has its own connection id.
        if (!c.client || !c.confirmed || c.closeReason != null || cid < 0 || c.paths.count() == c.endpoint.limits.paths()) return false;
        // RFC 9000 §18.2: the server may forbid another address of ours, but not towards its preferred one.
        if (stays && !remote.equals(preferred) || c.paths.knows(local, remote)) return false;
        Path path = c.paths.add(local, remote);
        path.cid = cid;
        path.probed = true;
        path.always = always;
        c.paths.validate(now, path);
        c.wake();
        return true;
    }

    /**
     * A probed path has answered. RFC 9000 §9.6.2, §9.6.3: only then is it used, and the old one, of whichever address, no longer
     * validated.
     */
    void onAnswer(long now, Path path) throws QuicException {
        path.probed = false;
        if (leaves(path)) {
            c.paths.move(now, path, silent);
            heard();
        } else {
            c.paths.drop(path);
        }
        c.listener.onPath(c);
    }

    /** Whether the connection goes on at a probed path once that answers. */
    boolean leaves(Path probed) { return silent || probed.always; }

    /** A probed path did not answer: whether it is to be tried on all the same, there being no connection id for another. */
    boolean persists(long unusedCid) { return silent && unusedCid < 0; }
}
