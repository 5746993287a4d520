package mqttq.quic.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import java.util.TreeSet;
import mqttq.wire.Varint;
import org.junit.jupiter.api.Test;

class ReceivedPacketsTest {
    private static final long MS = 1_000_000, MAX_ACK_DELAY = 25 * MS, NEVER = Long.MAX_VALUE;
    private final ReceivedPackets received = new ReceivedPackets(PacketNumberSpace.APPLICATION, MAX_ACK_DELAY);
    private final ByteBuffer out = ByteBuffer.allocate(1200);

    private void eliciting(long now, long... numbers) {
        for (long n : numbers) received.onReceived(now, n, true, false);
    }

    private String ack(long now, int room) {
        out.clear();
        received.writeAck(now, out, room, 3);
        return HexFormat.of().formatHex(out.array(), 0, out.position());
    }

    @Test void acknowledgesTheFirstPacketWithinMaxAckDelay() {
        eliciting(5 * MS, 0);
        assertEquals(5 * MS + MAX_ACK_DELAY, received.deadline());
        assertTrue(received.pending());
    }

    @Test void acknowledgesEverySecondElicitingPacketAtOnce() {
        eliciting(0, 0, 1);
        assertEquals(0, received.deadline());
        ack(0, 100);
        assertEquals(NEVER, received.deadline());
        eliciting(0, 2);
        assertEquals(MAX_ACK_DELAY, received.deadline());
    }

    @Test void acknowledgesHandshakePacketsAtOnce() {
        for (int space = 0; space < 2; space++) {
            ReceivedPackets handshake = new ReceivedPackets(space, MAX_ACK_DELAY);
            handshake.onReceived(0, 0, true, false);
            assertEquals(0, handshake.deadline());
        }
    }

    @Test void neverAcknowledgesForAcknowledgmentsAlone() {
        received.onReceived(0, 0, false, false);
        received.onReceived(0, 7, false, true);
        assertEquals(NEVER, received.deadline());
        assertFalse(received.pending());
    }

    @Test void acknowledgesAGapAtOnceButNotThePacketAfter() {
        eliciting(0, 0);
        ack(0, 100);
        eliciting(0, 2);
        assertEquals(0, received.deadline());
        ack(0, 100);
        eliciting(MS, 3);
        assertEquals(MS + MAX_ACK_DELAY, received.deadline());
    }

    @Test void acknowledgesAReorderedPacketAtOnce() {
        eliciting(0, 0, 2);
        ack(0, 100);
        eliciting(0, 1);
        assertEquals(0, received.deadline());
    }

    @Test void ackOnlyPacketsBetweenAreNoGap() {
        eliciting(0, 0);
        ack(0, 100);
        received.onReceived(0, 1, false, false);
        eliciting(0, 2);
        assertEquals(MAX_ACK_DELAY, received.deadline());
    }

    @Test void acknowledgesCongestionExperiencedAtOnce() {
        received.onReceived(0, 0, true, true);
        assertEquals(0, received.deadline());
    }

    @Test void writesRangesFromTheHighest() {
        eliciting(0, 0, 1, 2, 5, 6, 9);
        // largest 9, delay 8000 µs >> 3 = 1000, two more ranges, first range 0; gap 1, length 1; gap 1, length 2
        assertEquals("0209" + "43e8" + "0200" + "0101" + "0102", ack(8 * MS, 100));
    }

    @Test void leavesOutTheOldestRangesWhereTheyDoNotFit() {
        eliciting(0, 0, 1, 2, 5, 6, 9);
        assertEquals("0209" + "00" + "0100" + "0101", ack(0, 7));
        assertEquals("0209" + "00" + "0000", ack(0, 6));
        assertEquals("0209" + "00" + "0000", ack(0, 5));
        assertEquals("", ack(0, 4));
    }

    @Test void delayIsCountedFromTheLargest() {
        eliciting(10 * MS, 5);
        eliciting(20 * MS, 4);
        assertEquals("0205" + Integer.toHexString(0x4000 | 20_000 >> 3) + "0001", ack(30 * MS, 100));
    }

    @Test void stopsReportingWhatThePeerKnowsWeReceived() {
        eliciting(0, 0, 1, 2, 5, 6);
        received.onAckAcked(6);
        eliciting(0, 9);
        assertEquals("0209" + "00" + "0000", ack(0, 100));
        assertTrue(received.isDuplicate(1));
        assertFalse(received.isDuplicate(3));
    }

    @Test void knowsDuplicates() {
        eliciting(0, 3, 4, 7);
        for (long n : new long[] {3, 4, 7}) assertTrue(received.isDuplicate(n));
        for (long n : new long[] {0, 2, 5, 6, 8}) assertFalse(received.isDuplicate(n));
    }

    @Test void neverKeepsMoreThanItsRanges() {
        for (long n = 0; n < 100_000; n += 2) eliciting(0, n);
        received.writeAck(0, out, 1200, 3);
        out.flip();
        Varint.get(out);
        assertEquals(99_998, Varint.get(out));
        Varint.get(out);
        assertEquals(ReceivedPackets.MAX_RANGES - 1, Varint.get(out));
        assertTrue(received.isDuplicate(1), "too old to be known");
        assertFalse(received.isDuplicate(99_997));
        long oldest = 99_998 - 2 * (ReceivedPackets.MAX_RANGES - 1);
        assertFalse(received.isDuplicate(oldest - 1));
        assertTrue(received.isDuplicate(oldest - 2));
    }

    @Test void nothingIsTakenTwice() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            ReceivedPackets packets = new ReceivedPackets(PacketNumberSpace.APPLICATION, MAX_ACK_DELAY);
            TreeSet<Long> taken = new TreeSet<>();
            for (int i = 0; i < 2000; i++) {
                long n = Math.max(0, i - random.nextInt(random.nextInt(20) == 0 ? 300 : 8));
                boolean duplicate = packets.isDuplicate(n);
                if (taken.contains(n)) assertTrue(duplicate);
                if (duplicate) continue;
                assertTrue(taken.add(n));
                packets.onReceived(i, n, true, false);
                assertEquals(taken.last(), packets.largest());
                if (random.nextInt(3) == 0) checkAck(packets, taken, i);
                if (random.nextInt(10) == 0) packets.onAckAcked(Math.max(0, i - random.nextInt(50)));
            }
        }
    }

    /** Everything an ACK says was received. */
    private void checkAck(ReceivedPackets packets, TreeSet<Long> taken, long now) {
        out.clear();
        assertEquals(taken.last(), packets.writeAck(now, out, 200, 3));
        out.flip();
        Varint.get(out);
        long high = Varint.get(out), delay = Varint.get(out), count = Varint.get(out), low = high - Varint.get(out);
        assertTrue(delay >= 0);
        for (;;) {
            assertEquals(high - low + 1, taken.subSet(low, true, high, true).size());
            assertFalse(taken.contains(low - 1));
            if (count-- == 0) break;
            high = low - Varint.get(out) - 2;
            low = high - Varint.get(out);
        }
        assertFalse(out.hasRemaining());
    }
}
