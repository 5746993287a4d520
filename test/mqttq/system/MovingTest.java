package mqttq.system;

import static mqttq.system.MqttWorld.MS;
import static mqttq.system.MqttWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.LongStream;
import mqttq.Seeds;
import mqttq.mqtt.Message;
import mqttq.sim.SimLoop;
import mqttq.sim.SimNat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A Pi that goes from Wi-Fi to LTE to Ethernet, a NAT that changes its mind, a broker that is killed: the application hears nothing of it. */
class MovingTest {
    private static final long RTT = 40 * MS, MAX_ACK_DELAY = 25 * MS;
    /** RTT + 4 * its variation (at least the timer's granularity of 1 ms, half the RTT after the first sample) + max_ack_delay. */
    private static final long PTO = RTT + 2 * RTT / 8 + MAX_ACK_DELAY;
    private static final int PER_SECOND = 50, SECONDS = 60;

    private final class Trip {
        final MqttWorld w;
        final SimLoop pi, desk;
        final MqttPeer publisher, subscriber;
        private final byte[] payload = new byte[100];
        private int sent;
        long longest, last;
        private int seen;

        Trip(long seed) {
            w = new MqttWorld(seed);
            w.world.links().delay(RTT / 2);
            pi = w.clientHost(1);
            desk = w.clientHost(2);
            w.world.link(desk, w.host).delay(0);
            publisher = w.peer(pi, "pi");
            subscriber = w.peer(desk, "desk");
        }

        void connect() {
            publisher.start("none");
            subscriber.start("1/#");
            assertTrue(w.world.runUntil(() -> publisher.subscribed + subscriber.subscribed == 2, 10 * SECOND));
            last = w.world.now();
        }

        void publish() {
            java.nio.ByteBuffer.wrap(payload).putInt(sent++);
            publisher.published++;
            publisher.client.publish(Message.of("1/x", payload.clone(), 1, false), (code, properties) -> {
                if (!code.isFailure()) publisher.acknowledged++;
            });
        }

        /** Publishes for a while; the times between deliveries are measured to 1 ms. */
        void run(long nanos) {
            long end = w.world.now() + nanos;
            while (w.world.now() < end) {
                if (w.world.now() % (SECOND / PER_SECOND) < MS) publish();
                w.world.runFor(MS - w.world.now() % MS);
                if (subscriber.messages > seen) {
                    longest = Math.max(longest, w.world.now() - last);
                    last = w.world.now();
                    seen = subscriber.messages;
                }
            }
        }

        void nothingLost() {
            assertTrue(w.world.runUntil(() -> publisher.acknowledged == sent, w.world.now() + 20 * SECOND),
                () -> publisher.acknowledged + " of " + sent + " acknowledged; " + publisher.lastReason);
            assertEquals(sent, subscriber.messages);
            assertTrue(subscriber.has(1, sent));
            assertEquals(0, subscriber.disordered);
            assertEquals(1, publisher.connects, () -> publisher.lastReason);
            assertEquals("", w.close());
        }
    }

    static LongStream seeds() {
        return Seeds.of(3, 50);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whereANatRebindsNoGapExceedsThreeRoundTripsAndAProbeTimeout(long seed) {
        Trip trip = new Trip(seed);
        SimNat nat = trip.pi.nat("10.9.0.1");
        trip.connect();
        trip.run(SECOND);
        trip.longest = 0;
        for (int i = 0; i < SECONDS / 2; i++) {
            if (i % 2 == 0) nat.rebind();
            else nat.rebind("10.9.0." + (2 + i));
            trip.run(2 * SECOND);
        }
        assertTrue(trip.longest <= 3 * RTT + PTO, trip.longest / MS + " ms between deliveries");
        trip.nothingLost();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whereThePathDiesTheClientHasMovedWithinThreeProbeTimeouts(long seed) {
        Trip trip = new Trip(seed);
        trip.connect();
        trip.run(SECOND);
        trip.longest = 0;
        String from = "10.0.1.1";
        for (int i = 0; i < SECONDS / 2; i++) {
            String to = "10.9.0." + (1 + i);
            trip.pi.move(from, to);
            from = to;
            trip.run(2 * SECOND);
        }
        // A message sent just before has to be sent again, and the last delivery was up to 1/50 s before.
        long gap = 3 * PTO + RTT + SECOND / PER_SECOND;
        assertTrue(trip.longest <= gap, trip.longest / MS + " ms between deliveries, not " + gap / MS);
        trip.nothingLost();
    }

    @Test
    void aSubscriberWhosePathDiesNoticesByItself() {
        Trip trip = new Trip(5);
        trip.connect();
        trip.w.world.runFor(5 * SECOND);
        trip.desk.move("10.0.1.2", "10.9.9.9");
        trip.w.world.runFor(25 * SECOND);
        int before = trip.subscriber.messages;
        trip.publish();
        trip.w.world.runFor(2 * RTT);
        assertEquals(before + 1, trip.subscriber.messages);
        assertEquals(1, trip.subscriber.connects);
    }

    /** A cable is plugged in while the Wi-Fi goes on; then it is pulled out. Nothing is sent meanwhile, nor is there silence where something is expected. */
    @Test
    void aClientWhoseRouteChangesIsThereWithinSeconds() {
        Trip trip = new Trip(8);
        trip.connect();
        trip.w.world.runFor(5 * SECOND);
        long noticed = SimLoop.ROUTES_NANOS + 3 * RTT;
        trip.desk.preferAddress("10.9.9.9");
        trip.w.world.runFor(noticed);
        assertEquals("10.9.9.9", trip.subscriber.pipe.local().getAddress().getHostAddress());
        trip.w.world.runFor(SECOND);
        trip.desk.removeAddress("10.9.9.9");
        trip.w.world.runFor(noticed);
        assertEquals("10.0.1.2", trip.subscriber.pipe.local().getAddress().getHostAddress());
        trip.publish();
        trip.w.world.runFor(2 * RTT);
        assertEquals(1, trip.subscriber.messages);
        assertEquals(1, trip.subscriber.connects);
        assertEquals("", trip.w.close());
    }

    @Test
    void aSubscriberKeepsTheBindingOfItsNat() {
        Trip trip = new Trip(6);
        trip.desk.nat("10.9.0.1").timeout(30 * SECOND);
        trip.connect();
        trip.w.world.runFor(600 * SECOND);
        trip.publish();
        trip.w.world.runFor(2 * RTT);
        assertEquals(1, trip.subscriber.messages);
        assertEquals(1, trip.subscriber.connects);
    }

    /** The answer to the client's next packet is a stateless reset; one more round trip, and it has a new connection's handshake. */
    @Test
    void afterACrashOfTheBrokerTheNextPacketReconnectsWithinTwoRoundTrips() {
        Trip trip = new Trip(7);
        trip.connect();
        trip.run(SECOND);
        trip.w.world.runFor(3 * SECOND);
        trip.w.crash();
        trip.w.world.runFor(3 * SECOND);
        assertEquals(1, trip.publisher.connects);
        trip.publish();
        long start = trip.w.world.now();
        assertTrue(trip.w.world.runUntil(() -> trip.publisher.disconnects == 1, start + SECOND));
        assertTrue(trip.w.world.now() - start <= RTT + MS, (trip.w.world.now() - start) / MS + " ms until it knew");
        assertTrue(trip.w.world.runUntil(() -> trip.w.broker.openConnections() > 0, start + SECOND));
        assertTrue(trip.w.world.now() - start <= 5 * RTT / 2 + 5 * MS, (trip.w.world.now() - start) / MS + " ms");
    }
}
