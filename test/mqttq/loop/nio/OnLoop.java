package mqttq.loop.nio;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A running loop with its log in memory, and events that a test can wait for. */
final class OnLoop implements AutoCloseable {
    final java.io.ByteArrayOutputStream log = new java.io.ByteArrayOutputStream();
    final NioLoop loop = NioLoop.open(new LogWriter(log));
    final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final Thread thread = loop.start("test-loop");

    /** Runs on the loop thread and hands back the outcome. */
    <T> T call(Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                result.complete(work.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException r) throw r;
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    void run(Runnable work) {
        call(() -> {
            work.run();
            return null;
        });
    }

    /** The next event; fails after a minute without one: busy machines are slow. */
    String next() {
        try {
            String event = events.poll(60, TimeUnit.SECONDS);
            if (event == null) throw new AssertionError("nothing happened; log: " + log);
            return event;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        loop.stop();
        try {
            thread.join(5000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        loop.close();
    }
}
