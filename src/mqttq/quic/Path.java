package mqttq.quic;

import java.net.InetSocketAddress;
import mqttq.quic.recovery.CongestionController;

/**
 * One pair of addresses that a connection uses or has used: what may be sent there, how fast, and whether somebody is there (RFC 9000 §8,
 * §9).
 */
final class Path {
    /** The smallest size that every path carries (RFC 9000 §14), and where each begins. */
    static final int BASE_MTU = 1200;
    private static final long[] NONE = {};

    /** What sent packets name it by; unique in the connection. */
    final int id;
    final InetSocketAddress local, remote;
    /** Kept while another path is in use, for when this one comes back. */
    CongestionController congestion;
    /** What the loss detector knows the path by: two that differ in a port only are one road to it. */
    int recovery;
    /** Sequence number of the peer's connection id used here; -1: none left. */
    long cid;
    int mtu = BASE_MTU;
    /** Null before full datagrams are sent. */
    MtuSearch search;

    boolean validated;
    /** Of a client: a way out that was not used yet; and whether to go there though the path in use is well. */
    boolean probed, always;
    private long received, sent;

    /** Challenges sent and not answered, the newest first; {@code challenges} of them. */
    private long[] challenge = NONE;
    int challenges;
    /** Whether one has to go out, when the next one has to (ns), and when to give up. */
    boolean challengeDue;
    /** When the first of them went out, ns. */
    private long challengedAt;
    long challengeAt = Long.MAX_VALUE, giveUpAt = Long.MAX_VALUE;
    /** An answered challenge proved this path for 1200 bytes, not just for the address. */
    boolean expanded;

    /** Challenges of the peer to answer, the latest only: a flood of them costs nothing. */
    private long[] response = NONE;
    int responses;

    Path(int id, InetSocketAddress local, InetSocketAddress remote) {
        this.id = recovery = id;
        this.local = local;
        this.remote = remote;
    }

    boolean is(InetSocketAddress otherLocal, InetSocketAddress otherRemote) {
        return (remote == otherRemote || remote.equals(otherRemote))
            && (local == otherLocal || local.equals(otherLocal) || vague(local, otherLocal));
    }

    /** A wildcard socket does not always know to which address a datagram came. */
    private static boolean vague(InetSocketAddress a, InetSocketAddress b) {
        return a.getPort() == b.getPort() && (a.getAddress().isAnyLocalAddress() || b.getAddress().isAnyLocalAddress());
    }

    /** A datagram came: RFC 9000 §8.1: counted once, whatever is in it. */
    void onReceived(int bytes) { received += bytes; }
    void onSent(int bytes) { sent += bytes; }

    /** How many bytes may be sent here now. */
    long allowance() { return validated || probed ? Long.MAX_VALUE : 3 * received - sent; }
    long bytesReceived() { return received; }
    long bytesSent() { return sent; }

    // --- our challenges

    /** Remembers a challenge that goes out now, the newest {@code most} of them. */
    void onChallengeSent(long now, long data, int most) {
        if (challenges == 0) challengedAt = now;
        challenge = newest(data, challenge, most);
        challenges = Math.min(challenges + 1, most);
        challengeDue = false;
    }

    /** Whether {@code data} answers one of the challenges sent here. */
    boolean answers(long data) {
        for (int i = 0; i < challenges; i++) if (challenge[i] == data) return true;
        return false;
    }

    /** How long the answer took that came now, ns. */
    long answeredAfter(long now) { return Math.max(1, now - challengedAt); }

    void stopValidating() {
        challenges = 0;
        challenge = NONE;
        challengeDue = false;
        challengeAt = giveUpAt = Long.MAX_VALUE;
    }

    // --- the peer's challenges

    void onChallenge(long data, int most) {
        response = newest(data, response, most);
        responses = Math.min(responses + 1, most);
    }

    private static long[] newest(long data, long[] kept, int most) {
        long[] all = kept.length == 0 ? new long[most] : kept;
        System.arraycopy(all, 0, all, 1, most - 1);
        all[0] = data;
        return all;
    }

    /** The next answer to give, the oldest first; after {@code responses > 0} only. */
    long nextResponse() {
        long data = response[--responses];
        if (responses == 0) response = NONE;
        return data;
    }
}
