package mqttq.quic;

import java.util.ArrayDeque;
import mqttq.quic.packet.QuicVersion;
import mqttq.tls.SessionTicket;

/**
 * What a client keeps of one server between connections: tickets to resume with, a token that proves its address, the version that was
 * spoken, and whether 0-RTT is worth a try. Each ticket and token is used once, so that nobody can link connections by them.
 */
public final class ServerMemory {
    private static final int MOST_TICKETS = 4;
    private final ArrayDeque<SessionTicket> tickets = new ArrayDeque<>();
    private byte[] token;
    /** That of the last connection; null before the first. Tickets and tokens are of this one: RFC 9369 §5 forbids to mix them. */
    private QuicVersion version;
    /** The last 0-RTT attempt came to nothing: to be told so early enough, the next one waits for its handshake. */
    private boolean cautious;

    QuicVersion version() { return version; }

    /** A handshake is complete. */
    void spoke(QuicVersion spoken) {
        cautious = false;
        if (spoken == version) return;
        version = spoken;
        tickets.clear();
        token = null;
    }

    void add(SessionTicket ticket) {
        if (tickets.size() == MOST_TICKETS) tickets.removeLast();
        tickets.addFirst(ticket);
    }

    void token(byte[] value) { token = value; }

    /** The newest ticket, which is then used up; null where there is none. */
    SessionTicket takeTicket() { return tickets.poll(); }

    /** RFC 9000 §8.1.3: the token of the last connection, once; null where there is none. */
    byte[] takeToken() {
        byte[] taken = token;
        token = null;
        return taken;
    }

    boolean mayTryEarlyData() { return !cautious; }
    void triedEarlyData() { cautious = true; }
}
