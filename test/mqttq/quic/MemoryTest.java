package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;

/** What an idle connection costs a server: a Pi has thousands of them. */
class MemoryTest {
    private static final int CONNECTIONS = mqttq.Seeds.SOAK ? 10_000 : 2000, BEFORE = 20, WARM = 8;
    /** 3 KiB; it is some 2,970. */
    private static final int MOST = 3072;

    /** Heap in use once collecting finds nothing more: what references and cleaners hold goes a round later. */
    private static long used() {
        long used = Long.MAX_VALUE;
        for (int still = 0; still < 3; ) {
            System.gc();
            long now = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
            still = now < used ? 0 : still + 1;
            used = Math.min(used, now);
        }
        return used;
    }

    private static void connect(SimWorld world, QuicHost client, QuicHost server, List<App> apps, int count) {
        for (int i = 0; i < count; i++) {
            App app = client.connect(server, ConnectionOptions.CLIENT.withKeepAlive(0).withIdleTimeout(0), tls -> tls);
            world.runFor(50 * MS);
            app.say("hello");
            apps.add(app);
        }
        world.runFor(SECOND);
    }

    /** The clients go without a word. */
    private static void leave(SimWorld world, SimLoop a, SimLoop b, List<App> apps) {
        world.link(a, b).up(false);
        for (App app : apps) app.connection.abandon("");
        apps.clear();
        world.runFor(30 * SECOND);
        world.link(a, b).up(true);
    }

    /** Prints the figure. */
    public static void main(String[] args) {
        System.out.println(measure());
    }

    /** Measured in a JVM of its own, where nothing else comes and goes. */
    @Test
    void anIdleConnectionIsAFewKibibytes() throws IOException, InterruptedException {
        Process own = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-Xmx512m", "-XX:+UseSerialGC", "-Dmqttq.soak=" + mqttq.Seeds.SOAK,
            "-cp", System.getProperty("java.class.path"), MemoryTest.class.getName()).redirectErrorStream(true).start();
        String said = new String(own.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, own.waitFor(), said);
        assertTrue(Long.parseLong(said) <= MOST, said + " bytes of heap an idle connection");
    }

    private static long measure() {
        SimWorld world = new SimWorld(1);
        SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
        world.link(a, b).delayMillis(10);
        QuicHost server = new QuicHost(b, QuicHost.PORT, Limits.DEFAULT.withWarmConnections(WARM))
            .serve(ConnectionOptions.SERVER.withIdleTimeout(0), tls -> tls), client = new QuicHost(a, 0);
        // One listener for all: what an application keeps is its own affair.
        App one = new App() {
            @Override
            public mqttq.quic.stream.StreamHandler onStream(Connection c, mqttq.quic.stream.QuicStream stream) {
                return this;
            }

            @Override
            public void onData(mqttq.quic.stream.QuicStream stream, java.nio.ByteBuffer data) {
                data.position(data.limit());
            }
        };
        server.accept = () -> one;
        List<App> apps = new ArrayList<>();
        connect(world, client, server, apps, BEFORE); // loads classes, grows tables
        leave(world, a, b, apps);
        server.apps.clear();
        long before = used();
        connect(world, client, server, apps, CONNECTIONS);
        leave(world, a, b, apps);
        server.apps.clear();
        long each = (used() - before) / CONNECTIONS;
        assertEquals(CONNECTIONS + BEFORE, server.endpoint.connections());
        return each;
    }
}
