package mqttq.loop.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyLogFileTest {
    @TempDir
    Path temporary;

    @Test
    void linesOfTwoProcessesAreAppendedToAPrivateFile() throws IOException {
        Path file = temporary.resolve("keys");
        NioLoop one = NioLoop.open(), two = NioLoop.open();
        Consumer<String> first = one.keyLog(file), second = two.keyLog(file);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        for (int i = 0; i < 50; i++) {
            first.accept("FIRST " + i);
            second.accept("SECOND " + i);
        }
        one.close();
        two.close();
        assertEquals(100, Files.readAllLines(file).size());
        NioLoop again = NioLoop.open();
        again.keyLog(file).accept("THIRD");
        again.close();
        assertEquals("THIRD", Files.readAllLines(file).get(100));
    }

    @Test
    void aFileThatCannotBeOpenedIsOneLine() {
        NioLoop loop = NioLoop.open();
        IOException e = assertThrows(IOException.class, () -> loop.keyLog(temporary.resolve("none/keys")));
        assertEquals(temporary + "/none/keys: No such file or directory", e.getMessage());
        loop.close();
    }
}
