package mqttq.quic.stream;

import static mqttq.quic.stream.StreamPair.text;
import static mqttq.quic.stream.StreamPair.zeros;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.TransportError;
import mqttq.quic.stream.StreamPair.End;
import mqttq.quic.stream.StreamPair.Packet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class StreamsTest {
    private final StreamPair pair = new StreamPair();
    private final End client = pair.client, server = pair.server;

    private static void fails(long code, Executable what) {
        assertEquals(TransportError.name(code), TransportError.name(assertThrows(QuicException.class, what).code()));
    }

    private QuicStream openedBy(End end, boolean bidi, String text) throws QuicException {
        QuicStream stream = end.open(bidi);
        stream.write(text(text));
        end.turn(end == client ? server : client);
        client.take();
        server.take();
        return stream;
    }

    // --- a stream's life

    @Test void carriesDataBothWaysAndCloses() throws QuicException {
        QuicStream stream = client.open(true);
        assertEquals(5, stream.write(text("hello")));
        stream.finish();
        Packet packet = client.packet();
        assertEquals("STREAM(0,0+5,FIN)", packet.frames);
        server.receive(packet);
        assertEquals("opened0 data0:hello end0", server.take());
        client.acked(packet);
        assertEquals("finished0", client.take());
        QuicStream there = server.opened.poll();
        there.write(text("world"));
        there.finish();
        pair.settle();
        assertEquals("data0:world end0 closed0", client.take());
        assertEquals("finished0 closed0", server.take());
        assertTrue(stream.closed());
        assertEquals(0, client.streams.size() + server.streams.size());
    }

    @Test void unidirectionalStreamsCloseWhenAcknowledged() throws QuicException {
        QuicStream stream = client.open(false);
        assertEquals(2, stream.id());
        stream.write(text("x"));
        stream.finish();
        pair.settle();
        assertEquals("opened2 data2:x end2 closed2", server.take());
        assertEquals("finished2 closed2", client.take());
        assertEquals(0, server.opened.poll().write(text("y")));
    }

    @Test void anEndWithoutDataIsAFrameOfItsOwn() throws QuicException {
        QuicStream stream = openedBy(client, true, "abc");
        stream.finish();
        Packet packet = client.packet();
        assertEquals("STREAM(0,3+0,FIN)", packet.frames);
        client.lost(packet);
        assertEquals("STREAM(0,3+0,FIN)", client.packet().frames);
        server.receive(packet);
        assertEquals("end0", server.take());
    }

    @Test void theEndGoesWithTheLastByteThatIsSentAgain() throws QuicException {
        QuicStream stream = client.open(true);
        stream.write(text("abc"));
        Packet first = client.packet();
        stream.finish();
        Packet second = client.packet();
        client.lost(first);
        client.lost(second);
        assertEquals("STREAM(0,0+3,FIN)", client.packet().frames);
        assertNull(client.packet());
    }

    @Test void finishedOnlyWhenEverythingIsAcknowledged() throws QuicException {
        QuicStream stream = client.open(true);
        stream.write(text("abc"));
        Packet data = client.packet();
        stream.finish();
        Packet fin = client.packet();
        client.acked(fin);
        assertEquals("", client.take());
        client.acked(data);
        assertEquals("finished0", client.take());
    }

    @Test void coalescesManySmallWritesOfManyStreams() throws QuicException {
        QuicStream a = client.open(true), b = client.open(true);
        for (int i = 0; i < 10; i++) {
            a.write(text("a"));
            b.write(text("b"));
        }
        assertEquals("STREAM(0,0+10) STREAM(4,0+10)", client.packet().frames);
    }

    @Test void streamsTakeTurnsPacketByPacket() throws QuicException {
        for (int i = 0; i < 3; i++) client.open(true).write(zeros(3000));
        StringBuilder order = new StringBuilder();
        for (int i = 0; i < 6; i++) order.append(client.packet().frames).append('\n');
        assertEquals("""
            STREAM(0,0+1196)
            STREAM(4,0+1196)
            STREAM(8,0+1196)
            STREAM(0,1196+1194)
            STREAM(4,1196+1194)
            STREAM(8,1196+1194)
            """, order.toString());
    }

    @Test void whoFindsNoRoomKeepsItsTurn() throws QuicException {
        QuicStream a = client.open(true), b = client.open(true), c = client.open(true);
        b.write(zeros(100));
        c.write(zeros(100));
        a.write(zeros(0));
        assertEquals("STREAM(4,0+100)", client.packet(104).frames);
        b.write(zeros(100));
        assertEquals("STREAM(8,0+86)", client.packet(90).frames);
    }

    // --- loss

    @Test void retransmitsOnlyWhatWasLost() throws QuicException {
        QuicStream stream = client.open(true);
        stream.write(zeros(5000));
        List<Packet> packets = client.flush();
        assertEquals(5, packets.size());
        client.lost(packets.get(1));
        client.lost(packets.get(3));
        assertEquals("STREAM(0,1196+1194)", client.packet().frames);
        assertEquals("STREAM(0,3584+1194)", client.packet().frames);
        assertNull(client.packet());
    }

    @Test void neverSaysAgainWhatIsStale() throws QuicException {
        QuicStream there = openedBy(client, true, "x");
        server.opened.poll();
        there.write(zeros(40_000));
        for (Packet p : client.flush()) server.receive(p);
        Packet first = server.packet();
        assertTrue(first.frames.contains("MAX_STREAM_DATA(0,"), first.frames);
        there.write(zeros(60_000));
        client.receive(first);
        for (Packet p : client.flush()) server.receive(p);
        Packet second = server.packet();
        assertTrue(second.frames.contains("MAX_STREAM_DATA(0,"), second.frames);
        server.lost(first);
        assertNull(server.packet());
        server.lost(second);
        assertTrue(server.packet().frames.contains("MAX_STREAM_DATA(0,"));
    }

    @Test void anOldAcknowledgmentDoesNotCancelANewUpdate() throws QuicException {
        Announced update = new Announced();
        update.set(5);
        update.sent(5);
        update.request();
        update.acked(5);
        assertTrue(update.pending());
    }

    @Test void resetIsSentUntilAcknowledged() throws QuicException {
        QuicStream stream = openedBy(client, true, "abc");
        stream.write(text("defg"));
        Packet data = client.packet();
        stream.write(text("never sent"));
        stream.reset(9);
        Packet packet = client.packet();
        assertEquals("RESET_STREAM(0,9,7)", packet.frames);
        client.lost(data);
        assertNull(client.packet(), "nothing of a stream that was reset is sent again");
        client.lost(packet);
        packet = client.packet();
        assertEquals("RESET_STREAM(0,9,7)", packet.frames);
        server.receive(packet);
        assertEquals("reset0:9", server.take());
        client.acked(packet);
        assertNull(client.packet());
        assertEquals(0, stream.unacknowledged());
    }

    @Test void stopSendingIsAnsweredByAReset() throws QuicException {
        QuicStream stream = openedBy(client, true, "abc");
        QuicStream there = server.opened.poll();
        there.stopSending(4);
        Packet stop = server.packet();
        assertEquals("STOP_SENDING(0,4)", stop.frames);
        client.receive(stop);
        assertEquals("stop0:4", client.take());
        assertEquals(0, stream.write(text("more")));
        Packet reset = client.packet();
        assertEquals("RESET_STREAM(0,4,3)", reset.frames);
        server.receive(reset);
        assertEquals("", server.take());
        server.lost(stop);
        assertNull(server.packet(), "pointless after the reset");
    }

    @Test void stopSendingIsPointlessOnceAllIsHere() throws QuicException {
        QuicStream stream = client.open(true);
        stream.write(text("abc"));
        stream.finish();
        server.receive(client.packet());
        server.opened.poll().stopSending(1);
        assertNull(server.packet());
    }

    @Test void whatComesAfterStopSendingIsDroppedAndCounted() throws QuicException {
        QuicStream stream = openedBy(client, true, "abc");
        server.opened.poll().stopSending(1);
        stream.write(zeros(60_000));
        stream.finish();
        for (Packet p : client.flush()) server.receive(p);
        assertEquals("", server.take());
        assertTrue(server.packet().frames.startsWith("MAX_DATA("));
    }

    // --- back-pressure and flow control

    @Test void pausedReadingKeepsDataAndWithholdsCredit() throws QuicException {
        QuicStream stream = openedBy(client, true, "a");
        QuicStream there = server.opened.poll();
        there.read(false);
        ByteBuffer data = zeros(100_000);
        while (stream.write(data) > 0) pair.settle();
        pair.settle();
        assertEquals("", server.take());
        assertEquals(Limits.DEFAULT.streamWindow(), there.receive.window.received);
        assertEquals(1, there.receive.window.consumed);
        there.read(true);
        assertEquals("", server.take(), "not from within read");
        server.streams.settle();
        assertTrue(server.bytes >= Limits.DEFAULT.streamWindow());
        pair.settle();
        while (stream.write(data) > 0) pair.settle();
        pair.settle();
        assertEquals(100_001, server.bytes);
    }

    @Test void whatIsLeftUnreadIsOfferedAgainWithWhatComesNext() throws QuicException {
        QuicStream stream = openedBy(client, true, "a");
        QuicStream there = server.opened.poll();
        StringBuilder seen = new StringBuilder();
        there.handler(new StreamHandler() {
            @Override public void onData(QuicStream s, ByteBuffer data) {
                seen.append('[').append(data.remaining()).append(']');
                if (data.remaining() >= 4) data.position(data.position() + 4);
            }

            @Override public void onEnd(QuicStream s) {
                seen.append("end");
            }

            @Override public void onClosed(QuicStream s, String reason) { }
        });
        stream.write(text("xyz"));
        client.turn(server);
        stream.write(text("xyz"));
        client.turn(server);
        stream.write(text("xy"));
        stream.finish();
        client.turn(server);
        assertEquals("[3][3][6][4]end", seen.toString());
    }

    /** Whoever pauses and goes on within one callback gets what it left, at once and not with what comes next. */
    @Test void readingThatGoesOnFromWithinACallbackIsNotForgotten() throws QuicException {
        for (boolean kept : new boolean[] {false, true}) {
            QuicStream stream = openedBy(client, true, "a"), there = server.opened.poll();
            StringBuilder seen = new StringBuilder();
            there.handler(new StreamHandler() {
                @Override public void onData(QuicStream s, ByteBuffer data) {
                    seen.append('[').append(data.remaining()).append(']');
                    s.read(false);
                    data.get();
                    s.read(true);
                }

                @Override public void onEnd(QuicStream s) {
                    seen.append("end");
                }

                @Override public void onClosed(QuicStream s, String reason) { }
            });
            there.read(!kept);
            stream.write(text("xyz"));
            stream.finish();
            client.turn(server);
            there.read(true);
            for (int woken = -1; woken != server.woken; pair.settle()) woken = server.woken;
            assertEquals("[3][2][1]end", seen.toString());
        }
    }

    @Test void theEndWaitsForReading() throws QuicException {
        QuicStream stream = openedBy(client, true, "a");
        QuicStream there = server.opened.poll();
        there.read(false);
        stream.finish();
        client.turn(server);
        assertEquals("", server.take());
        there.read(true);
        server.streams.settle();
        assertEquals("end0", server.take());
    }

    @Test void updatesComeWhenHalfTheWindowIsConsumed() throws QuicException {
        QuicStream stream = openedBy(client, true, "a");
        stream.write(zeros(32_766));
        for (Packet p : client.flush()) server.receive(p);
        assertNull(server.packet());
        stream.write(zeros(1));
        server.receive(client.packet());
        assertEquals("MAX_STREAM_DATA(0,98304)", server.packet().frames);
    }

    @Test void connectionWindowHoldsAllStreamsTogether() throws QuicException {
        QuicStream a = client.open(true), b = client.open(true);
        server.quiet = true;
        a.write(zeros(65_536));
        b.write(zeros(65_536));
        List<Packet> packets = client.flush();
        Packet last = packets.get(packets.size() - 1);
        assertTrue(last.frames.endsWith("DATA_BLOCKED(98304)"), last.frames);
        long sent = a.send.unacknowledged() + b.send.unacknowledged();
        assertEquals(131_072, sent);
        for (Packet p : packets) server.receive(p);
        assertEquals(98_304, server.bytes);
        pair.settle();
        assertEquals(131_072, server.bytes);
    }

    @Test void saysOnceThatALimitStopsIt() throws QuicException {
        QuicStream stream = openedBy(client, true, "a");
        server.opened.poll().read(false);
        stream.write(zeros(1 << 17));
        List<Packet> packets = client.flush();
        assertEquals("STREAM_DATA_BLOCKED(0,65536)", packets.get(packets.size() - 1).frames);
        stream.write(zeros(10));
        assertNull(client.packet());
        client.lost(packets.get(packets.size() - 1));
        assertEquals("STREAM_DATA_BLOCKED(0,65536)", client.packet().frames);
        client.streams.onMaxStreamData(0, 70_000);
        client.lost(packets.get(packets.size() - 1));
        assertTrue(client.packet().frames.startsWith("STREAM(0,65536+"));
    }

    @Test void windowGrowsWhereItHoldsBackTheSender() throws QuicException {
        QuicStream stream = openedBy(client, true, "a");
        server.quiet = true;
        QuicStream there = server.opened.poll();
        pair.smoothedRtt = 50_000_000;
        for (int i = 0; i < 400; i++) {
            stream.write(zeros(1 << 16));
            pair.now += 10_000_000;
            pair.settle();
        }
        assertEquals(Limits.DEFAULT.maxStreamWindow(), there.receive.window.window);
        assertTrue(pair.budget.left() < 10 << 20);
        client.streams.close("bye");
        server.streams.close("bye");
        assertEquals(10 << 20, pair.budget.left());
    }

    @Test void windowStaysWhereTheSenderIsSlow() throws QuicException {
        QuicStream stream = openedBy(client, true, "a");
        server.quiet = true;
        for (int i = 0; i < 100; i++) {
            stream.write(zeros(1 << 15));
            pair.now += 100_000_000;
            pair.settle();
        }
        assertEquals(Limits.DEFAULT.streamWindow(), server.opened.poll().receive.window.window);
    }

    @Test void sendBufferIsLimitedAndSaysWhenThereIsRoom() throws QuicException {
        StreamPair small = new StreamPair(new Limits(1 << 16, 1 << 16, 1 << 16, 1, 1, 64, 1024, 2048), Limits.DEFAULT);
        QuicStream stream = small.client.open(true);
        assertEquals(1024, stream.writable());
        assertEquals(2048, stream.write(zeros(5000)));
        assertEquals(0, stream.writable());
        assertEquals(0, stream.write(zeros(1)));
        assertEquals(2048, stream.unacknowledged());
        small.settle();
        assertEquals("writable0", small.client.take());
        assertEquals(1024, stream.writable());
        assertEquals(10 << 20, small.budget.left());
    }

    // --- limits on streams

    @Test void opensNoMoreThanThePeerAllows() throws QuicException {
        for (int i = 0; i < 16; i++) assertNotNull(client.open(true));
        assertNull(client.open(true));
        Packet packet = client.packet();
        assertEquals("STREAMS_BLOCKED(bidi,16)", packet.frames);
        client.streams.onMaxStreams(true, 17);
        client.streams.settle();
        assertEquals("openabletrue", client.take());
        assertNotNull(client.open(true));
        assertNull(client.open(true));
    }

    @Test void closedStreamsGiveTheirPlaceBack() throws QuicException {
        server.quiet = client.quiet = true;
        for (int i = 0; i < 1000; i++) {
            QuicStream stream = client.open(true);
            assertNotNull(stream, "stream " + i);
            stream.write(text("a"));
            stream.finish();
            client.turn(server);
            server.opened.poll().finish();
            pair.settle();
        }
        assertEquals(0, server.streams.size());
        for (int i = 0; i < 100; i++) {
            client.open(false).finish();
            pair.settle();
        }
        assertEquals(0, server.streams.size() + client.streams.size());
    }

    @Test void aHigherStreamOpensLowerOnesWithoutMakingThem() throws QuicException {
        server.streams.onStream(60, 0, text("x"), false);
        assertEquals(1, server.streams.size());
        server.streams.onStream(4, 0, text("y"), false);
        server.streams.onStream(4, 1, text("z"), false);
        assertEquals(2, server.streams.size());
        assertEquals("opened60 data60:x opened4 data4:y data4:z", server.take());
    }

    @Test void moreStreamsThanAllowedIsAnError() throws QuicException {
        server.streams.onStream(4 * 15, 0, text("x"), false);
        fails(TransportError.STREAM_LIMIT_ERROR, () -> server.streams.onStream(4 * 16, 0, text("x"), false));
        fails(TransportError.STREAM_LIMIT_ERROR, () -> server.streams.onStream(4 * 3 + 2, 0, text("x"), false));
        fails(TransportError.STREAM_LIMIT_ERROR, () -> server.streams.onResetStream((1L << 62) - 4, 0, 0));
    }

    @Test void framesInTheWrongDirectionAreErrors() throws QuicException {
        client.open(false);
        Executable[] wrong = {
            () -> client.streams.onStream(2, 0, text("x"), false),
            () -> client.streams.onResetStream(2, 0, 0),
            () -> client.streams.onStreamDataBlocked(2, 0),
            () -> client.streams.onStopSending(3, 0),
            () -> client.streams.onMaxStreamData(3, 0),
            () -> client.streams.onStream(0, 0, text("x"), false),
            () -> client.streams.onResetStream(0, 0, 0),
            () -> client.streams.onStopSending(0, 0),
            () -> client.streams.onMaxStreamData(0, 0),
            () -> client.streams.onStopSending(6, 0),
            () -> client.streams.onStreamDataBlocked(4, 0)};
        for (Executable frame : wrong) fails(TransportError.STREAM_STATE_ERROR, frame);
    }

    @Test void anyFrameOfThePeersOpensItsStream() throws QuicException {
        server.streams.onStopSending(0, 7);
        server.streams.onMaxStreamData(4, 100_000);
        server.streams.onStreamDataBlocked(8, 1);
        server.streams.onResetStream(12, 5, 0);
        assertEquals("opened0 stop0:7 opened4 opened8 opened12 reset12:5", server.take());
    }

    @Test void moreStreamsThanIdsIsAnEncodingError() {
        fails(TransportError.FRAME_ENCODING_ERROR, () -> client.streams.onMaxStreams(true, (1L << 60) + 1));
    }

    @Test void refusedStreamsAreStoppedAndReset() throws QuicException {
        server.refuse = true;
        client.open(true).write(text("x"));
        client.turn(server);
        assertEquals("STOP_SENDING(0,0) RESET_STREAM(0,0,0)", server.packet().frames);
        assertEquals("opened0", server.take());
    }

    @Test void lateFramesOfClosedStreamsAreIgnored() throws QuicException {
        QuicStream stream = client.open(true);
        stream.finish();
        client.turn(server);
        server.opened.poll().finish();
        pair.settle();
        server.take();
        server.streams.onStream(0, 0, text("late"), false);
        server.streams.onResetStream(0, 1, 99);
        server.streams.onStopSending(0, 1);
        server.streams.onMaxStreamData(0, 1);
        server.streams.onStreamDataBlocked(0, 1);
        assertEquals("", server.take());
        assertEquals(0, server.streams.size());
    }

    // --- what a hostile peer says

    @Test void dataBeyondTheStreamsLimitIsAnError() throws QuicException {
        server.streams.onStream(0, 65_535, text("x"), false);
        fails(TransportError.FLOW_CONTROL_ERROR, () -> server.streams.onStream(0, 65_536, text("x"), false));
        fails(TransportError.FLOW_CONTROL_ERROR, () -> server.streams.onStream(0, (1L << 62) - 2, text("x"), false));
        fails(TransportError.FLOW_CONTROL_ERROR, () -> server.streams.onResetStream(0, 0, 65_537));
    }

    @Test void dataBeyondTheConnectionsLimitIsAnError() throws QuicException {
        server.streams.onStream(0, 65_535, text("x"), false);
        server.streams.onStream(4, 32_767, text("x"), false);
        fails(TransportError.FLOW_CONTROL_ERROR, () -> server.streams.onStream(8, 0, text("x"), false));
    }

    @Test void aResetGivesTheConnectionItsCreditBack() throws QuicException {
        for (int i = 0; i < 10; i++) {
            server.streams.onStream(4L * i, 10, text("x"), false);
            server.streams.onResetStream(4L * i, 0, 65_536);
            for (Packet p : server.flush()) client.receive(p);
        }
    }

    @Test void everyOrderOfContradictingFinalSizesIsAnError() throws QuicException {
        Executable[][] games = {
            {() -> server.streams.onStream(0, 0, text("abc"), true), () -> server.streams.onStream(0, 3, text("d"), false)},
            {() -> server.streams.onStream(4, 0, text("abc"), true), () -> server.streams.onStream(4, 0, text("ab"), true)},
            {() -> server.streams.onStream(8, 5, text("abc"), true), () -> server.streams.onResetStream(8, 0, 7)},
            {() -> server.streams.onStream(12, 5, text("abc"), true), () -> server.streams.onResetStream(12, 0, 9)},
            {() -> server.streams.onStream(16, 5, text("abc"), false), () -> server.streams.onStream(16, 0, text("abc"), true)},
            {() -> server.streams.onStream(20, 5, text("abc"), false), () -> server.streams.onResetStream(20, 0, 7)},
            {() -> server.streams.onResetStream(24, 0, 7), () -> server.streams.onResetStream(24, 0, 8)},
            {() -> server.streams.onResetStream(28, 0, 7), () -> server.streams.onStream(28, 7, text("x"), false)},
            {() -> server.streams.onResetStream(32, 0, 7), () -> server.streams.onStream(32, 0, text("x"), true)}};
        for (Executable[] game : games) {
            try {
                game[0].execute();
            } catch (Throwable t) {
                throw new AssertionError(t);
            }
            fails(TransportError.FINAL_SIZE_ERROR, game[1]);
        }
    }

    @Test void harmlessRepetitionsOfTheFinalSizeAreNone() throws QuicException {
        server.streams.onStream(0, 0, text("abc"), true);
        server.streams.onStream(0, 0, text("abc"), true);
        server.streams.onStream(0, 3, text(""), true);
        server.streams.onResetStream(0, 0, 3);
        assertEquals("opened0 data0:abc end0", server.take());
    }

    @Test void aResetDoesNotTakeBackWhatIsAllHere() throws QuicException {
        QuicStream stream = openedBy(client, true, "a");
        QuicStream there = server.opened.poll();
        there.read(false);
        stream.write(text("bc"));
        stream.finish();
        client.turn(server);
        server.streams.onResetStream(0, 9, 3);
        there.read(true);
        server.streams.settle();
        assertEquals("data0:bc end0", server.take());
    }

    @Test void oneByteFramesAtEvenOffsetsHaveAnEnd() throws QuicException {
        for (int i = 1; i <= 64; i++) server.streams.onStream(0, 2L * i, text("x"), false);
        fails(TransportError.PROTOCOL_VIOLATION, () -> server.streams.onStream(0, 130, text("x"), false));
    }

    @Test void fullPacketsWithManyHolesAreNoAttack() throws QuicException {
        StreamPair wide = new StreamPair(Limits.DEFAULT, new Limits(1 << 20, 1 << 20, 2 << 20, 1, 1, 64, 1 << 16, 1 << 16));
        for (int i = 1; i < 400; i++) wide.server.streams.onStream(0, 2400L * i, zeros(1200), false);
        assertEquals("opened0", wide.server.take());
    }

    @Test void streamCommitmentIsBoundedByTheConnectionsWindow() throws QuicException {
        int reserved = 0, refused = 0;
        for (int i = 0; i < 16; i++) {
            try {
                server.streams.onStream(4L * i, 30_000, text("x"), false);
                reserved += server.streams.get(4L * i).receive.buffer.capacity();
            } catch (QuicException e) {
                refused++;
            }
        }
        assertEquals(13, refused);
        assertTrue(reserved <= 2 * Limits.DEFAULT.connectionWindow(), "reserved " + reserved);
    }

    // --- 0-RTT

    @Test void rejectedEarlyDataIsSentAnewUnderTheRealLimits() throws QuicException {
        QuicStream a = client.open(true), b = client.open(true);
        a.write(text("abc"));
        a.finish();
        b.write(text("def"));
        b.reset(5);
        QuicStream c = client.open(false);
        c.write(zeros(2000));
        assertEquals(2, client.flush().size());
        client.streams.earlyRejected();
        assertNull(client.packet(), "no limit is known");
        client.streams.peerLimits(100_000, 1000, 1000, 1000, 1, 1);
        assertEquals("STREAM(0,0+3,FIN) STREAM(2,0+1000)", client.packet().frames);
        assertEquals("STREAM_DATA_BLOCKED(2,1000)", client.packet().frames);
        assertNull(client.packet(), "stream 4 is not allowed yet");
        client.streams.onMaxStreams(true, 2);
        assertEquals("RESET_STREAM(4,5,0)", client.packet().frames);
    }

    @Test void realLimitsRaiseRememberedOnes() throws QuicException {
        QuicStream stream = client.open(true);
        stream.write(zeros(1 << 17));
        client.flush();
        client.streams.peerLimits(1 << 20, 1 << 20, 1 << 20, 1 << 20, 100, 100);
        assertTrue(client.packet().frames.startsWith("STREAM(0,65536+"));
    }

    // --- re-entrancy and the end

    @Test void callbacksMayDoAnything() throws QuicException {
        QuicStream stream = openedBy(client, true, "a");
        QuicStream there = server.opened.poll();
        there.handler(new StreamHandler() {
            @Override public void onData(QuicStream s, ByteBuffer data) {
                s.write(text("echo"));
                s.finish();
                server.open(false).write(text("other"));
                s.stopSending(3);
                s.read(false);
                s.read(true);
                data.get();
            }

            @Override public void onEnd(QuicStream s) {
                throw new AssertionError("stopped");
            }

            @Override public void onClosed(QuicStream s, String reason) {
                server.log.add("gone");
            }
        });
        stream.write(text("xyz"));
        stream.finish();
        pair.settle();
        assertEquals("gone", server.take());
        assertEquals("finished0 data0:echo end0 opened3 data3:other closed0", client.take());
    }

    @Test void closingFromWithinACallbackIsTheEnd() throws QuicException {
        QuicStream stream = openedBy(client, true, "a");
        QuicStream there = server.opened.poll();
        there.read(false);
        stream.write(text("xyz"));
        stream.finish();
        client.turn(server);
        there.handler(new StreamHandler() {
            @Override public void onData(QuicStream s, ByteBuffer data) {
                server.streams.close("enough");
            }

            @Override public void onEnd(QuicStream s) {
                throw new AssertionError("closed");
            }

            @Override public void onClosed(QuicStream s, String reason) {
                server.log.add(reason);
            }
        });
        there.read(true);
        server.streams.settle();
        assertEquals("enough", server.take());
        assertFalse(server.streams.pending());
        assertNull(server.open(false));
    }

    @Test void closingTellsEveryStreamInOrder() {
        for (int i = 0; i < 3; i++) client.open(true);
        client.open(false);
        client.streams.close("idle timeout");
        assertEquals("closed0:idle timeout closed4:idle timeout closed8:idle timeout closed2:idle timeout", client.take());
        client.streams.close("again");
        assertEquals("", client.take());
    }

    @Test void theApplicationWakesTheConnection() {
        QuicStream stream = client.open(true);
        stream.write(text("x"));
        assertEquals(1, client.woken);
        stream.finish();
        stream.reset(1);
        stream.stopSending(2);
        assertTrue(client.woken >= 4);
    }
}
