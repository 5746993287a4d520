package mqttq.quic.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicException;
import mqttq.wire.Varint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is written is read as the same, and what does not fit leaves no trace. */
class FrameWriterTest {
    private static final long BIG = Varint.MAX;
    private static final byte[] TOKEN = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f");

    record Case(String expected, Predicate<ByteBuffer> write) { }

    static Stream<Case> frames() {
        ConnectionId id = ConnectionId.of(new byte[] {1, 2, 3});
        return Stream.of(
            new Case("PING", FrameWriter::ping),
            new Case("ACK 7 3, range 7 7, end -1 -1 -1", out -> FrameWriter.ack(out, new long[] {7, 7}, 1, 3) == 1),
            new Case("ACK " + BIG + " 0, range 5 " + BIG + ", range 0 3, end -1 -1 -1",
                out -> FrameWriter.ack(out, new long[] {5, BIG, 0, 3}, 2, 0) == 2),
            new Case("ACK 900 70, range 800 900, range 100 700, range 3 5, end -1 -1 -1",
                out -> FrameWriter.ack(out, new long[] {800, 900, 100, 700, 3, 5}, 3, 70) == 3),
            new Case("RESET_STREAM 4 256 " + BIG, out -> FrameWriter.resetStream(out, 4, 256, BIG)),
            new Case("STOP_SENDING 4 70000", out -> FrameWriter.stopSending(out, 4, 70000)),
            new Case("CRYPTO 1000 [0a0b]", out -> FrameWriter.crypto(out, 1000, 2) && put(out, 10, 11)),
            new Case("CRYPTO 0 []", out -> FrameWriter.crypto(out, 0, 0)),
            new Case("NEW_TOKEN [0102]", out -> FrameWriter.newToken(out, new byte[] {1, 2})),
            new Case("STREAM 8 0 [01] false", out -> FrameWriter.stream(out, 8, 0, 1, false) && put(out, 1)),
            new Case("STREAM 8 0 [] true", out -> FrameWriter.stream(out, 8, 0, 0, true)),
            new Case("STREAM " + BIG + " 16384 [0102] true", out -> FrameWriter.stream(out, BIG, 16384, 2, true) && put(out, 1, 2)),
            new Case("MAX_DATA " + BIG, out -> FrameWriter.maxData(out, BIG)),
            new Case("MAX_STREAM_DATA 3 64", out -> FrameWriter.maxStreamData(out, 3, 64)),
            new Case("MAX_STREAMS true " + (1L << 60), out -> FrameWriter.maxStreams(out, true, 1L << 60)),
            new Case("MAX_STREAMS false 0", out -> FrameWriter.maxStreams(out, false, 0)),
            new Case("DATA_BLOCKED 63", out -> FrameWriter.dataBlocked(out, 63)),
            new Case("STREAM_DATA_BLOCKED 0 1", out -> FrameWriter.streamDataBlocked(out, 0, 1)),
            new Case("STREAMS_BLOCKED true 9", out -> FrameWriter.streamsBlocked(out, true, 9)),
            new Case("STREAMS_BLOCKED false 9", out -> FrameWriter.streamsBlocked(out, false, 9)),
            new Case("NEW_CONNECTION_ID 9 9 010203 [000102030405060708090a0b0c0d0e0f]", out -> FrameWriter.newConnectionId(out, 9, 9, id, TOKEN)),
            new Case("RETIRE_CONNECTION_ID 2", out -> FrameWriter.retireConnectionId(out, 2)),
            new Case("PATH_CHALLENGE -2", out -> FrameWriter.pathChallenge(out, -2)),
            new Case("PATH_RESPONSE 1", out -> FrameWriter.pathResponse(out, 1)),
            new Case("CONNECTION_CLOSE 10 24 [6f6f]", out -> FrameWriter.connectionClose(out, 10, 24, "oo".getBytes()) && out.position() > 5),
            new Case("APPLICATION_CLOSE " + BIG + " [6f]", out -> FrameWriter.applicationClose(out, BIG, "o".getBytes()) && out.position() > 10),
            new Case("HANDSHAKE_DONE", FrameWriter::handshakeDone),
            new Case("DATAGRAM [01]", out -> FrameWriter.datagram(out, 1) && put(out, 1)));
    }

