package mqttq.quic;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import mqttq.quic.crypto.InitialSecrets;
import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.frame.FrameType;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.PacketHeader;
import mqttq.quic.packet.PreferredAddress;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.packet.Retry;
import mqttq.quic.packet.StatelessReset;
import mqttq.quic.packet.TransportError;
import mqttq.quic.packet.TransportParameters;
import mqttq.quic.packet.VersionNegotiation;
import mqttq.quic.recovery.PacketNumberSpace;
import mqttq.tls.Alert;
import mqttq.tls.CipherSuite;
import mqttq.tls.EarlyDataOffer;
import mqttq.tls.EncryptionLevel;
import mqttq.tls.QuicTlsEngine;
import mqttq.tls.SessionTicket;
import mqttq.tls.TlsAlertException;
import mqttq.tls.TlsConfig;

/** TLS between the connection's CRYPTO frames and its keys, and what the transport parameters prove (RFC 9001 §4, RFC 9000 §7). */
final class Handshake implements QuicTlsEngine.Listener {
    private static final EncryptionLevel[] LEVELS = {EncryptionLevel.INITIAL, EncryptionLevel.HANDSHAKE, EncryptionLevel.APPLICATION};
    /** Longer tokens would crowd the ClientHello out of its datagram. */
    static final int MAX_TOKEN = 800;
    private final Connection c;
    private final QuicTlsEngine engine;
    private final TlsConfig tls;
    private final String host;
    private final int port;
    /** The version that the client began with; the connection's may be another one, which goes well with it (RFC 9368 §2.3). */
    final QuicVersion original;
    /**
     * Client: this is what came of a Version Negotiation packet. Both: the server has spoken (RFC 9369 §4.1), the version stays as it is.
     */
    private boolean negotiated, settled;
    /** What Initial packets' keys are made of; what opens those of a version that is not (yet, any more) the connection's. */
    private ConnectionId keysDcid;
    private PacketProtection otherRead;
    /** Client that offered 0-RTT: the server's limits that it goes by; and whether the server took it. */
    TransportParameters remembered;
    private boolean earlyAccepted;
    private TransportParameters local;
    /** The Destination Connection ID of the client's very first Initial; the one of a Retry packet's source, or null. */
    ConnectionId originalDcid, retryScid;
    /** Source Connection ID of the peer's first Initial; null before it came. */
    ConnectionId peerScid;
    private TransportParameters peer;
    private QuicException quicError;
    private boolean packetSeen;
    /** TLS is complete; the connection takes note after the packet. */
    boolean done;
    CipherSuite suite;

    /** Client. */
    Handshake(Connection c, TlsConfig tls, String host, int port, ConnectionId originalDcid) {
        this.c = c;
        this.tls = tls;
        this.host = host;
        this.port = port;
        original = c.version;
        this.originalDcid = keysDcid = originalDcid;
        engine = QuicTlsEngine.client(tls, host, port, localParameters().encode(c.endpoint.entropy), this);
        initialKeys();
    }

    /** Server, for an Initial to {@code dcid} from {@code peerScid}. */
    Handshake(Connection c, TlsConfig tls, ConnectionId dcid, ConnectionId peerScid, ConnectionId originalDcid, ConnectionId retryScid) {
        this.c = c;
        this.tls = tls;
        host = null;
        port = 0;
        original = c.version;
        keysDcid = dcid;
        this.originalDcid = originalDcid;
        this.retryScid = retryScid;
        this.peerScid = peerScid;
        engine = QuicTlsEngine.server(tls, this);
        initialKeys();
    }

    /** Client, before {@link #start}: resumes with the ticket, and brings 0-RTT where all agrees. */
    void resume(SessionTicket ticket, boolean early) {
        // RFC 9000 §7.4.1
        TransportParameters limits = early && ticket.earlyData() ? TransportParameters.parseRemembered(ticket.transportParameters()) : null;
        if (engine.resume(ticket, limits != null) && limits != null) remembered = limits;
    }

    void start() throws QuicException {
        try {
            engine.start();
        } catch (TlsAlertException e) {
            throw error(e);
        }
        flush();
    }

    QuicTlsEngine engine() { return engine; }

