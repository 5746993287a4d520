package mqttq.loop.nio;

import java.util.ArrayDeque;

/** One daemon thread that does one task after the other; started by the first, gone when idle for a while. Any thread may give tasks. */
class Helper implements Runnable {
    private static final long IDLE_MILLIS = 20_000;
    /** Deep enough for class loading, crypto and name look-ups; a default stack reserves a megabyte. */
    private static final long STACK_BYTES = 256 << 10;

    private final String name;
    private final NioLoop loop;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private Thread thread;
    private boolean busy;

    /** @param loop logs what a task throws */
    Helper(String name, NioLoop loop) {
        this.name = name;
        this.loop = loop;
    }

    synchronized void give(Runnable task) {
        if (thread == null) {
            Thread made = new Thread(null, this, name, STACK_BYTES);
            made.setDaemon(true);
            made.start(); // may throw, and the next task tries again; it waits for the lock
            thread = made;
        }
        tasks.add(task);
        notifyAll();
    }

    /** Waits until all tasks are done, at most {@code millis}; says whether they are. */
    synchronized boolean await(long millis) throws InterruptedException {
        long end = System.nanoTime() + millis * 1_000_000;
        while (busy || !tasks.isEmpty()) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) return false;
            wait(left);
        }
        return true;
    }

    @Override public void run() {
        for (Runnable task; (task = next()) != null; ) {
            try {
                task.run();
            } catch (Throwable e) {
                loop.failed(e);
            }
        }
    }

    private synchronized Runnable next() {
        busy = false;
        notifyAll();
        long end = System.nanoTime() + IDLE_MILLIS * 1_000_000;
        while (tasks.isEmpty()) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                thread = null;
                return null;
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                // Nobody has a reason to; a channel would be closed by it, so it is forgotten.
                Thread.interrupted();
            }
        }
        busy = true;
        return tasks.poll();
    }
}
