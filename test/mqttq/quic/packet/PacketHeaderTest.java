package mqttq.quic.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import mqttq.tls.EncryptionLevel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PacketHeaderTest {
    private static final ConnectionId DESTINATION = ConnectionId.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    private static final ConnectionId SOURCE = ConnectionId.of(new byte[] {9, 10});
    private static final byte[] TOKEN = {70, 71, 72};
    private final PacketHeader header = new PacketHeader();
    private final HeaderWriter writer = new HeaderWriter();

    private static int typeBits(QuicVersion version, PacketType type) {
        // RFC 9000 table 5 and RFC 9369 §3.2.
        List<PacketType> types = List.of(PacketType.INITIAL, PacketType.ZERO_RTT, PacketType.HANDSHAKE, PacketType.RETRY);
        return types.indexOf(type) + (version == QuicVersion.V2 ? 1 : 0) & 3;
    }

    @ParameterizedTest @EnumSource(QuicVersion.class)
    void longHeadersAreReadAsWritten(QuicVersion version) {
        for (PacketType type : new PacketType[] {PacketType.INITIAL, PacketType.ZERO_RTT, PacketType.HANDSHAKE}) {
            for (int pnLength = 1; pnLength <= 4; pnLength++) {
                ByteBuffer out = ByteBuffer.allocate(200);
                out.position(11);
                writer.beginLong(out, type, version, DESTINATION, SOURCE, TOKEN, 0x01020304, pnLength);
                assertTrue(writer.isEmpty(out));
                assertEquals(HeaderWriter.longSize(type, 8, 2, 3, pnLength), writer.payload() - writer.start());
                out.position(out.position() + 30);
                writer.end(out, 16);
                assertFalse(writer.isEmpty(out));
                out.position(out.position() + 16);
                int end = out.position();
                assertTrue(start(out.limit(end).position(11), 0));
                assertEquals(type, header.type());
                assertEquals(version, header.version());
                assertEquals(version.id, header.versionNumber());
                assertEquals(0xc0 | typeBits(version, type) << 4 | pnLength - 1, header.array()[header.start()] & 0xff);
                assertEquals(DESTINATION, header.destination());
                assertEquals(SOURCE, header.source());
                assertArrayEquals(type == PacketType.INITIAL ? TOKEN : new byte[0], header.token());
                assertEquals(writer.packetNumberOffset(), header.packetNumberOffset());
                assertEquals(0x01020304 & (1L << 8 * pnLength) - 1, PacketNumber.read(header.array(), header.packetNumberOffset(), pnLength));
                assertEquals(11, header.start());
                assertEquals(end, header.end());
                assertTrue(header.fixedBit());
                assertFalse(header.next());
            }
        }
    }

    @Test void shortHeadersAreReadAsWritten() {
        for (int flags = 0; flags < 4; flags++) {
            ByteBuffer out = ByteBuffer.allocate(100);
            writer.beginShort(out, DESTINATION, (flags & 1) != 0, (flags & 2) != 0, 0x2ff, 2);
            assertEquals(HeaderWriter.shortSize(8, 2), out.position());
            assertEquals(0x41 | (flags & 1) * 0x20 | (flags >> 1) * 0x04, out.get(0));
            out.put(new byte[20]);
            writer.end(out, 16);
            assertTrue(start(out.flip(), 8));
            assertEquals((flags & 1) != 0, header.spin());
            assertEquals((flags & 2) != 0, header.keyPhase());
            assertEquals(PacketType.ONE_RTT, header.type());
            assertNull(header.version());
            assertEquals(DESTINATION, header.destination());
            assertEquals(9, header.packetNumberOffset());
            assertEquals(0, header.sourceLength());
            assertEquals(out.limit(), header.end());
            out.put(0, (byte) 0x01);
            assertTrue(start(out.rewind(), 8));
            assertFalse(header.fixedBit());
        }
        assertFalse(start(ByteBuffer.wrap(new byte[] {0x40, 1, 2, 3}), 3), "no packet number");
        assertTrue(start(ByteBuffer.wrap(new byte[] {0x40, 1, 2, 3, 4}), 3));
    }

    @Test void reservedBitsAreSeen() {
        for (int first = 0x40; first < 0x80; first++) {
            assertTrue(start(ByteBuffer.wrap(new byte[] {(byte) first, 1, 2}), 0));
            assertEquals((first & 0x18) != 0, header.reservedBits());
        }
        for (int low = 0; low < 16; low++) {
            assertTrue(start(ByteBuffer.wrap(HexFormat.of().parseHex("e" + Integer.toHexString(low) + "00000001" + "0000" + "0100")), 0));
            assertEquals((low & 0x0c) != 0, header.reservedBits());
        }
    }

    @Test void tinyPayloadsArePaddedForTheirSample() {
        for (int pnLength = 1; pnLength <= 4; pnLength++) {
            ByteBuffer out = ByteBuffer.allocate(100);
            writer.beginShort(out, ConnectionId.EMPTY, false, false, 5, pnLength);
            out.put((byte) 1);
            writer.end(out, 16);
            assertEquals(Math.max(4, pnLength + 1), out.position() - writer.packetNumberOffset());
            for (int i = writer.payload() + 1; i < out.position(); i++) assertEquals(0, out.get(i));
        }
    }

    @Test void longPacketsEndAtTheLengthOfTwoBytes() {
        ByteBuffer out = ByteBuffer.allocate(20_000);
        writer.beginLong(out, PacketType.HANDSHAKE, QuicVersion.V1, DESTINATION, SOURCE, null, 5, 1);
        out.position(writer.packetNumberOffset() + HeaderWriter.MAX_LONG_LENGTH - 16);
        writer.end(out, 16);
        out.put((byte) 1);
        assertThrows(IllegalStateException.class, () -> writer.end(out, 16));
    }

    @Test void coalescedPacketsComeOneAfterTheOther() {
        ByteBuffer out = ByteBuffer.allocate(500);
        add(out, PacketType.INITIAL, DESTINATION, 40);
        add(out, PacketType.HANDSHAKE, DESTINATION, 20);
        int shortAt = out.position();
        writer.beginShort(out, DESTINATION, false, false, 3, 1);
        out.put(new byte[30]);
        assertTrue(start(out.flip(), 8));
        assertEquals(PacketType.INITIAL, header.type());
        assertTrue(header.next());
        assertEquals(PacketType.HANDSHAKE, header.type());
        assertEquals(0, header.tokenLength());
        assertTrue(header.next());
        assertEquals(PacketType.ONE_RTT, header.type());
        assertEquals(shortAt, header.start());
        assertEquals(out.limit(), header.end());
        assertFalse(header.next());
    }

    @Test void packetsForAnotherDestinationAreSkipped() {
        ByteBuffer out = ByteBuffer.allocate(500);
        add(out, PacketType.INITIAL, DESTINATION, 40);
        add(out, PacketType.HANDSHAKE, SOURCE, 20);
        add(out, PacketType.HANDSHAKE, ConnectionId.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 9}), 20);
        add(out, PacketType.ZERO_RTT, DESTINATION, 20);
        assertTrue(start(out.flip(), 8));
        assertTrue(header.next());
        assertEquals(PacketType.ZERO_RTT, header.type());
        assertFalse(header.next());
    }

    @Test void whatFollowsThePacketsIsIgnored() {
        ByteBuffer out = ByteBuffer.allocate(500);
        add(out, PacketType.INITIAL, DESTINATION, 40);
        int end = out.position();
        out.put(new byte[] {0, 0, 0});
        assertTrue(start(out.flip(), 8));
        assertEquals(end, header.end());
        assertFalse(header.next());
    }

    private void add(ByteBuffer out, PacketType type, ConnectionId destination, int payload) {
        writer.beginLong(out, type, QuicVersion.V1, destination, SOURCE, TOKEN, 1, 2);
        out.put(new byte[payload]);
        writer.end(out, 16);
        out.put(new byte[16]);
    }

    @Test void buffersMayStartInTheMiddleOfTheirArray() {
        ByteBuffer out = ByteBuffer.allocate(500);
        add(out, PacketType.INITIAL, DESTINATION, 40);
        ByteBuffer whole = ByteBuffer.allocate(600).position(33);
        whole.put(out.flip()).flip().position(20);
        ByteBuffer slice = whole.slice().position(13);
        assertTrue(start(slice, 8));
        assertEquals(33, header.start());
        assertEquals(DESTINATION, header.destination());
    }

    /** One defect each; the first of its datagram, so that nothing comes of it. */
    @ParameterizedTest @ValueSource(strings = {
        "", "c0", "c000000001", "c00000000100", "c000000001010000", "c0000000010800",
        "c000000001150000000000000000000000000000000000000000000000000102",           // destination of 21 bytes
        "c000000001001500000000000000000000000000000000000000000000000102",           // source of 21 bytes
        "c0000000010000", "c0000000010000 4000 40", "c0000000010000 05 00000000",     // token
        "c0000000010000 00", "c0000000010000 00 40", "c0000000010000 00 02 00", "c0000000010000 00 00",  // length
        "c0000000010000 ffffffffffffffff 00 00", "c0000000010000 00 ffffffffffffffff 00",
        "e0000000010000", "e0000000010000 01",
        "f0000000010000 000102030405060708090a0b0c0d0e",                              // Retry shorter than its tag
        "c0000000000000", "c0000000000000 0102", "80000000000000 0000000100"})        // Version Negotiation without whole versions
    void malformedPacketsAreNothing(String hex) {
        assertFalse(start(ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", ""))), 8));
    }

    @Test void unknownVersionsAreReadAsFarAsTheInvariantsGo() {
        ByteBuffer out = ByteBuffer.allocate(700);
        out.put((byte) 0x80).putInt(0x1a2a3a4a).put((byte) 255).put(new byte[255]).put((byte) 200).put(new byte[200]).put(new byte[9]);
        assertTrue(start(out.flip(), 8));
        assertEquals(PacketType.UNKNOWN_VERSION, header.type());
        assertEquals(0x1a2a3a4a, header.versionNumber());
        assertEquals(255, header.destinationLength());
        assertEquals(200, header.sourceLength());
        assertEquals(out.limit(), header.end());
        ByteBuffer answer = ByteBuffer.allocate(500);
        assertTrue(VersionNegotiation.write(answer, header, 0, QuicVersion.V1.id, QuicVersion.V2.id));
        assertTrue(start(answer.flip(), 8));
        assertEquals(PacketType.VERSION_NEGOTIATION, header.type());
        assertEquals(200, header.destinationLength());
        assertEquals(255, header.sourceLength());
        assertEquals(2, header.versions());
        assertEquals(QuicVersion.V1.id, header.version(0));
        assertEquals(QuicVersion.V2.id, header.version(1));
        assertTrue(VersionNegotiation.lists(header, QuicVersion.V2.id));
        assertFalse(VersionNegotiation.lists(header, 0x1a2a3a4a));
        assertFalse(header.next());
    }

    @Test void versionNegotiationSwapsTheConnectionIds() {
        ByteBuffer out = ByteBuffer.allocate(100);
        out.put((byte) 0x80).putInt(0x1a2a3a4a).put((byte) 2).put(new byte[] {1, 2}).put((byte) 1).put((byte) 9);
        assertTrue(start(out.flip(), 8));
        ByteBuffer answer = ByteBuffer.allocate(14);
        assertTrue(VersionNegotiation.write(answer, header, 0xff, 0x11223344));
        assertEquals("ff00000000" + "0109" + "020102" + "11223344", HexFormat.of().formatHex(answer.array(), 0, answer.position()));
        assertFalse(VersionNegotiation.write(ByteBuffer.allocate(13), header, 0xff, 0x11223344));
        assertEquals(0x0a0a0a0a, VersionNegotiation.reserved(0) & 0x0f0f0f0f);
        assertEquals(0xfafafafa, VersionNegotiation.reserved(-1));
    }

    @Test void levelsBelongToTheTypesThatCarryFrames() {
        assertEquals(List.of(EncryptionLevel.values()), Arrays.stream(PacketType.values()).map(t -> t.level).filter(l -> l != null).toList());
        assertEquals(QuicVersion.V2, QuicVersion.of(0x6b3343cf));
        assertNull(QuicVersion.of(0));
        assertThrows(IllegalArgumentException.class, () -> QuicVersion.V1.typeBits(PacketType.ONE_RTT));
    }

    @Test void initialDatagramsAreExpanded() {
        assertTrue(DatagramSize.mustExpand(false, true, false, false));
        assertFalse(DatagramSize.mustExpand(true, true, false, false));
        assertTrue(DatagramSize.mustExpand(true, true, true, false));
        assertFalse(DatagramSize.mustExpand(false, false, false, false));
        assertTrue(DatagramSize.mustExpand(true, false, false, true));
    }

    @Test void mutatedDatagramsAreSplitWithinTheirBounds() {
        Random random = new Random(11);
        List<byte[]> seeds = new ArrayList<>();
        for (QuicVersion version : QuicVersion.values()) {
            ByteBuffer out = ByteBuffer.allocate(300);
            for (PacketType type : new PacketType[] {PacketType.INITIAL, PacketType.ZERO_RTT, PacketType.HANDSHAKE}) {
                writer.beginLong(out, type, version, DESTINATION, SOURCE, TOKEN, 1, 2);
                out.put(new byte[5]);
                writer.end(out, 16);
                out.put(new byte[16]);
            }
            out.put((byte) 0x41).put(DESTINATION.bytes()).put(new byte[5]);
            seeds.add(Arrays.copyOf(out.array(), out.position()));
            out.clear();
            Retry.write(out, version, DESTINATION, SOURCE, DESTINATION, TOKEN, 5);
            seeds.add(Arrays.copyOf(out.array(), out.position()));
        }
        seeds.add(HexFormat.of().parseHex("c000000000" + "0201020103" + "000000016b3343cf"));
        seeds.add(HexFormat.of().parseHex("c01a2a3a4a" + "0201020103" + "0000"));
        int packets = 0;
        for (int round = 0; round < 200_000; round++) {
            byte[] datagram = seeds.get(random.nextInt(seeds.size())).clone();
            for (int flips = random.nextInt(5); flips > 0; flips--) {
                int at = random.nextInt(random.nextBoolean() ? datagram.length : 30 % datagram.length);
                datagram[at] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(4));
            }
            int from = random.nextInt(3), to = random.nextInt(4) == 0 ? from + random.nextInt(datagram.length - from + 1) : datagram.length;
            header.datagram(ByteBuffer.wrap(datagram, from, to - from), random.nextInt(21));
            int steps = 0, last = from;
            while (header.next()) {
                packets++;
                assertTrue(++steps <= datagram.length && header.start() >= last && header.end() > header.start() && header.end() <= to);
                last = header.end();
                within(header.destinationOffset(), header.destinationLength());
                within(header.sourceOffset(), header.sourceLength());
                within(header.tokenOffset(), header.tokenLength());
                int pn = header.packetNumberOffset();
                if (header.type().level != null) assertTrue(pn > header.start() && pn < header.end());
                boolean known = header.version() != null || header.type() == PacketType.ONE_RTT;
                if (known) assertEquals(header.destinationLength(), header.destination().length());
                for (int i = 0; i < header.versions() && header.type() == PacketType.VERSION_NEGOTIATION; i++) header.version(i);
            }
        }
        assertTrue(packets > 100_000, "the fuzz reaches past the first byte: " + packets);
    }

    private void within(int offset, int length) {
        assertTrue(length == 0 || length > 0 && offset > header.start() && offset + length <= header.end());
    }

    private boolean start(ByteBuffer datagram, int shortIdLength) {
        header.datagram(datagram, shortIdLength);
        return header.next();
    }
}
