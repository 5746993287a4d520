package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import mqttq.quic.packet.TransportError;
import mqttq.quic.stream.QuicStream;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CloseTest {
    private final SimWorld world = new SimWorld(1);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
    private final QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);

    @BeforeEach
    void link() {
        world.link(a, b).delayMillis(10);
    }

    private App connect() {
        App app = client.connect(server);
        world.runFor(200 * MS);
        assertTrue(app.connection.confirmed);
        return app;
    }

    private App peer() {
        return server.apps.get(0);
    }

    @Test
    void theApplicationsCodeAndReasonArrive() {
        App app = connect();
        app.say("hello");
        app.connection.close(0x1234, "so long");
        world.runFor(15 * MS);
        assertEquals(new CloseReason(CloseReason.Kind.APPLICATION, true, 0x1234, 0, "so long"), peer().closed);
        assertEquals(new CloseReason(CloseReason.Kind.APPLICATION, false, 0x1234, 0, "so long"), app.closed);
        assertEquals(1, app.streamsClosed);
        assertNull(app.connection.open(true, app));
        app.connection.close(1, "again");
        world.runFor(5 * SECOND);
        assertEquals(0, client.endpoint.connections() + server.endpoint.connections());
    }

    @Test
    void aServerMayCloseToo() {
        App app = connect();
        peer().connection.close(0, "");
        world.runFor(15 * MS);
        assertTrue(app.closed.remote());
        assertTrue(app.closed.clean());
    }

    /** RFC 9000 §10.2.3: what the application says is not for packets that anybody on the way can read or that may come from anybody. */
    @Test
    void closingDuringTheHandshakeHidesTheApplicationsCode() {
        App app = client.connect(server);
        server.accept = () -> new App() {
            @Override
            public void onClosed(Connection c, CloseReason reason) {
                super.onClosed(c, reason);
            }
        };
        world.runFor(12 * MS);
        assertEquals(0, app.handshakes);
        app.connection.close(77, "secret");
        world.runFor(50 * MS);
        assertEquals(CloseReason.Kind.TRANSPORT, peer().closed.kind());
        assertEquals(TransportError.APPLICATION_ERROR, peer().closed.code());
        assertEquals("", peer().closed.reason());
    }

    @Test
    void aServerClosingAtHandshakeEndIsHeardWhateverTheClientCanRead() {
        server.accept = () -> new App() {
            @Override
            public void onHandshakeComplete(Connection c) {
                c.close(5, "no");
            }
        };
        App app = client.connect(server);
        world.runFor(100 * MS);
        assertTrue(app.closed.remote());
        assertEquals(5, app.closed.code());
    }

    /** RFC 9000 §10.2.1: packets for a closed connection are answered, ever more rarely. */
    @Test
    void theClosingStateAnswersMoreAndMoreRarely() {
        App app = connect();
        byte[][] packets = new byte[100][];
        for (int i = 0; i < packets.length; i++) packets[i] = Raw.packet(app.connection, (byte) 1);
        peer().connection.close(0, "");
        world.runFor(MS);
        long before = server.datagramsSent;
        for (byte[] packet : packets) {
            Raw.deliver(server, packet, client.port.local());
            world.runFor(0);
        }
        long answers = server.datagramsSent - before;
        assertTrue(answers >= 3 && answers <= 7, answers + " answers to 100 packets");
    }

    /** RFC 9000 §10.2.1: without keys it answers anything, so never with more than three times what came. */
    @Test
    void theClosingStateDoesNotAmplify() {
        App app = connect();
        byte[] small = Arrays.copyOf(Raw.packet(app.connection, (byte) 1), 30);
        peer().connection.close(0, "x".repeat(900));
        world.runFor(MS);
        long before = server.bytesSent, received = 0;
        for (int i = 0; i < 100; i++) {
            Raw.deliver(server, small, client.port.local());
            world.runFor(0);
            received += small.length;
            assertTrue(server.bytesSent - before <= 3 * received, (server.bytesSent - before) + " for " + received);
        }
        assertTrue(server.bytesSent - before > 900, "but it answers");
    }

    /** RFC 9000 §10.2.1: it has no keys to tell whether the peer has moved, so that only where the peer was there is an answer. */
    @Test
    void theClosingStateAnswersNobodyElse() {
        App app = connect();
        byte[] packet = Raw.packet(app.connection, (byte) 1);
        peer().connection.close(0, "");
        world.runFor(MS);
        long before = server.datagramsSent;
        Raw.deliver(server, packet, SimWorld.address("10.0.0.1", 99));
        Raw.deliver(server, packet, SimWorld.address("10.0.0.7", client.port.local().getPort()));
        world.runFor(MS);
        assertEquals(before, server.datagramsSent);
        Raw.deliver(server, packet, client.port.local());
        world.runFor(MS);
        assertEquals(before + 1, server.datagramsSent);
    }

    /** Nothing happened for a while before: three probe timeouts are counted from the close on (RFC 9000 §10.2). */
    @Test
    void theClosingStateLastsAlsoWhereTheConnectionWasIdle() {
        connect();
        world.runFor(70 * SECOND);
        peer().connection.close(0, "");
        world.runFor(60 * MS);
        assertEquals(1, server.endpoint.connections());
        world.runFor(SECOND);
        assertEquals(0, server.endpoint.connections());
    }

    /** RFC 9000 §21.11: whoever has seen a connection id must not learn, at another port of the same process, the token that ends the connection. */
    @Test
    void aListenersResetsAreWorthNothingAtAnother() {
        EndpointConfig process = EndpointConfig.of(a.entropy(), a).withSecret(new byte[32]);
        byte[] one = process.forListener(SimWorld.address("10.0.0.1", 1)).secret();
        assertArrayEquals(one, process.forListener(SimWorld.address("10.0.0.1", 1)).secret());
        assertFalse(Arrays.equals(one, process.forListener(SimWorld.address("10.0.0.1", 2)).secret()));
        assertFalse(Arrays.equals(one, process.forListener(SimWorld.address("10.0.0.2", 1)).secret()));
        assertFalse(Arrays.equals(one, process.secret()));
    }

    @Test
    void drainingSaysNothing() {
        App app = connect();
        byte[] packet = Raw.packet(app.connection, (byte) 1);
        app.connection.close(0, "");
        world.runFor(11 * MS);
        assertTrue(peer().closed.remote());
        long before = server.datagramsSent;
        for (int i = 0; i < 20; i++) {
            Raw.deliver(server, packet, client.port.local());
            world.runFor(MS);
        }
        assertEquals(before, server.datagramsSent);
        assertEquals(1, server.endpoint.connections());
        world.runFor(SECOND);
        assertEquals(0, server.endpoint.connections());
    }

    @Test
    void aLostConnectionCloseIsSaidAgainWhenThePeerSpeaks() {
        App app = connect();
        world.link(a, b).from(b).filter((number, datagram) -> false);
        peer().connection.close(9, "bye");
        world.runFor(15 * MS);
        world.link(a, b).from(b).filter(null);
        assertNull(app.closed);
        app.connection.ping();
        world.runFor(100 * MS);
        assertEquals(9, app.closed.code());
    }

    @Test
    void silenceEndsItAtBothEndsAtTheSmallerTimeout() {
        QuicHost strict = new QuicHost(b, QuicHost.PORT + 1).serve(ConnectionOptions.SERVER.withIdleTimeout(5 * SECOND), tls -> tls);
        App app = client.connect(strict, ConnectionOptions.CLIENT.withKeepAlive(0), tls -> tls);
        world.run(4 * SECOND);
        assertNull(app.closed);
        world.run(6 * SECOND);
        assertEquals(CloseReason.Kind.IDLE_TIMEOUT, app.closed.kind());
        assertEquals(CloseReason.Kind.IDLE_TIMEOUT, strict.apps.get(0).closed.kind());
        assertEquals(0, client.endpoint.connections() + strict.endpoint.connections());
        assertEquals(Long.MAX_VALUE, client.endpoint.deadline());
    }

    @Test
    void pingsKeepItAliveAndCostLittle() {
        QuicHost strict = new QuicHost(b, QuicHost.PORT + 1).serve(ConnectionOptions.SERVER.withIdleTimeout(50 * SECOND), tls -> tls);
        App app = client.connect(strict);
        world.run(SECOND);
        long before = client.datagramsSent;
        world.run(301 * SECOND);
        assertNull(app.closed);
        assertEquals(15, client.datagramsSent - before);
    }

    @Test
    void idleTimeoutIsNeverShorterThanThreeProbeTimeouts() {
        world.link(a, b).delayMillis(400);
        QuicHost strict = new QuicHost(b, QuicHost.PORT + 1).serve(ConnectionOptions.SERVER.withIdleTimeout(100 * MS), tls -> tls);
        App app = client.connect(strict);
        world.run(3 * SECOND);
        assertEquals(1, app.handshakes);
        app.say("x");
        world.runFor(SECOND);
        assertNull(app.closed, () -> app.closed.toString());
    }

    @Test
    void aDeadPeerIsNoticedByTheIdleTimeout() {
        App app = connect();
        world.link(a, b).up(false);
        app.say("anybody there?");
        world.runFor(119 * SECOND);
        assertNull(app.closed);
        world.runFor(20 * SECOND);
        assertEquals(CloseReason.Kind.IDLE_TIMEOUT, app.closed.kind());
    }

    /** What breaks in one connection's application ends that connection with INTERNAL_ERROR, is logged, and the others never notice. */
    @Test
    void anExceptionInAListenerEndsOneConnection() {
        server.accept = () -> new App() {
            @Override
            public void onData(QuicStream stream, ByteBuffer data) {
                if (data.get(data.position()) == 'b') throw new IllegalStateException("broken");
                super.onData(stream, data);
            }
        };
        App good = connect(), bad = client.connect(server);
        world.runFor(SECOND);
        bad.say("bad");
        good.say("good");
        world.runFor(SECOND);
        assertEquals(TransportError.INTERNAL_ERROR, bad.closed.code());
        assertTrue(b.logged("broken"));
        assertNull(good.closed);
        assertEquals("[good]", server.apps.get(0).text.toString());
        assertFalse(server.apps.get(1).connection.isOpen());
    }

    @Test
    void applicationsMayCloseFromWithinAnyCallback() {
        server.accept = () -> new App() {
            @Override
            public void onData(QuicStream stream, ByteBuffer data) {
                connection.close(3, "enough");
                super.onData(stream, data);
            }
        };
        App app = connect();
        app.say("hello");
        app.send(app.streams.get(0), 100_000, true);
        world.runFor(SECOND);
        assertEquals(3, app.closed.code());
        assertEquals(3, peer().closed.code());
    }
}
