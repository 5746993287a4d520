package mqttq.system;

import static mqttq.system.MqttWorld.MS;
import static mqttq.system.MqttWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import mqttq.Seeds;
import mqttq.Unlimited;
import mqttq.config.BrokerSettings;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Message;
import mqttq.sim.SimDisk;
import org.junit.jupiter.api.Test;

/** The broker's machine loses power again and again while persistent clients publish and receive. */
class PowerCutTest {
    private static final long YEAR = 8766L * 3_600_000;
    private static final String JOURNAL = "/data/journal";
    private static final int CUTS = Seeds.SOAK ? 500 : 100, PER_ROUND = Seeds.SOAK ? 6 : 25, TOPICS = 8;

    @Test
    void nothingAcknowledgedIsLostAndQos2ComesOnce() {
        Seeds.of(1, 20).forEach(PowerCutTest::run);
    }

    private static void run(long seed) {
        Random random = new Random(seed);
        MqttWorld w = new MqttWorld(seed, TrustingProtection.FACTORY, Unlimited.settings()).journal(JOURNAL);
        SimDisk disk = w.host.disk(JOURNAL);
        w.crash();
        MqttPeer publisher = w.peer(w.clientHost(1), "publisher"), one = w.peer(w.clientHost(2), "one"), two = w.peer(w.clientHost(3), "two");
        publisher.start("none");
        one.start("+/x");
        two.start("+/x");
        assertTrue(w.world.runUntil(() -> publisher.subscribed + one.subscribed + two.subscribed == 3, 20 * SECOND), "seed " + seed);
        int[] retainedSent = new int[TOPICS], retainedSafe = new int[TOPICS];
        for (int cut = 0; cut < CUTS; cut++) {
            String where = "seed " + seed + ", cut " + cut;
            for (int qos = 1; qos <= 2; qos++) publisher.publish("x", qos, cut * PER_ROUND, PER_ROUND, 50 + random.nextInt(2000));
            for (int i = random.nextInt(4); i > 0; i--) {
                int topic = random.nextInt(TOPICS), value = ++retainedSent[topic];
                publisher.client.publish(Message.of("r/" + topic, ByteBuffer.allocate(4).putInt(value).array(), 1, true), (code, properties) -> {
                    if (!code.isFailure()) retainedSafe[topic] = Math.max(retainedSafe[topic], value);
                });
            }
            if (random.nextInt(4) == 0) one.pipe.abort(0, "");
            if (random.nextInt(10) == 0) disk.failSync("Input/output error");
            if (random.nextInt(10) == 0) disk.fail(random.nextInt(5), "Input/output error");
            if (random.nextInt(10) == 0) w.broker.compact();
            w.world.runFor((long) (random.nextDouble() * random.nextDouble() * 5 * SECOND));
            if (random.nextInt(4) == 0) w.host.wall(w.host.wallMillis() + (random.nextInt(41) - 20) * YEAR);
            w.crash();
            disk.fail(0, null);
            Map<Integer, Integer> retained = retained(w);
            for (int topic = 0; topic < TOPICS; topic++) {
                int value = retained.getOrDefault(topic, 0);
                assertTrue(value >= retainedSafe[topic] && value <= retainedSent[topic], where + ": retained " + value + " of " + retainedSafe[topic] + " to " + retainedSent[topic]);
            }
        }
        int all = CUTS * PER_ROUND;
        boolean done = w.world.runUntil(() -> missing(publisher, one, all) + missing(publisher, two, all) + publisher.published - publisher.acknowledged - refused(publisher) == 0,
            w.world.now() + 600 * SECOND);
        assertTrue(done, () -> "seed " + seed + ": " + one.messages + " and " + two.messages + " of " + 2 * all + ", acknowledged " + publisher.acknowledged + " of " + publisher.published
            + "\n" + String.join("\n", w.host.lines().subList(Math.max(0, w.host.lines().size() - 30), w.host.lines().size())));
        w.world.runFor(10 * SECOND);
        for (MqttPeer peer : new MqttPeer[] {one, two}) {
            for (int n = 0; n < all; n++) {
                int times = peer.received[2][n];
                assertEquals(publisher.refused[2][n] ? 0 : 1, times, "seed " + seed + ": " + peer.id + " got QoS 2 message " + n);
            }
            assertEquals(0, peer.disordered, "seed " + seed + ": out of order at " + peer.id);
        }
        Map<Integer, Integer> retained = retained(w);
        for (int topic = 0; topic < TOPICS; topic++) assertTrue(retained.getOrDefault(topic, 0) >= retainedSafe[topic], "seed " + seed);
        assertTrue(refused(publisher) < all / 20, "seed " + seed + ": " + refused(publisher) + " refused");
        w.world.runFor(100 * MS);
    }

    /** Messages of which nobody was told that they were refused, and that have not come. */
    private static int missing(MqttPeer publisher, MqttPeer to, int all) {
        int missing = 0;
        for (int qos = 1; qos <= 2; qos++) for (int n = 0; n < all; n++) if (to.received[qos][n] == 0 && !publisher.refused[qos][n]) missing++;
        return missing;
    }

    private static int refused(MqttPeer publisher) {
        int refused = 0;
        for (boolean[] each : publisher.refused) for (boolean one : each) if (one) refused++;
        return refused;
    }

    /** What the broker has under r/. */
    private static Map<Integer, Integer> retained(MqttWorld w) {
        Map<Integer, Integer> values = new TreeMap<>();
        var client = w.broker.localClient((self, message, qos, retain) -> take(values, message));
        client.subscribe("r/+", 1, false, false);
        client.close();
        return values;
    }

    private static boolean take(Map<Integer, Integer> values, ApplicationMessage message) {
        values.put(Integer.parseInt(message.topic().substring(2)), message.payloadBuffer().getInt());
        return true;
    }
}
