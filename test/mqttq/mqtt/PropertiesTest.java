package mqttq.mqtt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import mqttq.Statement;
import org.junit.jupiter.api.Test;

class PropertiesTest {
    private final Properties all = Properties.builder().put(Property.PAYLOAD_FORMAT_INDICATOR, 1).put(Property.MESSAGE_EXPIRY_INTERVAL, 0xffff_ffffL)
        .put(Property.TOPIC_ALIAS, 65_535).put(Property.SUBSCRIPTION_IDENTIFIER, 268_435_455).put(Property.SUBSCRIPTION_IDENTIFIER, 1).user("k", "v")
        .put(Property.CONTENT_TYPE, "text").put(Property.CORRELATION_DATA, new byte[] {0, -1}).user("k", "w").user("", "").build();

    @Test
    void givesBackWhatWasPut() {
        assertEquals(1, all.number(Property.PAYLOAD_FORMAT_INDICATOR, 7));
        assertEquals(0xffff_ffffL, all.number(Property.MESSAGE_EXPIRY_INTERVAL, 7));
        assertEquals(65_535, all.number(Property.TOPIC_ALIAS, 7));
        assertEquals(7, all.number(Property.RECEIVE_MAXIMUM, 7));
        assertEquals("text", all.string(Property.CONTENT_TYPE));
        assertNull(all.string(Property.RESPONSE_TOPIC));
        assertArrayEquals(new byte[] {0, -1}, all.binary(Property.CORRELATION_DATA));
        assertNull(all.binary(Property.AUTHENTICATION_DATA));
        assertArrayEquals(new int[] {268_435_455, 1}, all.subscriptionIdentifiers());
        assertTrue(all.has(Property.TOPIC_ALIAS));
        assertFalse(all.has(Property.RECEIVE_MAXIMUM));
        assertEquals("v", all.user("k"));
        assertNull(all.user("x"));
    }

    @Test
    @Statement("MQTT-3.3.2-18")
    void keepsTheOrder() throws MqttException {
        assertEquals(List.of(new Properties.UserProperty("k", "v"), new Properties.UserProperty("k", "w"), new Properties.UserProperty("", "")),
            all.userProperties());
        List<Property> order = new ArrayList<>();
        all.forEach((property, value) -> order.add(property));
        assertEquals(10, order.size());
        assertEquals(Property.CONTENT_TYPE, order.get(6));
        ByteBuffer out = ByteBuffer.allocate(all.size());
        all.write(out);
        assertEquals(all, Properties.parse(out.array(), 0, all.size(), PacketType.PUBLISH));
        assertEquals(all.hashCode(), all.toBuilder().build().hashCode());
        assertTrue(all.toString().contains("CONTENT_TYPE=text"));
    }

    @Test
    void refusesWhatMayNotBeSent() {
        Properties.Builder builder = Properties.builder().put(Property.TOPIC_ALIAS, 1);
        assertThrows(IllegalArgumentException.class, () -> builder.put(Property.TOPIC_ALIAS, 2));
        assertThrows(IllegalArgumentException.class, () -> builder.put(Property.RECEIVE_MAXIMUM, 0));
        assertThrows(IllegalArgumentException.class, () -> builder.put(Property.RECEIVE_MAXIMUM, 65_536));
        assertThrows(IllegalArgumentException.class, () -> builder.put(Property.MAXIMUM_PACKET_SIZE, 0));
        assertThrows(IllegalArgumentException.class, () -> builder.put(Property.MAXIMUM_QOS, 2));
        assertThrows(IllegalArgumentException.class, () -> builder.put(Property.SUBSCRIPTION_IDENTIFIER, 0));
        assertThrows(IllegalArgumentException.class, () -> builder.put(Property.SUBSCRIPTION_IDENTIFIER, 268_435_456));
        assertThrows(IllegalArgumentException.class, () -> builder.put(Property.SESSION_EXPIRY_INTERVAL, -1));
        assertThrows(IllegalArgumentException.class, () -> builder.put(Property.RESPONSE_TOPIC, "a/#"));
        assertThrows(IllegalArgumentException.class, () -> builder.put(Property.CONTENT_TYPE, "a\0"));
        assertThrows(IllegalArgumentException.class, () -> builder.put(Property.CONTENT_TYPE, new byte[1]));
        assertThrows(IllegalArgumentException.class, () -> builder.put(Property.CORRELATION_DATA, "text"));
        assertThrows(IllegalArgumentException.class, () -> builder.put(Property.CORRELATION_DATA, new byte[65_536]));
        assertThrows(IllegalArgumentException.class, () -> builder.user("k", "\ud800"));
        assertThrows(IllegalArgumentException.class, () -> all.string(Property.TOPIC_ALIAS));
        assertThrows(IllegalArgumentException.class, () -> all.binary(Property.CONTENT_TYPE));
        assertThrows(IllegalArgumentException.class, () -> all.number(Property.CONTENT_TYPE, 0));
        assertEquals(Properties.builder().put(Property.TOPIC_ALIAS, 1).build(), builder.build(), "what was refused left a trace");
    }

