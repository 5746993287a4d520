package mqttq.tls;

import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.security.auth.x500.X500Principal;

/** The client's side, as the state machine of RFC 9846 appendix A.1. */
final class ClientHandshake extends Handshake {
    /** RFC 9846 §4.1.3: the random of a ServerHello that is a HelloRetryRequest. */
    static final byte[] RETRY_RANDOM = HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");

    private enum State {
        START, WAIT_SERVER_HELLO, WAIT_ENCRYPTED_EXTENSIONS, WAIT_CERTIFICATE_OR_REQUEST, WAIT_CERTIFICATE, WAIT_CERTIFICATE_VERIFY,
            WAIT_FINISHED
    }

    private final String host;
    private final SNIHostName serverName;
    private final byte[] transportParameters;
    private State state = State.START;
    private SessionTicket ticket;
    private boolean earlyData, pskAccepted, retried, certificateRequested;
    private List<KeyShare> shares = List.of();
    private CipherSuite suite;
    private byte[] firstHello;

    ClientHandshake(QuicTlsEngine engine, TlsConfig config, QuicTlsSession session, String host, SNIHostName serverName,
        byte[] transportParameters) {
        super(engine, config, session);
        this.host = host;
        this.serverName = serverName;
        this.transportParameters = transportParameters;
        if (serverName != null) session.requestedServerNames = List.of(serverName);
    }

    boolean resume(SessionTicket with, boolean wantEarlyData) {
        if (state != State.START) throw new IllegalStateException("already started");
        if (!with.host.equals(host) || config.epochMillis.getAsLong() >= with.expiresAtMillis() || !config.cipherSuites.contains(with.suite)
            || !config.applicationProtocols.contains(with.applicationProtocol())) return false;
        try {
            // a ticket earned under other trust, or whose certificate has expired meanwhile, is worth nothing
            checkTrusted(with.chain, true);
        } catch (TlsAlertException e) {
            return false;
        }
        ticket = with;
        earlyData = wantEarlyData && with.earlyData();
        return true;
    }

    void start() throws TlsAlertException {
        if (state != State.START) throw new IllegalStateException("already started");
        state = State.WAIT_SERVER_HELLO;
        clientRandom = randomBytes(32);
        shares = new ArrayList<>();
        for (NamedGroup group : config.shares) shares.add(KeyShare.generate(group, config.random));
        firstHello = writeHello(null);
        if (earlyData) {
            byte[] hash = new Transcript(ticket.suite).hashWith(firstHello, 0, firstHello.length);
            byte[] early = new KeySchedule(ticket.suite, ticket.psk).derive("c e traffic", hash);
            engine.secrets(EncryptionLevel.EARLY_DATA, ticket.suite, clientRandom, early, null);
        }
    }

    private byte[] writeHello(byte[] cookie) {
        TlsWriter out = engine.out(EncryptionLevel.INITIAL);
        int start = out.length, message = out.message(HandshakeType.CLIENT_HELLO);
        out.u16(0x0303).bytes(clientRandom).u8(0); // RFC 9001 §8.4: legacy_session_id stays empty
        int mark = out.open(2);
        for (CipherSuite each : config.cipherSuites) out.u16(each.id);
        out.close(mark, 2).u8(1).u8(0);
        int extensions = out.open(2);
        if (serverName != null) {
            int extension = extension(out, Extensions.SERVER_NAME), list = out.open(2);
            out.u8(0).vector(2, serverName.getEncoded()).close(list, 2).close(extension, 2);
        }
        int extension = extension(out, Extensions.SUPPORTED_GROUPS), list = out.open(2);
        for (NamedGroup group : config.groups) out.u16(group.id);
        out.close(list, 2).close(extension, 2);
        extension = extension(out, Extensions.SIGNATURE_ALGORITHMS);
        SignatureScheme.writeAll(out, config.constraints);
        out.close(extension, 2);
        extension = extension(out, Extensions.ALPN);
        list = out.open(2);
        for (String protocol : config.applicationProtocols) out.ascii(1, protocol);
        out.close(list, 2).close(extension, 2);
        extension = extension(out, Extensions.SUPPORTED_VERSIONS);
        out.u8(2).u16(0x0304).close(extension, 2);
        extension = extension(out, Extensions.KEY_SHARE);
        list = out.open(2);
        for (KeyShare share : shares) out.u16(share.group.id).vector(2, share.publicBytes());
        out.close(list, 2).close(extension, 2);
        extension = extension(out, Extensions.PSK_KEY_EXCHANGE_MODES);
        out.u8(1).u8(1).close(extension, 2); // psk_dhe_ke alone: resumption stays forward secret
        extension = extension(out, Extensions.QUIC_TRANSPORT_PARAMETERS);
        out.bytes(transportParameters).close(extension, 2);
        if (cookie != null) {
            extension = extension(out, Extensions.COOKIE);
            out.vector(2, cookie).close(extension, 2);
        }
        if (earlyData) out.u16(Extensions.EARLY_DATA).u16(0);
        if (ticket != null) {
            writePsk(out, start, message, extensions);
        } else {
            out.close(extensions, 2).endMessage(message);
        }
        return Arrays.copyOfRange(out.buf, start, out.length);
    }

