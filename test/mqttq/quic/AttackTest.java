package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.frame.FrameType;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.TransportError;
import mqttq.quic.recovery.PacketNumberSpace;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client that has a connection and means no good; RFC 9000 §21, and what other stacks have fallen for. */
class AttackTest {
    private final SimWorld world = new SimWorld(1);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
    private final QuicHost server = new QuicHost(b, QuicHost.PORT).serve(), client = new QuicHost(a, 0);
    private final Random random = new Random(1);
    private App app, peer;

    @BeforeEach
    void connect() {
        world.link(a, b).delayMillis(10);
        app = client.connect(server);
        world.runFor(200 * MS);
        peer = server.apps.get(0);
        assertTrue(peer.connection.confirmed);
    }

    private void inject(byte... frames) {
        Raw.inject(client, app.connection, server, frames);
    }

    private void closesWith(long code, byte... frames) {
        inject(frames);
        assertNotNull(peer.closed, "not closed");
        assertEquals(code, peer.closed.code(), peer.closed::toString);
        assertFalse(peer.closed.remote());
        world.runFor(50 * MS);
        assertTrue(app.closed.remote());
        assertEquals(code, app.closed.code());
    }

    // --- frames

    @Test
    void anAckOfWhatWasNeverSentCloses() {
        closesWith(TransportError.PROTOCOL_VIOLATION, Raw.varints(FrameType.ACK, 1000, 0, 0, 0));
    }

    @Test
    void anAckOfASkippedNumberCloses() {
        // Numbers are left out at random: an optimist acknowledges them all.
        for (int i = 0; i < 600 && peer.closed == null; i++) {
            peer.connection.ping();
            world.runFor(MS);
            long next = peer.connection.loss.nextNumber(PacketNumberSpace.APPLICATION);
            inject(Raw.varints(FrameType.ACK, next - 1, 0, 0, next - 1));
        }
        assertNotNull(peer.closed);
        assertEquals(TransportError.PROTOCOL_VIOLATION, peer.closed.code());
    }

    @Test
    void handshakeDoneFromAClientCloses() {
        closesWith(TransportError.PROTOCOL_VIOLATION, Raw.varints(FrameType.HANDSHAKE_DONE));
    }

    @Test
    void newTokenFromAClientCloses() {
        closesWith(TransportError.PROTOCOL_VIOLATION, Raw.varints(FrameType.NEW_TOKEN, 1, 1));
    }

    @Test
    void unknownFramesClose() {
        closesWith(TransportError.FRAME_ENCODING_ERROR, Raw.varints(0x21));
    }

    @Test
    void datagramsThatWereNotOfferedClose() {
        closesWith(TransportError.PROTOCOL_VIOLATION, Raw.varints(FrameType.DATAGRAM_LENGTH, 1, 1));
    }

    @Test
    void cryptoAfterTheHandshakeIsAnUnexpectedMessage() {
        // A TLS KeyUpdate: RFC 9001 §6.
        closesWith(0x10a, Raw.join(Raw.varints(FrameType.CRYPTO, 0, 5), new byte[] {24, 0, 0, 1, 0}));
    }

    @Test
    void reservedBitsClose() {
        Connection c = app.connection;
        ConnectionId to = c.remoteCids.id(c.paths.active().cid);
        PacketProtection keys = c.phases.write();
        // Sealed with a header that has a reserved bit set.
        PacketProtection spoiling = new PacketProtection() {
            @Override public int unmask(byte[] packet, int start, int pnOffset, int end) {
                return -1;
            }

            @Override public void mask(byte[] packet, int start, int pnOffset) {
                keys.mask(packet, start, pnOffset);
            }

            @Override public int seal(byte[] packet, int start, int payload, int end, long number) {
                packet[start] |= 0x08;
                return keys.seal(packet, start, payload, end, number);
            }

            @Override public int open(byte[] packet, int start, int payload, int end, long number) {
                return -1;
            }

            @Override public PacketProtection next() {
                return this;
            }

            @Override public long confidentialityLimit() {
                return Long.MAX_VALUE;
            }

            @Override public long integrityLimit() {
                return Long.MAX_VALUE;
            }

            @Override public void dropCiphers() { }
        };
        Raw.deliver(server, Raw.packet(c, spoiling, false, to, (byte) 1), client.port.local());
        assertEquals(TransportError.PROTOCOL_VIOLATION, peer.closed.code());
    }