    @Test
    void leavesOut() {
        Properties without = all.without(Property.USER_PROPERTY);
        assertTrue(without.userProperties().isEmpty());
        assertEquals("text", without.string(Property.CONTENT_TYPE));
        assertSame(without, without.without(Property.USER_PROPERTY));
        assertSame(Properties.EMPTY, Properties.builder().user("a", "b").build().without(Property.USER_PROPERTY));
    }

    @Test
    void knowsWhichPacketMayHaveIt() {
        assertTrue(all.allowedIn(PacketType.PUBLISH));
        assertFalse(all.allowedIn(PacketType.PUBACK));
        assertFalse(all.allowedIn(null));
        assertTrue(Properties.builder().put(Property.WILL_DELAY_INTERVAL, 1).build().allowedIn(null));
        assertTrue(Properties.EMPTY.allowedIn(PacketType.PINGREQ));
    }

    @Test
    void reasonCodesAreThoseOfTheSpecification() {
        assertEquals(43, ReasonCode.values().length);
        for (ReasonCode code : ReasonCode.values()) {
            assertSame(code, ReasonCode.of(code.value));
            assertEquals(code.value >= 0x80, code.isFailure());
            boolean used = false;
            for (PacketType type : PacketType.values()) used |= code.allowedIn(type);
            assertTrue(used, code.name());
        }
        assertNull(ReasonCode.of(0x03));
        assertNull(ReasonCode.of(0xff));
        assertNull(ReasonCode.ofV3(6));
        for (int code = 0; code <= 5; code++) assertEquals(code, ReasonCode.ofV3(code).v3ReturnCode());
        assertEquals(3, ReasonCode.SERVER_BUSY.v3ReturnCode());
        assertEquals(5, ReasonCode.BANNED.v3ReturnCode());
        assertEquals(-1, ReasonCode.MALFORMED_PACKET.v3ReturnCode());
        assertEquals(ReasonCode.GRANTED_QOS_2, ReasonCode.granted(2));
    }

    @Test
    void connectHasTheDefaultsOfItsVersion() {
        Connect v3 = new Connect(ProtocolVersion.MQTT_3_1_1, false, "id", false, 60, null, null, null, Properties.EMPTY);
        assertEquals(Connect.SESSION_NEVER_EXPIRES, v3.sessionExpiryInterval());
        Connect v5 = new Connect(ProtocolVersion.MQTT_5, false, "id", false, 60, null, "u", new byte[] {'s'}, Properties.EMPTY);
        assertEquals(0, v5.sessionExpiryInterval());
        assertEquals(65_535, v5.receiveMaximum());
        assertEquals(Long.MAX_VALUE, v5.maximumPacketSize());
        assertEquals(0, v5.topicAliasMaximum());
        assertTrue(v5.requestProblemInformation());
        assertFalse(v5.requestResponseInformation());
        assertFalse(v5.toString().contains("password"));
        Connack connack = new Connack(false, ReasonCode.SUCCESS, Properties.EMPTY);
        assertEquals(-1, connack.serverKeepAlive());
        assertEquals(-1, connack.sessionExpiryInterval());
        assertEquals(2, connack.maximumQoS());
        assertTrue(connack.retainAvailable() && connack.sharedSubscriptionAvailable() && connack.wildcardSubscriptionAvailable());
    }
}
