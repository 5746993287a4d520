package mqttq.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.Test;

/** Tickets, PSK resumption and 0-RTT. */
class ResumptionTest {
    private static final byte[] LIMITS = {42, 43};
    private final TicketKeys ticketKeys = new TicketKeys(new SeededRandom(99), 3_600_000);

    private Pair pair() {
        Pair pair = new Pair();
        pair.serverConfig.ticketKeys(ticketKeys);
        return pair;
    }

    private SessionTicket ticket(Pair pair) {
        QuicTlsEngineTest.assertComplete(pair.run());
        assertTrue(pair.server.engine.issueTicket(true, LIMITS));
        pair.exchange();
        assertNull(pair.client.failure);
        assertEquals(1, pair.client.tickets.size());
        SessionTicket ticket = SessionTicket.decode(pair.client.tickets.get(0).encode());
        assertArrayEquals(pair.client.tickets.get(0).encode(), ticket.encode());
        return ticket;
    }

    private SessionTicket ticket() {
        return ticket(pair());
    }

    private static Pair resume(Pair pair, SessionTicket ticket, boolean earlyData) {
        pair.build();
        assertTrue(pair.client.engine.resume(ticket, earlyData));
        return pair.run();
    }

    private static void assertResumed(Pair pair) throws Exception {
        assertNull(pair.client.failure);
        assertNull(pair.server.failure);
        assertTrue(pair.client.complete && pair.server.complete);
        assertTrue(pair.client.engine.isResumed() && pair.server.engine.isResumed());
        for (EncryptionLevel level : pair.client.secrets.keySet()) {
            if (level == EncryptionLevel.EARLY_DATA && !Boolean.TRUE.equals(pair.client.earlyDecision)) continue;
            for (int i = 0; i < 2; i++) assertArrayEquals(pair.client.secrets.get(level).get(i), pair.server.secrets.get(level).get(i),
                level + " " + i);
        }
        assertEquals("CN=ec256", pair.client.engine.getSession().getPeerPrincipal().getName());
    }

    @Test
    void ticketRemembersWhatEarlyDataNeeds() {
        SessionTicket ticket = ticket();
        assertArrayEquals(Pair.SERVER_PARAMETERS, ticket.transportParameters());
        assertEquals("mqtt", ticket.applicationProtocol());
        assertTrue(ticket.earlyData());
        assertEquals(Pair.NOW + 3_600_000, ticket.expiresAtMillis());
    }

    @Test
    void resumesWithoutCertificatesInEverySuite() throws Exception {
        for (CipherSuite suite : CipherSuite.values()) {
            Pair first = pair();
            first.clientConfig.cipherSuites(suite);
            SessionTicket ticket = ticket(first);
            Pair pair = resume(pair(), ticket, false);
            assertResumed(pair);
            assertNull(pair.client.earlyDecision);
            assertEquals(suite, pair.client.engine.cipherSuite());
            int bytes = pair.sent.stream().mapToInt(b -> b.length).sum();
            assertTrue(bytes < 900, bytes + " bytes");
        }
    }

    @Test
    void earlyDataIsAccepted() throws Exception {
        SessionTicket ticket = ticket();
        Pair pair = pair();
        pair.now += 5_000;
        resume(pair, ticket, true);
        assertResumed(pair);
        assertEquals(true, pair.client.earlyDecision);
        assertArrayEquals(LIMITS, pair.server.offer.applicationData());
        assertEquals(5_000, pair.server.offer.ageMillis());
        assertEquals(5_000, pair.server.offer.claimedAgeMillis());
        assertEquals(Pair.NOW, pair.server.offer.issuedAtMillis());
        assertEquals(16, pair.server.offer.ticketId().length);
        assertNull(pair.server.secrets.get(EncryptionLevel.EARLY_DATA).get(1));
    }

    @Test
    void earlySecretsExistBeforeAnyAnswer() throws Exception {
        Pair pair = pair().build();
        assertTrue(pair.client.engine.resume(ticket(), true));
        pair.client.engine.start();
        assertNotNull(pair.client.secrets.get(EncryptionLevel.EARLY_DATA).get(0));
        assertNull(pair.client.earlyDecision);
    }

