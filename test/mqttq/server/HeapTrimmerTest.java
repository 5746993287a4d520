package mqttq.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;

class HeapTrimmerTest {
    private static final long MB = 1 << 20;

    private final SimWorld world = new SimWorld(1);
    private final TestHeap heap = new TestHeap();

    private static final class TestHeap extends JvmMemory {
        private long size, used, live, resident;
        private int collections, trims;

        @Override long heap() { return size; }
        @Override long resident() { return resident; }
        @Override void trim() { trims++; }
        @Override long used() { return used; }

        @Override void collect() {
            collections++;
            used = live;
            size = 2 * live;
        }
    }

    HeapTrimmerTest() {
        new HeapTrimmer(world.host("10.0.0.1"), heap);
        world.runFor(HeapTrimmer.PERIOD / 2); // what a look asks for is done before the period ends
    }

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
        set(24 * MB, 4 * MB, MB);
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

    @Test void looksAgainLater() {
        set(300 * MB, 145 * MB, 140 * MB);
        periods(200);
        assertEquals(1, heap.collections);
        periods(100);
        assertEquals(2, heap.collections);
    }

    @Test void trimsALargeProcessNowAndThen() {
        heap.resident = 80 * MB;
        periods(10);
        assertEquals(0, heap.trims);
        heap.resident = 100 * MB;
        periods(2);
        assertEquals(1, heap.trims);
        periods(12);
        assertTrue(heap.trims >= 4 && heap.trims <= 6, heap.trims + " times");
    }

    @Test void trimsWhenTheCompilerHasHadItsTime() {
        heap.resident = 100 * MB;
        periods(1);
        set(20 * MB, 10 * MB, 2 * MB);
        periods(2);
        assertEquals(0, heap.trims);
        periods(1);
        assertEquals(1, heap.trims);
    }

    @Test void readsThisProcess() {
        JvmMemory memory = new JvmMemory();
        assertTrue(memory.used() > 0 && memory.used() <= memory.heap());
        memory.trim();
        assertTrue(memory.resident() > 10 * MB || !System.getProperty("os.name").equals("Linux"), memory.resident() + " bytes");
    }
}
