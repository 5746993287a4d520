package mqttq.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;

class HeapTrimmerTest {
    private static final long MB = 1 << 20;

    private final SimWorld world = new SimWorld(1);
    private final TestHeap heap = new TestHeap();

    private static final class TestHeap implements HeapTrimmer.Heap {
        private long size, used, live;
        private int collections;

        @Override public long size() { return size; }
        @Override public long used() { return used; }

        @Override public void collect() {
            collections++;
            used = live;
            size = 2 * live;
        }
    }

    HeapTrimmerTest() { new HeapTrimmer(world.host("10.0.0.1"), heap); }

    private void periods(int count) { world.runFor(count * HeapTrimmer.PERIOD); }

    private void set(long size, long used, long live) {
        heap.size = size;
        heap.used = used;
        heap.live = live;
    }

    @Test void collectsOnceAfterABurst() {
        set(300 * MB, 200 * MB, 10 * MB);
        periods(10);
        assertEquals(1, heap.collections);
        assertEquals(20 * MB, heap.size);
    }

    @Test void leavesASmallHeapAlone() {
        set(32 * MB, 4 * MB, MB);
        periods(10);
        assertEquals(0, heap.collections);
    }

    @Test void doesNotDisturbWork() {
        for (int i = 0; i < 10; i++) {
            set(300 * MB, (i % 2 == 0 ? 50 : 250) * MB, 10 * MB);
            periods(1);
        }
        assertEquals(0, heap.collections);
        periods(1);
        assertEquals(1, heap.collections);
    }

    @Test void aHeapFullOfWhatIsKeptIsNotCollectedAgainAndAgain() {
        set(300 * MB, 200 * MB, 140 * MB);
        periods(10);
        assertEquals(1, heap.collections);
        set(340 * MB, 145 * MB, 140 * MB);
        periods(10);
        assertEquals(1, heap.collections, "grown by less than a quarter");
        set(400 * MB, 145 * MB, 140 * MB);
        periods(10);
        assertEquals(2, heap.collections);
    }
}
