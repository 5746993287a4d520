package mqttq.quic;

import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.TreeSet;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;

/** RFC 9221. */
class DatagramTest {
    private final SimWorld world = new SimWorld(3);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");

    private static final class Talker extends App {
        int came, bytes;
        final TreeSet<Long> acked = new TreeSet<>(), lost = new TreeSet<>();

        @Override public void onDatagram(Connection c, ByteBuffer data) {
            came++;
            bytes += data.remaining();
        }

        @Override public void onDatagramAcked(Connection c, long number) {
            acked.add(number);
        }

        @Override public void onDatagramLost(Connection c, long number) {
            lost.add(number);
        }
    }

    private final Talker app = new Talker();
    private Talker peer;

    private void connect(int clientFrame, int serverFrame) {
        world.link(a, b).delayMillis(10);
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(ConnectionOptions.SERVER.withDatagrams(serverFrame), tls -> tls), client = new QuicHost(a, 0);
        server.accept = Talker::new;
        client.connect(server, ConnectionOptions.CLIENT.withDatagrams(clientFrame), tls -> tls, app);
        world.runFor(SECOND);
        peer = (Talker) server.apps.get(0);
    }

    private static long send(Talker from, int bytes) {
        return from.connection.sendDatagram(ByteBuffer.allocate(bytes));
    }

    @Test
    void datagramsGoBothWaysAndAreAcknowledged() {
        connect(65535, 1000);
        assertEquals(997, app.connection.largestDatagram());
        int largest = peer.connection.largestDatagram();
        assertTrue(largest > 1160 && largest < 1200);
        assertEquals(0, send(app, 997));
        assertEquals(1, send(app, 0));
        assertEquals(-1, send(app, 998));
        assertEquals(0, send(peer, largest));
        assertEquals(-1, send(peer, largest + 1));
        world.runFor(SECOND);
        assertEquals(2, peer.came);
        assertEquals(997, peer.bytes);
        assertEquals(largest, app.bytes);
        assertEquals("[0, 1]", app.acked.toString());
        assertTrue(app.lost.isEmpty());
    }

    @Test
    void whoDoesNotOfferThemGetsNone() {
        connect(65535, 0);
        assertEquals(0, app.connection.largestDatagram());
        assertEquals(-1, send(app, 1));
        assertEquals(0, send(peer, 1));
        world.runFor(SECOND);
        assertEquals(1, app.came);
    }

    @Test
    void lossIsReportedAndNothingIsSentAgain() {
        connect(1200, 1200);
        world.link(a, b).loss(0.3);
        int sent = 0;
        for (int i = 0; i < 200; i++) {
            if (send(app, 100) >= 0) sent++;
            world.runFor(SECOND / 20);
        }
        world.link(a, b).loss(0);
        world.runFor(20 * SECOND);
        assertEquals(200, sent);
        assertTrue(peer.came > 100 && peer.came < 180, peer.came + " came");
        app.lost.removeAll(app.acked);
        assertEquals(200, app.acked.size() + app.lost.size());
        assertTrue(app.acked.size() <= peer.came);
    }

    @Test
    void noMoreWaitThanTheLimit() {
        connect(1200, 1200);
        int taken = 0;
        while (send(app, 1000) >= 0) taken++;
        assertEquals(Datagrams.MOST, taken);
        world.runFor(5 * SECOND);
        assertEquals(taken, peer.came);
    }

    @Test
    void streamsAndDatagramsShareThePath() {
        connect(1200, 1200);
        app.send(500_000);
        int[] sent = new int[1];
        for (int i = 0; i < 100; i++) {
            if (send(app, 300) >= 0) sent[0]++;
            world.runFor(SECOND / 100);
        }
        world.runFor(5 * SECOND);
        assertEquals(500_000, peer.received);
        assertEquals(sent[0], peer.came);
    }

    @Test
    void aFrameThatWasNotOfferedEndsTheConnection() {
        connect(1200, 0);
        app.connection.peerDatagramFrame = 100;
        assertEquals(0, send(app, 10));
        world.runFor(SECOND);
        assertNotNull(peer.closed);
        assertEquals(0x0a, peer.closed.code());
        assertNull(peer.closed.remote() ? "remote" : null);
    }
}
