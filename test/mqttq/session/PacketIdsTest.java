package mqttq.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import mqttq.Statement;
import org.junit.jupiter.api.Test;

class PacketIdsTest {
    @Test
    @Statement({"MQTT-4.3.2-1", "MQTT-4.3.3-1"})
    void countsFrom1To65535AndLeavesOutThoseInUse() {
        PacketIds ids = new PacketIds();
        for (int i = 1; i <= 0xffff; i++) assertEquals(i, ids.allocate());
        assertEquals(0, ids.allocate());
        assertTrue(ids.release(7));
        assertFalse(ids.release(7));
        assertEquals(7, ids.allocate());
        ids.release(3);
        ids.release(60000);
        assertEquals(60000, ids.allocate());
        assertEquals(3, ids.allocate());
    }

    @Test
    void aClaimedIdentifierIsNotHandedOut() {
        PacketIds ids = new PacketIds();
        assertTrue(ids.claim(1));
        assertFalse(ids.claim(1));
        assertEquals(2, ids.allocate());
    }

    @Test
    void setDoesWhatABitSetDoes() {
        Random random = new Random(1);
        IdSet set = new IdSet();
        BitSet model = new BitSet();
        for (int i = 0; i < 200_000; i++) {
            int id = 1 + random.nextInt(i % 20_000 < 10_000 ? 300 : 0xffff);
            switch (random.nextInt(3)) {
                case 0 -> {
                    assertEquals(!model.get(id), set.add(id));
                    model.set(id);
                }
                case 1 -> {
                    assertEquals(model.get(id), set.remove(id));
                    model.clear(id);
                }
                default -> assertEquals(model.get(id), set.contains(id));
            }
            assertEquals(model.cardinality(), set.size());
        }
        int[] all = set.toArray();
        Arrays.sort(all);
        assertEquals(model.stream().boxed().toList(), Arrays.stream(all).boxed().toList());
    }
}
