package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static mqttq.quic.packet.QuicVersion.V1;
import static mqttq.quic.packet.QuicVersion.V2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mqttq.quic.crypto.AeadProtection;
import mqttq.quic.crypto.InitialSecrets;
import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.packet.PacketHeader;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.packet.TransportError;
import mqttq.quic.packet.VersionNegotiation;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.tls.NamedGroup;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which version a connection speaks (RFC 9368, RFC 9369), who decides, and who cannot. */
class VersionTest {
    private final SimWorld world = new SimWorld(1);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
    private QuicHost client, server;
    /** Versions in the long headers from each side, in order, without repetition; 0: Version Negotiation. */
    private final List<Integer> fromClient = new ArrayList<>(), fromServer = new ArrayList<>();
    private int fixedBits, cleared;

    @BeforeEach
    void hosts() {
        world.link(a, b).delayMillis(10);
        watch(a, fromClient);
        watch(b, fromServer);
        client = new QuicHost(a, 0);
        server = new QuicHost(b, QuicHost.PORT);
    }

    private void watch(SimLoop from, List<Integer> seen) {
        world.link(a, b).from(from).filter((number, datagram) -> {
            if ((datagram.get(0) & 0x40) != 0) fixedBits++;
            else cleared++;
            if ((datagram.get(0) & 0x80) == 0) return true;
            int version = datagram.getInt(1);
            if (seen.isEmpty() || seen.get(seen.size() - 1) != version) seen.add(version);
            return true;
        });
    }

    private static ConnectionOptions speaking(ConnectionOptions options, QuicVersion... versions) {
        return options.withVersions(versions);
    }

    private App connect(ConnectionOptions clients, ConnectionOptions servers) {
        server.serve(servers, tls -> tls);
        App app = client.connect(server, clients, tls -> tls);
        world.runFor(SECOND);
        return app;
    }

    private void speaks(QuicVersion version, App app) {
        assertNull(app.closed);
        assertEquals(1, app.handshakes);
        assertEquals(version, app.connection.version());
        app.say("hello");
        world.runFor(SECOND);
        App served = server.apps.get(server.apps.size() - 1);
        assertEquals(version, served.connection.version());
        assertEquals("[hello]", served.text.toString());
    }

    @Test
    void theServerTurnsVersion1IntoVersion2WithoutARoundTrip() {
        server.serve();
        App app = client.connect(server);
        world.runFor(21 * MS);
        assertEquals(1, app.handshakes);
        speaks(V2, app);
        assertEquals(List.of(V1.id, V2.id), fromClient);
        assertEquals(List.of(V2.id), fromServer);
    }

    @Test
    void whoPrefersVersion1KeepsIt() {
        speaks(V1, connect(ConnectionOptions.CLIENT, speaking(ConnectionOptions.SERVER, V1, V2)));
        assertEquals(List.of(V1.id), fromServer);
    }

    @Test
    void whoSpeaksVersion1AloneIsAnsweredInIt() {
        speaks(V1, connect(speaking(ConnectionOptions.CLIENT, V1), ConnectionOptions.SERVER));
        speaks(V1, connect(ConnectionOptions.CLIENT, speaking(ConnectionOptions.SERVER, V1)));
    }

    @Test
    void version2CanBeTheFirst() {
        speaks(V2, connect(speaking(ConnectionOptions.CLIENT, V2), ConnectionOptions.SERVER));
        assertEquals(List.of(V2.id), fromClient);
    }

    @Test
    void theNextConnectionBeginsInTheVersionOfTheLast() {
        App first = connect(ConnectionOptions.CLIENT, ConnectionOptions.SERVER);
        fromClient.clear();
        App next = new App();
        next.memory = first.memory;
        client.connect(server, ConnectionOptions.CLIENT, tls -> tls, next);
        world.runFor(SECOND);
        speaks(V2, next);
        assertEquals(V2.id, fromClient.get(0));
    }

    @Test
    void version2TurnsIntoVersion1Too() {
        App app = new App();
        app.memory.spoke(V2);
        server.serve(speaking(ConnectionOptions.SERVER, V1, V2), tls -> tls);
        client.connect(server, ConnectionOptions.CLIENT, tls -> tls, app);
        world.runFor(SECOND);
        speaks(V1, app);
        assertEquals(List.of(V2.id, V1.id), fromClient);
    }

    @Test
    void aVersionNegotiationPacketIsFollowed() {
        App app = connect(ConnectionOptions.CLIENT, speaking(ConnectionOptions.SERVER, V2));
        speaks(V2, app);
        assertEquals(List.of(V1.id, V2.id), fromClient);
        assertEquals(List.of(0, V2.id), fromServer);
        App old = new App();
        old.memory.spoke(V2);
        server.serve(speaking(ConnectionOptions.SERVER, V1), tls -> tls);
        client.connect(server, ConnectionOptions.CLIENT, tls -> tls, old);
        world.runFor(SECOND);
        speaks(V1, old);
    }

    @Test
    void withNoVersionInCommonThereIsNoConnection() {
        App app = connect(speaking(ConnectionOptions.CLIENT, V1), speaking(ConnectionOptions.SERVER, V2));
        assertEquals(CloseReason.Kind.VERSION_NEGOTIATION, app.closed.kind());
        assertEquals(0, server.apps.size());
    }

