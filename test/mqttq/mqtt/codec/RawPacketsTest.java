package mqttq.mqtt.codec;

import static mqttq.mqtt.ProtocolVersion.MQTT_3_1;
import static mqttq.mqtt.ProtocolVersion.MQTT_3_1_1;
import static mqttq.mqtt.ProtocolVersion.MQTT_5;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import mqttq.Statement;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import mqttq.wire.BufferPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One table of named packets, valid and not, at both ends and cut at every byte. */
class RawPacketsTest {
    /** {@code error} 0: valid, and written again it gives the same bytes, or {@code again} where that is given. */
    record Raw(String name, ProtocolVersion version, boolean server, String wire, int error, String again, String... statements) {
        @Override
        public String toString() {
            return name;
        }

        PacketDecoder decoder() {
            BufferPool pool = new BufferPool(4096);
            byte[] bytes = Wire.bytes(wire);
            if (!server) return PacketDecoder.client(version, pool, 1000);
            return (bytes[0] & 0xf0) == 0x10 && version != null ? PacketDecoder.server(pool, 1000) : PacketDecoder.server(version, pool, 1000);
        }
    }

    static final List<Raw> TABLE = new ArrayList<>();
    private static final boolean CLIENT = false, SERVER = true;
    private static ProtocolVersion version;
    private static boolean server;

    private static void at(boolean end, ProtocolVersion spoken) {
        server = end;
        version = spoken;
    }

    private static void ok(String name, String wire, String... statements) {
        TABLE.add(new Raw(label() + name, version, server, wire, 0, null, statements));
    }

    private static void ok2(String name, String wire, String again, String... statements) {
        TABLE.add(new Raw(label() + name, version, server, wire, 0, again, statements));
    }

    private static void bad(int error, String name, String wire, String... statements) {
        TABLE.add(new Raw(label() + name, version, server, wire, error, null, statements));
    }

    private static String label() {
        return version + (server ? " to server: " : " to client: ");
    }

    static {
        connect();
        toServer5();
        toClient5();
        v311();
        v31();
    }

