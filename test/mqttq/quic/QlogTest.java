package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import mqttq.loop.Log;
import mqttq.quic.qlog.QlogFiles;
import mqttq.quic.qlog.QlogSchema;
import mqttq.sim.SimLoop;
import mqttq.sim.SimNat;
import mqttq.sim.SimWorld;
import mqttq.tls.TicketKeys;
import org.junit.jupiter.api.Test;

/** Whole connections and their qlog; every line of every file is checked against the schemas. */
class QlogTest {
    private final SimWorld world = new SimWorld(1);
    private final SimLoop a = world.host("192.168.1.2"), b = world.host("10.0.0.2");
    private final SimNat nat = a.nat("10.0.0.1");
    private Limits limits = Limits.DEFAULT;
    private QuicHost server, client;
    private App app;

    private void connect() {
        world.link(a, b).delayMillis(10);
        server = new QuicHost(b, QuicHost.PORT, config(b).withLimits(limits)).serve();
        client = new QuicHost(a, 0, config(a));
        app = client.connect(server);
        assertTrue(world.runUntil(() -> app.connection.confirmed, 5 * SECOND));
    }

    private static EndpointConfig config(SimLoop host) {
        return EndpointConfig.of(host.entropy(), host).withTraces(new QlogFiles(host, "/qlog"));
    }

    private App peer() {
        return server.apps.get(0);
    }

    private QlogSchema.Log log(SimLoop host) {
        String[] names = host.disk("/qlog").list();
        assertEquals(1, names.length, () -> List.of(names).toString());
        return QlogSchema.read(host.disk("/qlog").content(names[0]));
    }

    private void finish() {
        app.connection.close(0, "done");
        world.runFor(20 * SECOND);
        assertTrue(app.connection.isForgotten() && peer().connection.isForgotten());
    }

    @Test
    void aSessionOverABadLinkIsValidAndWhole() {
        connect();
        world.link(a, b).loss(0.03).bandwidth(10_000_000, 25);
        app.send(150_000);
        world.runUntil(() -> peer().ends == 1, 30 * SECOND);
        app.connection.updateKeys();
        peer().send(80_000);
        world.runUntil(() -> app.ends == 1, 30 * SECOND);
        world.link(a, b).loss(0);
        finish();
        QlogSchema.Log ours = log(a), theirs = log(b);
        for (QlogSchema.Log log : List.of(ours, theirs)) {
            ConnectionStats stats = (log == ours ? app : peer()).connection.stats();
            assertEquals(stats.packetsSent(), log.of("quic:packet_sent").size());
            assertEquals(stats.packetsReceived(), log.of("quic:packet_received").size());
            assertEquals(stats.packetsLost(), log.of("quic:packet_lost").size());
            assertTrue(stats.packetsLost() > 0);
            long bytes = 0;
            for (QlogSchema.Event event : log.of("quic:udp_datagrams_sent")) {
                bytes += (Long) ((Map<?, ?>) ((List<?>) event.at("raw")).get(0)).get("length");
            }
            assertEquals(stats.bytesSent(), bytes);
            assertEquals(2, log.of("quic:key_updated").stream().filter(event -> Long.valueOf(1).equals(event.at("key_phase"))).count());
            assertEquals(4, log.of("quic:key_discarded").size());
            assertEquals(log.of("quic:recovery_metrics_updated").size(), log.of("recovery:metrics_updated").size());
            TreeSet<String> names = new TreeSet<>();
            for (QlogSchema.Event event : log.events()) names.add(event.name());
            for (String name : ("alpn_information congestion_state_updated connection_closed connection_id_updated connection_started "
                + "connection_state_updated packets_acked parameters_set recovery_parameters_set timer_updated tuple_assigned "
                + "udp_datagrams_received version_information").split(" ")) assertTrue(names.contains("quic:" + name), name);
            List<QlogSchema.Event> states = log.of("quic:connection_state_updated");
            StringBuilder order = new StringBuilder();
            for (QlogSchema.Event event : states) order.append(event.at("new")).append(' ');
            String end = log == ours ? "closing closed " : "draining closed ";
            assertEquals("attempted handshake_started handshake_complete handshake_confirmed ".concat(end), order.toString());
        }
        assertEquals(group(ours), group(theirs));
        assertEquals("local", ours.of("quic:connection_closed").get(0).at("initiator"));
        assertEquals("remote", theirs.of("quic:connection_closed").get(0).at("initiator"));
        // What one side says of itself the other says of its peer.
        assertEquals(parameters(ours, "local"), parameters(theirs, "remote"));
        assertEquals(parameters(ours, "remote"), parameters(theirs, "local"));
    }