    private void initialKeys() {
        InitialSecrets secrets = new InitialSecrets(c.version, keysDcid);
        Space initial = c.spaces[PacketNumberSpace.INITIAL];
        initial.read = c.endpoint.protection.create(InitialSecrets.SUITE, c.version, c.client ? secrets.server : secrets.client);
        initial.write = c.endpoint.protection.create(InitialSecrets.SUITE, c.version, c.client ? secrets.client : secrets.server);
    }

    // --- CRYPTO bytes

    void onCrypto(int space, ByteBuffer data) throws QuicException {
        settled |= c.client;
        try {
            engine.receive(LEVELS[space], data);
        } catch (TlsAlertException e) {
            throw quicError != null ? quicError : error(e);
        }
        flush();
    }

    private static QuicException error(TlsAlertException e) {
        return new QuicException(e.errorCode(), FrameType.CRYPTO, e.getMessage() == null ? "" : e.getMessage());
    }

    /** Moves what TLS has to say into the spaces' streams. */
    void flush() {
        for (int space = 0; space < LEVELS.length; space++) {
            byte[] bytes = engine.transmit(LEVELS[space]);
            settled |= bytes != null && !c.client;
            if (bytes != null && !c.spaces[space].discarded) c.spaces[space].crypto.send(ByteBuffer.wrap(bytes));
        }
    }

    // --- connection ids

    /** A packet was opened: whether its Source Connection ID is the one of this handshake (RFC 9000 §7.2). */
    boolean accepts(PacketHeader packet) {
        packetSeen = true;
        if (peerScid == null) {
            peerScid = packet.source();
            c.remoteCids.first(peerScid);
            return true;
        }
        return peerScid.matches(packet.array(), packet.sourceOffset(), packet.sourceLength());
    }

    /** Client: a Retry came (RFC 9000 §17.2.5.2). */
    void onRetry(long now, PacketHeader packet) {
        // Only the first, only before any other packet, only with a token, and only unharmed.
        if (packetSeen || retryScid != null || packet.tokenLength() == 0 || packet.tokenLength() > MAX_TOKEN
            || !Retry.verify(packet, originalDcid)) return;
        ConnectionId source = packet.source();
        // RFC 9000 §17.2.5.1: another one than ours.
        if (source.equals(originalDcid)) return;
        retryScid = source;
        c.token = packet.token();
        c.remoteCids.first(source);
        // RFC 9000 §17.2.5.3: the same ClientHello, and packet numbers go on.
        keysDcid = source;
        initialKeys();
        c.loss.retry(now);
    }

    /** Whether any packet of the peer was processed: Version Negotiation is then too late (RFC 9000 §6.2). */
    boolean packetSeen() { return packetSeen || retryScid != null; }

    // --- versions (RFC 9368, RFC 9369)

    /**
     * What opens an Initial packet of another version than the connection's: the server's of the original one, the client's of one it
     * offered.
     */
    PacketProtection initialRead(QuicVersion version) {
        if (!c.client) return version == original ? otherRead : null;
        if (!mayTurnInto(version)) return null;
        if (otherRead == null) {
            otherRead = c.endpoint.protection.create(InitialSecrets.SUITE, version, new InitialSecrets(version, keysDcid).server);
        }
        return otherRead;
    }

    /** Client: whether the server may still choose this version instead of the original one. */
    boolean mayTurnInto(QuicVersion version) { return c.client && !settled && c.options.versions().contains(version); }

    /** The connection goes on in another version (RFC 9369 §4.1). */
    void turnInto(QuicVersion version) {
        settled = true;
        if (!c.client) otherRead = c.spaces[PacketNumberSpace.INITIAL].read;
        c.version = version;
        if (c.trace != null) c.trace.onVersion(c.now, version);
        initialKeys();
    }

    /** Server: the version that we like best among those that the client's first flight is good for. */
    private void chooseVersion() throws QuicException {
        if (peer.chosenVersion == 0) return;
        // RFC 9368 §4: what the packet says and what is authenticated.
        if (peer.chosenVersion != original.id) throw versionError();
        // RFC 9369 §5: what the client resumes is of the version that it began with. Nor after a HelloRetryRequest.
        if (settled || engine.isResuming()) return;
        for (QuicVersion each : c.options.versions()) {
            if (each == c.version) return;
            for (int offered : peer.availableVersions) {
                if (offered != each.id) continue;
                turnInto(each);
                return;
            }
        }
    }

