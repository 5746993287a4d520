package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;

class HandshakeTest {
    private final SimWorld world = new SimWorld(1);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");

    @Test
    void completesInOneRoundTripAndIsConfirmedInTwo() {
        world.link(a, b).delayMillis(10);
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        App app = client.connect(server);
        world.run(21 * MS);
        assertEquals(1, app.handshakes, () -> "" + app.closed + b.lines() + a.lines());
        world.run(31 * MS);
        assertEquals(1, server.apps.get(0).handshakes);
        world.run(100 * MS);
        assertTrue(app.connection.confirmed);
        assertNull(app.closed);
        assertEquals("mqtt", app.connection.applicationProtocol());
        assertEquals("mqtt", server.apps.get(0).connection.applicationProtocol());
        assertNotNull(app.connection.session());
        app.say("hello");
        world.runFor(SECOND);
        assertEquals("[hello]", server.apps.get(0).text.toString());
    }
}