    @Test
    void serverMayRefuseEarlyDataAndStillResume() throws Exception {
        SessionTicket ticket = ticket();
        Pair pair = pair();
        pair.server.acceptEarlyData = false;
        resume(pair, ticket, true);
        assertResumed(pair);
        assertEquals(false, pair.client.earlyDecision);
        assertNull(pair.server.secrets.get(EncryptionLevel.EARLY_DATA));
    }

    @Test
    void ticketWithoutEarlyDataResumesOnly() throws Exception {
        Pair first = pair();
        QuicTlsEngineTest.assertComplete(first.run());
        assertTrue(first.server.engine.issueTicket(false, LIMITS));
        first.exchange();
        SessionTicket ticket = first.client.tickets.get(0);
        assertFalse(ticket.earlyData());
        Pair pair = resume(pair(), ticket, true);
        assertResumed(pair);
        assertNull(pair.client.earlyDecision);
        assertNull(pair.server.offer);
    }

    @Test
    void aTicketWithoutEarlyDataBringsNoneWhateverTheClientSays() throws Exception {
        Pair first = pair();
        QuicTlsEngineTest.assertComplete(first.run());
        assertTrue(first.server.engine.issueTicket(false, LIMITS));
        first.exchange();
        SessionTicket t = first.client.tickets.get(0);
        SessionTicket forged = new SessionTicket(t.suite, t.identity, t.psk, t.receivedAt, 3600, t.ageAdd, true, t.host, "mqtt",
            t.transportParameters(), t.chain);
        Pair pair = resume(pair(), forged, true);
        assertResumed(pair);
        assertEquals(false, pair.client.earlyDecision);
        assertNull(pair.server.offer);
    }

    @Test
    void withoutAFreshKeyNothingIsResumed() {
        SessionTicket ticket = ticket();
        Pair pair = pair();
        pair.editor = (fromClient, level, m) -> m[0] == HandshakeType.CLIENT_HELLO ? Edit.setIn(Extensions.PSK_KEY_EXCHANGE_MODES, 1, 0).apply(m)
            : m;
        resume(pair, ticket, false);
        assertNull(pair.server.failure);
        assertFalse(pair.server.engine.isResuming());
    }

    @Test
    void earlyDataAfterAHelloRetryRequestIsIllegal() {
        SessionTicket ticket = ticket();
        Pair pair = pair();
        pair.clientConfig.shares();
        int[] hellos = {0};
        pair.editor = (fromClient, level, m) -> m[0] == HandshakeType.CLIENT_HELLO && ++hellos[0] == 2 ? Edit.add(Extensions.EARLY_DATA).apply(m)
            : m;
        QuicTlsEngineTest.assertFailure(Alert.ILLEGAL_PARAMETER, resume(pair, ticket, true).server);
    }

    /** A server that selects the ticket with a suite of another hash, and one that takes 0-RTT under another protocol than the ticket's. */
    @Test
    void whatTheTicketDoesNotAllowIsIllegalToSelect() {
        SessionTicket ticket = ticket();
        Pair suite = pair();
        suite.editor = (fromClient, level, m) -> m[0] == HandshakeType.SERVER_HELLO ? Edit.set(39, 0x13, 2).apply(m) : m;
        QuicTlsEngineTest.assertFailure(Alert.ILLEGAL_PARAMETER, resume(suite, ticket, false).client);
        Pair protocol = pair();
        protocol.clientConfig.applicationProtocols("other", "mqtt");
        protocol.serverConfig.applicationProtocols("other", "mqtt");
        protocol.editor = (fromClient, level, m) -> m[0] == HandshakeType.ENCRYPTED_EXTENSIONS ? Edit.add(Extensions.EARLY_DATA).apply(m) : m;
        QuicTlsEngineTest.assertFailure(Alert.ILLEGAL_PARAMETER, resume(protocol, ticket, true).client);
    }