    private static Object group(QlogSchema.Log log) {
        return ((Map<?, ?>) ((Map<?, ?>) log.head().get("trace")).get("common_fields")).get("group_id");
    }

    private static Map<String, Object> parameters(QlogSchema.Log log, String initiator) {
        for (QlogSchema.Event event : log.of("quic:parameters_set")) {
            if (!initiator.equals(event.at("initiator")) || event.at("initial_max_data") == null) continue;
            event.data().keySet().removeAll(List.of("initiator", "owner"));
            return event.data();
        }
        throw new AssertionError(initiator);
    }

    /** The categories by which qvis looks events up, and what it draws from. */
    @Test
    void qvisFindsWhatItDraws() {
        connect();
        app.send(50_000);
        world.runFor(SECOND);
        finish();
        QlogSchema.Log log = log(a);
        for (QlogSchema.Event event : log.of("quic:packet_sent")) {
            assertEquals("transport", event.category());
            assertTrue(event.at("raw.length") instanceof Long && event.at("header.packet_number") instanceof Long);
            for (Object frame : (List<?>) event.at("frames")) {
                if (((Map<?, ?>) frame).get("frame_type").equals("stream")) assertTrue(((Map<?, ?>) frame).get("length") instanceof Long);
            }
        }
        assertEquals("transport", log.of("quic:packet_received").get(0).category());
        assertEquals("recovery", log.of("recovery:metrics_updated").get(0).category());
        assertTrue(log.of("recovery:metrics_updated").stream()
            .anyMatch(event -> event.at("smoothed_rtt") != null && event.at("bytes_in_flight") != null));
        assertEquals("local", log.of("quic:parameters_set").get(0).at("owner"));
    }

    @Test
    void aRebindingIsATupleOfItsOwn() {
        connect();
        nat.rebind();
        app.say("one");
        world.runFor(SECOND);
        finish();
        QlogSchema.Log log = log(b);
        List<QlogSchema.Event> tuples = log.of("quic:tuple_assigned");
        assertEquals("", tuples.get(0).at("tuple_id"));
        assertEquals("1", tuples.get(1).at("tuple_id"));
        assertFalse(tuples.get(0).at("tuple_remote").equals(tuples.get(1).at("tuple_remote")));
        List<QlogSchema.Event> migration = log.of("quic:migration_state_updated");
        assertEquals("migration_started", migration.get(0).at("new"));
        assertEquals("migration_complete", migration.get(1).at("new"));
    }

    @Test
    void aRetryIsInTheClientsFileAndBothHaveTheSameName() {
        limits = Limits.DEFAULT.withRetryAbove(0);
        connect();
        finish();
        QlogSchema.Log log = log(a);
        assertEquals(1, log.of("quic:packet_received").stream().filter(event -> "retry".equals(event.at("header.packet_type"))).count());
        assertTrue(log.of("quic:packet_sent").stream().anyMatch(event -> event.at("header.token.raw.length") != null));
        assertEquals(group(log), group(log(b)));
        assertEquals(a.disk("/qlog").list()[0].replace("client", "server"), b.disk("/qlog").list()[0]);
    }

    @Test
    void theProbeThatNobodyAnswersIsATimerThatExpired() {
        connect();
        world.link(a, b).up(false);
        app.say("hello?");
        world.runFor(150 * SECOND);
        assertEquals(CloseReason.Kind.IDLE_TIMEOUT, app.closed.kind());
        QlogSchema.Log log = log(a);
        assertTrue(log.of("quic:timer_updated").stream().filter(event -> event.at("event_type").equals("expired")).count() > 3);
        assertEquals("idle_timeout", log.of("quic:connection_closed").get(0).at("trigger"));
    }

