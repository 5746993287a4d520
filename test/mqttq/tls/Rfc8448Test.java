package mqttq.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The traces of RFC 8448 and the keys of RFC 9001 appendix A.1, against transcript, key schedule, key agreement and signatures. */
class Rfc8448Test {
    private static final CipherSuite SUITE = CipherSuite.TLS_AES_128_GCM_SHA256;
    private static final Map<String, byte[]> VECTORS = read();

    private static Map<String, byte[]> read() {
        Map<String, StringBuilder> text = new LinkedHashMap<>();
        StringBuilder current = null;
        try {
            for (String line : Files.readAllLines(Path.of("test/mqttq/tls/rfc8448.txt"))) {
                if (line.startsWith("#")) continue;
                if (!line.startsWith(" ")) {
                    text.put(line.substring(0, line.indexOf(' ')), current = new StringBuilder());
                    line = line.substring(line.indexOf('=') + 1);
                }
                current.append(line.strip());
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        Map<String, byte[]> vectors = new LinkedHashMap<>();
        text.forEach((name, hex) -> vectors.put(name, HexFormat.of().parseHex(hex)));
        return vectors;
    }

    private static byte[] v(String name) {
        return VECTORS.get(name);
    }

    private static void add(Transcript transcript, byte[] message) {
        transcript.update(message, 0, message.length);
    }

    private static byte[] finished(byte[] verifyData) {
        return new TlsWriter(36).u8(20).vector(3, verifyData).toArray();
    }

    @Test
    void section3SimpleHandshake() throws Exception {
        KeyPair client = new KeyPair(null, KeyFactory.getInstance("XDH").generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519,
            v("3.clientPrivateKey"))));
        byte[] hello = v("3.serverHello"), serverShare = Arrays.copyOfRange(hello, hello.length - 38, hello.length - 6);
        byte[] shared = new KeyShare(NamedGroup.X25519, client).agree(serverShare);
        assertArrayEquals(v("3.sharedSecret"), shared);
        Transcript transcript = new Transcript(SUITE);
        add(transcript, v("3.clientHello"));
        add(transcript, hello);
        KeySchedule keys = checkFlight("3", transcript, new KeySchedule(SUITE, null), shared);
        assertArrayEquals(v("3.exporter"), keys.derive("exp master", transcript.hash()));
        byte[] verifyData = KeySchedule.finished(SUITE, v("3.clientHandshake"), transcript.hash());
        assertArrayEquals(v("3.clientFinished"), verifyData);
        add(transcript, finished(verifyData));
        // the ticket of this connection is the one that section 4 resumes with
        assertArrayEquals(v("4.psk"), KeySchedule.ticketPsk(SUITE, keys.derive("res master", transcript.hash()), new byte[2]));
    }

    /** From the shared secret through the server's flight; checks secrets, CertificateVerify and Finished on the way. */
    private static KeySchedule checkFlight(String section, Transcript transcript, KeySchedule keys, byte[] shared) throws Exception {
        keys.toHandshake(shared);
        assertArrayEquals(v(section + ".clientHandshake"), keys.derive("c hs traffic", transcript.hash()));
        assertArrayEquals(v(section + ".serverHandshake"), keys.derive("s hs traffic", transcript.hash()));
        keys.toMain();
        byte[] flight = v(section + ".serverFlight");
        List<byte[]> messages = Pair.messages(flight);
        assertEquals(4, messages.size());
        add(transcript, messages.get(0));
        add(transcript, messages.get(1));
        byte[] certificate = messages.get(1), verify = messages.get(2);
        TlsReader list = new TlsReader(certificate, 5, certificate.length);
        byte[] content = new TlsWriter(200).bytes(" ".repeat(64).getBytes(StandardCharsets.US_ASCII))
            .bytes("TLS 1.3, server CertificateVerify\0".getBytes(StandardCharsets.US_ASCII)).bytes(transcript.hash()).toArray();
        assertTrue(SignatureScheme.RSA_PSS_RSAE_SHA256.verify(Certificates.read(certificate, list, 0)[0].getPublicKey(), content,
            Arrays.copyOfRange(verify, 8, verify.length)));
        add(transcript, verify);
        byte[] last = messages.get(3);
        assertArrayEquals(Arrays.copyOfRange(last, 4, last.length), KeySchedule.finished(SUITE, v(section + ".serverHandshake"), transcript.hash()));
        add(transcript, last);
        assertArrayEquals(v(section + ".clientApplication"), keys.derive("c ap traffic", transcript.hash()));
        assertArrayEquals(v(section + ".serverApplication"), keys.derive("s ap traffic", transcript.hash()));
        return keys;
    }

