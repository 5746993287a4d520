package mqttq.system;

import static mqttq.system.MqttWorld.MS;
import static mqttq.system.MqttWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import mqttq.Seeds;
import mqttq.Unlimited;
import mqttq.config.BrokerSettings;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Message;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Will;
import mqttq.sim.SimDisk;
import org.junit.jupiter.api.Test;

/** The broker's machine loses power again and again while persistent clients publish and receive. */
class PowerCutTest {
    private static final long YEAR = 8766L * 3_600_000;
    private static final String JOURNAL = "/data/journal";
    private static final int CUTS = Seeds.SOAK ? 500 : 20, PER_ROUND = Seeds.SOAK ? 6 : 60, TOPICS = 8;

    @Test
    void nothingAcknowledgedIsLostAndQos2ComesOnce() {
        Seeds.of(1, 20).forEach(PowerCutTest::run);
    }

    private static void run(long seed) {
        Random random = new Random(seed);
        MqttWorld w = new MqttWorld(seed, TrustingProtection.FACTORY, Unlimited.settings()).journal(JOURNAL);
        SimDisk disk = w.host.disk(JOURNAL);
        w.crash();
        MqttPeer publisher = w.peer(w.clientHost(1), "publisher"), other = w.peer(w.clientHost(6), "other"), one = w.peer(w.clientHost(2), "one"), two = w.peer(w.clientHost(3), "two");
        publisher.start("none");
        other.start("none");
        // long queues of those that come back at the end, and one whose will somebody hears each time that it is there when the power fails
        MqttPeer mortal = w.peer(w.clientHost(5), "mortal", true, new Will("1/will", new byte[4], 1, false, Properties.EMPTY));
        mortal.start("none");
        MqttPeer[] absent = absent(w, true);
        one.start("+/x");
        two.start("+/x");
        assertTrue(w.world.runUntil(() -> publisher.subscribed + other.subscribed + one.subscribed + two.subscribed + mortal.subscribed == 5
            && List.of(absent).stream().allMatch(each -> each.subscribed == 1), 20 * SECOND), "seed " + seed);
        for (MqttPeer each : absent) each.leave();
        int wills = 0, connects = 0;
        int[] retainedSent = new int[TOPICS], retainedSafe = new int[TOPICS];
        for (int cut = 0; cut < CUTS; cut++) {
            String where = "seed " + seed + ", cut " + cut;
            publisher.publish("x", 1, cut * PER_ROUND, PER_ROUND, 50 + random.nextInt(2000));
            other.publish("x", 2, cut * PER_ROUND, PER_ROUND, 50 + random.nextInt(2000)); // from elsewhere, so that they come in another order again
            for (int i = random.nextInt(4); i > 0; i--) {
                int topic = random.nextInt(TOPICS), value = ++retainedSent[topic];
                publisher.client.publish(Message.of("r/" + topic, ByteBuffer.allocate(4).putInt(value).array(), 1, true), (code, properties) -> {
                    if (!code.isFailure()) retainedSafe[topic] = Math.max(retainedSafe[topic], value);
                });
            }
            if (random.nextInt(4) == 0) one.pipe.abort(0, "");
            boolean failing = random.nextInt(5) == 0, orderly = random.nextInt(10) == 0;
            if (failing && random.nextBoolean()) disk.failSync("Input/output error");
            else if (failing) disk.fail(random.nextInt(5), "Input/output error");
            w.world.runFor((long) (random.nextDouble() * random.nextDouble() * (random.nextBoolean() ? 5 * SECOND : 50 * MS)));
            if (random.nextBoolean()) { // while messages come, and perhaps until it is done
                w.broker.compact();
                w.world.runFor((long) (random.nextDouble() * random.nextDouble() * SECOND));
            }
            if (mortal.connects > connects && !failing) wills++; // once for each connection: this client takes its time to see that one is gone
            connects = mortal.connects;
            if (orderly) {
                w.broker.shutdown();
                w.broker.flush(() -> { });
                w.world.runFor(2 * SECOND);
            }
            if (random.nextInt(4) == 0) w.host.wall(w.host.wallMillis() + (random.nextInt(41) - 20) * YEAR);
            w.crash();
            disk.fail(0, null);
            Map<Integer, Integer> retained = retained(w);
            for (int topic = 0; topic < TOPICS; topic++) {
                int value = retained.getOrDefault(topic, 0);
                assertTrue(value >= retainedSafe[topic] && value <= retainedSent[topic], where + ": retained " + value + " of " + retainedSafe[topic] + " to " + retainedSent[topic]);
            }
        }
        int all = CUTS * PER_ROUND, heard = wills;
        MqttPeer[] back = absent(w, false);
        boolean done = w.world.runUntil(() -> missing(all, publisher, other, one) + missing(all, publisher, other, two) + missing(all, publisher, other, back[0]) == 0
            && missing(all, publisher, other, back[1], back[2]) == 0 && back[3].received[1][0] >= heard && open(publisher) + open(other) == 0,
            w.world.now() + 600 * SECOND);
        assertTrue(done, () -> "seed " + seed + ": " + missing(all, publisher, other, one) + " and " + missing(all, publisher, other, two) + " missing, absent "
            + missing(all, publisher, other, back[0]) + ", of the group " + missing(all, publisher, other, back[1], back[2]) + ", wills " + back[3].received[1][0] + " of " + heard + ", acknowledged " + publisher.acknowledged + " of " + publisher.published
            + "\n" + String.join("\n", w.host.lines().subList(Math.max(0, w.host.lines().size() - 30), w.host.lines().size())));
        w.world.runFor(10 * SECOND);
        for (MqttPeer peer : new MqttPeer[] {one, two, back[0]}) {
            for (int n = 0; n < all; n++) {
                int times = peer.received[2][n];
                assertEquals(other.refused[2][n] ? 0 : 1, times, "seed " + seed + ": " + peer.id + " got QoS 2 message " + n);
            }
            assertEquals(0, peer.disordered, "seed " + seed + ": out of order at " + peer.id);
        }
        Map<Integer, Integer> retained = retained(w);
        for (int topic = 0; topic < TOPICS; topic++) assertTrue(retained.getOrDefault(topic, 0) >= retainedSafe[topic], "seed " + seed);
        assertTrue(refused(publisher) + refused(other) < all / 10, "seed " + seed + ": " + refused(publisher) + " and " + refused(other) + " refused");
        w.world.runFor(100 * MS);
    }

    private static MqttPeer[] absent(MqttWorld w, boolean first) {
        String[] ids = {"away", "shared1", "shared2", "heir"}, filters = {"+/x", "$share/g/+/x", "$share/g/+/x", "1/will"};
        MqttPeer[] peers = new MqttPeer[ids.length];
        for (int i = 0; i < ids.length; i++) {
            peers[i] = w.peer(w.clientHost((first ? 10 : 20) + i), ids[i], first, null);
            peers[i].start(filters[i]);
        }
        return peers;
    }

    /** Messages of which nobody was told that they were refused, and that have come to none of these. */
    private static int missing(int all, MqttPeer once, MqttPeer twice, MqttPeer... to) {
        int missing = 0;
        for (int qos = 1; qos <= 2; qos++) {
            for (int n = 0; n < all; n++) {
                boolean there = (qos == 1 ? once : twice).refused[qos][n];
                for (MqttPeer each : to) there |= each.received[qos][n] > 0;
                if (!there) missing++;
            }
        }
        return missing;
    }

    private static int open(MqttPeer publisher) { return publisher.published - publisher.acknowledged - refused(publisher); }

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
