package mqttq.quic.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.ObjLongConsumer;
import mqttq.wire.Varint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TransportParametersTest {
    private static final String TOKEN = "000102030405060708090a0b0c0d0e0f";

    private static TransportParameters full() throws UnknownHostException {
        TransportParameters p = new TransportParameters();
        p.originalDestinationConnectionId = ConnectionId.of(new byte[20]);
        p.initialSourceConnectionId = ConnectionId.of(new byte[] {1, 2});
        p.retrySourceConnectionId = ConnectionId.of(new byte[] {3});
        p.statelessResetToken = HexFormat.of().parseHex(TOKEN);
        p.preferredAddress = new PreferredAddress(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 14567),
            new InetSocketAddress(InetAddress.getByAddress(HexFormat.of().parseHex("20010db8000000000000000000000001")), 65535),
            ConnectionId.of(new byte[] {4, 5, 6}), HexFormat.of().parseHex(TOKEN));
        p.maxIdleTimeout = 120_000;
        p.maxAckDelay = 16_383;
        p.ackDelayExponent = 20;
        p.maxUdpPayloadSize = 1200;
        p.initialMaxData = 1;
        p.initialMaxStreamDataBidiLocal = 2;
        p.initialMaxStreamDataBidiRemote = 300;
        p.initialMaxStreamDataUni = 70_000;
        p.initialMaxStreamsBidi = 1L << 60;
        p.initialMaxStreamsUni = 4;
        p.activeConnectionIdLimit = 5;
        p.maxDatagramFrameSize = 65_535;
        p.disableActiveMigration = true;
        p.greaseQuicBit = true;
        p.chosenVersion = QuicVersion.V2.id;
        p.availableVersions = new int[] {QuicVersion.V2.id, QuicVersion.V1.id, 0x1a2a3a4a};
        return p;
    }

    @Test void areReadAsTheyWereWritten() throws Exception {
        for (Random grease : new Random[] {null, new Random(1)}) {
            TransportParameters sent = full(), read = TransportParameters.parse(sent.encode(grease), true);
            assertEquals(sent.originalDestinationConnectionId, read.originalDestinationConnectionId);
            assertEquals(sent.initialSourceConnectionId, read.initialSourceConnectionId);
            assertEquals(sent.retrySourceConnectionId, read.retrySourceConnectionId);
            assertArrayEquals(sent.statelessResetToken, read.statelessResetToken);
            assertEquals(sent.preferredAddress.ipv4, read.preferredAddress.ipv4);
            assertEquals(sent.preferredAddress.ipv6, read.preferredAddress.ipv6);
            assertEquals(sent.preferredAddress.connectionId, read.preferredAddress.connectionId);
            assertArrayEquals(sent.preferredAddress.statelessResetToken, read.preferredAddress.statelessResetToken);
            assertEquals(sent.maxAckDelay, read.maxAckDelay);
            assertEquals(sent.ackDelayExponent, read.ackDelayExponent);
            assertEquals(sent.chosenVersion, read.chosenVersion);
            assertArrayEquals(sent.availableVersions, read.availableVersions);
            assertRemembered(sent, read);
        }
    }

    private static void assertRemembered(TransportParameters sent, TransportParameters read) {
        assertEquals(sent.maxIdleTimeout, read.maxIdleTimeout);
        assertEquals(sent.maxUdpPayloadSize, read.maxUdpPayloadSize);
        assertEquals(sent.initialMaxData, read.initialMaxData);
        assertEquals(sent.initialMaxStreamDataBidiLocal, read.initialMaxStreamDataBidiLocal);
        assertEquals(sent.initialMaxStreamDataBidiRemote, read.initialMaxStreamDataBidiRemote);
        assertEquals(sent.initialMaxStreamDataUni, read.initialMaxStreamDataUni);
        assertEquals(sent.initialMaxStreamsBidi, read.initialMaxStreamsBidi);
        assertEquals(sent.initialMaxStreamsUni, read.initialMaxStreamsUni);
        assertEquals(sent.activeConnectionIdLimit, read.activeConnectionIdLimit);
        assertEquals(sent.maxDatagramFrameSize, read.maxDatagramFrameSize);
        assertEquals(sent.disableActiveMigration, read.disableActiveMigration);
        assertEquals(sent.greaseQuicBit, read.greaseQuicBit);
    }

    @Test void absentOnesHaveTheDefaultsOfTheRfc() throws QuicException {
        assertEquals(0, new TransportParameters().encode(null).length);
        TransportParameters p = parse("", false);
        assertEquals(0, p.maxIdleTimeout);
        assertEquals(65_527, p.maxUdpPayloadSize);
        assertEquals(3, p.ackDelayExponent);
        assertEquals(25, p.maxAckDelay);
        assertEquals(2, p.activeConnectionIdLimit);
        assertEquals(0, p.initialMaxStreamsBidi + p.initialMaxData + p.maxDatagramFrameSize);
        assertNull(p.initialSourceConnectionId);
        assertNull(p.availableVersions);
    }

    @Test void greaseIsReservedAndDifferentEachTime() throws QuicException {
        Random random = new Random(2);
        byte[] last = new byte[0];
        for (int i = 0; i < 1000; i++) {
            byte[] grease = new TransportParameters().encode(random);
            assertEquals(27, Varint.get(ByteBuffer.wrap(grease)) % 31);
            assertFalse(Arrays.equals(last, grease));
            TransportParameters.parse(last = grease, i % 2 == 0);
        }
    }

    /** The client's own in RFC 9001 appendix A.2. */
    @Test void thoseOfTheRfcsSampleAreRead() throws QuicException {
        TransportParameters p = parse("0408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff", false);
        assertEquals(Varint.MAX, p.initialMaxData);
        assertEquals(65_535, p.initialMaxStreamDataBidiLocal);
        assertEquals(16, p.initialMaxStreamsBidi);
        assertEquals(30_000, p.maxIdleTimeout);
        assertEquals("8394c8f03e515708", p.initialSourceConnectionId.toString());
    }

    @ParameterizedTest @CsvSource({
        "truncated id, 40", "no length, 04", "truncated length, 0440", "length beyond the end, 04050102", "giant length, 04ffffffffffffffff",
        "known one twice, 010105010105", "unknown id up to 32 twice, 190019 00", "grease_quic_bit twice, 6ab2006ab200",
        "integer without bytes, 0100", "integer with too many, 01020505", "integer with too few, 010140",
        "max_udp_payload_size 1199, 030244af", "ack_delay_exponent 21, 0a0115", "max_ack_delay 2^14, 0b0480004000",
        "active_connection_id_limit 1, 0e0101",
        "active_connection_id_limit 0, 0e0100", "too many streams, 0808d000000000000001", "too many streams, 0908d000000000000001",
        "disable_active_migration with a value, 0c0101", "grease_quic_bit with a value, 6ab20100",
        "initial_source_connection_id of 21, 0f15000000000000000000000000000000000000000000",
        "version_information empty, 1100", "version_information of 3, 1103000001", "version_information of 5, 11050000000101",
        "chosen version 0, 11080000000000000001", "available version 0, 110c000000010000000100000000",
        "chosen version not available, 1108000000016b3343cf",
        "chosen version alone, 110400000001"})
    void malformedOnesAreErrors(String why, String hex) {
        assertEquals(TransportError.TRANSPORT_PARAMETER_ERROR, assertThrows(QuicException.class, () -> parse(hex, false), why).code());
    }

    @ParameterizedTest @ValueSource(strings = {
        "000101", "0210" + TOKEN, "100101", "0d2a" + "7f0000010001" + "00000000000000000000000000000000" + "0000" + "0101" + TOKEN})
    void onesThatOnlyAServerSendsAreErrorsFromAClient(String hex) throws QuicException {
        assertNotNull(parse(hex, true));
        assertEquals(TransportError.TRANSPORT_PARAMETER_ERROR, assertThrows(QuicException.class, () -> parse(hex, false)).code());
    }

    @ParameterizedTest @ValueSource(strings = {
        "020f000102030405060708090a0b0c0d0e", "0211" + TOKEN + "00", "0200",
        "0d29" + "7f0000010001" + "00000000000000000000000000000000" + "0000" + "00" + TOKEN,            // no connection id
        "0d2a" + "7f0000010001" + "00000000000000000000000000000000" + "0000" + "0201" + TOKEN,          // its length is not what it says
        "0d28" + "7f0000010001" + "00000000000000000000000000000000" + "0000" + "000102030405060708090a0b0c0d0e0f",
        "0d403e" + "7f0000010001" + "00000000000000000000000000000000" + "0000" + "15000102030405060708090a0b0c0d0e0f1011121314" + TOKEN,
        "0d00",
        "0f00" + "0d2a" + "7f0000010001" + "00000000000000000000000000000000" + "0000" + "0101" + TOKEN}) // from a server without connection ids
    void malformedOnesOfAServerAreErrors(String hex) {
        assertEquals(TransportError.TRANSPORT_PARAMETER_ERROR, assertThrows(QuicException.class, () -> parse(hex, true)).code());
    }

    @Test void edgesAreAllowed() throws QuicException {
        assertEquals(1200, parse("030244b0", false).maxUdpPayloadSize);
        assertEquals(20, parse("0a0114", false).ackDelayExponent);
        assertEquals(16_383, parse("0b027fff", false).maxAckDelay);
        assertEquals(2, parse("0e0102", false).activeConnectionIdLimit);
        assertEquals(0, parse("0f00", false).initialSourceConnectionId.length());
        assertEquals(0, parse("110400000001", true).availableVersions.length, "a server may list none");
        assertTrue(parse("6ab200", false).greaseQuicBit);
        assertTrue(parse("0c00", false).disableActiveMigration);
        assertNotNull(parse("1b00" + "ffffffffffffffff03010203" + "407f00" + "2101ff" + "6ab300", false), "unknown ones are ignored");
    }

    @Test void preferredAddressMayLackAFamily() throws QuicException {
        PreferredAddress p = parse("0d2a" + "7f0000010001" + "00000000000000000000000000000000" + "0000" + "0101" + TOKEN, true).preferredAddress;
        assertEquals(1, p.ipv4.getPort());
        assertNull(p.ipv6);
        assertArrayEquals(HexFormat.of().parseHex("7f0000010001" + "00000000000000000000000000000000" + "0000" + "0101" + TOKEN), p.encode());
    }

    @Test void rememberedOnesComeBackWithoutWhatBelongsToOneConnection() throws Exception {
        TransportParameters read = TransportParameters.parseRemembered(full().encodeRemembered());
        assertRemembered(full(), read);
        assertEquals(25, read.maxAckDelay);
        assertEquals(3, read.ackDelayExponent);
        assertNull(read.initialSourceConnectionId);
        assertNull(read.statelessResetToken);
        assertNull(read.preferredAddress);
        assertNull(TransportParameters.parseRemembered(new byte[] {4}));
    }

    @Test void noLimitThatEarlyDataReliedOnMayShrink() throws QuicException {
        List<ObjLongConsumer<TransportParameters>> limits = List.of(
            (p, v) -> p.activeConnectionIdLimit = v, (p, v) -> p.initialMaxData = v, (p, v) -> p.initialMaxStreamDataBidiLocal = v,
            (p, v) -> p.initialMaxStreamDataBidiRemote = v, (p, v) -> p.initialMaxStreamDataUni = v, (p, v) -> p.initialMaxStreamsBidi = v,
            (p, v) -> p.initialMaxStreamsUni = v, (p, v) -> p.maxDatagramFrameSize = v);
        for (ObjLongConsumer<TransportParameters> limit : limits) {
            TransportParameters before = new TransportParameters(), now = new TransportParameters();
            limit.accept(before, 5);
            limit.accept(now, 5);
            now.checkNotBelow(before);
            limit.accept(now, 6);
            now.checkNotBelow(before);
            limit.accept(now, 4);
            assertFalse(now.allowsEarlyData(before));
            assertEquals(TransportError.PROTOCOL_VIOLATION, assertThrows(QuicException.class, () -> now.checkNotBelow(before)).code());
        }
    }

    @Test void mutatedOnesAreReadOrRefused() throws Exception {
        Random random = new Random(13);
        byte[] seed = full().encode(random), small = HexFormat.of().parseHex("0408ffffffffffffffff05048000ffff0801100f088394c8f03e515708");
        int refused = 0;
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = (round % 3 == 0 ? seed : small).clone();
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(20));
            }
            if (random.nextInt(6) == 0) bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            try {
                TransportParameters p = TransportParameters.parse(bytes, random.nextBoolean());
                assertTrue(p.activeConnectionIdLimit >= 2 && p.maxUdpPayloadSize >= 1200 && p.ackDelayExponent <= 20 && p.maxAckDelay < 1 << 14
                    && p.initialMaxStreamsBidi <= 1L << 60 && p.initialMaxStreamsUni <= 1L << 60);
            } catch (QuicException e) {
                refused++;
                assertEquals(TransportError.TRANSPORT_PARAMETER_ERROR, e.code());
            }
        }
        assertTrue(refused > 20_000 && refused < 190_000, "the fuzz reaches both sides: " + refused);
    }

    private static TransportParameters parse(String hex, boolean fromServer) throws QuicException {
        return TransportParameters.parse(HexFormat.of().parseHex(hex.replace(" ", "")), fromServer);
    }
}