    @Test
    void section4ResumedWithEarlyData() {
        byte[] hello = v("4.clientHello");
        Transcript transcript = new Transcript(SUITE);
        KeySchedule keys = new KeySchedule(SUITE, v("4.psk"));
        assertArrayEquals(v("4.binder"), keys.binder(transcript.hashWith(hello, 0, hello.length - 35)));
        add(transcript, hello);
        assertArrayEquals(v("4.clientEarly"), keys.derive("c e traffic", transcript.hash()));
        add(transcript, v("4.serverHello"));
        keys.toHandshake(v("4.sharedSecret"));
        assertArrayEquals(v("4.clientHandshake"), keys.derive("c hs traffic", transcript.hash()));
        assertArrayEquals(v("4.serverHandshake"), keys.derive("s hs traffic", transcript.hash()));
        keys.toMain();
        add(transcript, v("4.encryptedExtensions"));
        byte[] verifyData = KeySchedule.finished(SUITE, v("4.serverHandshake"), transcript.hash());
        assertArrayEquals(v("4.serverFinished"), verifyData);
        add(transcript, finished(verifyData));
        assertArrayEquals(v("4.clientApplication"), keys.derive("c ap traffic", transcript.hash()));
        assertArrayEquals(v("4.serverApplication"), keys.derive("s ap traffic", transcript.hash()));
        add(transcript, new byte[] {5, 0, 0, 0}); // EndOfEarlyData, which QUIC leaves out
        verifyData = KeySchedule.finished(SUITE, v("4.clientHandshake"), transcript.hash());
        assertArrayEquals(v("4.clientFinished"), verifyData);
        add(transcript, finished(verifyData));
        assertArrayEquals(v("4.resumption"), keys.derive("res master", transcript.hash()));
    }

    @Test
    void section5HelloRetryRequest() throws Exception {
        KeyShare any = KeyShare.generate(NamedGroup.SECP256R1, new SeededRandom(1));
        byte[] hello = v("5.serverHello"), serverShare = Arrays.copyOfRange(hello, hello.length - 71, hello.length - 6);
        java.lang.reflect.Field pair = KeyShare.class.getDeclaredField("pair");
        pair.setAccessible(true);
        ECPublicKey publicKey = (ECPublicKey) ((KeyPair) pair.get(any)).getPublic();
        ECPrivateKeySpec spec = new ECPrivateKeySpec(new BigInteger(1, v("5.clientPrivateKey")), publicKey.getParams());
        byte[] shared = new KeyShare(NamedGroup.SECP256R1, new KeyPair(publicKey,
            KeyFactory.getInstance("EC").generatePrivate(spec))).agree(serverShare);
        assertArrayEquals(v("5.sharedSecret"), shared);
        Transcript transcript = new Transcript(SUITE);
        add(transcript, v("5.clientHello1"));
        transcript.replaceByMessageHash();
        add(transcript, v("5.helloRetryRequest"));
        add(transcript, v("5.clientHello2"));
        add(transcript, hello);
        checkFlight("5", transcript, new KeySchedule(SUITE, null), shared);
    }

    @Test
    void quicKeysOfRfc9001AppendixA1() {
        HexFormat hex = HexFormat.of();
        byte[] initial = Hkdf.extract("HmacSHA256", hex.parseHex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), hex.parseHex("8394c8f03e515708"));
        assertEquals("7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44", hex.formatHex(initial));
        byte[] client = Hkdf.expandLabel("HmacSHA256", initial, "client in", new byte[0], 32);
        assertEquals("c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea", hex.formatHex(client));
        assertEquals("1f369613dd76d5467730efcbe3b1a22d", hex.formatHex(Hkdf.expandLabel("HmacSHA256", client, "quic key", new byte[0], 16)));
        assertEquals("fa044b2f42a3fd3b46fb255c", hex.formatHex(Hkdf.expandLabel("HmacSHA256", client, "quic iv", new byte[0], 12)));
        assertEquals("9f50449e04a0e810283a1e9933adedd2", hex.formatHex(Hkdf.expandLabel("HmacSHA256", client, "quic hp", new byte[0], 16)));
        byte[] server = Hkdf.expandLabel("HmacSHA256", initial, "server in", new byte[0], 32);
        assertEquals("3c199828fd139efd216c155ad844cc81fb82fa8d7446fa7d78be803acdda951b", hex.formatHex(server));
    }
}
