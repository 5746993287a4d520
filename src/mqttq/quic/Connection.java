package mqttq.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.net.ssl.SSLSession;
import mqttq.loop.Log;
import mqttq.loop.TimerHeap;
import mqttq.quic.frame.FrameType;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.packet.TransportError;
import mqttq.quic.packet.TransportParameters;
import mqttq.quic.qlog.ConnectionTrace;
import mqttq.quic.recovery.CongestionController;
import mqttq.quic.recovery.LossDetector;
import mqttq.quic.recovery.PacketNumberSpace;
import mqttq.quic.stream.QuicStream;
import mqttq.quic.stream.StreamHandler;
import mqttq.quic.stream.Streams;
import mqttq.tls.Alert;
import mqttq.tls.CipherSuite;
import mqttq.tls.QuicTlsEngine;
import mqttq.tls.SessionTicket;
import mqttq.tls.TlsConfig;

/**
 * One QUIC connection (RFC 9000), client or server; made by {@link Endpoint}, whose doors drive it. This is its application face and what
 * its parts share: {@link Receiver}, {@link Sender}, {@link Handshake}, {@link Paths}, the connection ids. Loop thread only.
 */
public final class Connection extends TimerHeap.Entry implements Streams.Owner {
    static final byte[] NO_TOKEN = {};
    private static final long MILLISECOND = 1_000_000L;

    final Endpoint endpoint;
    final boolean client;
    final ConnectionOptions options;
    QuicVersion version;
    ConnectionListener listener;
    ConnectionTrace trace;

    final Space[] spaces = new Space[PacketNumberSpace.COUNT];
    KeyPhases phases;
    final LossDetector loss;
    final Streams streams;
    final Paths paths;
    final LocalCids localCids;
    final RemoteCids remoteCids;
    /** Of a client; null. */
    final Mover mover;
    final Sender sender = new Sender(this);
    /** Null while it would be full. */
    TokenBucket glitches;

    /** Null when it is no longer needed. */
    Handshake handshake;
    /** Of a client; null. */
    ServerMemory memory;
    private SSLSession session;
    private String protocol;
    private CipherSuite suite;
    /** TLS is done; the peer is known to be done too (RFC 9001 §4.1). */
    boolean complete, confirmed;
    /** Server: when the keys of 0-RTT go, once 1-RTT packets come, ns. */
    private long earlyUntil = Long.MAX_VALUE;
    /** The peer does not care about the fixed bit (RFC 9287); where the next values of it come from. */
    private boolean greaseFixedBit;
    private int grease;
    /** Of our Initial packets. */
    byte[] token = NO_TOKEN;

    // from the peer's transport parameters
    int peerAckDelayExponent = 3;
    private long idleTimeout;
    private int peerCidLimit;
    int maxDatagram = Path.BASE_MTU, peerDatagramFrame;
    /** Null before the first was sent. */
    Datagrams datagrams;

    // time, ns
    final long created;
    private long lastActivity, silence;
    private boolean elicitedSinceReceived;
    long now;

    // the end
    CloseReason closeReason;
    Closing closing;
    private boolean forgotten;

    // the endpoint's: place in the dirty list, in the lists of handshakes and of warm connections
    /** In the list; and something more happened while it had its turn. */
    boolean dirty, again;
    ConnectionId routedDcid;
    private ConnectionId watchedToken;
    /** Null where it has no ciphers, and where it is no handshake in progress. */
    Links warm, young;
    private Object attachment;

    // statistics
    long bytesReceived, bytesSent, packetsReceived, packetsSent, packetsLost, openFailures;

    private Connection(Endpoint endpoint, boolean client, QuicVersion version, ConnectionOptions options, ConnectionListener listener,
        long now,
            InetSocketAddress local, InetSocketAddress remote, ConnectionId destination) {
        this.endpoint = endpoint;
        this.client = client;
        this.version = version;
        this.options = options;
        this.listener = listener;
        this.now = created = lastActivity = now;
        idleTimeout = options.idleTimeout();
        streams = new Streams(client, options.streams(), endpoint.pool, endpoint.budget, this);
        for (int s = 0; s < spaces.length; s++) spaces[s] = new Space(this, s);
        localCids = new LocalCids(this, endpoint);
        remoteCids = new RemoteCids(endpoint.limits, destination);
        paths = new Paths(this, local, remote);
        mover = client ? new Mover(this) : null;
        paths.active().congestion = newCongestion();
        loss = new LossDetector(client, paths.active().congestion, endpoint.sentPackets, endpoint.entropy, sender);
    }

