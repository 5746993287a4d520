package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import mqttq.quic.frame.FrameType;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.PacketHeader;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.packet.TransportError;
import mqttq.quic.packet.VersionNegotiation;
import mqttq.quic.qlog.ConnectionTrace;
import mqttq.sim.SimLoop;
import mqttq.sim.SimNat;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;

/** What happens to datagrams that belong to no connection. */
class EndpointTest {
    private static final byte[] NONE = {};
    private final SimWorld world = new SimWorld(1);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
    private final QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
    private final List<byte[]> answers = new ArrayList<>();
    private final Random random = new Random(3);

    /** The answers to a datagram that came out of nowhere. */
    private List<byte[]> ask(byte[] datagram) {
        answers.clear();
        world.link(a, b).from(b).filter((number, answer) -> {
            byte[] copy = new byte[answer.remaining()];
            answer.get(answer.position(), copy);
            answers.add(copy);
            return true;
        });
        Raw.deliver(server, datagram, client.port.local());
        world.runFor(MS);
        return answers;
    }

    private static PacketHeader header(byte[] datagram) {
        PacketHeader header = new PacketHeader();
        header.datagram(ByteBuffer.wrap(datagram), 8);
        assertTrue(header.next());
        return header;
    }

    private ConnectionId id(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return ConnectionId.of(bytes);
    }

    private byte[] unknownVersion(int version, int size) {
        byte[] datagram = Raw.initial(QuicVersion.V1, id(8), id(5), NONE, size, (byte) 1);
        ByteBuffer.wrap(datagram).putInt(1, version);
        return datagram;
    }

    // --- versions

    @Test
    void unknownVersionsAreToldWhatThereIs() {
        byte[] asked = unknownVersion(0x5a6a7a8a, 1200);
        List<byte[]> got = ask(asked);
        assertEquals(1, got.size());
        PacketHeader header = header(got.get(0));
        assertEquals(PacketType.VERSION_NEGOTIATION, header.type());
        assertTrue(VersionNegotiation.lists(header, QuicVersion.V1.id));
        assertEquals(header(asked).source(), header.destination());
        assertEquals(header(asked).destination(), header.source());
        assertTrue(got.get(0).length < asked.length);
    }

    @Test
    void smallOnesAndVersionNegotiationItselfAreNot() {
        assertEquals(0, ask(unknownVersion(0x5a6a7a8a, 1199)).size());
        assertEquals(0, ask(unknownVersion(0, 1200)).size());
    }

    @Test
    void answersToNobodyAreRateLimited() {
        int before = 0;
        for (int i = 0; i < 1000; i++) before += ask(unknownVersion(0x5a6a7a8a, 1200)).size();
        assertTrue(before <= 200 + 100, before + " answers");
        assertTrue(before >= 100);
    }

    @Test
    void aClientWithoutACommonVersionGivesUp() {
        world.link(a, b).delayMillis(10);
        App app = client.connect(server);
        world.run(MS);
        ByteBuffer forged = ByteBuffer.allocate(100);
        Connection c = app.connection;
        byte[] scid = c.handshake.originalDcid.bytes(), dcid = c.localCids.first().bytes();
        forged.put((byte) 0xc0).putInt(0).put((byte) 8).put(dcid).put((byte) 8).put(scid).putInt(0x1a2a3a4a).putInt(0xff00001d);
        byte[] vn = Arrays.copyOf(forged.array(), forged.position());
        byte[] other = vn.clone();
        other[20] ^= 1;
        Raw.deliver(client, other, server.port.local());
        assertNull(app.closed, "for another connection id");
        byte[] withOurs = vn.clone();
        ByteBuffer.wrap(withOurs).putInt(withOurs.length - 4, 1);
        Raw.deliver(client, withOurs, server.port.local());
        assertNull(app.closed, "lists the version we use");
        Raw.deliver(client, vn, server.port.local());
        assertEquals(CloseReason.Kind.VERSION_NEGOTIATION, app.closed.kind());
        assertTrue(app.closed.reason().contains("0x1a2a3a4a"));
    }