    @Test
    void aPacketWithoutFramesCloses() {
        // HeaderWriter pads, so that an empty payload needs four-byte numbers, which Raw uses.
        closesWith(TransportError.PROTOCOL_VIOLATION);
    }

    @Test
    void streamsBeyondTheLimitClose() {
        closesWith(TransportError.STREAM_LIMIT_ERROR, Raw.varints(FrameType.STREAM, 4 * 16, 1));
    }

    @Test
    void dataBeyondTheWindowCloses() {
        closesWith(TransportError.FLOW_CONTROL_ERROR, Raw.varints(FrameType.STREAM | FrameType.STREAM_OFF, 0, 1 << 20, 1));
    }

    @Test
    void oddFramesWithoutEndClose() {
        byte[] odd = new byte[600];
        for (int i = 0; i < odd.length; i += 2) {
            odd[i] = FrameType.DATA_BLOCKED;
            odd[i + 1] = 1;
        }
        for (int i = 0; i < 10 && peer.closed == null; i++) inject(odd);
        assertEquals(TransportError.PROTOCOL_VIOLATION, peer.closed.code());
    }

    @Test
    void aFewOddFramesAreFine() {
        for (int i = 0; i < 200; i++) {
            inject(Raw.varints(FrameType.DATA_BLOCKED, 1));
            world.runFor(20 * MS);
        }
        assertNull(peer.closed);
    }

    // --- connection ids

    private static byte[] newConnectionId(long sequence, long retirePriorTo, int distinct) {
        byte[] id = {9, 9, 9, 9, (byte) (distinct >> 24), (byte) (distinct >> 16), (byte) (distinct >> 8), (byte) distinct};
        return Raw.join(Raw.varints(FrameType.NEW_CONNECTION_ID, sequence, retirePriorTo), new byte[] {8}, id, new byte[16]);
    }

    @Test
    void risingRetirePriorToClosesInsteadOfQueueing() {
        world.link(a, b).from(b).filter((number, datagram) -> false);
        for (int i = 3; i < 100 && peer.closed == null; i++) inject(newConnectionId(i, i, i));
        assertEquals(TransportError.CONNECTION_ID_LIMIT_ERROR, peer.closed.code());
    }

    @Test
    void moreConnectionIdsThanAgreedClose() {
        for (int i = 3; i < 6 && peer.closed == null; i++) inject(newConnectionId(i, 0, i));
        assertEquals(TransportError.CONNECTION_ID_LIMIT_ERROR, peer.closed.code());
    }

    @Test
    void oneIdUnderTwoNumbersCloses() {
        inject(newConnectionId(3, 0, 3));
        closesWith(TransportError.PROTOCOL_VIOLATION, newConnectionId(4, 0, 3));
    }

    @Test
    void retiringWhatWasNeverIssuedCloses() {
        closesWith(TransportError.PROTOCOL_VIOLATION, Raw.varints(FrameType.RETIRE_CONNECTION_ID, 50));
    }

    @Test
    void retiringTheIdInUseCloses() {
        closesWith(TransportError.PROTOCOL_VIOLATION, Raw.varints(FrameType.RETIRE_CONNECTION_ID, app.connection.paths.active().cid));
    }

    @Test
    void retiredIdsAreReplacedAndNoLongerRouted() {
        ConnectionId unused = app.connection.remoteCids.id(1);
        assertNotNull(unused);
        byte[] toUnused = Raw.packet(app.connection, app.connection.phases.write(), false, unused, (byte) 1);
        inject(Raw.varints(FrameType.RETIRE_CONNECTION_ID, 1));
        world.runFor(50 * MS);
        assertNull(peer.closed);
        long received = peer.connection.packetsReceived;
        Raw.deliver(server, toUnused, client.port.local());
        assertEquals(received, peer.connection.packetsReceived);
        assertNotNull(app.connection.remoteCids.id(2));
    }

    // --- forgeries

