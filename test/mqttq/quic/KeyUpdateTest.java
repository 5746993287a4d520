package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import mqttq.quic.crypto.AeadProtection;
import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.crypto.ProtectionFactory;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.packet.TransportError;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.tls.CipherSuite;
import org.junit.jupiter.api.Test;

class KeyUpdateTest {
    private final SimWorld world = new SimWorld(1);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
    private QuicHost server = new QuicHost(b, QuicHost.PORT).serve();
    private final QuicHost client = new QuicHost(a, 0);
    private App app, peer;

    private void connect() {
        world.link(a, b).delayMillis(10);
        app = client.connect(server);
        world.runFor(200 * MS);
        peer = server.apps.get(0);
    }

    private void talk(int times) {
        for (int i = 0; i < times; i++) {
            app.connection.ping();
            peer.connection.ping();
            world.runFor(40 * MS);
        }
    }

    @Test
    void eitherSideUpdatesAndTheOtherFollows() {
        connect();
        app.connection.updateKeys();
        talk(2);
        assertEquals(1, app.connection.stats().keyUpdates());
        assertEquals(1, peer.connection.stats().keyUpdates());
        peer.connection.updateKeys();
        talk(20);
        assertEquals(2, app.connection.stats().keyUpdates());
        assertEquals(2, peer.connection.stats().keyUpdates());
        app.say("hello");
        world.runFor(SECOND);
        assertEquals("[hello]", peer.text.toString());
        assertEquals(0, app.connection.openFailures + peer.connection.openFailures);
    }

    @Test
    void aSecondUpdateWaitsForTheFirstToBeConfirmed() {
        connect();
        app.connection.updateKeys();
        app.connection.ping();
        world.runFor(MS);
        app.connection.updateKeys();
        app.connection.ping();
        world.runFor(MS);
        assertEquals(1, app.connection.stats().keyUpdates());
        talk(30);
        assertEquals(2, app.connection.stats().keyUpdates());
        assertEquals(2, peer.connection.stats().keyUpdates());
    }

    @Test
    void theFirstWaitsUntilSomethingOfThisPhaseIsAcknowledged() throws Exception {
        PacketProtection keys = AeadProtection.FACTORY.create(CipherSuite.TLS_AES_128_GCM_SHA256, QuicVersion.V1, new byte[32]);
        KeyPhases phases = new KeyPhases(keys, keys, 0);
        phases.wantUpdate();
        phases.onSealed(5);
        phases.beforeSealing(4);
        assertFalse(phases.phase());
        phases.beforeSealing(5);
        assertTrue(phases.phase());
    }

    @Test
    void updatesAtBothEndsAtOnceAreOne() {
        connect();
        app.connection.updateKeys();
        peer.connection.updateKeys();
        app.connection.ping();
        peer.connection.ping();
        world.runFor(SECOND);
        talk(5);
        assertEquals(1, app.connection.stats().keyUpdates());
        assertEquals(1, peer.connection.stats().keyUpdates());
        assertNull(app.closed);
    }

    @Test
    void reorderedPacketsOfTheOldPhaseStillOpen() {
        connect();
        byte[] old = Raw.packet(app.connection, (byte) 1);
        app.connection.updateKeys();
        talk(1);
        assertEquals(1, peer.connection.stats().keyUpdates());
        Raw.deliver(server, old, client.port.local());
        assertEquals(0, peer.connection.openFailures);
        world.runFor(2 * SECOND);
        byte[] ancient = old.clone();
        talk(1);
        Raw.deliver(server, ancient, client.port.local());
        assertTrue(peer.connection.openFailures <= 1);
        assertNull(peer.closed);
    }

    @Test
    void aTransferUpdatesItsKeysEarlyAndLosesNothing() {
        connect();
        world.link(a, b).loss(0.01).reorder(0.05, 3 * MS);
        app.send(4 << 20);
        peer.send(4 << 20);
        world.runFor(120 * SECOND);
        assertEquals(4 << 20, peer.received);
        assertEquals(4 << 20, app.received);
        assertTrue(app.connection.stats().keyUpdates() >= 1);
        assertEquals(0, app.connection.openFailures + peer.connection.openFailures);
    }

    @Test
    void aForgedKeyPhaseChangesNothing() {
        connect();
        byte[] packet = Raw.packet(app.connection, app.connection.phases.write(), true, app.connection.remoteCids.id(0), (byte) 1);
        for (int i = 0; i < 100; i++) Raw.deliver(server, packet, client.port.local());
        assertEquals(0, peer.connection.stats().keyUpdates());
        assertEquals(100, peer.connection.openFailures);
        talk(2);
        assertNull(peer.closed);
    }

    /** AEADs with tiny limits. */
    private static ProtectionFactory limited(long confidentiality, long integrity) {
        return (suite, version, secret) -> new Limited(AeadProtection.FACTORY.create(suite, version, secret), confidentiality, integrity);
    }

    private record Limited(PacketProtection in, long confidentialityLimit, long integrityLimit) implements PacketProtection {
        @Override public int unmask(byte[] packet, int start, int pnOffset, int end) {
            return in.unmask(packet, start, pnOffset, end);
        }

        @Override public void mask(byte[] packet, int start, int pnOffset) {
            in.mask(packet, start, pnOffset);
        }

        @Override public int seal(byte[] packet, int start, int payload, int end, long number) {
            return in.seal(packet, start, payload, end, number);
        }

        @Override public int open(byte[] packet, int start, int payload, int end, long number) {
            return in.open(packet, start, payload, end, number);
        }

        @Override public PacketProtection next() {
            return new Limited(in.next(), confidentialityLimit, integrityLimit);
        }

        @Override public void dropCiphers() {
            in.dropCiphers();
        }
    }

    @Test
    void keysThatCannotBeUpdatedInTimeEndTheConnection() {
        server = new QuicHost(b, 1000, EndpointConfig.of(b.entropy(), b).withProtection(limited(40, Long.MAX_VALUE))).serve();
        connect();
        // The client acknowledges nothing more, so that no update is allowed.
        world.link(a, b).from(a).filter((number, datagram) -> false);
        for (int i = 0; i < 100 && peer.closed == null; i++) {
            peer.connection.ping();
            world.runFor(30 * MS);
        }
        assertNotNull(peer.closed);
        assertEquals(TransportError.AEAD_LIMIT_REACHED, peer.closed.code());
    }

    @Test
    void tooManyForgeriesEndTheConnection() {
        server = new QuicHost(b, 1000, EndpointConfig.of(b.entropy(), b).withProtection(limited(Long.MAX_VALUE, 50))).serve();
        connect();
        byte[] packet = Raw.packet(app.connection, (byte) 1);
        packet[packet.length - 1] ^= 1;
        for (int i = 0; i < 60; i++) Raw.deliver(server, packet, client.port.local());
        assertEquals(TransportError.AEAD_LIMIT_REACHED, peer.closed.code());
        assertEquals(50, peer.connection.openFailures);
        assertEquals(List.of(), b.lines());
    }
}