    @Test
    void lateVersionNegotiationIsIgnored() {
        world.link(a, b).delayMillis(10);
        App app = client.connect(server);
        world.run(21 * MS);
        byte[] scid = app.connection.handshake.originalDcid.bytes(), dcid = app.connection.localCids.first().bytes();
        ByteBuffer forged = ByteBuffer.allocate(100);
        forged.put((byte) 0xc0).putInt(0).put((byte) 8).put(dcid).put((byte) 8).put(scid).putInt(0x1a2a3a4a);
        Raw.deliver(client, Arrays.copyOf(forged.array(), forged.position()), server.port.local());
        world.run(SECOND);
        assertNull(app.closed);
    }

    // --- garbage

    @Test
    void garbageIsDroppedWhateverItLooksLike() {
        for (int i = 0; i < 20_000; i++) {
            byte[] garbage = new byte[random.nextInt(1500)];
            random.nextBytes(garbage);
            if (garbage.length > 5 && random.nextInt(4) > 0) {
                garbage[0] |= (byte) 0xc0;
                ByteBuffer.wrap(garbage).putInt(1, random.nextInt(3));
                garbage[5] = (byte) random.nextInt(24);
            }
            server.endpoint.receive(world.now(), ByteBuffer.wrap(garbage), server.port.local(), client.port.local());
            if (i % 100 == 0) {
                server.flushLater();
                world.runFor(MS);
            }
        }
        assertEquals(0, server.endpoint.connections());
        assertEquals(List.of(), b.lines());
        App app = client.connect(server);
        world.runFor(SECOND);
        assertEquals(1, app.handshakes);
    }

    @Test
    void initialsWithoutAClientHelloCostNoConnection() {
        for (int i = 0; i < 1000; i++) {
            byte[] frames = switch (i % 4) {
                case 0 -> Raw.varints(1);
                case 1 -> Raw.join(Raw.varints(6, 0, 4), new byte[] {1, 0, 4, 0});
                case 2 -> Raw.join(Raw.varints(6, 0, 4), new byte[] {2, 0, 0, 0});
                default -> Raw.join(Raw.varints(6, 5000, 4), new byte[4]);
            };
            server.endpoint.receive(world.now(), ByteBuffer.wrap(Raw.initial(QuicVersion.V1, id(8), id(8), NONE, 1200, frames)),
                server.port.local(), client.port.local());
            server.flushLater();
            if (i % 50 == 0) world.runFor(MS);
        }
        world.runFor(MS);
        assertEquals(0, server.endpoint.connections());
        assertEquals(0, server.datagramsSent);
        assertTrue(server.endpoint.partialHellos() <= Limits.DEFAULT.maxPartialHellos());
    }

    @Test
    void aClientHelloInPartsMakesOneConnection() {
        byte[][] datagrams = split(client.connect(server));
        assertEquals(0, server.endpoint.connections());
        Raw.deliver(server, datagrams[1], client.port.local());
        world.runFor(MS);
        assertEquals(0, server.endpoint.connections());
        assertEquals(1, server.endpoint.partialHellos());
        Raw.deliver(server, datagrams[0], client.port.local());
        world.runFor(100 * MS);
        assertEquals(1, server.endpoint.connections());
        assertEquals(0, server.endpoint.partialHellos());
        assertEquals(0, server.apps.get(0).connection.openFailures);
    }

