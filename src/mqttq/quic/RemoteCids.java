package mqttq.quic;

import java.util.Arrays;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.TransportError;

/** Connection ids that the peer issued to us, of which each path uses one, and those that we have to retire (RFC 9000 §5.1). */
final class RemoteCids {
    /** RFC 9000 §19.15. */
    private static final int NEW_CONNECTION_ID = 0x18;
    private static final long[] NONE = {};
    private final Limits limits;
    /** Parallel arrays, in no order: at most {@code limits.peerCids} are in use. */
    private long[] sequence = new long[1];
    private ConnectionId[] ids = new ConnectionId[1];
    /** Their stateless reset tokens, as the endpoint looks them up. */
    private ConnectionId[] tokens = new ConnectionId[1];
    private int count;
    private long retirePriorTo;
    /** The highest sequence number seen, and which of the 64 up to it were: bit 0 is the highest. */
    private long highest, seen = 1;
    /**
     * Sequence numbers said or to be said in RETIRE_CONNECTION_ID and not acknowledged; bit i of {@code unsent}: the i-th is to be said.
     */
    private long[] retired = NONE;
    private int retiring, unsent;

    RemoteCids(Limits limits, ConnectionId first) {
        this.limits = limits;
        ids[0] = first;
        count = 1;
    }

    /** The id with sequence number 0 as the handshake found it: after a Retry, and from the server's first Initial. */
    void first(ConnectionId id) { ids[0] = id; }

    /** The stateless_reset_token transport parameter, of the first id. */
    void firstToken(byte[] token) { tokens[0] = ConnectionId.of(token); }

    /** NEW_CONNECTION_ID. The caller gives every path whose id is gone another one afterwards: {@link #has}, {@link #unused}. */
    void onNew(long number, long priorTo, ConnectionId id, byte[] token) throws QuicException {
        // RFC 9000 §19.15: a peer to which we send with a zero-length id cannot issue any.
        if (ids[0] != null && ids[0].length() == 0) {
            throw error(TransportError.PROTOCOL_VIOLATION, "NEW_CONNECTION_ID from a peer without ids");
        }
        for (int i = 0; i < count; i++) {
            if (sequence[i] == number ? !ids[i].equals(id) : ids[i].equals(id)) {
                throw error(TransportError.PROTOCOL_VIOLATION, "connection id issued twice");
            }
        }
        if (priorTo > retirePriorTo) {
            retirePriorTo = priorTo;
            for (int i = count; i-- > 0; ) if (sequence[i] < priorTo) retire(i);
        }
        if (!isNew(number)) return;
        if (number < retirePriorTo) {
            // RFC 9000 §19.15: retired before it came.
            addRetired(number);
            return;
        }
        if (count == limits.peerCids()) throw error(TransportError.CONNECTION_ID_LIMIT_ERROR, "more connection ids than agreed");
        if (count == ids.length) {
            sequence = Arrays.copyOf(sequence, count + 1);
            ids = Arrays.copyOf(ids, count + 1);
            tokens = Arrays.copyOf(tokens, count + 1);
        }
        sequence[count] = number;
        ids[count] = id;
        tokens[count++] = ConnectionId.of(token);
    }

    private static QuicException error(long code, String reason) { return new QuicException(code, NEW_CONNECTION_ID, reason); }
    boolean has(long number) { return indexOf(number) >= 0; }

    ConnectionId id(long number) {
        int i = indexOf(number);
        return i < 0 ? null : ids[i];
    }

    /** The stateless reset token of an id, or null. */
    ConnectionId token(long number) {
        int i = indexOf(number);
        return i < 0 ? null : tokens[i];
    }

    /** The lowest sequence number that none of the paths uses, or -1. */
    long unused(Path[] paths, int pathCount) {
        long best = -1;
        for (int i = 0; i < count; i++) {
            boolean used = false;
            for (int p = 0; p < pathCount; p++) used |= paths[p].cid == sequence[i];
            if (!used && (best < 0 || sequence[i] < best)) best = sequence[i];
        }
        return best;
    }

    /** A path with this id is given up. */
    void retire(long number) throws QuicException {
        int i = indexOf(number);
        if (i >= 0) retire(i);
    }

    private void retire(int i) throws QuicException {
        addRetired(sequence[i]);
        count--;
        sequence[i] = sequence[count];
        ids[i] = ids[count];
        tokens[i] = tokens[count];
        ids[count] = null;
        tokens[count] = null;
    }

    private boolean isNew(long number) {
        if (number > highest) {
            seen = number - highest > 63 ? 1 : seen << number - highest | 1;
            highest = number;
            return true;
        }
        if (highest - number > 63 || (seen & 1L << highest - number) != 0) return false;
        seen |= 1L << highest - number;
        return true;
    }

    private void addRetired(long number) throws QuicException {
        // RFC 9000 §5.1.2: without this, rising Retire Prior To makes us queue RETIREs for ever.
        if (retiring == limits.retiredInFlight()) {
            throw error(TransportError.CONNECTION_ID_LIMIT_ERROR, "too many connection ids to retire");
        }
        if (retired.length == 0) retired = new long[limits.retiredInFlight()];
        retired[retiring] = number;
        unsent |= 1 << retiring++;
    }

    /** Whether {@link #nextRetired} has one. */
    boolean pending() { return unsent != 0; }

    /** The next sequence number to say RETIRE_CONNECTION_ID for; after {@link #pending} only. */
    long nextRetired() {
        int i = Integer.numberOfTrailingZeros(unsent);
        unsent &= unsent - 1;
        return retired[i];
    }

    void onRetireAcked(long number) {
        int i = retiringIndex(number);
        if (i < 0) return;
        int last = --retiring, bit = unsent >> last & 1;
        retired[i] = retired[last];
        unsent = unsent & ~(1 << last) & ~(1 << i) | (i == last ? 0 : bit << i);
        if (retiring == 0) retired = NONE;
    }

    void onRetireLost(long number) {
        int i = retiringIndex(number);
        if (i >= 0) unsent |= 1 << i;
    }

    private int retiringIndex(long number) {
        for (int i = 0; i < retiring; i++) if (retired[i] == number) return i;
        return -1;
    }

    private int indexOf(long number) {
        for (int i = 0; i < count; i++) if (sequence[i] == number) return i;
        return -1;
    }
}
