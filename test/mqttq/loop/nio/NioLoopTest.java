package mqttq.loop.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import mqttq.loop.Timers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NioLoopTest {
    private final OnLoop on = new OnLoop();

    @AfterEach
    void close() {
        on.close();
    }

    @Test
    void timersFireInOrderNeverEarlyAndOnlyOnce() {
        on.run(() -> {
            for (int ms : new int[] {30, 10, 20}) {
                long deadline = on.loop.now() + ms * 1_000_000L;
                on.loop.timer(() -> on.events.add(ms + (on.loop.now() < deadline ? " early" : ""))).at(deadline);
            }
            Timers.Timer cancelled = on.loop.timer(() -> on.events.add("cancelled"));
            cancelled.at(on.loop.now() + 5_000_000);
            cancelled.cancel();
            Timers.Timer moved = on.loop.timer(() -> on.events.add("moved"));
            moved.at(on.loop.now() + 1_000_000);
            moved.at(on.loop.now() + 25_000_000);
        });
        assertEquals(List.of("10", "20", "moved", "30"), List.of(on.next(), on.next(), on.next(), on.next()));
    }

    @Test
    void aTimerSetToThePastFiresInALaterTurn() {
        on.run(() -> {
            long[] turn = new long[1];
            Timers.Timer[] timer = new Timers.Timer[1];
            timer[0] = on.loop.timer(() -> {
                if (++turn[0] < 3) timer[0].at(0);
                else on.events.add("three");
            });
            timer[0].at(0);
        });
        assertEquals("three", on.next());
    }

    @Test
    void tasksOfOtherThreadsComeInTheirOrder() throws InterruptedException {
        int threads = 4, each = 10_000;
        int[] last = new int[threads];
        AtomicInteger wrong = new AtomicInteger(), done = new AtomicInteger();
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int me = t;
            Thread thread = new Thread(() -> {
                for (int i = 1; i <= each; i++) {
                    int number = i;
                    on.loop.execute(() -> {
                        if (last[me]++ != number - 1) wrong.incrementAndGet();
                        if (done.incrementAndGet() == threads * each) on.events.add("all");
                    });
                }
            });
            thread.start();
            all.add(thread);
        }
        for (Thread thread : all) thread.join();
        assertEquals("all", on.next());
        assertEquals(0, wrong.get());
    }

    @Test
    void deferRunsAtTheEndOfTheTurn() {
        on.run(() -> {
            on.loop.execute(() -> on.events.add("later turn"));
            on.loop.defer(() -> {
                on.events.add("deferred");
                on.loop.defer(() -> on.events.add("again"));
            });
            on.events.add("now");
        });
        assertEquals(List.of("now", "deferred", "again", "later turn"), List.of(on.next(), on.next(), on.next(), on.next()));
    }

    @Test
    void endlessDeferringLeavesTheOthersTheirTurn() {
        on.run(() -> on.loop.defer(new Runnable() {
            @Override
            public void run() {
                on.loop.defer(this);
            }
        }));
        on.run(() -> on.events.add("still here"));
        assertEquals("still here", on.next());
    }

    @Test
    void whatThrowsIsLoggedAndTheLoopGoesOn() {
        on.run(() -> {
            on.loop.defer(() -> {
                throw new IllegalStateException("in a deferred task");
            });
            on.loop.timer(() -> {
                throw new AssertionError("in a timer");
            }).at(0);
        });
        on.run(() -> { });
        on.loop.offload(() -> {
            throw new IllegalStateException("in the helper");
        }, () -> on.events.add("done all the same"));
        assertEquals("done all the same", on.next());
        on.loop.logWriter().flush(1000);
        String log = on.log.toString();
        assertTrue(log.contains("in a deferred task") && log.contains("in a timer") && log.contains("in the helper"), log);
        assertTrue(log.contains("\tat mqttq.loop.nio.NioLoopTest"), log);
    }

    @Test
    void offloadWorksElsewhereAndAnswersHere() {
        String loopThread = on.call(() -> Thread.currentThread().getName());
        String[] worker = new String[1];
        on.run(() -> on.loop.offload(() -> worker[0] = Thread.currentThread().getName(), () -> on.events.add(Thread.currentThread().getName())));
        assertEquals(loopThread, on.next());
        assertNotEquals(loopThread, worker[0]);
    }

    @Test
    void nothingElseWaitsForAPassword() {
        CountDownLatch other = new CountDownLatch(1);
        on.run(() -> {
            on.loop.hash(() -> {
                try {
                    on.events.add(other.await(60, TimeUnit.SECONDS) ? "free" : "blocked");
                } catch (InterruptedException e) {
                    on.events.add("interrupted");
                }
            }, () -> on.events.add("hashed"));
            on.loop.offload(other::countDown, () -> { });
        });
        assertEquals("free", on.next());
        assertEquals("hashed", on.next());
    }

    @Test
    void namesAreResolvedOrRefused() {
        on.run(() -> on.loop.resolve("127.0.0.1", (found, error) -> on.events.add(found.length + " " + found[0].getHostAddress() + " " + error)));
        assertEquals("1 127.0.0.1 null", on.next());
        on.run(() -> on.loop.resolve("no such name.invalid", (found, error) -> on.events.add(found.length + " " + error)));
        assertEquals("0 no such name.invalid: Name or service not known", on.next());
    }
}