    /** The client's hello as two Initials, under its own keys. */
    private byte[][] split(App app) {
        byte[][] first = new byte[1][];
        world.link(a, b).from(a).filter((number, datagram) -> false);
        app.connection.trace(new ConnectionTrace() {
            @Override
            public void onPacketSent(long now, PacketType type, long number, int bytes, byte[] array, int start, int frames, int framesEnd) {
                if (first[0] == null) first[0] = Arrays.copyOfRange(array, frames, framesEnd);
            }
        });
        world.runFor(0);
        world.runFor(MS);
        ByteBuffer frame = ByteBuffer.wrap(first[0]);
        assertEquals(6, frame.get());
        assertEquals(0, mqttq.wire.Varint.get(frame));
        byte[] hello = new byte[(int) mqttq.wire.Varint.get(frame)];
        frame.get(hello);
        ConnectionId destination = app.connection.handshake.originalDcid, source = app.connection.localCids.first();
        byte[] one = Raw.join(Raw.varints(6, 0, 100), Arrays.copyOf(hello, 100));
        byte[] two = Raw.join(Raw.varints(6, 100, hello.length - 100), Arrays.copyOfRange(hello, 100, hello.length));
        return new byte[][] {Raw.initial(QuicVersion.V1, destination, source, NONE, 1200, one),
            Raw.initial(QuicVersion.V1, destination, source, NONE, 1200, two)};
    }

    // --- Retry

    private static Limits retryAbove(int handshakes, int most) {
        return Limits.DEFAULT.withRetryAbove(handshakes).withMaxHandshakes(most);
    }

    @Test
    void aBusyServerAsksForProofOfTheAddress() {
        world.link(a, b).delayMillis(10);
        QuicHost busy = new QuicHost(b, 1000, retryAbove(0, 10)).serve();
        App app = client.connect(busy);
        world.run(39 * MS);
        assertEquals(0, app.handshakes);
        world.run(60 * MS);
        assertEquals(1, app.handshakes);
        app.say("hello");
        world.run(SECOND);
        assertEquals("[hello]", busy.apps.get(0).text.toString());
    }

    @Test
    void aTokenFromBeforeSparesTheRetry() {
        world.link(a, b).delayMillis(10);
        QuicHost busy = new QuicHost(b, 1000, retryAbove(0, 10)).serve();
        App first = client.connect(busy);
        world.run(SECOND);
        byte[] token = first.memory.takeToken();
        assertTrue(token.length > 30);
        App again = new App();
        again.memory.spoke(first.memory.version());
        again.memory.token(token);
        client.connect(busy, ConnectionOptions.CLIENT, tls -> tls, again);
        world.runFor(21 * MS);
        assertEquals(1, again.handshakes);
        App other = new App();
        other.memory.spoke(first.memory.version());
        token = token.clone();
        token[20] ^= 1;
        other.memory.token(token);
        client.connect(busy, ConnectionOptions.CLIENT, tls -> tls, other);
        world.runFor(21 * MS);
        assertEquals(0, other.handshakes);
        world.runFor(20 * MS);
        assertEquals(1, other.handshakes);
    }

    /** RFC 9000 §8.1.4: once. Whoever has seen a token, or has had it when the address was still its own, gains nothing by it. */
    @Test
    void aTokenFromBeforeIsTakenOnce() {
        AddressTokens tokens = new AddressTokens(new byte[32], a.entropy(), 30 * SECOND, 3600 * SECOND);
        InetSocketAddress one = SimWorld.address("10.0.0.1", 1), two = SimWorld.address("10.0.0.1", 2);
        byte[] token = tokens.newToken(5, QuicVersion.V1, one), other = tokens.newToken(5, QuicVersion.V1, one);
        byte[] retry = tokens.retry(5, QuicVersion.V1, one, new byte[8], new byte[8]);
        byte[] forged = token.clone();
        forged[forged.length - 1] ^= 1;
        assertEquals(AddressTokens.Verdict.NONE, tokens.open(6, QuicVersion.V1, forged, 0, forged.length, one));
        assertEquals(AddressTokens.Verdict.VALID, tokens.open(6, QuicVersion.V1, token, 0, token.length, two));
        assertEquals(AddressTokens.Verdict.VALID, tokens.open(6, QuicVersion.V1, other, 0, other.length, one));
        assertEquals(AddressTokens.Verdict.VALID, tokens.open(6, QuicVersion.V1, retry, 0, retry.length, one));
        for (long later = 6; later < 2 * 3600 * SECOND; later += 100 * SECOND) {
            assertEquals(AddressTokens.Verdict.NONE, tokens.open(later, QuicVersion.V1, token, 0, token.length, one));
            assertEquals(AddressTokens.Verdict.INVALID_RETRY, tokens.open(later, QuicVersion.V1, retry, 0, retry.length, one));
        }
    }

