package mqttq.loop.nio;

import java.lang.ref.SoftReference;
import mqttq.loop.Timers;

/**
 * Notices that memory is about to run out while something can still be done about it: by a soft reference, which the collector clears
 * before it gives up. It also clears one that nobody looked at for longer than a second a free MiB, which is why it is looked at. Loop
 * thread, but for {@link #ranOut}.
 */
final class LowMemory implements Runnable {
    private static final long LOOK_NANOS = 4_000_000_000L;

    private final NioLoop loop;
    private final Runnable task;
    private final Timers.Timer timer;
    private SoftReference<Object> canary = new SoftReference<>(new Object());
    private volatile boolean ranOut;

    LowMemory(NioLoop loop, Runnable task) {
        this.loop = loop;
        this.task = task;
        timer = loop.timer(this);
        timer.at(loop.now() + LOOK_NANOS);
    }

    /** Something failed for lack of it. Any thread. */
    void ranOut() { ranOut = true; }

    /** Once a turn. */
    void turn() { if (ranOut) run(); }

    @Override public void run() {
        boolean low = ranOut || canary.get() == null;
        timer.at(loop.now() + LOOK_NANOS);
        if (!low) return;
        ranOut = false;
        canary = new SoftReference<>(new Object());
        task.run();
    }

    /** As the collector does it; for tests. */
    void clear() { canary.clear(); }
}
