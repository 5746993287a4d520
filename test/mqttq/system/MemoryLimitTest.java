package mqttq.system;

import static mqttq.system.MqttWorld.MS;
import static mqttq.system.MqttWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import mqttq.Seeds;
import mqttq.Unlimited;
import mqttq.config.BrokerSettings;
import org.junit.jupiter.api.Test;

/** The broker's memory is full of what absent clients have not taken, on a bad network: a publisher that is refused sends again. */
class MemoryLimitTest {
    private static final int MESSAGES = 20, ABSENT = 10;

    @Test
    void whatWasRefusedAndIsSentAgainComesOnce() { Seeds.of(1, 20).forEach(MemoryLimitTest::run); }

    private static void run(long seed) {
        Random random = new Random(seed);
        BrokerSettings settings = Unlimited.settings();
        settings.memoryLimit = 300_000;
        MqttWorld w = new MqttWorld(seed, TrustingProtection.FACTORY, settings);
        w.world.links().delay(5 * MS).loss(0.1);
        MqttPeer publisher = w.peer(w.clientHost(1), "publisher"), filler = w.peer(w.clientHost(2), "filler"), there = w.peer(w.clientHost(3), "there"),
            away = w.peer(w.clientHost(4), "away");
        MqttPeer[] absent = new MqttPeer[ABSENT];
        for (int i = 0; i < ABSENT; i++) {
            absent[i] = w.peer(w.clientHost(10 + i), "absent" + i);
            absent[i].start("1/" + i);
        }
        publisher.start("none");
        filler.start("none");
        there.start("2/x");
        away.start("2/x");
        assertTrue(w.world.runUntil(() -> w.peers.stream().allMatch(each -> each.subscribed == 1), 60 * SECOND), "seed " + seed);
        for (MqttPeer each : absent) each.leave();
        away.leave();
        for (int i = 0; i < ABSENT; i++) filler.publish(String.valueOf(i), 1, 100 * i, 30, 1000);
        w.world.runFor(60 * SECOND);
        int refusals = 0, back = 0;
        publisher.publish("x", 2, 0, MESSAGES, 600);
        for (int round = 0; round < 60; round++) {
            w.world.runFor((long) (random.nextDouble() * 3 * SECOND));
            if (random.nextInt(4) == 0) publisher.pipe.abort(0, "");
            if (random.nextInt(4) == 0) filler.publish(String.valueOf(ABSENT - 1), 1, 2000 + round, 1, random.nextInt(1000) + 4);
            if (round > 5 && random.nextInt(3) == 0 && back < ABSENT - 1) w.peer(w.clientHost(30 + back), "absent" + back++, false, null).start("none");
            for (int n = 0; n < MESSAGES; n++) {
                if (!publisher.refused[2][n]) continue;
                publisher.refused[2][n] = false;
                refusals++;
                publisher.publish("x", 2, n, 1, random.nextInt(900) + 4);
            }
        }
        int tries = MESSAGES + refusals;
        assertTrue(w.world.runUntil(() -> publisher.acknowledged == MESSAGES, w.world.now() + 120 * SECOND), () -> "seed " + seed + ": taken " + publisher.acknowledged + " after " + tries);
        assertTrue(refusals > MESSAGES, "seed " + seed + ": refused " + refusals);
        MqttPeer again = w.peer(w.clientHost(50), "away", false, null);
        again.start("2/x");
        w.world.runUntil(() -> there.has(2, MESSAGES) && again.has(2, MESSAGES), w.world.now() + 60 * SECOND);
        w.world.runFor(10 * SECOND);
        for (int n = 0; n < MESSAGES; n++) {
            assertEquals(1, there.received[2][n], "seed " + seed + ": there got message " + n);
            assertEquals(1, again.received[2][n], "seed " + seed + ": away got message " + n);
        }
    }
}
