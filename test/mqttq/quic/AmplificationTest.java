package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;

/** RFC 9000 §8.1: at most three times what came from an address that has not been validated, at every moment. */
class AmplificationTest {
    /** Counts what reaches the server and what it sends, and checks the ratio at each datagram until the client's address is validated. */
    private static final class Meter {
        long received, sent;
        boolean validated, touchedLimit;

        Meter(SimWorld world, SimLoop client, SimLoop server, QuicHost host, long firstLost, long lastLost) {
            world.link(client, server).from(client).filter((number, datagram) -> {
                boolean pass = number < firstLost || number > lastLost;
                if (pass) received += datagram.remaining();
                return pass;
            });
            world.link(client, server).from(server).filter((number, datagram) -> {
                validated |= !host.apps.isEmpty() && host.apps.get(0).connection.paths.active().validated;
                sent += datagram.remaining();
                if (validated) return true;
                assertTrue(sent <= 3 * received, "sent " + sent + " for " + received);
                touchedLimit |= sent + Path.BASE_MTU > 3 * received;
                return true;
            });
        }
    }

    @Test
    void aLongChainWaitsForTheClientAndGetsThrough() {
        for (int lost = 1; lost <= 7; lost++) {
            SimWorld world = new SimWorld(lost);
            SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
            world.link(a, b).delayMillis(10);
            QuicHost client = new QuicHost(a, 0);
            QuicHost server = new QuicHost(b, QuicHost.PORT)
                .serve(ConnectionOptions.SERVER, tls -> tls.keyManager(QuicHost.longChain(9)));
            Meter meter = new Meter(world, a, b, server, 1, lost);
            App app = client.connect(server);
            world.run(20 * SECOND);
            assertTrue(meter.touchedLimit, "the flight was too small to reach the limit");
            assertEquals(1, app.handshakes, "client datagrams 1 to " + lost + " lost: " + app.closed);
            assertTrue(meter.validated);
        }
    }

    /** RFC 9002 §6.2.2.1: the server may not send, the client has nothing to say: it must speak all the same. */
    @Test
    void theClientProbesWithNothingInFlight() {
        SimWorld world = new SimWorld(5);
        SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
        world.link(a, b).delayMillis(10);
        QuicHost client = new QuicHost(a, 0);
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(ConnectionOptions.SERVER, tls -> tls.keyManager(QuicHost.longChain(9)));
        // All of the server's first flight but its first datagram, which acknowledges the ClientHello, is lost.
        world.link(a, b).from(b).drop(1, 2);
        App app = client.connect(server);
        world.run(25 * MS);
        assertTrue(!app.connection.loss.outstanding() || client.datagramsSent > 1);
        world.run(10 * SECOND);
        assertEquals(1, app.handshakes);
    }

    @Test
    void smallInitialsAreDropped() {
        SimWorld world = new SimWorld(5);
        SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
        QuicHost client = new QuicHost(a, 0), server = new QuicHost(b, QuicHost.PORT).serve();
        byte[][] first = new byte[1][];
        world.link(a, b).from(a).filter((number, datagram) -> {
            if (first[0] == null) first[0] = new byte[datagram.remaining()];
            datagram.get(datagram.position(), first[0]);
            return false;
        });
        client.connect(server);
        world.run(10 * MS);
        assertEquals(1200, first[0].length);
        long sent = server.datagramsSent;
        for (int length : new int[] {100, 1000, 1199}) {
            server.endpoint.receive(world.now(), java.nio.ByteBuffer.wrap(first[0].clone(), 0, length), server.port.local(), client.port.local());
            server.flushLater();
            world.runFor(MS);
        }
        assertEquals(sent, server.datagramsSent);
        assertEquals(0, server.endpoint.connections());
    }
}
