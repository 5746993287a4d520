package mqttq.quic.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import mqttq.wire.BufferPool;
import org.junit.jupiter.api.Test;

class SendBufferTest {
    private final SendBuffer buffer = new SendBuffer(new BufferPool(1 << 16));

    private void write(int n) {
        byte[] bytes = new byte[n];
        for (int i = 0; i < n; i++) bytes[i] = (byte) (buffer.end() + i);
        buffer.write(ByteBuffer.wrap(bytes), n);
    }

    private String take(int n) {
        String text = buffer.nextOffset() + "+" + n;
        ByteBuffer out = ByteBuffer.allocate(n);
        long from = buffer.nextOffset();
        buffer.take(n, out);
        for (int i = 0; i < n; i++) assertEquals((byte) (from + i), out.get(i));
        return text;
    }

    @Test void sendsOnceWhatIsNotLost() {
        write(100);
        assertEquals(100, buffer.nextLength());
        assertEquals("0+60", take(60));
        assertEquals("60+40", take(40));
        assertFalse(buffer.hasUnsent());
        buffer.onAcked(0, 60);
        assertEquals(40, buffer.unacknowledged());
        buffer.onAcked(60, 40);
        assertEquals(0, buffer.unacknowledged());
    }

    @Test void retransmitsOnlyWhatWasLost() {
        write(100);
        take(30);
        take(30);
        take(40);
        buffer.onLost(30, 30);
        assertTrue(buffer.hasLost());
        assertEquals(30, buffer.nextLength());
        assertEquals("30+30", take(30));
        assertFalse(buffer.hasLost());
    }

    @Test void sendsLostBytesBeforeNewOnes() {
        write(100);
        take(50);
        buffer.onLost(0, 50);
        assertEquals("0+50", take(50));
        assertEquals("50+50", take(50));
    }

    @Test void doesNotRetransmitWhatWasAcknowledgedMeanwhile() {
        write(100);
        take(100);
        buffer.onAcked(20, 20);
        buffer.onLost(0, 60);
        assertEquals("0+20", take(20));
        assertEquals("40+20", take(20));
        assertFalse(buffer.hasLost());
    }

    @Test void aLateAcknowledgmentCancelsTheRetransmission() {
        write(100);
        take(100);
        buffer.onLost(0, 100);
        buffer.onAcked(0, 100);
        assertFalse(buffer.hasLost());
        assertEquals(0, buffer.unacknowledged());
    }

    @Test void unsendingStartsFromTheBeginning() {
        write(100);
        take(80);
        buffer.onLost(0, 10);
        buffer.unsend();
        assertEquals(0, buffer.sent());
        assertEquals("0+100", take(100));
    }

    @Test void keepsNoMemoryWhenAllIsAcknowledged() {
        BufferPool pool = new BufferPool(1 << 16);
        SendBuffer one = new SendBuffer(pool);
        one.write(ByteBuffer.allocate(1000), 1000);
        one.take(1000, ByteBuffer.allocate(1000));
        one.onAcked(0, 1000);
        byte[] back = pool.take(1000);
        pool.give(back);
        SendBuffer other = new SendBuffer(pool);
        other.write(ByteBuffer.allocate(1000), 1000);
        other.take(1000, ByteBuffer.allocate(1000));
        other.onAcked(0, 1000);
        assertEquals(System.identityHashCode(back), System.identityHashCode(pool.take(1000)));
    }

    /** Writes, sends, loses, acknowledges at random, as a network would, against an array of the state of each byte. */
    @Test void everyByteArrivesHoweverPacketsAreLost() {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            int total = 20_000;
            byte[] sent = new byte[total], arrived = new byte[total];
            random.nextBytes(sent);
            boolean[] known = new boolean[total];
            SendBuffer out = new SendBuffer(new BufferPool(1 << 16));
            List<long[]> flight = new ArrayList<>();
            int written = 0;
            while (out.base() < total) {
                if (written < total && random.nextInt(3) == 0) {
                    int n = Math.min(total - written, 1 + random.nextInt(500));
                    out.write(ByteBuffer.wrap(sent, written, n), n);
                    written += n;
                }
                if ((out.hasLost() || out.hasUnsent()) && random.nextBoolean()) {
                    int n = (int) Math.min(out.nextLength(), 1 + random.nextInt(300));
                    long offset = out.nextOffset();
                    for (int i = 0; i < n; i++) assertFalse(known[(int) offset + i], "sent again though acknowledged");
                    ByteBuffer packet = ByteBuffer.wrap(arrived, (int) offset, n);
                    out.take(n, packet);
                    flight.add(new long[] {offset, n});
                }
                if (!flight.isEmpty() && random.nextInt(3) == 0) {
                    long[] packet = random.nextInt(10) == 0 ? flight.get(0) : flight.remove(random.nextInt(flight.size()));
                    if (random.nextInt(3) == 0) {
                        out.onLost(packet[0], packet[1]);
                    } else {
                        out.onAcked(packet[0], packet[1]);
                        for (int i = 0; i < packet[1]; i++) known[(int) packet[0] + i] = true;
                    }
                }
                int unknown = 0;
                while (unknown < total && known[unknown]) unknown++;
                assertEquals(unknown, out.base());
            }
            assertArrayEquals(sent, arrived);
        }
    }
}
