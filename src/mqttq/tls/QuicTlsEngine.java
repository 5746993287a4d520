package mqttq.tls;

import java.net.IDN;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLParameters;

/**
 * TLS 1.3 for QUIC (RFC 9846 as amended by RFC 9001), client or server, for one connection: handshake bytes in and out per encryption
 * level, secrets by callback. To the JDK's key and trust managers it is an {@code SSLEngine}. One thread; no I/O, no clock.
 *
 * <p>Client: {@link #client}, maybe {@link #resume}, {@link #start}, then {@link #transmit} and {@link #receive} until {@link
 * #isHandshakeComplete}. Server: {@link #server}, {@link #receive}; {@link #localTransportParameters} at the latest in {@link
 * Listener#onTransportParameters}. After an exception the engine is dead: close the connection with {@link TlsAlertException#errorCode}.
 */
public final class QuicTlsEngine extends EngineFace {
    /** Called from inside {@link #start} and {@link #receive}. Arrays are handed over, not shared. */
    public interface Listener {
        /**
         * Traffic secrets of a level, as soon as they exist. EARLY_DATA: only the client's (the server's is null); on the server only if
         * 0-RTT is accepted.
         * APPLICATION on the server exists once its Finished is made: it may write with it at once and read only when the handshake is
         * complete (RFC 9001 §5.7).
         */
        void onSecrets(EncryptionLevel level, CipherSuite suite, byte[] clientSecret, byte[] serverSecret) throws TlsAlertException;

        /** The peer's transport parameters, raw and not authenticated before the handshake is complete. May throw to end the connection. */
        void onTransportParameters(byte[] raw) throws TlsAlertException;

        /** Server: whether a ticket with this application data may be resumed from. */
        default boolean takesTicket(byte[] applicationData) { return true; }

        /** Server: whether to take 0-RTT with this ticket, asked only where TLS itself could. After {@link #onTransportParameters}. */
        default boolean onEarlyData(EarlyDataOffer offer) { return false; }

        /** Client that offered 0-RTT: whether the server took it; called once, before {@link #onTransportParameters}. */
        default void onEarlyDataDecision(boolean accepted) { }

        /** Both Finished verified (RFC 9001 §4.1.1); the client's own is in {@link #transmit}. */
        void onHandshakeComplete() throws TlsAlertException;

