package mqttq.quic.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.ChaCha20ParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import mqttq.quic.packet.QuicVersion;
import mqttq.tls.CipherSuite;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the connection relies on, whatever the JDK does beneath. */
class PacketProtectionTest {
    private static final int START = 3, PN = START + 9, PN_LENGTH = 2, PAYLOAD = PN + PN_LENGTH, END = PAYLOAD + 50;

    static Stream<PacketProtection[]> pairs() {
        return Stream.concat(Arrays.stream(CipherSuite.values()).map(suite -> pair(AeadProtection.FACTORY, suite)),
            Stream.of(new PacketProtection[][] {pair(PlainProtection.FACTORY, CipherSuite.TLS_AES_128_GCM_SHA256)}));
    }

    private static PacketProtection[] pair(ProtectionFactory factory, CipherSuite suite) {
        byte[] secret = new byte[suite.hashLength];
        new Random(1).nextBytes(secret);
        return new PacketProtection[] {factory.create(suite, QuicVersion.V1, secret), factory.create(suite, QuicVersion.V1, secret)};
    }

    /** A sealed and masked packet with room around it. */
    private static byte[] packet(PacketProtection sender, long number) {
        byte[] packet = plain(number);
        assertEquals(END + PacketProtection.TAG_LENGTH, sender.protect(packet, START, PN, PAYLOAD, END, number));
        return packet;
    }

    private static byte[] plain(long number) {
        byte[] packet = new byte[END + PacketProtection.TAG_LENGTH + 5];
        new Random(number).nextBytes(packet);
        packet[START] = 0x40 | PN_LENGTH - 1;
        return packet;
    }

    private static boolean opens(PacketProtection receiver, byte[] packet, long number) {
        int length = receiver.unmask(packet, START, PN, END + PacketProtection.TAG_LENGTH);
        return receiver.open(packet, START, PN + length, END + PacketProtection.TAG_LENGTH, number) == END;
    }

    @ParameterizedTest @MethodSource("pairs")
    void whatWasSealedOpens(PacketProtection sender, PacketProtection receiver) {
        for (long number = 0; number < 300; number++) {
            byte[] packet = packet(sender, number);
            assertTrue(opens(receiver, packet, number));
            byte[] plain = plain(number);
            assertArrayEquals(Arrays.copyOf(plain, END), Arrays.copyOf(packet, END));
            assertEquals(plain[plain.length - 1], packet[packet.length - 1], "nothing after the packet is touched");
        }
    }

    @ParameterizedTest @MethodSource("pairs")
    void theSamePacketOpensAgainAndAgain(PacketProtection sender, PacketProtection receiver) {
        byte[] packet = packet(sender, 5);
        for (int i = 0; i < 4; i++) assertTrue(opens(receiver, packet.clone(), 5));
    }

    @ParameterizedTest @MethodSource("pairs")
    void aForgedPacketFailsAndTheGenuineOneOpensAfterIt(PacketProtection sender, PacketProtection receiver) {
        byte[] packet = packet(sender, 5);
        for (int i = 0; i < 3; i++) {
            byte[] forged = packet.clone();
            forged[PAYLOAD + 20 + i] ^= 1;
            assertFalse(opens(receiver, forged, 5));
            assertTrue(opens(receiver, packet.clone(), 5));
        }
    }

    @ParameterizedTest @MethodSource("pairs")
    void everyBitOfThePacketCounts(PacketProtection sender, PacketProtection receiver) {
        byte[] packet = packet(sender, 5);
        for (int bit = START * 8; bit < 8 * (END + PacketProtection.TAG_LENGTH); bit++) {
            byte[] forged = packet.clone();
            forged[bit / 8] ^= (byte) (1 << bit % 8);
            assertFalse(opens(receiver, forged, 5), "bit " + bit);
        }
        assertFalse(opens(receiver, packet.clone(), 6), "another packet number");
    }

