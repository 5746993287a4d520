package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mqttq.quic.frame.FrameType;
import mqttq.quic.packet.PacketType;
import mqttq.quic.qlog.ConnectionTrace;
import mqttq.sim.SimLoop;
import mqttq.sim.SimNat;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;

class PathTest {
    private final SimWorld world = new SimWorld(1);
    private final SimLoop a = world.host("192.168.1.2"), b = world.host("10.0.0.2");
    private final SimNat nat = a.nat("10.0.0.1");
    private final QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
    private App app;

    private App connect() {
        world.link(a, b).delayMillis(10);
        app = client.connect(server);
        world.runFor(200 * MS);
        assertTrue(app.connection.confirmed);
        return peer();
    }

    private App peer() {
        return server.apps.get(0);
    }

    /** Frames of the client arrive from where the server knows it. */
    private void arrive(byte... frames) {
        Raw.deliver(server, Raw.packet(app.connection, frames), peer().connection.remote());
    }

    @Test
    void aNatThatChangesItsPortIsFollowedAndValidated() {
        App peer = connect();
        InetSocketAddress before = peer.connection.remote();
        nat.rebind();
        app.say("one");
        world.runFor(11 * MS);
        assertNotEquals(before, peer.connection.remote());
        assertEquals(before.getAddress(), peer.connection.remote().getAddress());
        assertFalse(peer.connection.paths.active().validated);
        world.runFor(100 * MS);
        assertTrue(peer.connection.paths.active().validated);
        assertEquals(2, peer.paths, "moved, and certain");
        peer.say("two");
        world.runFor(SECOND);
        assertEquals("[two]", app.text.toString());
        assertNull(app.closed);
    }

    /** RFC 9000 §9.3.3: whoever forwards a copy of a packet from elsewhere does not get the connection: the old path is asked as well. */
    @Test
    void theOldPathIsAskedToo() {
        App peer = connect();
        InetSocketAddress before = peer.connection.remote();
        List<InetSocketAddress> asked = new ArrayList<>();
        peer.connection.trace(new ConnectionTrace() {
            @Override
            public void onPacketSent(long now, PacketType type, long number, int bytes, byte[] array, int start, int frames, int framesEnd) {
                if (array[frames] == FrameType.PATH_CHALLENGE) asked.add(peer.connection.sender.path.remote);
            }
        });
        InetSocketAddress copy = new InetSocketAddress("10.0.8.1", 7);
        Raw.deliver(server, Raw.packet(app.connection, (byte) 1), copy);
        world.runFor(MS);
        assertEquals(copy, peer.connection.remote());
        assertTrue(asked.contains(before), asked::toString);
        world.runFor(100 * MS);
        assertEquals(before, peer.connection.remote(), "the client answered from where it is");
    }

    @Test
    void anAddressIsProvenWhenItIsValidated() {
        App peer = connect();
        InetSocketAddress before = peer.connection.remote();
        for (int i = 0; i < 2; i++) { // the second comes before the first is validated
            nat.rebind();
            app.say("x");
            world.runFor(11 * MS);
            assertNotEquals(before, peer.connection.remote());
            assertEquals(before, peer.connection.provenRemote());
            assertTrue(peer.connection.isProven());
        }
        world.runFor(100 * MS);
        assertEquals(peer.connection.remote(), peer.connection.provenRemote());
        assertNotEquals(before, peer.connection.provenRemote());
    }

    /** Each path takes one of the few ids that the client gave; one that was left and would still answer gives its own back. */
    @Test
    void aClientMayMoveAgainAndAgainThoughItsOldPathsLive() {
        App peer = connect();
        for (int i = 3; i < 9; i++) {
            a.addAddress("192.168.1." + i);
            InetSocketAddress other = client.alsoAt("192.168.1." + i);
            assertTrue(app.connection.probe(world.now(), other, app.connection.remote(), true));
            client.flushLater();
            world.runFor(SECOND);
            assertEquals(other, app.connection.local());
            app.say("at " + i);
            world.runFor(SECOND);
            assertTrue(peer.text.toString().endsWith("at " + i + "]"), peer.text.toString());
        }
    }

