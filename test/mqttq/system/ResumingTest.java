package mqttq.system;

import static mqttq.system.MqttWorld.MS;
import static mqttq.system.MqttWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import mqttq.loop.UdpPort;
import mqttq.sim.SimLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that comes back publishes in its first flight (0-RTT); whoever repeats that flight changes nothing. */
class ResumingTest {
    private final MqttWorld w = new MqttWorld(1);
    private SimLoop pi, desk, mallory;
    private MqttPeer publisher, subscriber;
    /** Datagrams from the publisher, when they are recorded; and whether they get through. */
    private List<byte[]> flight;
    private boolean through = true;
    private long firstAt;

    /** A publisher some way off, and a subscriber beside the broker; the publisher's connection has just ended, and it will be back. */
    private void part(long delay) {
        pi = w.clientHost(1);
        desk = w.clientHost(2);
        w.world.link(pi, w.host).delay(delay);
        w.world.link(desk, w.host).delay(0);
        publisher = w.peer(pi, "pi");
        subscriber = w.peer(desk, "desk");
        publisher.start("none");
        subscriber.start("+/x");
        assertTrue(w.world.runUntil(() -> publisher.subscribed + subscriber.subscribed == 2, 20 * SECOND));
        w.world.runFor(10 * delay + 100 * MS);
        publisher.pipe.abort(0, "");
        w.world.runFor(4 * delay + 2 * MS);
        assertEquals(1, publisher.disconnects);
    }

    /** Publishes what goes out when the publisher comes back, and waits for that moment. */
    private void comeBack(int count) {
        flight = new ArrayList<>();
        w.world.link(pi, w.host).from(pi).filter((number, datagram) -> {
            byte[] bytes = new byte[datagram.remaining()];
            datagram.get(bytes);
            flight.add(bytes);
            return through;
        });
        for (int qos = 0; qos <= 2; qos++) publisher.publish("x", qos, count, 20);
        assertTrue(w.world.runUntil(() -> !flight.isEmpty(), w.world.now() + 60 * SECOND));
        firstAt = w.world.now();
    }

    private boolean hasAll(int count) {
        return subscriber.has(0, count) && subscriber.has(1, count) && subscriber.has(2, count);
    }

    private void allOnce(int count) {
        assertTrue(w.world.runUntil(() -> hasAll(count) && publisher.acknowledged == publisher.published, w.world.now() + 60 * SECOND));
        w.world.runFor(10 * SECOND);
        assertEquals(3 * count, subscriber.messages);
        assertEquals(0, subscriber.disordered);
    }

    /** The flight is sent again by somebody else. */
    private void replay(List<byte[]> datagrams) {
        if (mallory == null) mallory = w.clientHost(66);
        UdpPort port = mallory.udp(new InetSocketAddress(mallory.address(), 0), new UdpPort.Handler() {
            @Override public void onDatagram(long now, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) { }

            @Override public void onWritable() { }
        });
        for (byte[] datagram : datagrams) port.send(ByteBuffer.wrap(datagram), new InetSocketAddress(w.host.address(), MqttWorld.PORT));
        w.world.runFor(SECOND);
        port.close();
    }

    private void end() {
        assertEquals("", w.close());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 10, 50, 300})
    void aReturningClientsMessageIsThereHalfARoundTripAfterItStarts(long delay) {
        part(delay * MS);
        comeBack(1);
        assertTrue(w.world.runUntil(() -> hasAll(1), firstAt + delay * MS + MS / 10), "" + (w.world.now() - firstAt));
        assertEquals(firstAt + delay * MS, w.world.now(), MS / 10);
        allOnce(1);
        assertEquals(2, publisher.connects);
        end();
    }

    @Test
    void aReplayedFirstFlightIsDeliveredOnceAlsoAfterARestartOfTheBroker() {
        part(10 * MS);
        comeBack(3);
        assertTrue(w.world.runUntil(() -> hasAll(3), firstAt + 11 * MS));
        List<byte[]> recorded = new ArrayList<>(flight);
        allOnce(3);
        replay(recorded);
        assertEquals(9, subscriber.messages);
        assertEquals(2, publisher.connects);
        w.crash();
        assertTrue(w.world.runUntil(() -> subscriber.connects == 2 && publisher.connects == 3, w.world.now() + 300 * SECOND));
        w.world.runFor(5 * SECOND);
        replay(recorded);
        assertEquals(9, subscriber.messages);
        assertEquals(3, publisher.connects);
        end();
    }

    @Test
    void rejectedEarlyDataIsNeitherLostNorDoubled() {
        part(10 * MS);
        w.forgetTickets();
        comeBack(40);
        assertTrue(!w.world.runUntil(() -> subscriber.messages > 0, firstAt + 15 * MS));
        allOnce(40);
        assertEquals(2, publisher.connects);
        end();
    }

    @Test
    void earlyDataOverALossyLinkIsNeitherLostNorDoubled() {
        part(10 * MS);
        w.world.link(pi, w.host).loss(0.2).reorder(0.2, 5 * MS);
        comeBack(40);
        assertTrue(w.world.runUntil(() -> subscriber.has(1, 40) && subscriber.has(2, 40) && publisher.acknowledged == publisher.published,
            w.world.now() + 60 * SECOND));
        w.world.runFor(10 * SECOND);
        for (int n = 0; n < 40; n++) assertEquals(1, subscriber.received[2][n]);
        end();
    }

    /** The flight never arrived, its ticket is unused: but its CONNECT would take a session over, and waits for a Finished that does not come. */
    @Test
    void aFlightHeldBackTakesNoSessionOver() {
        part(10 * MS);
        through = false;
        comeBack(1);
        List<byte[]> held = new ArrayList<>(flight);
        assertTrue(w.world.runUntil(() -> publisher.disconnects == 2, w.world.now() + 6 * SECOND));
        through = true;
        assertTrue(w.world.runUntil(() -> publisher.connects == 2, w.world.now() + 60 * SECOND));
        // Soon enough for the ticket's age to be believed.
        w.world.runFor(200 * MS);
        assertTrue(w.world.now() < firstAt + 9 * SECOND);
        int messages = subscriber.messages, disconnects = publisher.disconnects;
        replay(held.subList(0, 1));
        w.world.runFor(60 * SECOND);
        assertEquals(messages, subscriber.messages);
        assertEquals(disconnects, publisher.disconnects);
        end();
    }

    /** The broker still holds the old connection for alive: the new one takes over when the client has proved that it is there. */
    @Test
    void aTakeOverWaitsForTheHandshake() {
        part(10 * MS);
        allBack();
        w.world.link(pi, w.host).up(false);
        publisher.pipe.abort(0, "");
        w.world.runFor(100 * MS);
        w.world.link(pi, w.host).up(true);
        comeBack(2);
        assertTrue(!w.world.runUntil(() -> subscriber.messages > 0, firstAt + 29 * MS));
        assertTrue(w.world.runUntil(() -> hasAll(2), firstAt + 31 * MS));
        allOnce(2);
        end();
    }

    private void allBack() {
        assertTrue(w.world.runUntil(() -> publisher.connects == 2, w.world.now() + 60 * SECOND));
        w.world.runFor(SECOND);
    }
}
