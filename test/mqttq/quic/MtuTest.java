package mqttq.quic;

import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DPLPMTUD: RFC 8899, RFC 9000 §14. */
class MtuTest {
    private static final int HEADERS = 28, MB = 1 << 20;
    private final SimWorld world = new SimWorld(1);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
    private final QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);

    private App connect() {
        world.link(a, b).delayMillis(10);
        App app = client.connect(server);
        world.runFor(SECOND);
        return app;
    }

    private void transfer(App app, int bytes) {
        App peer = server.apps.get(0);
        long before = peer.received;
        app.send(bytes);
        assertTrue(world.runUntil(() -> peer.received == before + bytes, world.now() + 30 * SECOND));
        assertNull(app.closed);
    }

    @ParameterizedTest
    @ValueSource(ints = {1228, 1280, 1300, 1400, 1420, 1492, 1500, 9000})
    void datagramsGrowToWhatThePathCarries(int mtu) {
        world.link(a, b).mtu(mtu);
        App app = connect();
        transfer(app, MB);
        int found = app.connection.stats().mtu(), most = Math.min(mtu - HEADERS, Endpoint.MAX_DATAGRAM);
        assertTrue(found <= most && found >= Math.max(1200, most - 16), found + " of " + most);
    }

    @Test
    void aBlackHoleIsNoticedAndLeft() {
        App app = connect();
        transfer(app, MB);
        assertEquals(Endpoint.MAX_DATAGRAM, app.connection.stats().mtu());
        world.link(a, b).mtu(1300);
        long start = world.now();
        transfer(app, MB);
        assertTrue(world.now() - start < 5 * SECOND, (world.now() - start) / QuicHost.MS + " ms");
        assertEquals(1200, app.connection.stats().mtu());
        world.runFor(15 * SECOND);
        transfer(app, MB);
        assertTrue(app.connection.stats().mtu() > 1250);
    }

    @Test
    void aLostProbeIsNoCongestion() {
        App app = connect();
        world.link(a, b).mtu(1300);
        int window = app.connection.stats().congestionWindow();
        transfer(app, MB);
        assertTrue(app.connection.stats().congestionWindow() > window);
        assertEquals(Integer.MAX_VALUE, app.connection.loss.congestion().ssthresh());
    }

    @Test
    void whoSaysLittleNeverProbes() {
        App app = connect();
        long sent = client.bytesSent;
        for (int i = 0; i < 20; i++) {
            app.say("hello");
            world.runFor(SECOND);
        }
        assertTrue(client.bytesSent - sent < 20 * 120, client.bytesSent - sent + " bytes");
        assertEquals(1200, app.connection.stats().mtu());
    }
}
