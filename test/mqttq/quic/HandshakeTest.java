package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.UnaryOperator;
import mqttq.quic.frame.FrameType;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.packet.TransportError;
import mqttq.quic.packet.TransportParameters;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.tls.Alert;
import mqttq.tls.CipherSuite;
import mqttq.tls.NamedGroup;
import mqttq.tls.TlsAlertException;
import mqttq.tls.TlsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeTest {
    private final SimWorld world = new SimWorld(1);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
    private static final UnaryOperator<TlsConfig.Builder> AS_IS = tls -> tls;

    private void talk(App app, QuicHost server) {
        assertNull(app.closed, () -> app.closed + " " + a.lines() + b.lines());
        assertEquals(1, app.handshakes);
        app.say("hello");
        world.runFor(5 * SECOND);
        assertEquals("[hello]", server.apps.get(0).text.toString());
    }

    @Test
    void completesInOneRoundTripAndIsConfirmedInTwo() {
        world.link(a, b).delayMillis(10);
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        App app = client.connect(server);
        world.run(21 * MS);
        assertEquals(1, app.handshakes, () -> "" + app.closed + b.lines() + a.lines());
        world.run(31 * MS);
        assertEquals(1, server.apps.get(0).handshakes);
        assertTrue(server.apps.get(0).connection.confirmed);
        assertFalse(app.connection.confirmed);
        world.run(41 * MS);
        assertTrue(app.connection.confirmed);
        assertEquals("mqtt", app.connection.applicationProtocol());
        assertEquals("mqtt", server.apps.get(0).connection.applicationProtocol());
        assertNotNull(app.connection.session());
        talk(app, server);
    }

    private static final byte[] CLOSE = Raw.varints(FrameType.CONNECTION_CLOSE, 0, 0, 0);
    private static final ConnectionId OTHER = ConnectionId.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});

    /** A connection whose server has the client's Initial, while the client knows nothing yet. */
    private App half(QuicHost server, QuicHost client) {
        world.link(a, b).delayMillis(10);
        App app = client.connect(server);
        world.run(11 * MS);
        app.connection.remoteCids.first(server.apps.get(0).connection.localCids.first());
        return app;
    }

    /** RFC 9000 §7.2: packets under good keys with another Source Connection ID than the first are dropped, whoever made them. */
    @Test
    void initialsFromAnotherConnectionIdAreDropped() {
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        App app = half(server, client), peer = server.apps.get(0);
        Raw.deliver(server, Raw.packet(app.connection, PacketType.INITIAL, OTHER, 1200, CLOSE), client.port.local());
        assertNull(peer.closed);
        Raw.deliver(server, Raw.packet(app.connection, PacketType.INITIAL, app.connection.localCids.first(), 1200, CLOSE), client.port.local());
        assertTrue(peer.closed.remote());
    }

    @Test
    void handshakePacketsFromAnotherConnectionIdAreDropped() {
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        world.link(a, b).delayMillis(10).from(a).drop(1, 2);
        App app = client.connect(server);
        world.run(25 * MS);
        App peer = server.apps.get(0);
        assertEquals(1, app.handshakes);
        assertEquals(0, peer.handshakes);
        for (ConnectionId id : new ConnectionId[] {OTHER, app.connection.localCids.first()}) {
            assertNull(peer.closed);
            Raw.deliver(server, Raw.packet(app.connection, PacketType.HANDSHAKE, id, 0, CLOSE), client.port.local());
        }
        assertTrue(peer.closed.remote());
    }

    @Test
    void aClientDropsHandshakePacketsFromAnotherConnectionIdToo() {
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        world.link(a, b).delayMillis(10).from(a).drop(1, 2);
        App app = client.connect(server);
        world.run(25 * MS);
        Connection c = server.apps.get(0).connection;
        for (ConnectionId id : new ConnectionId[] {OTHER, c.localCids.first()}) {
            assertNull(app.closed);
            Raw.deliver(client, Raw.packet(c, PacketType.HANDSHAKE, id, 0, CLOSE), server.port.local());
        }
        assertTrue(app.closed.remote());
    }

    /** RFC 9000 §14.1: also where there is a connection already. */
    @Test
    void anInitialInASmallDatagramIsDroppedByAConnectionToo() {
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        App app = half(server, client), peer = server.apps.get(0);
        ConnectionId id = app.connection.localCids.first();
        for (int size : new int[] {0, 1199})
            Raw.deliver(server, Raw.packet(app.connection, PacketType.INITIAL, id, size, CLOSE), client.port.local());
        assertNull(peer.closed);
        Raw.deliver(server, Raw.packet(app.connection, PacketType.INITIAL, id, 1200, CLOSE), client.port.local());
        assertTrue(peer.closed.remote());
    }

    /** RFC 9000 §7.3: what the server says it was first asked as is what it was: else somebody stood between. */
    @Test
    void aServerThatWasFirstAskedAsSomebodyElseIsRefused() {
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        world.link(a, b).delayMillis(10);
        App app = client.connect(server);
        world.run(11 * MS);
        app.connection.handshake.originalDcid = OTHER;
        world.run(SECOND);
        assertEquals(TransportError.TRANSPORT_PARAMETER_ERROR, app.closed.code());
        assertEquals("original_destination_connection_id", app.closed.reason());
        assertFalse(app.closed.remote());
    }

    /** RFC 9001 §4.1.3: what still waits for bytes before it when the keys change will never have its turn. */
    @Test
    void handshakeBytesThatWaitWhenKeysChangeCloseTheConnection() {
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        world.link(a, b).delayMillis(10);
        App app = client.connect(server);
        world.run(11 * MS);
        Connection c = server.apps.get(0).connection;
        byte[] late = Raw.join(Raw.varints(FrameType.CRYPTO, 2000, 1), new byte[] {1});
        Raw.deliver(client, Raw.packet(c, PacketType.INITIAL, c.localCids.first(), 1200, late), server.port.local());
        assertNull(app.closed);
        world.run(SECOND);
        assertEquals("handshake bytes left over", app.closed.reason());
        assertEquals(TransportError.PROTOCOL_VIOLATION, app.closed.code());
    }

    /** What a server's transport parameters say must agree with what the client saw and, with 0-RTT, relied on. */
    @Test
    void aServersParametersMustAgreeWithWhatWasSeen() throws Exception {
        for (String wrong : new String[] {"", "initial_source_connection_id", "retry_source_connection_id", "version", "reduced"}) {
            QuicHost client = new QuicHost(a, 0), server = new QuicHost(b, QuicHost.PORT);
            Handshake handshake = client.connect(server).connection.handshake;
            server.port.close();
            handshake.peerScid = OTHER;
            TransportParameters p = new TransportParameters();
            p.originalDestinationConnectionId = handshake.originalDcid;
            if (!wrong.startsWith("initial")) p.initialSourceConnectionId = OTHER;
            if (wrong.startsWith("retry")) p.retrySourceConnectionId = OTHER;
            p.chosenVersion = wrong.equals("version") ? QuicVersion.V2.id : QuicVersion.V1.id;
            p.availableVersions = new int[] {QuicVersion.V1.id, QuicVersion.V2.id};
            if (wrong.equals("reduced")) {
                handshake.remembered = new TransportParameters();
                handshake.remembered.initialMaxData = 1;
                handshake.onEarlyDataDecision(true);
            }
            if (wrong.isEmpty()) {
                handshake.onTransportParameters(p.encode(null));
                continue;
            }
            String said = assertThrows(TlsAlertException.class, () -> handshake.onTransportParameters(p.encode(null))).getMessage();
            assertTrue(said.contains(wrong), said);
        }
    }

    /** Initial, Handshake and what follows travel together: one flight of the server is as few datagrams as its certificates need. */
    @Test
    void packetsOfAllLevelsShareDatagrams() {
        world.link(a, b).delayMillis(10);
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        client.connect(server);
        world.run(100 * MS);
        assertTrue(server.datagramsSent <= 5, () -> "server sent " + server.datagramsSent);
        assertTrue(client.datagramsSent <= 5, () -> "client sent " + client.datagramsSent);
    }

    @ParameterizedTest
    @EnumSource(CipherSuite.class)
    void everyCipherSuiteCarriesData(CipherSuite suite) {
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        App app = client.connect(server, ConnectionOptions.CLIENT, tls -> tls.cipherSuites(suite));
        world.run(SECOND);
        assertEquals(suite, app.connection.cipherSuite());
        talk(app, server);
    }

    @Test
    void aClientWithoutAesInstructionsGetsChaCha20() {
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        CipherSuite chacha = CipherSuite.TLS_CHACHA20_POLY1305_SHA256;
        App app = client.connect(server, ConnectionOptions.CLIENT, tls -> tls.cipherSuites(chacha, CipherSuite.TLS_AES_128_GCM_SHA256));
        world.run(SECOND);
        assertEquals(chacha, app.connection.cipherSuite());
        talk(app, server);
    }

    @ParameterizedTest
    @EnumSource(NamedGroup.class)
    void everyGroupAgrees(NamedGroup group) {
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        App app = client.connect(server, ConnectionOptions.CLIENT, tls -> tls.groups(group));
        world.run(SECOND);
        talk(app, server);
    }

    @Test
    void helloRetryRequestTakesOneMoreRoundTrip() {
        world.link(a, b).delayMillis(10);
        QuicHost client = new QuicHost(a, 0);
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(ConnectionOptions.SERVER, tls -> tls.groups(NamedGroup.SECP384R1));
        App app = client.connect(server);
        world.run(39 * MS);
        assertEquals(0, app.handshakes);
        world.run(41 * MS);
        talk(app, server);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ec256", "ec384", "rsa", "ed25519"})
    void everyKindOfCertificateProvesTheServer(String identity) {
        QuicHost client = new QuicHost(a, 0), server = new QuicHost(b, QuicHost.PORT).serve(identity, ConnectionOptions.SERVER, AS_IS);
        App app = client.connect(server);
        world.run(SECOND);
        talk(app, server);
    }

    @Test
    void alpnMismatchIsANoApplicationProtocolAlert() {
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        App app = client.connect(server, ConnectionOptions.CLIENT, tls -> tls.applicationProtocols("h3"));
        world.run(SECOND);
        assertEquals(TransportError.crypto(Alert.NO_APPLICATION_PROTOCOL.code), app.closed.code());
        assertTrue(app.closed.remote());
        world.run(2 * SECOND);
        assertEquals(0, server.endpoint.connections());
    }

    @Test
    void untrustedCertificateEndsItAtBothEnds() {
        QuicHost client = new QuicHost(a, 0);
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(ConnectionOptions.SERVER, tls -> tls.keyManager(QuicHost.selfSigned()));
        App app = client.connect(server);
        world.run(SECOND);
        assertFalse(app.closed.remote());
        assertTrue(TransportError.isCrypto(app.closed.code()), app.closed::toString);
        assertEquals(app.closed.code(), server.apps.get(0).closed.code());
        assertTrue(server.apps.get(0).closed.remote());
    }

    /** Whatever single datagram is lost, either way, the handshake comes through and so does what follows. */
    @Test
    void survivesTheLossOfAnyOneDatagram() {
        for (int direction = 0; direction < 2; direction++) {
            for (int lost = 0; lost < 10; lost++) {
                SimWorld w = new SimWorld(lost);
                SimLoop x = w.host("10.0.0.1"), y = w.host("10.0.0.2");
                w.link(x, y).delayMillis(10).from(direction == 0 ? x : y).drop(lost, lost);
                QuicHost server = new QuicHost(y, QuicHost.PORT).serve(), client = new QuicHost(x, 0);
                App app = client.connect(server);
                w.run(3 * SECOND);
                String where = "direction " + direction + " datagram " + lost;
                assertEquals(1, app.handshakes, where);
                assertTrue(app.connection.confirmed, where);
                app.say("hello");
                w.runFor(2 * SECOND);
                assertEquals("[hello]", server.apps.get(0).text.toString(), where);
                assertNull(app.closed, where);
            }
        }
    }

    @Test
    void survivesTheLossOfAnyTwoDatagramsInARow() {
        for (int lost = 0; lost < 6; lost++) {
            SimWorld w = new SimWorld(lost);
            SimLoop x = w.host("10.0.0.1"), y = w.host("10.0.0.2");
            w.link(x, y).delayMillis(10).from(x).drop(lost, lost + 1);
            w.link(x, y).from(y).drop(lost, lost + 1);
            QuicHost server = new QuicHost(y, QuicHost.PORT).serve(), client = new QuicHost(x, 0);
            App app = client.connect(server);
            w.run(8 * SECOND);
            assertTrue(app.connection.confirmed, "datagrams " + lost + " and next");
        }
    }

    @Test
    void nobodyThereFailsAfterTheHandshakeDeadline() {
        QuicHost client = new QuicHost(a, 0), server = new QuicHost(b, QuicHost.PORT);
        App app = client.connect(server);
        world.run(31 * SECOND);
        assertEquals(CloseReason.Kind.HANDSHAKE_TIMEOUT, app.closed.kind());
        assertEquals(0, client.endpoint.connections());
    }

    @Test
    void handshakeThatStopsHalfwayIsForgottenByTheServer() {
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        world.link(a, b).delayMillis(10).from(a).drop(1, Long.MAX_VALUE);
        client.connect(server);
        world.run(20 * SECOND);
        assertEquals(1, server.endpoint.handshakes());
        world.run(35 * SECOND);
        assertEquals(0, server.endpoint.handshakes());
        assertEquals(0, server.endpoint.connections());
        assertEquals(CloseReason.Kind.HANDSHAKE_TIMEOUT, server.apps.get(0).closed.kind());
    }

    @Test
    void aRefusedConnectionLearnsItAtOnce() {
        QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
        server.accept = () -> null;
        App app = client.connect(server);
        world.run(SECOND);
        assertEquals(TransportError.CONNECTION_REFUSED, app.closed.code());
        assertEquals(0, server.endpoint.connections());
    }
}