    /** A client that is about to send its first Initial. */
    static Connection client(Endpoint endpoint, long now, ConnectionOptions options, ConnectionListener listener, TlsConfig tls,
            String host, InetSocketAddress local, InetSocketAddress remote, ServerMemory memory) throws QuicException {
        // RFC 9000 §7.2: at least 8 unpredictable bytes.
        ConnectionId destination = ConnectionId.random(endpoint.entropy, LocalCids.LENGTH);
        QuicVersion version = memory.version();
        if (version == null || !options.versions().contains(version)) {
            memory.spoke(version = options.versions().contains(QuicVersion.V1) ? QuicVersion.V1 : options.versions().get(0));
        }
        Connection c = new Connection(endpoint, true, version, options, listener, now, local, remote, destination);
        c.memory = memory;
        byte[] token = memory.takeToken();
        if (token != null && token.length <= Handshake.MAX_TOKEN) c.token = token;
        // RFC 9000 §8.1: a client is bound by the congestion window only.
        c.paths.active().validated = true;
        c.openTrace(destination);
        c.handshake = new Handshake(c, tls, host, remote.getPort(), destination);
        SessionTicket ticket = memory.takeTicket();
        if (ticket != null) c.handshake.resume(ticket, options.earlyData() && memory.mayTryEarlyData());
        c.handshake.start();
        return c;
    }

    /** A server that has a complete ClientHello in {@code hello}. */
    static Connection server(Endpoint endpoint, long now, ConnectionOptions options, TlsConfig tls, PendingHello hello) {
        Connection c = new Connection(endpoint, false, hello.version, options, null, now, hello.local, hello.remote, hello.source);
        c.paths.active().validated = hello.addressValidated;
        c.openTrace(hello.originalDcid);
        c.handshake = new Handshake(c, tls, hello.destination, hello.source, hello.originalDcid, hello.retryScid);
        c.routedDcid = hello.destination;
        return c;
    }

    private void openTrace(ConnectionId original) {
        if (endpoint.traces != null) trace = endpoint.traces.open(now, client, original, version, local(), remote());
    }

    CongestionController newCongestion() { return options.congestion().create(); }

    // --- the application's face

    /**
     * Opens a stream; null where the peer allows no more now ({@link ConnectionListener#onOpenable} will come) or the connection is over.
     */
    public QuicStream open(boolean bidirectional, StreamHandler handler) {
        return closeReason != null ? null : streams.open(bidirectional, handler);
    }

    /**
     * Closes with the application's code (0 to 2^62-1); streams end at once, what was not delivered is lost. Nothing where it is over
     * already.
     */
    public void close(long code, String reason) { end(new CloseReason(CloseReason.Kind.APPLICATION, false, code, 0, reason), true); }

    /** Ends it at once without a word to the peer, who cannot be reached. Nothing where it is over already. */
    public void abandon(String reason) { end(new CloseReason(CloseReason.Kind.NO_PATH, false, 0, 0, reason), false); }

    /**
     * Sends a datagram that may be lost (RFC 9221), with what else is to be sent.
     * @return its number, for {@link ConnectionListener#onDatagramAcked} and {@link ConnectionListener#onDatagramLost}; -1 where it is
     *     larger
     *         than {@link #largestDatagram} or too many wait
     */
    public long sendDatagram(ByteBuffer data) {
        if (closeReason != null || !complete) return -1;
        if (datagrams == null && peerDatagramFrame > 0) datagrams = new Datagrams(this);
        long id = datagrams == null ? -1 : datagrams.send(data);
        if (id >= 0) wake();
        return id;
    }

    /** Bytes of the largest datagram that may be sent now; 0: the peer takes none. */
    public int largestDatagram() { return complete && peerDatagramFrame > 0 ? Datagrams.largest(this) : 0; }

    /** Asks for a PING now, to see whether the peer is there. */
    public void ping() {
        if (closeReason != null || phases == null) return;
        spaces[PacketNumberSpace.APPLICATION].ping = true;
        wake();
    }

    /** Asks for new 1-RTT keys at the next opportunity. */
    public void updateKeys() { if (phases != null) phases.wantUpdate(); }

