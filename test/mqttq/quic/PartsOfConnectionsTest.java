package mqttq.quic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.TransportError;
import mqttq.quic.packet.QuicVersion;
import mqttq.sim.SimEntropy;
import org.junit.jupiter.api.Test;

/** The small things that connections are made of. */
class PartsOfConnectionsTest {
    private static final long SECOND = 1_000_000_000L;

    // --- token bucket

    @Test
    void aBucketGivesItsBurstAndThenItsRate() {
        TokenBucket bucket = new TokenBucket(10, 5);
        for (int i = 0; i < 10; i++) assertTrue(bucket.take(0, 1));
        assertFalse(bucket.take(0, 1));
        assertFalse(bucket.take(SECOND / 5 - 1, 1));
        assertTrue(bucket.take(SECOND / 5, 1));
        assertFalse(bucket.take(SECOND / 5, 1));
        assertTrue(bucket.take(100 * SECOND, 10));
        assertFalse(bucket.take(100 * SECOND, 1));
    }

    // --- address tokens

    private final SimEntropy entropy = new SimEntropy(1);
    private final AddressTokens tokens = new AddressTokens(new byte[32], entropy, 30 * SECOND, 3600 * SECOND);
    private final InetSocketAddress client = new InetSocketAddress("10.0.0.1", 1234);

    private AddressTokens.Verdict open(long now, byte[] token, InetSocketAddress from) {
        byte[] packet = new byte[token.length + 7];
        System.arraycopy(token, 0, packet, 5, token.length);
        return tokens.open(now, QuicVersion.V1, packet, 5, token.length, from);
    }

