package mqttq.quic.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import mqttq.wire.BufferPool;
import org.junit.jupiter.api.Test;

class ReceiveBufferTest {
    private final ReceiveBuffer buffer = new ReceiveBuffer(new BufferPool(1 << 16));

    private static ByteBuffer bytes(long offset, int n) {
        byte[] bytes = new byte[n];
        for (int i = 0; i < n; i++) bytes[i] = at(offset + i);
        return ByteBuffer.wrap(bytes);
    }

    private static byte at(long offset) {
        return (byte) (offset * 31 + (offset >> 8));
    }

    private void read(int n) {
        while (n > 0) {
            ByteBuffer view = buffer.view();
            int m = Math.min(n, view.remaining());
            for (int i = 0; i < m; i++) assertEquals(at(buffer.start() + i), view.get());
            buffer.skip(m);
            n -= m;
        }
    }

    @Test void nothingIsReadableBeforeTheGapIsFilled() {
        buffer.insert(10, bytes(10, 10));
        assertEquals(0, buffer.readable());
        buffer.insert(0, bytes(0, 10));
        assertEquals(20, buffer.readable());
        read(20);
        assertEquals(0, buffer.stretches());
    }

    @Test void toleratesOverlapsOnAllSides() {
        buffer.insert(10, bytes(10, 10));
        buffer.insert(5, bytes(5, 10));
        buffer.insert(15, bytes(15, 10));
        buffer.insert(12, bytes(12, 2));
        buffer.insert(0, bytes(0, 30));
        assertEquals(30, buffer.readable());
        read(30);
    }

    @Test void ignoresWhatWasDelivered() {
        buffer.skip(10);
        buffer.insert(0, bytes(0, 10));
        assertEquals(0, buffer.stretches());
        buffer.insert(5, bytes(5, 10));
        assertEquals(5, buffer.readable());
        read(5);
    }

    @Test void countsItsStretches() {
        for (int i = 1; i <= 64; i++) buffer.insert(2L * i, bytes(2L * i, 1));
        assertEquals(64, buffer.stretches());
    }

    @Test void keepsNoMemoryWhenAllIsDelivered() {
        buffer.insert(1000, bytes(1000, 1000));
        assertTrue(buffer.capacity() >= 2000);
        buffer.insert(0, bytes(0, 1000));
        read(2000);
        assertEquals(0, buffer.capacity());
    }

    @Test void keepsNoMoreThanItsReach() {
        for (int i = 1; i < 1 << 16; i += 2) buffer.insert(i, bytes(i, 1));
        assertEquals(1 << 16, buffer.capacity());
    }

    @Test void isWhatAnArrayIs() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            ReceiveBuffer in = new ReceiveBuffer(new BufferPool(1 << 16));
            int total = 10_000, start = 0;
            boolean[] here = new boolean[total];
            while (start < total) {
                int offset = Math.max(0, Math.min(total - 1, start - 50 + random.nextInt(600)));
                int n = Math.min(total - offset, 1 + random.nextInt(120));
                ByteBuffer data = bytes(offset, n);
                in.insert(offset, data);
                assertEquals(0, data.remaining());
                Arrays.fill(here, offset, offset + n, true);
                int readable = 0;
                while (start + readable < total && here[start + readable]) readable++;
                assertEquals(readable, in.readable());
                if (readable > 0 && random.nextBoolean()) {
                    ByteBuffer view = in.view();
                    int m = Math.min(view.remaining(), 1 + random.nextInt(readable));
                    for (int i = 0; i < m; i++) assertEquals(at(start + i), view.get());
                    in.skip(m);
                    start += m;
                }
                assertEquals(start, in.start());
            }
            assertEquals(0, in.stretches());
        }
    }
}
