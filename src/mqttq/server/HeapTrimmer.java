package mqttq.server;

import mqttq.loop.Loop;
import mqttq.loop.Timers;

/**
 * Gives memory back after a burst: a JVM returns what its heap has grown by after a full collection only, and a process without work has none;
 * and of what its compiler has used next to nothing.
 * Loop thread.
 */
final class HeapTrimmer implements Runnable {
    /** Between two looks, ns. */
    static final long PERIOD = 10_000_000_000L;
    /** Bytes: a heap of up to this size is left alone; a period in which more than that was allocated is work, which a collection would disturb. */
    static final long SMALL = 32L << 20, WORK = 8L << 20;

    /** Bytes beside the heap's that are more than Java needs: glibc keeps what the JVM's compiler has freed. */
    static final long NATIVE = 72L << 20;

    private final Loop loop;
    private final JvmMemory memory;
    private final Timers.Timer timer;
    /** When it looked last; and the size that a collection did not reduce any more. */
    private long used, kept;
    private boolean collected;

    HeapTrimmer(Loop loop, JvmMemory memory) {
        this.loop = loop;
        this.memory = memory;
        timer = loop.timer(this);
        timer.at(loop.now() + PERIOD);
    }

    @Override public void run() {
        long before = used;
        used = memory.used();
        if (Math.abs(used - before) < WORK) {
            if (memory.heap() > Math.max(SMALL, kept + kept / 4)) {
                memory.collect();
                kept = memory.heap();
                used = memory.used();
                collected = true;
            } else if (collected) {
                collected = false;
                if (memory.resident() - used > NATIVE) loop.offload(memory::trim, () -> { });
            }
        }
        timer.at(loop.now() + PERIOD);
    }
}