    private static void connect() {
        at(SERVER, null);
        bad(0x82, "first packet is PINGREQ", "c000", "MQTT-3.1.0-1");
        bad(0x82, "first packet is PUBLISH", "30:\"a\" 00", "MQTT-3.1.0-1");
        bad(0x82, "first packet is of type 0", "0000", "MQTT-3.1.0-1");
        bad(0x81, "first packet is TLS's ClientHello", "160301 0200", "MQTT-3.1.4-1");
        bad(0x82, "first packet is HTTP's GET", "'GET / HTTP/1.1'", "MQTT-3.1.0-1");
        bad(0x95, "CONNECT that claims to be the largest", "10 ffffff7f");
        bad(0x81, "remaining length of five bytes", "10 ffffffff01");
        bad(0x81, "remaining length of five zeros", "10 8080808000");
        at(SERVER, MQTT_5);
        ok("smallest CONNECT", "10:\"MQTT\" 05 02 0000 {} \"\"", "MQTT-3.1.3-6", "MQTT-2.2.2-1");
        ok("clean start 0", "10:\"MQTT\" 05 00 ffff {} \"id\"");
        ok("client id starts with U+FEFF", "10:\"MQTT\" 05 02 003c {} 0005 efbbbf 'ab'", "MQTT-1.5.4-3");
        ok("will", "10:\"MQTT\" 05 06 003c {} \"id\" {} \"a/b\" \"gone\"", "MQTT-3.1.2-9", "MQTT-3.1.3-1");
        ok("empty will payload", "10:\"MQTT\" 05 06 003c {} \"id\" {} \"a/b\" \"\"");
        ok("will QoS 2 retained, user name, password", "10:\"MQTT\" 05 f6 003c {} \"id\" {} \"w\" \"x\" \"user\" \"secret\"", "MQTT-3.1.2-17",
            "MQTT-3.1.2-19");
        ok("password without user name", "10:\"MQTT\" 05 42 003c {} \"id\" 0002 00ff");
        ok("all properties",
            "10:\"MQTT\" 05 02 003c {11 00000e10 21 0014 27 00010000 22 000a 19 01 17 00 "
                + "26 \"k\" \"v\" 26 \"k\" \"w\" 15 \"SCRAM\" 16 \"x\"} \"id\"");
        ok("all will properties",
            "10:\"MQTT\" 05 06 003c {} \"id\" {18 00000005 01 01 02 00000060 03 \"text\" 08 \"re/ply\" "
                + "09 0002 00ff 26 \"b\" \"1\" 26 \"a\" \"2\"} \"w\" \"x\"",
            "MQTT-3.1.3-10");
        ok("session never expires, receive maximum 1", "10:\"MQTT\" 05 02 003c {11 ffffffff 21 0001} \"id\"");
        bad(0x84, "level 6", "10:\"MQTT\" 06 02 003c {} \"id\"", "MQTT-3.1.2-2");
        bad(0x84, "level 5 with the bridge bit", "10:\"MQTT\" 85 02 003c {} \"id\"", "MQTT-3.1.2-2");
        bad(0x81, "reserved header flag", "11:\"MQTT\" 05 02 003c {} \"id\"", "MQTT-3.1.2-12", "MQTT-2.1.3-1");
        bad(0x81, "reserved connect flag", "10:\"MQTT\" 05 03 003c {} \"id\"", "MQTT-3.1.2-3");
        bad(0x81, "will QoS without will", "10:\"MQTT\" 05 0a 003c {} \"id\"", "MQTT-3.1.2-7");
        bad(0x81, "will retain without will", "10:\"MQTT\" 05 22 003c {} \"id\"", "MQTT-3.1.2-8", "MQTT-3.1.2-13");
        bad(0x81, "will QoS 3", "10:\"MQTT\" 05 1e 003c {} \"id\" {} \"w\" \"x\"");
        bad(0x81, "will flag without will", "10:\"MQTT\" 05 06 003c {} \"id\"", "MQTT-3.1.2-6");
        bad(0x81, "will without payload", "10:\"MQTT\" 05 06 003c {} \"id\" {} \"w\"", "MQTT-3.1.2-9");
        bad(0x81, "will topic with wildcard", "10:\"MQTT\" 05 06 003c {} \"id\" {} \"w/#\" \"x\"", "MQTT-4.7.0-1");
        bad(0x81, "empty will topic", "10:\"MQTT\" 05 06 003c {} \"id\" {} \"\" \"x\"", "MQTT-4.7.3-1");
        bad(0x81, "will topic of bad UTF-8", "10:\"MQTT\" 05 06 003c {} \"id\" {} 0001 ff \"x\"", "MQTT-3.1.3-11");
        bad(0x81, "user name flag without user name", "10:\"MQTT\" 05 82 003c {} \"id\"", "MQTT-3.1.2-17");
        bad(0x81, "password flag without password", "10:\"MQTT\" 05 c2 003c {} \"id\" \"user\"", "MQTT-3.1.2-19");
        bad(0x81, "user name without its flag", "10:\"MQTT\" 05 02 003c {} \"id\" \"user\"", "MQTT-3.1.2-16");
        bad(0x81, "password without its flag", "10:\"MQTT\" 05 82 003c {} \"id\" \"user\" \"secret\"", "MQTT-3.1.2-18");
        bad(0x81, "user name of bad UTF-8", "10:\"MQTT\" 05 82 003c {} \"id\" 0002 c0af", "MQTT-3.1.3-12");
        bad(0x81, "client id with U+0000", "10:\"MQTT\" 05 02 003c {} 0002 'a' 00", "MQTT-1.5.4-2");
        bad(0x81, "client id with a surrogate", "10:\"MQTT\" 05 02 003c {} 0003 eda080", "MQTT-1.5.4-1");
        bad(0x81, "client id longer than the packet", "10:\"MQTT\" 05 02 003c {} 0010 'abc'", "MQTT-3.1.4-1");
        bad(0x81, "no client id", "10:\"MQTT\" 05 02 003c {}");
        bad(0x81, "no properties", "10:\"MQTT\" 05 02 003c");
        bad(0x81, "properties longer than the packet", "10:\"MQTT\" 05 02 003c 05 11 00", "MQTT-3.1.4-1");
        bad(0x81, "property length with more bytes than it needs", "10:\"MQTT\" 05 02 003c 8000 \"id\"", "MQTT-1.5.5-1");
        bad(0x81, "CONNECT's remaining length with more bytes than it needs", "10 8f00 \"MQTT\" 05 02 003c 00 0002 6964", "MQTT-1.5.5-1");
        bad(0x81, "only a length", "1000");
        bad(0x81, "only the protocol name", "10:\"MQTT\"");
        bad(0x81, "only name and level", "10:\"MQTT\" 05");
        bad(0x82, "authentication data without method", "10:\"MQTT\" 05 02 003c {16 \"x\"} \"id\"");
        bad(0x82, "receive maximum 0", "10:\"MQTT\" 05 02 003c {21 0000} \"id\"");
        bad(0x82, "maximum packet size 0", "10:\"MQTT\" 05 02 003c {27 00000000} \"id\"");
        bad(0x82, "request problem information 2", "10:\"MQTT\" 05 02 003c {17 02} \"id\"");
        bad(0x82, "request response information 2", "10:\"MQTT\" 05 02 003c {19 02} \"id\"");
        bad(0x82, "session expiry twice", "10:\"MQTT\" 05 02 003c {11 00000001 11 00000001} \"id\"");
        bad(0x81, "will delay among the properties of CONNECT", "10:\"MQTT\" 05 02 003c {18 00000001} \"id\"");
        bad(0x81, "session expiry among the will's properties", "10:\"MQTT\" 05 06 003c {} \"id\" {11 00000001} \"w\" \"x\"");
        at(SERVER, null);
        bad(0x84, "protocol name in lower case", "10:\"mqtt\" 05 02 003c {} \"id\"", "MQTT-3.1.2-1");
        bad(0x84, "protocol name MQTTT", "10:\"MQTTT\" 05 02 003c {} \"id\"", "MQTT-3.1.2-1");
        bad(0x84, "protocol name MQIsdX", "10:\"MQIsdX\" 03 02 003c \"id\"", "MQTT-3.1.2-1");
        bad(0x84, "empty protocol name", "10:\"\" 05 02 003c {} \"id\"", "MQTT-3.1.2-1");
    }

