package mqttq.quic.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConnectionIdMapTest {
    @Test void siphashIsThatOfItsAuthors() {
        // The reference vectors: key 00..0f, input the first n of 00, 01, 02, …
        long[] expected = {0x726fdb47dd0e0e31L, 0x74f839c593dc67fdL, 0x0d6c8009d9a94f5aL, 0x85676696d7fb7e2dL, 0xcf2794e0277187b7L, 
            0x18765564cd99a68dL, 0xcbc9466e58fee3ceL, 0xab0200f58b01d137L, 0x93f5f5799a932462L};
        byte[] input = new byte[20];
        for (int i = 0; i < 16; i++) input[1 + i] = (byte) i;
        long k0 = 0x0706050403020100L, k1 = 0x0f0e0d0c0b0a0908L;
        for (int n = 0; n < expected.length; n++) assertEquals(expected[n], SipHash.hash(k0, k1, input, 1, n), "length " + n);
        assertEquals(0xa129ca6149be45e5L, SipHash.hash(k0, k1, input, 1, 15));
    }

    @Test void findsByBytesInTheMiddleOfADatagram() {
        ConnectionIdMap<String> map = new ConnectionIdMap<>(1, 2);
        map.putIfAbsent(ConnectionId.of(new byte[] {1, 2, 3}), "three");
        map.putIfAbsent(ConnectionId.EMPTY, "empty");
        assertEquals("three", map.get(new byte[] {9, 1, 2, 3, 9}, 1, 3));
        assertNull(map.get(new byte[] {9, 1, 2, 3, 9}, 1, 4));
        assertNull(map.get(new byte[300], 1, 255));
        assertEquals("empty", map.get(new byte[0], 0, 0));
        assertFalse(map.putIfAbsent(ConnectionId.of(new byte[] {1, 2, 3}), "again"));
        assertEquals("three", map.remove(ConnectionId.of(new byte[] {1, 2, 3})));
        assertNull(map.remove(ConnectionId.of(new byte[] {1, 2, 3})));
        assertEquals(1, map.size());
    }

    @Test void agreesWithAnOrdinaryMapThroughAnyHistory() {
        Random random = new Random(9);
        ConnectionIdMap<Integer> map = new ConnectionIdMap<>(random.nextLong(), random.nextLong());
        Map<ConnectionId, Integer> model = new HashMap<>();
        List<ConnectionId> ids = new ArrayList<>();
        for (int i = 0; i < 600; i++) ids.add(ConnectionId.random(random, random.nextInt(21)));
        for (int i = 0; i < 100_000; i++) {
            int used = i / 20_000 % 2 == 0 ? ids.size() : 40;
            ConnectionId id = ids.get(random.nextInt(used));
            switch (random.nextInt(3)) {
                case 0 -> assertEquals(model.putIfAbsent(id, i) == null, map.putIfAbsent(id, i));
                case 1 -> assertEquals(model.remove(id), map.remove(id));
                default -> assertEquals(model.get(id), map.get(id));
            }
            assertEquals(model.size(), map.size());
        }
        for (ConnectionId id : ids) assertEquals(model.get(id), map.get(id));
    }

    @Test void idsThatCollideUnderAnotherKeyDoNotSlowItDown() {
        int ids = 100_000;
        // Chosen to fall on 16 places of a table whose key the attacker knew.
        Random random = new Random(10);
        ConnectionIdMap<Object> map = new ConnectionIdMap<>(0x1234, 0x5678);
        List<byte[]> chosen = new ArrayList<>();
        for (long n = 0; chosen.size() < ids; n++) {
            byte[] id = ByteBuffer.allocate(8).putLong(n).array();
            if ((SipHash.hash(0, 0, id, 0, 8) & 15) == 0) chosen.add(id);
        }
        for (byte[] id : chosen) assertTrue(map.putIfAbsent(ConnectionId.of(id), this));
        int longest = 0, total = 0;
        for (byte[] id : chosen) {
            int probes = map.probes(id, 0, id.length);
            longest = Math.max(longest, probes);
            total += probes;
        }
        assertTrue(total < 2 * ids && longest < 100, total + " probes, longest " + longest);
        for (int i = 0; i < ids; i += 1 + random.nextInt(5)) assertSame(this, map.remove(ConnectionId.of(chosen.get(i))));
    }

    @Test void idsAreValues() {
        byte[] bytes = {1, 2, 3, 4};
        ConnectionId id = ConnectionId.of(bytes, 1, 2);
        bytes[1] = 9;
        assertEquals(ConnectionId.of(new byte[] {2, 3}), id);
        assertEquals(ConnectionId.of(new byte[] {2, 3}).hashCode(), id.hashCode());
        assertNotEquals(ConnectionId.of(new byte[] {2, 3, 4}), id);
        assertEquals("0203", id.toString());
        id.bytes()[0] = 7;
        assertTrue(id.matches(new byte[] {2, 3}, 0, 2));
        assertFalse(id.matches(new byte[] {2, 3, 0}, 0, 3));
        assertEquals(20, ConnectionId.random(new Random(1), 20).length());
        assertThrows(IllegalArgumentException.class, () -> ConnectionId.of(new byte[21]));
    }
}
