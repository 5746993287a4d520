package mqttq.quic;

import java.util.Arrays;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.TransportError;

/** Connection ids that we issued to the peer, all routed to the connection by the endpoint (RFC 9000 §5.1.1). */
final class LocalCids {
    /** Bytes of every id of ours: a short header does not say it. */
    static final int LENGTH = 8;
    /** RFC 9000 §19.16. */
    private static final int RETIRE_CONNECTION_ID = 0x19;
    private final Connection connection;
    private final Endpoint endpoint;
    /** Those in use, and their sequence numbers; {@code unsaid} has bit i set where NEW_CONNECTION_ID for the i-th has to go out. */
    private ConnectionId[] ids;
    private long[] sequence;
    private int count, unsaid;
    private long next;
    private ConnectionId lastUsed;

    LocalCids(Connection connection, Endpoint endpoint) {
        this.connection = connection;
        this.endpoint = endpoint;
        ids = new ConnectionId[1];
        sequence = new long[1];
        add();
        lastUsed = ids[0];
    }

    /** The id of the handshake. */
    ConnectionId first() { return ids[0]; }

    private void add() {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, count + 1);
            sequence = Arrays.copyOf(sequence, count + 1);
        }
        ids[count] = endpoint.issue(connection);
        sequence[count++] = next++;
    }

    /** The id that the preferred_address parameter gives, with sequence number 1 (RFC 9000 §5.1.1). */
    ConnectionId preferred() {
        if (count == 1) add();
        return ids[1];
    }

    /** Issues as many as the peer keeps (its active_connection_id_limit) and our limit allows. */
    void fill(int most) {
        while (count < most) {
            unsaid |= 1 << count;
            add();
        }
    }

    /** RETIRE_CONNECTION_ID in a packet sent to {@code usedAs}. */
    void onRetire(long number, byte[] array, int usedAs) throws QuicException {
        if (number >= next) {
            throw new QuicException(TransportError.PROTOCOL_VIOLATION, RETIRE_CONNECTION_ID, "retires an id that was not issued");
        }
        int i = indexOf(number);
        if (i < 0) return;
        // RFC 9000 §19.16: a packet cannot retire the id that it was sent to.
        if (ids[i].matches(array, usedAs, LENGTH)) {
            throw new QuicException(TransportError.PROTOCOL_VIOLATION, RETIRE_CONNECTION_ID, "retires the id it was sent to");
        }
        endpoint.unroute(ids[i], connection);
        if (ids[i] == lastUsed) lastUsed = null;
        int last = --count, bit = unsaid >> last & 1;
        ids[i] = ids[last];
        sequence[i] = sequence[last];
        ids[last] = null;
        unsaid = unsaid & ~(1 << last) & ~(1 << i) | (i == last ? 0 : bit << i);
    }

    /** The id that the newest packet of the peer was sent to; null where that was retired. */
    ConnectionId lastUsed() { return lastUsed; }

    /** False: it is the same as before. */
    boolean used(byte[] array, int at) {
        if (lastUsed != null && lastUsed.matches(array, at, LENGTH)) return false;
        for (int i = 0; i < count; i++) if (ids[i].matches(array, at, LENGTH)) lastUsed = ids[i];
        return true;
    }

    boolean pending() { return unsaid != 0; }

    /** Index of the next id that NEW_CONNECTION_ID has to go out for; after {@link #pending} only. */
    int nextUnsaid() { return Integer.numberOfTrailingZeros(unsaid); }
    void said(int i) { unsaid &= ~(1 << i); }
    ConnectionId id(int i) { return ids[i]; }
    long sequence(int i) { return sequence[i]; }

    void onLost(long number) {
        int i = indexOf(number);
        if (i >= 0) unsaid |= 1 << i;
    }

    /** Takes all routes back: the connection is gone. */
    void close() {
        for (int i = 0; i < count; i++) endpoint.unroute(ids[i], connection);
        count = 0;
    }

    private int indexOf(long number) {
        for (int i = 0; i < count; i++) if (sequence[i] == number) return i;
        return -1;
    }
}