    private static void toServer5() {
        at(SERVER, MQTT_5);
        ok("PINGREQ", "c000");
        bad(0x81, "PINGREQ with flags", "c100", "MQTT-2.1.3-1");
        bad(0x81, "PINGREQ with content", "c00100");
        bad(0x81, "type 0", "0000");
        bad(0x81, "remaining length with more bytes than it needs", "c0 8000", "MQTT-1.5.5-1");
        bad(0x95, "packet of more than the limit", "30 e607");
        bad(0x82, "CONNACK", "20:00 00 {}");
        bad(0x82, "SUBACK", "90:0001 {} 00");
        bad(0x82, "UNSUBACK", "b0:0001 {} 00");
        bad(0x82, "PINGRESP", "d000");

        ok("PUBLISH QoS 0", "30:\"a/b\" {} 'hello'", "MQTT-2.2.1-2", "MQTT-3.3.2-1");
        ok("PUBLISH QoS 0 retained, no payload", "31:\"a\" {}");
        ok("PUBLISH QoS 1", "32:\"a/b\" 0001 {} 'x'");
        ok("PUBLISH QoS 1 again, identifier 65535", "3a:\"a/b\" ffff {} 'x'", "MQTT-3.3.1-1");
        ok("PUBLISH QoS 2 retained", "35:\"a/b\" 0a0b {} 'x'");
        ok("PUBLISH with alias", "30:\"a/b\" {23 0007} 'x'");
        ok("PUBLISH with alias instead of topic", "30:\"\" {23 ffff} 'x'");
        ok("PUBLISH with all properties",
            "34:\"a/b\" 0001 {02 ffffffff 23 0001 01 01 08 \"re/ply\" 09 0003 010203 26 \"k\" \"v\" 03 \"text\" 26 \"a\" \"\" 26 \"k\" \"\"} 'x'",
            "MQTT-3.3.2-4", "MQTT-3.3.2-13", "MQTT-3.3.2-15", "MQTT-3.3.2-16", "MQTT-3.3.2-17", "MQTT-3.3.2-18", "MQTT-3.3.2-19", "MQTT-3.3.2-20");
        ok("PUBLISH on $SYS with four-byte characters", "30:000a '$SYS/' f09f9880 '!' {} 00");
        ok("PUBLISH on a topic of one slash", "30:\"/\" {}");
        ok2("PUBLISH with alias and expiry behind other properties", "30:\"a\" {03 \"t\" 23 0001 26 \"k\" \"v\" 02 00000009}",
            "30:\"a\" {02 00000009 23 0001 03 \"t\" 26 \"k\" \"v\"}");
        bad(0x81, "PUBLISH QoS 3", "36:\"a\" 0001 {}", "MQTT-3.3.1-4");
        bad(0x81, "PUBLISH QoS 0 with DUP", "38:\"a\" {}", "MQTT-3.3.1-2");
        bad(0x82, "PUBLISH with identifier 0", "32:\"a\" 0000 {}", "MQTT-2.2.1-3");
        bad(0x81, "PUBLISH QoS 1 without identifier", "32:\"a\"");
        bad(0x81, "PUBLISH QoS 1 with half an identifier", "32:\"a\" 00");
        bad(0x82, "PUBLISH with neither topic nor alias", "30:\"\" {}", "MQTT-4.7.3-1");
        bad(0x81, "PUBLISH with +", "30:\"a/+\" {}", "MQTT-3.3.2-2", "MQTT-4.7.0-1");
        bad(0x81, "PUBLISH with #", "30:\"#\" {}", "MQTT-3.3.2-2");
        bad(0x81, "PUBLISH with U+0000 in the topic", "30:0003 'a' 00 'b' {}", "MQTT-4.7.3-2");
        bad(0x81, "PUBLISH with overlong UTF-8", "30:0002 c080 {}", "MQTT-1.5.4-1");
        bad(0x81, "PUBLISH with a surrogate", "30:0003 edbfbf {}", "MQTT-1.5.4-1");
        bad(0x81, "PUBLISH with a character above U+10FFFF", "30:0004 f4908080 {}", "MQTT-1.5.4-1");
        bad(0x81, "PUBLISH with cut UTF-8", "30:0002 'a' c3 {}", "MQTT-1.5.4-1");
        bad(0x81, "PUBLISH without content", "3000");
        bad(0x81, "PUBLISH of one byte", "300100");
        bad(0x81, "PUBLISH with topic beyond the end", "30:0004 'abc'");
        bad(0x81, "PUBLISH without property length", "30:\"a\"");
        bad(0x81, "PUBLISH with properties beyond the end", "30:\"a\" 02 01");
        bad(0x94, "PUBLISH with alias 0", "30:\"a\" {23 0000}", "MQTT-3.3.2-7", "MQTT-3.3.2-8");
        bad(0x82, "PUBLISH with two aliases", "30:\"a\" {23 0001 23 0001}");
        bad(0x82, "PUBLISH with subscription identifier", "30:\"a\" {0b 01}", "MQTT-3.3.4-6");
        bad(0x82, "PUBLISH with payload format 2", "30:\"a\" {01 02}");
        bad(0x82, "PUBLISH with wildcard in the response topic", "30:\"a\" {08 \"a/+\"}", "MQTT-3.3.2-14");
        bad(0x81, "PUBLISH with response topic of bad UTF-8", "30:\"a\" {08 0001 ff}", "MQTT-3.3.2-13");
        bad(0x81, "PUBLISH with content type of bad UTF-8", "30:\"a\" {03 0001 80}", "MQTT-3.3.2-19");
        bad(0x81, "PUBLISH with bad UTF-8 in a user property's name", "30:\"a\" {26 0001 80 \"v\"}", "MQTT-1.5.7-1");
        bad(0x81, "PUBLISH with bad UTF-8 in a user property's value", "30:\"a\" {26 \"k\" 0001 80}", "MQTT-1.5.7-1");
        bad(0x81, "PUBLISH with half a user property", "30:\"a\" {26 \"k\"}");
        bad(0x81, "PUBLISH with unknown property", "30:\"a\" {04 00}");
        bad(0x81, "PUBLISH with property 0x80", "30:\"a\" {8001 00}");

        ok("PUBACK", "40:0001");
        ok("PUBACK with reason", "40:0001 10", "MQTT-3.4.2-1");
        ok("PUBREC with reason and properties", "50:0001 97 {1f \"full\" 26 \"k\" \"v\"}", "MQTT-3.5.2-1");
        ok("PUBREC of success with properties", "50:0001 00 {1f \"fine\"}");
        ok("PUBREL", "62:ffff");
        ok("PUBREL with reason", "62:0001 92", "MQTT-3.6.2-1");
        ok("PUBCOMP with reason", "70:0001 92", "MQTT-3.7.2-1");
        ok2("PUBACK with explicit success", "40:0001 00", "40:0001");
        ok2("PUBACK with explicit success and no properties", "40:0001 00 {}", "40:0001");
        ok2("PUBCOMP with reason and no properties", "70:0001 92 {}", "70:0001 92");
        bad(0x81, "PUBREL with flags 0", "60:0001", "MQTT-3.6.1-1");
        bad(0x81, "PUBACK with flags", "42:0001", "MQTT-2.1.3-1");
        bad(0x82, "PUBACK with identifier 0", "40:0000");
        bad(0x81, "PUBACK of one byte", "40:00");
        bad(0x81, "PUBACK without content", "4000");
        bad(0x82, "PUBACK with reason of PUBREL", "40:0001 92", "MQTT-3.4.2-1");
        bad(0x82, "PUBREC with unknown reason", "50:0001 77", "MQTT-3.5.2-1");
        bad(0x82, "PUBREL with reason of PUBACK", "62:0001 10", "MQTT-3.6.2-1");
        bad(0x82, "PUBCOMP with reason of PUBACK", "70:0001 80", "MQTT-3.7.2-1");
        bad(0x82, "PUBACK with two reason strings", "40:0001 10 {1f \"a\" 1f \"b\"}", "MQTT-3.4.2-2");
        bad(0x82, "PUBREC with two reason strings", "50:0001 10 {1f \"a\" 1f \"b\"}", "MQTT-3.5.2-2");
        bad(0x82, "PUBREL with two reason strings", "62:0001 00 {1f \"a\" 1f \"b\"}", "MQTT-3.6.2-2");
        bad(0x82, "PUBCOMP with two reason strings", "70:0001 00 {1f \"a\" 1f \"b\"}", "MQTT-3.7.2-2");
        bad(0x81, "PUBACK with bytes behind the properties", "40:0001 10 {} 00");
        bad(0x81, "PUBACK with cut properties", "40:0001 10 05 1f 00");

        ok("SUBSCRIBE", "82:0001 {} \"a/#\" 02", "MQTT-3.8.3-1");
        ok("SUBSCRIBE with all options", "82:0001 {0b ffffff7f 26 \"k\" \"v\"} \"+/b\" 2d \"#\" 1e \"$share/g/a/+\" 19 \"$SYS/#\" 00");
        ok("SUBSCRIBE to $share itself", "82:0001 {} \"$share\" 00");
        bad(0x81, "SUBSCRIBE with flags 0", "80:0001 {} \"a\" 00", "MQTT-3.8.1-1");
        bad(0x81, "SUBSCRIBE with identifier 0", "82:0000 {} \"a\" 00", "MQTT-2.2.1-3");
        bad(0x82, "SUBSCRIBE without filter", "82:0001 {}", "MQTT-3.8.3-2", "MQTT-3.8.3-3");
        bad(0x81, "SUBSCRIBE without options", "82:0001 {} \"a\"", "MQTT-3.8.3-3");
        bad(0x81, "SUBSCRIBE with reserved option bit 6", "82:0001 {} \"a\" 40", "MQTT-3.8.3-5");
        bad(0x81, "SUBSCRIBE with reserved option bit 7", "82:0001 {} \"a\" 80", "MQTT-3.8.3-5");
        bad(0x82, "SUBSCRIBE QoS 3", "82:0001 {} \"a\" 03");
        bad(0x82, "SUBSCRIBE with retain handling 3", "82:0001 {} \"a\" 30");
        bad(0x82, "SUBSCRIBE shared with no local", "82:0001 {} \"$share/g/a\" 04", "MQTT-3.8.3-4");
        bad(0x82, "SUBSCRIBE with subscription identifier 0", "82:0001 {0b 00} \"a\" 00");
        bad(0x82, "SUBSCRIBE with two subscription identifiers", "82:0001 {0b 01 0b 02} \"a\" 00");
        bad(0x81, "SUBSCRIBE with subscription identifier of five bytes", "82:0001 {0b ffffffff01} \"a\" 00");
        bad(0x81, "SUBSCRIBE with overlong subscription identifier", "82:0001 {0b 8100} \"a\" 00", "MQTT-1.5.5-1");
        bad(0x81, "SUBSCRIBE to an empty filter", "82:0001 {} \"\" 00", "MQTT-4.7.3-1");
        bad(0x81, "SUBSCRIBE to a#", "82:0001 {} \"a#\" 00", "MQTT-4.7.1-1");
        bad(0x81, "SUBSCRIBE to #/a", "82:0001 {} \"#/a\" 00", "MQTT-4.7.1-1");
        bad(0x81, "SUBSCRIBE to a+/b", "82:0001 {} \"a+/b\" 00", "MQTT-4.7.1-2");
        bad(0x81, "SUBSCRIBE to a shared filter without filter", "82:0001 {} \"$share/g\" 00", "MQTT-4.8.2-1");
        bad(0x81, "SUBSCRIBE to a shared filter with empty filter", "82:0001 {} \"$share/g/\" 00", "MQTT-4.8.2-1");
        bad(0x81, "SUBSCRIBE to a shared filter without name", "82:0001 {} \"$share//a\" 00", "MQTT-4.8.2-1");
        bad(0x81, "SUBSCRIBE to a shared filter with + in its name", "82:0001 {} \"$share/+/a\" 00", "MQTT-4.8.2-2");
        bad(0x81, "SUBSCRIBE of bad UTF-8", "82:0001 {} 0001 fe 00", "MQTT-3.8.3-1");

        ok("UNSUBSCRIBE", "a2:0001 {26 \"k\" \"v\"} \"a\" \"b/#\" \"$share/g/x\"", "MQTT-3.10.3-1");
        bad(0x81, "UNSUBSCRIBE with flags 0", "a0:0001 {} \"a\"", "MQTT-3.10.1-1");
        bad(0x82, "UNSUBSCRIBE without filter", "a2:0001 {}", "MQTT-3.10.3-2");
        bad(0x81, "UNSUBSCRIBE with identifier 0", "a2:0000 {} \"a\"");
        bad(0x81, "UNSUBSCRIBE from an invalid filter", "a2:0001 {} \"a/#/b\"");
        bad(0x81, "UNSUBSCRIBE of bad UTF-8", "a2:0001 {} 0001 c3", "MQTT-3.10.3-1");
        bad(0x81, "UNSUBSCRIBE with half a filter", "a2:0001 {} \"a\" 00");

        ok("DISCONNECT", "e000");
        ok("DISCONNECT with will", "e0:04");
        ok("DISCONNECT with session expiry", "e0:00 {11 00000000 1f \"bye\" 26 \"k\" \"v\"}");
        ok2("DISCONNECT with explicit code", "e0:00", "e000");
        ok2("DISCONNECT with explicit code and no properties", "e0:04 {}", "e0:04");
        bad(0x81, "DISCONNECT with flags", "e100", "MQTT-3.14.1-1");
        bad(0x82, "DISCONNECT with reason of CONNACK", "e0:84", "MQTT-3.14.2-1");
        bad(0x82, "DISCONNECT with unknown reason", "e0:05", "MQTT-3.14.2-1");
        bad(0x82, "DISCONNECT with server reference", "e0:00 {1c \"other\"}");
        bad(0x82, "DISCONNECT with two reason strings", "e0:00 {1f \"a\" 1f \"b\"}", "MQTT-3.14.2-3");
        bad(0x81, "DISCONNECT with cut properties", "e0:00 05");
        bad(0x81, "DISCONNECT with bytes behind the properties", "e0:00 {} 00");

        ok("AUTH to continue", "f0:18 {15 \"SCRAM\" 16 \"data\" 1f \"r\" 26 \"k\" \"v\"}");
        ok("AUTH anew", "f0:19 {15 \"SCRAM\"}", "MQTT-3.15.2-1");
        bad(0x81, "AUTH with flags", "f1:18 {15 \"SCRAM\"}", "MQTT-3.15.1-1");
        bad(0x82, "AUTH of no bytes", "f000");
        bad(0x82, "AUTH of success", "f0:00 {15 \"SCRAM\"}", "MQTT-3.15.2-1");
        bad(0x82, "AUTH with unknown reason", "f0:17 {15 \"SCRAM\"}", "MQTT-3.15.2-1");
        bad(0x82, "AUTH without method", "f0:18 {}");
        bad(0x81, "AUTH without property length", "f0:18");
        bad(0x82, "AUTH with two reason strings", "f0:18 {15 \"S\" 1f \"a\" 1f \"b\"}", "MQTT-3.15.2-2");
    }

