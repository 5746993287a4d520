package mqttq.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PasswordFileTest {
    /** Written by mosquitto_passwd 2.0.11: -b, -I 1000 -b, and -H sha512 -b. */
    static final String MOSQUITTOS = """
        alice:$7$101$mXEkeRAnRNAkU3zs$KLyLG7Jg0OzBHLaKd4OH2DYViWTKlFETKVndh86fWySkddt17M3gREu4uQhBPAcH3DpKQV6l5Oj5ao8QND+Thg==
        bob:$7$1000$b+pxXhAXV8lBjEq5$QhMhiX4Gdc4UQ0PNT4hZhJq5D4qzMhKsl0KypugjfnOQ079One/9mI4DiZDuUG19sQcxgGb3bLrp/YfVUKPS7g==
        # a comment, and a blank line

        carol:$6$h/qPa7JjIexEOdbY$pGfMhHk+3rSGzUbqxwNQyULFE+E7QK7NYddtU3dhymUXZ5RIF27TfIzVG/DaT1VkCNBt2nx8HwroBO5xg8dlbQ==
        a b:$7$101$MCjujpFl9mYEP7JV$AzjKrtSVbRFl2Rh3DY/pe6RFmwXwsop2XxiT28Tz4CMKrOQ+djoh7jtSo7gZOFgSE3Wb5BppIIlonABIxHVnlA==
        u:$7$101$BybhpvPmWDZxEySR$H2s9vq17j16Izr7b/v8iBadbRVawb8EgQik9YQfd2myYR2PP1u+BJh3XVTJHNkpk+2HsaOs+g8e301dk9KjyyQ==
        """;
    private final SecureRandom random = new SecureRandom();

    @TempDir
    Path dir;

    private Path write(String text) throws IOException {
        return Files.writeString(dir.resolve("pw"), text);
    }

    private final List<String> warnings = new ArrayList<>();

    private Map<String, PasswordHash> load(Path file) throws AccessFileException {
        return PasswordFile.load(file, warnings);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void mosquittosHashesAreVerified() throws Exception {
        Map<String, PasswordHash> users = load(write(MOSQUITTOS));
        assertEquals(5, users.size());
        assertTrue(users.get("alice").matches(bytes("secret")));
        assertTrue(users.get("bob").matches(bytes("pässwörd:x")));
        assertTrue(users.get("carol").matches(bytes("secret")));
        assertTrue(users.get("a b").matches(bytes("x")));
        assertTrue(users.get("u").matches(bytes("")));
        assertFalse(users.get("alice").matches(bytes("Secret")));
        assertFalse(users.get("carol").matches(bytes("")));
        for (PasswordHash hash : users.values()) assertTrue(MOSQUITTOS.contains(hash.toString()));
    }

    @Test
    void longSaltsOfMosquitto21AreRead() {
        byte[] salt = new byte[64];
        PasswordHash hash = PasswordHash.create(bytes("x"), 3, false, random);
        String base64 = java.util.Base64.getEncoder().encodeToString(salt);
        PasswordHash.parse("$7$1000$" + base64 + "$" + hash.toString().substring(hash.toString().lastIndexOf('$') + 1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "dave:plain             | user 'dave' cannot log in: the password is not hashed; convert the file with 'passwd -U FILE'.",
        "dave:                  | user 'dave' cannot log in: the password is not hashed; convert the file with 'passwd -U FILE'.",
        "dave:$argon2id$v=19$m=4,t=3,p=1$AAAA$BBBB | user 'dave' cannot log in: argon2id hashes are not supported; set the password anew with 'passwd', which writes sha512-pbkdf2.",
        "dave                   | the line is ignored: it is not USER:HASH.",
        ":$7$                   | the line is ignored: it is not USER:HASH.",
        "dave:$7$101$AAAA       | user 'dave' cannot log in: the hash is malformed.",
        "dave:$7$x$AAAA$AAAA    | user 'dave' cannot log in: the hash is malformed.",
        "dave:$7$1$AAAA$AAAA    | user 'dave' cannot log in: salt or hash has a wrong length.",
        "dave:$7$0$AAAA$AAAA    | user 'dave' cannot log in: the number of iterations is not in 1 to 10000000.",
        "dave:$6$*$AAAA         | user 'dave' cannot log in: the hash is malformed.",
        "alice:x                | the line is ignored: user 'alice' was there before.",
    })
    void whatIsNotAHashLetsNobodyIn(String line, String warning) throws Exception {
        Map<String, PasswordHash> users = load(write(MOSQUITTOS + line + "\n"));
        assertEquals(5, users.size());
        assertEquals(List.of("Warning: " + dir + "/pw:8: " + warning), warnings);
    }

    @Test
    void missingFilesAreNamed() {
        assertEquals("Unable to open /nowhere: No such file or directory.", assertThrows(AccessFileException.class, () -> load(Path.of("/nowhere"))).getMessage());
    }

    @Test
    void editingKeepsEverythingElse() throws Exception {
        Path file = write(MOSQUITTOS);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        PasswordFile edited = PasswordFile.read(file);
        assertTrue(edited.set("bob", bytes("new"), 7, false, random));
        assertFalse(edited.set("zoë", bytes("ö"), 7, false, random));
        assertTrue(edited.delete("alice"));
        assertFalse(edited.delete("alice"));
        edited.save(file);
        assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        String text = Files.readString(file);
        assertTrue(text.startsWith("bob:$7$7$") && text.contains("\n# a comment, and a blank line\n\ncarol:$6$"), text);
        Map<String, PasswordHash> users = load(file);
        assertTrue(users.get("bob").matches(bytes("new")) && users.get("zoë").matches(bytes("ö")) && users.get("u").matches(new byte[0]));
        assertEquals(5, users.size());
        assertEquals(16, users.get("bob").toString().split("\\$")[3].length()); // 12 bytes: what Mosquitto 2.0 takes
    }

    @Test
    void plainTextIsConvertedOnce() throws Exception {
        PasswordFile plain = PasswordFile.read(write("dave:plain\nerin:p:w\n" + MOSQUITTOS));
        assertEquals(2, plain.convert(5, false, random));
        assertEquals(0, plain.convert(5, false, random));
        Path file = dir.resolve("converted");
        plain.save(file);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        Map<String, PasswordHash> users = load(file);
        assertTrue(users.get("dave").matches(bytes("plain")) && users.get("erin").matches(bytes("p:w")));
        assertEquals(7, users.size());
    }

    @Test
    void namesTheFileCannotHoldAreRefused() {
        PasswordFile file = PasswordFile.empty();
        for (String name : new String[] {"", "a:b", "a\nb", "#x", " x"}) {
            assertThrows(IllegalArgumentException.class, () -> file.set(name, new byte[1], 1, false, random));
        }
    }

    @Test
    void anyTextIsAHashOrRefused() {
        Random seeded = new Random(3);
        String alphabet = "$67argon2AB=/+0123456789 :";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder(seeded.nextBoolean() ? "$7$1$" : "");
            for (int n = seeded.nextInt(120); n > 0; n--) text.append(alphabet.charAt(seeded.nextInt(alphabet.length())));
            try {
                PasswordHash.parse(text.toString());
            } catch (IllegalArgumentException e) {
                assertFalse(e.getMessage().contains("\n"));
            }
        }
    }
}
