package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.X509ExtendedTrustManager;
import mqttq.loop.UdpPort;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.stream.QuicStream;
import mqttq.quic.stream.StreamHandler;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.tls.NamedGroup;
import mqttq.tls.TicketKeys;
import mqttq.tls.TlsConfig;
import mqttq.tls.Trust;
import mqttq.tls.UsedTickets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Resumption and 0-RTT: a connection that goes on where another one ended. */
class EarlyDataTest {
    private final SimWorld world = new SimWorld(1);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
    private QuicHost client, server;
    private TicketKeys keys;
    private ServerMemory memory;

    @BeforeEach
    void aFirstConnection() {
        world.link(a, b).delayMillis(10);
        client = new QuicHost(a, 0);
        keys = new TicketKeys(b.entropy(), 86_400_000);
        serve(ConnectionOptions.SERVER);
        App first = client.connect(server);
        world.run(SECOND);
        memory = first.memory;
        first.connection.close(0, "");
        world.run(2 * SECOND);
        server.apps.clear();
    }

    private void serve(ConnectionOptions options) {
        if (server == null) server = new QuicHost(b, QuicHost.PORT);
        server.serve(options, tls -> tls.ticketKeys(keys));
    }

    private App again() {
        return again(ConnectionOptions.CLIENT);
    }

    private App again(ConnectionOptions options) {
        App app = new App();
        app.memory = memory;
        return client.connect(server, options, tls -> tls, app);
    }

    private String heard() {
        StringBuilder all = new StringBuilder();
        for (App app : server.apps) for (String text : app.text) all.append(text);
        return all.toString();
    }

    @Test
    void whatIsSaidAtOnceIsHeardHalfARoundTripLater() {
        App app = again();
        assertTrue(app.connection.isEarly());
        app.say("hello");
        world.runFor(10 * MS + MS);
        assertEquals("hello", heard());
        assertTrue(server.apps.get(0).connection.isEarly());
        assertTrue(server.apps.get(0).connection.isProven(), "by its token");
        world.runFor(SECOND);
        assertEquals("hello", heard());
        assertFalse(server.apps.get(0).connection.isEarly());
        assertEquals(1, app.handshakes);
        assertNull(app.closed);
        assertEquals(0, app.connection.packetsLost);
    }

    @Test
    void anAddressIsNotProvenByEarlyData() {
        memory.takeToken();
        again().say("hello");
        world.runFor(10 * MS + MS);
        assertEquals("hello", heard());
        assertFalse(server.apps.get(0).connection.isProven());
        world.runFor(SECOND);
        assertTrue(server.apps.get(0).connection.isProven());
    }

    @Test
    void theAnswerComesInOneRoundTrip() {
        server.accept = () -> {
            App echo = new App();
            echo.echo = true;
            return echo;
        };
        App app = again();
        app.say("hello");
        world.runFor(20 * MS + MS);
        assertEquals("[hello]", app.text.toString());
    }

    @Test
    void aTicketIsUsedOnce() {
        App one = again(), two = again();
        assertTrue(one.connection.isEarly());
        assertFalse(two.connection.isEarly());
        world.runFor(SECOND);
        assertEquals(1, two.handshakes);
        assertTrue(again().connection.isEarly(), "each connection brings another one");
    }

    /** Datagrams to the server, as an observer sees them. */
    private List<byte[]> recorded() {
        List<byte[]> flight = new ArrayList<>();
        QuicHost recorder = new QuicHost(world.host("10.0.0.3"), 0);
        world.link(recorder.loop, b).up(false);
        App app = new App();
        app.memory = memory;
        app.connection = recorder.endpoint.connect(recorder.loop.now(), recorder.clientTls().build(), ConnectionOptions.CLIENT, "broker.example",
            recorder.port.local(), server.port.local(), memory, app);
        app.say("once");
        recorder.endpoint.transmit(recorder.loop.now(), (datagram, local, remote) -> {
            byte[] bytes = new byte[datagram.remaining()];
            datagram.get(bytes);
            return flight.add(bytes);
        });
        return flight;
    }

    private void send(SimLoop from, List<byte[]> flight) {
        send(from, flight, server);
    }

    private void send(SimLoop from, List<byte[]> flight, QuicHost server) {
        UdpPort port = from.udp(new InetSocketAddress(from.address(), 0), new UdpPort.Handler() {
            @Override public void onDatagram(long now, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) { }

            @Override public void onWritable() { }
        });
        for (byte[] datagram : flight) port.send(ByteBuffer.wrap(datagram), server.port.local());
        world.runFor(SECOND);
        port.close();
    }

    @Test
    void aReplayedFlightIsTakenOnce() {
        List<byte[]> flight = recorded();
        send(a, flight);
        assertEquals("once", heard());
        send(a, flight);
        world.runFor(60 * SECOND);
        send(a, flight);
        assertEquals("once", heard());
    }