    private static void toClient5() {
        at(CLIENT, MQTT_5);
        ok("CONNACK", "20:00 00 {}");
        ok("CONNACK with session", "20:01 00 {}");
        ok("CONNACK refused", "20:00 87 {1f \"no\"}", "MQTT-3.2.2-8");
        ok("CONNACK with all properties",
            "20:00 00 {11 00000e10 21 0014 24 01 25 00 27 00010000 12 \"auto\" 22 000a 1f \"r\" 26 \"k\" \"v\" "
                + "28 00 29 00 2a 00 13 003c 1a \"re\" 1c \"srv\" 15 \"S\" 16 \"d\"}");
        ok2("CONNACK of MQTT 3 that refuses version 5", "20:00 01", "20:00 84 {}");
        bad(0x81, "CONNACK with reserved flags", "20:02 00 {}", "MQTT-3.2.2-1");
        bad(0x81, "CONNACK of MQTT 3 that accepts", "20:00 00");
        bad(0x82, "CONNACK of MQTT 3 with unknown code", "20:00 06");
        bad(0x82, "CONNACK refused with session", "20:01 87 {}", "MQTT-3.2.2-6");
        bad(0x82, "CONNACK with reason of DISCONNECT", "20:00 8e {}", "MQTT-3.2.2-8");
        bad(0x82, "CONNACK with maximum QoS 2", "20:00 00 {24 02}");
        bad(0x82, "CONNACK with receive maximum 0", "20:00 00 {21 0000}");
        bad(0x82, "CONNACK with maximum packet size 0", "20:00 00 {27 00000000}");
        bad(0x82, "CONNACK with retain available 2", "20:00 00 {25 02}");
        bad(0x81, "CONNACK of one byte", "20:00");
        bad(0x81, "CONNACK with bytes behind", "20:00 00 {} 00");
        ok("PUBLISH with subscription identifiers", "30:\"a\" {0b 01 0b ffffff7f 0b 8001 01 00} 'x'");
        bad(0x82, "PUBLISH with subscription identifier 0", "30:\"a\" {0b 00} 'x'");
        bad(0x82, "PUBLISH with identifier 0", "32:\"a\" 0000 {}", "MQTT-2.2.1-4");
        ok("SUBACK", "90:0001 {1f \"r\" 26 \"k\" \"v\"} 00 01 02 80 83 87 8f 91 97 9e a1 a2", "MQTT-3.9.3-2");
        bad(0x82, "SUBACK without code", "90:0001 {}", "MQTT-3.9.3-1");
        bad(0x82, "SUBACK with unknown code", "90:0001 {} 03", "MQTT-3.9.3-2");
        bad(0x81, "SUBACK with identifier 0", "90:0000 {} 00");
        ok("UNSUBACK", "b0:0001 {1f \"r\"} 00 11 80 83 87 8f 91", "MQTT-3.11.3-2");
        bad(0x82, "UNSUBACK without code", "b0:0001 {}", "MQTT-3.11.3-1");
        bad(0x82, "UNSUBACK with code of SUBACK", "b0:0001 {} 01", "MQTT-3.11.3-2");
        ok("PINGRESP", "d000");
        bad(0x81, "PINGRESP with content", "d00100");
        ok("DISCONNECT with server reference", "e0:9d {1c \"other\" 1f \"moved\"}");
        bad(0x82, "DISCONNECT with session expiry", "e0:8e {11 00000000}", "MQTT-3.14.2-2");
        bad(0x82, "DISCONNECT with will", "e0:04");
        ok("AUTH of no bytes", "f000");
        ok("AUTH of success", "f0:00 {15 \"SCRAM\"}");
        ok("AUTH to continue", "f0:18 {15 \"SCRAM\" 16 0001 00}", "MQTT-4.12.0-3");
        bad(0x82, "AUTH anew", "f0:19 {15 \"SCRAM\"}");
        bad(0x82, "CONNECT", "10:\"MQTT\" 05 02 0000 {} \"\"");
        bad(0x82, "SUBSCRIBE", "82:0001 {} \"a\" 00");
        bad(0x82, "UNSUBSCRIBE", "a2:0001 {} \"a\"");
        bad(0x82, "PINGREQ", "c000");
    }

