package mqttq.system;

import static mqttq.system.MqttWorld.MS;
import static mqttq.system.MqttWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import mqttq.Seeds;
import mqttq.Unlimited;
import mqttq.sim.SimLoop;
import mqttq.sim.SimNat;
import org.junit.jupiter.api.Test;

/** The broker's machine loses power; its subscribers, who have nothing to say, are told as soon as it is up again. */
class LostConnectionsTest {
    private static final int MANY = Seeds.SOAK ? 200 : 8;
    private final MqttWorld w = new MqttWorld(1, TrustingProtection.FACTORY, Unlimited.settings()).journal("/data/journal");

    private MqttPeer start(SimLoop host) {
        MqttPeer peer = w.peer(host, "c" + w.peers.size());
        peer.start("none");
        return peer;
    }

    private boolean connected(long within, int times) {
        return w.world.runUntil(() -> w.peers.stream().allMatch(peer -> peer.connects == times && peer.subscribed == 1), w.world.now() + within);
    }

    @Test
    void allAreBackWithinTwoSeconds() {
        w.world.links().delay(20 * MS);
        w.crash();
        for (int i = 1; i <= MANY; i++) start(w.clientHost(i));
        assertTrue(connected(20 * SECOND, 1));
        w.world.runFor(11 * SECOND);
        w.crash();
        assertTrue(connected(2 * SECOND, 2), "in 2 s");
        assertEquals(MANY, w.told.size());
        assertEquals(MANY, new HashSet<>(w.told).size());
        w.world.runFor(11 * SECOND);
        assertEquals(MANY, w.told.size());
        w.crash();
        assertTrue(connected(2 * SECOND, 3), "and again");
    }

    @Test
    void whoLeftOrHasMovedIsNotTold() {
        w.world.links().delay(20 * MS);
        w.crash();
        SimLoop first = w.clientHost(1), third = w.clientHost(3);
        SimNat nat = first.nat("10.9.0.1"), other = third.nat("10.9.0.3");
        MqttPeer moved = start(first), left = start(w.clientHost(2)), moving = start(third);
        assertTrue(connected(20 * SECOND, 1));
        w.world.runFor(11 * SECOND);
        nat.rebind();
        moved.publish("x", 1, 1, 10);
        left.close();
        w.world.runFor(12 * SECOND);
        assertTrue(left.closed());
        other.rebind();
        moving.publish("x", 1, 1, 10);
        w.world.runFor(30 * MS);
        // who moves just now has something to say, hears that nobody knows it, and is back before its turn
        w.crash();
        w.world.runFor(2 * SECOND);
        assertEquals("[/10.9.0.1:20002]", w.told.toString());
        assertEquals(2, moved.connects);
        w.world.runFor(60 * SECOND);
        assertEquals(2, moving.connects);
    }
}
