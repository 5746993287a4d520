package mqttq.mqtt.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import mqttq.Seeds;
import mqttq.mqtt.Ack;
import mqttq.mqtt.Auth;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.Message;
import mqttq.mqtt.MqttException;
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
import mqttq.mqtt.Unsubscribe;
import mqttq.mqtt.Will;
import mqttq.wire.BufferPool;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random packets, written, cut at random and read; and then damaged at random. */
class RandomPacketsTest {
    private Random random;
    private ProtocolVersion version;

    static LongStream seeds() {
        return Seeds.of(60, 20_000);
    }

    /** A stream of packets for one side, as bytes and as objects. */
    private final class Script {
        final Recorder expected = new Recorder(version);
        final List<Object> packets = expected.packets;
        final ByteArrayOutputStream wire = new ByteArrayOutputStream();

        private void flush() {
            wire.writeBytes(expected.again.get(expected.again.size() - 1));
        }

        void add(boolean server) {
            boolean v5 = version.hasProperties();
            switch (random.nextInt(v5 ? 8 : 7)) {
                case 0, 1 -> publish(server);
                case 2 -> {
                    PacketType type = PacketType.of(4 + random.nextInt(4));
                    expected.onAck(type, id(), v5 ? reason(type) : ReasonCode.SUCCESS, v5 ? properties(type) : Properties.EMPTY);
                    flush();
                }
                case 3 -> {
                    if (server) expected.onSubscribe(new Subscribe(id(), properties(PacketType.SUBSCRIBE), subscriptions()));
                    else expected.onSuback(new Suback(id(), properties(PacketType.SUBACK), reasons(PacketType.SUBACK)));
                    flush();
                }
                case 4 -> {
                    if (server) expected.onUnsubscribe(new Unsubscribe(id(), properties(PacketType.UNSUBSCRIBE), filters()));
                    else expected.onUnsuback(new Unsuback(id(), properties(PacketType.UNSUBACK), v5 ? reasons(PacketType.UNSUBACK) : List.of()));
                    flush();
                }
                case 5 -> {
                    if (server) expected.onPingreq();
                    else expected.onPingresp();
                    flush();
                }
                case 6 -> {
                    if (!server && !v5) return;
                    ReasonCode reason = !v5 ? ReasonCode.SUCCESS : reason(PacketType.DISCONNECT);
                    if (!server && reason == ReasonCode.DISCONNECT_WITH_WILL_MESSAGE) reason = ReasonCode.SUCCESS;
                    expected.onDisconnect(new Disconnect(reason,
                        properties(PacketType.DISCONNECT).without(server ? Property.SERVER_REFERENCE : Property.SESSION_EXPIRY_INTERVAL)));
                    flush();
                }
                default -> {
                    ReasonCode reason = random.nextBoolean() ? ReasonCode.CONTINUE_AUTHENTICATION
                        : server ? ReasonCode.REAUTHENTICATE : ReasonCode.SUCCESS;
                    Properties properties = properties(PacketType.AUTH);
                    if (!properties.has(Property.AUTHENTICATION_METHOD)) properties = properties.toBuilder().put(Property.AUTHENTICATION_METHOD,
                        "S").build();
                    expected.onAuth(new Auth(reason, properties));
                    flush();
                }
            }
        }

        private void publish(boolean server) {
            int qos = random.nextInt(3);
            byte[] payload = new byte[random.nextInt(random.nextInt(10) == 0 ? 70_000 : 300)];
            random.nextBytes(payload);
            Properties properties = properties(PacketType.PUBLISH);
            Message message = Message.of(topic(), payload, qos, random.nextBoolean(), properties);
            boolean v5 = version.hasProperties();
            int alias = v5 ? (int) properties.number(Property.TOPIC_ALIAS, 0) : 0;
            int[] ids = server || !v5 ? new int[0] : properties.subscriptionIdentifiers();
            boolean dup = qos > 0 && random.nextBoolean(), withTopic = alias == 0 || random.nextBoolean();
            long expiry = v5 ? message.messageExpiryInterval() : -1;
            int size = PacketEncoder.sizePublish(version, message, qos, alias, withTopic, expiry, ids, ids.length), packetId = qos > 0 ? id() : 0;
            ByteBuffer out = ByteBuffer.allocate(size);
            PacketEncoder.writePublish(out, version, message, qos, dup, message.retain(), packetId, alias, withTopic, expiry, ids, ids.length);
            assertEquals(0, out.remaining());
            wire.writeBytes(out.array());
            expected.again.add(out.array());
            packets.add(null); // compared by its bytes
        }
    }