    private static void v311() {
        at(SERVER, MQTT_3_1_1);
        ok("CONNECT", "10:\"MQTT\" 04 02 003c \"id\"");
        ok("CONNECT without client id", "10:\"MQTT\" 04 02 003c \"\"");
        ok("CONNECT of a bridge", "10:\"MQTT\" 84 00 003c \"id\"");
        ok("CONNECT with all", "10:\"MQTT\" 04 ee 003c \"id\" \"w\" 0003 0001ff \"user\" \"secret\"");
        bad(0x85, "CONNECT without client id and clean session", "10:\"MQTT\" 04 00 003c \"\"");
        bad(0x84, "CONNECT with level 3", "10:\"MQTT\" 03 02 003c \"id\"");
        bad(0x81, "CONNECT with password alone", "10:\"MQTT\" 04 42 003c \"id\" \"secret\"");
        bad(0x81, "CONNECT with reserved flag", "10:\"MQTT\" 04 03 003c \"id\"");
        bad(0x81, "CONNECT with properties", "10:\"MQTT\" 04 02 003c {} \"id\"");
        ok("PUBLISH", "33:\"a/b\" 0001 'x'");
        ok("PUBLISH without payload", "30:\"a\"");
        ok2("PINGREQ with overlong length", "c08000", "c000");
        bad(0x81, "PUBLISH without topic", "30:\"\" 'x'");
        bad(0x81, "PUBLISH QoS 0 with DUP", "38:\"a\"");
        bad(0x81, "PUBLISH QoS 3", "36:\"a\" 0001");
        ok("PUBACK", "40:0001");
        ok("PUBREC", "50:0001");
        ok("PUBREL", "62:0001");
        ok("PUBCOMP", "70:0001");
        bad(0x81, "PUBACK with reason", "40:0001 00");
        bad(0x81, "PUBREL with DUP", "6a:0001");
        ok("SUBSCRIBE", "82:0001 \"a/+\" 01 \"#\" 02");
        bad(0x81, "SUBSCRIBE with options of MQTT 5", "82:0001 \"a\" 04");
        bad(0x81, "SUBSCRIBE QoS 3", "82:0001 \"a\" 03");
        bad(0x82, "SUBSCRIBE without filter", "82:0001");
        ok("UNSUBSCRIBE", "a2:0001 \"a/+\" \"#\"");
        ok("DISCONNECT", "e000");
        bad(0x81, "DISCONNECT with reason", "e0:00");
        bad(0x81, "AUTH", "f000");
        at(CLIENT, MQTT_3_1_1);
        ok("CONNACK", "20:01 00");
        for (int code = 1; code <= 5; code++) ok("CONNACK refused " + code, "20:00 0" + code);
        bad(0x82, "CONNACK refused with session", "20:01 05");
        bad(0x82, "CONNACK with unknown code", "20:00 06");
        bad(0x81, "CONNACK with properties", "20:00 00 {}");
        ok("SUBACK", "90:0001 00 01 02 80");
        bad(0x82, "SUBACK with code of MQTT 5", "90:0001 87");
        ok("UNSUBACK", "b0:0001");
        bad(0x81, "UNSUBACK with code", "b0:0001 00");
        bad(0x82, "DISCONNECT", "e000");
    }