    /** RFC 9000 §7.3, §8.1.2: the token is good for the connection id that the Retry gave, else one token would be good for many attempts. */
    @Test
    void aRetryTokenIsBoundToTheConnectionId() {
        QuicHost busy = new QuicHost(b, 1000, retryAbove(0, 10)).serve();
        ConnectionId first = ConnectionId.of(new byte[] {1, 1, 1, 1, 1, 1, 1, 1}), given = ConnectionId.of(new byte[] {2, 2, 2, 2, 2, 2, 2, 2});
        byte[] hello = Raw.varints(FrameType.CRYPTO, 0, 4, 1, 0, 0, 0);
        for (ConnectionId to : new ConnectionId[] {first, ConnectionId.of(new byte[] {3, 3, 3, 3, 3, 3, 3, 3}), given}) {
            byte[] token = busy.endpoint.tokens.retry(world.now(), QuicVersion.V1, client.port.local(), first.bytes(), given.bytes());
            long before = busy.bytesSent;
            Raw.deliver(busy, Raw.initial(QuicVersion.V1, to, first, token, 1200, hello), client.port.local());
            world.runFor(MS);
            assertEquals(to.equals(given) ? 1 : 0, busy.apps.size(), "to " + to);
            assertTrue(busy.bytesSent > before, "INVALID_TOKEN");
        }
    }

    /** Seen from the network, a replayed token is answered by a Retry, not by three datagrams and what follows them. */
    @Test
    void aReplayedTokenProvesNothingNorDoesOneFromBeforeARestart() {
        world.link(a, b).delayMillis(10);
        EndpointConfig kept = EndpointConfig.of(b.entropy(), b).withSecret(new byte[32]).withLimits(retryAbove(0, 10));
        QuicHost busy = new QuicHost(b, 1000, kept).serve();
        App first = client.connect(busy);
        world.run(SECOND);
        byte[] replay = firstOf(first.memory.takeToken(), first, busy, true), unseen = firstOf(first.memory.takeToken(), first, busy, false);
        assertTrue(replay.length > 0 && unseen.length > 0);
        for (int i = 0; i < 3; i++) {
            long before = busy.bytesSent;
            Raw.deliver(busy, replay, client.port.local());
            world.runFor(5 * SECOND);
            assertTrue(busy.bytesSent - before < 200 && busy.bytesSent > before, "a Retry");
        }
        busy.port.close();
        QuicHost restarted = new QuicHost(b, 1000, kept).serve();
        Raw.deliver(restarted, unseen, client.port.local());
        world.runFor(5 * SECOND);
        assertTrue(restarted.bytesSent < 200 && restarted.bytesSent > 0, "a Retry");
        assertEquals(0, restarted.endpoint.connections());
    }

    /** The datagram with which a client of {@code server} begins that has a token; the connection stands and ends, or it never comes. */
    private byte[] firstOf(byte[] token, App before, QuicHost server, boolean arrives) {
        App app = new App();
        app.memory = before.memory;
        app.memory.token(token);
        byte[][] first = new byte[1][];
        world.link(a, b).from(a).filter((number, datagram) -> {
            if (first[0] == null) datagram.get(datagram.position(), first[0] = new byte[datagram.remaining()]);
            return arrives;
        });
        client.connect(server, ConnectionOptions.CLIENT, tls -> tls, app);
        world.runFor(SECOND);
        assertEquals(arrives ? 1 : 0, app.handshakes);
        app.connection.close(0, "");
        world.runFor(5 * SECOND);
        world.link(a, b).from(a).filter(null);
        return first[0];
    }