    @Test
    void aForgedVersionNegotiationPacketDowngradesNothing() {
        server.serve(speaking(ConnectionOptions.SERVER, V1, V2), tls -> tls);
        App app = new App();
        app.memory.spoke(V2);
        client.connect(server, speaking(ConnectionOptions.CLIENT, V2, V1), tls -> tls, app);
        forge(app, V1.id);
        world.runFor(SECOND);
        assertEquals(TransportError.VERSION_NEGOTIATION_ERROR, app.closed.code());
        assertEquals(0, app.handshakes);
    }

    private void forge(App app, int... versions) {
        PacketHeader header = new PacketHeader();
        byte[] initial = Raw.initial(V2, app.connection.handshake.originalDcid, app.connection.localCids.first(), new byte[0], 1200, (byte) 1);
        header.datagram(ByteBuffer.wrap(initial), LocalCids.LENGTH);
        assertTrue(header.next());
        ByteBuffer out = ByteBuffer.allocate(100);
        VersionNegotiation.write(out, header, 0, versions);
        Raw.deliver(client, Arrays.copyOf(out.array(), out.position()), server.port.local());
    }

    @Test
    void aSecondVersionNegotiationPacketIsIgnored() {
        server.serve();
        App app = new App();
        app.memory.spoke(V2);
        client.connect(server, ConnectionOptions.CLIENT, tls -> tls, app);
        forge(app, V1.id);
        forge(app, V2.id);
        forge(app, 0x0a0a0a0a);
        assertEquals(V1, app.connection.version());
        assertNull(app.closed);
    }

    /** Whoever knows the first Destination Connection ID can seal Initial packets: but the ClientHello says what the client chose. */
    @Test
    void anInitialThatSomebodyTurnedIntoAnotherVersionIsRefused() {
        server.serve();
        byte[][] first = new byte[1][];
        App app = new App();
        app.memory.spoke(V2);
        client.connect(server, ConnectionOptions.CLIENT, tls -> tls, app);
        client.endpoint.transmit(a.now(), (datagram, local, remote) -> {
            first[0] = new byte[datagram.remaining()];
            datagram.get(first[0]);
            return true;
        });
        PacketHeader header = new PacketHeader();
        header.datagram(ByteBuffer.wrap(first[0]), LocalCids.LENGTH);
        assertTrue(header.next());
        InitialSecrets secrets = new InitialSecrets(V2, header.destination());
        PacketProtection keys = AeadProtection.FACTORY.create(InitialSecrets.SUITE, V2, secrets.client);
        int pn = keys.unmask(first[0], header.start(), header.packetNumberOffset(), header.end());
        int payload = header.packetNumberOffset() + pn, end = keys.open(first[0], header.start(), payload, header.end(), 0);
        assertTrue(end > 0);
        byte[] forged = Raw.initial(V1, header.destination(), header.source(), new byte[0], 1200, Arrays.copyOfRange(first[0], payload, end - 30));
        Raw.deliver(server, forged, client.port.local());
        world.runFor(SECOND);
        assertEquals(TransportError.VERSION_NEGOTIATION_ERROR, server.apps.get(0).closed.code());
    }

    @Test
    void afterAHelloRetryRequestTheVersionStays() {
        server.serve(ConnectionOptions.SERVER, tls -> tls.groups(NamedGroup.SECP384R1));
        App app = client.connect(server);
        world.runFor(SECOND);
        speaks(V1, app);
    }

    @Test
    void aRetryIsOfTheFirstVersionAndWhatFollowsOfTheOther() {
        server = new QuicHost(b, 2000, Limits.DEFAULT.withRetryAbove(0)).serve();
        App app = client.connect(server);
        world.runFor(41 * MS);
        assertEquals(1, app.handshakes);
        assertEquals(List.of(V1.id, V2.id), fromServer);
        speaks(V2, app);
    }

    @Test
    void everyLossIsMadeGood() {
        server.serve(ConnectionOptions.SERVER, tls -> tls.keyManager(QuicHost.longChain(4)));
        for (int lost = 0; lost < 10; lost++) {
            int drop = lost;
            int[] count = {0};
            for (SimLoop from : List.of(a, b)) world.link(a, b).from(from).filter((number, datagram) -> count[0]++ != drop);
            App app = client.connect(server);
            world.runFor(5 * SECOND);
            speaks(V2, app);
        }
        world.link(a, b).reorder(0.5, 20 * MS).loss(0.1);
        for (SimLoop from : List.of(a, b)) world.link(a, b).from(from).filter(null);
        for (int i = 0; i < 20; i++) {
            App app = client.connect(server);
            world.runFor(20 * SECOND);
            speaks(V2, app);
        }
    }

    @Test
    void theFixedBitIsGreasedOnceThePeerAllowsIt() {
        App app = connect(ConnectionOptions.CLIENT, ConnectionOptions.SERVER);
        server.apps.get(0).echo = true;
        app.send(200_000);
        world.runFor(5 * SECOND);
        assertEquals(200_000, server.apps.get(0).received);
        assertTrue(cleared > fixedBits / 2 && fixedBits > cleared / 2, cleared + " of " + (cleared + fixedBits));
        assertEquals(0, server.apps.get(0).wrong);
    }
}