    private static void v31() {
        at(SERVER, MQTT_3_1);
        ok("CONNECT", "10:\"MQIsdp\" 03 02 003c \"id\"");
        ok("CONNECT of a bridge", "10:\"MQIsdp\" 83 00 003c \"id\"");
        ok("CONNECT with all", "10:\"MQIsdp\" 03 ce 003c \"id\" \"w\" \"x\" \"user\" \"secret\"");
        ok2("CONNECT with reserved flag and will's leftovers", "10:\"MQIsdp\" 03 3b 003c \"id\"", "10:\"MQIsdp\" 03 02 003c \"id\"");
        ok2("CONNECT with flag of a user name that is missing", "10:\"MQIsdp\" 03 c2 003c \"id\"", "10:\"MQIsdp\" 03 02 003c \"id\"");
        ok2("CONNECT with flag of a password that is missing", "10:\"MQIsdp\" 03 c2 003c \"id\" \"user\"",
            "10:\"MQIsdp\" 03 82 003c \"id\" \"user\"");
        ok2("CONNECT with DUP", "18:\"MQIsdp\" 03 02 003c \"id\"", "10:\"MQIsdp\" 03 02 003c \"id\"");
        ok("CONNECT with a client id of 24 characters, for the broker to judge", "10:\"MQIsdp\" 03 02 003c \"123456789012345678901234\"");
        bad(0x85, "CONNECT without client id", "10:\"MQIsdp\" 03 02 003c \"\"");
        bad(0x84, "CONNECT with level 4", "10:\"MQIsdp\" 04 02 003c \"id\"");
        ok2("PUBREL with DUP", "6a:0001", "62:0001");
        ok2("SUBSCRIBE with DUP and unused bits", "8a:0001 \"a\" fd", "82:0001 \"a\" 01");
        bad(0x81, "SUBSCRIBE with QoS 0 header", "80:0001 \"a\" 00");
        ok2("PUBLISH QoS 0 with DUP", "38:\"a\" 'x'", "30:\"a\" 'x'");
        at(CLIENT, MQTT_3_1);
        ok2("CONNACK with reserved byte", "20:01 00", "20:00 00");
    }