    /** What came with the first, unknown ticket was sealed for that one. */
    @Test
    void aSecondTicketResumesWithoutEarlyData() {
        SessionTicket ticket = ticket();
        Pair pair = pair();
        pair.editor = (fromClient, level, m) -> {
            if (m[0] != HandshakeType.CLIENT_HELLO) return m;
            TlsWriter psks = new TlsWriter(512);
            int list = psks.open(2);
            psks.vector(2, new byte[16]).u32(0).vector(2, ticket.identity).u32(ticket.ageAdd).close(list, 2);
            int binders = psks.length;
            list = psks.open(2);
            psks.vector(1, new byte[32]).vector(1, new byte[32]).close(list, 2);
            byte[] data = psks.toArray();
            int[] values = new int[data.length];
            for (int i = 0; i < values.length; i++) values[i] = data[i];
            byte[] hello = Edit.replace(Extensions.PRE_SHARED_KEY, values).apply(m);
            byte[] hash = new Transcript(ticket.suite).hashWith(hello, 0, hello.length - (data.length - binders));
            byte[] binder = new KeySchedule(ticket.suite, ticket.psk).binder(hash);
            System.arraycopy(binder, 0, hello, hello.length - 32, 32);
            return hello;
        };
        resume(pair, ticket, true);
        assertNull(pair.server.failure);
        assertTrue(pair.server.engine.isResuming());
        assertNull(pair.server.offer);
    }

    @Test
    void helloRetryRequestRejectsEarlyDataAndKeepsTheBinder() throws Exception {
        for (CipherSuite suite : CipherSuite.values()) {
            Pair first = pair();
            first.clientConfig.cipherSuites(suite);
            SessionTicket ticket = ticket(first);
            Pair pair = pair();
            pair.clientConfig.shares();
            resume(pair, ticket, true);
            assertResumed(pair);
            assertEquals(false, pair.client.earlyDecision);
            assertNull(pair.server.offer);
            assertEquals(6, pair.sent.size());
        }
    }

    @Test
    void ticketOfAnotherHashIsDroppedAfterHelloRetryRequest() {
        Pair first = pair();
        first.clientConfig.cipherSuites(CipherSuite.TLS_AES_256_GCM_SHA384);
        SessionTicket ticket = ticket(first);
        Pair pair = pair();
        pair.clientConfig.shares();
        pair.serverConfig.cipherSuites(CipherSuite.TLS_AES_128_GCM_SHA256);
        resume(pair, ticket, true);
        QuicTlsEngineTest.assertComplete(pair);
        assertEquals(false, pair.client.earlyDecision);
    }

    @Test
    void ticketWhoseSuiteTheServerDroppedMeansAFullHandshake() {
        SessionTicket ticket = ticket();
        Pair pair = pair();
        pair.serverConfig.cipherSuites(CipherSuite.TLS_CHACHA20_POLY1305_SHA256);
        resume(pair, ticket, true);
        QuicTlsEngineTest.assertComplete(pair);
        assertEquals(false, pair.client.earlyDecision);
    }

    @Test
    void unknownOrOldTicketsMeanAFullHandshake() {
        SessionTicket ticket = ticket();
        Pair restarted = new Pair();
        restarted.serverConfig.ticketKeys(new TicketKeys(new SeededRandom(5), 3_600_000));
        QuicTlsEngineTest.assertComplete(resume(restarted, ticket, true));
        assertEquals(false, restarted.client.earlyDecision);
        Pair none = new Pair();
        QuicTlsEngineTest.assertComplete(resume(none, ticket, true));
        assertEquals(false, none.client.earlyDecision);
    }

    @Test
    void clientDropsATicketThatDoesNotFit() {
        SessionTicket ticket = ticket();
        Pair late = pair();
        late.now += 3_600_000;
        assertFalse(late.build().client.engine.resume(ticket, true), "expired");
        Pair host = pair();
        host.host = "localhost";
        assertFalse(host.build().client.engine.resume(ticket, true), "another host");
        Pair trust = pair();
        trust.clientConfig.trustManager(Trust.of(List.of(Pems.certificate("other-ca"))));
        assertFalse(trust.build().client.engine.resume(ticket, true), "no longer trusted");
        Pair suite = pair();
        suite.clientConfig.cipherSuites(CipherSuite.TLS_AES_256_GCM_SHA384);
        assertFalse(suite.build().client.engine.resume(ticket, true), "suite turned off");
        Pair protocol = pair();
        protocol.clientConfig.applicationProtocols("other");
        assertFalse(protocol.build().client.engine.resume(ticket, true), "protocol turned off");
    }

    @Test
    void ticketEarnedInsecurelyIsWorthNothingUnderTrust() {
        Pair insecure = pair();
        insecure.clientConfig.trustManager(Trust.insecure());
        insecure.serverConfig.keyManager(Pems.identity("self-signed"));
        SessionTicket ticket = ticket(insecure);
        assertFalse(pair().build().client.engine.resume(ticket, true));
    }

