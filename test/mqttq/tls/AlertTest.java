package mqttq.tls;

import static mqttq.tls.Edit.add;
import static mqttq.tls.Edit.cut;
import static mqttq.tls.Edit.insert;
import static mqttq.tls.Edit.lengthen;
import static mqttq.tls.Edit.remove;
import static mqttq.tls.Edit.replace;
import static mqttq.tls.Edit.set;
import static mqttq.tls.Edit.setIn;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong in a message, and the alert for it. */
class AlertTest {
    private static final int CH = HandshakeType.CLIENT_HELLO, SH = HandshakeType.SERVER_HELLO, EE = HandshakeType.ENCRYPTED_EXTENSIONS,
        CR = HandshakeType.CERTIFICATE_REQUEST, CERTIFICATE = HandshakeType.CERTIFICATE, VERIFY = HandshakeType.CERTIFICATE_VERIFY,
        FINISHED = HandshakeType.FINISHED;
    private static final int PROTOCOL_VIOLATION = 0x0a;

    private static Arguments row(String what, int message, UnaryOperator<byte[]> edit, Alert alert) {
        return Arguments.of(what, message, edit, 0x100 + alert.code);
    }

    static Stream<Arguments> clientHellos() {
        List<Arguments> rows = new ArrayList<>();
        rows.add(row("legacy_version", CH, set(4, 3, 1), Alert.PROTOCOL_VERSION));
        rows.add(Arguments.of("legacy_session_id", CH, (UnaryOperator<byte[]>) insert(39, 7).andThen(set(38, 1))::apply, PROTOCOL_VIOLATION));
        rows.add(row("session id too long", CH, (UnaryOperator<byte[]>) m -> set(38, 33).apply(insert(39, new int[33]).apply(m)),
            Alert.DECODE_ERROR));
        rows.add(row("no cipher suites", CH, cut(41, 47).andThen(set(39, 0, 0))::apply, Alert.DECODE_ERROR));
        rows.add(row("odd cipher suites", CH, set(40, 5), Alert.DECODE_ERROR));
        rows.add(row("unknown cipher suites", CH, set(41, 0x13, 4, 0x13, 5, 0, 0x2f), Alert.HANDSHAKE_FAILURE));
        rows.add(row("compression", CH, set(48, 1), Alert.ILLEGAL_PARAMETER));
        rows.add(row("two compressions", CH, insert(49, 1).andThen(set(47, 2))::apply, Alert.ILLEGAL_PARAMETER));
        rows.add(row("no extensions", CH, cut(49, -1), Alert.PROTOCOL_VERSION));
        rows.add(row("trailing byte", CH, insert(-1, 0), Alert.DECODE_ERROR));
        rows.add(row("cut short", CH, cut(-5, -1), Alert.DECODE_ERROR));
        rows.add(row("no versions", CH, remove(Extensions.SUPPORTED_VERSIONS), Alert.PROTOCOL_VERSION));
        rows.add(row("only TLS 1.2", CH, replace(Extensions.SUPPORTED_VERSIONS, 2, 3, 3), Alert.PROTOCOL_VERSION));
        rows.add(row("no key_share", CH, remove(Extensions.KEY_SHARE), Alert.MISSING_EXTENSION));
        rows.add(row("no supported_groups", CH, remove(Extensions.SUPPORTED_GROUPS), Alert.MISSING_EXTENSION));
        rows.add(row("no signature_algorithms", CH, remove(Extensions.SIGNATURE_ALGORITHMS), Alert.MISSING_EXTENSION));
        rows.add(row("no ALPN", CH, remove(Extensions.ALPN), Alert.NO_APPLICATION_PROTOCOL));
        rows.add(row("no transport parameters", CH, remove(Extensions.QUIC_TRANSPORT_PARAMETERS), Alert.MISSING_EXTENSION));
        rows.add(row("unusable signature_algorithms", CH, replace(Extensions.SIGNATURE_ALGORITHMS, 0, 4, 4, 1, 2, 3), Alert.HANDSHAKE_FAILURE));
        rows.add(row("empty signature_algorithms", CH, replace(Extensions.SIGNATURE_ALGORITHMS, 0, 0), Alert.DECODE_ERROR));
        rows.add(row("unknown groups", CH, replace(Extensions.SUPPORTED_GROUPS, 0, 2, 0, 99), Alert.ILLEGAL_PARAMETER));
        rows.add(row("share of the wrong length", CH, replace(Extensions.KEY_SHARE, 0, 6, 0, 29, 0, 2, 1, 1), Alert.ILLEGAL_PARAMETER));
        rows.add(row("empty share", CH, replace(Extensions.KEY_SHARE, 0, 4, 0, 29, 0, 0), Alert.DECODE_ERROR));
        rows.add(row("two shares of a group", CH, replace(Extensions.KEY_SHARE, 0, 10, 0, 23, 0, 1, 1, 0, 23, 0, 1, 1), Alert.ILLEGAL_PARAMETER));
        rows.add(row("X25519 zero", CH, (UnaryOperator<byte[]>) m -> replace(Extensions.KEY_SHARE, x25519(0)).apply(m), Alert.ILLEGAL_PARAMETER));
        rows.add(row("X25519 one", CH, (UnaryOperator<byte[]>) m -> replace(Extensions.KEY_SHARE, x25519(1)).apply(m), Alert.ILLEGAL_PARAMETER));
        rows.add(row("duplicate extension", CH, add(Extensions.ALPN, 0, 3, 2, 'm', 'q'), Alert.ILLEGAL_PARAMETER));
        rows.add(row("duplicate unknown extension", CH, add(0x7a7a).andThen(add(0x7a7a))::apply, Alert.ILLEGAL_PARAMETER));
        rows.add(row("oid_filters", CH, add(Extensions.OID_FILTERS, 0, 0), Alert.ILLEGAL_PARAMETER));
        rows.add(row("unasked cookie", CH, add(Extensions.COOKIE, 0, 1, 1), Alert.ILLEGAL_PARAMETER));
        rows.add(row("early_data without PSK", CH, add(Extensions.EARLY_DATA), Alert.ILLEGAL_PARAMETER));
        rows.add(row("long early_data", CH, add(Extensions.EARLY_DATA, 1), Alert.DECODE_ERROR));
        rows.add(row("empty ALPN name", CH, replace(Extensions.ALPN, 0, 2, 0, 0), Alert.DECODE_ERROR));
        rows.add(row("bad server_name", CH, replace(Extensions.SERVER_NAME, 0, 5, 0, 0, 2, '.', '.'), Alert.ILLEGAL_PARAMETER));
        rows.add(row("server_name that would break a log line", CH, replace(Extensions.SERVER_NAME, 0, 6, 0, 0, 3, 'a', '\n', 'b'),
            Alert.ILLEGAL_PARAMETER));
        rows.add(row("two server_names", CH, replace(Extensions.SERVER_NAME, 0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b'), Alert.ILLEGAL_PARAMETER));
        rows.add(row("empty server_name", CH, replace(Extensions.SERVER_NAME), Alert.DECODE_ERROR));
        rows.add(row("pre_shared_key not last", CH, add(Extensions.PRE_SHARED_KEY, 0, 0), Alert.ILLEGAL_PARAMETER));
        for (int type : new int[] {Extensions.SUPPORTED_VERSIONS, Extensions.KEY_SHARE, Extensions.SUPPORTED_GROUPS,
            Extensions.SIGNATURE_ALGORITHMS, Extensions.ALPN,
            Extensions.SERVER_NAME, Extensions.PSK_KEY_EXCHANGE_MODES}) {
            rows.add(row("extension " + type + " with more", CH, lengthen(type), Alert.DECODE_ERROR));
        }
        return rows.stream();
    }

    private static int[] x25519(int value) {
        int[] share = new int[38];
        System.arraycopy(new int[] {0, 36, 0, 29, 0, 32, value}, 0, share, 0, 7);
        return share;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("clientHellos")
    void serverRefuses(String what, int message, UnaryOperator<byte[]> edit, int error) {
        Pair pair = new Pair();
        pair.editor = (fromClient, level, m) -> m[0] == message ? edit.apply(m) : m;
        pair.run();
        assertNotNull(pair.server.failure);
        assertEquals(error, pair.server.failure.errorCode(), pair.server.failure.getMessage());
        assertTrue(pair.server.secrets.isEmpty());
    }

    @Test
    void unknownExtensionsSuitesGroupsAndSchemesAreIgnoredInAClientHello() {
        Pair pair = new Pair();
        UnaryOperator<byte[]> grease = m -> add(0x7a7a, 1, 2).andThen(add(0xfafa)).andThen(add(27, 2, 0,
            1)).andThen(replace(Extensions.SIGNATURE_ALGORITHMS, 0, 4, 9, 9, 4, 3))
            .apply(m);
        pair.editor = (fromClient, level, m) -> m[0] == CH ? grease.apply(m) : m;
        pair.run();
        // the server goes on; the client then finds the transcripts different
        assertNull(pair.server.failure);
        QuicTlsEngineTest.assertFailure(Alert.DECRYPT_ERROR, pair.client);
    }

    static Stream<Arguments> serverMessages() {
        List<Arguments> rows = new ArrayList<>();
        rows.add(row("legacy_version", SH, set(4, 3, 2), Alert.PROTOCOL_VERSION));
        rows.add(row("session id", SH, insert(39, 7).andThen(set(38, 1))::apply, Alert.ILLEGAL_PARAMETER));
        rows.add(row("unknown suite", SH, set(39, 0x13, 4), Alert.ILLEGAL_PARAMETER));
        rows.add(row("suite that was not offered", SH, set(39, 0x13, 2), Alert.ILLEGAL_PARAMETER));
        rows.add(row("compression", SH, set(41, 1), Alert.ILLEGAL_PARAMETER));
        rows.add(row("no extensions", SH, cut(42, -1), Alert.PROTOCOL_VERSION));
        rows.add(row("no version", SH, remove(Extensions.SUPPORTED_VERSIONS), Alert.PROTOCOL_VERSION));
        rows.add(row("another version", SH, setIn(Extensions.SUPPORTED_VERSIONS, 0, 3, 3), Alert.ILLEGAL_PARAMETER));
        rows.add(row("long version", SH, lengthen(Extensions.SUPPORTED_VERSIONS), Alert.DECODE_ERROR));
        rows.add(row("no share", SH, remove(Extensions.KEY_SHARE), Alert.MISSING_EXTENSION));
        rows.add(row("share of another group", SH, setIn(Extensions.KEY_SHARE, 0, 0, 23), Alert.ILLEGAL_PARAMETER));
        rows.add(row("low-order share", SH, (UnaryOperator<byte[]>) m -> setIn(Extensions.KEY_SHARE, 4, new int[32]).apply(m),
            Alert.ILLEGAL_PARAMETER));
        rows.add(row("PSK that was not offered", SH, add(Extensions.PRE_SHARED_KEY, 0, 0), Alert.UNSUPPORTED_EXTENSION));
        rows.add(row("ALPN in the clear", SH, add(Extensions.ALPN, 0, 2, 1, 'm'), Alert.ILLEGAL_PARAMETER));
        rows.add(row("unknown extension", SH, add(0x7a7a), Alert.UNSUPPORTED_EXTENSION));
        rows.add(row("trailing byte", SH, insert(-1, 0), Alert.DECODE_ERROR));
        rows.add(row("HelloRetryRequest without a change", SH, (UnaryOperator<byte[]>) m -> {
            byte[] retry = remove(Extensions.KEY_SHARE).apply(m);
            System.arraycopy(ClientHandshake.RETRY_RANDOM, 0, retry, 6, 32);
            return retry;
        }, Alert.ILLEGAL_PARAMETER));
        rows.add(row("HelloRetryRequest for a share it has", SH, retry(0, 29), Alert.ILLEGAL_PARAMETER));
        rows.add(row("HelloRetryRequest for an unknown group", SH, retry(0, 99), Alert.ILLEGAL_PARAMETER));
        rows.add(row("no ALPN", EE, remove(Extensions.ALPN), Alert.NO_APPLICATION_PROTOCOL));
        rows.add(row("another ALPN", EE, replace(Extensions.ALPN, 0, 2, 1, 'x'), Alert.NO_APPLICATION_PROTOCOL));
        rows.add(row("two ALPN", EE, replace(Extensions.ALPN, 0, 4, 1, 'x', 1, 'y'), Alert.DECODE_ERROR));
        rows.add(row("no transport parameters", EE, remove(Extensions.QUIC_TRANSPORT_PARAMETERS), Alert.MISSING_EXTENSION));
        rows.add(row("early_data that was not offered", EE, add(Extensions.EARLY_DATA), Alert.UNSUPPORTED_EXTENSION));
        rows.add(row("key_share too late", EE, add(Extensions.KEY_SHARE), Alert.ILLEGAL_PARAMETER));
        rows.add(row("unknown extension in EE", EE, add(0x7a7a), Alert.UNSUPPORTED_EXTENSION));
        rows.add(row("server_name with content", EE, add(Extensions.SERVER_NAME, 1), Alert.DECODE_ERROR));
        rows.add(row("duplicate", EE, add(Extensions.QUIC_TRANSPORT_PARAMETERS), Alert.ILLEGAL_PARAMETER));
        rows.add(row("trailing byte in EE", EE, insert(-1, 0), Alert.DECODE_ERROR));
        rows.add(row("request with a context", CR, insert(5, 7).andThen(set(4, 1))::apply, Alert.ILLEGAL_PARAMETER));
        rows.add(row("request without schemes", CR, remove(Extensions.SIGNATURE_ALGORITHMS), Alert.MISSING_EXTENSION));
        rows.add(row("request with key_share", CR, add(Extensions.KEY_SHARE), Alert.ILLEGAL_PARAMETER));
        rows.add(row("request with damaged authorities", CR, replace(Extensions.CERTIFICATE_AUTHORITIES, 0, 3, 0, 1, 7), Alert.DECODE_ERROR));
        rows.add(row("certificate with a context", CERTIFICATE, insert(5, 7).andThen(set(4, 1))::apply, Alert.ILLEGAL_PARAMETER));
        rows.add(row("no certificate", CERTIFICATE, cut(8, -1).andThen(set(5, 0, 0, 0))::apply, Alert.DECODE_ERROR));
        rows.add(row("damaged certificate", CERTIFICATE, set(12, 1), Alert.BAD_CERTIFICATE));
        rows.add(row("trailing byte after the chain", CERTIFICATE, insert(-1, 0), Alert.DECODE_ERROR));
        rows.add(row("extension of a certificate that was not asked for", CERTIFICATE, (UnaryOperator<byte[]>) AlertTest::withStatus,
            Alert.UNSUPPORTED_EXTENSION));
        rows.add(row("signature", VERIFY, set(-1, 0x55), Alert.DECRYPT_ERROR));
        rows.add(row("scheme that was not offered", VERIFY, set(4, 2, 3), Alert.ILLEGAL_PARAMETER));
        rows.add(row("scheme of another key", VERIFY, set(4, 8, 4), Alert.ILLEGAL_PARAMETER));
        rows.add(row("scheme of another curve", VERIFY, set(4, 5, 3), Alert.ILLEGAL_PARAMETER));
        rows.add(row("PKCS #1", VERIFY, set(4, 4, 1), Alert.ILLEGAL_PARAMETER));
        rows.add(row("empty signature", VERIFY, cut(8, -1).andThen(set(6, 0, 0))::apply, Alert.DECRYPT_ERROR));
        rows.add(row("Finished", FINISHED, set(-1, 0), Alert.DECRYPT_ERROR));
        rows.add(row("long Finished", FINISHED, insert(-1, 0), Alert.DECODE_ERROR));
        rows.add(row("short Finished", FINISHED, cut(-2, -1), Alert.DECODE_ERROR));
        return rows.stream();
    }

    private static UnaryOperator<byte[]> retry(int high, int low) {
        return m -> {
            byte[] retry = replace(Extensions.KEY_SHARE, high, low).apply(m);
            System.arraycopy(ClientHandshake.RETRY_RANDOM, 0, retry, 6, 32);
            return retry;
        };
    }

    /** A status_request in the leaf's extensions. */
    private static byte[] withStatus(byte[] m) {
        int leaf = (m[8] & 0xff) << 16 | (m[9] & 0xff) << 8 | m[10] & 0xff, at = 11 + leaf;
        byte[] spliced = Edit.splice(m, at, at + 2, Edit.bytes(0, 4, 0, 5, 0, 0));
        int list = ((m[6] & 0xff) << 8 | m[7] & 0xff) + 4;
        spliced[6] = (byte) (list >> 8);
        spliced[7] = (byte) list;
        return spliced;
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("serverMessages")
    void clientRefuses(String what, int message, UnaryOperator<byte[]> edit, int error) {
        Pair pair = new Pair();
        pair.clientConfig.cipherSuites(CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_CHACHA20_POLY1305_SHA256);
        pair.serverConfig.clientAuth(TlsConfig.ClientAuth.WANT).trustManager(Pems.trust());
        pair.editor = (fromClient, level, m) -> !fromClient && m[0] == message ? edit.apply(m) : m;
        pair.run();
        assertNotNull(pair.client.failure);
        assertEquals(error, pair.client.failure.errorCode(), pair.client.failure.getMessage());
        assertTrue(!pair.client.complete);
    }

    /** The second ClientHello. */
    static Stream<Arguments> secondHellos() {
        return Stream.of(row("another random", CH, set(6, 1, 2, 3), Alert.ILLEGAL_PARAMETER),
            row("another suite list", CH, set(41, 0x13, 9), Alert.ILLEGAL_PARAMETER),
            row("a new extension", CH, add(0x7a7a), Alert.ILLEGAL_PARAMETER),
                row("other parameters", CH, replace(Extensions.QUIC_TRANSPORT_PARAMETERS, 1),
            Alert.ILLEGAL_PARAMETER), row("share of another group", CH, setIn(Extensions.KEY_SHARE, 2, 0, 24), Alert.ILLEGAL_PARAMETER),
            row("no share", CH, replace(Extensions.KEY_SHARE, 0, 0), Alert.ILLEGAL_PARAMETER),
                row("unasked cookie", CH, add(Extensions.COOKIE, 0, 1, 1), Alert.ILLEGAL_PARAMETER));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("secondHellos")
    void serverRefusesASecondHello(String what, int message, UnaryOperator<byte[]> edit, int error) {
        Pair pair = new Pair();
        pair.serverConfig.groups(NamedGroup.SECP256R1);
        int[] hellos = {0};
        pair.editor = (fromClient, level, m) -> m[0] == CH && ++hellos[0] == 2 ? edit.apply(m) : m;
        pair.run();
        assertEquals(2, hellos[0]);
        assertNotNull(pair.server.failure);
        assertEquals(error, pair.server.failure.errorCode(), pair.server.failure.getMessage());
    }

    @Test
    void theSuiteOfAHelloRetryRequestStays() {
        Pair pair = new Pair();
        pair.serverConfig.groups(NamedGroup.SECP256R1);
        int[] hellos = {0};
        pair.editor = (fromClient, level, m) -> m[0] == SH && ++hellos[0] == 2 ? set(39, 0x13, 2).apply(m) : m;
        QuicTlsEngineTest.assertFailure(Alert.ILLEGAL_PARAMETER, pair.run().client);
        assertEquals(2, hellos[0]);
    }

    @Test
    void aSecondHelloRetryRequestIsUnexpected() {
        Pair pair = new Pair();
        pair.serverConfig.groups(NamedGroup.SECP256R1);
        int[] hellos = {0};
        pair.editor = (fromClient, level, m) -> m[0] == CH ? m : m[0] != SH ? null : ++hellos[0] == 2 ? retry(0, 24).apply(m) : m;
        QuicTlsEngineTest.assertFailure(Alert.UNEXPECTED_MESSAGE, pair.run().client);
    }

    @Test
    void aHelloRetryRequestForAGroupThatWasNotOfferedIsIllegal() {
        Pair pair = new Pair();
        pair.clientConfig.groups(NamedGroup.X25519, NamedGroup.SECP256R1);
        pair.editor = (fromClient, level, m) -> m[0] == SH ? retry(0, 24).apply(m) : m;
        QuicTlsEngineTest.assertFailure(Alert.ILLEGAL_PARAMETER, pair.run().client);
    }

    /** All else agrees with what was said: the signature alone shows that the certificate is somebody else's. */
    @Test
    void whoHasACertificateButNotItsKeyIsRefused() {
        Pair pair = new Pair();
        pair.serverConfig.keyManager(Identity.of(Pems.identity("ec256").chain(), Pems.identity("client").getPrivateKey("0")));
        QuicTlsEngineTest.assertFailure(Alert.DECRYPT_ERROR, pair.run().client);
        pair = new Pair();
        pair.serverConfig.clientAuth(TlsConfig.ClientAuth.NEED).trustManager(Pems.trust());
        pair.clientConfig.keyManager(Identity.of(Pems.identity("client").chain(), Pems.identity("ec256").getPrivateKey("0")));
        QuicTlsEngineTest.assertFailure(Alert.DECRYPT_ERROR, pair.run().server);
    }

    @Test
    void paddingMayChangeInTheSecondHello() {
        Pair pair = new Pair();
        pair.serverConfig.groups(NamedGroup.SECP256R1);
        int[] hellos = {0};
        pair.editor = (fromClient, level, m) -> m[0] == CH && ++hellos[0] == 2 ? add(Extensions.PADDING, 0, 0).apply(m) : m;
        pair.run();
        assertNull(pair.server.failure);
    }

    @Test
    void pointOffTheCurveIsIllegal() {
        for (NamedGroup group : List.of(NamedGroup.SECP256R1, NamedGroup.SECP384R1)) {
            KeyShare share = KeyShare.generate(group, new SeededRandom(1));
            byte[] good = KeyShare.generate(group, new SeededRandom(2)).publicBytes();
            for (UnaryOperator<byte[]> edit : List.of(set(-1, good[good.length - 1] ^ 1), set(0, 2), m -> Arrays.copyOf(m, m.length - 1),
                m -> new byte[m.length],
                (UnaryOperator<byte[]>) m -> {
                    byte[] all = new byte[m.length];
                    Arrays.fill(all, (byte) 0xff);
                    all[0] = 4;
                    return all;
                })) {
                assertEquals(Alert.ILLEGAL_PARAMETER, assertThrows(TlsAlertException.class, () -> share.agree(edit.apply(good))).alert());
            }
        }
    }

    @Test
    void everyLowOrderX25519PointIsIllegal() {
        KeyShare share = KeyShare.generate(NamedGroup.X25519, new SeededRandom(1));
        // RFC 7748 §6.1, the known points of order 1, 2, 4 and 8, and their aliases
        for (String hex : List.of("00".repeat(32), "01" + "00".repeat(31), "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")) {
            assertEquals(Alert.ILLEGAL_PARAMETER,
                assertThrows(TlsAlertException.class, () -> share.agree(java.util.HexFormat.of().parseHex(hex)), hex).alert());
        }
    }

    // ---- order, level, length

    private static TlsAlertException feed(QuicTlsEngine engine, EncryptionLevel level, int... bytes) {
        try {
            engine.receive(level, ByteBuffer.wrap(Edit.bytes(bytes)));
            return null;
        } catch (TlsAlertException e) {
            return e;
        }
    }

    @Test
    void messagesOutOfPlaceAreUnexpectedAtTheirHeader() {
        for (int type = 0; type < 256; type++) {
            Pair pair = new Pair().build();
            if (type != CH) assertEquals(Alert.UNEXPECTED_MESSAGE, feed(pair.server.engine, EncryptionLevel.INITIAL, type, 0, 0, 1).alert());
            assertEquals(Alert.UNEXPECTED_MESSAGE, feed(pair.client.engine, EncryptionLevel.INITIAL, type, 0, 0, 1).alert(), "not even started");
        }
        for (int type = 0; type < 256; type++) {
            if (type == HandshakeType.NEW_SESSION_TICKET || type == CR) continue;
            Pair done = type % 64 == 0 || type == HandshakeType.KEY_UPDATE || type <= 24 ? new Pair().run() : null;
            if (done == null) continue;
            TlsAlertException failure = feed(done.client.engine, EncryptionLevel.APPLICATION, type, 0, 0, 1);
            assertEquals(0x10a, failure.errorCode(), "message " + type);
            assertEquals(0x10a, feed(done.server.engine, EncryptionLevel.APPLICATION, type, 0, 0, 1).errorCode(), "message " + type);
        }
    }

    @Test
    void certificateRequestAfterTheHandshakeIsAProtocolViolation() {
        Pair pair = new Pair().run();
        assertEquals(PROTOCOL_VIOLATION, feed(pair.client.engine, EncryptionLevel.APPLICATION, CR, 0, 0, 3, 0, 0, 0).errorCode());
    }

    @Test
    void serverTakesNoTickets() {
        Pair pair = new Pair().run();
        assertEquals(0x10a, feed(pair.server.engine, EncryptionLevel.APPLICATION, HandshakeType.NEW_SESSION_TICKET, 0, 0, 1).errorCode());
    }

    @Test
    void everyMessageLeftOutOrRepeatedIsNoticed() {
        for (int which : new int[] {SH, EE, CR, CERTIFICATE, VERIFY, FINISHED}) {
            for (boolean repeat : new boolean[] {false, true}) {
                Pair pair = new Pair();
                pair.serverConfig.clientAuth(TlsConfig.ClientAuth.WANT).trustManager(Pems.trust());
                pair.editor = (fromClient, level, m) -> fromClient || m[0] != which ? m : repeat ? new TlsWriter(64).bytes(m).bytes(m).toArray()
                    : null;
                pair.run();
                if (which == FINISHED && !repeat) {
                    assertTrue(!pair.client.complete && pair.client.failure == null, "it waits");
                    continue;
                }
                assertNotNull(pair.client.failure, which + " " + repeat);
                boolean keysChanged = repeat && (which == SH || which == FINISHED);
                boolean laterLevel = !repeat && which == SH, transcript = !repeat && which == CR;
                long expected = keysChanged ? PROTOCOL_VIOLATION : transcript ? 0x100 + Alert.DECRYPT_ERROR.code : 0x100
                    + Alert.UNEXPECTED_MESSAGE.code;
                assertEquals(expected, pair.client.failure.errorCode(), which + " " + repeat + " " + laterLevel);
            }
        }
    }

    @Test
    void clientsFlightLeftOutOrRepeatedIsNoticed() {
        for (int which : new int[] {CERTIFICATE, VERIFY, FINISHED}) {
            for (boolean repeat : new boolean[] {false, true}) {
                Pair pair = new Pair();
                pair.serverConfig.clientAuth(TlsConfig.ClientAuth.WANT).trustManager(Pems.trust());
                pair.clientConfig.keyManager(Pems.identity("client"));
                pair.editor = (fromClient, level, m) -> !fromClient || m[0] != which ? m : repeat ? new TlsWriter(64).bytes(m).bytes(m).toArray()
                    : null;
                pair.run();
                if (which == FINISHED && !repeat) {
                    assertTrue(!pair.server.complete && pair.server.failure == null);
                    continue;
                }
                assertEquals(repeat && which == FINISHED ? PROTOCOL_VIOLATION : 0x10a, pair.server.failure.errorCode(), which + " " + repeat);
            }
        }
    }

    @Test
    void bytesAtTheWrongLevelAreRefused() throws Exception {
        Pair pair = new Pair().build();
        assertEquals(0x10a, feed(pair.server.engine, EncryptionLevel.HANDSHAKE, CH).errorCode());
        pair = new Pair().build();
        assertEquals(PROTOCOL_VIOLATION, feed(pair.server.engine, EncryptionLevel.EARLY_DATA, CH).errorCode());
        Pair done = new Pair().run();
        assertEquals(PROTOCOL_VIOLATION, feed(done.client.engine, EncryptionLevel.HANDSHAKE, FINISHED).errorCode());
        done = new Pair().run();
        assertEquals(PROTOCOL_VIOLATION, feed(done.server.engine, EncryptionLevel.INITIAL, CH).errorCode());
        done.client.engine.receive(EncryptionLevel.INITIAL, ByteBuffer.allocate(0));
    }

    @Test
    void tooLongMessagesAreRefusedAtTheirHeader() {
        Pair pair = new Pair().build();
        assertEquals(Alert.ILLEGAL_PARAMETER, feed(pair.server.engine, EncryptionLevel.INITIAL, CH, 0, 0x40, 1).alert());
        pair = new Pair().build();
        assertNull(feed(pair.server.engine, EncryptionLevel.INITIAL, CH, 0, 0x40, 0));
        assertEquals(Alert.ILLEGAL_PARAMETER, feed(new Pair().run().client.engine, EncryptionLevel.APPLICATION, HandshakeType.NEW_SESSION_TICKET,
            0xff, 0, 0).alert());
    }

    @Test
    void aClaimedLengthReservesNoMemory() throws Exception {
        Pair pair = new Pair().build();
        assertNull(feed(pair.server.engine, EncryptionLevel.INITIAL, CH, 0, 0x3f, 0xff, 3, 3));
        java.lang.reflect.Field in = QuicTlsEngine.class.getDeclaredField("in");
        in.setAccessible(true);
        assertTrue(((byte[]) in.get(pair.server.engine)).length < 64);
        for (int i = 0; i < 1000; i++) assertNull(feed(pair.server.engine, EncryptionLevel.INITIAL, 0));
        assertTrue(((byte[]) in.get(pair.server.engine)).length < 2100, "at most twice what came");
    }

    @Test
    void tooManyExtensionsSharesAndCertificatesAreRefused() {
        Pair pair = new Pair();
        pair.editor = (fromClient, level, m) -> {
            if (m[0] != CH) return m;
            for (int i = 0; i < TlsLimits.EXTENSIONS; i++) m = add(0x7000 + i).apply(m);
            return m;
        };
        pair.run();
        QuicTlsEngineTest.assertFailure(Alert.ILLEGAL_PARAMETER, pair.server);

        int n = TlsLimits.KEY_SHARES + 1;
        int[] groups = new int[2 + 2 * n], shares = new int[2 + 5 * n];
        groups[1] = 2 * n;
        shares[1] = 5 * n;
        for (int i = 0; i < n; i++) {
            groups[3 + 2 * i] = 40 + i;
            shares[3 + 5 * i] = 40 + i;
            shares[5 + 5 * i] = 1;
        }
        pair = new Pair();
        pair.editor = (fromClient, level, m) -> m[0] == CH ? replace(Extensions.SUPPORTED_GROUPS,
            groups).andThen(replace(Extensions.KEY_SHARE, shares)).apply(m) : m;
        pair.run();
        QuicTlsEngineTest.assertFailure(Alert.ILLEGAL_PARAMETER, pair.server);

        pair = new Pair();
        List<X509Certificate> chain = new ArrayList<>(Pems.identity("ec256").chain());
        while (chain.size() <= TlsLimits.CHAIN_CERTIFICATES) chain.add(Pems.certificate("intermediate"));
        pair.serverConfig.keyManager(Identity.of(chain, Pems.identity("ec256").getPrivateKey("0")));
        pair.run();
        QuicTlsEngineTest.assertFailure(Alert.BAD_CERTIFICATE, pair.client);
    }

    @Test
    void aNineCertificateChainIsAccepted() {
        Pair pair = new Pair();
        List<X509Certificate> chain = new ArrayList<>(Pems.identity("ec256").chain());
        for (String other : List.of("other-ca", "client", "rsa", "ec384", "ed25519", "self-signed", "expired")) chain.add(Pems.certificate(other));
        pair.serverConfig.keyManager(Identity.of(chain, Pems.identity("ec256").getPrivateKey("0")));
        QuicTlsEngineTest.assertComplete(pair.run());
    }

    @Test
    void aRefusedCertificatesNameCannotBreakTheLogLine() throws Exception {
        X509Certificate leaf = Pems.certificate("ec256");
        String message = Certificates.refused(leaf, new java.security.cert.CertificateException("a\nb\u001b[31m" + "x".repeat(1000))).getMessage();
        assertEquals("certificate of CN=ec256 refused: a?b?[31m", message.substring(0, 41));
        assertTrue(message.length() < 300);
    }

    @Test
    void afterAFailureNothingIsTakenAnyMore() {
        Pair pair = new Pair().build();
        TlsAlertException first = feed(pair.server.engine, EncryptionLevel.INITIAL, 99, 0, 0, 0);
        assertSame(first, feed(pair.server.engine, EncryptionLevel.INITIAL, 1));
        assertNull(pair.server.engine.getHandshakeSession());
        assertEquals(0, first.getStackTrace().length);
    }

    @Test
    void aListenersRefusalEndsTheHandshake() {
        Pair pair = new Pair();
        pair.build();
        QuicTlsEngine server = QuicTlsEngine.server(pair.serverConfig.build(), new QuicTlsEngine.Listener() {
            @Override public void onSecrets(EncryptionLevel level, CipherSuite suite, byte[] clientSecret, byte[] serverSecret) {
                throw new AssertionError();
            }

            @Override public void onTransportParameters(byte[] raw) throws TlsAlertException {
                throw new TlsAlertException(Alert.ILLEGAL_PARAMETER, "no");
            }

            @Override public void onHandshakeComplete() {
                throw new AssertionError();
            }
        });
        pair.server.engine = server;
        pair.run();
        QuicTlsEngineTest.assertFailure(Alert.ILLEGAL_PARAMETER, pair.server);
    }

    @Test
    void alertsKeepTheirCodesAndNames() {
        assertEquals("unknown_ca", Alert.UNKNOWN_CA.toString());
        for (Alert alert : Alert.values()) assertSame(alert, Alert.of(alert.code));
        assertNull(Alert.of(1));
    }
}