    /** Client: RFC 9368 §4: nobody between us and the server made the choice. */
    private void checkVersion() throws QuicException {
        if (peer.chosenVersion == 0) {
            // RFC 9368 §8: a server of version 1 need not know of this.
            if (c.version != original || negotiated && original != QuicVersion.V1) throw versionError();
            return;
        }
        if (peer.chosenVersion != c.version.id) throw versionError();
        if (!negotiated) return;
        if (peer.availableVersions.length == 0) throw versionError();
        for (QuicVersion each : c.options.versions()) {
            boolean spoken = each == c.version;
            for (int id : peer.availableVersions) spoken |= id == each.id;
            if (!spoken) continue;
            if (each != original) throw versionError();
            return;
        }
    }

    private static QuicException versionError() {
        return new QuicException(TransportError.VERSION_NEGOTIATION_ERROR, FrameType.CRYPTO, "the version is not what it would be");
    }

    /** Client: begins anew in the best version that a Version Negotiation packet lists; false where there is none (RFC 9368 §2.1). */
    boolean startAnew(long now, PacketHeader listed) throws QuicException {
        // RFC 9368 §4: only once.
        if (negotiated) return true;
        for (QuicVersion each : c.options.versions()) {
            if (!VersionNegotiation.lists(listed, each.id)) continue;
            c.loss.retry(now);
            if (remembered != null) c.onEarlyRejected();
            c.version = each;
            if (c.trace != null) c.trace.onVersion(now, each);
            c.token = Connection.NO_TOKEN;
            ConnectionId destination = ConnectionId.random(c.endpoint.entropy, LocalCids.LENGTH);
            c.remoteCids.first(destination);
            c.spaces[PacketNumberSpace.INITIAL].discard();
            c.spaces[PacketNumberSpace.INITIAL] = new Space(c, PacketNumberSpace.INITIAL);
            c.handshake = new Handshake(c, tls, host, port, destination);
            c.handshake.negotiated = c.handshake.settled = true;
            c.handshake.start();
            return true;
        }
        return false;
    }

    private int[] availableVersions() {
        int[] ids = new int[c.options.versions().size() + 1];
        for (int i = 0; i < ids.length - 1; i++) ids[i] = c.options.versions().get(i).id;
        // RFC 9368 §3: grease, so that nobody comes to count on knowing them all.
        ids[ids.length - 1] = VersionNegotiation.reserved(c.endpoint.entropy.nextInt());
        return ids;
    }

    // --- transport parameters

    private TransportParameters localParameters() {
        TransportParameters p = new TransportParameters();
        p.chosenVersion = c.version.id;
        p.availableVersions = availableVersions();
        // RFC 9287 §3: packets are known by their connection ids, not by a bit.
        p.greaseQuicBit = true;
        ConnectionOptions o = c.options;
        p.initialSourceConnectionId = c.localCids.first();
        if (!c.client) {
            p.originalDestinationConnectionId = originalDcid;
            p.retrySourceConnectionId = retryScid;
            p.statelessResetToken = StatelessReset.token(c.endpoint.resetKey, c.localCids.first());
        }
        if (!c.client && !o.preferred().isEmpty()) {
            InetSocketAddress four = null, six = null;
            for (InetSocketAddress address : o.preferred()) {
                if (address.getAddress() instanceof Inet4Address) four = address;
                else six = address;
            }
            ConnectionId id = c.localCids.preferred();
            p.preferredAddress = new PreferredAddress(four, six, id, StatelessReset.token(c.endpoint.resetKey, id));
        }
        p.maxDatagramFrameSize = o.datagramFrame();
        p.maxIdleTimeout = o.idleTimeout() / 1_000_000;
        p.maxAckDelay = o.maxAckDelay() / 1_000_000;
        p.maxUdpPayloadSize = Endpoint.MAX_DATAGRAM;
        p.initialMaxData = o.streams().connectionWindow();
        p.initialMaxStreamDataBidiLocal = p.initialMaxStreamDataBidiRemote = p.initialMaxStreamDataUni = o.streams().streamWindow();
        p.initialMaxStreamsBidi = o.streams().bidiStreams();
        p.initialMaxStreamsUni = o.streams().uniStreams();
        p.activeConnectionIdLimit = c.endpoint.limits.peerCids();
        if (c.trace != null) c.trace.onParameters(c.now, true, p);
        return p;
    }

