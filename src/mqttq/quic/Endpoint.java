package mqttq.quic;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.function.BiConsumer;
import mqttq.loop.Log;
import mqttq.loop.TimerHeap;
import mqttq.quic.crypto.ProtectionFactory;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.ConnectionIdMap;
import mqttq.quic.packet.DatagramSize;
import mqttq.quic.packet.PacketHeader;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.packet.StatelessReset;
import mqttq.quic.packet.TransportError;
import mqttq.quic.qlog.ConnectionTrace;
import mqttq.quic.recovery.SentPacket;
import mqttq.quic.stream.Budget;
import mqttq.tls.Hkdf;
import mqttq.tls.TlsConfig;
import mqttq.wire.BufferPool;

/**
 * Many QUIC connections, of clients, of a server or both, without any I/O: {@link #receive}, {@link #transmit}, {@link #deadline} and
 * {@link #onTimeout} are all the doors there are. Loop thread only; times in ns of the loop's clock.
 */
public final class Endpoint {
    /** The largest datagram that we send and ask for, in bytes of UDP payload: Ethernet less IPv4 and UDP. */
    static final int MAX_DATAGRAM = 1472;
    private static final int POOL_BYTES_PER_SIZE = 1 << 18, POOLED_PACKETS = 4096, DATAGRAMS_PER_TURN = 32;
    private static final long MILLISECOND = 1_000_000L, SECOND = 1_000_000_000L, RETRY_TOKEN_LIFE = 30 * SECOND,
        NEW_TOKEN_LIFE = 24 * 3600 * SECOND;

    /** Decides about a server's new connections. */
    public interface Acceptor {
        /** A client with a complete ClientHello; returns who listens to its connection, or null to refuse it. */
        ConnectionListener onConnection(Connection connection);
    }

    final SecureRandom entropy;
    final Limits limits;
    final Budget budget;
    final ProtectionFactory protection;
    final BufferPool pool = new BufferPool(POOL_BYTES_PER_SIZE);
    final SentPacket.Pool sentPackets = new SentPacket.Pool(POOLED_PACKETS);
    final AddressTokens tokens;
    final Stateless stateless;
    final Parts parts = new Parts();
    private final Receiver receiver = new Receiver();
    final byte[] resetKey;
    final Log log;
    final ConnectionTrace.Factory traces;
    private final Runnable wake;

    private TlsConfig serverTls;
    private ConnectionOptions serverOptions;
    private Acceptor acceptor;
    private final Doorkeeper door;

    private final ConnectionIdMap<Connection> routes, resetTokens;
    private final TimerHeap deadlines = new TimerHeap();
    private final ArrayDeque<Connection> dirty = new ArrayDeque<>();
    /** Server handshakes in progress, and connections that have ciphers; oldest first. */
    private final Links young = new Links(null), warm = new Links(null);
    private int handshakes, warmCount, connections;
    private boolean inside;
    /** Of the {@link #transmit} that runs. */
    DatagramSink sink;

    /** Totals of all connections. */
    long bytesReceived, bytesSent, packetsReceived, packetsSent, packetsLost;

    private final PacketHeader header = new PacketHeader();
    private final byte[] tail = new byte[StatelessReset.TOKEN_LENGTH];
    private ByteBuffer frames = ByteBuffer.allocate(0);
    /** The datagram being written; where the sink refused it, it is kept here. */
    private final ByteBuffer out = ByteBuffer.allocate(MAX_DATAGRAM);
    private InetSocketAddress outLocal, outRemote;
    private boolean outEct0;
    private boolean refused;
    /** The sink takes nothing more: what is to be sent waits for it, not for the clock. */
    private boolean blocked;

    /** @param wake called when there is something to transmit that none of the doors brought about; may be null */
    public Endpoint(EndpointConfig config, Runnable wake) {
        this.wake = wake;
        entropy = config.entropy();
        limits = config.limits();
        budget = config.budget();
        protection = config.protection();
        log = config.log();
        traces = config.traces();
        resetKey = Hkdf.expandLabel("HmacSHA256", config.secret(), "mqttq reset", new byte[0], 32);
        byte[] tokenSecret = new byte[32];
        entropy.nextBytes(tokenSecret);
        tokens = new AddressTokens(tokenSecret, entropy, RETRY_TOKEN_LIFE, NEW_TOKEN_LIFE);
        routes = new ConnectionIdMap<>(entropy.nextLong(), entropy.nextLong());
        resetTokens = new ConnectionIdMap<>(entropy.nextLong(), entropy.nextLong());
        stateless = new Stateless(this, limits);
        door = new Doorkeeper(this);
    }

