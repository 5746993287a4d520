package mqttq.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PEM files, identities and trust, also under the JDK's own TLS. */
class IdentityTrustTest {
    private static final Path DIR = Pems.DIR;

    @TempDir Path temp;

    private static String message(org.junit.jupiter.api.function.Executable action) {
        String message = assertThrows(IOException.class, action).getMessage();
        assertTrue(message.indexOf('\n') < 0, message);
        return message;
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(temp.resolve(name), text, StandardCharsets.ISO_8859_1);
    }

    @Test
    void anExpiredCertificateIsBelievedWhereDatesDoNotCount() throws Exception {
        X509Certificate[] expired = {Pems.certificate("expired")}, other = {Pems.certificate("self-signed")};
        List<X509Certificate> ca = List.of(Pems.certificate("ca"));
        assertThrows(CertificateException.class, () -> Trust.of(ca).checkServerTrusted(expired, "UNKNOWN"));
        Trust.ofAnyDate(ca, System::currentTimeMillis).checkServerTrusted(expired, "UNKNOWN");
        assertThrows(CertificateException.class, () -> Trust.ofAnyDate(ca, System::currentTimeMillis).checkServerTrusted(other, "UNKNOWN"));
    }

    @Test
    void readsKeysOfEveryForm() throws IOException {
        assertEquals("RSA", Pem.privateKey(DIR.resolve("rsa.key")).getAlgorithm(), "PKCS#1");
        assertEquals("EC", Pem.privateKey(DIR.resolve("ec384.key")).getAlgorithm(), "SEC1 after EC PARAMETERS");
        assertEquals("EC", Pem.privateKey(DIR.resolve("ec256.key")).getAlgorithm(), "PKCS#8");
        assertEquals("EdDSA", Pem.privateKey(DIR.resolve("ed25519.key")).getAlgorithm());
        String windows = Files.readString(DIR.resolve("ec256.key")).replace("\n", "\r\n");
        assertEquals(Pem.privateKey(DIR.resolve("ec256.key")), Pem.privateKey(write("crlf.key", "\u00ef\u00bb\u00bfcomment\r\n" + windows)));
        String sec1 = Files.readString(DIR.resolve("ec384.key"));
        assertEquals("EC", Pem.privateKey(write("alone.key", sec1.substring(sec1.indexOf("-----BEGIN EC PRIVATE")))).getAlgorithm());
    }

    @Test
    void rsaInPkcs8IsTheSameKey() throws IOException {
        PrivateKey key = Pem.privateKey(DIR.resolve("rsa.key"));
        String text = "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded()) + "\n-----END PRIVATE KEY-----\n";
        assertEquals(key, Pem.privateKey(write("pkcs8.key", text)));
    }

    @Test
    void errorsAreOneLineThatNamesTheFile() throws IOException {
        Path missing = temp.resolve("missing.pem");
        assertEquals(missing + ": no such file", message(() -> Pem.certificates(missing)));
        for (String encrypted : List.of("encrypted.key", "encrypted-rsa.key")) {
            Path file = DIR.resolve(encrypted);
            assertTrue(message(() -> Pem.privateKey(file)).startsWith(file + ": the private key is encrypted"), encrypted);
        }
        assertEquals(DIR.resolve("ca.pem") + ": no private key in it (a PEM file with -----BEGIN PRIVATE KEY----- is needed)",
            message(() -> Pem.privateKey(DIR.resolve("ca.pem"))));
        assertEquals(DIR.resolve("rsa.key") + ": no certificate in it (a PEM file with -----BEGIN CERTIFICATE----- is needed)",
            message(() -> Pem.certificates(DIR.resolve("rsa.key"))));
        assertEquals(DIR.resolve("rsa.key") + ": not the key of the first certificate in " + DIR.resolve("ec256.pem"),
            message(() -> Identity.ofPem(DIR.resolve("ec256.pem"), DIR.resolve("rsa.key"))));
        assertEquals(DIR.resolve("client.key") + ": not the key of the first certificate in " + DIR.resolve("ec256.pem"),
            message(() -> Identity.ofPem(DIR.resolve("ec256.pem"), DIR.resolve("client.key"))));
        String good = Files.readString(DIR.resolve("ca.pem"));
        message(() -> Pem.certificates(write("cut.pem", good.substring(0, 200))));
        message(() -> Pem.certificates(write("damaged.pem", good.replace("MII", "AAA").replace("MIIB", "AAAA"))));
        message(() -> Pem.privateKey(write("damaged.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")));
        message(() -> Pem.privateKey(write("short.key", "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n")));
        message(() -> Pem.privateKey(write("base64.key", "-----BEGIN RSA PRIVATE KEY-----\nA\n-----END RSA PRIVATE KEY-----\n")));
    }

    @Test
    void oneFileMayHoldChainAndKey() throws IOException {
        Path both = write("both.pem", Files.readString(DIR.resolve("ec256.key")) + Files.readString(DIR.resolve("ec256.pem")));
        Identity identity = Identity.ofPem(both, both);
        assertEquals(2, identity.chain().size());
        assertNull(identity.getPrivateKey("no such alias"));
        assertNull(identity.getServerAliases("RSA", null));
        assertEquals("0", identity.chooseServerAlias("EC", null, null));
    }

