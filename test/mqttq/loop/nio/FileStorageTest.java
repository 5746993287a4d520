package mqttq.loop.nio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import mqttq.loop.Storage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStorageTest {
    @TempDir
    Path temporary;
    private final OnLoop on = new OnLoop();

    @AfterEach
    void close() {
        on.close();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes());
    }

    private String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    /** An operation for which the system has no thread fails, and the next one is tried. */
    @Test
    void withoutAThreadAnOperationFails() {
        boolean[] none = new boolean[1];
        Helper helper = new Helper("test", on.loop) {
            @Override synchronized void give(Runnable task) {
                if (none[0]) throw new OutOfMemoryError("unable to create native thread");
                super.give(task);
            }
        };
        FileStorage storage = on.call(() -> new FileStorage(on.loop, helper, temporary));
        Storage.Done done = error -> on.events.add(String.valueOf(error));
        on.run(() -> {
            none[0] = true;
            storage.write("f", 0, bytes("x"), done);
            none[0] = false;
            storage.write("f", 0, bytes("y"), done);
        });
        assertEquals(java.util.Set.of(temporary.resolve("f") + ": unable to create native thread", "null"), java.util.Set.of(on.next(), on.next()));
    }

    @Test
    void writesInOrderAndKeepsModes() throws IOException {
        Path directory = temporary.resolve("a/b");
        Storage storage = on.call(() -> on.loop.storage(directory.toString()));
        assertEquals("rwx------", mode(directory));
        assertNull(storage.read("segment"));
        Storage.Done done = error -> on.events.add(String.valueOf(error));
        on.run(() -> {
            storage.preallocate("segment", 100_000, done);
            storage.write("segment", 0, bytes("hello "), done);
            storage.write("segment", 6, bytes("world"), done);
            storage.sync("segment", done);
        });
        for (int i = 0; i < 4; i++) assertEquals("null", on.next());
        assertEquals("rw-------", mode(directory.resolve("segment")));
        assertEquals(100_000, Files.size(directory.resolve("segment")));
        on.run(() -> storage.truncate("segment", 11, done));
        assertEquals("null", on.next());
        assertEquals(bytes("hello world"), storage.read("segment"));
        on.run(() -> {
            storage.replace("snapshot", bytes("one"), done);
            storage.replace("snapshot", bytes("two"), done);
            storage.rename("segment", "old", done);
        });
        for (int i = 0; i < 3; i++) assertEquals("null", on.next());
        assertArrayEquals(new String[] {"old", "snapshot"}, storage.list());
        assertEquals("rw-------", mode(directory.resolve("snapshot")));
        assertEquals(bytes("two"), storage.read("snapshot"));
        on.run(() -> storage.delete("old", done));
        assertEquals("null", on.next());
        assertArrayEquals(new String[] {"snapshot"}, storage.list());
    }

    @Test
    void errorsSayWhichFileAndWhat() throws IOException {
        Storage storage = on.call(() -> on.loop.storage(temporary.toString()));
        Files.createDirectory(temporary.resolve("d"));
        on.run(() -> storage.delete("none", error -> on.events.add(error)));
        assertEquals(temporary.resolve("none") + ": No such file or directory", on.next());
        on.run(() -> storage.write("d", 0, bytes("x"), error -> on.events.add(error)));
        assertEquals(temporary.resolve("d") + ": Is a directory", on.next());
        on.run(() -> storage.rename("none", "other", error -> on.events.add(error)));
        assertEquals(temporary.resolve("none") + ": No such file or directory", on.next());
        Files.writeString(temporary.resolve("f"), "");
        UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> on.loop.storage(temporary.resolve("f").toString()));
        assertTrue(e.getCause().getMessage().startsWith(temporary.resolve("f").toString()), e.getCause().getMessage());
    }

    /** Files and directories that are removed are missed, and what follows is in files that are there; the lock is taken anew. */
    @Test
    void whatIsRemovedIsMissedAndMadeAnew() throws IOException {
        Path directory = temporary.resolve("d");
        Storage storage = on.call(() -> on.loop.storage(directory.toString()));
        storage.lock();
        Storage.Done done = error -> on.events.add(String.valueOf(error));
        for (String gone : new String[] {"a was removed", "the directory was removed"}) {
            on.run(() -> {
                storage.write("a", 0, bytes("one"), done);
                storage.write("b", 0, bytes("one"), done);
                storage.check(new String[] {"a", "b"}, done);
            });
            for (int i = 0; i < 3; i++) assertEquals("null", on.next());
            if (gone.startsWith("the")) Files.move(directory, temporary.resolve("elsewhere"));
            else Files.delete(directory.resolve("a"));
            on.run(() -> {
                storage.check(new String[] {"a", "b"}, done);
                storage.write("a", 0, bytes("two"), done);
                storage.sync("a", done);
                storage.check(new String[] {"a"}, done);
            });
            assertEquals(directory + ": " + gone, on.next());
            for (int i = 0; i < 3; i++) assertEquals("null", on.next());
            assertEquals("rwx------", mode(directory));
            assertEquals(bytes("two"), storage.read("a"));
            assertTrue(Files.exists(directory.resolve("lock")));
        }
    }

    /** Where clients take every descriptor that is left, the journal has its own. */
    @Test
    void descriptorsAreSetAside() throws IOException {
        Assumptions.assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")));
        Path directory = temporary.resolve("d");
        Storage storage = on.call(() -> on.loop.storage(directory.toString()));
        on.run(() -> storage.write("a", 0, bytes("one"), error -> on.events.add(String.valueOf(error))));
        assertEquals("null", on.next());
        int aside = 0;
        try (var all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path each : all) {
                try {
                    if (Files.readSymbolicLink(each).equals(directory.toRealPath())) aside++;
                } catch (IOException e) {
                    // Closed meanwhile.
                }
            }
        }
        assertEquals(3, aside);
    }
}