    @Test
    void retrySurvivesLoss() {
        for (int lost = 0; lost < 5; lost++) {
            SimWorld w = new SimWorld(lost);
            SimLoop x = w.host("10.0.0.1"), y = w.host("10.0.0.2");
            w.link(x, y).delayMillis(10).from(y).drop(lost, lost);
            w.link(x, y).from(x).drop(lost + 1, lost + 1);
            QuicHost busy = new QuicHost(y, 1000, retryAbove(0, 10)).serve(), other = new QuicHost(x, 0);
            App app = other.connect(busy);
            w.run(6 * SECOND);
            assertEquals(1, app.handshakes);
        }
    }

    @Test
    void forgedRetriesAreIgnored() {
        world.link(a, b).delayMillis(10);
        App app = client.connect(server);
        world.run(MS);
        Connection c = app.connection;
        ByteBuffer out = ByteBuffer.allocate(200);
        mqttq.quic.packet.Retry.write(out, QuicVersion.V1, c.localCids.first(), id(8), id(8), new byte[] {1, 2, 3}, 0);
        Raw.deliver(client, Arrays.copyOf(out.array(), out.position()), server.port.local());
        assertEquals(0, c.token.length);
        out.clear();
        mqttq.quic.packet.Retry.write(out, QuicVersion.V1, c.localCids.first(), id(8), c.handshake.originalDcid, NONE, 0);
        Raw.deliver(client, Arrays.copyOf(out.array(), out.position()), server.port.local());
        assertEquals(0, c.token.length);
        world.run(SECOND);
        assertEquals(1, app.handshakes);
    }

    /** RFC 9000 §17.2.2. */
    @Test
    void anInitialOfAServerWithATokenIsDropped() {
        world.link(a, b).delayMillis(10);
        Connection c = client.connect(server).connection;
        for (byte[] token : new byte[][] {{1}, NONE}) {
            ByteBuffer out = ByteBuffer.allocate(1300);
            mqttq.quic.packet.HeaderWriter writer = new mqttq.quic.packet.HeaderWriter();
            writer.beginLong(out, PacketType.INITIAL, QuicVersion.V1, c.localCids.first(), id(8), token, 0, 1);
            out.put((byte) 1).position(1184);
            writer.end(out, 16);
            byte[] secret = new mqttq.quic.crypto.InitialSecrets(QuicVersion.V1, c.handshake.originalDcid).server;
            int end = mqttq.quic.crypto.AeadProtection.FACTORY.create(mqttq.quic.crypto.InitialSecrets.SUITE, QuicVersion.V1, secret)
                .protect(out.array(), writer.start(), writer.packetNumberOffset(), writer.payload(), out.position(), 0);
            Raw.deliver(client, Arrays.copyOf(out.array(), end), server.port.local());
            assertEquals(token == NONE, c.handshake.packetSeen());
        }
    }

    @Test
    void aRetryTokenOfSomebodyElseIsAnInvalidToken() {
        AddressTokens tokens = server.endpoint.tokens;
        ConnectionId scid = id(8);
        byte[] token = tokens.retry(world.now(), QuicVersion.V1, new InetSocketAddress("10.9.9.9", 1), id(8).bytes(), scid.bytes());
        byte[] initial = Raw.initial(QuicVersion.V1, scid, id(8), token, 1200, Raw.varints(1));
        List<byte[]> got = ask(initial);
        assertEquals(1, got.size());
        assertEquals(PacketType.INITIAL, header(got.get(0)).type());
        assertTrue(got.get(0).length < 100);
        assertEquals(0, server.endpoint.connections());
    }

