package mqttq.quic.frame;

import static mqttq.quic.packet.TransportError.FRAME_ENCODING_ERROR;
import static mqttq.quic.packet.TransportError.PROTOCOL_VIOLATION;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicException;
import mqttq.wire.Varint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameParserTest {
    private static final String TOKEN = "000102030405060708090a0b0c0d0e0f";
    /** Types 0x00 to 0x1e and DATAGRAM: a whole frame, then where RFC 9000 table 3 allows it, then F for "from a server only". */
    private static final String[] TABLE = {
        "00 IH01", "01 IH01", "0200000000 IH1", "0300000000010203 IH1", "04010203 01", "050102 01", "06000161 IH1", "070161 1F",
        "080161 01", "090161 01", "0a010161 01", "0b010161 01", "0c010561 01", "0d010561 01", "0e01050161 01", "0f01050161 01",
        "1001 01", "110102 01", "1201 01", "1301 01", "1401 01", "150102 01", "1601 01", "1701 01", "18010001aa" + TOKEN + " 01", "1901 1",
        "1a" + "0000000000000001 01", "1b" + "0000000000000001 1", "1c0a000161 IH01", "1d0a0161 01", "1e 1F", "3061 01", "310161 01"};
    private static final PacketType[] PACKETS = {PacketType.INITIAL, PacketType.HANDSHAKE, PacketType.ZERO_RTT, PacketType.ONE_RTT};

    @Test void everyCellOfTheTableOfFramesAndPackets() throws QuicException {
        for (String row : TABLE) {
            String frame = row.split(" ")[0], allowed = row.split(" ")[1];
            for (int p = 0; p < PACKETS.length; p++) {
                for (boolean fromServer : new boolean[] {false, true}) {
                    boolean ok = allowed.indexOf("IH01".charAt(p)) >= 0 && (fromServer || !allowed.endsWith("F"));
                    if (ok) parse(frame, PACKETS[p], fromServer);
                    else assertFails(PROTOCOL_VIOLATION, frame, PACKETS[p], fromServer);
                }
            }
        }
    }

    @Test void typesNotInTheTableAreUnknownEverywhere() {
        for (long type = 0; type < 1 << 16; type++) {
            if (FrameType.isKnown(type)) continue;
            ByteBuffer frame = ByteBuffer.allocate(16);
            Varint.put(frame, type);
            for (PacketType packet : PACKETS) {
                QuicException e = assertThrows(QuicException.class,
                    () -> FrameParser.parse(frame.duplicate().flip(), packet, true, 100, new FrameRecorder()));
                assertEquals(FRAME_ENCODING_ERROR, e.code());
                assertEquals(type, e.frameType());
            }
        }
        assertEquals(33, LongStream.range(0, 1 << 16).filter(FrameType::isKnown).count());
    }

    @ParameterizedTest @ValueSource(strings = {"00", "01", "02", "06", "1c", "30"})
    void packetsWithoutFramesCarryNone(String frame) {
        for (PacketType packet : new PacketType[] {PacketType.RETRY, PacketType.VERSION_NEGOTIATION, PacketType.UNKNOWN_VERSION}) {
            assertFails(PROTOCOL_VIOLATION, frame, packet, true);
        }
    }

    @Test void emptyPayloadIsAProtocolViolation() {
        for (PacketType packet : PACKETS) assertFails(PROTOCOL_VIOLATION, "", packet, true);
    }

    @ParameterizedTest @ValueSource(strings = {"4001", "80000001", "c000000000000001", "4000", "4008", "401e"})
    void frameTypesNotInTheShortestFormAreProtocolViolations(String frame) {
        assertFails(PROTOCOL_VIOLATION, frame, PacketType.ONE_RTT, true);
    }

    @Test void everyTruncationOfEveryFrameIsAnEncodingError() {
        for (String row : TABLE) {
            byte[] frame = HexFormat.of().parseHex(row.split(" ")[0]);
            int type = frame[0];
            // These two have no length: they end with the packet.
            boolean endless = List.of(0x08, 0x09, 0x0c, 0x0d, FrameType.DATAGRAM).contains(type);
            for (int length = 1; length < frame.length - (endless ? 1 : 0); length++) {
                String cut = HexFormat.of().formatHex(frame, 0, length);
                QuicException e = assertFails(FRAME_ENCODING_ERROR, cut, PacketType.ONE_RTT, true);
                assertEquals(type, e.frameType(), cut);
            }
        }
    }

    @ParameterizedTest @ValueSource(strings = {
        "02 05 00 00 06",                              // first range below zero
        "02 05 00 01 02 02 00",                        // gap below zero: low 3, high 3-2-2
        "02 05 00 01 02 01 01",                        // length below zero: high 0
        "02 05 00 3f 00",                              // more ranges than there are
        "02 05 00 ffffffffffffffff 00 00 00",
        "03 05 00 00 00 01 02",                        // ECN counts missing
        "02 00 00 01 00 ffffffffffffffff ffffffffffffffff",
        "06 ffffffffffffffff 01 00",                   // beyond 2^62-1
        "06 00 ffffffffffffffff 00",                   // longer than the packet
        "07 00",                                       // empty token
        "07 02 00",
        "0e 00 ffffffffffffffff 01 00",                // beyond 2^62-1
        "0c 00 ffffffffffffffff 00",                   // the same without a length
        "0a 00 05 00",
        "12 d000000000000001", "13 d000000000000001", "16 d000000000000001", "17 d000000000000001",
        "18 01 02 01 aa 000102030405060708090a0b0c0d0e0f", // retires what comes after it
        "18 01 00 00 000102030405060708090a0b0c0d0e0f",    // no id
        "18 01 00 15 000000000000000000000000000000000000000000 000102030405060708090a0b0c0d0e0f",
        "18 01 00 ff 00",
        "1c 00 00 05 00", "1d 00 05 00",
        "31 05 00",
        "40", "7f", "c0000000", "1f", "21", "2f", "32"})
    void malformedFramesAreEncodingErrors(String frame) {
        assertFails(FRAME_ENCODING_ERROR, frame.replace(" ", ""), PacketType.ONE_RTT, true);
    }

    @Test void limitsThemselvesAreAllowed() throws QuicException {
        assertEquals(List.of("STREAM 0 4611686018427387902 [00] false"), parse("0e00fffffffffffffffe0100"));
        assertEquals(List.of("STREAM 0 4611686018427387903 [] true"), parse("0f00ffffffffffffffff00"));
        assertEquals(List.of("MAX_STREAMS true 1152921504606846976"), parse("12d000000000000000"));
        assertEquals(List.of("ACK 5 0", "range 3 5", "range 0 1", "end -1 -1 -1"), parse("02050001020001"));
        assertEquals(List.of("ACK 5 0", "range 5 5", "end 1 2 3"), parse("0305000000010203"));
        assertEquals(List.of("RESET_STREAM 0 0 4611686018427387903"), parse("040000ffffffffffffffff"));
        String id = "aa".repeat(20);
        assertEquals(List.of("NEW_CONNECTION_ID 1 1 " + id + " [" + TOKEN + "]"), parse("18010114" + id + TOKEN));
    }

    @Test void varintsOfFieldsMayBeLongerThanNeeded() throws QuicException {
        assertEquals(List.of("MAX_DATA 1", "MAX_DATA 1", "MAX_DATA 1"), parse("104001" + "1080000001" + "10c000000000000001"));
    }

    @Test void framesFollowEachOtherToTheEnd() throws QuicException {
        assertEquals(List.of("PING", "STREAM 4 0 [6162] false", "CRYPTO 9 [63]", "PING", "STREAM 8 0 [010101] true"),
            parse("0001000a04026162060901630001" + "0908010101"));
    }

    @Test void datagramsAreHeldToTheSizeWeSaid() throws QuicException {
        assertEquals(List.of("DATAGRAM [6162]"), parse("31026162", 4));
        assertFails(PROTOCOL_VIOLATION, "31026162", 3);
        assertEquals(List.of("DATAGRAM [6162]"), parse("306162", 3));
        assertFails(PROTOCOL_VIOLATION, "306162", 2);
        assertFails(PROTOCOL_VIOLATION, "3100", 0);
        assertFails(PROTOCOL_VIOLATION, "30", 0);
        // Not the whole packet counts, only the frame.
        assertEquals(List.of("PING", "DATAGRAM [61]"), parse("00010000310161", 3));
    }

    @Test void flagsSayWhatThePacketWas() throws QuicException {
        assertEquals(FrameParser.PADDED, flags("0000"));
        assertEquals(FrameParser.ACK_ELICITING | FrameParser.NON_PROBING, flags("01"));
        assertEquals(FrameParser.NON_PROBING, flags("0205000000"));
        assertEquals(FrameParser.NON_PROBING, flags("1c000000"));
        assertEquals(FrameParser.ACK_ELICITING, flags("1a0000000000000001"));
        assertEquals(FrameParser.ACK_ELICITING | FrameParser.PADDED, flags("1b000000000000000100" + "18010001aa" + TOKEN));
        assertEquals(7, flags("1a000000000000000100" + "1001"));
        for (int type = 0; type <= 0x31; type++) {
            if (!FrameType.isKnown(type)) continue;
            assertEquals(!List.of(0, 2, 3, 0x1c, 0x1d).contains(type), FrameType.isAckEliciting(type));
            assertEquals(List.of(0, 0x18, 0x1a, 0x1b).contains(type), FrameType.isProbing(type));
        }
    }

    @Test void randomAndMutatedPayloadsEndInFramesOrAQuicException() {
        Random random = new Random(20);
        byte[][] seeds = new byte[TABLE.length][];
        for (int i = 0; i < TABLE.length; i++) seeds[i] = HexFormat.of().parseHex(TABLE[i].split(" ")[0]);
        Invariants handler = new Invariants();
        int failed = 0;
        for (int round = 0; round < 200_000; round++) {
            ByteBuffer payload = ByteBuffer.allocate(120);
            payload.position(random.nextInt(4));
            int start = payload.position();
            while (payload.remaining() > 40 && random.nextInt(5) > 0) payload.put(seeds[random.nextInt(seeds.length)]);
            payload.limit(payload.position()).position(start);
            for (int flips = random.nextInt(4); flips > 0 && payload.hasRemaining(); flips--) {
                int at = start + random.nextInt(payload.remaining());
                payload.put(at, (byte) (random.nextBoolean() ? random.nextInt() : payload.get(at) ^ 1 << random.nextInt(8)));
            }
            if (payload.hasRemaining() && random.nextInt(8) == 0) payload.limit(start + random.nextInt(payload.remaining() + 1));
            handler.limit = payload.limit();
            handler.calls = 0;
            try {
                FrameParser.parse(payload, PACKETS[random.nextInt(4)], random.nextBoolean(), random.nextInt(100), handler);
                assertEquals(handler.limit, payload.limit());
                assertEquals(0, payload.remaining());
            } catch (QuicException e) {
                failed++;
                assertTrue(e.code() == FRAME_ENCODING_ERROR || e.code() == PROTOCOL_VIOLATION);
                assertEquals(0, e.getStackTrace().length);
            }
            assertTrue(handler.calls <= 120, "one call a byte at most");
        }
        assertTrue(failed > 50_000 && failed < 199_000, "the fuzz reaches both sides: " + failed);
    }

    @Test void parsingAllocatesNothing() throws QuicException {
        StringBuilder frames = new StringBuilder();
        for (String row : TABLE) {
            // The two that end with the packet come last; the ids of NEW_CONNECTION_ID are objects.
            if (!row.matches("(08|09|0c|0d|18|30).*")) frames.append(row.split(" ")[0]);
        }
        ByteBuffer payload = ByteBuffer.wrap(HexFormat.of().parseHex(frames + "080161"));
        Invariants handler = new Invariants();
        handler.limit = payload.limit();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId(), least = Long.MAX_VALUE;
        for (int batch = 0; batch < 6; batch++) {
            long before = threads.getThreadAllocatedBytes(thread);
            for (int i = 0; i < 2000; i++) FrameParser.parse(payload.rewind(), PacketType.ONE_RTT, true, 100, handler);
            least = Math.min(least, threads.getThreadAllocatedBytes(thread) - before);
        }
        assertTrue(least < 2000, least + " bytes for 2000 packets");
    }

    private static int flags(String hex) throws QuicException {
        return FrameParser.parse(ByteBuffer.wrap(HexFormat.of().parseHex(hex)), PacketType.ONE_RTT, true, 100, new FrameRecorder());
    }

    private static List<String> parse(String hex) throws QuicException {
        return parse(hex, 100);
    }

    private static List<String> parse(String hex, long maxDatagram) throws QuicException {
        FrameRecorder recorder = new FrameRecorder();
        FrameParser.parse(ByteBuffer.wrap(HexFormat.of().parseHex(hex)), PacketType.ONE_RTT, true, maxDatagram, recorder);
        return recorder.seen;
    }

    private static void parse(String hex, PacketType packet, boolean fromServer) throws QuicException {
        FrameParser.parse(ByteBuffer.wrap(HexFormat.of().parseHex(hex)), packet, fromServer, 100, new FrameRecorder());
    }

    private static void assertFails(long code, String hex, long maxDatagram) {
        assertEquals(code, assertThrows(QuicException.class, () -> parse(hex, maxDatagram)).code(), hex);
    }

    private static QuicException assertFails(long code, String hex, PacketType packet, boolean fromServer) {
        QuicException e = assertThrows(QuicException.class, () -> parse(hex, packet, fromServer),
            () -> hex + " in " + packet + " from server: " + fromServer);
        assertEquals(code, e.code(), () -> hex + " in " + packet + ": " + e);
        return e;
    }
}
