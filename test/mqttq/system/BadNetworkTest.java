package mqttq.system;

import static mqttq.system.MqttWorld.MS;
import static mqttq.system.MqttWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Consumer;
import java.util.stream.LongStream;
import mqttq.Seeds;
import mqttq.sim.SimLink;
import mqttq.sim.SimLoop;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** 1 MiB of QoS 1 and QoS 2 messages both ways between two clients through the broker, over networks as bad as they get. */
class BadNetworkTest {
    private static final int MESSAGES = 512, SIZE = 1024;

    enum Network {
        BURSTS_30_PERCENT(l -> l.delayMillis(20).bursts(0.3, 3), 3600),
        LOSS_2_PERCENT(l -> l.delayMillis(20).loss(0.02), 600),
        CORRUPTION_30_PERCENT(l -> l.delayMillis(20).corrupt(0.3), 3600),
        REORDERING(l -> l.delayMillis(20).reorder(0.2, 30 * MS), 600),
        DUPLICATION(l -> l.delayMillis(20).duplicate(0.3), 600),
        DELAY_750_MS(l -> l.delayMillis(750), 3600),
        BLACKOUTS(l -> l.delayMillis(20).blackouts(5 * SECOND, 2 * SECOND), 3600);

        final Consumer<SimLink> shape;
        final long limit;

        Network(Consumer<SimLink> shape, long limitSeconds) {
            this.shape = shape;
            limit = limitSeconds * SECOND;
        }
    }

    static LongStream seeds() {
        return Seeds.of(10, 200);
    }

    @ParameterizedTest
    @EnumSource
    void everythingArrivesAndQos2ExactlyOnce(Network network) {
        seeds().forEach(seed -> run(network, seed));
    }

    /** Returns the trace hash. */
    static long run(Network network, long seed) {
        MqttWorld w = new MqttWorld(seed);
        SimLoop a = w.clientHost(1), b = w.clientHost(2);
        network.shape.accept(w.world.link(a, w.host).bandwidth(10_000_000, 50));
        network.shape.accept(w.world.link(b, w.host).bandwidth(10_000_000, 50));
        MqttPeer left = w.peer(a, "left"), right = w.peer(b, "right");
        String where = network + ", seed " + seed;
        start(w, left, "+/to-left", where);
        start(w, right, "+/to-right", where);
        for (int qos = 1; qos <= 2; qos++) {
            left.publish("to-right", qos, MESSAGES, SIZE);
            right.publish("to-left", qos, MESSAGES, SIZE);
        }
        boolean all = w.world.runUntil(() -> done(left) && done(right), w.world.now() + network.limit);
        assertTrue(all, () -> where + ": at " + w.world.now() / SECOND + " s " + state(left) + "; " + state(right) + "\n" + w.host.lines());
        for (MqttPeer peer : new MqttPeer[] {left, right}) {
            for (int n = 0; n < MESSAGES; n++) assertEquals(1, peer.received[2][n], where + ": " + peer.id + " got QoS 2 message " + n + " not once");
            assertEquals(0, peer.disordered, where + ": out of order");
        }
        w.world.link(a, w.host).loss(0).bursts(0, 1).corrupt(0).blackouts(SECOND, 0);
        w.world.link(b, w.host).loss(0).bursts(0, 1).corrupt(0).blackouts(SECOND, 0);
        assertEquals("", w.close(), where + ": left over");
        return w.world.hash();
    }

    private static void start(MqttWorld w, MqttPeer peer, String filter, String where) {
        peer.start(filter);
        assertTrue(w.world.runUntil(() -> peer.subscribed == 1, w.world.now() + 120 * SECOND), () -> where + ": " + peer.id + " did not subscribe, " + peer.lastReason);
    }

    private static boolean done(MqttPeer peer) {
        return peer.acknowledged == 2 * MESSAGES && peer.has(1, MESSAGES) && peer.has(2, MESSAGES);
    }

    private static String state(MqttPeer peer) {
        return peer.id + " connects " + peer.connects + " disconnects " + peer.disconnects + " (" + peer.lastReason + "), acknowledged " + peer.acknowledged + " of "
            + peer.published + ", received " + peer.messages;
    }
}