    /**
     * Client: tries another way to the server and takes it where it answers, and the old one does not or {@code always} says so.
     * @param local where the datagrams of the new path leave from: another socket than those in use
     * @return false where that is not possible now
     */
    public boolean probe(long now, InetSocketAddress local, InetSocketAddress remote, boolean always) {
        this.now = now;
        return client && mover.probe(now, local, remote, paths.unused(), always);
    }

    /** Client: something outside says that the path may be dead; {@link ConnectionListener#onPathSilent} follows unless it just came. */
    public void suspect(long now) {
        this.now = now;
        if (client) mover.suspect(now);
    }

    /** The peer's application may be silent for so long, ns: PINGs hold the connection meanwhile where its idle timeout is shorter. */
    public void allowSilence(long nanos) {
        silence = nanos;
        wake();
    }

    /** Whether a path of the connection leaves from this address. */
    public boolean uses(InetSocketAddress local) { return paths.uses(local); }
    public boolean isClient() { return client; }
    public boolean isOpen() { return closeReason == null; }

    /** Both Finished were verified. */
    public boolean isHandshakeComplete() { return complete; }

    /** Why it ended, or null. */
    public CloseReason closeReason() { return closeReason; }
    public InetSocketAddress local() { return paths.active().local; }

    /** The peer's address now; it may change. */
    public InetSocketAddress remote() { return paths.active().remote; }

    /**
     * Server: the id of ours that its client sends to, where it certainly is at {@link #remote}, for {@link Endpoint#reset} after the death
     * of this process; else null. {@link ConnectionListener#onPath} comes when it changes.
     */
    public byte[] sentTo() {
        ConnectionId id = localCids.lastUsed();
        return client || !confirmed || closeReason != null || id == null || !paths.active().validated ? null : id.bytes();
    }

    /** The peer's address as it was last validated (RFC 9000 §8), since anybody may write another one on a datagram; or {@link #remote}. */
    public InetSocketAddress provenRemote() { return paths.proven().remote; }

    /** Whether {@link #provenRemote} was validated. */
    public boolean isProven() { return paths.proven().validated; }

    /** The TLS session, with the peer's certificates; null before the handshake is complete. */
    public SSLSession session() { return session; }

    /** The application protocol agreed on, or null before. */
    public String applicationProtocol() { return protocol; }
    public CipherSuite cipherSuite() { return suite; }
    public QuicVersion version() { return version; }
    public Object attachment() { return attachment; }
    public void attach(Object object) { attachment = object; }
    public void listener(ConnectionListener value) { listener = value; }

    /** Hears of packets from now on; null for none. */
    public void trace(ConnectionTrace value) { trace = value; }

    public ConnectionStats stats() {
        return new ConnectionStats(loss.rtt().smoothed(), loss.rtt().min(), loss.rtt().variation(), loss.congestion().window(),
            loss.bytesInFlight(),
            bytesSent, bytesReceived, packetsSent, packetsReceived, packetsLost, openFailures, paths.active().mtu,
            phases == null ? 0 : phases.updates(), now - created, local(), remote(), version, suite);
    }

    // --- what the handshake brings about

    void onPeerParameters(TransportParameters p) {
        peerAckDelayExponent = p.ackDelayExponent;
        peerCidLimit = (int) Math.min(p.activeConnectionIdLimit, endpoint.limits.issuedCids());
        peerDatagramFrame = (int) Math.min(p.maxDatagramFrameSize, Endpoint.MAX_DATAGRAM);
        if (client) mover.stays = p.disableActiveMigration;
        maxDatagram = (int) Math.min(p.maxUdpPayloadSize, Endpoint.MAX_DATAGRAM);
        loss.maxAckDelay(p.maxAckDelay * MILLISECOND);
        long theirs = p.maxIdleTimeout > Long.MAX_VALUE / MILLISECOND / 4 ? 0 : p.maxIdleTimeout * MILLISECOND;
        // RFC 9000 §10.1: the smaller of the two, where there are two.
        if (theirs > 0) idleTimeout = idleTimeout == 0 ? theirs : Math.min(idleTimeout, theirs);
        greaseFixedBit = p.greaseQuicBit;
        grease = endpoint.entropy.nextInt() | 1;
        peerStreamLimits(p);
    }

    /** The fixed bit of the next packet, or 0 as grease (RFC 9287 §3.1). */
    int fixedBit() {
        if (!greaseFixedBit) return 0x40;
        grease ^= grease << 13;
        grease ^= grease >>> 17;
        grease ^= grease << 5;
        return grease & 0x40;
    }