    static Stream<Raw> valid() {
        return TABLE.stream().filter(raw -> raw.error == 0);
    }

    static Stream<Raw> invalid() {
        return TABLE.stream().filter(raw -> raw.error != 0);
    }

    @ParameterizedTest
    @MethodSource("valid")
    void isReadAndWrittenAgain(Raw raw) throws MqttException {
        byte[] bytes = Wire.bytes(raw.wire);
        Recorder whole = new Recorder(raw.version);
        PacketDecoder decoder = raw.decoder();
        decoder.decode(ByteBuffer.wrap(bytes), whole, () -> true);
        assertEquals(1, whole.packets.size());
        assertEquals(raw.version, decoder.version());
        HexFormat hex = HexFormat.of();
        assertEquals(hex.formatHex(raw.again == null ? bytes : Wire.bytes(raw.again)), hex.formatHex(whole.again.get(0)));
        for (int cut = 0; cut <= bytes.length; cut++) {
            Recorder parts = new Recorder(raw.version);
            decoder = raw.decoder();
            decoder.decode(ByteBuffer.wrap(bytes, 0, cut), parts, () -> true);
            assertEquals(cut == bytes.length ? 1 : 0, parts.packets.size());
            assertEquals(cut > 0 && cut < bytes.length, decoder.midPacket());
            decoder.decode(ByteBuffer.wrap(bytes, cut, bytes.length - cut), parts, () -> true);
            assertEquals(whole.packets.toString(), parts.packets.toString());
            assertArrayEquals(whole.again.get(0), parts.again.get(0));
            assertFalse(decoder.midPacket());
        }
        Recorder single = new Recorder(raw.version);
        decoder = raw.decoder();
        for (byte b : bytes) decoder.decode(ByteBuffer.wrap(new byte[] {b}), single, () -> true);
        assertArrayEquals(whole.again.get(0), single.again.get(0));
        Recorder direct = new Recorder(raw.version);
        raw.decoder().decode(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip(), direct, () -> true);
        assertArrayEquals(whole.again.get(0), direct.again.get(0));
    }

