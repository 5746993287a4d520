package mqttq.tls;

import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/** The server's side, as the state machine of RFC 9846 appendix A.2. Nothing expensive happens before a complete, valid ClientHello. */
final class ServerHandshake extends Handshake {
    private enum State { WAIT_CLIENT_HELLO, WAIT_SECOND_CLIENT_HELLO, WAIT_CERTIFICATE, WAIT_CERTIFICATE_VERIFY, WAIT_FINISHED }

    /** Names of authorities sent with a CertificateRequest; with more (the JDK's default roots) none are. */
    private static final int AUTHORITIES = 16;

    byte[] transportParameters;
    private State state = State.WAIT_CLIENT_HELLO;
    private CipherSuite suite;
    private NamedGroup retryGroup;
    private byte[] unchangingPart;
    private boolean pskDheKe;
    /** The ticket that the client resumes with, or null. */
    private ServerTicket ticket;
    private int ticketIndex;

    ServerHandshake(QuicTlsEngine engine, TlsConfig config, QuicTlsSession session) { super(engine, config, session); }
    boolean resumes() { return ticket != null; }

    @Override boolean expects(int type) {
        return switch (state) {
            case WAIT_CLIENT_HELLO, WAIT_SECOND_CLIENT_HELLO -> type == HandshakeType.CLIENT_HELLO;
            case WAIT_CERTIFICATE -> type == HandshakeType.CERTIFICATE;
            case WAIT_CERTIFICATE_VERIFY -> type == HandshakeType.CERTIFICATE_VERIFY;
            case WAIT_FINISHED -> type == HandshakeType.FINISHED;
        };
    }

    @Override void message(int type, byte[] buf, int length) throws TlsAlertException {
        switch (type) {
            case HandshakeType.CLIENT_HELLO -> onClientHello(buf, length);
            case HandshakeType.CERTIFICATE -> onCertificate(buf, length);
            case HandshakeType.CERTIFICATE_VERIFY -> {
                readCertificateVerify(buf, length, true);
                transcript.update(buf, 0, length);
                state = State.WAIT_FINISHED;
            }
            default -> onFinished(buf, length);
        }
    }

    private void onClientHello(byte[] buf, int length) throws TlsAlertException {
        ClientHello hello = new ClientHello(buf, length);
        boolean second = state == State.WAIT_SECOND_CLIENT_HELLO;
        if (hello.cookie) throw illegal("cookie that was not given");
        if (second) checkSecondHello(hello);
        clientRandom = hello.random;
        engine.protocol = hello.selectProtocol(config.applicationProtocols);
        if (engine.protocol == null) throw new TlsAlertException(Alert.NO_APPLICATION_PROTOCOL, "no application protocol in common");
        engine.requestedServerName = hello.serverName;
        session.requestedServerNames = config.names(hello.serverName);
        selectTicketAndSuite(hello, buf);
        session.suite = suite;

        NamedGroup group = selectGroup(hello);
        byte[] peerShare = hello.share(group);
        if (peerShare == null) {
            if (second) throw illegal("no key share for the group that was asked for");
            sendHelloRetryRequest(hello, group, buf, length);
            return;
        }
        if (ticket == null) {
            // RFC 9846 §4.2.3
            if (hello.signatureSchemes == null) throw new TlsAlertException(Alert.MISSING_EXTENSION, "signature_algorithms is missing");
            peerSchemes = hello.signatureSchemes;
            session.peerSchemes = SignatureScheme.jcaNames(peerSchemes);
            if (!chooseIdentity(false, null)) {
                throw new TlsAlertException(Alert.HANDSHAKE_FAILURE, "no certificate for the client's signature algorithms");
            }
        }
        pskDheKe = hello.pskDheKe;
        engine.peerTransportParameters(hello.transportParameters);
        if (transportParameters == null) throw new IllegalStateException("no local transport parameters");
        boolean earlyData = acceptsEarlyData(hello, second);
        KeyShare share = KeyShare.generate(group, config.random);
        byte[] shared = share.agree(peerShare);
        transcript.update(buf, 0, length);
        keys = new KeySchedule(suite, ticket == null ? null : ticket.psk());
        if (earlyData) engine.secrets(EncryptionLevel.EARLY_DATA, suite, clientRandom, keys.derive("c e traffic", transcript.hash()), null);
        sendServerHello(share);
        handshakeSecrets(shared);
        sendFlight(earlyData);
    }