    // --- 0-RTT (RFC 9001 §4.6)

    /** Whether 0-RTT is sent or taken, and the handshake is not complete. To a server what comes may then be a replay. */
    public boolean isEarly() {
        Space app = spaces[PacketNumberSpace.APPLICATION];
        return !complete && (app.read != null || app.write != null);
    }

    /** Keys of 0-RTT exist: a client sends within {@code remembered}, a server within what the client's parameters say. */
    void onEarlyKeys(QuicTlsEngine engine, TransportParameters remembered) {
        if (client) {
            memory.triedEarlyData();
            maxDatagram = (int) Math.min(remembered.maxUdpPayloadSize, Endpoint.MAX_DATAGRAM);
            peerStreamLimits(remembered);
        }
        session = engine.getHandshakeSession();
    }

    /** RFC 9001 §4.6.2: everything is sent again when the handshake is complete, within the limits that it brings. */
    void onEarlyRejected() {
        spaces[PacketNumberSpace.APPLICATION].write = null;
        loss.earlyRejected(now);
        streams.earlyRejected();
    }

    /** Server: a 1-RTT packet was opened. */
    void onOneRtt() {
        // RFC 9001 §4.9.3: what was sent before may still be under way.
        if (earlyUntil == Long.MAX_VALUE && spaces[PacketNumberSpace.APPLICATION].read != null) earlyUntil = now + 3 * loss.pto();
    }

    private void peerStreamLimits(TransportParameters p) {
        streams.peerLimits(p.initialMaxData, p.initialMaxStreamDataBidiLocal, p.initialMaxStreamDataBidiRemote, p.initialMaxStreamDataUni,
            p.initialMaxStreamsBidi, p.initialMaxStreamsUni);
    }

    void onHandshakeKeys() throws QuicException {
        noGap(PacketNumberSpace.INITIAL);
        loss.handshakeKeys(now);
    }

    void onCrypto(int space, ByteBuffer data) throws QuicException {
        // RFC 9001 §4.6.1, §6: after its handshake a client has nothing to say here, least of all a TLS KeyUpdate.
        if (handshake == null) {
            throw new QuicException(TransportError.crypto(Alert.UNEXPECTED_MESSAGE.code), FrameType.CRYPTO, "CRYPTO after the handshake");
        }
        handshake.onCrypto(space, data);
    }

    /** TLS is done. Not from within its own callbacks: what it used is taken down here. */
    void onHandshakeComplete() throws QuicException {
        noGap(PacketNumberSpace.HANDSHAKE);
        complete = true;
        session = handshake.engine().getSession();
        protocol = handshake.engine().getApplicationProtocol();
        suite = handshake.suite;
        if (client) memory.spoke(version);
        // RFC 9000 §8.1: a Finished can only come from where our packets went.
        paths.active().validated = true;
        watchReset();
        refillCids();
        if (!client) {
            // RFC 9001 §4.1.2: to a server, complete is confirmed.
            sender.handshakeDone = sender.newToken = true;
            onConfirmed();
            handshake.issueTicket();
            handshake = null;
        }
        if (trace != null) trace.onHandshakeComplete(now, protocol, suite);
        listener.onHandshakeComplete(this);
    }

    /** RFC 9001 §4.1.3: keys of a new level while bytes of the old one wait for others. */
    private void noGap(int space) throws QuicException {
        if (spaces[space].crypto.gap()) {
            throw new QuicException(TransportError.PROTOCOL_VIOLATION, FrameType.CRYPTO, "handshake bytes left over");
        }
    }

    void onConfirmed() {
        if (confirmed) return;
        confirmed = true;
        loss.handshakeConfirmed(now);
        discard(PacketNumberSpace.INITIAL);
        discard(PacketNumberSpace.HANDSHAKE);
        endpoint.onConfirmed(this);
        if (client) mover.onConfirmed();
        if (trace != null) trace.onHandshakeConfirmed(now);
    }

    /** RFC 9001 §4.9, §4.9.1, §4.9.2; RFC 9002 §6.4. */
    void discard(int space) {
        if (spaces[space].discarded) return;
        spaces[space].discard();
        spaces[space] = Space.GONE;
        loss.discard(now, space);
        if (trace != null) trace.onKeysDiscarded(now, space);
    }

