package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;

/** What an idle connection costs a server: a Pi has thousands of them. */
@org.junit.jupiter.api.parallel.Isolated
class MemoryTest {
    private static final int CONNECTIONS = 150, WARM = 8, MOST = 8 << 10;

    private static long used() {
        for (int i = 0; i < 3; i++) System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static void connect(SimWorld world, QuicHost client, QuicHost server, List<App> apps, int count) {
        for (int i = 0; i < count; i++) {
            App app = client.connect(server, ConnectionOptions.CLIENT.withKeepAlive(0), tls -> tls);
            world.runFor(50 * MS);
            app.say("hello");
            apps.add(app);
        }
        world.runFor(SECOND);
    }

    @Test
    void anIdleConnectionIsAFewKibibytes() {
        SimWorld world = new SimWorld(1);
        SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
        world.link(a, b).delayMillis(10);
        QuicHost server = new QuicHost(b, QuicHost.PORT, Limits.DEFAULT.withWarmConnections(WARM)).serve(), client = new QuicHost(a, 0);
        List<App> apps = new ArrayList<>();
        connect(world, client, server, apps, 20);
        long before = used();
        connect(world, client, server, apps, CONNECTIONS);
        world.link(a, b).up(false);
        for (App app : apps) app.connection.abandon("");
        apps.clear();
        world.runFor(MS);
        long each = (used() - before) / CONNECTIONS;
        assertEquals(CONNECTIONS + 20, server.endpoint.connections());
        assertTrue(each < MOST, each + " bytes of heap an idle connection");
    }
}
