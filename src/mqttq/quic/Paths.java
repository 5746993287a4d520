package mqttq.quic;

import java.net.InetSocketAddress;
import java.util.Arrays;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.QuicException;
import mqttq.quic.recovery.RttEstimator;

/** The paths of one connection: which is in use, which are being validated, and moving from one to another (RFC 9000 §8.2, §9). */
final class Paths {
    private final Connection c;
    private Path[] paths = new Path[1];
    private int count, nextId;
    private Path active;
    /** Where to go back to when the validation of the active path fails; null where there is no such place. */
    private Path fallback;

    Paths(Connection c, InetSocketAddress local, InetSocketAddress remote) {
        this.c = c;
        active = add(local, remote);
    }

    Path active() { return active; }

    /** The last path on which somebody has shown to be there; the one in use where there was none yet. */
    Path proven() { return active.validated || fallback == null ? active : fallback; }
    int count() { return count; }
    Path get(int i) { return paths[i]; }

    Path add(InetSocketAddress local, InetSocketAddress remote) {
        Path path = new Path(nextId++, local, remote);
        if (count == paths.length) paths = Arrays.copyOf(paths, c.endpoint.limits.paths());
        paths[count++] = path;
        return path;
    }

    // --- receiving

    /**
     * The path that a datagram came on, or null where it must be dropped. A new one, with the id -1, is not remembered before a packet
     * of it was opened: {@link #adopt}.
     */
    Path find(InetSocketAddress local, InetSocketAddress remote) {
        if (active.is(local, remote)) return active;
        for (int i = 0; i < count; i++) if (paths[i].is(local, remote)) return paths[i];
        // RFC 9000 §9: nobody moves before the handshake is confirmed; servers do not move at all; a client's own address may be seen anew.
        if (!c.confirmed || c.client && !active.remote.equals(remote)) return null;
        return new Path(-1, local, remote);
    }

    /** Gives a stranger a place; returns its path, or null where all places are taken by paths that are worth more. */
    Path adopt(Path stranger) throws QuicException {
        if (count == c.endpoint.limits.paths()) {
            Path victim = null;
            for (int i = 0; i < count; i++) {
                if (paths[i] != active && paths[i] != fallback && (victim == null || paths[i].id < victim.id)) victim = paths[i];
            }
            if (victim == null) return null;
            drop(victim);
        }
        Path path = add(stranger.local, stranger.remote);
        path.onReceived((int) stranger.bytesReceived());
        path.cid = -1;
        // RFC 9000 §9.6.2: towards our preferred address: we probe from there, and have validated it when the client moves.
        if (!c.client && !path.local.equals(active.local)) validate(c.now, path);
        return path;
    }

    /** The peer uses this path now: the highest-numbered packet that is more than a probe came on it (RFC 9000 §9.3). */
    void migrate(long now, Path to, boolean sameDestination) throws QuicException {
        Path from = active;
        long pto = c.loss.pto();
        if (from.validated) fallback = from;
        if (to.cid < 0) {
            // RFC 9000 §9.5: a peer that did not change its own id may not have changed anything else: a NAT did.
            to.cid = sameDestination ? from.cid : unused();
            if (to.cid < 0) to.cid = from.cid;
        }
        active = to;
        from.congestion = c.loss.congestion();
        if (to.congestion == null) {
            // RFC 9000 §9.4: a new port is a NAT's doing, the road is the same.
            boolean samePlace = to.remote.getAddress().equals(from.remote.getAddress()) && to.local.equals(from.local);
            to.congestion = samePlace ? from.congestion : c.newCongestion();
            if (samePlace) to.mtu = from.mtu;
        }
        to.recovery = to.congestion == from.congestion ? from.recovery : to.id;
        if (to.recovery != from.recovery) c.loss.path(now, to.recovery, to.congestion);
        if (!to.validated) validate(now, to);
        // RFC 9000 §9.3.3: whoever forwarded a copy of a packet must not keep the connection: the old path gets a chance to speak up.
        if (from.validated) {
            validate(now, from);
            // What its round trip was is known; an id that is not needed makes room for the next path.
            from.giveUpAt = now + 3 * pto;
        }
        c.onMigrated();
    }

    /** Client: goes on at a path that has answered. {@code dead}: nothing came from the old one, and nothing sent there will arrive. */
    void move(long now, Path to, boolean dead) throws QuicException {
        Path from = active;
        from.congestion = c.loss.congestion();
        active = to;
        to.congestion = c.newCongestion();
        c.loss.path(now, to.recovery, to.congestion);
        c.loss.hint(now, to.answeredAfter(now));
        if (dead) c.loss.abandon(now);
        fallback = null;
        // What is under way may still arrive there.
        from.stopValidating();
        from.giveUpAt = now + 3 * c.loss.pto();
        c.onMigrated();
    }

    boolean knows(InetSocketAddress local, InetSocketAddress remote) {
        for (int i = 0; i < count; i++) if (paths[i].is(local, remote)) return true;
        return false;
    }