    // --- Streams.Owner

    @Override public void wake() { endpoint.touch(this); }
    @Override public StreamHandler onOpened(QuicStream stream) { return listener.onStream(this, stream); }
    /** IPv6 by the network of 64 bits, of which one host may have all. */
    @Override public Object address() {
        byte[] address = remote().getAddress().getAddress();
        return address.length == 4 ? ByteBuffer.wrap(address).getInt() : ByteBuffer.wrap(address).getLong();
    }

    @Override public void crowdedOut() {
        fail(new QuicException(TransportError.INTERNAL_ERROR, FrameType.STREAM, "what was left unfinished takes too much memory"));
    }

    /** The application has let the peer in: it may send as much as the limits say. */
    public void admit() { streams.admit(); }

    @Override public void onOpenable(boolean bidirectional) { listener.onOpenable(this, bidirectional); }

    // --- paths and connection ids

    void onMigrated() {
        watchReset();
        maxDatagramChanged();
        if (trace != null) trace.onPath(now, paths.active().id, local(), remote(), paths.active().validated);
        listener.onPath(this);
    }

    void maxDatagramChanged() {
        loss.datagramSize(paths.active().mtu);
        if (trace != null) trace.onMtu(now, paths.active().mtu);
    }

    /** Tells the endpoint which stateless reset token would end this connection: that of the id in use, no other (RFC 9000 §10.3.1). */
    void watchReset() {
        ConnectionId wanted = remoteCids.token(paths.active().cid);
        if (wanted == watchedToken) return;
        if (watchedToken != null) endpoint.unwatch(watchedToken, this);
        watchedToken = wanted;
        if (wanted != null) endpoint.watch(wanted, this);
    }

    void refillCids() { localCids.fill(client ? Math.min(peerCidLimit, 2) : peerCidLimit); }

    // --- time

    /** A packet of the peer was opened. */
    void onActivity(long now) {
        lastActivity = now;
        elicitedSinceReceived = false;
    }

    /** An ack-eliciting packet goes out: RFC 9000 §10.1: only the first since the last received one restarts the idle timer. */
    void onElicited(long now) {
        if (!elicitedSinceReceived) lastActivity = now;
        elicitedSinceReceived = true;
    }

    /** Something went out that asks for an answer, and nothing has come since: from {@link #lastActivity} on. */
    boolean unanswered() { return elicitedSinceReceived && loss.outstanding(); }
    long lastActivity() { return lastActivity; }
    private long handshakeDeadline() { return created + endpoint.limits.handshakeDeadline(); }
    private long idleDeadline() { return idleTimeout == 0 ? Long.MAX_VALUE : lastActivity + Math.max(idleTimeout, 3 * loss.pto()); }

    /** RFC 9000 §10.1.2: late enough to be rare, early enough that a lost PING or two do not matter. */
    private long keepAliveDeadline() {
        long interval = options.keepAlive() == 0 && silence > idleTimeout ? idleTimeout / 3 : options.keepAlive();
        if (interval == 0 || !confirmed || unanswered() || spaces[PacketNumberSpace.APPLICATION].ping) return Long.MAX_VALUE;
        return lastActivity + (idleTimeout == 0 ? interval : Math.min(interval, idleTimeout / 2));
    }

    /** When {@link #onTimeout} must be called. */
    long nextDeadline() {
        if (forgotten) return Long.MAX_VALUE;
        if (closeReason != null) return closing == null ? Long.MAX_VALUE : closing.until;
        long deadline = Math.min(Math.min(loss.deadline(), idleDeadline()), Math.min(keepAliveDeadline(), paths.deadline()));
        if (!confirmed) deadline = Math.min(deadline, handshakeDeadline());
        else if (client) deadline = Math.min(deadline, mover.deadline());
        deadline = Math.min(deadline, earlyUntil);
        if (phases != null) deadline = Math.min(deadline, phases.deadline());
        return dirty ? deadline : Math.min(deadline, sender.deadline());
    }