    /** RFC 9000 §17.2.5.2. */
    @Test
    void oneRetryIsTakenAndNoneAfterAnotherPacket() {
        world.link(a, b).delayMillis(10);
        for (boolean late : new boolean[] {false, true}) {
            world.link(a, b).from(a).filter((number, datagram) -> late);
            Connection c = client.connect(server).connection;
            world.runFor(25 * MS);
            ConnectionId first = late ? null : id(8), original = c.handshake.originalDcid;
            for (ConnectionId source : new ConnectionId[] {late ? id(8) : first, id(8)}) {
                ByteBuffer out = ByteBuffer.allocate(200);
                mqttq.quic.packet.Retry.write(out, QuicVersion.V1, c.localCids.first(), source, original, new byte[] {1}, 0);
                Raw.deliver(client, Arrays.copyOf(out.array(), out.position()), server.port.local());
                assertEquals(first, c.handshake.retryScid);
            }
        }
    }

    @Test
    void tokensAreBoundToTheAddressAndThoseOfARetryToThePortToo() {
        AddressTokens tokens = server.endpoint.tokens;
        InetSocketAddress mine = new InetSocketAddress("10.9.9.9", 1), port = new InetSocketAddress("10.9.9.9", 2), other = new InetSocketAddress("10.9.9.8", 1);
        byte[] later = tokens.newToken(0, QuicVersion.V1, mine), retry = tokens.retry(0, QuicVersion.V1, mine, new byte[8], new byte[8]);
        assertEquals(AddressTokens.Verdict.NONE, tokens.open(0, QuicVersion.V1, later, 0, later.length, other));
        assertEquals(AddressTokens.Verdict.VALID, tokens.open(0, QuicVersion.V1, later, 0, later.length, port));
        for (InetSocketAddress each : List.of(other, port)) {
            assertEquals(AddressTokens.Verdict.INVALID_RETRY, tokens.open(0, QuicVersion.V1, retry, 0, retry.length, each));
        }
        assertEquals(AddressTokens.Verdict.VALID, tokens.open(0, QuicVersion.V1, retry, 0, retry.length, mine));
    }

    /** RFC 9000 §14.1, §7.2: not even by a Retry. */
    @Test
    void smallInitialsAndShortIdsAreNotAnswered() {
        QuicHost busy = new QuicHost(b, 1000, retryAbove(0, 10)).serve();
        int[][] cases = {{8, 1199, 0}, {7, 1200, 0}, {8, 1200, 1}};
        for (int[] each : cases) {
            long before = busy.datagramsSent;
            Raw.deliver(busy, Raw.initial(QuicVersion.V1, id(each[0]), id(5), NONE, each[1], (byte) 1), client.port.local());
            world.runFor(MS);
            assertEquals(each[2], busy.datagramsSent - before, each[0] + " " + each[1]);
        }
    }

    // --- floods

    /** 10,000 attempts from as many addresses: what they cost is bounded, they are asked to prove themselves, and who is in stays in. */
    @Test
    void aFloodOfHandshakesIsBounded() {
        world.link(a, b).delayMillis(5);
        App inside = client.connect(server);
        world.run(SECOND);
        QuicHost other = new QuicHost(a, 0);
        byte[][] first = new byte[1][];
        App template = new App();
        other.connect(server, ConnectionOptions.CLIENT, tls -> tls, template);
        template.connection.trace(new ConnectionTrace() {
            @Override
            public void onPacketSent(long now, PacketType type, long number, int bytes, byte[] array, int start, int frames, int framesEnd) {
                if (first[0] == null) first[0] = Arrays.copyOfRange(array, frames, framesEnd);
            }
        });
        world.link(a, b).from(a).filter((number, datagram) -> false);
        world.runFor(MS);
        world.link(a, b).from(a).filter(null);
        template.connection.abandon("");
        int most = 0;
        for (int i = 0; i < 10_000; i++) {
            byte[] initial = Raw.initial(QuicVersion.V1, id(8), id(8), NONE, 1200, Arrays.copyOf(first[0], 600));
            server.endpoint.receive(world.now(), ByteBuffer.wrap(initial), server.port.local(), new InetSocketAddress("10.1.0.1", 1 + i));
            server.flushLater();
            if (i % 50 == 0) world.runFor(MS / 4);
            most = Math.max(most, server.endpoint.handshakes());
            if (i == 5000) inside.say("still here");
        }
        assertTrue(most <= Limits.DEFAULT.retryAbove() + 1, most + " handshakes in progress");
        world.runFor(20 * MS);
        assertEquals("[still here]", server.apps.get(0).text.toString());
        world.runFor(40 * SECOND);
        assertEquals(1, server.endpoint.connections());
        App late = client.connect(server);
        world.runFor(SECOND);
        assertEquals(1, late.handshakes);
    }

