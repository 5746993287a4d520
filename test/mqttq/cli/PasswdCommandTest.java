package mqttq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** passwd as mosquitto_passwd; what it writes is tested in auth. */
class PasswdCommandTest {
    @TempDir
    Path directory;
    private Path file;
    private String said;

    @BeforeEach
    void name() {
        file = directory.resolve("pw");
    }

    private int run(String typed, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(), err = new ByteArrayOutputStream();
        int code = PasswdCommand.run(args, new PrintStream(out, true), new PrintStream(err, true), new ByteArrayInputStream(typed.getBytes()), new SecureRandom());
        said = err.toString().lines().findFirst().orElse("");
        return code;
    }

    @Test
    void createsChangesDeletes() throws IOException {
        assertEquals(0, run("", "-c", "-I", "10", "-b", file.toString(), "joe", "pw"), said);
        assertTrue(Files.readString(file).matches("joe:\\$7\\$10\\$[^$]{16}\\$[^$]+==\n"), Files.readString(file));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        String before = Files.readString(file);
        assertEquals(0, run("", "-I", "10", "-b", file.toString(), "ann", "pw"));
        assertEquals(0, run("", "-I", "10", "-b", file.toString(), "joe", "other"));
        String after = Files.readString(file);
        assertTrue(after.contains("ann:") && after.contains("joe:") && !after.contains(before.strip()));
        assertEquals(0, run("", "-D", file.toString(), "joe"));
        assertFalse(Files.readString(file).contains("joe"));
        assertEquals(1, run("", "-D", file.toString(), "joe"));
        assertEquals("Warning: User joe not found in password file.", said);
    }

    @Test
    void asksTwice() {
        assertEquals(0, run("secret\nsecret\n", "-c", "-I", "10", file.toString(), "joe"), said);
        assertEquals(1, run("secret\nsecre\n", file.toString(), "joe"));
        assertEquals("Error: Passwords do not match.", said);
        assertEquals(1, run("", file.toString(), "joe"));
        assertEquals("Error: Empty password.", said);
    }

    @Test
    void hashesAPlainTextFile() throws IOException {
        Files.writeString(file, "joe:pw\n# comment\nann:$7$10$c2FsdHNhbHRzYWx0$aGFzaA==\n");
        assertEquals(0, run("", "-I", "10", "-U", file.toString()));
        String[] lines = Files.readString(file).split("\n");
        assertTrue(lines[0].startsWith("joe:$7$10$"), lines[0]);
        assertEquals("# comment", lines[1]);
        assertEquals("ann:$7$10$c2FsdHNhbHRzYWx0$aGFzaA==", lines[2]);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "-c FILE | Error: -c argument given but password file or username missing.",
        "FILE | Error: a password file and a username must be given.",
        "-b FILE joe | Error: a password file, a username and a password must be given.",
        "-c -D FILE joe | Error: -c and -D cannot be used together.",
        "-U FILE joe | Error: a password file must be given.",
        "-H argon2id FILE joe | Error: Hash type 'argon2id' is not supported by mqttq: it writes sha512-pbkdf2 or scram-sha-256.",
        "-H foo FILE joe | Error: Unknown hash type 'foo'.",
        "-I 0 FILE joe | Error: Number of iterations must be 1 to 10000000.",
        "-Z FILE joe | Error: Unknown option '-Z'.",
        "-c -b FILE a:b pw | Error: Username must not contain the ':' character.",
        "-b FILE joe pw | Error: Unable to open FILE: No such file or directory.",
        "-c -b FILE/x joe pw | Error: Unable to open password file for writing. No such file or directory."})
    void namesWhatIsWrong(String line, String message) {
        assertEquals(1, run("", line.replace("FILE", file.toString()).split(" ")));
        assertEquals(message.replace("FILE", file.toString()), said);
    }
}