    /** RFC 9846 §4.2.11: the last extension; its binder covers the message before the binders, with all lengths as they will be. */
    private void writePsk(TlsWriter out, int start, int message, int extensions) {
        int extension = extension(out, Extensions.PRE_SHARED_KEY), list = out.open(2);
        long age = config.epochMillis.getAsLong() - ticket.receivedAt;
        out.vector(2, ticket.identity).u32(age + ticket.ageAdd).close(list, 2);
        int truncated = out.length - start;
        byte[] binder = new byte[ticket.suite.hashLength];
        list = out.open(2);
        out.vector(1, binder).close(list, 2).close(extension, 2).close(extensions, 2).endMessage(message);
        Transcript before = transcript != null ? transcript : new Transcript(ticket.suite);
        binder = new KeySchedule(ticket.suite, ticket.psk).binder(before.hashWith(out.buf, start, truncated));
        System.arraycopy(binder, 0, out.buf, out.length - binder.length, binder.length);
    }

    private static int extension(TlsWriter out, int type) { return out.u16(type).open(2); }

    @Override boolean expects(int type) {
        return switch (state) {
            case START -> false;
            case WAIT_SERVER_HELLO -> type == HandshakeType.SERVER_HELLO;
            case WAIT_ENCRYPTED_EXTENSIONS -> type == HandshakeType.ENCRYPTED_EXTENSIONS;
            case WAIT_CERTIFICATE_OR_REQUEST -> type == HandshakeType.CERTIFICATE || type == HandshakeType.CERTIFICATE_REQUEST;
            case WAIT_CERTIFICATE -> type == HandshakeType.CERTIFICATE;
            case WAIT_CERTIFICATE_VERIFY -> type == HandshakeType.CERTIFICATE_VERIFY;
            case WAIT_FINISHED -> type == HandshakeType.FINISHED;
        };
    }

    @Override void message(int type, byte[] buf, int length) throws TlsAlertException {
        switch (type) {
            case HandshakeType.SERVER_HELLO -> onServerHello(buf, length);
            case HandshakeType.ENCRYPTED_EXTENSIONS -> onEncryptedExtensions(buf, length);
            case HandshakeType.CERTIFICATE_REQUEST -> onCertificateRequest(buf, length);
            case HandshakeType.CERTIFICATE -> onCertificate(buf, length);
            case HandshakeType.CERTIFICATE_VERIFY -> {
                readCertificateVerify(buf, length, false);
                transcript.update(buf, 0, length);
                state = State.WAIT_FINISHED;
            }
            default -> onFinished(buf, length);
        }
    }

