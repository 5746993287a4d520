package mqttq.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import mqttq.config.SecuritySettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AclTest {
    private static final String FILE = """
        # the first set is for anonymous clients
        topic read open/#
        topic deny open/secret
        topic write open/in box
        pattern readwrite dev/%c/#
        pattern read user/%u/+
        pattern deny dev/%c/locked
        pattern read literal-%c/x

        user alice
        topic #
        topic read $SYS/#
        topic deny alice/private/#
        user bob
        topic write a/+/c
        topic $SYS/broker/connection/x/state
        user alice
        topic readwrite $mine/x
        topic read $SYS/broker/quic/clients/mine
        topic deny $SYS/+/denied/#
        user dave
        topic deny $SYS/#
        topic read $SYS/broker/quic/#
        user carol
        topic deny #
        """;

    private final LoginGuard guard = new LoginGuard((work, done) -> { }, () -> 0, new SecureRandom());

    @TempDir
    Path dir;

    private ListenerAccess access(String text) throws Exception {
        Path file = Files.writeString(dir.resolve("acl"), text);
        AccessControl control = new AccessControl(new SecuritySettings(null, file.toString(), null), guard);
        return new ListenerAccess(ListenerAccessTest.settings(true), control, null);
    }

    private static boolean allowed(Permissions permissions, Access access, String topic) {
        byte[] bytes = PasswordFileTest.bytes("xx" + topic + "yy");
        return permissions.allowed(access, bytes, 2, bytes.length - 4);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        // anonymous
        "-     | c1  | READ  | open/a           | true",
        "-     | c1  | READ  | open             | true",
        "-     | c1  | WRITE | open/a           | false",
        "-     | c1  | READ  | open/secret      | false",
        "-     | c1  | WRITE | open/secret      | false",
        "-     | c1  | WRITE | open/in box      | true",
        "-     | c1  | READ  | other            | false",
        "-     | c1  | WRITE | dev/c1/x         | true",
        "-     | c1  | WRITE | dev/c2/x         | false",
        "-     | c1  | WRITE | dev/c1/locked    | false",
        "-     | +   | WRITE | dev/c1/x         | false",
        "-     | #   | READ  | open/a           | true",
        "-     | c1  | READ  | user/-/x         | false",
        "-     | c1  | READ  | literal-c1/x     | false",
        "-     | c1  | READ  | literal-%c/x     | true",
        // named users
        "alice | c1  | WRITE | any/thing        | true",
        "alice | c1  | READ  | alice/private/x  | false",
        "alice | c1  | WRITE | alice/private    | false",
        "alice | c1  | READ  | $SYS/broker/uptime | true",
        "alice | c1  | WRITE | $SYS/broker/uptime | false",
        "alice | c1  | READ  | $SYS/broker/quic/connections | true",
        "alice | c1  | READ  | $SYS/broker/quic/clients/other | false",
        "alice | c1  | READ  | $SYS/broker/quic/clients/mine | true",
        "alice | c1  | READ  | $SYS/broker/denied/x | false",
        "dave  | c1  | READ  | $SYS/broker/quic/clients/x | false",
        "alice | c1  | READ  | $mine/x          | true",
        "alice | c1  | READ  | $other/x         | false",
        "bob   | c1  | WRITE | a/b/c            | true",
        "bob   | c1  | WRITE | a//c             | true",
        "bob   | c1  | READ  | a/b/c            | false",
        "bob   | c1  | WRITE | a/b/c/d          | false",
        "bob   | c1  | READ  | open/a           | false",
        "bob   | c1  | READ  | user/bob/x       | true",
        "bob   | c1  | READ  | user/bob/x/y     | false",
        "bob   | c1  | READ  | user/alice/x     | false",
        "bob   | c1  | WRITE | $SYS/broker/connection/x/state | true",
        "bob   | c1  | WRITE | $SYS/broker/connection/y/state | false",
        "bob   | c1  | WRITE | $share/g/a       | false",
        "b+b   | c1  | READ  | user/bob/x       | false",
        "carol | c1  | READ  | dev/c1/x         | false",
        "nobody| c1  | READ  | open/a           | false",
        "nobody| c/1 | READ  | dev/c/1/x        | true",
        // subscribing is open; what arrives is decided message by message
        "carol | c1  | SUBSCRIBE   | $share/g/x | true",
        "carol | c1  | UNSUBSCRIBE | x          | true",
    })
    void mosquittosSemantics(String user, String clientId, Access access, String topic, boolean allowed) throws Exception {
        assertEquals(allowed, allowed(access(FILE).permissions(clientId, user), access, topic));
    }

    @Test
    void withoutAFileAllButTheBrokersOwnTopicsIsAllowed() throws Exception {
        AccessControl control = new AccessControl(new SecuritySettings(null, null, null), guard);
        Permissions permissions = new ListenerAccess(ListenerAccessTest.settings(true), control, null).permissions("c", null);
        assertTrue(allowed(permissions, Access.WRITE, "a") && allowed(permissions, Access.READ, "$SYS/x"));
        assertFalse(allowed(permissions, Access.WRITE, "$SYS/x") || allowed(permissions, Access.WRITE, "$share/g/x"));
        assertTrue(allowed(permissions, Access.WRITE, "$SYS/broker/connection/b/state"));
    }

    @Test
    void anEmptyFileDeniesAll() throws Exception {
        Permissions permissions = access("# nothing\n").permissions("c", null);
        assertFalse(allowed(permissions, Access.READ, "a") || allowed(permissions, Access.WRITE, "a"));
    }

    @Test
    void permissionsFollowReloads() throws Exception {
        Path file = Files.writeString(dir.resolve("acl"), "topic read a\n");
        SecuritySettings settings = new SecuritySettings(null, file.toString(), null);
        ListenerAccess access = new ListenerAccess(ListenerAccessTest.settings(true), new AccessControl(settings, guard), null);
        Permissions permissions = access.permissions("c", null);
        assertTrue(allowed(permissions, Access.READ, "a"));
        Files.writeString(file, "topic read b\n");
        access.apply(ListenerAccessTest.settings(true), new AccessControl(settings, guard));
        assertTrue(allowed(permissions, Access.READ, "b") && !allowed(permissions, Access.READ, "a"));
        access.apply(ListenerAccessTest.settings(true), new AccessControl(new SecuritySettings(null, null, null), guard));
        assertTrue(allowed(permissions, Access.READ, "a"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "topic                | Empty topic in ACL file.",
        "topic peek a         | Invalid topic access type 'peek': it must be read, write, readwrite or deny.",
        "topic read a/#/b     | Invalid ACL topic 'a/#/b'.",
        "pattern a+           | Invalid ACL topic 'a+'.",
        "user                 | Missing username after 'user'.",
        "users alice          | Invalid line in ACL file: 'users' is not user, topic or pattern.",
    })
    void mistakesNameFileAndLine(String line, String error) {
        assertEquals("acl:2: " + error, assertThrows(AccessFileException.class, () -> access("\n" + line + "\n")).getMessage().replace(dir + "/", ""));
    }

    @Test
    void patternsWithoutAPlaceAreWarnedAbout() throws IOException, AccessFileException {
        List<String> warnings = new ArrayList<>();
        Acl.load(Files.writeString(dir.resolve("acl"), "pattern read a/b\npattern read %c\n"), warnings);
        assertEquals(List.of("Warning: " + dir + "/acl:1: ACL pattern 'a/b' does not contain '%c' or '%u' as a level."), warnings);
    }

    @Test
    void anyTopicIsDecided() throws Exception {
        ListenerAccess access = access(FILE);
        Random random = new Random(4);
        String alphabet = "a/$+#%cuopendv1SYS";
        for (int i = 0; i < 50_000; i++) {
            StringBuilder topic = new StringBuilder();
            for (int n = random.nextInt(12); n > 0; n--) topic.append(alphabet.charAt(random.nextInt(alphabet.length())));
            allowed(access.permissions(topic.toString(), i % 3 == 0 ? null : i % 3 == 1 ? "alice" : topic.toString()), Access.values()[i % 4], topic.toString());
        }
    }
}