    @Override public void onTransportParameters(byte[] raw) throws TlsAlertException {
        try {
            peer = TransportParameters.parse(raw, c.client);
            authenticate();
            if (c.client) checkVersion();
            else chooseVersion();
            if (earlyAccepted) peer.checkNotBelow(remembered);
        } catch (QuicException e) {
            throw stop(e);
        }
        if (c.trace != null) c.trace.onParameters(c.now, false, peer);
        c.onPeerParameters(peer);
        if (c.client) return;
        local = localParameters();
        engine.localTransportParameters(local.encode(c.endpoint.entropy));
    }

    /** Ends TLS because of an error that is QUIC's. */
    private TlsAlertException stop(QuicException e) {
        quicError = e;
        return new TlsAlertException(Alert.ILLEGAL_PARAMETER, e.getMessage());
    }

    /** RFC 9000 §7.3. */
    private void authenticate() throws QuicException {
        if (peer.initialSourceConnectionId == null || !peer.initialSourceConnectionId.equals(peerScid)) {
            throw mismatch("initial_source_connection_id");
        }
        if (!c.client) return;
        if (!originalDcid.equals(peer.originalDestinationConnectionId)) throw mismatch("original_destination_connection_id");
        if (retryScid == null ? peer.retrySourceConnectionId != null : !retryScid.equals(peer.retrySourceConnectionId)) {
            throw mismatch("retry_source_connection_id");
        }
        if (peer.statelessResetToken != null) c.remoteCids.firstToken(peer.statelessResetToken);
        if (peer.preferredAddress != null) c.mover.onPreferred(peer.preferredAddress);
    }

    private static QuicException mismatch(String parameter) {
        return new QuicException(TransportError.TRANSPORT_PARAMETER_ERROR, FrameType.CRYPTO, parameter);
    }

    // --- TLS

    @Override public void onSecrets(EncryptionLevel level, CipherSuite suite, byte[] clientSecret, byte[] serverSecret)
        throws TlsAlertException {
        if (level == EncryptionLevel.EARLY_DATA) {
            PacketProtection keys = c.endpoint.protection.create(suite, c.version, clientSecret);
            if (c.client) c.spaces[PacketNumberSpace.APPLICATION].write = keys;
            else c.spaces[PacketNumberSpace.APPLICATION].read = keys;
            c.onEarlyKeys(engine, remembered);
            if (c.trace != null) c.trace.onKeys(c.now, level);
            return;
        }
        this.suite = suite;
        PacketProtection read = c.endpoint.protection.create(suite, c.version, c.client ? serverSecret : clientSecret);
        PacketProtection write = c.endpoint.protection.create(suite, c.version, c.client ? clientSecret : serverSecret);
        if (level == EncryptionLevel.HANDSHAKE) {
            c.spaces[PacketNumberSpace.HANDSHAKE].read = read;
            c.spaces[PacketNumberSpace.HANDSHAKE].write = write;
            try {
                c.onHandshakeKeys();
            } catch (QuicException e) {
                throw stop(e);
            }
        } else {
            // RFC 9001 §4.9.3: a client's 0-RTT keys go when there are better ones.
            if (c.client) c.spaces[PacketNumberSpace.APPLICATION].write = null;
            c.phases = new KeyPhases(read, write, c.endpoint.entropy.nextInt() & 0x7fff_ffff);
        }
        if (c.trace != null) c.trace.onKeys(c.now, level);
    }

    @Override public void onHandshakeComplete() { done = true; }

    @Override public boolean takesTicket(byte[] content) {
        // RFC 9369 §5: none of another version.
        return ReplayGuard.isOf(c.version, content);
    }

    @Override public boolean onEarlyData(EarlyDataOffer offer) {
        return c.options.earlyData() && c.version == original && ReplayGuard.takes(c.now, offer, local, tls.usedTickets());
    }

    @Override public void onEarlyDataDecision(boolean accepted) {
        earlyAccepted = accepted;
        if (!accepted) c.onEarlyRejected();
    }

    /** Server, after the handshake. */
    void issueTicket() {
        engine.issueTicket(c.options.earlyData(), ReplayGuard.content(c.version, c.now, local));
        flush();
    }

    @Override public void onTicket(SessionTicket ticket) { if (c.memory.version() == c.version) c.memory.add(ticket); }
}