    @Test
    void theOldestHandshakeMakesRoom() {
        QuicHost small = new QuicHost(b, 1000, retryAbove(10, 2)).serve();
        world.link(a, b).delayMillis(10).from(a).filter((number, datagram) -> datagram.get(datagram.position()) < 0
            && (datagram.get(datagram.position()) & 0x30) == 0 && number < 3);
        for (int i = 0; i < 3; i++) {
            client.connect(small);
            world.runFor(2 * MS);
        }
        world.run(100 * MS);
        assertEquals(2, small.endpoint.handshakes());
        assertEquals(CloseReason.Kind.HANDSHAKE_TIMEOUT, small.apps.get(0).closed.kind());
        assertNull(small.apps.get(2).closed);
    }

    // --- stateless reset

    private void restart(QuicHost host) {
        host.port.close();
    }

    @Test
    void aRestartedServerEndsOldConnectionsAtTheirNextPacket() {
        world.link(a, b).delayMillis(10);
        byte[] secret = new byte[32];
        secret[3] = 7;
        QuicHost old = new QuicHost(b, 1000, EndpointConfig.of(b.entropy(), b).withSecret(secret)).serve();
        App app = client.connect(old);
        world.run(SECOND);
        restart(old);
        new QuicHost(b, 1000, EndpointConfig.of(b.entropy(), b).withSecret(secret)).serve();
        app.say("are you still there, after all this time?");
        world.runFor(25 * MS);
        assertEquals(CloseReason.Kind.STATELESS_RESET, app.closed.kind());
        world.runFor(5 * SECOND);
        assertEquals(0, client.endpoint.connections());
    }

    /** RFC 9000 §10.3.1: of the id in use, from where the client sends to. */
    @Test
    void aResetThatAnswersNothingCountsWithTheIdInUseAndItsAddress() {
        world.link(a, b).delayMillis(10);
        byte[] secret = new byte[32];
        secret[3] = 7;
        QuicHost old = new QuicHost(b, 1000, EndpointConfig.of(b.entropy(), b).withSecret(secret)).serve();
        App app = client.connect(old);
        world.run(SECOND);
        Connection server = old.apps.get(0).connection;
        assertNull(app.connection.sentTo(), "nobody resets servers");
        byte[] id = server.sentTo(), spare = server.localCids.id(1).bytes();
        assertFalse(Arrays.equals(id, spare));
        restart(old);
        QuicHost next = new QuicHost(b, 1000, EndpointConfig.of(b.entropy(), b).withSecret(secret)).serve();
        QuicHost elsewhere = new QuicHost(b, 1001, EndpointConfig.of(b.entropy(), b).withSecret(secret)).serve();
        List<Integer> sizes = new ArrayList<>();
        world.link(a, b).from(b).filter((number, datagram) -> sizes.add(datagram.remaining()));
        for (QuicHost host : new QuicHost[] {next, elsewhere}) {
            for (byte[] each : host == next ? new byte[][] {spare, new byte[8]} : new byte[][] {id, spare}) {
                assertTrue(host.endpoint.reset(each, host.port.local(), client.port.local()));
                host.flushLater();
            }
        }
        world.runFor(SECOND);
        assertEquals(4, sizes.size());
        assertNull(app.closed, "an id that is not used, no id at all, another address");
        for (int i = 0; i < 50; i++) next.endpoint.reset(id, next.port.local(), new InetSocketAddress(a.address(), 9));
        assertTrue(next.endpoint.reset(id, next.port.local(), client.port.local()));
        next.flushLater();
        world.runFor(12 * MS);
        assertEquals(CloseReason.Kind.STATELESS_RESET, app.closed.kind());
        for (int size : sizes) assertTrue(size >= 43 && size <= 60, () -> "bytes: " + size);
        while (next.endpoint.reset(id, next.port.local(), client.port.local())) sizes.add(0);
        assertTrue(sizes.size() < 55 + Limits.DEFAULT.statelessQueue() + 1, "they wait for the socket like all others");
    }