    @ParameterizedTest @MethodSource("pairs")
    void keysOfThePhasesDifferAndShareTheirHeaderKey(PacketProtection sender, PacketProtection receiver) {
        byte[] packet = packet(sender.next(), 5);
        assertFalse(opens(receiver, packet.clone(), 5));
        PacketProtection next = receiver.next();
        byte[] copy = packet.clone();
        // Header protection goes first, with keys of the old phase.
        int length = receiver.unmask(copy, START, PN, END + PacketProtection.TAG_LENGTH);
        assertEquals(END, next.open(copy, START, PN + length, END + PacketProtection.TAG_LENGTH, 5));
        assertTrue(opens(receiver.next().next(), packet(sender.next().next(), 6), 6));
    }

    @ParameterizedTest @MethodSource("pairs")
    void droppedCiphersComeBack(PacketProtection sender, PacketProtection receiver) {
        assertTrue(opens(receiver, packet(sender, 5), 5));
        sender.dropCiphers();
        receiver.dropCiphers();
        assertTrue(opens(receiver, packet(sender, 6), 6));
    }

    @ParameterizedTest @MethodSource("pairs")
    void packetsTooShortForASampleOrATagAreRefusedUnchanged(PacketProtection sender, PacketProtection receiver) {
        byte[] packet = packet(sender, 5), copy = packet.clone();
        for (int end = PN; end < PN + 20; end++) assertEquals(-1, receiver.unmask(copy, START, PN, end));
        for (int end = PAYLOAD - 1; end < PAYLOAD + PacketProtection.TAG_LENGTH; end++) assertEquals(-1, receiver.open(copy, START, PAYLOAD, end, 5));
        assertArrayEquals(packet, copy);
        receiver.unmask(copy, START, PN, PN + 20);
    }

    @ParameterizedTest @EnumSource(CipherSuite.class)
    void maskingTwiceGivesTheHeaderBack(CipherSuite suite) {
        PacketProtection protection = pair(AeadProtection.FACTORY, suite)[0];
        Random random = new Random(2);
        for (int i = 0; i < 2000; i++) {
            byte[] packet = new byte[40], copy;
            random.nextBytes(packet);
            copy = packet.clone();
            int length = (packet[0] & 3) + 1;
            protection.mask(packet, 0, 10);
            byte changeable = (byte) (packet[0] < 0 ? 0x0f : 0x1f);
            assertEquals(copy[0] & ~changeable, packet[0] & ~changeable);
            assertEquals(length, protection.unmask(packet, 0, 10, 40));
            assertArrayEquals(copy, packet);
        }
    }

    @Test void chaCha20MaskIsThatOfTheJdksCipher() throws Exception {
        Random random = new Random(3);
        for (int i = 0; i < 500; i++) {
            byte[] key = new byte[32], sample = new byte[16], mask = new byte[5];
            random.nextBytes(key);
            random.nextBytes(sample);
            new ChaCha20Block(key).mask(sample, 0, mask);
            int counter = ByteBuffer.wrap(sample).order(ByteOrder.LITTLE_ENDIAN).getInt();
            ChaCha20ParameterSpec spec = new ChaCha20ParameterSpec(Arrays.copyOfRange(sample, 4, 16), counter);
            Cipher cipher = Cipher.getInstance("ChaCha20");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "ChaCha20"), spec);
            assertArrayEquals(cipher.doFinal(new byte[5]), mask);
        }
    }

    @Test void limitsAreThoseOfRfc9001() {
        PacketProtection aes = pair(AeadProtection.FACTORY, CipherSuite.TLS_AES_256_GCM_SHA384)[0];
        PacketProtection chaCha20 = pair(AeadProtection.FACTORY, CipherSuite.TLS_CHACHA20_POLY1305_SHA256)[0];
        assertEquals(8_388_608L, aes.confidentialityLimit());
        assertEquals(4_503_599_627_370_496L, aes.integrityLimit());
        assertTrue(chaCha20.confidentialityLimit() > 1L << 61);
        assertEquals(68_719_476_736L, chaCha20.integrityLimit());
    }

    @Test void packetNumberReachesAllOfTheNonce() {
        PacketProtection[] pair = pair(AeadProtection.FACTORY, CipherSuite.TLS_CHACHA20_POLY1305_SHA256);
        for (int bit = 0; bit < 62; bit++) assertTrue(opens(pair[1], packet(pair[0], 1L << bit), 1L << bit));
        assertFalse(opens(pair[1], packet(pair[0], 3L << 60), 1L << 60));
    }
}
