package mqttq.server;

import mqttq.loop.Loop;
import mqttq.loop.Timers;

/**
 * Gives memory back after a burst: a JVM returns what its heap has grown by after a full collection only, and a process without work has none.
 * Loop thread.
 */
final class HeapTrimmer implements Runnable {
    /** Between two looks, ns. */
    static final long PERIOD = 10_000_000_000L;
    /** Bytes: a heap of up to this size is left alone; a period in which more than that was allocated is work, which a collection would disturb. */
    static final long SMALL = 32L << 20, WORK = 8L << 20;

    /** A heap, in bytes. */
    interface Heap {
        Heap JVM = new Heap() {
            @Override public long size() { return Runtime.getRuntime().totalMemory(); }
            @Override public long used() { return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory(); }
            @Override public void collect() { System.gc(); }
        };

        long size();
        long used();
        void collect();
    }

    private final Loop loop;
    private final Heap heap;
    private final Timers.Timer timer;
    /** When it looked last; and the size that a collection did not reduce any more. */
    private long used, kept;

    HeapTrimmer(Loop loop, Heap heap) {
        this.loop = loop;
        this.heap = heap;
        timer = loop.timer(this);
        timer.at(loop.now() + PERIOD);
    }

    @Override public void run() {
        long before = used;
        used = heap.used();
        if (heap.size() > Math.max(SMALL, kept + kept / 4) && Math.abs(used - before) < WORK) {
            heap.collect();
            kept = heap.size();
            used = heap.used();
        }
        timer.at(loop.now() + PERIOD);
    }
}