    @Test
    void forgedPacketsCostACount() {
        byte[] packet = Raw.packet(app.connection, (byte) 1);
        for (int i = 0; i < 1000; i++) {
            byte[] forged = packet.clone();
            forged[9 + random.nextInt(forged.length - 9)] ^= (byte) (1 + random.nextInt(255));
            Raw.deliver(server, forged, client.port.local());
        }
        assertEquals(1000, peer.connection.openFailures);
        assertNull(peer.closed);
        Raw.deliver(server, packet, client.port.local());
        assertEquals(1000, peer.connection.openFailures);
        app.say("hello");
        world.runFor(SECOND);
        assertEquals("[hello]", peer.text.toString());
    }

    @Test
    void duplicatesAreIgnored() {
        byte[] packet = Raw.packet(app.connection, Raw.varints(FrameType.DATA_BLOCKED, 5));
        for (int i = 0; i < 2000; i++) Raw.deliver(server, packet, client.port.local());
        assertNull(peer.closed);
        assertEquals(0, peer.connection.openFailures);
    }

    /** The JDK's ChaCha20-Poly1305 refuses a nonce that it saw last, even to decrypt: duplicates and forgeries must not notice. */
    @Test
    void duplicatesAndForgeriesUnderChaCha20AreIgnoredToo() {
        App one = client.connect(server, ConnectionOptions.CLIENT, tls -> tls.cipherSuites(mqttq.tls.CipherSuite.TLS_CHACHA20_POLY1305_SHA256));
        world.runFor(200 * MS);
        App other = server.apps.get(1);
        byte[] packet = Raw.packet(one.connection, Raw.varints(FrameType.PING)), forged = packet.clone();
        forged[forged.length - 1] ^= 1;
        long before = other.connection.packetsReceived;
        for (int i = 0; i < 5; i++) {
            Raw.deliver(server, forged, client.port.local());
            Raw.deliver(server, packet, client.port.local());
            Raw.deliver(server, packet, client.port.local());
        }
        assertEquals(before + 1, other.connection.packetsReceived);
        assertEquals(5, other.connection.openFailures);
        one.say("hello");
        world.runFor(SECOND);
        assertEquals("[hello]", other.text.toString());
        assertEquals(java.util.List.of(), b.lines());
    }

    @Test
    void packetsBeforeTheirKeysAreKeptButFew() {
        world.link(a, b).from(a).filter((number, datagram) -> number < 100);
        QuicHost third = new QuicHost(a, 0);
        App late = third.connect(server);
        world.runFor(12 * MS);
        Connection half = server.apps.get(1).connection;
        assertFalse(half.complete);
        byte[] garbage = new byte[1200];
        random.nextBytes(garbage);
        garbage[0] = 0x41;
        System.arraycopy(half.localCids.first().bytes(), 0, garbage, 1, 8);
        for (int i = 0; i < 10_000; i++) Raw.deliver(server, garbage, third.port.local());
        world.runFor(SECOND);
        assertEquals(1, late.handshakes);
        assertTrue(server.apps.get(1).connection.openFailures <= Limits.DEFAULT.undecryptable());
    }

    @Test
    void mutatedDatagramsNeverBreakAnything() {
        world.link(a, b).corrupt(0.5);
        for (int i = 0; i < 40; i++) client.connect(server);
        world.runFor(40 * SECOND);
        assertEquals(java.util.List.of(), a.lines());
        assertEquals(java.util.List.of(), b.lines());
    }

    /** Frames of every kind with random contents, from somebody who has the keys: a clean end each time, never a trace in the log. */
    @Test
    void randomFramesUnderGoodKeysNeverBreakAnything() {
        for (int round = 0; round < 150; round++) {
            App one = client.connect(server);
            world.runFor(100 * MS);
            App other = server.apps.get(server.apps.size() - 1);
            for (int i = 0; i < 20 && other.closed == null; i++) {
                byte[] frames = new byte[1 + random.nextInt(60)];
                random.nextBytes(frames);
                if (random.nextInt(10) > 0) for (int k = 0; k < frames.length; k++) if (random.nextBoolean()) frames[k] &= 0x1f;
                Raw.inject(client, one.connection, server, frames);
                world.runFor(MS);
            }
            if (one.closed == null) one.connection.close(0, "");
            world.runFor(50 * MS);
        }
        assertEquals(java.util.List.of(), a.lines());
        assertEquals(java.util.List.of(), b.lines());
    }
}