    /** RFC 9000 §9.2: some answer a challenge only on the path that they use, and it becomes that by more than a probe. */
    @Test
    void aServerThatAnswersOnlyWhereItIsTalkedToIsMovedToo() {
        App peer = connect();
        a.addAddress("192.168.1.3");
        InetSocketAddress other = client.alsoAt("192.168.1.3");
        world.link(a, b).from(b).filter((number, datagram) -> datagram.remaining() < 1200 || peer.paths > 0);
        assertTrue(app.connection.probe(world.now(), other, app.connection.remote(), true));
        client.flushLater();
        world.runFor(2 * SECOND);
        assertEquals(other, app.connection.local());
        app.say("moved");
        world.runFor(SECOND);
        assertEquals("[moved]", peer.text.toString());
    }

    @Test
    void anotherAddressStartsCongestionControlAnew() {
        App peer = connect();
        peer.send(500_000);
        world.runFor(2 * SECOND);
        assertEquals(500_000, app.received);
        int grown = peer.connection.stats().congestionWindow();
        assertTrue(grown > 12_000);
        nat.rebind("10.0.0.9");
        app.say("here I am");
        world.runFor(11 * MS);
        assertEquals("10.0.0.9", peer.connection.remote().getAddress().getHostAddress());
        assertEquals(12_000, peer.connection.stats().congestionWindow());
        world.runFor(SECOND);
        assertTrue(peer.connection.paths.active().validated);
    }

    @Test
    void aTransferGoesOnAcrossRebindings() {
        App peer = connect();
        app.send(1 << 20);
        peer.send(1 << 20);
        for (int i = 0; i < 5; i++) {
            world.runFor(150 * MS);
            nat.rebind("10.0.1." + (i + 1));
        }
        world.runFor(30 * SECOND);
        assertNull(app.closed, () -> app.closed.toString());
        assertEquals(1 << 20, peer.received);
        assertEquals(1 << 20, app.received);
        assertEquals(0, app.wrong + peer.wrong);
        assertEquals("10.0.1.5", peer.connection.remote().getAddress().getHostAddress());
    }

    /** RFC 9000 §8.2, §9.3.1: what goes to an address that was never validated is at most three times what came from there. */
    @Test
    void anUnvalidatedPathGetsThreeTimesWhatItSentAndIsGivenUp() {
        App peer = connect();
        peer.send(1 << 20);
        world.runFor(30 * MS);
        InetSocketAddress victim = new InetSocketAddress("10.0.7.7", 7777);
        byte[] genuine = Raw.packet(app.connection, (byte) 1);
        long[] sent = new long[1];
        long start = server.bytesSent;
        Raw.deliver(server, genuine, victim);
        assertEquals(victim, peer.connection.remote());
        Path path = peer.connection.paths.active();
        world.runFor(100 * MS);
        sent[0] = path.bytesSent();
        assertTrue(sent[0] <= 3L * genuine.length, sent[0] + " bytes for " + genuine.length);
        assertTrue(server.bytesSent > start);
        // The client's next packet brings the connection back; the victim's path was never validated.
        world.runFor(5 * SECOND);
        assertEquals("10.0.0.1", peer.connection.remote().getAddress().getHostAddress());
        world.runFor(30 * SECOND);
        assertEquals(1 << 20, app.received);
        assertNull(app.closed);
    }

