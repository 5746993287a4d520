package mqttq.tls;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What the two roles share while the handshake lasts: transcript, secrets, and the authentication messages (RFC 9846 §4.4). Dropped after
 * it.
 */
abstract class Handshake {
    final QuicTlsEngine engine;
    final TlsConfig config;
    final QuicTlsSession session;
    byte[] clientRandom;
    Transcript transcript;
    KeySchedule keys;
    byte[] clientSecret, serverSecret;
    int[] peerSchemes;
    private SignatureScheme scheme;
    private PrivateKey privateKey;

    Handshake(QuicTlsEngine engine, TlsConfig config, QuicTlsSession session) {
        this.engine = engine;
        this.config = config;
        this.session = session;
        session.localSchemes = SignatureScheme.jcaNames(config.constraints);
    }

    /** Whether a message of this type may come now. */
    abstract boolean expects(int type);

    /** Takes a whole expected message with its header. */
    abstract void message(int type, byte[] buf, int length) throws TlsAlertException;

    static TlsAlertException illegal(String reason) { return new TlsAlertException(Alert.ILLEGAL_PARAMETER, reason); }
    static TlsAlertException internal(String what, Exception e) { return new TlsAlertException(Alert.INTERNAL_ERROR, what + ": " + e); }

    final byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        config.random.nextBytes(bytes);
        return bytes;
    }

    /** From the shared secret to the handshake traffic secrets, and on to the Main Secret (RFC 9846 §7.1). */
    final void handshakeSecrets(byte[] shared) throws TlsAlertException {
        keys.toHandshake(shared);
        byte[] hash = transcript.hash();
        clientSecret = keys.derive("c hs traffic", hash);
        serverSecret = keys.derive("s hs traffic", hash);
        keys.toMain();
        engine.secrets(EncryptionLevel.HANDSHAKE, keys.suite, clientRandom, clientSecret, serverSecret);
    }

    /** With the transcript up to the server's Finished. */
    final void applicationSecrets(byte[] hash) throws TlsAlertException {
        engine.secrets(EncryptionLevel.APPLICATION, keys.suite, clientRandom, keys.derive("c ap traffic", hash),
            keys.derive("s ap traffic", hash));
    }

    /** With the transcript up to the client's Finished. */
    final byte[] resumptionSecret() { return keys.derive("res master", transcript.hash()); }

    /** Adds a message that ends where the writer stands to the transcript. */
    final void sent(TlsWriter out, int start) { transcript.update(out.buf, start, out.length - start); }

    /** Finds an own certificate that fits the peer's signature schemes, and the scheme; false if there is none. */
    final boolean chooseIdentity(boolean client, Principal[] issuers) {
        if (config.keyManager == null) return false;
        Set<String> tried = new LinkedHashSet<>();
        for (int id : peerSchemes) {
            SignatureScheme first = SignatureScheme.of(id);
            if (first == null || first.keyType == null || !tried.add(first.keyType)) continue;
            String alias = client ? config.keyManager.chooseEngineClientAlias(new String[] {first.keyType}, issuers, engine)
                : config.keyManager.chooseEngineServerAlias(first.keyType, issuers, engine);
            if (alias == null) continue;
            X509Certificate[] chain = config.keyManager.getCertificateChain(alias);
            PrivateKey key = config.keyManager.getPrivateKey(alias);
            if (chain == null || chain.length == 0 || key == null) continue;
            for (int candidate : peerSchemes) {
                SignatureScheme fitting = SignatureScheme.of(candidate);
                if (fitting == null || !fitting.fits(chain[0].getPublicKey(), config.constraints)) continue;
                session.localChain = chain;
                scheme = fitting;
                privateKey = key;
                return true;
            }
        }
        return false;
    }

    final void sendCertificate(X509Certificate[] chain) throws TlsAlertException {
        TlsWriter out = engine.out(EncryptionLevel.HANDSHAKE);
        int start = out.length, message = out.message(HandshakeType.CERTIFICATE);
        try {
            Certificates.write(out.u8(0), chain);
        } catch (CertificateException e) {
            throw internal("own certificate", e);
        }
        out.endMessage(message);
        sent(out, start);
    }

    final void sendCertificateVerify(boolean client) throws TlsAlertException {
        TlsWriter out = engine.out(EncryptionLevel.HANDSHAKE);
        int start = out.length, message = out.message(HandshakeType.CERTIFICATE_VERIFY);
        try {
            out.u16(scheme.id).vector(2, scheme.sign(privateKey, config.random, signedContent(client)));
        } catch (GeneralSecurityException e) {
            throw internal("signing", e);
        }
        out.endMessage(message);
        sent(out, start);
    }

    final void sendFinished(byte[] baseKey) {
        TlsWriter out = engine.out(EncryptionLevel.HANDSHAKE);
        int start = out.length, message = out.message(HandshakeType.FINISHED);
        out.bytes(KeySchedule.finished(keys.suite, baseKey, transcript.hash())).endMessage(message);
        sent(out, start);
    }

    /** Reads a Certificate; an empty array if it has none (RFC 9846 §4.4.2). */
    final X509Certificate[] readCertificate(byte[] buf, int length) throws TlsAlertException {
        TlsReader in = new TlsReader(buf, 4, length);
        // RFC 9846 §4.4.2: the context is empty in the handshake
        if (in.vector(1, 0).hasMore()) throw illegal("certificate_request_context is not empty");
        X509Certificate[] chain = Certificates.read(buf, in, 0);
        in.end();
        return chain;
    }

    /** Asks the trust manager; the JDK's looks at this engine, its parameters and its handshake session. */
    final void checkTrusted(X509Certificate[] chain, boolean peerIsServer) throws TlsAlertException {
        try {
            if (peerIsServer) config.trustManager.checkServerTrusted(chain, "UNKNOWN", engine);
            else config.trustManager.checkClientTrusted(chain, "UNKNOWN", engine);
        } catch (CertificateException | RuntimeException e) {
            throw Certificates.refused(chain[0], e); // RuntimeException: what the JDK makes of some odd certificates
        }
    }

    final void readCertificateVerify(byte[] buf, int length, boolean fromClient) throws TlsAlertException {
        TlsReader in = new TlsReader(buf, 4, length);
        SignatureScheme used = SignatureScheme.of(in.u16());
        byte[] signature = in.vector(2, 0).rest();
        in.end();
        // RFC 9846 §4.4.3: one that we offered, that may sign handshakes, and that suits the key
        if (used == null || !used.fits(session.peerChain[0].getPublicKey(), config.constraints)) {
            throw illegal("signature scheme does not fit");
        }
        if (!used.verify(session.peerChain[0].getPublicKey(), signedContent(fromClient), signature)) {
            throw new TlsAlertException(Alert.DECRYPT_ERROR, "CertificateVerify does not verify");
        }
    }

    final void readFinished(byte[] buf, int length, byte[] baseKey) throws TlsAlertException {
        if (length != 4 + keys.suite.hashLength) throw new TlsAlertException(Alert.DECODE_ERROR, "Finished of " + (length - 4) + " bytes");
        byte[] expected = KeySchedule.finished(keys.suite, baseKey, transcript.hash());
        if (!MessageDigest.isEqual(expected, Arrays.copyOfRange(buf, 4, length))) {
            throw new TlsAlertException(Alert.DECRYPT_ERROR, "Finished does not verify");
        }
    }

    /** RFC 9846 §4.4.3. */
    private byte[] signedContent(boolean client) {
        byte[] context = ("TLS 1.3, " + (client ? "client" : "server") + " CertificateVerify").getBytes(StandardCharsets.US_ASCII);
        byte[] hash = transcript.hash();
        byte[] content = new byte[64 + context.length + 1 + hash.length];
        Arrays.fill(content, 0, 64, (byte) ' ');
        System.arraycopy(context, 0, content, 64, context.length);
        System.arraycopy(hash, 0, content, 65 + context.length, hash.length);
        return content;
    }
}