    private static boolean put(ByteBuffer out, int... bytes) {
        for (int b : bytes) out.put((byte) b);
        return true;
    }

    @ParameterizedTest @MethodSource("frames")
    void isReadAsItWasWritten(Case frame) throws QuicException {
        ByteBuffer out = ByteBuffer.allocate(200);
        assertTrue(frame.write.test(out));
        assertEquals(frame.expected, read(out.flip()));
    }

    @ParameterizedTest @MethodSource("frames")
    void fillsItsRoomExactlyAndIsLeftOutInLess(Case frame) {
        ByteBuffer out = ByteBuffer.allocate(200);
        frame.write.test(out);
        int size = out.position();
        assertTrue(frame.write.test(ByteBuffer.allocate(size)));
        // ACK and the closes shrink to what fits instead.
        if (frame.expected.contains("CLOSE") || frame.expected.contains(", range 0") || frame.expected.contains(", range 3")) return;
        for (int room = 0; room < size; room++) {
            ByteBuffer small = ByteBuffer.allocate(room);
            assertFalse(frame.write.test(small));
            assertEquals(0, small.position());
        }
    }

    @Test void ackGivesUpTheOldestRangesFirst() throws QuicException {
        long[] ranges = {1000, 2000, 100, 900, 50, 60, 1, 2};
        int last = 0;
        for (int room = 0; room < 30; room++) {
            ByteBuffer out = ByteBuffer.allocate(room);
            int written = FrameWriter.ack(out, ranges, 4, 5);
            assertTrue(written >= last && written <= last + 1);
            last = written;
            if (written == 0) {
                assertEquals(0, out.position());
                continue;
            }
            String seen = read(out.flip());
            assertTrue(seen.startsWith("ACK 2000 5, range 1000 2000"));
            assertEquals(written, seen.split("range").length - 1);
        }
        assertEquals(4, last);
    }

    @Test void reasonIsCutToTheRoomThereIs() throws QuicException {
        byte[] reason = "x".repeat(70).getBytes();
        for (int room = 0; room < 80; room++) {
            ByteBuffer quic = ByteBuffer.allocate(room), application = ByteBuffer.allocate(room);
            assertEquals(room >= 4, FrameWriter.connectionClose(quic, 10, 0, reason));
            assertEquals(room >= 3, FrameWriter.applicationClose(application, 10, reason));
            if (quic.flip().hasRemaining()) assertTrue(read(quic).startsWith("CONNECTION_CLOSE 10 0 ["));
            if (application.flip().hasRemaining()) assertTrue(read(application).startsWith("APPLICATION_CLOSE 10 ["));
            assertTrue(room < 4 || quic.limit() >= Math.min(room, 75) - 1, "uses the room");
        }
    }

    @Test void dataRoomIsTheMostThatFits() {
        int header = FrameWriter.streamHeaderSize(4, 1000, 0);
        for (int room = header; room < 17_000; room++) {
            int most = FrameWriter.dataRoom(room, header);
            assertTrue(FrameWriter.streamHeaderSize(4, 1000, most) + most <= room);
            assertTrue(FrameWriter.streamHeaderSize(4, 1000, most + 1) + most + 1 > room);
        }
        assertTrue(FrameWriter.dataRoom(header - 1, header) < 0);
        assertEquals(FrameWriter.cryptoHeaderSize(5, 0) + 1, FrameWriter.cryptoHeaderSize(5, 64));
    }

    @Test void paddingReachesItsEndAndNeverGoesBack() {
        ByteBuffer out = ByteBuffer.allocate(100);
        FrameWriter.padding(out, 0);
        FrameWriter.padding(out, 21);
        assertEquals(21, out.position());
        FrameWriter.padding(out, 5);
        assertEquals(21, out.position());
        FrameWriter.padding(out, 100);
        assertEquals(100, out.position());
    }

    private static String read(ByteBuffer payload) throws QuicException {
        FrameRecorder recorder = new FrameRecorder();
        FrameParser.parse(payload, PacketType.ONE_RTT, true, 100, recorder);
        assertEquals(List.of(), recorder.seen.stream().filter(String::isEmpty).toList());
        return String.join(", ", recorder.seen);
    }
}