    // --- the application's face

    /**
     * Takes connections as a server from now on, with what is given here; null for {@code tls}: no longer. Connections that stand are not
     * touched.
     */
    public void serve(TlsConfig tls, ConnectionOptions options, Acceptor newAcceptor) {
        serverTls = tls;
        serverOptions = options;
        acceptor = newAcceptor;
    }

    /**
     * Begins a connection as a client.
     * @param host the name or address asked for, which the certificate has to prove
     * @param memory of this server, one for all connections to it: they resume one another
     */
    public Connection connect(long now, TlsConfig tls, ConnectionOptions options, String host, InetSocketAddress local,
        InetSocketAddress remote,
            ServerMemory memory, ConnectionListener listener) {
        try {
            Connection c = Connection.client(this, now, options, listener, tls, host, local, remote, memory);
            connections++;
            touch(c);
            return c;
        } catch (QuicException e) {
            // A ClientHello of our own making.
            throw new IllegalStateException(e.toString());
        }
    }

    /**
     * Tells a client of an earlier process that its connection is gone, without waiting to be asked. RFC 9000 §10.3 speaks of a reset in
     * answer to a packet, and §10.3.1 has it taken whenever it comes; what §10.3 and §10.3.3 demand against amplification and loops is kept
     * in another way: the address was validated (the caller's part), it is told once, and a reset that answers this one is smaller.
     * @param id that the client sends to: no other of its ids would count
     * @param local where it sends to: from elsewhere it would not count either
     * @return false where too many answers wait for the socket: to be tried again
     */
    public boolean reset(byte[] id, InetSocketAddress local, InetSocketAddress remote) { return stateless.reset(id, local, remote); }

    /** Tells the totals of all connections so far by their names, numbers as Long. */
    public void figures(BiConsumer<String, Object> to) {
        to.accept("connections", (long) connections);
        to.accept("handshakes", (long) handshakes);
        to.accept("packets/sent", packetsSent);
        to.accept("packets/received", packetsReceived);
        to.accept("packets/lost", packetsLost);
        to.accept("bytes/sent", bytesSent);
        to.accept("bytes/received", bytesReceived);
    }

    /** Connections, with those that are closing. */
    public int connections() { return connections; }

    /** Server handshakes in progress. */
    public int handshakes() { return handshakes; }

    /** ClientHellos that have come in part. */
    int partialHellos() { return door.partial(); }

    // --- the four doors

    /** A datagram came. Its buffer (backed by an array) is overwritten. Never throws for what a peer sent. */
    public void receive(long now, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
        int length = datagram.remaining();
        if (length == 0) return;
        int end = datagram.arrayOffset() + datagram.limit();
        header.datagram(datagram, LocalCids.LENGTH);
        if (!header.next()) return;
        Connection c = routes.get(header.array(), header.destinationOffset(), header.destinationLength());
        boolean mayReset = length >= StatelessReset.MIN_LENGTH;
        // JDK 25 destroys what it cannot open: the token has to be looked at before.
        if (mayReset) System.arraycopy(header.array(), end - tail.length, tail, 0, tail.length);
        inside = true;
        try {
            if (c == null) unknown(now, datagram, local, remote, mayReset);
            else if (!known(c, now, length, local, remote) && mayReset) reset(now, remote);
        } catch (RuntimeException e) {
            broken(c, now, e);
        } finally {
            inside = false;
        }
        if (c != null) touch(c);
    }

    private boolean known(Connection c, long now, int length, InetSocketAddress local, InetSocketAddress remote) {
        c.now = now;
        Path path = c.paths.find(local, remote);
        if (path == null) return true;
        path.onReceived(length);
        if (c.closeReason != null) {
            c.closing.onReceived(length, remote);
            return true;
        }
        try {
            boolean opened = receiver.receive(c, now, header, length, path);
            if (opened) warm(c);
            return opened;
        } catch (QuicException e) {
            c.fail(e);
            return true;
        }
    }

