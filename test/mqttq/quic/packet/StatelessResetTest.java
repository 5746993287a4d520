package mqttq.quic.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StatelessResetTest {
    private final byte[] key = new byte[32], token = StatelessReset.token(key, ConnectionId.of(new byte[] {1, 2, 3}));
    private final Random random = new Random(12);

    @Test void isAlwaysShorterThanItsTriggerAndNeverTooShortToBeOne() {
        for (int trigger = 0; trigger < 1500; trigger++) {
            ByteBuffer out = ByteBuffer.allocate(1500);
            boolean written = StatelessReset.write(out, token, trigger, random);
            assertEquals(trigger > StatelessReset.MIN_LENGTH, written);
            assertEquals(written ? Math.min(trigger - 1, 43) : 0, out.position());
            if (!written) continue;
            assertEquals(0x40, out.get(0) & 0xc0, "looks like a short header");
            assertTrue(StatelessReset.matches(out.array(), 0, out.position(), token));
        }
        assertFalse(StatelessReset.write(ByteBuffer.allocate(20), token, 100, random));
    }

    @Test void twoEndpointsThatAnswerEachOtherFallSilent() {
        int size = 1200, answers = 0;
        ByteBuffer out = ByteBuffer.allocate(100);
        while (StatelessReset.write(out.clear(), token, size, random)) {
            size = out.position();
            answers++;
        }
        assertEquals(23, answers);
    }

    @Test void isToldByAllOfItsToken() {
        byte[] datagram = new byte[40];
        random.nextBytes(datagram);
        System.arraycopy(token, 0, datagram, 24, 16);
        assertTrue(StatelessReset.matches(datagram, 0, 40, token));
        assertTrue(StatelessReset.matches(datagram, 19, 40, token));
        assertFalse(StatelessReset.matches(datagram, 20, 40, token), "20 bytes are too few");
        assertFalse(StatelessReset.matches(datagram, 0, 39, token));
        for (int bit = 24 * 8; bit < 40 * 8; bit++) {
            byte[] other = datagram.clone();
            other[bit / 8] ^= (byte) (1 << bit % 8);
            assertFalse(StatelessReset.matches(other, 0, 40, token));
        }
    }

    @Test void tokensFollowFromKeyAndId() {
        assertEquals(16, token.length);
        assertArrayEquals(token, StatelessReset.token(key, new byte[] {0, 1, 2, 3, 0}, 1, 3));
        assertFalse(Arrays.equals(token, StatelessReset.token(key, ConnectionId.of(new byte[] {1, 2, 4}))));
        key[0] = 1;
        assertFalse(Arrays.equals(token, StatelessReset.token(key, ConnectionId.of(new byte[] {1, 2, 3}))));
    }
}
