package mqttq.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KeepAliveTest {
    private static final long S = 1_000_000_000L;

    @Test
    void serverWaitsOneAndAHalfTimes() {
        KeepAlive alive = KeepAlive.server(10, 0);
        assertEquals(15 * S, alive.deadline());
        assertFalse(alive.expired(15 * S - 1));
        assertTrue(alive.expired(15 * S));
        alive.received(14 * S);
        assertFalse(alive.expired(15 * S));
        assertEquals(29 * S, alive.deadline());
    }

    @Test
    void zeroIsNever() {
        assertEquals(Long.MAX_VALUE, KeepAlive.server(0, 0).deadline());
        assertFalse(KeepAlive.server(0, 0).expired(Long.MAX_VALUE));
        assertFalse(KeepAlive.client(0, 0).pingDue(Long.MAX_VALUE));
    }

    @Test
    void clientPingsWhenNothingWentOut() {
        KeepAlive alive = KeepAlive.client(10, 0);
        alive.sent(5 * S);
        alive.received(6 * S);
        assertFalse(alive.pingDue(14 * S));
        assertTrue(alive.pingDue(15 * S));
    }

    @Test
    void clientPingsAServerThatIsSilentWhileItSends() {
        KeepAlive alive = KeepAlive.client(10, 0);
        alive.sent(9 * S);
        assertTrue(alive.pingDue(10 * S));
    }

    @Test
    void clientGivesUpWhenNoAnswerComes() {
        KeepAlive alive = KeepAlive.client(10, 0);
        assertFalse(alive.expired(100 * S));
        alive.pinged(10 * S);
        assertFalse(alive.pingDue(100 * S));
        assertFalse(alive.expired(20 * S - 1));
        assertTrue(alive.expired(20 * S));
        alive.received(19 * S);
        assertFalse(alive.expired(20 * S));
    }
}