    @ParameterizedTest
    @MethodSource("valid")
    void isRefusedWhenCutShort(Raw raw) {
        byte[] bytes = Wire.bytes(raw.wire);
        int header = bytes.length - body(bytes);
        for (int end = header; end < bytes.length; end++) {
            byte[] shorter = new byte[2 + end - header];
            if (shorter.length > 129) break;
            shorter[0] = bytes[0];
            shorter[1] = (byte) (end - header);
            System.arraycopy(bytes, header, shorter, 2, end - header);
            Recorder recorder = new Recorder(raw.version);
            try {
                raw.decoder().decode(ByteBuffer.wrap(shorter), recorder, () -> true);
            } catch (MqttException e) {
                assertTrue(recorder.packets.isEmpty());
                assertTrue(e.reasonCode().isFailure());
                continue;
            }
            assertEquals(1, recorder.packets.size());
        }
    }

    private static int body(byte[] bytes) {
        int at = 1;
        while (bytes[at] < 0) at++;
        return bytes.length - at - 1;
    }

    @ParameterizedTest
    @MethodSource("invalid")
    @Statement({"MQTT-3.1.4-1", "MQTT-4.13.1-1"})
    void isRefusedWithItsReasonHoweverItIsCut(Raw raw) {
        byte[] bytes = Wire.bytes(raw.wire);
        for (int cut = 0; cut < bytes.length; cut++) {
            int at = cut;
            Recorder recorder = new Recorder(raw.version);
            PacketDecoder decoder = raw.decoder();
            MqttException error = assertThrows(MqttException.class, () -> {
                decoder.decode(ByteBuffer.wrap(bytes, 0, at), recorder, () -> true);
                decoder.decode(ByteBuffer.wrap(bytes, at, bytes.length - at), recorder, () -> true);
            });
            assertEquals(ReasonCode.of(raw.error), error.reasonCode(), error.getMessage());
            assertTrue(recorder.packets.isEmpty());
            assertEquals(0, error.getStackTrace().length);
            decoder.close();
            assertFalse(decoder.midPacket());
        }
    }

    @Test
    @Statement({"MQTT-3.1.2-1", "MQTT-3.1.2-2"})
    void aRefusedConnectTellsInWhichVersionToAnswer() {
        record Case(String wire, ProtocolVersion version) { }
        for (Case each : List.of(new Case("10:\"HTTP\" 05 02 003c {} \"id\"", null), new Case("10:\"MQTT\" 07 02 003c {} \"id\"", MQTT_5),
                new Case("10:\"MQTT\" 03 02 003c \"id\"", MQTT_3_1_1), new Case("10:\"MQTT\" 00 02 003c \"id\"", MQTT_3_1_1),
                new Case("10:\"MQIsdp\" 05 02 003c \"id\"", MQTT_3_1), new Case("10:\"MQTT\" 04 01 003c \"id\"", MQTT_3_1_1),
                new Case("10:\"MQTT\" 05 01 003c {} \"id\"", MQTT_5))) {
            PacketDecoder decoder = PacketDecoder.server(new BufferPool(0), 1000);
            assertThrows(MqttException.class, () -> decoder.decode(ByteBuffer.wrap(Wire.bytes(each.wire)), new Recorder(MQTT_5), () -> true));
            assertEquals(each.version, decoder.version(), each.wire);
        }
    }

    @Test
    void theTableIsWhole() {
        assertTrue(TABLE.size() > 250);
        assertEquals(TABLE.size(), TABLE.stream().map(Raw::name).distinct().count());
    }
}
