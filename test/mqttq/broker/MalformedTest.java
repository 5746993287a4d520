package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.Random;
import mqttq.Statement;
import mqttq.mqtt.ReasonCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot be right ends the connection it came on, with the right code, and no other. */
class MalformedTest {
    private final TestBroker broker = new TestBroker(s -> s.persistentClientExpiration = 1000);

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "packet type 0, 00 00, MALFORMED_PACKET",
        "a client sends CONNACK, 20 03 00 00 00, PROTOCOL_ERROR",
        "a client sends SUBACK, 90 04 00 01 00 00, PROTOCOL_ERROR",
        "a client sends UNSUBACK, b0 04 00 01 00 00, PROTOCOL_ERROR",
        "a client sends PINGRESP, d0 00, PROTOCOL_ERROR",
        "remaining length of five bytes, 30 ff ff ff ff 7f, MALFORMED_PACKET",
        "remaining length not minimal, c0 80 00, MALFORMED_PACKET",
        "PUBLISH with QoS 3, 36 06 00 01 61 00 01 00, MALFORMED_PACKET",
        "PUBLISH with DUP and QoS 0, 38 04 00 01 61 00, MALFORMED_PACKET",
        "PUBLISH with a wildcard, 30 04 00 01 23 00, MALFORMED_PACKET",
        "PUBLISH with U+0000, 30 04 00 01 00 00, MALFORMED_PACKET",
        "PUBLISH with a surrogate, 30 06 00 03 ed a0 80 00, MALFORMED_PACKET",
        "PUBLISH with a truncated topic, 30 03 00 05 61, MALFORMED_PACKET",
        "PUBLISH with packet identifier 0, 32 06 00 01 61 00 00 00, PROTOCOL_ERROR",
        "PUBLISH with neither topic nor alias, 30 03 00 00 00, PROTOCOL_ERROR",
        "PUBLISH with an unknown property, 30 06 00 01 61 02 7e 00, MALFORMED_PACKET",
        "PUBLISH with a property of CONNECT, 30 07 00 01 61 03 21 00 05, MALFORMED_PACKET",
        "PUBLISH with a property twice, 30 08 00 01 61 04 01 00 01 00, PROTOCOL_ERROR",
        "PUBLISH with a subscription identifier, 30 06 00 01 61 02 0b 01, PROTOCOL_ERROR",
        "PUBLISH with properties past its end, 30 05 00 01 61 09 01, MALFORMED_PACKET",
        "PUBLISH with topic alias 0, 30 07 00 01 61 03 23 00 00, TOPIC_ALIAS_INVALID",
        "PUBLISH with a response topic that is a filter, 30 08 00 01 61 04 08 00 01 23, PROTOCOL_ERROR",
        "PUBACK with flags, 41 02 00 01, MALFORMED_PACKET",
        "PUBACK without identifier, 40 01 00, MALFORMED_PACKET",
        "PUBACK with a code of another packet, 40 03 00 01 81, PROTOCOL_ERROR",
        "PUBREL without its flags, 60 02 00 01, MALFORMED_PACKET",
        "SUBSCRIBE without its flags, 80 07 00 01 00 00 01 61 00, MALFORMED_PACKET",
        "SUBSCRIBE without a filter, 82 03 00 01 00, PROTOCOL_ERROR",
        "SUBSCRIBE with identifier 0, 82 07 00 00 00 00 01 61 00, MALFORMED_PACKET",
        "SUBSCRIBE with reserved option bits, 82 07 00 01 00 00 01 61 40, MALFORMED_PACKET",
        "SUBSCRIBE with QoS 3, 82 07 00 01 00 00 01 61 03, PROTOCOL_ERROR",
        "SUBSCRIBE with retain handling 3, 82 07 00 01 00 00 01 61 30, PROTOCOL_ERROR",
        "SUBSCRIBE with subscription identifier 0, 82 09 00 01 02 0b 00 00 01 61 00, PROTOCOL_ERROR",
        "UNSUBSCRIBE without a filter, a2 03 00 01 00, PROTOCOL_ERROR",
        "UNSUBSCRIBE without its flags, a0 06 00 01 00 00 01 61, MALFORMED_PACKET",
        "PINGREQ with a body, c0 01 00, MALFORMED_PACKET",
        "PINGREQ with flags, c1 00, MALFORMED_PACKET",
        "DISCONNECT with flags, e1 00, MALFORMED_PACKET",
        "DISCONNECT with a code of the server, e0 01 8e, ",
        "AUTH without having asked for it, f0 02 18 00, PROTOCOL_ERROR",
        "AUTH with a code it cannot have, f0 02 00 00, PROTOCOL_ERROR",
    })
    @Statement({"MQTT-4.13.1-1", "MQTT-2.1.3-1", "MQTT-1.5.4-1", "MQTT-1.5.4-2", "MQTT-1.5.5-1", "MQTT-3.3.1-4", "MQTT-3.3.2-2", "MQTT-3.3.4-6", "MQTT-3.6.1-1",
        "MQTT-3.8.1-1", "MQTT-3.8.3-2", "MQTT-3.8.3-5", "MQTT-3.10.1-1", "MQTT-3.10.3-2", "MQTT-3.14.1-1", "MQTT-2.2.1-3", "MQTT-3.3.2-14"})
    void endsItsConnectionAlone(String what, String hex, ReasonCode reason) {
        TestClient other = broker.client("other").in().subscribe("t"), bad = broker.client("bad").in();
        bad.hex(hex);
        java.util.List<String> got = bad.received();
        if (reason != null) {
            assertEquals("[DISCONNECT " + reason + "]", got.toString());
            assertEquals(reason.value, bad.pipe.code);
        }
        assertTrue(bad.pipe.closing);
        bad.pipe.turn();
        other.publish("t", "x").gets("t x q0");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "protocol name wrong, 10 0f 00 04 4d 51 54 58 05 02 00 00 00 00 02 61 62, ",
        "protocol level unknown, 10 0f 00 04 4d 51 54 54 06 02 00 00 00 00 02 61 62, UNSUPPORTED_PROTOCOL_VERSION",
        "reserved flag, 10 0f 00 04 4d 51 54 54 05 03 00 00 00 00 02 61 62, MALFORMED_PACKET",
        "will QoS without will, 10 0f 00 04 4d 51 54 54 05 0a 00 00 00 00 02 61 62, MALFORMED_PACKET",
        "fixed header flags, 11 0f 00 04 4d 51 54 54 05 02 00 00 00 00 02 61 62, MALFORMED_PACKET",
        "will without a payload, 10 16 00 04 4d 51 54 54 05 06 00 00 00 00 02 61 62 00 00 04 77 69 6c 6c, ",
        "will without a topic, 10 14 00 04 4d 51 54 54 05 06 00 00 00 00 02 61 62 00 00 00 00 00, ",
        "client identifier truncated, 10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 09 61, MALFORMED_PACKET",
        "receive maximum 0, 10 12 00 04 4d 51 54 54 05 02 00 00 03 21 00 00 00 02 61 62, PROTOCOL_ERROR",
        "authentication data without method, 10 13 00 04 4d 51 54 54 05 02 00 00 04 16 00 01 61 00 02 61 62, PROTOCOL_ERROR",
    })
    @Statement({"MQTT-3.1.4-1", "MQTT-3.1.2-1", "MQTT-3.1.2-3", "MQTT-3.1.2-12"})
    void aConnectThatIsWrongIsRefused(String what, String hex, ReasonCode reason) {
        TestClient client = broker.client("x").hex(hex);
        assertEquals(reason == null ? "[]" : "[CONNACK " + reason + "]", client.received().toString());
        assertTrue(client.pipe.closing);
    }

    @Test
    void anythingAtAllNeitherThrowsNorHurtsOthers() {
        Random random = new Random(42);
        TestClient other = broker.client("other").in().subscribe("safe");
        int[] first = {0x10, 0x30, 0x32, 0x34, 0x3d, 0x40, 0x50, 0x62, 0x82, 0xa2, 0xc0, 0xe0, 0xf0};
        for (int i = 0; i < 20_000; i++) {
            TestClient client = broker.client("f" + i % 50);
            if (i % 10 > 0) {
                if (i % 3 == 0) client.v3();
                if (i % 4 == 0) client.keep();
                client.connect().received();
            }
            for (int packet = 0; packet < 3 && !client.pipe.closing; packet++) {
                byte[] body = new byte[random.nextInt(24)];
                for (int b = 0; b < body.length; b++) body[b] = (byte) (random.nextInt(3) > 0 ? random.nextInt(5) : random.nextInt());
                byte[] bytes = new byte[body.length + 2];
                bytes[0] = (byte) first[random.nextInt(first.length)];
                bytes[1] = (byte) body.length;
                System.arraycopy(body, 0, bytes, 2, body.length);
                client.pipe.in(bytes);
            }
            client.received();
            client.lose();
        }
        other.received();
        other.publish("safe", "x").gets("safe x q0");
        assertFalse(broker.loop.lines().stream().anyMatch(line -> line.contains("Exception")));
        assertEquals(1, broker.broker.openConnections());
        broker.seconds(2000);
        broker.client("other").in().lose();
        assertEquals(0, broker.broker.stats().disconnected);
        java.util.List<String> retained = new java.util.ArrayList<>();
        broker.broker.retained.match("#".getBytes(), 0, 1, (message, source) -> retained.add(message.message.topic()));
        for (String topic : retained) broker.broker.publish(mqttq.mqtt.Message.of(topic, new byte[0], 0, true));
        assertEquals(0, broker.broker.stats().keptBytes, "nothing is left of all that");
    }

    @Test
    void anythingInChunksOfAnySizeIsTheSame() {
        String session = "10 11 00 04 4d 51 54 54 05 02 00 00 00 00 04 73 6c 6f 77" + "82 07 00 01 00 00 01 74 00" + "30 05 00 01 74 00 78" + "c0 00";
        for (int size = 1; size < 40; size++) {
            TestClient client = broker.client("slow");
            byte[] all = HexFormat.of().parseHex(session.replace(" ", ""));
            for (int at = 0; at < all.length; at += size) client.pipe.in(java.util.Arrays.copyOfRange(all, at, Math.min(all.length, at + size)));
            assertEquals("[SUBACK 1 [SUCCESS], t x q0, PINGRESP]", client.received().subList(1, 4).toString());
            client.lose();
        }
    }
}
