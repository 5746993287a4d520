package mqttq.mqtt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import mqttq.Statement;
import org.junit.jupiter.api.Test;

class MessageTest {
    private static final long SECOND = 1_000_000_000L;
    private final Properties properties = Properties.builder().put(Property.CONTENT_TYPE, "text").put(Property.TOPIC_ALIAS, 3).user("k", "v")
        .put(Property.MESSAGE_EXPIRY_INTERVAL, 10).put(Property.SUBSCRIPTION_IDENTIFIER, 9).put(Property.RESPONSE_TOPIC, "re")
            .put(Property.CORRELATION_DATA, new byte[] {1})
        .put(Property.PAYLOAD_FORMAT_INDICATOR, 1).build();
    private final Message message = Message.of("a/b", new byte[] {'h', 'i'}, 1, true, properties);

    @Test
    void keepsWhatTravelsWithTheMessage() {
        assertEquals("a/b", message.topic());
        assertArrayEquals(new byte[] {'h', 'i'}, message.payload());
        assertEquals(ByteBuffer.wrap(new byte[] {'h', 'i'}), message.payloadBuffer());
        assertTrue(message.payloadBuffer().isReadOnly());
        assertEquals(10, message.messageExpiryInterval());
        assertEquals(properties.without(Property.TOPIC_ALIAS).without(Property.MESSAGE_EXPIRY_INTERVAL).without(Property.SUBSCRIPTION_IDENTIFIER),
            message.properties());
        assertEquals("text", message.contentType());
        assertEquals("re", message.responseTopic());
        assertArrayEquals(new byte[] {1}, message.correlationData());
        assertEquals("v", message.userProperties().get(0).value());
        assertTrue(message.payloadIsUtf8());
        Message plain = Message.of("a", new byte[0], 0, false);
        assertNull(plain.contentType());
        assertEquals(-1, plain.messageExpiryInterval());
        assertFalse(plain.hasProperties());
        assertSame(Properties.EMPTY, plain.properties());
    }

    @Test
    void refusesWhatIsNoMessage() {
        assertThrows(IllegalArgumentException.class, () -> Message.of("a/#", new byte[0], 0, false));
        assertThrows(IllegalArgumentException.class, () -> Message.of("", new byte[0], 0, false));
        assertThrows(IllegalArgumentException.class, () -> Message.of("a", new byte[0], 3, false));
        assertThrows(IllegalArgumentException.class,
            () -> Message.of("a", new byte[0], 0, false, Properties.builder().put(Property.REASON_STRING, "x").build()));
    }

    @Test
    @Statement({"MQTT-3.3.2-5", "MQTT-3.3.2-6"})
    void countsTheExpiryDown() throws MqttException {
        Message received = Message.restore(message.array(), message.topicLength(), message.propertiesSize(), 1, true, 10, 100 * SECOND);
        assertEquals(10, received.remainingExpiry(100 * SECOND));
        assertEquals(10, received.remainingExpiry(99 * SECOND));
        assertEquals(1, received.remainingExpiry(109 * SECOND + SECOND / 2));
        assertEquals(0, received.remainingExpiry(110 * SECOND));
        assertEquals(0, received.remainingExpiry(Long.MAX_VALUE / 2));
        assertEquals(-1, Message.of("a", new byte[0], 0, false).remainingExpiry(Long.MAX_VALUE));
    }

    @Test
    void copiesAViewOnceWithItsAliasResolved() throws MqttException {
        byte[] body = {0, 0, 12, 0x23, 0, 5, 3, 0, 1, 't', 2, 0, 0, 0, 9, 'x', 'y'};
        Publish view = new Publish();
        view.parse(ProtocolVersion.MQTT_5, 1, body, 0, body.length, true);
        assertEquals(5, view.topicAlias());
        assertEquals("", view.topic());
        view.topic(new byte[] {'-', 'r', 's'}, 1, 2);
        Message copy = view.message(7);
        Arrays.fill(body, (byte) 0);
        assertEquals("rs", copy.topic());
        assertEquals("t", copy.contentType());
        assertEquals(9, copy.messageExpiryInterval());
        assertEquals(7, copy.receivedAt());
        assertTrue(copy.retain());
        assertArrayEquals(new byte[] {'x', 'y'}, copy.payload());
        assertEquals(2 + 4 + 2, copy.array().length);
    }

    @Test
    void sharesItsBytesUnderAnotherQoS() {
        Message other = message.with(0, false);
        assertSame(message.array(), other.array());
        assertEquals(0, other.qos());
        assertFalse(other.retain());
        assertSame(message, message.with(1, true));
        assertNotEquals(message, other);
        assertEquals(message, other.with(1, true));
        assertTrue(message.footprint() > message.array().length);
    }

    @Test
    void isRestoredOnlyFromWhatItWas() throws MqttException {
        byte[] array = message.array();
        assertEquals(message, Message.restore(array, 3, message.propertiesSize(), 1, true, 10, 0));
        assertThrows(MqttException.class, () -> Message.restore(array, 4, message.propertiesSize(), 1, true, 10, 0));
        assertThrows(MqttException.class, () -> Message.restore(array, 3, message.propertiesSize() + 1, 1, true, 10, 0));
        assertThrows(MqttException.class, () -> Message.restore(array, 3, 1000, 1, true, 10, 0));
        assertThrows(MqttException.class, () -> Message.restore(array, 0, 0, 1, true, 10, 0));
        assertThrows(MqttException.class, () -> Message.restore(array, 1000, 0, 1, true, 10, 0));
        assertThrows(MqttException.class, () -> Message.restore(array, 3, 0, 3, true, 10, 0));
        assertThrows(MqttException.class, () -> Message.restore(array, 3, 0, 1, true, -2, 0));
        assertThrows(MqttException.class, () -> Message.restore(new byte[] {'a', 0x23, 0, 1}, 1, 3, 1, true, -1, 0));
        for (int topic = -2; topic < array.length + 2; topic++) {
            for (int size = -2; size < array.length + 2; size++) {
                try {
                    Message.restore(array, topic, size, 0, false, -1, 0).properties();
                } catch (MqttException e) {
                    assertEquals(0, e.getStackTrace().length);
                }
            }
        }
    }

    @Test
    void tellsWhetherThePayloadIsWhatItsFormatSays() {
        assertTrue(message.payloadFormatValid());
        Properties utf8 = Properties.builder().put(Property.PAYLOAD_FORMAT_INDICATOR, 1).build();
        assertFalse(Message.of("a", new byte[] {(byte) 0xff}, 0, false, utf8).payloadFormatValid());
        assertTrue(Message.of("a", new byte[] {0}, 0, false, utf8).payloadFormatValid());
        assertTrue(Message.of("a", new byte[] {(byte) 0xff}, 0, false).payloadFormatValid());
    }

    @Test
    void aWillBecomesAMessage() {
        Will will = new Will("w", new byte[] {1}, 2, true, Properties.builder().put(Property.WILL_DELAY_INTERVAL, 5)
            .put(Property.MESSAGE_EXPIRY_INTERVAL, 6).user("k", "v").build());
        assertEquals(5, will.delayInterval());
        Message published = will.message(3);
        assertEquals(6, published.messageExpiryInterval());
        assertEquals(Properties.builder().user("k", "v").build(), published.properties());
        assertEquals(3, published.receivedAt());
        assertEquals(2, published.qos());
    }
}