    @Test
    void directoryOfAuthoritiesIsReadOnceEach() throws IOException {
        write("b.pem", Files.readString(DIR.resolve("ca.pem")));
        write("a.0", Files.readString(DIR.resolve("ca.pem")) + Files.readString(DIR.resolve("other-ca.pem")));
        write("README", "nothing here");
        assertEquals(2, Trust.certificates(temp).size());
        assertEquals(2, Trust.ofPem(temp).getAcceptedIssuers().length);
        Path empty = Files.createDirectory(temp.resolve("empty"));
        assertEquals(empty + ": no PEM certificate in this directory", message(() -> Trust.ofPem(empty)));
    }

    @Test
    void defaultRootsAreReadWhenNeededAndDoNotKnowOurs() {
        X509ExtendedTrustManager roots = Trust.defaultRoots();
        X509Certificate[] chain = Pems.identity("ec256").getCertificateChain("0");
        assertThrows(CertificateException.class, () -> roots.checkServerTrusted(chain, "UNKNOWN"));
    }

    @Test
    void defaultRootsAndOneMoreBelievesEither() throws Exception {
        X509ExtendedTrustManager both = Trust.defaultRootsAnd(List.of(Pems.certificate("ca")));
        both.checkServerTrusted(Pems.identity("ec256").getCertificateChain("0"), "UNKNOWN");
        assertThrows(CertificateException.class, () -> both.checkServerTrusted(new X509Certificate[] {Pems.certificate("other-ca")}, "UNKNOWN"));
        assertTrue(both.getAcceptedIssuers().length > 1);
    }

    @Test
    void noAnchorsAreAMistakeOfTheCaller() {
        assertThrows(IllegalArgumentException.class, () -> Trust.of(List.of()));
    }

    // ---- the JDK's own TLS with the same managers, as it is used on TCP

    private static String jdkHandshake(Identity server, X509ExtendedTrustManager clientTrust, String host, Identity client) throws Exception {
        SSLContext serverContext = SSLContext.getInstance("TLS"), clientContext = SSLContext.getInstance("TLS");
        serverContext.init(new KeyManager[] {server}, new TrustManager[] {Pems.trust()}, new SeededRandom(1));
        clientContext.init(client == null ? null : new KeyManager[] {client}, new TrustManager[] {clientTrust}, new SeededRandom(2));
        SSLEngine a = clientContext.createSSLEngine(host, 8883), b = serverContext.createSSLEngine();
        a.setUseClientMode(true);
        b.setUseClientMode(false);
        if (client != null) b.setNeedClientAuth(true);
        SSLParameters parameters = a.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        a.setSSLParameters(parameters);
        ByteBuffer toServer = ByteBuffer.allocate(1 << 16), toClient = ByteBuffer.allocate(1 << 16), none = ByteBuffer.allocate(0),
            plain = ByteBuffer.allocate(1 << 16);
        try {
            for (int i = 0; i < 60; i++) {
                for (SSLEngine engine : List.of(a, b)) {
                    ByteBuffer out = engine == a ? toServer : toClient, in = engine == a ? toClient : toServer;
                    for (Runnable task; (task = engine.getDelegatedTask()) != null;) task.run();
                    if (engine.getHandshakeStatus() == SSLEngineResult.HandshakeStatus.NEED_UNWRAP) {
                        in.flip();
                        engine.unwrap(in, plain);
                        in.compact();
                    } else {
                        engine.wrap(none, out);
                    }
                }
            }
        } catch (SSLException e) {
            Throwable cause = e;
            while (cause.getCause() != null) cause = cause.getCause();
            return cause.getMessage();
        }
        assertNotNull(a.getSession().getPeerCertificates());
        return a.getSession().getProtocol() + " " + a.getSession().getPeerPrincipal()
            + (client == null ? "" : " " + b.getSession().getPeerPrincipal());
    }

    @Test
    void sameManagersServeTheJdksTls() throws Exception {
        X509ExtendedTrustManager trust = Pems.trust();
        for (String identity : List.of("ec256", "ec384", "rsa", "ed25519")) {
            assertEquals("TLSv1.3 CN=" + identity, jdkHandshake(Pems.identity(identity), trust, "broker.example", null));
        }
        assertEquals("TLSv1.3 CN=ec256 CN=sensor-1, O=Sensors",
            jdkHandshake(Pems.identity("ec256"), trust, "broker.example", Pems.identity("client")));
        assertEquals("No name matching other.example found.", jdkHandshake(Pems.identity("ec256"), trust, "other.example", null)
            .replace("subject alternative DNS name", "name"));
        assertEquals("TLSv1.3 CN=localhost", jdkHandshake(Pems.identity("self-signed"), Trust.of(List.of(Pems.certificate("self-signed"))),
            "localhost", null));
        assertEquals("TLSv1.3 CN=localhost", jdkHandshake(Pems.identity("self-signed"), Trust.insecure(), "other.example", null));
        assertEquals("unable to find valid certification path to requested target",
            jdkHandshake(Pems.identity("self-signed"), trust, "localhost", null));
    }
}