    @Test
    void otherProtocolResumesWithoutEarlyData() throws Exception {
        Pair first = pair();
        SessionTicket ticket = ticket(first);
        Pair pair = pair();
        pair.clientConfig.applicationProtocols("other", "mqtt");
        pair.serverConfig.applicationProtocols("other", "mqtt");
        resume(pair, ticket, true);
        assertResumed(pair);
        assertEquals("other", pair.client.engine.getApplicationProtocol());
        assertEquals(false, pair.client.earlyDecision);
        assertNull(pair.server.offer);
    }

    @Test
    void wrongBinderIsDecryptError() {
        SessionTicket ticket = ticket();
        Pair pair = pair();
        pair.editor = (fromClient, level, message) -> {
            if (message[0] == HandshakeType.CLIENT_HELLO) message[message.length - 1] ^= 1;
            return message;
        };
        resume(pair, ticket, true);
        QuicTlsEngineTest.assertFailure(Alert.DECRYPT_ERROR, pair.server);
        assertNull(pair.server.peerParameters);
    }

    @Test
    void alteredTicketMeansAFullHandshakeForTheServer() {
        SessionTicket ticket = ticket();
        for (int at = 0; at < ticket.identity.length; at += 7) {
            byte[] sealed = ticket.identity.clone();
            sealed[at] ^= 1;
            assertNull(ticketKeys.open(sealed, Pair.NOW));
            assertNull(ticketKeys.open(Arrays.copyOf(sealed, at), Pair.NOW));
        }
        assertNotNull(ticketKeys.open(ticket.identity, Pair.NOW));
    }

    @Test
    void keysRotateAndOneOldKeyStillOpens() {
        ServerTicket plain = new ServerTicket(CipherSuite.TLS_AES_128_GCM_SHA256, new byte[16], 0, 0, 7, true, new byte[32], "mqtt", LIMITS, null);
        TicketKeys keys = new TicketKeys(new SeededRandom(1), 10_000);
        byte[] first = keys.seal(plain, 0);
        byte[] same = keys.seal(plain, 9_999);
        assertArrayEquals(Arrays.copyOf(first, 16), Arrays.copyOf(same, 16));
        byte[] second = keys.seal(plain, 10_000);
        assertFalse(Arrays.equals(Arrays.copyOf(first, 16), Arrays.copyOf(second, 16)));
        assertNotNull(keys.open(first, 10_000));
        assertNull(keys.open(first, 10_001), "its lifetime is over");
        keys.seal(plain, 20_000);
        assertNull(keys.open(first, 0), "its key is gone");
        assertNull(keys.open(second, -1), "from the future: the clock was set back");
    }

    @Test
    void resumptionDoesNotProlongOneAuthenticationForever() {
        TicketKeys keys = new TicketKeys(new SeededRandom(1), 10_000);
        long week = TlsLimits.TICKET_LIFETIME_SECONDS * 1000L;
        ServerTicket plain = new ServerTicket(CipherSuite.TLS_AES_128_GCM_SHA256, new byte[16], week, 0, 7, true, new byte[32], "mqtt", LIMITS, null);
        byte[] sealed = keys.seal(plain, week);
        assertNotNull(keys.open(sealed, week));
        assertNull(keys.open(sealed, week + 1));
    }

    private Pair mutual(boolean withCertificate) {
        Pair pair = pair();
        pair.serverConfig.clientAuth(withCertificate ? TlsConfig.ClientAuth.NEED
            : TlsConfig.ClientAuth.WANT).trustManager(Pems.trust());
        if (withCertificate) pair.clientConfig.keyManager(Pems.identity("client"));
        return pair;
    }

    @Test
    void clientCertificateIsRememberedInTheTicketAndCheckedAnew() throws Exception {
        SessionTicket ticket = ticket(mutual(true));
        Pair pair = resume(mutual(true), ticket, true);
        assertResumed(pair);
        assertEquals("CN=sensor-1,O=Sensors", pair.server.engine.getSession().getPeerPrincipal().getName());

        Pair revoked = mutual(true);
        revoked.serverConfig.trustManager(Trust.of(List.of(Pems.certificate("other-ca"))));
        resume(revoked, ticket, true);
        QuicTlsEngineTest.assertFailure(Alert.UNKNOWN_CA, revoked.server);
    }