    /** Whoever shares the keys of the tickets shares what is known of their use: another address of the listener, another listener. */
    @Test
    void aReplayedFlightIsNothingAtAnotherAddressEither() {
        QuicHost other = new QuicHost(b, QuicHost.PORT + 1).serve(ConnectionOptions.SERVER, tls -> tls.ticketKeys(keys));
        List<byte[]> flight = recorded();
        send(a, flight, other);
        assertEquals("[once]", other.apps.get(0).text.toString(), "each of them would take it first");
        send(a, flight);
        send(a, flight, other);
        assertEquals("", heard());
        for (App app : other.apps.subList(1, other.apps.size())) assertEquals("[]", app.text.toString());
        assertEquals(1, server.apps.size());
    }

    @Test
    void aReplayedFlightIsNothingAfterARestart() {
        List<byte[]> flight = recorded();
        send(a, flight);
        assertEquals("once", heard());
        server.port.close();
        server = null;
        keys = new TicketKeys(b.entropy(), 86_400_000);
        serve(ConnectionOptions.SERVER);
        send(a, flight);
        assertEquals("", heard());
        assertEquals(1, server.apps.size());
    }

    /** A first flight that somebody held back is too old for its ticket's age. */
    @Test
    void aLateFlightIsTakenForAReplay() {
        List<byte[]> flight = recorded();
        world.runFor(12 * SECOND);
        send(a, flight);
        assertEquals("", heard());
        assertEquals(1, server.apps.size());
    }

    @Test
    void aLostFirstFlightIsSentAgainWithItsData() {
        boolean[] first = {true};
        world.link(a, b).from(a).filter((number, data) -> {
            boolean lost = first[0];
            first[0] = false;
            return !lost;
        });
        again().say("hello");
        world.runFor(1000 * MS + 11 * MS);
        assertEquals("hello", heard());
        assertTrue(server.apps.get(0).connection.isEarly());
    }

    @Test
    void usedTicketsAreRememberedForAsLongAsTheyLive() {
        UsedTickets used = new UsedTickets(100);
        byte[] id = new byte[16];
        java.util.Random random = new java.util.Random(1);
        for (int now = 0; now < 2000; now++) {
            random.nextBytes(id);
            assertTrue(used.use(now, id));
            for (int later = now; later < now + 3 && later < 2000; later++) assertFalse(used.use(later, id));
        }
        byte[] first = new byte[16];
        UsedTickets other = new UsedTickets(100);
        assertTrue(other.use(0, first));
        for (int now = 1; now <= 100; now++) assertFalse(other.use(now, first), "at " + now);
    }

    @Test
    void whereNoMoreCanBeRememberedNoneIsTaken() {
        UsedTickets used = new UsedTickets(1000);
        byte[] id = new byte[16];
        int taken = 0;
        for (int i = 1; i <= 100_000; i++) {
            ByteBuffer.wrap(id).putLong(i);
            if (used.use(1, id)) taken++;
        }
        assertEquals(1 << 15, taken);
        ByteBuffer.wrap(id).putLong(5);
        assertFalse(used.use(1001, id));
        ByteBuffer.wrap(id).putLong(1_000_000);
        assertTrue(used.use(1001, id));
    }

    @Test
    void whoTheClientIsWasProvedBefore() throws Exception {
        X509ExtendedTrustManager trust = Trust.ofPem(Path.of("test/mqttq/tls/pem/ca.pem"));
        server.serve(ConnectionOptions.SERVER, tls -> tls.ticketKeys(keys).clientAuth(TlsConfig.ClientAuth.NEED).trustManager(trust));
        memory = new ServerMemory();
        String[] subject = {"", ""};
        for (int i = 0; i < 2; i++) {
            int n = i;
            server.accept = () -> new App() {
                @Override public StreamHandler onStream(Connection c, QuicStream stream) {
                    try {
                        assertEquals(n == 1, c.isEarly());
                        subject[n] = ((X509Certificate) c.session().getPeerCertificates()[0]).getSubjectX500Principal().getName();
                    } catch (SSLPeerUnverifiedException e) {
                        throw new AssertionError(e);
                    }
                    return super.onStream(c, stream);
                }
            };
            App app = new App();
            app.memory = memory;
            client.connect(server, ConnectionOptions.CLIENT, tls -> tls.keyManager(QuicHost.identity("client")), app);
            if (n == 0) world.runFor(SECOND);
            assertNull(app.closed, "" + n);
            assertEquals(n == 1, app.connection.isEarly());
            app.say("hello");
            world.runFor(SECOND);
            assertNull(app.closed);
        }
        assertEquals(subject[0], subject[1]);
        assertTrue(subject[0].startsWith("CN="), subject[0]);
    }

