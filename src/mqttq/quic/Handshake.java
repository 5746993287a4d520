package mqttq.quic;

import java.nio.ByteBuffer;
import mqttq.quic.crypto.InitialSecrets;
import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.frame.FrameType;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.PacketHeader;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.Retry;
import mqttq.quic.packet.StatelessReset;
import mqttq.quic.packet.TransportError;
import mqttq.quic.packet.TransportParameters;
import mqttq.quic.recovery.PacketNumberSpace;
import mqttq.tls.Alert;
import mqttq.tls.CipherSuite;
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
        this.originalDcid = originalDcid;
        engine = QuicTlsEngine.client(tls, host, port, localParameters().encode(c.endpoint.entropy), this);
        initialKeys(originalDcid);
    }

    /** Server, for an Initial to {@code dcid} from {@code peerScid}. */
    Handshake(Connection c, TlsConfig tls, ConnectionId dcid, ConnectionId peerScid, ConnectionId originalDcid, ConnectionId retryScid) {
        this.c = c;
        this.originalDcid = originalDcid;
        this.retryScid = retryScid;
        this.peerScid = peerScid;
        engine = QuicTlsEngine.server(tls, this);
        initialKeys(dcid);
    }

    void start() throws QuicException {
        try {
            engine.start();
        } catch (TlsAlertException e) {
            throw error(e);
        }
        flush();
    }

    QuicTlsEngine engine() {
        return engine;
    }

    private void initialKeys(ConnectionId dcid) {
        InitialSecrets secrets = new InitialSecrets(c.version, dcid);
        Space initial = c.spaces[PacketNumberSpace.INITIAL];
        initial.read = c.endpoint.protection.create(InitialSecrets.SUITE, c.version, c.client ? secrets.server : secrets.client);
        initial.write = c.endpoint.protection.create(InitialSecrets.SUITE, c.version, c.client ? secrets.client : secrets.server);
    }

    // --- CRYPTO bytes

    void onCrypto(int space, ByteBuffer data) throws QuicException {
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
        if (source.equals(originalDcid)) return;
        retryScid = source;
        c.token = packet.token();
        c.remoteCids.first(source);
        initialKeys(source);
        c.loss.retry(now);
    }

    /** Whether any packet of the peer was processed: Version Negotiation is then too late (RFC 9000 §6.2). */
    boolean packetSeen() {
        return packetSeen || retryScid != null;
    }

    // --- transport parameters

    private TransportParameters localParameters() {
        TransportParameters p = new TransportParameters();
        ConnectionOptions o = c.options;
        p.initialSourceConnectionId = c.localCids.first();
        if (!c.client) {
            p.originalDestinationConnectionId = originalDcid;
            p.retrySourceConnectionId = retryScid;
            p.statelessResetToken = StatelessReset.token(c.endpoint.resetKey, c.localCids.first());
        }
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

    @Override
    public void onTransportParameters(byte[] raw) throws TlsAlertException {
        try {
            peer = TransportParameters.parse(raw, c.client);
            authenticate();
        } catch (QuicException e) {
            throw stop(e);
        }
        if (c.trace != null) c.trace.onParameters(c.now, false, peer);
        c.onPeerParameters(peer);
        if (!c.client) engine.localTransportParameters(localParameters().encode(c.endpoint.entropy));
    }

    /** Ends TLS because of an error that is QUIC's. */
    private TlsAlertException stop(QuicException e) {
        quicError = e;
        return new TlsAlertException(Alert.ILLEGAL_PARAMETER, e.getMessage());
    }

    /** RFC 9000 §7.3. */
    private void authenticate() throws QuicException {
        if (peer.initialSourceConnectionId == null || !peer.initialSourceConnectionId.equals(peerScid)) throw mismatch("initial_source_connection_id");
        if (!c.client) return;
        if (!originalDcid.equals(peer.originalDestinationConnectionId)) throw mismatch("original_destination_connection_id");
        if (retryScid == null ? peer.retrySourceConnectionId != null : !retryScid.equals(peer.retrySourceConnectionId)) {
            throw mismatch("retry_source_connection_id");
        }
        if (peer.statelessResetToken != null) c.remoteCids.firstToken(peer.statelessResetToken);
    }

    private static QuicException mismatch(String parameter) {
        return new QuicException(TransportError.TRANSPORT_PARAMETER_ERROR, FrameType.CRYPTO, parameter);
    }

    // --- TLS

    @Override
    public void onSecrets(EncryptionLevel level, CipherSuite suite, byte[] clientSecret, byte[] serverSecret) throws TlsAlertException {
        if (level == EncryptionLevel.EARLY_DATA) return;
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
            c.phases = new KeyPhases(read, write, c.endpoint.entropy.nextInt() & 0x7fff_ffff);
        }
        if (c.trace != null) c.trace.onKeys(c.now, level);
    }

    @Override
    public void onHandshakeComplete() {
        done = true;
    }

    @Override
    public void onTicket(SessionTicket ticket) {
        c.listener.onTicket(c, ticket);
    }
}
