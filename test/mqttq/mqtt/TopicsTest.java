package mqttq.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import mqttq.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicsTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "/", "//", "a/b", " ", "$SYS/x", "$share/x/y", "caf\u00e9/\ud83d\ude00", "a$b"})
    void isAName(String name) {
        assertTrue(Topics.isName(name));
        assertTrue(Topics.isFilter(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "+", "#", "a/+/b", "a#", "a\0b", "\ud800"})
    @Statement({"MQTT-4.7.0-1", "MQTT-4.7.3-1", "MQTT-4.7.3-2"})
    void isNoName(String name) {
        assertFalse(Topics.isName(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"#", "+", "+/+", "/+", "+/#", "a/+/b/#", "/#", "a/#", "$SYS/#", "$share", "$shared/x", "$share/g/#", "$share/g//",
        "$share/g/+/a", "$share/g/$share"})
    void isAFilter(String filter) {
        assertTrue(Topics.isFilter(filter));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a#", "#/a", "a/#/b", "##", "a+", "+a", "a/b+/c", "++", "/#/", "+#", "$share/", "$share//a", "$share/g",
        "$share/g/", "$share/+/a",
        "$share/g#/a", "$share/g/a#", "a\0"})
    @Statement({"MQTT-4.7.1-1", "MQTT-4.7.1-2", "MQTT-4.7.3-1", "MQTT-4.8.2-1", "MQTT-4.8.2-2"})
    void isNoFilter(String filter) {
        assertFalse(Topics.isFilter(filter));
    }

    @Test
    @Statement("MQTT-4.7.3-3")
    void hasAtMost65535Bytes() {
        assertTrue(Topics.isName("x".repeat(65_535)));
        assertFalse(Topics.isName("x".repeat(65_536)));
        assertFalse(Topics.isFilter("\u00e9".repeat(32_768)));
    }

    @ParameterizedTest
    @CsvSource({"sport/tennis/player1/#, sport/tennis/player1", "sport/tennis/player1/#, sport/tennis/player1/ranking", "sport/#, sport",
        "#, a/b/c", "#, /",
        "sport/tennis/+, sport/tennis/player1", "sport/+, sport/", "+/+, /finance", "/+, /finance", "$SYS/#, $SYS/broker",
            "$SYS/monitor/+, $SYS/monitor/Clients",
        "a/b, a/b", "+, a", "+/b/#, a/b", "a/+/c, a//c", "$share/g/a/+, a/b", "$share/g/#, x", "a/+/#, a/b", "+/#, a", "a//#, a/", "a/+/#, a/"})
    void matches(String filter, String name) {
        assertMatch(true, filter, name);
    }

    @ParameterizedTest
    @CsvSource({"sport/tennis/+, sport/tennis/player1/ranking", "sport/+, sport", "+, /finance", "#, $SYS/x",
        "+/monitor/Clients, $SYS/monitor/Clients", "a, A", "a/b, a/b/",
        "a, /a", "a/b, a", "a/#, ab", "a/+/c, a/b/d", "$share/g/#, $SYS/x", "$share/g/a, b", "a/b/#, a", "+, a/b", "a/+/#, a", "e\u0301, \u00e9"})
    @Statement({"MQTT-4.7.2-1", "MQTT-4.7.3-4"})
    void doesNotMatch(String filter, String name) {
        assertMatch(false, filter, name);
    }

    private static void assertMatch(boolean expected, String filter, String name) {
        assertEquals(expected, Topics.matches(filter, name));
        byte[] f = ('x' + filter + 'y').getBytes(StandardCharsets.UTF_8), n = ('x' + name + 'y').getBytes(StandardCharsets.UTF_8);
        assertEquals(expected, Topics.matches(f, 1, f.length - 2, n, 1, n.length - 2));
    }

    @Test
    void matchesAsLevelByLevel() {
        Random random = new Random(1);
        for (int i = 0; i < 200_000; i++) {
            String filter = random(random, "ab/+#"), name = random(random, "ab/");
            if (!Topics.isFilter(filter) || !Topics.isName(name)) continue;
            assertMatch(levelByLevel(filter.split("/", -1), name.split("/", -1)), filter, name);
        }
    }

    private static String random(Random random, String characters) {
        StringBuilder text = new StringBuilder();
        for (int n = 1 + random.nextInt(7); n > 0; n--) text.append(characters.charAt(random.nextInt(characters.length())));
        return text.toString();
    }

    private static boolean levelByLevel(String[] filter, String[] name) {
        for (int i = 0; i < filter.length; i++) {
            if (filter[i].equals("#")) return i <= name.length;
            if (i >= name.length || !filter[i].equals("+") && !filter[i].equals(name[i])) return false;
        }
        return filter.length == name.length;
    }

    @Test
    void takesASharedFilterApart() {
        assertTrue(Topics.isShared("$share/g/a/b"));
        assertFalse(Topics.isShared("$share"));
        assertEquals("g", Topics.shareName("$share/g/a/b"));
        assertEquals("a/b", Topics.withoutShare("$share/g/a/b"));
        assertNull(Topics.shareName("a/b"));
        assertEquals("a/b", Topics.withoutShare("a/b"));
    }

    @Test
    void countsLevels() {
        assertEquals(1, Topics.levels("a"));
        assertEquals(3, Topics.levels("//"));
        assertEquals(2, Topics.levels(new byte[] {'/', 'a', '/', '/'}, 1, 2));
        assertTrue(Topics.hasWildcard("a/+"));
        assertFalse(Topics.hasWildcard("a/b"));
    }
}
