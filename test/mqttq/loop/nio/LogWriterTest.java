package mqttq.loop.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import mqttq.loop.Log.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogWriterTest {
    @TempDir
    Path temporary;

    @Test
    void linesLookLikeMosquittos() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LogWriter log = new LogWriter(out);
        log.log(Level.NOTICE, "New connection from 127.0.0.1:5555 on port 1883.");
        log.log(Level.DEBUG, "not asked for");
        log.log(Level.INFO, "evil\nname\u001b");
        log.flush(1000);
        assertTrue(out.toString().matches("\\d{10}: New connection from 127.0.0.1:5555 on port 1883.\n\\d{10}: evil\\?name\\?\n"), out.toString());
        log.timestamps(true, "%Y-%m-%dT%H:%M:%S%z %%%Q");
        log.log(Level.INFO, "x");
        log.flush(1000);
        assertTrue(out.toString().matches("(?s).*\n\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[+-]\\d{4} %%Q: x\n"), out.toString());
        log.timestamps(false, null);
        log.types(1 << Level.DEBUG.ordinal());
        assertFalse(log.logs(Level.ERROR));
        log.log(Level.DEBUG, "plain");
        log.flush(1000);
        assertTrue(out.toString().endsWith("\nplain\n"));
    }

    @Test
    void nobodyReadingStallsNobodyAndIsToldLater() throws InterruptedException {
        CountDownLatch writing = new CountDownLatch(1), read = new CountDownLatch(1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LogWriter log = new LogWriter(new OutputStream() {
            @Override
            public void write(int b) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void write(byte[] bytes, int at, int length) {
                writing.countDown();
                try {
                    read.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                out.write(bytes, at, length);
            }
        });
        log.log(Level.INFO, "first");
        writing.await();
        long start = System.nanoTime();
        for (int i = 0; i < 20_000; i++) log.log(Level.INFO, "line " + i);
        log.flush(10);
        assertTrue(System.nanoTime() - start < 2_000_000_000L);
        read.countDown();
        log.flush(2000);
        String text = out.toString();
        assertTrue(text.contains(": line 4000\n") && !text.contains("line 19999"));
        assertTrue(text.matches("(?s).*Warning: 15904 log lines dropped, nobody took them\n"), text.substring(text.length() - 100));
    }

    @Test
    void filesAreAppendedToAndReopened() throws IOException {
        Path file = temporary.resolve("log");
        Files.writeString(file, "before\n");
        LogWriter log = new LogWriter(OutputStream.nullOutputStream());
        log.destinations(false, false, file.toString());
        log.timestamps(false, null);
        log.log(Level.INFO, "one");
        log.flush(1000);
        Files.move(file, temporary.resolve("log.1"));
        log.reopen();
        log.log(Level.INFO, "two");
        log.flush(1000);
        log.log(Level.INFO, "three");
        log.flush(1000);
        assertEquals("before\none\n", Files.readString(temporary.resolve("log.1")).replace("two\n", ""));
        assertTrue(Files.readString(file).endsWith("three\n"));
        assertThrows(IOException.class, () -> log.destinations(true, false, temporary.resolve("none/log").toString()));
        log.log(Level.INFO, "still there");
        log.flush(1000);
        assertTrue(Files.readString(file).endsWith("three\nstill there\n"));
        log.destinations(false, false, null);
    }
}
