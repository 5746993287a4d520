package mqttq.session;

import static mqttq.session.Inflight.AWAIT_PUBACK;
import static mqttq.session.Inflight.AWAIT_PUBCOMP;
import static mqttq.session.Inflight.AWAIT_PUBREC;
import static mqttq.session.Inflight.NONE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import mqttq.Statement;
import org.junit.jupiter.api.Test;

class InflightTest {
    private final PacketIds ids = new PacketIds();

    @Test
    void qos1EndsWithPuback() {
        Inflight<String> inflight = new Inflight<>(ids, 20);
        int id = inflight.begin("m", 1, 5, "note");
        int entry = inflight.find(id);
        assertEquals(AWAIT_PUBACK, inflight.state(entry));
        assertEquals("m", inflight.message(entry));
        assertEquals(5, inflight.flags(entry));
        assertEquals("note", inflight.note(entry));
        inflight.done(entry);
        assertEquals(NONE, inflight.find(id));
        assertFalse(ids.inUse(id));
        assertEquals(0, inflight.size());
    }

    @Test
    void qos2KeepsTheIdentifierButNotTheMessageUntilPubcomp() {
        Inflight<String> inflight = new Inflight<>(ids, 20);
        int entry = inflight.find(inflight.begin("m", 2, 0, null));
        assertEquals(AWAIT_PUBREC, inflight.state(entry));
        inflight.released(entry);
        assertEquals(AWAIT_PUBCOMP, inflight.state(entry));
        assertNull(inflight.message(entry));
        assertEquals(1, inflight.size());
    }

    @Test
    void neverMoreThanThePeersReceiveMaximumAndTheOwnLimit() {
        Inflight<String> inflight = new Inflight<>(ids, 3);
        inflight.connected(2);
        int first = inflight.begin("1", 1, 0, null);
        inflight.begin("2", 1, 0, null);
        assertFalse(inflight.room());
        inflight.done(inflight.find(first));
        assertTrue(inflight.room());
        inflight.connected(65535);
        assertEquals("2", inflight.message(inflight.nextResend()));
        inflight.begin("3", 1, 0, null);
        inflight.begin("4", 1, 0, null);
        assertFalse(inflight.room());
    }

    @Test
    @Statement({"MQTT-4.3.2-3", "MQTT-4.3.3-3"})
    void afterReconnectSendsAgainInOrderBeforeAnythingNew() {
        Inflight<String> inflight = new Inflight<>(ids, 20);
        int a = inflight.begin("a", 1, 0, null), b = inflight.begin("b", 2, 0, null), c = inflight.begin("c", 2, 0, null);
        inflight.released(inflight.find(b));
        inflight.connected(20);
        assertFalse(inflight.room());
        assertEquals(a, inflight.id(inflight.nextResend()));
        assertEquals(b, inflight.id(inflight.nextResend()));
        assertEquals(c, inflight.id(inflight.nextResend()));
        assertEquals(NONE, inflight.nextResend());
        assertTrue(inflight.room());
    }

    @Test
    void sendingAgainKeepsWithinASmallerReceiveMaximum() {
        Inflight<String> inflight = new Inflight<>(ids, 20);
        for (int i = 0; i < 5; i++) inflight.begin("m" + i, 1, 0, null);
        inflight.connected(2);
        int first = inflight.nextResend();
        inflight.nextResend();
        assertEquals(NONE, inflight.nextResend());
        inflight.done(first);
        assertEquals("m2", inflight.message(inflight.nextResend()));
        assertEquals(NONE, inflight.nextResend());
    }

    @Test
    void whatCouldNotBeSentComesAgain() {
        Inflight<String> inflight = new Inflight<>(ids, 20);
        inflight.begin("a", 1, 0, null);
        inflight.connected(1);
        int entry = inflight.nextResend();
        inflight.unsent(entry);
        assertEquals(entry, inflight.nextResend());
        assertEquals(NONE, inflight.nextResend());
    }

    @Test
    void anOldEntryThatIsNeverAcknowledgedDoesNotMakeTheRingGrow() {
        Inflight<String> inflight = new Inflight<>(ids, 20);
        int stuck = inflight.begin("stuck", 1, 0, null);
        for (int i = 0; i < 200_000; i++) inflight.done(inflight.find(inflight.begin("m", 1, 0, null)));
        assertEquals("stuck", inflight.message(inflight.find(stuck)));
        assertEquals(1, inflight.size());
    }

    @Test
    void restoresAKeptSession() {
        Inflight<String> inflight = new Inflight<>(ids, 20);
        inflight.restore(40_000, AWAIT_PUBCOMP, null, 0, null);
        inflight.restore(40_001, AWAIT_PUBACK, "m", 1, null);
        inflight.connected(10);
        assertEquals(40_000, inflight.id(inflight.nextResend()));
        assertEquals(40_001, inflight.id(inflight.nextResend()));
        assertEquals(40_002, inflight.begin("n", 1, 0, null));
    }

    @Test
    void randomAcknowledgementsKeepTheOrder() {
        Random random = new Random(7);
        Inflight<Integer> inflight = new Inflight<>(ids, 50);
        Map<Integer, Integer> model = new LinkedHashMap<>();
        for (int i = 0; i < 100_000; i++) {
            if (random.nextInt(1000) == 0) {
                inflight.connected(50);
                List<Integer> again = new ArrayList<>();
                for (int entry; (entry = inflight.nextResend()) != NONE; ) again.add(inflight.id(entry));
                assertEquals(new ArrayList<>(model.keySet()), again);
            }
            if (inflight.room() && random.nextInt(3) > 0) model.put(inflight.begin(i, 1, 0, i), i);
            if (!model.isEmpty() && random.nextInt(2) == 0) {
                List<Integer> keys = new ArrayList<>(model.keySet());
                int id = keys.get(random.nextInt(keys.size()));
                int entry = inflight.find(id);
                assertEquals(model.remove(id), inflight.message(entry));
                inflight.done(entry);
            }
            assertEquals(model.size(), inflight.size());
        }
        List<Integer> left = new ArrayList<>();
        for (int entry = inflight.first(); entry != NONE; entry = inflight.next(entry)) left.add(inflight.id(entry));
        assertEquals(new ArrayList<>(model.keySet()), left);
        inflight.clear();
        for (int id : model.keySet()) assertFalse(ids.inUse(id));
    }
}