    @Test
    void earlyDataIsSeenInPacketsOfItsOwn() {
        world.link(a, b).delayMillis(10);
        TicketKeys keys = new TicketKeys(b.entropy(), 86_400_000);
        server = new QuicHost(b, QuicHost.PORT, config(b)).serve(ConnectionOptions.SERVER, tls -> tls.ticketKeys(keys));
        client = new QuicHost(a, 0, config(a));
        App first = client.connect(server);
        world.runFor(SECOND);
        first.connection.close(0, "");
        world.runFor(SECOND);
        List<String> before = List.of(a.disk("/qlog").list());
        app = new App();
        app.memory = first.memory;
        client.connect(server, ConnectionOptions.CLIENT, tls -> tls, app);
        app.say("early");
        world.runFor(SECOND);
        app.connection.close(0, "");
        world.runFor(SECOND);
        String mine = List.of(a.disk("/qlog").list()).stream().filter(name -> !before.contains(name)).findFirst().orElseThrow();
        QlogSchema.Log sent = QlogSchema.read(a.disk("/qlog").content(mine));
        QlogSchema.Log received = QlogSchema.read(b.disk("/qlog").content(mine.replace("client", "server")));
        assertTrue(sent.of("quic:packet_sent").stream().anyMatch(event -> "0RTT".equals(event.at("header.packet_type"))));
        assertTrue(received.of("quic:packet_received").stream().anyMatch(event -> "0RTT".equals(event.at("header.packet_type"))));
        for (QlogSchema.Log log : List.of(sent, received)) {
            assertTrue(log.of("quic:key_updated").stream().anyMatch(event -> "client_0rtt_secret".equals(event.at("key_type"))));
        }
    }

    @Test
    void withoutADirectoryNothingIsTraced() {
        server = new QuicHost(b, QuicHost.PORT).serve();
        client = new QuicHost(a, 0);
        app = client.connect(server);
        world.runFor(SECOND);
        assertTrue(app.connection.confirmed);
        assertNull(app.connection.trace);
        assertNull(peer().connection.trace);
        assertEquals(0, b.disk("/qlog").list().length);
    }

    /** The same seed goes the same way, traced or not: the trace takes no entropy and no time. */
    @Test
    void aTraceChangesNothing() {
        assertEquals(hash(false), hash(true));
    }

    private static List<Long> hash(boolean traced) {
        SimWorld world = new SimWorld(5);
        SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
        world.link(a, b).delayMillis(10).loss(0.02);
        EndpointConfig ofA = EndpointConfig.of(a.entropy(), a), ofB = EndpointConfig.of(b.entropy(), b);
        QuicHost server = new QuicHost(b, QuicHost.PORT, traced ? ofB.withTraces(new QlogFiles(b, "/qlog")) : ofB).serve();
        QuicHost client = new QuicHost(a, 0, traced ? ofA.withTraces(new QlogFiles(a, "/qlog")) : ofA);
        App app = client.connect(server);
        world.runUntil(() -> app.handshakes == 1, 10 * SECOND);
        app.send(200_000);
        world.runUntil(() -> server.apps.get(0).ends == 1, 20 * SECOND);
        return List.of(world.now(), client.datagramsSent, client.bytesSent, server.datagramsSent, server.bytesSent,
            app.connection.stats().smoothedRtt());
    }

    @Test
    void theEndIsOneLineOfFiguresAtDebugLevel() {
        b.logLevel(Log.Level.DEBUG, true);
        connect();
        app.send(10_000);
        world.runFor(SECOND);
        finish();
        List<String> lines = b.lines().stream().filter(line -> line.startsWith("QUIC connection closed")).toList();
        assertEquals(1, lines.size(), () -> "" + b.lines());
        String line = lines.get(0);
        assertTrue(line.matches("QUIC connection closed by the peer: APPLICATION 0x0 \\(done\\): local 10\\.0\\.0\\.2:14567, remote 10\\.0\\.0\\.1:\\d+, version V[12], "
            + "cipher TLS_\\w+, age_s 1, rtt_us 2\\d{4}, rtt_min_us 20\\d{3}, rtt_variation_us \\d+, cwnd \\d+, in_flight \\d+, mtu 1\\d+, packets_sent \\d+, "
            + "packets_received \\d+, packets_lost 0, packets_unreadable 0, bytes_sent \\d+, bytes_received \\d+, key_updates 0"), line);
        assertFalse(a.logged("QUIC connection closed"));
    }

    @Test
    void filesEndWithTheConnectionsNotWithTheProcess() {
        connect();
        long before = world.now();
        finish();
        assertTrue(world.now() > before + MS);
        QlogSchema.Log log = log(b);
        QlogSchema.Event last = log.events().get(log.events().size() - 1);
        assertEquals("quic:connection_state_updated", last.name());
        assertEquals("closed", last.at("new"));
    }
}
