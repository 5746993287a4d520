package mqttq.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import mqttq.Seeds;
import mqttq.Statement;
import mqttq.mqtt.Auth;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.Message;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Suback;
import mqttq.mqtt.Subscribe;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.Unsuback;
import mqttq.mqtt.Unsubscribe;
import mqttq.mqtt.codec.PacketDecoder;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MqttLinkTest {
    private final SimWorld world = new SimWorld(1);
    private final SimLoop loop = world.host("127.0.0.1");
    private final LinkContext context = new LinkContext(loop);
    private final TestPipe pipe = new TestPipe(1);
    private final List<String> events = new ArrayList<>();
    private MqttLink link;
    private RuntimeException fault;

    private MqttLink open(MqttLink opened) {
        link = opened;
        pipe.handler(link);
        link.handler(new MqttLink.Handler() {
            @Override
            public void onConnect(Connect connect) {
                events.add("CONNECT " + connect.clientId());
            }

            @Override
            public void onConnack(Connack connack) {
                events.add("CONNACK " + connack.reasonCode());
            }

            @Override
            public void onPublish(Publish publish) {
                if (fault != null) throw fault;
                events.add("PUBLISH " + publish.topic() + ' ' + publish.payloadLength() + " m" + publish.packetId());
            }

            @Override
            public void onAck(PacketType type, int packetId, ReasonCode reasonCode, Properties properties) {
                events.add(type + " " + packetId);
            }

            @Override
            public void onSubscribe(Subscribe subscribe) {
                events.add("SUBSCRIBE " + subscribe.packetId());
            }

            @Override
            public void onSuback(Suback suback) {
                events.add("SUBACK " + suback.packetId());
            }

            @Override
            public void onUnsubscribe(Unsubscribe unsubscribe) {
                events.add("UNSUBSCRIBE " + unsubscribe.packetId());
            }

            @Override
            public void onUnsuback(Unsuback unsuback) {
                events.add("UNSUBACK " + unsuback.packetId());
            }

            @Override
            public void onPingreq() {
                events.add("PINGREQ");
                if (events.size() == 2) link.read(false);
            }

            @Override
            public void onPingresp() {
                events.add("PINGRESP");
            }

            @Override
            public void onDisconnect(Disconnect disconnect) {
                events.add("DISCONNECT " + disconnect.reasonCode());
            }

            @Override
            public void onAuth(Auth auth) {
                events.add("AUTH " + auth.reasonCode());
            }

            @Override
            public void onWritable() {
                events.add("writable");
            }

            @Override
            public void onError(MqttException error) {
                events.add("error " + error.reasonCode());
            }

            @Override
            public void onEnd() {
                events.add("end");
            }

            @Override
            public void onClosed(String reason) {
                events.add("closed " + reason);
            }
        });
        return link;
    }

    private MqttLink server() {
        return open(MqttLink.server(context, pipe, PacketDecoder.LARGEST_PACKET));
    }

    private MqttLink connected() {
        server();
        in("10 0f 00 04 4d 51 54 54 05 02 00 00 00 00 02 61 62");
        events.clear();
        return link;
    }

    private void in(String hex) {
        pipe.in(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private String out() {
        return HexFormat.of().formatHex(pipe.out());
    }

    private void events(String... expected) {
        assertEquals(List.of(expected), events);
        events.clear();
    }

    private void publish(Message message, int qos, int id) {
        int size = link.sizePublish(message, qos, 0, true, -1, null, 0);
        link.publish(message, qos, false, false, id, 0, true, -1, null, 0, size);
    }

    @Test
    void knowsTheVersionFromConnect() {
        server();
        assertEquals(null, link.version());
        in("10 0e 00 04 4d 51 54 54 04 02 00 00 00 02 61 62");
        events("CONNECT ab");
        assertEquals(ProtocolVersion.MQTT_3_1_1, link.version());
    }

    @Test
    void aClientsPacketsComeBackFromAServersLink() {
        open(MqttLink.client(context, pipe, ProtocolVersion.MQTT_5, PacketDecoder.LARGEST_PACKET));
        link.send(new Connect(ProtocolVersion.MQTT_5, false, "ab", true, 0, null, null, null, Properties.EMPTY));
        link.send(new Subscribe(1, Properties.EMPTY, List.of(new Subscription("t", SubscriptionOptions.of(1)))));
        link.send(new Unsubscribe(2, Properties.EMPTY, List.of("t")));
        publish(Message.of("t", new byte[5], 1, false), 1, 3);
        link.ack(PacketType.PUBREL, 4);
        link.send(new Auth(ReasonCode.REAUTHENTICATE, Properties.builder().put(mqttq.mqtt.Property.AUTHENTICATION_METHOD, "x").build()));
        link.pingreq();
        link.close(Disconnect.NORMAL, 0, "done");
        byte[] sent = pipe.out();
        assertTrue(pipe.closing);
        events.clear();
        TestPipe other = new TestPipe(2);
        MqttLink server = open(MqttLink.server(context, other, PacketDecoder.LARGEST_PACKET));
        server.onData(ByteBuffer.wrap(sent));
        events("CONNECT ab", "SUBSCRIBE 1", "UNSUBSCRIBE 2", "PUBLISH t 5 m3", "PUBREL 4", "AUTH REAUTHENTICATE", "PINGREQ", "DISCONNECT SUCCESS");
        assertEquals(8, context.packetsSent);
        assertEquals(8, context.packetsReceived);
        assertEquals(context.bytesSent, context.bytesReceived);
    }

    @Test
    void whatIsNotTakenWaitsInOrderAndThenGoesOn() {
        connected();
        pipe.room(5);
        publish(Message.of("t", new byte[3000], 0, false), 0, 0);
        assertFalse(link.ready());
        link.pingresp();
        link.ack(PacketType.PUBACK, 7);
        assertEquals(5, pipe.out().length);
        pipe.more(10);
        events();
        pipe.more(100_000);
        events("writable");
        byte[] rest = pipe.out();
        assertEquals(3000 + 2 + 1 + 3 + 1 - 5 + 2 + 4, rest.length);
        assertEquals("d00040020007", HexFormat.of().formatHex(Arrays.copyOfRange(rest, rest.length - 6, rest.length)));
        assertTrue(link.ready());
    }

    @Test
    void aPayloadThatWaitsIsNotCopied() {
        connected();
        pipe.room(0);
        Message message = Message.of("t", new byte[1_000_000], 0, false);
        com.sun.management.ThreadMXBean bean = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long before = bean.getCurrentThreadAllocatedBytes();
        publish(message, 0, 0);
        assertTrue(bean.getCurrentThreadAllocatedBytes() - before < 50_000);
        assertEquals(1_000_008, link.unsent());
        pipe.more(2_000_000);
        assertEquals(1_000_008, pipe.out().length);
    }

    static java.util.stream.LongStream seeds() {
        return Seeds.of(20, 1000);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void nothingIsLostOrMixedUpHoweverLittleThePipeTakes(long seed) {
        Random random = new Random(seed);
        connected();
        pipe.room(0);
        List<String> sent = new ArrayList<>();
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        for (int i = 0; i < 2000; i++) {
            if (random.nextInt(3) == 0) {
                pipe.more(random.nextInt(200) == 0 ? 100_000 : random.nextInt(300));
                got.writeBytes(pipe.out());
            }
            if (random.nextBoolean()) {
                link.ack(PacketType.PUBACK, 1 + i);
                sent.add("PUBACK " + (1 + i));
            }
            if (link.ready()) {
                int length = random.nextInt(10) == 0 ? 20_000 + random.nextInt(50_000) : random.nextInt(2000);
                publish(Message.of("t" + i, new byte[length], 1, false), 1, 1 + i);
                sent.add("PUBLISH t" + i + ' ' + length + " m" + (1 + i));
            }
        }
        pipe.more(1 << 29);
        got.writeBytes(pipe.out());
        events.clear();
        TestPipe other = new TestPipe(2);
        MqttLink client = open(MqttLink.client(context, other, ProtocolVersion.MQTT_5, PacketDecoder.LARGEST_PACKET));
        client.onData(ByteBuffer.wrap(got.toByteArray()));
        assertEquals(sent, events);
    }

    @Test
    void whenToldToStopItStopsBeforeTheNextPacket() {
        connected();
        in("c000 c000 c000 c000");
        events("PINGREQ", "PINGREQ");
        assertFalse(pipe.reading);
        assertEquals(17 + 4, context.bytesReceived);
        link.read(true);
        assertTrue(pipe.reading);
        events.add("x");
        pipe.turn();
        events("x", "PINGREQ");
    }

    @Test
    void answersThatPileUpStopTheReading() {
        connected();
        pipe.room(0);
        for (int i = 0; i <= MqttLink.MAX_WAITING_ANSWERS / 2; i++) link.pingresp();
        assertFalse(pipe.reading);
        pipe.more(MqttLink.MAX_WAITING_ANSWERS);
        assertFalse(pipe.reading);
        pipe.more(100);
        assertTrue(pipe.reading);
    }

    @Test
    @Statement({"MQTT-3.14.4-1", "MQTT-3.14.4-2"})
    void closesInOrderWithDisconnectFirst() {
        connected();
        link.close(new Disconnect(ReasonCode.SESSION_TAKEN_OVER, Properties.EMPTY), 0x8e, "taken over");
        assertEquals("e0018e", out());
        assertTrue(pipe.closing);
        assertEquals(0x8e, pipe.code);
        link.pingresp();
        link.close(Disconnect.NORMAL, 0, "again");
        in("c000");
        assertEquals("", out());
        pipe.turn();
        events("closed taken over");
    }

    @Test
    void closingWaitsForWhatWasWrittenButNotForEver() {
        connected();
        pipe.room(1);
        link.pingresp();
        link.close(new Disconnect(ReasonCode.SERVER_BUSY, Properties.EMPTY), 0x89, "busy");
        assertFalse(pipe.closing);
        pipe.more(100);
        assertEquals("d000e00189", out());
        assertTrue(pipe.closing);
        assertEquals(0, loop.setTimers());

        TestPipe stuck = new TestPipe(2);
        MqttLink second = MqttLink.client(context, stuck, ProtocolVersion.MQTT_5, 1000);
        stuck.handler(second);
        stuck.room(0);
        second.pingreq();
        second.close(Disconnect.NORMAL, 0, "done");
        world.runFor(MqttLink.LINGER - 1);
        assertFalse(stuck.closing);
        world.runFor(2);
        assertTrue(stuck.closing);
    }

    @Test
    void aServerOfMqtt3SendsNoDisconnect() {
        server();
        in("10 0e 00 04 4d 51 54 54 04 02 00 00 00 02 61 62");
        link.close(new Disconnect(ReasonCode.SERVER_BUSY, Properties.EMPTY), 0x89, "busy");
        assertEquals("", out());
        assertTrue(pipe.closing);
    }

    @Test
    @Statement({"MQTT-3.5.2-3", "MQTT-3.6.2-3", "MQTT-3.7.2-3"})
    void reasonStringsAreLeftOutWhereTheyMakeAPacketTooLarge() {
        connected();
        link.maximumPacketSize(12);
        Properties reason = Properties.builder().put(mqttq.mqtt.Property.REASON_STRING, "because of this").build();
        link.ack(PacketType.PUBACK, 1, ReasonCode.NOT_AUTHORIZED, reason);
        assertEquals("4003000187", out());
        assertTrue(link.send(new Suback(2, reason, List.of(ReasonCode.SUCCESS))));
        assertEquals("900400020000", out());
        link.close(new Disconnect(ReasonCode.SERVER_BUSY, reason), 0, "");
        assertEquals("e00189", out());
    }

    @Test
    void aFaultOfOursEndsThisLinkAlone() {
        connected();
        fault = new IllegalStateException("a bug");
        in("30 04 00 01 61 00");
        events("error IMPLEMENTATION_SPECIFIC_ERROR");
        assertTrue(loop.logged("java.lang.IllegalStateException: a bug"));
    }

    @Test
    void endsAndErrorsAreTold() {
        connected();
        in("00 00");
        events("error MALFORMED_PACKET");
        pipe.end();
        events("end");
        pipe.gone("reset");
        events("closed reset");
        assertArrayEquals(new byte[0], pipe.out());
    }
}