    private void unknown(long now, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote, boolean mayReset) {
        // RFC 9000 §10.3: whatever the datagram looks like.
        if (mayReset && reset(now, remote)) return;
        int length = datagram.remaining();
        switch (header.type()) {
            case ONE_RTT -> {
                if (serverTls != null) stateless.reset(now, header, length, local, remote);
            }
            case UNKNOWN_VERSION -> {
                if (serverTls != null && length >= DatagramSize.MIN_INITIAL) stateless.versionNegotiation(now, header, local, remote);
            }
            case INITIAL -> {
                if (serverTls == null) return;
                if (!serverOptions.versions().contains(header.version())) {
                    if (length >= DatagramSize.MIN_INITIAL) stateless.versionNegotiation(now, header, local, remote);
                } else door.onInitial(now, header, datagram, local, remote);
            }
            case ZERO_RTT -> {
                if (serverTls != null) door.onEarly(header, datagram, local, remote);
            }
            default -> { }
        }
    }

    QuicVersion[] versions() { return serverOptions.versions().toArray(new QuicVersion[0]); }

    /** Whether the datagram was a stateless reset of a connection of ours (RFC 9000 §10.3.1). */
    private boolean reset(long now, InetSocketAddress remote) {
        Connection c = resetTokens.get(tail, 0, tail.length);
        if (c == null || !c.remote().equals(remote)) return false;
        c.now = now;
        c.end(new CloseReason(CloseReason.Kind.STATELESS_RESET, true, 0, 0, "the peer has lost its state"), false);
        touch(c);
        return true;
    }

    /**
     * Hands out datagrams until there are no more to send now.
     * @return false where the sink refused one: to be called again when it takes more
     */
    public boolean transmit(long now, DatagramSink sink) {
        inside = true;
        this.sink = sink;
        try {
            blocked = true;
            if (refused && !sink.send(out, outLocal, outRemote, outEct0)) return false;
            refused = false;
            if (!stateless.transmit(sink)) return false;
            startHandshakes(now);
            for (Connection c; (c = dirty.peek()) != null; ) {
                int budget = DATAGRAMS_PER_TURN;
                while (budget > 0 && datagram(c, now)) {
                    outLocal = c.sender.path.local;
                    outRemote = c.sender.path.remote;
                    outEct0 = c.sender.ect0;
                    if (!sink.send(out, outLocal, outRemote, outEct0)) {
                        refused = true;
                        return false;
                    }
                    budget--;
                }
                dirty.poll();
                // Its turn is over, but not its work: others first.
                if (budget == 0 || c.again) dirty.add(c);
                else {
                    c.dirty = false;
                    schedule(c);
                }
                c.again = false;
            }
            blocked = false;
            return true;
        } finally {
            inside = false;
        }
    }

    private boolean datagram(Connection c, long now) {
        if (c.isForgotten()) return false;
        try {
            if (c.closeReason == null) c.streams.settle();
            return c.sender.datagram(now, out);
        } catch (QuicException e) {
            c.fail(e);
        } catch (RuntimeException e) {
            broken(c, now, e);
        }
        // What closed it has to be said, in a datagram of its own.
        return closeDatagram(c, now);
    }

    private boolean closeDatagram(Connection c, long now) {
        try {
            return !c.isForgotten() && c.sender.datagram(now, out);
        } catch (QuicException | RuntimeException e) {
            c.forget();
            return false;
        }
    }

    /** When {@link #onTimeout} must be called; {@code Long.MAX_VALUE}: never. */
    public long deadline() { return door.pending() && !blocked ? 0 : deadlines.next(); }

    /** Time has come for some connections. {@link #transmit} is to follow. */
    public void onTimeout(long now) {
        inside = true;
        try {
            while (deadlines.next() <= now) {
                Connection c = (Connection) deadlines.first();
                // Moved first: whatever happens, no connection is visited twice.
                deadlines.set(c, now + MILLISECOND);
                try {
                    c.onTimeout(now);
                } catch (QuicException e) {
                    c.fail(e);
                } catch (RuntimeException e) {
                    broken(c, now, e);
                }
                touch(c);
                // Where the sink is full it stays dirty, but its time goes on.
                if (!c.isForgotten()) deadlines.set(c, Math.max(c.nextDeadline(), now + MILLISECOND));
            }
        } finally {
            inside = false;
        }
    }

    // --- connections