    private void rejected(App app) {
        app.say("hello");
        world.runFor(11 * MS);
        assertEquals("", heard());
        world.runFor(SECOND);
        assertEquals("hello", heard());
        assertEquals(1, app.handshakes);
        assertNull(app.closed);
    }

    @Test
    void rejectionLosesNothing() {
        serve(ConnectionOptions.SERVER.withEarlyData(false));
        rejected(again());
    }

    @Test
    void anUnknownTicketIsAFullHandshake() {
        keys = new TicketKeys(b.entropy(), 86_400_000);
        serve(ConnectionOptions.SERVER);
        rejected(again());
    }

    @Test
    void limitsThatBecameSmallerRejectIt() {
        mqttq.quic.stream.Limits d = mqttq.quic.stream.Limits.DEFAULT;
        serve(ConnectionOptions.SERVER.withStreams(new mqttq.quic.stream.Limits(d.streamWindow(), d.maxStreamWindow(), d.connectionWindow(), 3, d.uniStreams(),
            d.gaps(), d.sendBuffer(), d.maxSendBuffer())));
        rejected(again());
    }

    @Test
    void aHelloRetryRequestRejectsIt() {
        server.serve(ConnectionOptions.SERVER, tls -> tls.ticketKeys(keys).groups(NamedGroup.SECP384R1));
        rejected(again());
    }

    @Test
    void afterARetryItIsSentAnew() {
        QuicHost strict = new QuicHost(b, 2000, Limits.DEFAULT.withRetryAbove(0));
        memory.takeToken();
        strict.serve(ConnectionOptions.SERVER, tls -> tls.ticketKeys(keys));
        server = strict;
        App app = again();
        app.say("hello");
        world.runFor(31 * MS);
        assertEquals("hello", heard());
        world.runFor(SECOND);
        assertEquals("hello", heard());
        assertEquals(1, app.handshakes);
    }

    @Test
    void moreThanADatagramArrivesInOrder() {
        App app = again();
        app.send(app.connection.open(true, app), 9000, true);
        world.runFor(30 * MS);
        assertEquals(9000, server.apps.get(0).received);
        world.runFor(SECOND);
        assertEquals(9000, server.apps.get(0).received);
        assertEquals(0, server.apps.get(0).wrong);
        assertEquals(1, server.apps.get(0).ends);
    }

    @Test
    void lossAndDisorderAreMadeGood() {
        for (int lost = 0; lost < 12; lost++) {
            int drop = lost;
            int[] count = {0};
            world.link(a, b).reorder(0.3, 5 * MS).from(a).filter((number, data) -> count[0]++ != drop);
            server.apps.clear();
            App app = again();
            assertTrue(app.connection.isEarly(), "connection " + lost);
            app.send(app.connection.open(true, app), 9000, true);
            world.runFor(5 * SECOND);
            assertEquals(9000, server.apps.get(0).received, "lost " + lost);
            assertEquals(0, server.apps.get(0).wrong);
            app.connection.close(0, "");
            world.runFor(SECOND);
        }
    }

    @Test
    void whatComesBeforeItsClientHelloWaitsForIt() {
        List<byte[]> flight = recorded();
        QuicHost other = new QuicHost(world.host("10.0.0.4"), 0);
        App app = new App();
        App first = other.connect(server, ConnectionOptions.CLIENT, tls -> tls, app);
        world.runFor(SECOND);
        first.connection.close(0, "");
        server.apps.clear();
        App big = new App();
        big.memory = app.memory;
        other.connect(server, ConnectionOptions.CLIENT, tls -> tls, big);
        big.send(big.connection.open(true, big), 3000, true);
        List<byte[]> sent = new ArrayList<>();
        other.endpoint.transmit(other.loop.now(), (datagram, local, remote) -> {
            byte[] bytes = new byte[datagram.remaining()];
            datagram.get(bytes);
            return sent.add(bytes);
        });
        assertTrue(sent.size() > 2 && !flight.isEmpty());
        java.util.Collections.reverse(sent);
        send(a, sent);
        assertEquals(3000, server.apps.get(0).received);
    }

    @Test
    void aTicketOfAnotherVersionIsNotTaken() {
        App v1 = client.connect(server, ConnectionOptions.CLIENT.withVersions(QuicVersion.V1), tls -> tls);
        world.runFor(SECOND);
        assertEquals(QuicVersion.V1, v1.connection.version());
        memory.spoke(QuicVersion.V2);
        memory.add(v1.memory.takeTicket());
        rejected(again());
    }

    @Test
    void withoutAnAnswerTheNextAttemptIsCautious() {
        world.link(a, b).up(false);
        App app = again();
        app.connection.abandon("");
        world.link(a, b).up(true);
        memory.add(ticket());
        assertFalse(again().connection.isEarly());
    }

    private mqttq.tls.SessionTicket ticket() {
        App other = client.connect(server);
        world.runFor(SECOND);
        return other.memory.takeTicket();
    }
}
