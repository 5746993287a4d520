package mqttq.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.MessageDigest;
import java.security.Principal;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.X509ExtendedKeyManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole handshakes between our two ends. */
class QuicTlsEngineTest {
    static Stream<Arguments> everyCombination() {
        List<Arguments> all = new ArrayList<>();
        for (CipherSuite suite : CipherSuite.values()) {
            for (NamedGroup group : NamedGroup.values()) {
                for (String identity : List.of("ec256", "ec384", "rsa", "ed25519")) all.add(Arguments.of(suite, group, identity));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("everyCombination")
    void everySuiteGroupAndCertificateCompletes(CipherSuite suite, NamedGroup group, String identity) throws Exception {
        Pair pair = new Pair();
        pair.clientConfig.cipherSuites(suite).groups(group);
        pair.serverConfig.keyManager(Pems.identity(identity));
        assertComplete(pair.run());
        assertEquals(suite, pair.client.engine.cipherSuite());
        assertEquals("CN=" + identity, pair.client.engine.getSession().getPeerPrincipal().getName());
    }

    static void assertComplete(Pair pair) {
        if (pair.client.failure != null) throw new AssertionError("client: " + pair.client.failure.getMessage(), pair.client.failure);
        if (pair.server.failure != null) throw new AssertionError("server: " + pair.server.failure.getMessage(), pair.server.failure);
        assertTrue(pair.client.complete && pair.server.complete);
        assertTrue(pair.client.engine.isHandshakeComplete() && pair.server.engine.isHandshakeComplete());
        assertEquals("mqtt", pair.client.engine.getApplicationProtocol());
        assertEquals("mqtt", pair.server.engine.getApplicationProtocol());
        assertArrayEquals(Pair.CLIENT_PARAMETERS, pair.server.peerParameters);
        assertArrayEquals(Pair.SERVER_PARAMETERS, pair.client.peerParameters);
        for (EncryptionLevel level : List.of(EncryptionLevel.HANDSHAKE, EncryptionLevel.APPLICATION)) {
            for (int i = 0; i < 2; i++) assertArrayEquals(pair.client.secrets.get(level).get(i), pair.server.secrets.get(level).get(i));
        }
        assertEquals(pair.client.engine.cipherSuite(), pair.server.engine.cipherSuite());
        assertEquals(EncryptionLevel.APPLICATION, pair.client.engine.receiveLevel());
        assertEquals(EncryptionLevel.APPLICATION, pair.server.engine.receiveLevel());
        assertFalse(pair.client.engine.isResumed() || pair.server.engine.isResumed());
    }

    @Test
    void bytesRepeatAcrossRunsAndJdks() throws Exception {
        MessageDigest all = MessageDigest.getInstance("SHA-256");
        for (String identity : List.of("ec256", "ec384", "rsa", "ed25519")) {
            Pair pair = new Pair(7);
            pair.clientConfig.groups(NamedGroup.SECP256R1, NamedGroup.X25519, NamedGroup.SECP384R1).shares(NamedGroup.X25519, NamedGroup.SECP256R1,
                NamedGroup.SECP384R1);
            pair.serverConfig.keyManager(Pems.identity(identity)).ticketKeys(new TicketKeys(new SeededRandom(3), 3_600_000));
            assertComplete(pair.run());
            assertTrue(pair.server.engine.issueTicket(true, new byte[] {1}));
            pair.exchange();
            for (byte[] sent : pair.sent) all.update(sent);
        }
        assertEquals("3d3a56aae8ff9d86e911353cc30d6d96b8f7490695a4540448d83a1ca490a5e0", HexFormat.of().formatHex(all.digest()));
    }

    @Test
    void serverWithoutTheClientsShareAsksAgain() {
        for (NamedGroup wanted : NamedGroup.values()) {
            Pair pair = new Pair();
            pair.clientConfig.shares();
            pair.serverConfig.groups(wanted);
            assertComplete(pair.run());
            assertEquals(6, pair.sent.size(), "CH, HRR, CH, SH, server's flight, client's flight");
        }
    }

    @Test
    void helloRetryRequestWorksWithEverySuite() {
        for (CipherSuite suite : CipherSuite.values()) {
            Pair pair = new Pair();
            pair.clientConfig.cipherSuites(suite).shares(NamedGroup.X25519);
            pair.serverConfig.groups(NamedGroup.SECP384R1, NamedGroup.SECP256R1);
            assertComplete(pair.run());
            assertEquals(6, pair.sent.size());
        }
    }

    @Test
    void aShareThatFitsSavesTheRoundTripEvenOfALessLikedGroup() {
        Pair pair = new Pair();
        pair.clientConfig.shares(NamedGroup.SECP384R1);
        assertComplete(pair.run());
        assertEquals(4, pair.sent.size());
    }

    @Test
    void serversSuiteOrderWins() {
        Pair pair = new Pair();
        pair.serverConfig.cipherSuites(CipherSuite.TLS_CHACHA20_POLY1305_SHA256, CipherSuite.TLS_AES_128_GCM_SHA256);
        assertComplete(pair.run());
        assertEquals(CipherSuite.TLS_CHACHA20_POLY1305_SHA256, pair.client.engine.cipherSuite());
    }

    @Test
    void deliveryMayBeCutAtEveryByte() {
        for (int chunk : new int[] {1, 2, 3, 5, 7, 100}) {
            Pair pair = new Pair();
            pair.chunk = chunk;
            pair.clientConfig.shares();
            pair.serverConfig.clientAuth(TlsConfig.ClientAuth.WANT).trustManager(Pems.trust());
            pair.clientConfig.keyManager(Pems.identity("client"));
            assertComplete(pair.run());
        }
    }

    @Test
    void clientCertificateReachesTheServer() throws Exception {
        for (TlsConfig.ClientAuth mode : List.of(TlsConfig.ClientAuth.WANT, TlsConfig.ClientAuth.NEED)) {
            Pair pair = new Pair();
            pair.serverConfig.clientAuth(mode).trustManager(Pems.trust());
            pair.clientConfig.keyManager(Pems.identity("client"));
            assertComplete(pair.run());
            assertEquals("CN=sensor-1,O=Sensors", pair.server.engine.getSession().getPeerPrincipal().getName());
        }
    }

    @Test
    void clientWithoutCertificateIsAnonymousIfWantedAndRefusedIfNeeded() {
        Pair pair = new Pair();
        pair.serverConfig.clientAuth(TlsConfig.ClientAuth.WANT).trustManager(Pems.trust());
        assertComplete(pair.run());
        assertThrows(SSLPeerUnverifiedException.class, () -> pair.server.engine.getSession().getPeerCertificates());

        Pair need = new Pair();
        need.serverConfig.clientAuth(TlsConfig.ClientAuth.NEED).trustManager(Pems.trust());
        need.run();
        assertFailure(Alert.CERTIFICATE_REQUIRED, need.server);
        assertTrue(need.client.complete, "RFC 9846: a client learns of it only afterwards");
    }

    static void assertFailure(Alert alert, Pair.End end) {
        assertNotNull(end.failure, "no failure");
        assertEquals(alert, end.failure.alert(), end.failure.getMessage());
        assertEquals(0x100 + alert.code, end.failure.errorCode(), end.failure.getMessage());
        assertFalse(end.complete);
    }

    @Test
    void untrustedClientCertificateIsRefused() {
        Pair pair = new Pair();
        pair.serverConfig.clientAuth(TlsConfig.ClientAuth.WANT).trustManager(Trust.of(List.of(Pems.certificate("other-ca"))));
        pair.clientConfig.keyManager(Pems.identity("client"));
        pair.run();
        assertFailure(Alert.UNKNOWN_CA, pair.server);
    }

    @Test
    void serverCertificateAsClientCertificateIsRefused() {
        Pair pair = new Pair();
        pair.serverConfig.clientAuth(TlsConfig.ClientAuth.WANT).trustManager(Pems.trust());
        pair.clientConfig.keyManager(Pems.identity("ec256"));
        pair.run();
        assertNotNull(pair.server.failure, "extendedKeyUsage is serverAuth only");
    }

    @Test
    void noCommonProtocolIsAlert120() {
        Pair pair = new Pair();
        pair.serverConfig.applicationProtocols("other");
        pair.run();
        assertFailure(Alert.NO_APPLICATION_PROTOCOL, pair.server);
        assertEquals(0x178, pair.server.failure.errorCode());
    }

    @Test
    void noCommonSuiteOrGroupIsHandshakeFailure() {
        Pair pair = new Pair();
        pair.clientConfig.cipherSuites(CipherSuite.TLS_AES_128_GCM_SHA256);
        pair.serverConfig.cipherSuites(CipherSuite.TLS_AES_256_GCM_SHA384);
        pair.run();
        assertFailure(Alert.HANDSHAKE_FAILURE, pair.server);
        pair = new Pair();
        pair.clientConfig.groups(NamedGroup.X25519);
        pair.serverConfig.groups(NamedGroup.SECP256R1);
        pair.run();
        assertFailure(Alert.HANDSHAKE_FAILURE, pair.server);
    }

    @Test
    void serversFirstCommonProtocolWins() {
        Pair pair = new Pair();
        pair.clientConfig.applicationProtocols("a", "b", "c");
        pair.serverConfig.applicationProtocols("x", "c", "a");
        pair.run();
        assertEquals("c", pair.client.engine.getApplicationProtocol());
        assertEquals("c", pair.server.engine.getApplicationProtocol());
    }

    @Test
    void hostNameMustBeInTheCertificate() {
        for (String good : List.of("broker.example", "BROKER.example", "a.wild.example", "127.0.0.1", "::1", "localhost")) {
            Pair pair = new Pair();
            pair.host = good;
            assertComplete(pair.run());
        }
        for (String bad : List.of("other.example", "wild.example", "a.b.wild.example", "127.0.0.2", "::2", "not_a_name.example")) {
            Pair pair = new Pair();
            pair.host = bad;
            pair.run();
            assertFailure(Alert.BAD_CERTIFICATE, pair.client);
            assertNull(pair.server.failure);
        }
    }

    @Test
    void hostNameCheckCanBeTurnedOffButNotTrust() {
        Pair pair = new Pair();
        pair.host = "other.example";
        pair.clientConfig.identifyEndpoint(false);
        assertComplete(pair.run());
        Pair untrusted = new Pair();
        untrusted.clientConfig.identifyEndpoint(false).trustManager(Trust.of(List.of(Pems.certificate("other-ca"))));
        untrusted.run();
        assertFailure(Alert.UNKNOWN_CA, untrusted.client);
    }

    @Test
    void serverNameReplacesTheHost() {
        Pair pair = new Pair();
        pair.host = "10.0.0.1";
        pair.clientConfig.serverName("broker.example");
        assertComplete(pair.run());
        assertEquals("broker.example", pair.server.engine.requestedServerName());
        Pair wrong = new Pair();
        wrong.clientConfig.serverName("other.example");
        wrong.run();
        assertFailure(Alert.BAD_CERTIFICATE, wrong.client);
    }

    @Test
    void addressesAreNotSentAsServerName() {
        for (String host : List.of("127.0.0.1", "::1")) {
            Pair pair = new Pair();
            pair.host = host;
            assertComplete(pair.run());
            assertNull(pair.server.engine.requestedServerName());
        }
    }

    @Test
    void refusalsSayWhy() {
        Pair pair = new Pair();
        pair.serverConfig.keyManager(Pems.identity("expired"));
        pair.run();
        assertFailure(Alert.CERTIFICATE_EXPIRED, pair.client);
        assertTrue(pair.client.failure.getMessage().startsWith("certificate of CN=expired refused: NotAfter: "), pair.client.failure.getMessage());
        pair = new Pair();
        pair.host = "other.example";
        pair.run();
        assertEquals("certificate of CN=ec256 refused: No subject alternative DNS name matching other.example found.",
            pair.client.failure.getMessage());
        pair = new Pair();
        pair.clientConfig.trustManager(Trust.of(List.of(Pems.certificate("other-ca"))));
        pair.run();
        assertEquals("certificate of CN=ec256 refused: unable to find valid certification path to requested target",
            pair.client.failure.getMessage());
    }

    @Test
    void selfSignedCertificateIsTrustedWhereItIsGivenAsAuthority() {
        Pair pair = new Pair();
        pair.host = "localhost";
        pair.serverConfig.keyManager(Pems.identity("self-signed"));
        pair.run();
        assertFailure(Alert.UNKNOWN_CA, pair.client);

        pair = new Pair();
        pair.host = "localhost";
        pair.serverConfig.keyManager(Pems.identity("self-signed"));
        pair.clientConfig.trustManager(Trust.of(List.of(Pems.certificate("self-signed"))));
        assertComplete(pair.run());

        pair = new Pair();
        pair.serverConfig.keyManager(Pems.identity("self-signed"));
        pair.clientConfig.trustManager(Trust.of(List.of(Pems.certificate("self-signed"))));
        pair.run();
        assertFailure(Alert.BAD_CERTIFICATE, pair.client);

        pair = new Pair();
        pair.host = "localhost";
        pair.serverConfig.keyManager(Pems.identity("expired-self-signed"));
        pair.clientConfig.trustManager(Trust.of(List.of(Pems.certificate("expired-self-signed"))));
        pair.run();
        assertFailure(Alert.CERTIFICATE_EXPIRED, pair.client);
    }

    @Test
    void insecureTrustsAnybodyButStillWantsProofOfTheKey() {
        Pair pair = new Pair();
        pair.host = "other.example";
        pair.serverConfig.keyManager(Pems.identity("expired"));
        pair.clientConfig.trustManager(Trust.insecure());
        assertComplete(pair.run());
        pair = new Pair();
        pair.clientConfig.trustManager(Trust.insecure());
        pair.editor = (fromClient, level, message) -> {
            if (message[0] == HandshakeType.CERTIFICATE_VERIFY) message[message.length - 1] ^= 1;
            return message;
        };
        pair.run();
        assertFailure(Alert.DECRYPT_ERROR, pair.client);
    }

    @Test
    void theIdentityThatFitsTheClientsSchemesIsChosen() throws Exception {
        Pair pair = new Pair();
        pair.serverConfig.keyManager(Pems.identity("ec256").and(Pems.identity("rsa")));
        assertComplete(pair.run());
        assertEquals("CN=ec256", pair.client.engine.getSession().getPeerPrincipal().getName());
        pair = new Pair();
        pair.serverConfig.keyManager(Pems.identity("ec256").and(Pems.identity("rsa")));
        pair.clientConfig.constraints(new NoEcdsa());
        pair.run();
        // the chain's own signatures are ECDSA, which this client does not take either: the server sent the RSA leaf all the same
        assertNotNull(pair.client.failure);
        assertTrue(pair.client.failure.getMessage().contains("CN=rsa"), pair.client.failure.getMessage());
        pair = new Pair();
        pair.clientConfig.constraints(new NoEcdsa());
        pair.run();
        assertFailure(Alert.HANDSHAKE_FAILURE, pair.server);
    }

    private static final class NoEcdsa implements java.security.AlgorithmConstraints {
        @Override public boolean permits(java.util.Set<java.security.CryptoPrimitive> primitives, String algorithm,
            java.security.AlgorithmParameters parameters) {
            return !algorithm.contains("ECDSA");
        }

        @Override public boolean permits(java.util.Set<java.security.CryptoPrimitive> primitives, java.security.Key key) {
            return true;
        }

        @Override public boolean permits(java.util.Set<java.security.CryptoPrimitive> primitives, String algorithm, java.security.Key key,
                                         java.security.AlgorithmParameters parameters) {
            return permits(primitives, algorithm, parameters);
        }
    }

    @Test
    void keyManagerSeesServerNameProtocolAndSchemesOfTheClient() {
        List<String> seen = new ArrayList<>();
        Identity inner = Pems.identity("ec256");
        Pair pair = new Pair();
        pair.serverConfig.keyManager(new X509ExtendedKeyManager() {
            @Override public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
                ExtendedSSLSession session = (ExtendedSSLSession) engine.getHandshakeSession();
                seen.add(keyType + " " + ((SNIHostName) session.getRequestedServerNames().get(0)).getAsciiName() + " "
                    + engine.getHandshakeApplicationProtocol()
                    + " " + session.getProtocol() + " " + session.getCipherSuite() + " " + session.getPeerSupportedSignatureAlgorithms()[0]);
                return inner.chooseEngineServerAlias(keyType, issuers, engine);
            }

            @Override public String[] getClientAliases(String keyType, Principal[] issuers) {
                return null;
            }

            @Override public String chooseClientAlias(String[] keyType, Principal[] issuers, java.net.Socket socket) {
                return null;
            }

            @Override public String[] getServerAliases(String keyType, Principal[] issuers) {
                return null;
            }

            @Override public String chooseServerAlias(String keyType, Principal[] issuers, java.net.Socket socket) {
                return null;
            }

            @Override public X509Certificate[] getCertificateChain(String alias) {
                return inner.getCertificateChain(alias);
            }

            @Override public java.security.PrivateKey getPrivateKey(String alias) {
                return inner.getPrivateKey(alias);
            }
        });
        assertComplete(pair.run());
        assertEquals(List.of("EC broker.example mqtt TLSv1.3 TLS_AES_128_GCM_SHA256 SHA256withECDSA"), seen);
    }

    @Test
    void keyLogHasFourLinesInNssFormat() {
        List<String> lines = new ArrayList<>();
        Pair pair = new Pair();
        pair.clientConfig.keyLog(lines::add);
        assertComplete(pair.run());
        String random = HexFormat.of().formatHex(pair.sent.get(0), 6, 38);
        HexFormat hex = HexFormat.of();
        List<byte[]> handshake = pair.client.secrets.get(EncryptionLevel.HANDSHAKE),
            application = pair.client.secrets.get(EncryptionLevel.APPLICATION);
        assertEquals(List.of("CLIENT_HANDSHAKE_TRAFFIC_SECRET " + random + " " + hex.formatHex(handshake.get(0)),
            "SERVER_HANDSHAKE_TRAFFIC_SECRET " + random + " " + hex.formatHex(handshake.get(1)),
            "CLIENT_TRAFFIC_SECRET_0 " + random + " " + hex.formatHex(application.get(0)),
            "SERVER_TRAFFIC_SECRET_0 " + random + " " + hex.formatHex(application.get(1))), lines);
    }

    @Test
    void serverDoesNothingExpensiveBeforeAWholeValidClientHello() throws Exception {
        int[] drawn = {0};
        Pair pair = new Pair();
        TlsConfig counted = TlsConfig.builder(new java.security.SecureRandom() {
            private static final long serialVersionUID = 1;

            @Override public void nextBytes(byte[] bytes) {
                drawn[0]++;
            }
        }, () -> 0).applicationProtocols("mqtt").keyManager(Pems.identity("ec256")).build();
        pair.build().client.engine.start();
        byte[] hello = pair.client.engine.transmit(EncryptionLevel.INITIAL);
        QuicTlsEngine server = QuicTlsEngine.server(counted, pair.server);
        server.receive(EncryptionLevel.INITIAL, java.nio.ByteBuffer.wrap(hello, 0, hello.length - 1));
        assertEquals(0, drawn[0]);
        assertNull(server.transmit(EncryptionLevel.INITIAL));
        assertNull(pair.server.peerParameters);
    }

    @Test
    void theHandshakeIsShedWhenItIsOver() throws Exception {
        Pair pair = new Pair();
        assertComplete(pair.run());
        for (Pair.End end : List.of(pair.client, pair.server)) {
            for (String name : List.of("handshake", "resumptionSecret")) {
                java.lang.reflect.Field field = QuicTlsEngine.class.getDeclaredField(name);
                field.setAccessible(true);
                if (name.equals("resumptionSecret")) end.engine.forgetTickets();
                assertNull(field.get(end.engine), name);
            }
            assertNull(end.engine.getHandshakeSession());
            for (EncryptionLevel level : EncryptionLevel.values()) assertNull(end.engine.transmit(level));
        }
    }

    @Test
    void configurationsThatContradictThemselvesAreRefused() {
        TlsConfig.Builder builder = TlsConfig.builder(new SeededRandom(1), () -> 0);
        assertThrows(IllegalArgumentException.class, () -> builder.clientAuth(TlsConfig.ClientAuth.WANT).build());
        builder.clientAuth(TlsConfig.ClientAuth.NONE);
        assertThrows(IllegalArgumentException.class, () -> builder.groups(NamedGroup.SECP256R1).shares(NamedGroup.X25519).build());
        builder.groups(NamedGroup.SECP256R1);
        assertThrows(IllegalArgumentException.class, () -> QuicTlsEngine.server(builder.applicationProtocols("mqtt").build(), new Pair.End()));
        assertThrows(IllegalArgumentException.class, () -> QuicTlsEngine.client(builder.build(), "h", 1, new byte[0], new Pair.End()));
        assertThrows(IllegalArgumentException.class,
            () -> QuicTlsEngine.server(builder.applicationProtocols().keyManager(Pems.identity("rsa")).build(), new Pair.End()));
    }

    @Test
    void recordsAreNotForQuic() {
        Pair pair = new Pair().build();
        assertThrows(UnsupportedOperationException.class, () -> pair.client.engine.wrap(new java.nio.ByteBuffer[0], null));
        assertThrows(UnsupportedOperationException.class, () -> pair.client.engine.setUseClientMode(true));
        assertThrows(UnsupportedOperationException.class, () -> pair.client.engine.beginHandshake());
        assertEquals("HTTPS", pair.client.engine.getSSLParameters().getEndpointIdentificationAlgorithm());
        assertNull(pair.server.engine.getSSLParameters().getEndpointIdentificationAlgorithm());
    }
}