    /** TLS handshakes begin here, some in each turn: a signature costs as much as hundreds of packets. */
    private void startHandshakes(long now) {
        PendingHello hello;
        for (int i = 0; i < limits.handshakesPerTurn() && (hello = door.next()) != null; i++) {
            if (serverTls == null) continue;
            Connection c = null;
            try {
                c = Connection.server(this, now, serverOptions, serverTls, hello);
                connections++;
                if (!routes.putIfAbsent(hello.destination, c)) {
                    c.routedDcid = null;
                    c.forget();
                    continue;
                }
                handshakes++;
                young.add(c.young = new Links(c));
                c.listener = acceptor.onConnection(c);
                if (c.listener == null) {
                    c.fail(new QuicException(TransportError.CONNECTION_REFUSED, ""));
                } else {
                    replay(c, now, hello);
                }
            } catch (RuntimeException e) {
                broken(c, now, e);
            }
            if (c != null) touch(c);
        }
    }

    private void replay(Connection c, long now, PendingHello hello) {
        for (byte[] datagram : hello.datagrams()) {
            header.datagram(ByteBuffer.wrap(datagram), LocalCids.LENGTH);
            if (header.next()) known(c, now, datagram.length, hello.local, hello.remote);
        }
    }

    /** Makes room for a handshake by giving up the oldest; false where there is none. */
    boolean evictHandshake() {
        Connection oldest = young.oldest();
        if (oldest == null) return false;
        if (!oldest.isOpen()) oldest.forget();
        else oldest.end(CloseReason.CROWDED_OUT, false);
        return true;
    }

    /** Something happened to a connection: it is asked for datagrams and for its deadline before this turn ends. */
    void touch(Connection c) {
        if (c.isForgotten()) return;
        if (c.dirty) {
            c.again |= c == dirty.peek();
            return;
        }
        c.dirty = true;
        boolean first = dirty.isEmpty();
        dirty.add(c);
        if (first && !inside && wake != null) wake.run();
    }

    private void schedule(Connection c) {
        long at = c.isForgotten() ? Long.MAX_VALUE : c.nextDeadline();
        if (at != c.deadline()) deadlines.set(c, at);
    }

    /** No longer a handshake in progress. */
    private void grown(Connection c) {
        if (c.young == null) return;
        c.young.remove();
        c.young = null;
        handshakes--;
    }

    void onConfirmed(Connection c) {
        grown(c);
        if (c.routedDcid != null) unroute(c.routedDcid, c);
        c.routedDcid = null;
    }

    /** Keys and buffers of the connection are gone. */
    void onClosing(Connection c) {
        grown(c);
        cooled(c);
    }

    void onForgotten(Connection c) {
        onConfirmed(c);
        cooled(c);
        deadlines.remove(c);
        connections--;
    }

    /** The connection is in use: it has ciphers; others have been idle for longer. */
    private void warm(Connection c) {
        if (c.isForgotten() || c.closeReason != null) return;
        if (c.warm == null) {
            c.warm = new Links(c);
            warmCount++;
        }
        warm.add(c.warm);
        if (warmCount <= limits.warmConnections()) return;
        Connection idle = warm.oldest();
        cooled(idle);
        idle.cool();
    }

    private void cooled(Connection c) {
        if (c.warm == null) return;
        c.warm.remove();
        c.warm = null;
        warmCount--;
    }

    private void broken(Connection c, long now, RuntimeException e) {
        if (log != null && log.logs(Log.Level.ERROR)) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            log.log(Log.Level.ERROR, "QUIC: " + trace);
        }
        if (c == null) return;
        try {
            c.now = now;
            c.fail(new QuicException(TransportError.INTERNAL_ERROR, ""));
        } catch (RuntimeException again) {
            c.forget();
        }
    }

    // --- connection ids

    /** A new connection id that is routed to {@code c}. */
    ConnectionId issue(Connection c) {
        ConnectionId id;
        do id = ConnectionId.random(entropy, LocalCids.LENGTH); while (!routes.putIfAbsent(id, c));
        return id;
    }

    void unroute(ConnectionId id, Connection c) { if (routes.get(id) == c) routes.remove(id); }
    void watch(ConnectionId token, Connection c) { resetTokens.putIfAbsent(token, c); }
    void unwatch(ConnectionId token, Connection c) { if (resetTokens.get(token) == c) resetTokens.remove(token); }

    /** A view of an array that is good until the next one is asked for. */
    ByteBuffer frames(byte[] array, int from, int to) {
        if (frames.array() != array) frames = ByteBuffer.wrap(array);
        return frames.clear().limit(to).position(from);
    }
}
