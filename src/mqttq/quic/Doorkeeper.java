package mqttq.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.ConnectionIdMap;
import mqttq.quic.packet.DatagramSize;
import mqttq.quic.packet.PacketHeader;
import mqttq.quic.packet.TransportError;

/**
 * Stands before a server's connections: an Initial becomes one only when its ClientHello is whole, its address good enough and there is
 * room.
 */
final class Doorkeeper {
    private static final int LEAST_DESTINATION = 8;
    private final Endpoint endpoint;
    private final Limits limits;
    private final ConnectionIdMap<PendingHello> byDestination;
    /** In parts, oldest first; and whole ones that wait for their turn. */
    private final ArrayDeque<PendingHello> partial = new ArrayDeque<>(), ready = new ArrayDeque<>();
    private final EarlyDatagrams early = new EarlyDatagrams();
    private final byte[] scratch = new byte[2048];

    Doorkeeper(Endpoint endpoint) {
        this.endpoint = endpoint;
        limits = endpoint.limits;
        byDestination = new ConnectionIdMap<>(endpoint.entropy.nextLong(), endpoint.entropy.nextLong());
    }

    boolean pending() { return !ready.isEmpty(); }
    int waiting() { return ready.size(); }
    int partial() { return partial.size(); }

    /** The next whole ClientHello, or null. */
    PendingHello next() {
        PendingHello hello = ready.poll();
        if (hello != null) forget(hello);
        return hello;
    }

    private void forget(PendingHello hello) {
        byDestination.remove(hello.destination);
        hello.close();
    }

    /** A datagram of 0-RTT that belongs to no connection. */
    void onEarly(PacketHeader header, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
        PendingHello known = byDestination.get(header.array(), header.destinationOffset(), header.destinationLength());
        if (known == null) early.keep(header, datagram, local, remote);
        else if (remote.equals(known.remote)) known.keep(datagram);
    }

    /** An Initial that belongs to no connection. */
    void onInitial(long now, PacketHeader header, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
        // RFC 9000 §14.1, §7.2: smaller datagrams and shorter ids are dropped.
        if (datagram.remaining() < DatagramSize.MIN_INITIAL || header.destinationLength() < LEAST_DESTINATION) return;
        PendingHello known = byDestination.get(header.array(), header.destinationOffset(), header.destinationLength());
        if (known != null) {
            boolean was = known.complete();
            known.onDatagram(datagram, remote, scratch);
            if (!was && known.complete()) {
                partial.remove(known);
                ready.add(known);
            }
            return;
        }
        AddressTokens tokens = endpoint.tokens;
        AddressTokens.Verdict verdict = tokens.open(now, header.version(), header.array(), header.tokenOffset(), header.tokenLength(),
            remote);
        // RFC 9287 §3.1: only a client that has spoken with us before knows that we do not care.
        if (!header.fixedBit() && verdict != AddressTokens.Verdict.VALID) return;
        ConnectionId original = header.destination(), retry = null;
        if (verdict == AddressTokens.Verdict.VALID && tokens.originalDcid().length > 0) {
            original = ConnectionId.of(tokens.originalDcid());
            retry = ConnectionId.of(tokens.retryScid());
            if (!retry.equals(header.destination())) verdict = AddressTokens.Verdict.INVALID_RETRY;
        }
        if (verdict == AddressTokens.Verdict.INVALID_RETRY) {
            // RFC 9000 §8.1.2: the client will not take another Retry; let it know.
            endpoint.stateless.close(now, header, TransportError.INVALID_TOKEN, local, remote);
            return;
        }
        int inProgress = endpoint.handshakes() + ready.size();
        if (verdict == AddressTokens.Verdict.NONE && inProgress >= limits.retryAbove()) {
            endpoint.stateless.retry(now, header, local, remote);
            return;
        }
        if (inProgress >= limits.maxHandshakes() && !endpoint.evictHandshake() || endpoint.connections() >= limits.maxConnections()) {
            endpoint.stateless.close(now, header, TransportError.CONNECTION_REFUSED, local, remote);
            return;
        }
        PendingHello hello = new PendingHello(endpoint, now, header, local, remote, verdict == AddressTokens.Verdict.VALID, original,
            retry);
        if (!hello.onDatagram(datagram, remote, scratch)) {
            hello.close();
            return;
        }
        byDestination.putIfAbsent(hello.destination, hello);
        early.moveTo(hello, local, remote);
        if (hello.complete()) {
            ready.add(hello);
            return;
        }
        expire(now);
        partial.add(hello);
    }

    private void expire(long now) {
        while (!partial.isEmpty() && (partial.size() >= limits.maxPartialHellos()
            || now - partial.peek().created > limits.partialHelloLife())) {
            forget(partial.poll());
        }
    }
}