        /** Client: a ticket to resume with. */
        default void onTicket(SessionTicket ticket) { }
    }

    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] NOTHING = {};

    final Listener listener;
    String protocol;
    SNIHostName requestedServerName;
    private final TlsConfig config;
    private final boolean client;
    private final QuicTlsSession session;
    private Handshake handshake;
    private TlsAlertException failure;

    private final TlsWriter[] out = new TlsWriter[EncryptionLevel.values().length];
    private EncryptionLevel receiveLevel = EncryptionLevel.INITIAL;
    private byte[] in = NOTHING;
    private int inLength;

    private boolean complete, resumed;
    private byte[] resumptionSecret, peerTransportParameters;
    private long authenticatedAt;
    private int tickets;

    private QuicTlsEngine(TlsConfig config, boolean client, String host, int port, Listener listener) {
        super(host, port);
        if (config.applicationProtocols.isEmpty()) throw new IllegalArgumentException("QUIC needs an application protocol");
        if (client ? config.trustManager == null : config.keyManager == null) {
            throw new IllegalArgumentException(client ? "a client needs a trust manager" : "a server needs a key manager");
        }
        this.config = config;
        this.client = client;
        this.listener = listener;
        session = new QuicTlsSession(host, port, config.epochMillis.getAsLong());
    }

    /** @param peerHost the name or address that was asked for: checked against the certificate, and sent as SNI if it is a name */
    public static QuicTlsEngine client(TlsConfig config, String peerHost, int peerPort, byte[] localTransportParameters,
        Listener listener) {
        String host = asciiHost(config.serverName != null ? config.serverName : peerHost);
        QuicTlsEngine engine = new QuicTlsEngine(config, true, host, peerPort, listener);
        engine.handshake = new ClientHandshake(engine, config, engine.session, host, sniName(host), localTransportParameters);
        return engine;
    }

    /** Has to be given its transport parameters; does nothing until a whole ClientHello has come. */
    public static QuicTlsEngine server(TlsConfig config, Listener listener) {
        QuicTlsEngine engine = new QuicTlsEngine(config, false, null, -1, listener);
        engine.handshake = new ServerHandshake(engine, config, engine.session);
        return engine;
    }

    /** Server: the raw extension 0x39 to send; at the latest inside {@link Listener#onTransportParameters}. */
    public void localTransportParameters(byte[] raw) { ((ServerHandshake) handshake).transportParameters = raw; }

    /**
     * Client, before {@link #start}: offers to resume with {@code ticket}, and early data if wanted and the ticket allows it.
     * False where the ticket does not fit (expired, other host, suite or protocol, or its chain is no longer trusted): then a full
     * handshake follows.
     */
    public boolean resume(SessionTicket ticket, boolean earlyData) { return ((ClientHandshake) handshake).resume(ticket, earlyData); }

    /** Client: makes the ClientHello (and the EARLY_DATA secret, where offered). */
    public void start() throws TlsAlertException { ((ClientHandshake) handshake).start(); }

    /** The level of which handshake bytes are taken now; QUIC keeps those of later levels back and refuses new ones of earlier levels. */
    public EncryptionLevel receiveLevel() { return receiveLevel; }

    /** Takes handshake bytes of a level, in order and each once, cut anywhere; consumes the whole buffer. */
    public void receive(EncryptionLevel level, ByteBuffer bytes) throws TlsAlertException {
        if (failure != null) throw failure;
        if (!bytes.hasRemaining()) return;
        try {
            // RFC 9001 §4.1.3, §8.3
            if (level == EncryptionLevel.EARLY_DATA || level.compareTo(receiveLevel) < 0) {
                throw TlsAlertException.protocolViolation("handshake bytes of an earlier level");
            }
            if (level != receiveLevel) throw new TlsAlertException(Alert.UNEXPECTED_MESSAGE, "handshake bytes of a later level");
            while (bytes.hasRemaining()) {
                if (level != receiveLevel) throw TlsAlertException.protocolViolation("bytes left over when keys change");
                receiveSome(bytes);
            }
        } catch (TlsAlertException e) {
            failure = e;
            handshake = null;
            in = NOTHING;
            inLength = 0;
            bytes.position(bytes.limit());
            throw e;
        }
    }

    /** Up to the end of one message; its header is judged before its body is kept. */
    private void receiveSome(ByteBuffer bytes) throws TlsAlertException {
        int total = 4;
        if (inLength < 4) {
            take(bytes, 4 - inLength, 4);
            if (inLength < 4) return;
            total = checkHeader();
        } else {
            total = messageLength();
        }
        take(bytes, total - inLength, total);
        if (inLength < total) return;
        byte[] message = in;
        inLength = 0;
        int type = message[0] & 0xff;
        if (handshake != null) handshake.message(type, message, total);
        else onNewSessionTicket(message, total);
        if (complete) in = NOTHING;
    }

    /** Doubles the buffer as bytes arrive, up to the message's length: never by the claim of a length alone. */
    private void take(ByteBuffer bytes, int most, int total) {
        int n = Math.min(most, bytes.remaining());
        if (in.length - inLength < n) in = Arrays.copyOf(in, Math.max(inLength + n, Math.min(2 * in.length, total)));
        bytes.get(in, inLength, n);
        inLength += n;
    }

    private int messageLength() { return 4 + ((in[1] & 0xff) << 16 | (in[2] & 0xff) << 8 | in[3] & 0xff); }

    private int checkHeader() throws TlsAlertException {
        int type = in[0] & 0xff, total = messageLength();
        // RFC 9001 §4.4
        if (complete && client && type == HandshakeType.CERTIFICATE_REQUEST) {
            throw TlsAlertException.protocolViolation("CertificateRequest after the handshake");
        }
        // RFC 9001 §6: KeyUpdate is never expected
        if (handshake != null ? !handshake.expects(type) : !client || type != HandshakeType.NEW_SESSION_TICKET) {
            throw new TlsAlertException(Alert.UNEXPECTED_MESSAGE, "handshake message " + type + " is out of place");
        }
        if (total - 4 > HandshakeType.limit(type)) {
            throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "handshake message " + type + " of " + (total - 4) + " bytes");
        }
        return total;
    }

    /** All handshake bytes that wait to go out at a level, handed over; null if none. */
    public byte[] transmit(EncryptionLevel level) {
        TlsWriter writer = out[level.ordinal()];
        if (writer == null) return null;
        out[level.ordinal()] = null;
        return writer.toArray();
    }

    /** Both Finished are verified, and all that only the handshake needed is gone. */
    public boolean isHandshakeComplete() { return complete; }

    /** The negotiated suite, null before there is one. */
    public CipherSuite cipherSuite() { return session.suite; }

    /** Whether this handshake resumed an earlier session. */
    public boolean isResumed() { return resumed; }

    /** Server, from {@link Listener#onTransportParameters} on: whether the client resumes with a ticket that is taken. */
    public boolean isResuming() { return handshake instanceof ServerHandshake server && server.resumes(); }

    /** Server: the name the client asked for by SNI, lower case, or null. */
    public String requestedServerName() { return requestedServerName == null ? null : requestedServerName.getAsciiName(); }

    /**
     * Server, after the handshake: puts a NewSessionTicket into APPLICATION; false where none can be issued (no keys, client without PSK
     * modes, or its chain is too long to seal).
     * @param applicationData at most 1024 bytes that come back in {@link EarlyDataOffer}: the limits the client may count on
     */
    public boolean issueTicket(boolean earlyData, byte[] applicationData) {
        if (client || resumptionSecret == null || Certificates.length(session.peerChain) > TlsLimits.CHAIN_IN_TICKET) return false;
        if (applicationData.length > TlsLimits.APPLICATION_DATA_IN_TICKET) throw new IllegalArgumentException("application data too long");
        byte[] id = new byte[16], nonce = {(byte) (tickets >> 8), (byte) tickets};
        config.random.nextBytes(id);
        long ageAdd = config.random.nextInt() & 0xffff_ffffL, now = config.epochMillis.getAsLong();
        byte[] psk = KeySchedule.ticketPsk(session.suite, resumptionSecret, nonce);
        byte[] sealed = config.ticketKeys.seal(new ServerTicket(session.suite, id, now, authenticatedAt, ageAdd, earlyData, psk, protocol,
            applicationData, session.peerChain), now);
        tickets++;
        TlsWriter writer = out(EncryptionLevel.APPLICATION);
        int message = writer.message(HandshakeType.NEW_SESSION_TICKET);
        writer.u32(config.ticketKeys.lifetimeSeconds()).u32(ageAdd).vector(1, nonce).vector(2, sealed);
        int extensions = writer.open(2);
        // RFC 9001 §4.6.1
        if (earlyData) writer.u16(Extensions.EARLY_DATA).u16(4).u32(0xffff_ffffL);
        writer.close(extensions, 2).endMessage(message);
        return true;
    }

    /** No more tickets will be taken or issued: drops the last secret. */
    public void forgetTickets() {
        if (!complete) return;
        resumptionSecret = null;
        peerTransportParameters = null;
    }

    /** RFC 9846 §4.6.1. */
    private void onNewSessionTicket(byte[] buf, int length) throws TlsAlertException {
        TlsReader in = new TlsReader(buf, 4, length);
        int lifetime = (int) Math.min(in.u32(), TlsLimits.TICKET_LIFETIME_SECONDS);
        long ageAdd = in.u32();
        byte[] nonce = in.vector(1, 0).rest(), identity = in.vector(2, 1).rest();
        Extensions extensions = Extensions.read(buf, in, Extensions.NST, 0);
        in.end();
        TlsReader early = extensions.find(Extensions.EARLY_DATA);
        if (early != null) {
            // RFC 9001 §4.6.1
            if (early.u32() != 0xffff_ffffL) throw TlsAlertException.protocolViolation("max_early_data_size is not 0xffffffff");
            early.end();
        }
        if (resumptionSecret == null || lifetime == 0 || tickets++ >= TlsLimits.TICKETS_TAKEN) return;
        byte[] psk = KeySchedule.ticketPsk(session.suite, resumptionSecret, nonce);
        listener.onTicket(new SessionTicket(session.suite, identity, psk, config.epochMillis.getAsLong(), lifetime, ageAdd, early != null,
            getPeerHost(), protocol, peerTransportParameters, session.peerChain));
    }

    // ---- what the handshake calls

    TlsWriter out(EncryptionLevel level) {
        TlsWriter writer = out[level.ordinal()];
        return writer != null ? writer : (out[level.ordinal()] = new TlsWriter(level == EncryptionLevel.HANDSHAKE ? 2048 : 512));
    }

    void receiveFrom(EncryptionLevel level) { receiveLevel = level; }

    void peerTransportParameters(byte[] raw) throws TlsAlertException {
        peerTransportParameters = client ? raw : null;
        listener.onTransportParameters(raw.clone());
    }

    void secrets(EncryptionLevel level, CipherSuite suite, byte[] clientRandom, byte[] clientSecret, byte[] serverSecret)
        throws TlsAlertException {
        if (config.keyLog != null) {
            // draft-ietf-tls-keylogfile
            String to = level == EncryptionLevel.HANDSHAKE ? "HANDSHAKE_TRAFFIC_SECRET " : level == EncryptionLevel.APPLICATION
                ? "TRAFFIC_SECRET_0 "
                : "EARLY_TRAFFIC_SECRET ";
            to += HEX.formatHex(clientRandom) + " ";
            config.keyLog.accept("CLIENT_" + to + HEX.formatHex(clientSecret));
            if (serverSecret != null) config.keyLog.accept("SERVER_" + to + HEX.formatHex(serverSecret));
        }
        listener.onSecrets(level, suite, clientSecret.clone(), serverSecret == null ? null : serverSecret.clone());
    }

    void ticketsFor(long since) { authenticatedAt = since; }

    /** Drops all that only the handshake needed. */
    void complete(byte[] resumption, boolean resumedSession) throws TlsAlertException {
        receiveLevel = EncryptionLevel.APPLICATION;
        handshake = null;
        resumptionSecret = resumption;
        resumed = resumedSession;
        complete = true;
        session.shed();
        listener.onHandshakeComplete();
    }

    // ---- SSLEngine, as key and trust managers see it

    @Override public ExtendedSSLSession getSession() { return session; }
    @Override public ExtendedSSLSession getHandshakeSession() { return handshake == null ? null : session; }
    @Override public String getApplicationProtocol() { return complete ? protocol : null; }
    @Override public String getHandshakeApplicationProtocol() { return complete ? null : protocol; }

    @Override public SSLParameters getSSLParameters() {
        SSLParameters parameters = new SSLParameters(getEnabledCipherSuites(), getEnabledProtocols());
        parameters.setApplicationProtocols(config.applicationProtocols.toArray(new String[0]));
        parameters.setAlgorithmConstraints(config.constraints);
        if (client) {
            if (config.identifyEndpoint) parameters.setEndpointIdentificationAlgorithm("HTTPS");
            parameters.setServerNames(session.requestedServerNames);
        }
        if (getNeedClientAuth()) parameters.setNeedClientAuth(true);
        else parameters.setWantClientAuth(getWantClientAuth());
        return parameters;
    }

    @Override public String[] getEnabledCipherSuites() { return names(config.cipherSuites); }

    @Override public boolean getUseClientMode() { return client; }
    @Override public boolean getNeedClientAuth() { return config.clientAuth == TlsConfig.ClientAuth.NEED; }
    @Override public boolean getWantClientAuth() { return config.clientAuth == TlsConfig.ClientAuth.WANT; }

    @Override public HandshakeStatus getHandshakeStatus() {
        return handshake == null ? HandshakeStatus.NOT_HANDSHAKING : HandshakeStatus.NEED_UNWRAP;
    }

    private static String asciiHost(String host) {
        if (StandardCharsets.US_ASCII.newEncoder().canEncode(host)) return host;
        try {
            return IDN.toASCII(host);
        } catch (IllegalArgumentException e) {
            return host;
        }
    }

    /** RFC 6066 §3: a DNS name without its final dot; no address. */
    private static SNIHostName sniName(String host) {
        String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        if (name.isEmpty() || name.length() > 253 || name.indexOf(':') >= 0) return null;
        if (Character.digit(name.charAt(name.length() - 1), 10) >= 0 && name.matches("[0-9.]+")) return null;
        try {
            return new SNIHostName(name.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