    /** RFC 9846 §4.1.2: the second ClientHello is the first but for what the HelloRetryRequest asked to change. */
    private void checkSecondHello(ClientHello hello) throws TlsAlertException {
        if (!MessageDigest.isEqual(unchangingPart, hello.unchangingPart())) throw illegal("second ClientHello differs from the first");
        if (hello.earlyData) throw illegal("early_data after HelloRetryRequest");
        if (hello.shareCount() != 1 || hello.share(retryGroup) == null) {
            throw illegal("not one key share, for the group that was asked for");
        }
    }

    /** The first usable ticket decides the suite; otherwise our order does. */
    private void selectTicketAndSuite(ClientHello hello, byte[] buf) throws TlsAlertException {
        ticket = null;
        CipherSuite fixed = suite;
        long now = config.epochMillis.getAsLong();
        for (int i = 0; config.ticketKeys != null && hello.pskDheKe && i < hello.pskCount() && ticket == null; i++) {
            ServerTicket found = config.ticketKeys.open(hello.identity(i), now);
            if (found == null || found.suite() == null || !hello.offers(found.suite()) || !config.cipherSuites.contains(found.suite())
                || fixed != null && !fixed.hash.equals(found.suite().hash)
                || config.clientAuth == TlsConfig.ClientAuth.NEED && found.chain() == null
                || !engine.listener.takesTicket(found.applicationData())) continue;
            suite = fixed != null ? fixed : found.suite();
            if (transcript == null) transcript = new Transcript(suite);
            // RFC 9846 §4.2.11: only the binder of the ticket that is taken is looked at
            byte[] binder = new KeySchedule(suite, found.psk()).binder(transcript.hashWith(buf, 0, hello.truncatedLength));
            if (!MessageDigest.isEqual(binder, hello.binder(i))) {
                throw new TlsAlertException(Alert.DECRYPT_ERROR, "PSK binder does not verify");
            }
            if (!stillTrusted(found)) {
                suite = fixed;
                if (fixed == null) transcript = null;
                continue;
            }
            ticket = found;
            ticketIndex = i;
        }
        if (suite != null) return;
        // a client that names ChaCha20 first has no AES instructions: it would suffer more than we do
        CipherSuite chacha = CipherSuite.TLS_CHACHA20_POLY1305_SHA256;
        boolean noAes = hello.cipherSuites[0] == chacha.id && config.cipherSuites.contains(chacha);
        for (CipherSuite each : config.cipherSuites) {
            if (noAes ? each != chacha : !hello.offers(each)) continue;
            suite = each;
            transcript = new Transcript(suite);
            return;
        }
        throw new TlsAlertException(Alert.HANDSHAKE_FAILURE, "no cipher suite in common");
    }

    /** A client certificate in a ticket must be as good as one that is shown anew. */
    private boolean stillTrusted(ServerTicket found) {
        if (config.clientAuth == TlsConfig.ClientAuth.NONE || found.chain() == null) return true;
        try {
            checkTrusted(found.chain(), false);
            return true;
        } catch (TlsAlertException e) {
            return false;
        }
    }

    /** Ours first, but no extra round trip where the client sent a share for another one that we like. */
    private NamedGroup selectGroup(ClientHello hello) throws TlsAlertException {
        if (retryGroup != null) return retryGroup;
        NamedGroup common = null;
        for (NamedGroup group : config.groups) {
            if (!hello.offers(group)) continue;
            if (hello.share(group) != null) return group;
            if (common == null) common = group;
        }
        if (common == null) throw new TlsAlertException(Alert.HANDSHAKE_FAILURE, "no group in common");
        return common;
    }

    private void sendHelloRetryRequest(ClientHello hello, NamedGroup group, byte[] buf, int length) {
        retryGroup = group;
        unchangingPart = hello.unchangingPart();
        transcript.update(buf, 0, length);
        transcript.replaceByMessageHash();
        TlsWriter out = engine.out(EncryptionLevel.INITIAL);
        int start = out.length, message = out.message(HandshakeType.SERVER_HELLO),
            extensions = helloStart(out, ClientHandshake.RETRY_RANDOM);
        out.u16(Extensions.KEY_SHARE).u16(2).u16(group.id).close(extensions, 2).endMessage(message);
        sent(out, start);
        state = State.WAIT_SECOND_CLIENT_HELLO;
    }

    private void sendServerHello(KeyShare share) {
        TlsWriter out = engine.out(EncryptionLevel.INITIAL);
        int start = out.length, message = out.message(HandshakeType.SERVER_HELLO), extensions = helloStart(out, randomBytes(32));
        int extension = out.u16(Extensions.KEY_SHARE).open(2);
        out.u16(share.group.id).vector(2, share.publicBytes()).close(extension, 2);
        if (ticket != null) out.u16(Extensions.PRE_SHARED_KEY).u16(2).u16(ticketIndex);
        out.close(extensions, 2).endMessage(message);
        sent(out, start);
    }