    @Test
    void ticketOfAnAnonymousClientDoesNotStandForACertificate() throws Exception {
        SessionTicket ticket = ticket(mutual(false));
        Pair pair = resume(mutual(true), ticket, true);
        QuicTlsEngineTest.assertComplete(pair);
        assertEquals("CN=sensor-1,O=Sensors", pair.server.engine.getSession().getPeerPrincipal().getName());
        Pair want = resume(mutual(false), ticket, false);
        assertResumed(want);
        org.junit.jupiter.api.Assertions.assertThrows(SSLPeerUnverifiedException.class, () -> want.server.engine.getSession().getPeerPrincipal());
    }

    @Test
    void noTicketWithoutKeysOrAfterTheyAreForgotten() {
        Pair none = new Pair();
        QuicTlsEngineTest.assertComplete(none.run());
        assertFalse(none.server.engine.issueTicket(true, LIMITS));
        Pair forgotten = pair();
        QuicTlsEngineTest.assertComplete(forgotten.run());
        assertFalse(forgotten.client.engine.issueTicket(true, LIMITS));
        forgotten.server.engine.forgetTickets();
        assertFalse(forgotten.server.engine.issueTicket(true, LIMITS));
    }

    @Test
    void ticketsAreDistinctAndTheClientTakesOnlySoMany() {
        Pair pair = pair();
        QuicTlsEngineTest.assertComplete(pair.run());
        for (int i = 0; i < TlsLimits.TICKETS_TAKEN + 3; i++) assertTrue(pair.server.engine.issueTicket(true, LIMITS));
        pair.exchange();
        assertEquals(TlsLimits.TICKETS_TAKEN, pair.client.tickets.size());
        assertEquals(TlsLimits.TICKETS_TAKEN, pair.client.tickets.stream().map(t -> Arrays.hashCode(t.psk)).distinct().count());
    }

    private TlsAlertException deliver(byte[] message) {
        Pair pair = pair();
        QuicTlsEngineTest.assertComplete(pair.run());
        try {
            pair.client.engine.receive(EncryptionLevel.APPLICATION, ByteBuffer.wrap(message));
            return null;
        } catch (TlsAlertException e) {
            return e;
        }
    }

    private static byte[] newSessionTicket(long lifetime, byte[] extensions) {
        TlsWriter out = new TlsWriter(64);
        int message = out.message(HandshakeType.NEW_SESSION_TICKET);
        out.u32(lifetime).u32(1).vector(1, new byte[2]).vector(2, new byte[] {1, 2, 3}).vector(2, extensions).endMessage(message);
        return out.toArray();
    }

    @Test
    void newSessionTicketIsChecked() {
        assertNull(deliver(newSessionTicket(0, new byte[0])));
        assertNull(deliver(newSessionTicket(0xffff_ffffL, new byte[] {0x0a, 0x0a, 0, 1, 7})), "an unknown extension is ignored");
        assertEquals(0x0a, deliver(newSessionTicket(10, new byte[] {0, 42, 0, 4, 0, 0, 1, 0})).errorCode(), "max_early_data_size must be 0xffffffff");
        assertEquals(Alert.ILLEGAL_PARAMETER, deliver(newSessionTicket(10, new byte[] {0, 51, 0, 0})).alert(), "key_share does not belong here");
        assertEquals(Alert.DECODE_ERROR, deliver(new byte[] {4, 0, 0, 3, 1, 2, 3}).alert());
        byte[] noTicket = new TlsWriter(32).u8(4).u8(0).u16(13).u32(1).u32(1).u8(0).u16(0).u16(0).toArray();
        assertEquals(Alert.DECODE_ERROR, deliver(noTicket).alert());
    }

    @Test
    void damagedTicketFilesAreNoTickets() {
        byte[] good = ticket().encode();
        Random random = new Random(4);
        for (int i = 0; i < 300; i++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            assertNull(SessionTicket.decode(bad));
            assertNull(SessionTicket.decode(Arrays.copyOf(good, random.nextInt(good.length))));
        }
        assertNull(SessionTicket.decode(new byte[0]));
    }

    @Test
    void aSecondResumptionChainsOn() throws Exception {
        SessionTicket ticket = ticket();
        Pair pair = resume(pair(), ticket, true);
        assertTrue(pair.server.engine.issueTicket(true, LIMITS));
        pair.exchange();
        Pair third = resume(pair(), pair.client.tickets.get(0), true);
        assertResumed(third);
        assertEquals(true, third.client.earlyDecision);
    }
}
