package mqttq.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import mqttq.Seeds;
import org.junit.jupiter.api.Test;

/** Mutated handshakes: only {@link TlsAlertException} ever comes out, and no mutation goes unnoticed. */
class FuzzTest {
    private final TicketKeys ticketKeys = new TicketKeys(new SeededRandom(9), 3_600_000);

    @Test
    void mutatedHandshakesEndInAnAlert() {
        SessionTicket ticket = ticket();
        Seeds.of(300, 20_000).forEach(seed -> {
            try {
                Random random = new Random(seed);
                Pair pair = pair();
                if (random.nextInt(4) == 0) pair.clientConfig.shares();
                pair.chunk = random.nextInt(3) == 0 ? 1 + random.nextInt(40) : Integer.MAX_VALUE;
                int victim = random.nextInt(9), count[] = {0};
                boolean[] changed = {false};
                pair.editor = (fromClient, level, message) -> {
                    if (count[0]++ != victim) return message;
                    byte[] mutant = mutate(message, random);
                    changed[0] = !Arrays.equals(mutant, message);
                    return mutant;
                };
                pair.build();
                if (random.nextInt(3) == 0) assertTrue(pair.client.engine.resume(ticket, true));
                pair.run();
                if (changed[0]) assertTrue(!pair.client.complete || !pair.server.complete, "a changed handshake completed");
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        });
    }

    private Pair pair() {
        Pair pair = new Pair();
        pair.serverConfig.ticketKeys(ticketKeys).clientAuth(TlsConfig.ClientAuth.WANT).trustManager(Pems.trust());
        pair.clientConfig.keyManager(Pems.identity("client"));
        return pair;
    }

    private SessionTicket ticket() {
        Pair pair = pair().run();
        assertTrue(pair.server.engine.issueTicket(true, new byte[1]));
        pair.exchange();
        return pair.client.tickets.get(0);
    }

    private static byte[] mutate(byte[] message, Random random) {
        byte[] m = message.clone();
        switch (random.nextInt(6)) {
            case 0 -> m[random.nextInt(m.length)] ^= (byte) (1 << random.nextInt(8));
            case 1 -> {
                for (int i = 0; i < 4; i++) m[random.nextInt(m.length)] = (byte) random.nextInt(256);
            }
            case 2 -> { // other bytes, right length
                int from = 4 + random.nextInt(m.length - 4), to = from + random.nextInt(Math.min(8, m.length - from) + 1);
                byte[] with = new byte[random.nextInt(8)];
                random.nextBytes(with);
                m = Edit.splice(m, from, to, with);
            }
            case 3 -> { // a length field at its extremes
                int at = 4 + random.nextInt(m.length - 4);
                m[at] = (byte) (random.nextBoolean() ? 0 : 0xff);
            }
            case 4 -> m = Arrays.copyOf(m, random.nextInt(m.length));
            default -> {
                byte[] part = Arrays.copyOfRange(m, random.nextInt(m.length), m.length);
                m = Edit.splice(m, 4 + random.nextInt(m.length - 3), m.length, part);
            }
        }
        return m;
    }

    @Test
    void randomBytesEndInAnAlert() {
        Seeds.of(2_000, 200_000).forEach(seed -> {
            Random random = new Random(seed);
            byte[] bytes = new byte[4 + random.nextInt(300)];
            random.nextBytes(bytes);
            bytes[0] = 1;
            bytes[1] = bytes[2] = 0;
            if (random.nextBoolean()) bytes[3] = (byte) Math.min(255, bytes.length - 4);
            if (random.nextBoolean() && bytes.length > 6) bytes[4] = bytes[5] = 3;
            Pair pair = new Pair().build();
            try {
                pair.server.engine.receive(EncryptionLevel.INITIAL, java.nio.ByteBuffer.wrap(bytes));
            } catch (TlsAlertException e) {
                assertEquals(0, pair.server.secrets.size());
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        });
    }

    @Test
    void mutatedTicketsAndPostHandshakeMessagesEndInAnAlert() {
        Pair pair = pair().run();
        assertTrue(pair.server.engine.issueTicket(true, new byte[1]));
        byte[] good = pair.server.engine.transmit(EncryptionLevel.APPLICATION);
        Seeds.of(60, 3_000).forEach(seed -> {
            Pair each = pair().run();
            byte[] mutant = mutate(good, new Random(seed));
            try {
                each.client.engine.receive(EncryptionLevel.APPLICATION, java.nio.ByteBuffer.wrap(mutant));
            } catch (TlsAlertException e) {
                assertTrue(each.client.complete);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        });
    }
}