    /** What ServerHello and HelloRetryRequest have in common; the extensions are left open. */
    private int helloStart(TlsWriter out, byte[] random) {
        int extensions = out.u16(0x0303).bytes(random).u8(0).u16(suite.id).u8(0).open(2);
        out.u16(Extensions.SUPPORTED_VERSIONS).u16(2).u16(0x0304);
        return extensions;
    }

    /** RFC 9846 §4.2.10: what TLS itself demands; then the listener decides about replay and limits. */
    private boolean acceptsEarlyData(ClientHello hello, boolean second) {
        if (!hello.earlyData || second || ticket == null || ticketIndex != 0 || !ticket.earlyData() || suite != ticket.suite()
            || !engine.protocol.equals(ticket.protocol())) return false;
        long age = config.epochMillis.getAsLong() - ticket.issuedAt(), claimed = hello.obfuscatedAge(0) - ticket.ageAdd() & 0xffff_ffffL;
        return engine.listener.onEarlyData(new EarlyDataOffer(ticket.id(), ticket.issuedAt(), age, claimed, ticket.applicationData()));
    }

    private void sendFlight(boolean earlyData) throws TlsAlertException {
        TlsWriter out = engine.out(EncryptionLevel.HANDSHAKE);
        int start = out.length, message = out.message(HandshakeType.ENCRYPTED_EXTENSIONS), extensions = out.open(2);
        int extension = out.u16(Extensions.ALPN).open(2), list = out.open(2);
        out.ascii(1, engine.protocol).close(list, 2).close(extension, 2).u16(Extensions.QUIC_TRANSPORT_PARAMETERS)
            .vector(2, transportParameters);
        if (earlyData) out.u16(Extensions.EARLY_DATA).u16(0);
        out.close(extensions, 2).endMessage(message);
        sent(out, start);
        boolean request = ticket == null && config.clientAuth != TlsConfig.ClientAuth.NONE;
        if (request) sendCertificateRequest();
        if (ticket == null) {
            sendCertificate(session.localChain);
            sendCertificateVerify(false);
        } else if (config.clientAuth != TlsConfig.ClientAuth.NONE) {
            session.peerChain = ticket.chain();
        }
        sendFinished(serverSecret);
        applicationSecrets(transcript.hash());
        engine.receiveFrom(EncryptionLevel.HANDSHAKE);
        state = request ? State.WAIT_CERTIFICATE : State.WAIT_FINISHED;
    }

    /** RFC 9846 §4.3.2. */
    private void sendCertificateRequest() {
        TlsWriter out = engine.out(EncryptionLevel.HANDSHAKE);
        int start = out.length, message = out.message(HandshakeType.CERTIFICATE_REQUEST), extensions = out.u8(0).open(2);
        int extension = out.u16(Extensions.SIGNATURE_ALGORITHMS).open(2);
        SignatureScheme.writeAll(out, config.constraints);
        out.close(extension, 2);
        X509Certificate[] issuers = config.trustManager.getAcceptedIssuers();
        if (issuers.length > 0 && issuers.length <= AUTHORITIES) {
            extension = out.u16(Extensions.CERTIFICATE_AUTHORITIES).open(2);
            int list = out.open(2);
            for (X509Certificate issuer : issuers) {
                X500Principal name = issuer.getSubjectX500Principal();
                out.vector(2, name.getEncoded());
            }
            out.close(list, 2).close(extension, 2);
        }
        out.close(extensions, 2).endMessage(message);
        sent(out, start);
    }

    private void onCertificate(byte[] buf, int length) throws TlsAlertException {
        X509Certificate[] chain = readCertificate(buf, length);
        if (chain.length == 0) {
            if (config.clientAuth == TlsConfig.ClientAuth.NEED) {
                throw new TlsAlertException(Alert.CERTIFICATE_REQUIRED, "the client sent no certificate");
            }
            state = State.WAIT_FINISHED;
        } else {
            checkTrusted(chain, false);
            session.peerChain = chain;
            state = State.WAIT_CERTIFICATE_VERIFY;
        }
        transcript.update(buf, 0, length);
    }

    private void onFinished(byte[] buf, int length) throws TlsAlertException {
        readFinished(buf, length, clientSecret);
        transcript.update(buf, 0, length);
        if (pskDheKe && config.ticketKeys != null) {
            engine.ticketsFor(ticket != null ? ticket.authenticatedAt() : config.epochMillis.getAsLong());
            engine.complete(resumptionSecret(), ticket != null);
        } else {
            engine.complete(null, ticket != null);
        }
    }
}