    private void onServerHello(byte[] buf, int length) throws TlsAlertException {
        TlsReader in = new TlsReader(buf, 4, length);
        int version = in.u16();
        boolean retry = Arrays.equals(in.bytes(32), RETRY_RANDOM);
        // RFC 9846 §4.1.4
        if (retry && retried) throw new TlsAlertException(Alert.UNEXPECTED_MESSAGE, "second HelloRetryRequest");
        // RFC 9001 §4.2
        if (version != 0x0303) throw new TlsAlertException(Alert.PROTOCOL_VERSION, "legacy_version is not 0x0303");
        boolean sessionId = in.vector(1, 0).hasMore();
        CipherSuite chosen = CipherSuite.of(in.u16());
        int compression = in.u8();
        if (!in.hasMore()) throw new TlsAlertException(Alert.PROTOCOL_VERSION, "the server does not speak TLS 1.3");
        long offered = Extensions.bit(Extensions.SUPPORTED_VERSIONS) | Extensions.bit(Extensions.KEY_SHARE)
            | (retry ? Extensions.bit(Extensions.COOKIE) : ticket != null ? Extensions.bit(Extensions.PRE_SHARED_KEY) : 0);
        Extensions extensions = Extensions.read(buf, in, retry ? Extensions.HRR : Extensions.SH, offered);
        in.end();
        TlsReader versions = extensions.find(Extensions.SUPPORTED_VERSIONS);
        if (versions == null) throw new TlsAlertException(Alert.PROTOCOL_VERSION, "the server does not speak TLS 1.3");
        if (versions.u16() != 0x0304) throw illegal("another version selected");
        versions.end();
        if (sessionId || compression != 0) throw illegal("session id or compression that was not offered");
        if (chosen == null || !config.cipherSuites.contains(chosen)) throw illegal("cipher suite that was not offered");
        if (retried && chosen != suite) throw illegal("another cipher suite than in the HelloRetryRequest");
        suite = chosen;
        session.suite = suite;
        if (!retried) {
            transcript = new Transcript(suite);
            transcript.update(firstHello, 0, firstHello.length);
            firstHello = null;
        }
        if (retry) retryHello(buf, length, extensions);
        else acceptHello(buf, length, extensions);
    }

    private void retryHello(byte[] buf, int length, Extensions extensions) throws TlsAlertException {
        TlsReader share = extensions.find(Extensions.KEY_SHARE), cookieData = extensions.find(Extensions.COOKIE);
        // RFC 9846 §4.1.4: it must change something
        if (share == null && cookieData == null) throw illegal("HelloRetryRequest that changes nothing");
        NamedGroup group = null;
        if (share != null) {
            group = NamedGroup.of(share.u16());
            share.end();
            // RFC 9846 §4.2.8
            if (group == null || !config.groups.contains(group)) throw illegal("HelloRetryRequest for a group that was not offered");
            for (KeyShare each : shares) if (each.group == group) throw illegal("HelloRetryRequest for a share that it has");
        }
        byte[] cookie = null;
        if (cookieData != null) {
            cookie = cookieData.vector(2, 1).rest();
            cookieData.end();
        }
        retried = true;
        rejectEarlyData();
        if (ticket != null && !ticket.suite.hash.equals(suite.hash)) ticket = null;
        transcript.replaceByMessageHash();
        transcript.update(buf, 0, length);
        if (group != null) shares = List.of(KeyShare.generate(group, config.random));
        byte[] hello = writeHello(cookie);
        transcript.update(hello, 0, hello.length);
    }

    private void acceptHello(byte[] buf, int length, Extensions extensions) throws TlsAlertException {
        TlsReader psk = extensions.find(Extensions.PRE_SHARED_KEY);
        if (psk != null) {
            // RFC 9846 §4.2.11: within what we offered, and of the same hash
            if (psk.u16() != 0 || !ticket.suite.hash.equals(suite.hash)) throw illegal("another pre-shared key selected");
            psk.end();
            pskAccepted = true;
        }
        TlsReader data = extensions.need(Extensions.KEY_SHARE);
        NamedGroup group = NamedGroup.of(data.u16());
        byte[] peerShare = data.vector(2, 1).rest();
        data.end();
        KeyShare own = null;
        for (KeyShare each : shares) if (each.group == group) own = each;
        if (own == null) throw illegal("key share for a group that was not offered");
        byte[] shared = own.agree(peerShare);
        shares = List.of();
        transcript.update(buf, 0, length);
        keys = new KeySchedule(suite, pskAccepted ? ticket.psk : null);
        if (!pskAccepted) rejectEarlyData();
        handshakeSecrets(shared);
        engine.receiveFrom(EncryptionLevel.HANDSHAKE);
        state = State.WAIT_ENCRYPTED_EXTENSIONS;
    }

    private void rejectEarlyData() {
        if (!earlyData) return;
        earlyData = false;
        engine.listener.onEarlyDataDecision(false);
    }