    /** What is known of where a client sends to: only what is certain. */
    @Test
    void whereAClientSendsToIsKnownWhileItIsCertain() {
        world.link(a, b).delayMillis(10);
        SimNat nat = a.nat("10.9.0.1");
        App app = client.connect(server);
        world.run(SECOND);
        App peer = server.apps.get(0);
        Connection c = peer.connection;
        assertArrayEquals(c.localCids.first().bytes(), c.sentTo());
        InetSocketAddress first = c.remote();
        int paths = peer.paths;
        nat.rebind();
        app.say("x");
        world.runFor(12 * MS);
        assertFalse(c.remote().equals(first));
        assertNull(c.sentTo(), "the new address is not validated yet");
        assertTrue(peer.paths > paths);
        paths = peer.paths;
        world.runFor(SECOND);
        byte[] id = c.sentTo();
        assertNotNull(id);
        assertTrue(peer.paths > paths, "and that is told");
        paths = peer.paths;
        // another id of ours, and the old one is retired
        app.connection.paths.active().cid = app.connection.paths.unused();
        app.say("y");
        world.runFor(SECOND);
        assertFalse(Arrays.equals(id, c.sentTo()));
        assertTrue(peer.paths > paths);
        app.connection.close(0, "");
        world.runFor(SECOND);
        assertNull(c.sentTo());
    }

    @Test
    void aResetUnderAnotherKeyIsNone() {
        world.link(a, b).delayMillis(10);
        QuicHost old = new QuicHost(b, 1000).serve();
        App app = client.connect(old);
        world.run(SECOND);
        restart(old);
        QuicHost next = new QuicHost(b, 1000).serve();
        app.say("are you still there, after all this time?");
        world.runFor(SECOND);
        assertTrue(next.datagramsSent > 0);
        assertNull(app.closed);
    }

    /** RFC 9000 §10.3.3: two endpoints without state reflect each other's resets until they are too small, not for ever. */
    @Test
    void resetsReflectedBetweenTwoServersDieOut() {
        QuicHost other = new QuicHost(a, QuicHost.PORT).serve();
        byte[] packet = new byte[60];
        random.nextBytes(packet);
        packet[0] = 0x41;
        Raw.deliver(server, packet, other.port.local());
        world.runFor(SECOND);
        assertTrue(server.datagramsSent + other.datagramsSent <= 30);
        assertTrue(server.datagramsSent >= 1);
    }

    @Test
    void resetsAreSmallerThanWhatTheyAnswer() {
        for (int length = 9; length < 60; length++) {
            byte[] packet = new byte[length];
            random.nextBytes(packet);
            packet[0] = 0x41;
            List<byte[]> got = ask(packet);
            if (length < 22) assertEquals(0, got.size());
            else assertTrue(got.size() == 1 && got.get(0).length < length && got.get(0).length >= 21, "length " + length);
        }
        assertFalse(answers.isEmpty());
    }
}
