package mqttq.session;

import static mqttq.session.Received.DUPLICATE;
import static mqttq.session.Received.NEW;
import static mqttq.session.Received.TOO_MANY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ReceivedTest {
    private final Received received = new Received();

    @Test
    void anIdentifierIsNewOnceUntilReleased() {
        assertEquals(NEW, received.publish(5));
        assertEquals(DUPLICATE, received.publish(5));
        assertTrue(received.release(5));
        assertFalse(received.release(5));
        assertEquals(NEW, received.publish(5));
    }

    @Test
    void stillKnowsItAfterReconnect() {
        received.publish(5);
        received.connected(1);
        assertEquals(DUPLICATE, received.publish(5));
        assertEquals(1, received.size());
    }

    @Test
    void moreThanTheReceiveMaximumIsTooMany() {
        received.connected(2);
        received.publish(1);
        assertTrue(received.hold());
        assertFalse(received.hold());
        assertEquals(TOO_MANY, received.publish(2));
        received.unhold();
        assertEquals(NEW, received.publish(2));
    }

    @Test
    void whatAClientForgotDoesNotCountAgainstItsNewConnection() {
        received.connected(2);
        received.publish(1);
        received.publish(2);
        received.connected(2);
        assertEquals(NEW, received.publish(3));
        assertEquals(NEW, received.publish(4));
        assertEquals(TOO_MANY, received.publish(5));
        assertEquals(4, received.ids().length);
    }
}