    private void onEncryptedExtensions(byte[] buf, int length) throws TlsAlertException {
        TlsReader in = new TlsReader(buf, 4, length);
        long offered = Extensions.bit(Extensions.SUPPORTED_GROUPS) | Extensions.bit(Extensions.ALPN)
            | Extensions.bit(Extensions.QUIC_TRANSPORT_PARAMETERS)
            | (serverName != null ? Extensions.bit(Extensions.SERVER_NAME) : 0) | (earlyData ? Extensions.bit(Extensions.EARLY_DATA) : 0);
        Extensions extensions = Extensions.read(buf, in, Extensions.EE, offered);
        in.end();
        extensions.flag(Extensions.SERVER_NAME);
        TlsReader groups = extensions.find(Extensions.SUPPORTED_GROUPS);
        if (groups != null) {
            groups.u16List(2);
            groups.end();
        }
        TlsReader alpn = extensions.find(Extensions.ALPN);
        // RFC 9001 §8.1
        if (alpn == null) throw new TlsAlertException(Alert.NO_APPLICATION_PROTOCOL, "the server selected no application protocol");
        TlsReader list = alpn.vector(2, 2);
        String protocol = new String(list.vector(1, 1).rest(), StandardCharsets.ISO_8859_1);
        list.end();
        alpn.end();
        if (!config.applicationProtocols.contains(protocol)) {
            throw new TlsAlertException(Alert.NO_APPLICATION_PROTOCOL, "the server selected an application protocol that was not offered");
        }
        engine.protocol = protocol;
        byte[] parameters = extensions.need(Extensions.QUIC_TRANSPORT_PARAMETERS).rest();
        if (extensions.flag(Extensions.EARLY_DATA)) {
            // RFC 9846 §4.2.10: the same suite and protocol as before
            if (suite != ticket.suite || !protocol.equals(ticket.applicationProtocol())) {
                throw illegal("early data accepted under other parameters");
            }
            engine.listener.onEarlyDataDecision(true);
        } else {
            rejectEarlyData();
        }
        engine.peerTransportParameters(parameters);
        transcript.update(buf, 0, length);
        if (pskAccepted) {
            session.peerChain = ticket.chain;
            state = State.WAIT_FINISHED;
        } else {
            state = State.WAIT_CERTIFICATE_OR_REQUEST;
        }
    }

    /** RFC 9846 §4.3.2. */
    private void onCertificateRequest(byte[] buf, int length) throws TlsAlertException {
        TlsReader in = new TlsReader(buf, 4, length);
        if (in.vector(1, 0).hasMore()) throw illegal("certificate_request_context is not empty");
        Extensions extensions = Extensions.read(buf, in, Extensions.CR, 0);
        in.end();
        TlsReader schemes = extensions.need(Extensions.SIGNATURE_ALGORITHMS);
        peerSchemes = schemes.u16List(2);
        schemes.end();
        session.peerSchemes = SignatureScheme.jcaNames(peerSchemes);
        chooseIdentity(true, readAuthorities(extensions.find(Extensions.CERTIFICATE_AUTHORITIES)));
        certificateRequested = true;
        transcript.update(buf, 0, length);
        state = State.WAIT_CERTIFICATE;
    }

    private static Principal[] readAuthorities(TlsReader data) throws TlsAlertException {
        if (data == null) return null;
        TlsReader list = data.vector(2, 3);
        data.end();
        List<Principal> names = new ArrayList<>();
        while (list.hasMore()) {
            byte[] name = list.vector(2, 1).rest();
            try {
                names.add(new X500Principal(name));
            } catch (IllegalArgumentException e) {
                throw new TlsAlertException(Alert.DECODE_ERROR, "damaged name in certificate_authorities");
            }
        }
        return names.toArray(new Principal[0]);
    }

    private void onCertificate(byte[] buf, int length) throws TlsAlertException {
        X509Certificate[] chain = readCertificate(buf, length);
        // RFC 9846 §4.4.2.4
        if (chain.length == 0) throw new TlsAlertException(Alert.DECODE_ERROR, "the server sent no certificate");
        checkTrusted(chain, true);
        session.peerChain = chain;
        transcript.update(buf, 0, length);
        state = State.WAIT_CERTIFICATE_VERIFY;
    }

    private void onFinished(byte[] buf, int length) throws TlsAlertException {
        readFinished(buf, length, serverSecret);
        transcript.update(buf, 0, length);
        byte[] hash = transcript.hash();
        if (certificateRequested) {
            sendCertificate(session.localChain == null ? new X509Certificate[0] : session.localChain);
            if (session.localChain != null) sendCertificateVerify(true);
        }
        sendFinished(clientSecret);
        applicationSecrets(hash);
        engine.complete(resumptionSecret(), pskAccepted);
    }
}