    @Test
    void aPathWhoseValidationFailsIsLeftForTheOneBefore() {
        App peer = connect();
        world.runFor(SECOND);
        InetSocketAddress before = peer.connection.remote(), nobody = new InetSocketAddress("10.0.7.7", 7777);
        byte[] genuine = Raw.packet(app.connection, (byte) 1);
        world.link(a, b).up(false);
        Raw.deliver(server, genuine, nobody);
        world.runFor(SECOND);
        assertEquals(nobody, peer.connection.remote());
        world.runFor(5 * SECOND);
        assertEquals(before, peer.connection.remote());
        world.link(a, b).up(true);
        peer.say("back");
        world.runFor(5 * SECOND);
        assertEquals("[back]", app.text.toString());
    }

    @Test
    void strangersBeforeTheHandshakeIsConfirmedAreNotHeard() {
        world.link(a, b).delayMillis(10).from(a).drop(1, 2);
        app = client.connect(server);
        world.run(25 * MS);
        nat.rebind();
        world.run(500 * MS);
        // its Finished is said again, but from elsewhere
        assertEquals(1, app.handshakes);
        assertEquals(0, peer().handshakes);
        assertEquals(1, peer().connection.paths.count());
    }

    /** RFC 9000 §9.3: what was sent before the newest packet says where the peer was. */
    @Test
    void anOldPacketMovesNobody() {
        App peer = connect();
        byte[] old = Raw.packet(app.connection, (byte) FrameType.PING), newer = Raw.packet(app.connection, (byte) FrameType.PING);
        InetSocketAddress here = peer.connection.remote(), there = new InetSocketAddress("10.0.0.9", 9);
        Raw.deliver(server, newer, here);
        Raw.deliver(server, old, there);
        assertEquals(here, peer.connection.remote());
        Raw.deliver(server, Raw.packet(app.connection, (byte) FrameType.PING), there);
        assertEquals(there, peer.connection.remote());
    }

    /** RFC 9000 §8.2.2: answered where it came from, in a datagram of 1200 bytes. */
    @Test
    void challengesAreAnsweredInFullDatagrams() {
        App peer = connect();
        List<Integer> answers = new ArrayList<>();
        peer.connection.trace(new ConnectionTrace() {
            @Override
            public void onPacketSent(long now, PacketType type, long number, int bytes, byte[] array, int start, int frames, int framesEnd) {
                for (int i = frames; i < framesEnd; i++) {
                    if (array[i] == FrameType.PATH_RESPONSE && framesEnd - i > 8 && array[i + 1] == 0x55) answers.add(bytes);
                }
            }
        });
        byte[] challenge = new byte[9];
        Arrays.fill(challenge, (byte) 0x55);
        challenge[0] = FrameType.PATH_CHALLENGE;
        arrive(challenge);
        world.runFor(50 * MS);
        assertEquals(List.of(1200), answers);
    }

    @Test
    void onlyTheLatestChallengesAreKept() {
        App peer = connect();
        byte[] many = new byte[9 * 100];
        for (int i = 0; i < many.length; i += 9) many[i] = FrameType.PATH_CHALLENGE;
        arrive(many);
        assertEquals(Limits.DEFAULT.challengesPerPath(), peer.connection.paths.active().responses);
        for (int i = 0; i < 100 && peer.closed == null; i++) arrive(many);
        assertTrue(peer.closed != null && peer.closed.reason().contains("odd"));
    }

    @Test
    void pathsAreFewWhateverThePeerDoes() {
        App peer = connect();
        for (int i = 0; i < 50; i++) {
            Raw.deliver(server, Raw.packet(app.connection, (byte) 1), new InetSocketAddress("10.0.8.1", 1000 + i));
            world.runFor(MS);
        }
        assertTrue(peer.connection.paths.count() <= Limits.DEFAULT.paths());
        assertNull(peer.closed);
    }

    @Test
    void aClientHearsItsServerOnly() {
        App peer = connect();
        long received = app.connection.packetsReceived;
        Raw.deliver(client, Raw.packet(peer.connection, (byte) 1), new InetSocketAddress("10.0.0.2", 9));
        assertEquals(received, app.connection.packetsReceived);
    }
}