    @Test
    void aRetryTokenProvesAddressAndIds() {
        byte[] token = tokens.retry(0, QuicVersion.V1, client, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, new byte[] {8, 7, 6});
        assertEquals(AddressTokens.Verdict.VALID, open(SECOND, token, client));
        assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, tokens.originalDcid());
        assertArrayEquals(new byte[] {8, 7, 6}, tokens.retryScid());
        assertEquals(AddressTokens.Verdict.INVALID_RETRY, open(31 * SECOND, token, client));
        assertEquals(AddressTokens.Verdict.INVALID_RETRY, open(SECOND, token, new InetSocketAddress("10.0.0.1", 1235)));
        assertEquals(AddressTokens.Verdict.INVALID_RETRY, open(SECOND, token, new InetSocketAddress("10.0.0.2", 1234)));
    }

    @Test
    void aNewTokenProvesTheAddressWhateverThePort() {
        byte[] token = tokens.newToken(0, QuicVersion.V1, client);
        assertEquals(AddressTokens.Verdict.VALID, open(SECOND, token, new InetSocketAddress("10.0.0.1", 99)));
        assertEquals(0, tokens.originalDcid().length);
        assertEquals(AddressTokens.Verdict.NONE, open(SECOND, token, new InetSocketAddress("10.0.0.2", 1234)));
        assertEquals(AddressTokens.Verdict.NONE, open(3601 * SECOND, token, client));
        assertEquals(AddressTokens.Verdict.NONE, tokens.open(0, QuicVersion.V2, token, 0, token.length, client));
    }

    @Test
    void noTokenIsTakenForTheOtherKindOrForgiven() {
        byte[] retry = tokens.retry(0, QuicVersion.V1, client, new byte[8], new byte[8]), later = tokens.newToken(0, QuicVersion.V1, client);
        for (byte[] token : new byte[][] {retry, later}) {
            for (int i = 0; i < token.length; i++) {
                byte[] spoilt = token.clone();
                spoilt[i] ^= (byte) (i == 0 ? 3 : 1);
                assertFalse(open(SECOND, spoilt, client) == AddressTokens.Verdict.VALID, "byte " + i);
            }
            for (int n = 0; n < token.length; n++) {
                assertFalse(open(SECOND, java.util.Arrays.copyOf(token, n), client) == AddressTokens.Verdict.VALID, "length " + n);
            }
        }
        AddressTokens other = new AddressTokens(new byte[] {1}, entropy, SECOND, SECOND);
        assertEquals(AddressTokens.Verdict.INVALID_RETRY, other.open(0, QuicVersion.V1, retry, 0, retry.length, client));
        assertEquals(AddressTokens.Verdict.NONE, other.open(0, QuicVersion.V1, later, 0, later.length, client));
    }

    @Test
    void randomTokensAreNone() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] token = new byte[random.nextInt(100)];
            random.nextBytes(token);
            assertFalse(open(0, token, client) == AddressTokens.Verdict.VALID);
        }
    }

    // --- the peer's connection ids

    private static ConnectionId id(int n) {
        return ConnectionId.of(new byte[] {1, 2, 3, 4, (byte) n, 0, 0, 0});
    }

    private static void add(RemoteCids cids, int number, int priorTo) throws QuicException {
        cids.onNew(number, priorTo, id(number), new byte[] {(byte) number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    }

    private static List<Long> retired(RemoteCids cids) {
        List<Long> all = new ArrayList<>();
        while (cids.pending()) all.add(cids.nextRetired());
        return all;
    }

    @Test
    void idsComeGoAndAreRetiredOnce() throws QuicException {
        RemoteCids cids = new RemoteCids(Limits.DEFAULT, id(0));
        add(cids, 1, 0);
        add(cids, 2, 0);
        add(cids, 2, 0);
        assertEquals(id(2), cids.id(2));
        add(cids, 3, 2);
        assertEquals(List.of(0L, 1L), retired(cids).stream().sorted().toList());
        assertNull(cids.id(0));
        cids.onRetireLost(1);
        assertEquals(List.of(1L), retired(cids));
        cids.onRetireAcked(0);
        cids.onRetireLost(0);
        assertFalse(cids.pending());
        cids.onRetireAcked(1);
        // Came late, after its retirement was asked for; and once more.
        add(cids, 1, 0);
        assertFalse(cids.pending());
        add(cids, 5, 2);
        assertEquals(id(5), cids.id(5));
    }

    @Test
    void anIdThatIsRetiredBeforeItComesIsRetiredThen() throws QuicException {
        RemoteCids cids = new RemoteCids(Limits.DEFAULT, id(0));
        add(cids, 7, 6);
        assertEquals(List.of(0L), retired(cids));
        add(cids, 3, 0);
        assertEquals(List.of(3L), retired(cids));
        assertNull(cids.id(3));
    }

    @Test
    void aZeroLengthPeerCannotIssueIds() {
        RemoteCids cids = new RemoteCids(Limits.DEFAULT, ConnectionId.EMPTY);
        assertEquals(TransportError.PROTOCOL_VIOLATION, assertThrows(QuicException.class, () -> add(cids, 1, 0)).code());
    }

    /** Against a plain model: what is active, what has to be retired, whatever the order of frames, losses and acknowledgments. */
    @Test
    void idsAgreeWithAModel() {
        Random random = new Random(5);
        for (int round = 0; round < 2000; round++) {
            RemoteCids cids = new RemoteCids(Limits.DEFAULT, id(0));
            java.util.TreeSet<Long> active = new java.util.TreeSet<>(List.of(0L)), seen = new java.util.TreeSet<>(List.of(0L)),
                unsent = new java.util.TreeSet<>(), flight = new java.util.TreeSet<>();
            long prior = 0;
            for (int step = 0; step < 40; step++) {
                int what = random.nextInt(5);
                if (what <= 1) {
                    int number = random.nextInt(30), priorTo = random.nextInt(number + 1);
                    prior = Math.max(prior, priorTo);
                    for (Long n : List.copyOf(active)) {
                        if (n < prior) {
                            active.remove(n);
                            unsent.add(n);
                        }
                    }
                    if (seen.add((long) number)) (number < prior ? unsent : active).add((long) number);
                    boolean tooMany = unsent.size() + flight.size() > 12 || active.size() > 4;
                    try {
                        add(cids, number, priorTo);
                        assertFalse(tooMany);
                    } catch (QuicException e) {
                        assertEquals(TransportError.CONNECTION_ID_LIMIT_ERROR, e.code());
                        assertTrue(tooMany);
                        break;
                    }
                } else if (what == 2) {
                    if (cids.pending()) {
                        long n = cids.nextRetired();
                        assertTrue(unsent.remove(n));
                        flight.add(n);
                    } else assertTrue(unsent.isEmpty());
                } else if (!flight.isEmpty()) {
                    long n = flight.first();
                    flight.remove(n);
                    if (what == 3) cids.onRetireAcked(n);
                    else {
                        cids.onRetireLost(n);
                        unsent.add(n);
                    }
                }
                for (long n = 0; n < 30; n++) assertEquals(active.contains(n), cids.has(n));
            }
        }
    }
}
