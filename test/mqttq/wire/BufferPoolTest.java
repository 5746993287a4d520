package mqttq.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BufferPoolTest {
    private final BufferPool pool = new BufferPool(1 << 14);

    @ParameterizedTest @CsvSource({"0, 128", "1, 128",
        "128, 128", "129, 256", "1200, 2048", "2048, 2048", "65535, 65536", "65536, 65536", "65537, 131072"})
    void handsOutTheNextPowerOfTwo(int size, int length) {
        assertEquals(length, pool.take(size).length);
    }

    @Test void whatWasGivenBackIsTakenAgainLastFirst() {
        byte[] first = pool.take(200), second = pool.take(200);
        assertNotSame(first, second);
        pool.give(first);
        pool.give(second);
        assertSame(second, pool.take(256));
        assertSame(first, pool.take(129));
        assertNotSame(first, pool.take(129));
    }

    @Test void keepsNoMoreThanItWasToldButAlwaysTwo() {
        assertEquals((1 << 14) / 128, kept(128));
        assertEquals(2, kept(1 << 14));
        assertEquals(2, kept(1 << 16));
    }

    private int kept(int size) {
        Map<byte[], Boolean> given = new IdentityHashMap<>();
        for (int i = 0; i < 300; i++) given.put(new byte[size], true);
        for (byte[] array : given.keySet()) pool.give(array);
        int kept = 0;
        while (given.containsKey(pool.take(size))) kept++;
        return kept;
    }

    @Test void leavesForeignAndGiantArraysToTheCollector() {
        byte[] odd = new byte[200], tiny = new byte[64], giant = pool.take(1 << 17);
        pool.give(odd);
        pool.give(tiny);
        pool.give(giant);
        pool.give(new byte[0]);
        assertNotSame(tiny, pool.take(64));
        assertEquals(256, pool.take(200).length);
        assertNotSame(giant, pool.take(1 << 17));
    }

    @Test void neverHandsOutTheSameArrayTwice() {
        Random random = new Random(6);
        Map<byte[], Boolean> out = new IdentityHashMap<>();
        for (int i = 0; i < 50_000; i++) {
            byte[] array = pool.take(random.nextInt(4000));
            assertEquals(null, out.put(array, true));
            if (out.size() > 20) {
                byte[] back = out.keySet().iterator().next();
                out.remove(back);
                pool.give(back);
            }
        }
        assertTrue(out.size() <= 20);
    }
}
