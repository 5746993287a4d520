package mqttq.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AliasesTest {
    @Test
    void incomingRemembersAndReplaces() {
        IncomingAliases aliases = new IncomingAliases(10);
        assertFalse(aliases.allowed(0));
        assertFalse(aliases.allowed(11));
        assertNull(aliases.get(3));
        assertTrue(put(aliases, 3, "a/b"));
        assertTrue(put(aliases, 10, "c"));
        assertArrayEquals("a/b".getBytes(), aliases.get(3));
        assertTrue(put(aliases, 3, "x"));
        assertArrayEquals("x".getBytes(), aliases.get(3));
        assertArrayEquals("c".getBytes(), aliases.get(10));
    }

    @Test
    void incomingKeepsNoMoreBytesThanItsLimit() {
        IncomingAliases aliases = new IncomingAliases(65535);
        byte[] topic = new byte[IncomingAliases.MAX_BYTES / 2];
        assertTrue(aliases.put(1, topic, 0, topic.length));
        assertTrue(aliases.put(2, topic, 0, topic.length));
        assertFalse(put(aliases, 65535, "a"));
        assertTrue(put(aliases, 2, "a"));
        assertTrue(put(aliases, 65535, "a"));
    }

    @Test
    void outgoingGivesANumberOnceAndThenUsesIt() {
        OutgoingAliases aliases = new OutgoingAliases(2);
        int a = lookup(aliases, "a");
        assertEquals(1 | OutgoingAliases.NEW, a);
        assertEquals(1, lookup(aliases, "a"));
        assertEquals(2 | OutgoingAliases.NEW, lookup(aliases, "b"));
        assertEquals(1, lookup(aliases, "a"));
    }

    @Test
    void topicsThatAreVeryLongGetNone() {
        OutgoingAliases aliases = new OutgoingAliases(10);
        assertEquals(0, aliases.lookup(new byte[OutgoingAliases.LONGEST + 1], 0, OutgoingAliases.LONGEST + 1));
        assertEquals(1 | OutgoingAliases.NEW, aliases.lookup(new byte[OutgoingAliases.LONGEST], 0, OutgoingAliases.LONGEST));
    }

    @Test
    void noneAreUsedWhereThePeerAllowsNone() {
        assertEquals(0, lookup(new OutgoingAliases(0), "a"));
    }

    @Test
    void whatThePeerWasToldIsWhatIsUsed() {
        Random random = new Random(3);
        OutgoingAliases aliases = new OutgoingAliases(7);
        Map<Integer, String> peer = new HashMap<>();
        int saved = 0;
        for (int i = 0; i < 100_000; i++) {
            String topic = "t" + (random.nextInt(10) < 8 ? random.nextInt(4) : random.nextInt(1000));
            int alias = lookup(aliases, topic);
            if ((alias & OutgoingAliases.NEW) != 0) peer.put(alias & 0xffff, topic);
            else if (alias != 0) {
                assertEquals(topic, peer.get(alias));
                saved++;
            }
        }
        assertTrue(saved > 60_000, "hits " + saved);
        assertEquals(7, peer.size());
    }

    private static boolean put(IncomingAliases aliases, int alias, String topic) {
        return aliases.put(alias, topic.getBytes(), 0, topic.length());
    }

    private static int lookup(OutgoingAliases aliases, String topic) {
        return aliases.lookup(topic.getBytes(), 0, topic.length());
    }
}