    private int id() {
        return 1 + random.nextInt(65_535);
    }

    private String text(int most) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            int c = switch (random.nextInt(6)) {
                case 0 -> 0x80 + random.nextInt(0x780);
                case 1 -> 0x800 + random.nextInt(0xd000);
                case 2 -> 0x10000 + random.nextInt(0x100000);
                default -> 'a' + random.nextInt(26);
            };
            text.appendCodePoint(c);
        }
        return text.toString();
    }

    private String topic() {
        return text(10) + "/" + text(5);
    }

    private List<String> filters() {
        List<String> filters = new ArrayList<>();
        do filters.add((random.nextInt(3) == 0 ? "$share/g/" : "") + topic() + (random.nextBoolean() ? "/+/x" : "/#"));
        while (random.nextInt(3) > 0);
        return filters;
    }

    private List<Subscription> subscriptions() {
        List<Subscription> subscriptions = new ArrayList<>();
        for (String filter : filters()) {
            SubscriptionOptions options = !version.hasProperties() ? SubscriptionOptions.of(random.nextInt(3))
                : new SubscriptionOptions(random.nextInt(3), !filter.startsWith("$share") && random.nextBoolean(), random.nextBoolean(),
                    random.nextInt(3));
            subscriptions.add(new Subscription(filter, options));
        }
        return subscriptions;
    }

    private ReasonCode reason(PacketType type) {
        while (true) {
            ReasonCode code = ReasonCode.values()[random.nextInt(ReasonCode.values().length)];
            if (code.allowedIn(type)) return code;
        }
    }

    private List<ReasonCode> reasons(PacketType type) {
        List<ReasonCode> codes = new ArrayList<>();
        do {
            ReasonCode code = reason(type);
            codes.add(code.isFailure() && !version.hasProperties() ? ReasonCode.UNSPECIFIED_ERROR : code);
        } while (random.nextInt(3) > 0);
        return codes;
    }

    private Properties properties(PacketType packet) {
        Properties.Builder builder = Properties.builder();
        if (!version.hasProperties() || random.nextInt(3) == 0) return Properties.EMPTY;
        for (Property property : Property.values()) {
            if (!property.allowedIn(packet) || random.nextInt(3) == 0) continue;
            switch (property.type) {
                case BYTE -> builder.put(property, random.nextInt(2));
                case TWO_BYTE_INTEGER -> builder.put(property, id());
                case FOUR_BYTE_INTEGER -> builder.put(property, 1 + (random.nextLong() & 0xffff_ffffL) % 0xffff_ffffL);
                case VARIABLE_BYTE_INTEGER -> {
                    int count = packet == PacketType.PUBLISH ? random.nextInt(4) : 1;
                    for (int i = 0; i < count; i++) builder.put(property, 1 + (random.nextInt(268_435_455) >> random.nextInt(28)));
                }
                case UTF8_STRING -> builder.put(property, property == Property.RESPONSE_TOPIC ? topic() : text(12));
                case BINARY_DATA -> {
                    byte[] bytes = new byte[random.nextInt(20)];
                    random.nextBytes(bytes);
                    builder.put(property, bytes);
                }
                case UTF8_STRING_PAIR -> {
                    for (int i = random.nextInt(3); i > 0; i--) builder.user(text(5), text(5));
                }
            }
        }
        return builder.build();
    }

    private Connect connect() {
        boolean v5 = version.hasProperties();
        Will will = random.nextBoolean() ? new Will(topic(), text(9).getBytes(), random.nextInt(3), random.nextBoolean(), properties(null)) : null;
        String user = random.nextBoolean() ? text(9) : null;
        byte[] password = (v5 || user != null) && random.nextBoolean() ? text(9).getBytes() : null;
        Properties properties = properties(PacketType.CONNECT);
        if (!properties.has(Property.AUTHENTICATION_METHOD)) properties = properties.without(Property.AUTHENTICATION_DATA);
        return new Connect(version, !v5 && random.nextBoolean(), "c" + text(9), random.nextBoolean(), random.nextInt(65_536), will, user,
            password, properties);
    }

    private Script script(boolean server, int count) {
        Script script = new Script();
        if (server) {
            script.expected.onConnect(connect());
            script.flush();
        } else {
            boolean v5 = version.hasProperties();
            ReasonCode reason = v5 && random.nextBoolean() ? reason(PacketType.CONNACK) : ReasonCode.ofV3(random.nextInt(6));
            boolean present = reason == ReasonCode.SUCCESS && version != ProtocolVersion.MQTT_3_1 && random.nextBoolean();
            script.expected.onConnack(new Connack(present, reason, properties(PacketType.CONNACK)));
            script.flush();
        }
        for (int i = 0; i < count; i++) script.add(server);
        return script;
    }

    private PacketDecoder decoder(boolean server, BufferPool pool) {
        return server ? PacketDecoder.server(pool, 1_000_000) : PacketDecoder.client(version, pool, 1_000_000);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsWrittenIsReadHoweverItIsCut(long seed) throws MqttException {
        random = new Random(seed);
        version = ProtocolVersion.values()[random.nextInt(3)];
        boolean server = random.nextBoolean();
        Script script = script(server, 40);
        byte[] wire = script.wire.toByteArray();
        Recorder recorder = new Recorder(version);
        PacketDecoder decoder = decoder(server, new BufferPool(1 << 16));
        int most = 1 << 1 + random.nextInt(14);
        for (int at = 0; at < wire.length; ) {
            int length = Math.min(wire.length - at, 1 + random.nextInt(most));
            decoder.decode(ByteBuffer.wrap(wire, at, length), recorder, () -> true);
            at += length;
        }
        assertEquals(script.packets.size(), recorder.packets.size());
        for (int i = 0; i < script.packets.size(); i++) {
            assertArrayEquals(script.expected.again.get(i), recorder.again.get(i));
            Object packet = script.packets.get(i);
            if (packet instanceof Ack || packet instanceof Subscribe || packet instanceof Suback || packet instanceof Unsubscribe
                    || packet instanceof Connack || packet instanceof Disconnect || packet instanceof Auth) assertEquals(packet,
                        recorder.packets.get(i));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void damagedBytesEndInAProtocolErrorOrInPackets(long seed) {
        random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            version = ProtocolVersion.values()[random.nextInt(3)];
            boolean server = random.nextBoolean();
            byte[] wire = script(server, 3).wire.toByteArray();
            for (int i = random.nextInt(6); i >= 0; i--) {
                int at = random.nextInt(Math.min(wire.length, 200));
                wire[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (wire[at] ^ 1 << random.nextInt(8));
            }
            feed(wire, decoder(server, new BufferPool(1 << 12)));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noiseEndsInAProtocolErrorOrInPackets(long seed) {
        random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            version = ProtocolVersion.values()[random.nextInt(3)];
            byte[] wire = new byte[200];
            random.nextBytes(wire);
            wire[1] &= 0x3f;
            BufferPool pool = new BufferPool(1 << 12);
            feed(wire, random.nextBoolean() ? PacketDecoder.server(version, pool, 1000) : PacketDecoder.client(version, pool, 1000));
        }
    }

    private void feed(byte[] wire, PacketDecoder decoder) {
        // The version may have been damaged too: what was read is written in that one.
        Silent reading = new Silent() {
            @Override
            public void onPublish(mqttq.mqtt.Publish publish) {
                Message message = publish.message(0);
                assertTrue(message.payloadLength() <= wire.length);
                message.properties();
                publish.subscriptionIdentifiers();
                publish.userProperties();
            }
        };
        try {
            for (int at = 0; at < wire.length; ) {
                int length = Math.min(wire.length - at, 1 + random.nextInt(64));
                ByteBuffer chunk = ByteBuffer.wrap(wire, at, length);
                decoder.decode(chunk, reading, () -> true);
                assertEquals(0, chunk.remaining());
                at += length;
            }
        } catch (MqttException e) {
            assertTrue(e.reasonCode().isFailure());
        }
        decoder.close();
    }
}