    /** Whether a path leaves from this address. */
    boolean uses(InetSocketAddress local) {
        for (int i = 0; i < count; i++) if (paths[i].local.equals(local)) return true;
        return false;
    }

    long unused() { return c.remoteCids.unused(paths, count); }

    /** Starts to find out whether somebody is there (RFC 9000 §8.2.1). */
    void validate(long now, Path path) {
        path.stopValidating();
        path.challengeDue = true;
        // RFC 9000 §8.2.4: three times the larger of the PTOs of this and of a new path.
        path.giveUpAt = now + 3 * Math.max(c.loss.pto(), 3 * RttEstimator.INITIAL);
    }

    /** A PATH_CHALLENGE went out on the path; the next one only after a probe timeout. */
    void onChallengeSent(long now, Path path, long data) {
        path.onChallengeSent(now, data, c.endpoint.limits.challengesPerPath());
        path.challengeAt = now + Math.max(c.loss.pto(), RttEstimator.INITIAL);
    }

    /** PATH_RESPONSE, on whichever path: RFC 9000 §8.2.2, §8.2.3. */
    boolean onResponse(long now, long data) throws QuicException {
        for (int i = 0; i < count; i++) {
            Path path = paths[i];
            if (!path.answers(data)) continue;
            // RFC 9000 §9.4: the round trip of a path on which there was none before.
            if (path == active) c.loss.hint(now, path.answeredAfter(now));
            boolean news = path == active && !path.validated;
            path.validated = true;
            path.stopValidating();
            // RFC 9000 §8.2.1: what could not be expanded has to be proven again for 1200 bytes.
            if (!path.expanded) validate(now, path);
            // One that was left and still answers: its id makes room all the same.
            else if (path != active && path.congestion != null) path.giveUpAt = now + 3 * c.loss.pto();
            else if (path == active && fallback != null) fallback.giveUpAt = Math.min(fallback.giveUpAt, now + 3 * c.loss.pto());
            if (path.probed) c.mover.onAnswer(now, path);
            else if (news) c.listener.onPath(c);
            if (c.trace != null) c.trace.onPath(now, active.id, active.local, active.remote, active.validated);
            return true;
        }
        return false;
    }

    // --- time

    long deadline() {
        long deadline = Long.MAX_VALUE;
        for (int i = 0; i < count; i++) deadline = Math.min(deadline, Math.min(paths[i].challengeAt, paths[i].giveUpAt));
        return deadline;
    }

    /** Sends challenges again and gives up; false where no path is left. */
    boolean onTimeout(long now) throws QuicException {
        if (active.giveUpAt <= now) {
            active.stopValidating();
            if (!active.validated) {
                if (fallback == null) return false;
                // RFC 9000 §9.3.2: back to where somebody was.
                Path failed = active;
                active = fallback;
                active.stopValidating();
                fallback = null;
                if (active.recovery != failed.recovery) c.loss.path(now, active.recovery, active.congestion);
                drop(failed);
                c.onMigrated();
            }
        }
        for (int i = count; i-- > 0; ) {
            Path path = paths[i];
            if (path.giveUpAt <= now && path != active) {
                if (path.probed && c.mover.persists(unused())) {
                    validate(now, path);
                } else if (path == fallback && !active.validated) {
                    // Needed until that is decided.
                    path.giveUpAt = active.giveUpAt;
                } else {
                    drop(path);
                    c.listener.onPath(c);
                }
            } else if (path.challengeAt <= now) {
                path.challengeAt = Long.MAX_VALUE;
                path.challengeDue = true;
            }
        }
        return true;
    }

    void drop(Path path) throws QuicException {
        int i = 0;
        while (paths[i] != path) i++;
        paths[i] = paths[--count];
        paths[count] = null;
        if (fallback == path) fallback = null;
        for (int p = 0; p < count; p++) if (paths[p].cid == path.cid) return;
        // RFC 9000 §5.1.2: an id is for one path.
        if (path.cid >= 0) c.remoteCids.retire(path.cid);
    }

    // --- connection ids

    /** The destination of packets on this path; null where the peer has given us none for it. */
    ConnectionId destination(Path path) {
        if (path.cid < 0) path.cid = unused();
        return path.cid < 0 ? null : c.remoteCids.id(path.cid);
    }

    int destinationLength(Path path) {
        ConnectionId id = path.cid < 0 ? null : c.remoteCids.id(path.cid);
        return id == null ? ConnectionId.MAX_LENGTH : id.length();
    }

    /** After NEW_CONNECTION_ID: a path whose id was retired gets another one. */
    void onCidsChanged() {
        for (int i = 0; i < count; i++) {
            Path path = paths[i];
            if (path.cid < 0 || c.remoteCids.has(path.cid)) continue;
            path.cid = unused();
            if (path == active) c.watchReset();
        }
    }
}
