package mqttq.mqtt.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import mqttq.wire.BufferPool;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every property in every packet, from each side: alone, twice, cut, and where it is not allowed. The lists are the specification's, §2.2.2.2. */
class PropertyMatrixTest {
    /** A packet with a place for properties, marked by {@code *}; the identifiers allowed there in hex. */
    record Place(String name, boolean server, String wire, String allowed) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final Map<Integer, String> VALUES = new LinkedHashMap<>();

    static {
        for (int id : new int[] {0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a}) VALUES.put(id, "01");
        for (int id : new int[] {0x13, 0x21, 0x22, 0x23}) VALUES.put(id, "0102");
        for (int id : new int[] {0x02, 0x11, 0x18, 0x27}) VALUES.put(id, "00000102");
        for (int id : new int[] {0x03, 0x08, 0x12, 0x15, 0x1a, 0x1c, 0x1f}) VALUES.put(id, "0003616263");
        for (int id : new int[] {0x09, 0x16}) VALUES.put(id, "000200ff");
        VALUES.put(0x0b, "8001");
        VALUES.put(0x26, "00016b000176");
    }

    static Stream<Place> places() {
        return Stream.of(
            new Place("CONNECT", true, "10:\"MQTT\" 05 02 003c {*} \"id\"", "11 15 16 17 19 21 22 26 27"),
            new Place("will", true, "10:\"MQTT\" 05 06 003c {} \"id\" {*} \"w\" \"x\"", "01 02 03 08 09 18 26"),
            new Place("CONNACK", false, "20:00 00 {*}", "11 12 13 15 16 1a 1c 1f 21 22 24 25 26 27 28 29 2a"),
            new Place("PUBLISH to server", true, "30:\"a\" {*}", "01 02 03 08 09 23 26"),
            new Place("PUBLISH to client", false, "30:\"a\" {*}", "01 02 03 08 09 0b 23 26"),
            new Place("PUBACK", true, "40:0001 00 {*}", "1f 26"),
            new Place("PUBREC", false, "50:0001 00 {*}", "1f 26"),
            new Place("PUBREL", true, "62:0001 00 {*}", "1f 26"),
            new Place("PUBCOMP", false, "70:0001 00 {*}", "1f 26"),
            new Place("SUBSCRIBE", true, "82:0001 {*} \"a\" 00", "0b 26"),
            new Place("SUBACK", false, "90:0001 {*} 00", "1f 26"),
            new Place("UNSUBSCRIBE", true, "a2:0001 {*} \"a\"", "26"),
            new Place("UNSUBACK", false, "b0:0001 {*} 00", "1f 26"),
            new Place("DISCONNECT to server", true, "e0:00 {*}", "11 1f 26"),
            new Place("DISCONNECT to client", false, "e0:80 {*}", "1c 1f 26"),
            new Place("AUTH", true, "f0:18 {*}", "15 16 1f 26"));
    }

    private static ReasonCode send(Place place, String properties) {
        byte[] wire = Wire.bytes(place.wire.replace("*", properties));
        BufferPool pool = new BufferPool(0);
        PacketDecoder decoder = !place.server ? PacketDecoder.client(ProtocolVersion.MQTT_5, pool, 1000)
            : wire[0] == 0x10 ? PacketDecoder.server(pool, 1000) : PacketDecoder.server(ProtocolVersion.MQTT_5, pool, 1000);
        Recorder recorder = new Recorder(ProtocolVersion.MQTT_5);
        try {
            decoder.decode(ByteBuffer.wrap(wire), recorder, () -> true);
        } catch (MqttException e) {
            return e.reasonCode();
        }
        assertEquals(HexFormat.of().formatHex(wire), HexFormat.of().formatHex(recorder.again.get(0)));
        return ReasonCode.SUCCESS;
    }

    @ParameterizedTest
    @MethodSource("places")
    void everyPropertyIsTakenOrRefused(Place place) {
        for (int id = 0; id < 256; id++) {
            String hex = String.format("%02x", id), value = VALUES.getOrDefault(id, "00"), property = hex + value;
            String before = !place.name.equals("AUTH") && id != 0x16 || id == 0x15 ? "" : place.allowed.contains("15") ? "15 \"S\"" : "";
            boolean allowed = place.allowed.contains(hex) && VALUES.containsKey(id);
            // Valid for the type of packet, but sent by the other side.
            boolean otherSide = place.name.startsWith("DISCONNECT") && (id == 0x11 || id == 0x1c) && !allowed
                || place.name.equals("PUBLISH to server") && id == 0x0b;
            ReasonCode expected = allowed ? ReasonCode.SUCCESS : otherSide ? ReasonCode.PROTOCOL_ERROR : ReasonCode.MALFORMED_PACKET;
            assertEquals(expected, send(place, before + property), hex);
            if (!allowed) continue;
            boolean repeatable = id == 0x26 || id == 0x0b && place.name.equals("PUBLISH to client");
            assertEquals(repeatable ? ReasonCode.SUCCESS : ReasonCode.PROTOCOL_ERROR, send(place, before + property + property), hex + " twice");
            for (int cut = 1; cut < value.length() / 2; cut++) {
                String shorter = hex + value.substring(0, value.length() - 2 * cut);
                assertEquals(ReasonCode.MALFORMED_PACKET, send(place, before + shorter), shorter);
            }
            assertEquals(ReasonCode.MALFORMED_PACKET, send(place, before + hex), hex + " without a value");
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void propertyKnowsWhereItIsAllowed(Place place) {
        String type = place.name.split(" ")[0];
        for (Property property : Property.values()) {
            boolean direction = type.equals("DISCONNECT") && (property.id == 0x11 || property.id == 0x1c) || type.equals("PUBLISH")
                && property.id == 0x0b;
            boolean allowed = place.allowed.contains(String.format("%02x", property.id)) || direction;
            assertEquals(allowed, property.allowedIn(type.equals("will") ? null : mqttq.mqtt.PacketType.valueOf(type)), property + " in " + place);
        }
        assertThrows(IllegalArgumentException.class, () -> mqttq.mqtt.Properties.builder().put(Property.CONTENT_TYPE, 1));
    }
}