    void onTimeout(long now) throws QuicException {
        this.now = now;
        if (closeReason != null) {
            if (closing != null && now >= closing.until) forget();
            return;
        }
        if (now >= idleDeadline()) {
            end(new CloseReason(CloseReason.Kind.IDLE_TIMEOUT, false, 0, 0, "idle timeout"), false);
            return;
        }
        if (!confirmed && now >= handshakeDeadline()) {
            end(new CloseReason(CloseReason.Kind.HANDSHAKE_TIMEOUT, false, 0, 0, "no handshake in time"), false);
            return;
        }
        if (now >= keepAliveDeadline()) spaces[PacketNumberSpace.APPLICATION].ping = true;
        if (phases != null) phases.onTimeout(now);
        if (now >= earlyUntil) {
            spaces[PacketNumberSpace.APPLICATION].read = null;
            earlyUntil = Long.MAX_VALUE;
        }
        boolean expired = trace != null && now >= loss.deadline();
        if (expired) trace.onTimerExpired(now);
        loss.onTimeout(now);
        if (client) mover.onTimeout(now);
        // Nothing comes back: smaller datagrams may.
        if (loss.ptoCount() >= 2 && paths.active().search != null && paths.active().search.fall(now)) maxDatagramChanged();
        if (expired) trace.onRecovery(now, loss);
        if (!paths.onTimeout(now)) end(new CloseReason(CloseReason.Kind.NO_PATH, false, 0, 0, "no answer on the only path"), false);
        else streams.settle();
    }

    // --- the end

    /** RFC 9000 §11, §11.1: what makes the connection unusable is told by CONNECTION_CLOSE, never by a reset, as long as there is state. */
    void fail(QuicException e) { end(new CloseReason(CloseReason.Kind.TRANSPORT, false, e.code(), e.frameType(), e.getMessage()), true); }

    /**
     * Ends the connection, once; later calls do nothing.
     * @param tell whether the peer is to hear of it
     */
    void end(CloseReason reason, boolean tell) {
        if (closeReason != null) return;
        closeReason = reason;
        Path path = paths.active();
        closing = new Closing(now + 3 * loss.pto(), path.local, path.remote);
        // The peer has not shown that it is there: nothing to wait for, and no state to be kept by whoever sends garbage.
        boolean wait = reason.kind() == CloseReason.Kind.TRANSPORT || reason.kind() == CloseReason.Kind.APPLICATION
            || reason.kind() == CloseReason.Kind.STATELESS_RESET;
        sender.closeDue = tell;
        if (trace != null) trace.onClosed(now, reason.kind().name(), reason.remote(), reason.code(), reason.reason());
        if (endpoint.log != null && endpoint.log.logs(Log.Level.DEBUG)) {
            endpoint.log.log(Log.Level.DEBUG, "QUIC connection closed " + reason + ": " + stats());
        }
        streams.close(reason.toString());
        if (!tell) release();
        if (listener != null) listener.onClosed(this, reason);
        if (!tell && (!wait || !path.validated)) forget();
        endpoint.touch(this);
    }

    /** CONNECTION_CLOSE is on its way. */
    void onCloseSent(byte[] datagram, int length) {
        closing.sent(datagram, length, now + 3 * loss.pto());
        boolean validated = paths.active().validated;
        release();
        // RFC 9000 §10.2.3: an endpoint without a peer worth the name does not close at length.
        if (!validated) forget();
    }

    /** Lets go of everything that a closed connection does not need. */
    private void release() {
        for (int s = 0; s < spaces.length; s++) {
            if (!spaces[s].discarded) spaces[s].discard();
            spaces[s] = Space.GONE;
        }
        loss.close();
        phases = null;
        handshake = null;
        endpoint.onClosing(this);
    }

    /** Forgets the rest. */
    void forget() {
        if (forgotten) return;
        forgotten = true;
        localCids.close();
        if (watchedToken != null) endpoint.unwatch(watchedToken, this);
        watchedToken = null;
        endpoint.onForgotten(this);
        if (trace != null) trace.onForgotten(now);
        if (listener != null) listener.onForgotten(this);
    }

    boolean isForgotten() { return forgotten; }

    // --- memory

    /** Idle: what can be made again goes. */
    void cool() {
        if (phases != null) phases.dropCiphers();
        loss.trim();
        streams.trim();
        if (glitches != null && glitches.full(now)) glitches = null;
        Space app = spaces[PacketNumberSpace.APPLICATION];
        // A server has said all that TLS had to say.
        if (handshake == null && app.crypto != null && app.crypto.idle()) app.dropCrypto();
    }

    static byte[] ascii(String reason) {
        byte[] bytes = reason.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= 256 ? bytes : Arrays.copyOf(bytes, 256);
    }
}
