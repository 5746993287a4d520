package mqttq.server;

import mqttq.loop.Loop;
import mqttq.loop.Timers;

/**
 * Gives memory back after a burst: a JVM returns what its heap has grown by after a full collection only, and a process without work has
 * none; and of what its compiler has used next to nothing. Loop thread.
 */
final class HeapTrimmer implements Runnable {
    /** Between two looks, ns. */
    static final long PERIOD = 10_000_000_000L;
    /**
     * Bytes: a heap of up to this size is left alone; a period in which more than that was allocated is work, which a collection would
     * disturb.
     */
    static final long SMALL = 24L << 20, WORK = 8L << 20;
    /** Bytes: a process of more than this is trimmed; glibc keeps what the JVM's compiler has freed. */
    static final long LARGE = 80L << 20;

    private final Loop loop;
    private final JvmMemory memory;
    private final Timers.Timer timer;
    /** When it looked last; the size that a collection did not reduce any more, and that of the process which trimming did not. */
    private long used, kept, trimmed;
    private boolean calm;

    HeapTrimmer(Loop loop, JvmMemory memory) {
        this.loop = loop;
        this.memory = memory;
        timer = loop.timer(this);
        timer.at(loop.now() + PERIOD);
    }

    @Override public void run() {
        boolean wasCalm = calm;
        long before = used;
        used = memory.used();
        calm = Math.abs(used - before) < WORK;
        kept -= kept / 1000; // what filled it then may have gone: in 40 minutes it tries again, and in half of one to trim
        trimmed -= trimmed / 20;
        if (calm && memory.heap() > Math.max(SMALL, kept + kept / 4)) {
            memory.collect();
            kept = memory.heap();
            used = memory.used();
        } else if (calm && wasCalm && memory.resident() > Math.max(LARGE, trimmed + trimmed / 8)) { // the compiler has ended by now
            loop.offload(memory::trim, () -> trimmed = memory.resident());
        }
        timer.at(loop.now() + PERIOD);
    }
}
