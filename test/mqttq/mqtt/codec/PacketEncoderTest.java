package mqttq.mqtt.codec;

import static mqttq.mqtt.ProtocolVersion.MQTT_3_1;
import static mqttq.mqtt.ProtocolVersion.MQTT_3_1_1;
import static mqttq.mqtt.ProtocolVersion.MQTT_5;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import mqttq.Statement;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.Message;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Suback;
import mqttq.mqtt.Subscribe;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.Unsuback;
import mqttq.mqtt.Will;
import org.junit.jupiter.api.Test;

class PacketEncoderTest {
    private final Properties some = Properties.builder().put(Property.REASON_STRING, "why").user("k", "v").build();
    private final Message message = Message.of("a/b", new byte[] {'x'}, 2, true,
        Properties.builder().put(Property.CONTENT_TYPE, "t").put(Property.MESSAGE_EXPIRY_INTERVAL, 60).build());

    private static void assertWire(String expected, ByteBuffer out) {
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        assertEquals(HexFormat.of().formatHex(Wire.bytes(expected)), HexFormat.of().formatHex(bytes));
        out.clear();
    }

    private void assertPublish(String expected, ProtocolVersion version, int qos, boolean dup, boolean retain, int id, int alias, boolean topic,
        long expiry, int... ids) {
        ByteBuffer out = ByteBuffer.allocate(100);
        PacketEncoder.writePublish(out, version, message, qos, dup, retain, id, alias, topic, expiry, ids, ids.length);
        assertEquals(out.position(), PacketEncoder.sizePublish(version, message, qos, alias, topic, expiry, ids, ids.length));
        assertWire(expected, out);
    }

    @Test
    @Statement({"MQTT-3.3.1-2", "MQTT-2.2.1-2", "MQTT-4.3.1-1", "MQTT-3.3.4-4"})
    void aMessageGoesToEachReceiverInItsOwnWay() {
        assertPublish("34:\"a/b\" 0102 {03 \"t\"} 'x'", MQTT_5, 2, false, false, 0x102, 0, true, -1);
        assertPublish("3d:\"a/b\" 0102 {02 00000005 23 0007 0b 01 0b 8001 03 \"t\"} 'x'", MQTT_5, 2, true, true, 0x102, 7, true, 5, 1, 128);
        assertPublish("31:\"\" {23 0007 03 \"t\"} 'x'", MQTT_5, 0, true, true, 9, 7, false, -1);
        assertPublish("30:\"a/b\" {02 00000000 03 \"t\"} 'x'", MQTT_5, 0, false, false, 0, 0, true, 0);
        assertPublish("33:\"a/b\" 0001 'x'", MQTT_3_1_1, 1, false, true, 1, 7, false, 5, 1, 128);
        assertPublish("30:\"a/b\" 'x'", MQTT_3_1, 0, false, false, 1, 0, true, -1);
    }

    @Test
    void theHeadIsAllButThePayload() {
        ByteBuffer out = ByteBuffer.allocate(100);
        PacketEncoder.writePublishHead(out, MQTT_5, message, 0, false, false, 0, 0, true, -1, null, 0);
        out.put((byte) 'x');
        assertWire("30:\"a/b\" {03 \"t\"} 'x'", out);
    }

    @Test
    void mqtt3GetsNoPropertiesAndTheCodesItHas() {
        ByteBuffer out = ByteBuffer.allocate(100);
        PacketEncoder.write(out, MQTT_3_1_1, new Connack(true, ReasonCode.SUCCESS, some));
        assertWire("20020100", out);
        PacketEncoder.write(out, MQTT_3_1, new Connack(true, ReasonCode.SUCCESS, some));
        assertWire("20020000", out);
        PacketEncoder.write(out, MQTT_3_1_1, new Connack(false, ReasonCode.BANNED, some));
        assertWire("20020005", out);
        Connack malformed = new Connack(false, ReasonCode.MALFORMED_PACKET, some);
        assertEquals(0, PacketEncoder.size(MQTT_3_1_1, malformed));
        PacketEncoder.write(out, MQTT_3_1_1, malformed);
        assertEquals(0, out.position());
        PacketEncoder.writeAck(out, MQTT_3_1_1, PacketType.PUBREL, 7, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND, some);
        assertEquals(out.position(), PacketEncoder.sizeAck(MQTT_3_1_1, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND, some));
        assertWire("62020007", out);
        PacketEncoder.write(out, MQTT_3_1_1, new Suback(1, some, List.of(ReasonCode.GRANTED_QOS_1, ReasonCode.NOT_AUTHORIZED)));
        assertWire("900400010180", out);
        PacketEncoder.write(out, MQTT_3_1_1, new Unsuback(1, some, List.of(ReasonCode.NO_SUBSCRIPTION_EXISTED)));
        assertWire("b0020001", out);
        PacketEncoder.write(out, MQTT_3_1_1, new Disconnect(ReasonCode.DISCONNECT_WITH_WILL_MESSAGE, some));
        assertWire("e000", out);
        PacketEncoder.write(out, MQTT_3_1_1, new Subscribe(1, some, List.of(new Subscription("a", new SubscriptionOptions(1, true, true,
            2)))));
        assertWire("82:0001 \"a\" 01", out);
        PacketEncoder.write(out, MQTT_3_1_1, new Connect(MQTT_3_1_1, false, "id", true, 60, new Will("w", new byte[0], 0, false, some), null, null, some));
        assertWire("10:\"MQTT\" 04 06 003c \"id\" \"w\" \"\"", out);
    }

    @Test
    @Statement({"MQTT-3.2.2-19", "MQTT-3.2.2-20", "MQTT-3.4.2-2", "MQTT-3.4.2-3", "MQTT-3.9.2-2", "MQTT-3.11.2-2", "MQTT-3.14.2-3",
        "MQTT-3.14.2-4", "MQTT-3.15.2-2",
        "MQTT-3.15.2-3"})
    void leavesOutDiagnosticsThatDoNotFit() {
        int size = PacketEncoder.sizeAck(MQTT_5, ReasonCode.NOT_AUTHORIZED, some);
        assertEquals(2 + 2 + 1 + 1 + 6 + 7, size);
        assertSame(some, PacketEncoder.fit(some, size, size));
        assertEquals(some.without(Property.USER_PROPERTY), PacketEncoder.fit(some, size, size - 1));
        assertEquals(some.without(Property.USER_PROPERTY), PacketEncoder.fit(some, size, size - 7));
        assertSame(Properties.EMPTY, PacketEncoder.fit(some, size, size - 8));
    }

    @Test
    void refusesWhatMqttCannotCarry() {
        ByteBuffer out = ByteBuffer.allocate(100);
        Connect nul = new Connect(MQTT_5, false, "i\0d", true, 60, null, null, null, Properties.EMPTY);
        assertThrows(IllegalArgumentException.class, () -> PacketEncoder.size(nul.version(), nul));
        Connect lonely = new Connect(MQTT_3_1_1, false, "id", true, 60, null, null, new byte[1], Properties.EMPTY);
        assertThrows(IllegalArgumentException.class, () -> PacketEncoder.write(out, lonely.version(), lonely));
        Connect large = new Connect(MQTT_5, false, "id", true, 60, null, null, new byte[65_536], Properties.EMPTY);
        assertThrows(IllegalArgumentException.class, () -> PacketEncoder.size(large.version(), large));
        assertEquals(0, out.position());
    }
}
