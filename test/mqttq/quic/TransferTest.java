package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mqttq.sim.SimLink;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransferTest {
    private static final int MIB = 1 << 20;

    private record Pair(SimWorld world, SimLoop a, SimLoop b, QuicHost client, QuicHost server, App app) {
        static Pair of(long seed) {
            SimWorld world = new SimWorld(seed);
            SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
            QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
            world.link(a, b).delayMillis(10);
            return new Pair(world, a, b, client, server, null);
        }

        SimLink link() {
            return world.link(a, b);
        }

        Pair connect() {
            App app = client.connect(server);
            assertTrue(world.runUntil(() -> app.handshakes == 1 && server.apps.size() > 0 && server.apps.get(0).handshakes == 1, 25 * SECOND));
            return new Pair(world, a, b, client, server, app);
        }

        App peer() {
            return server.apps.get(0);
        }

        void bothWays(int bytes, long limit) {
            app.send(bytes);
            peer().send(bytes);
            boolean done = world.runUntil(() -> peer().ends == 1 && app.ends == 1 || app.closed != null || peer().closed != null, limit);
            assertNull(app.closed);
            assertNull(peer().closed);
            assertTrue(done, () -> "got " + peer().received + " and " + app.received + " at " + world.now() / MS + " ms " + a.lines() + b.lines());
            assertEquals(bytes, app.received);
            assertEquals(bytes, peer().received);
            assertEquals(0, app.wrong + peer().wrong);
        }
    }

    @Test
    void marksPacketsUntilThePeerAcknowledgesWithoutCounts() {
        Pair pair = Pair.of(1);
        pair.client.marks = true;
        pair = pair.connect();
        assertEquals(0, pair.client.marked);
        pair.bothWays(MIB, 30 * SECOND);
        assertTrue(pair.client.marked > 0 && pair.client.marked < 100, "marked " + pair.client.marked + " of " + pair.client.datagramsSent);
        assertEquals(0, pair.server.marked);
    }

    @Test
    void aMebibyteBothWays() {
        Pair.of(1).connect().bothWays(MIB, 30 * SECOND);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void aMebibyteBothWaysOverABadLink(long seed) {
        Pair pair = Pair.of(seed);
        pair.link().loss(0.03).reorder(0.05, 5 * MS).duplicate(0.02).corrupt(0.01).jitter(2 * MS);
        pair.connect().bothWays(MIB, 120 * SECOND);
    }

    @Test
    void aWhileOfDarknessEndsNothing() {
        Pair pair = Pair.of(3);
        pair.link().bandwidth(5_000_000, 50);
        pair = pair.connect();
        pair.link().blackouts(700 * MS, 900 * MS);
        pair.bothWays(MIB, 120 * SECOND);
    }

    @Test
    void aFullSocketLosesNothing() {
        Pair pair = Pair.of(4);
        pair.a.sendRoom(3);
        pair.b.sendRoom(2);
        pair = pair.connect();
        pair.bothWays(MIB, 60 * SECOND);
        assertEquals(0, pair.app.connection.stats().packetsLost());
    }

    @Test
    void tenMebibytesFillTheLink() {
        Pair pair = Pair.of(1);
        pair.link().delayMillis(15).bandwidth(10_000_000, 40);
        pair = pair.connect();
        long start = pair.world.now();
        App peer = pair.peer();
        pair.app.send(10 * MIB);
        assertTrue(pair.world.runUntil(() -> peer.ends == 1, 60 * SECOND));
        double mbits = 8.0 * 10 * MIB / ((pair.world.now() - start) / 1e9) / 1e6;
        assertTrue(mbits >= 8.5, "only " + mbits + " Mbit/s; lost " + pair.app.connection.stats().packetsLost());
    }

    private static long hashOf(long seed) {
        Pair pair = Pair.of(seed);
        pair.link().loss(0.02).reorder(0.02, 4 * MS).duplicate(0.01);
        pair = pair.connect();
        pair.bothWays(MIB / 8, 60 * SECOND);
        pair.app.connection.close(7, "bye");
        pair.world.runFor(5 * SECOND);
        return pair.world.hash();
    }

    @Test
    void theSameSeedGivesTheSameTrace() {
        assertEquals(hashOf(9), hashOf(9));
        assertNotEquals(hashOf(9), hashOf(10));
    }

    @Test
    void everyTimerAndSocketEndsWithTheConnections() {
        Pair pair = Pair.of(2).connect();
        pair.bothWays(1000, 20 * SECOND);
        pair.app.connection.close(0, "");
        pair.world.runFor(10 * SECOND);
        assertEquals(0, pair.client.endpoint.connections());
        assertEquals(0, pair.server.endpoint.connections());
        assertEquals(0, pair.a.setTimers() + pair.b.setTimers());
        assertEquals(Long.MAX_VALUE, pair.server.endpoint.deadline());
    }
}
