package mqttq.loop.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LowMemoryTest {
    private int low;

    @Test
    void isNoticedByTheReferenceThatTheCollectorClearsAndByWhatFails() throws Exception {
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        NioLoop loop = NioLoop.open(new LogWriter(log));
        loop.onLowMemory(() -> low++);
        LowMemory memory = loop.lowMemory();
        memory.run();
        assertEquals(0, low);
        memory.clear();
        memory.run();
        memory.run();
        assertEquals(1, low);
        CountDownLatch after = new CountDownLatch(1);
        loop.execute(() -> {
            loop.execute(() -> loop.execute(after::countDown));
            throw new OutOfMemoryError("made up");
        });
        Thread thread = loop.startOnce("low memory");
        if (!after.await(60, TimeUnit.SECONDS)) throw new AssertionError("the loop has ended");
        assertEquals(2, low);
        loop.stop();
        thread.join();
        assertEquals("", log.toString());
    }
}
