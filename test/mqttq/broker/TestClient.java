package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import mqttq.link.TestPipe;
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
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Suback;
import mqttq.mqtt.Subscribe;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.Unsuback;
import mqttq.mqtt.Unsubscribe;
import mqttq.mqtt.Will;
import mqttq.mqtt.codec.PacketDecoder;
import mqttq.mqtt.codec.PacketEncoder;
import mqttq.mqtt.codec.PacketHandler;
import mqttq.wire.BufferPool;

/** A client that sends what it is told and shows as text what comes. */
final class TestClient implements PacketHandler {
    final TestPipe pipe;
    private final TestBroker world;
    private final List<String> packets = new ArrayList<>();
    /** What CONNECT will say. */
    String id;
    ProtocolVersion version = ProtocolVersion.MQTT_5;
    boolean cleanStart = true, bridge;
    int keepAlive;
    Will will;
    String userName;
    byte[] password;
    Properties.Builder properties = Properties.builder();
    private PacketDecoder decoder;

    TestClient(TestBroker world, TestPipe pipe, String id) {
        this.world = world;
        this.pipe = pipe;
        this.id = id;
    }

    mqttq.transport.Pipe.Handler handler() { return pipe.handler(); }

    TestClient v3() {
        version = ProtocolVersion.MQTT_3_1_1;
        return this;
    }

    TestClient keep() {
        cleanStart = false;
        if (version == ProtocolVersion.MQTT_5) properties.put(Property.SESSION_EXPIRY_INTERVAL, 1000);
        return this;
    }

    TestClient with(Property property, long value) {
        properties.put(property, value);
        return this;
    }

    TestClient will(Will will) {
        this.will = will;
        return this;
    }

    /** Sends CONNECT. */
    TestClient connect() {
        Connect connect = new Connect(version, bridge, id, cleanStart, keepAlive, will, userName, password, properties.build());
        ByteBuffer out = ByteBuffer.allocate(PacketEncoder.size(connect.version(), connect));
        PacketEncoder.write(out, connect.version(), connect);
        return send(out);
    }

    /** Connects and takes the CONNACK. */
    TestClient in() {
        connect();
        String connack = one();
        assertTrue(connack.startsWith("CONNACK SUCCESS"), connack);
        return this;
    }

    /** Connects to a kept session and takes the CONNACK. */
    TestClient in2() {
        String connack = connect().received().get(0);
        assertTrue(connack.startsWith("CONNACK SUCCESS present"), connack);
        return this;
    }

    TestClient subscribe(String... filters) {
        return subscribe(0, SubscriptionOptions.of(2), filters);
    }

    /** Subscribes without looking at the answer. */
    TestClient subscribe2(String... filters) {
        subscribe(77, 0, SubscriptionOptions.of(2), filters);
        return this;
    }

    /** Subscribes with identifier (0: none) and takes the SUBACK, with which no retained message may come. */
    TestClient subscribe(int identifier, SubscriptionOptions options, String... filters) {
        subscribe(77, identifier, options, filters);
        String suback = one();
        assertTrue(suback.startsWith("SUBACK 77 "), suback);
        assertFalse(suback.contains("ERROR"), suback);
        return this;
    }

    void subscribe(int packetId, int identifier, SubscriptionOptions options, String... filters) {
        Properties properties = identifier == 0 ? Properties.EMPTY : Properties.builder().put(Property.SUBSCRIPTION_IDENTIFIER, identifier).build();
        List<mqttq.mqtt.Subscription> list = Arrays.stream(filters).map(filter -> new mqttq.mqtt.Subscription(filter, options)).toList();
        Subscribe subscribe = new Subscribe(packetId, properties, list);
        ByteBuffer out = ByteBuffer.allocate(PacketEncoder.size(version, subscribe));
        PacketEncoder.write(out, version, subscribe);
        send(out);
    }

    TestClient auth(ReasonCode code, String method, String data) {
        Properties.Builder with = Properties.builder().put(Property.AUTHENTICATION_METHOD, method);
        Auth auth = new Auth(code, with.put(Property.AUTHENTICATION_DATA, data.getBytes(StandardCharsets.US_ASCII)).build());
        ByteBuffer out = ByteBuffer.allocate(PacketEncoder.size(mqttq.mqtt.ProtocolVersion.MQTT_5, auth));
        PacketEncoder.write(out, mqttq.mqtt.ProtocolVersion.MQTT_5, auth);
        return send(out);
    }

    void unsubscribe(int packetId, String... filters) {
        Unsubscribe unsubscribe = new Unsubscribe(packetId, Properties.EMPTY, List.of(filters));
        ByteBuffer out = ByteBuffer.allocate(PacketEncoder.size(version, unsubscribe));
        PacketEncoder.write(out, version, unsubscribe);
        send(out);
    }

    TestClient publish(String topic, String payload) {
        return publish(topic, payload, 0, false, 0, Properties.EMPTY);
    }

    TestClient retain(String topic, String payload) {
        return publish(topic, payload, 0, true, 0, Properties.EMPTY);
    }

    TestClient publish(String topic, String payload, int qos, int packetId, Properties properties) {
        return publish(topic, payload, qos, false, packetId, properties);
    }

    TestClient publish(String topic, String payload, int qos, int packetId) {
        return publish(topic, payload, qos, false, packetId, Properties.EMPTY);
    }

    TestClient publish(String topic, String payload, int qos, boolean retain, int packetId, Properties properties) {
        return publish(topic, payload.getBytes(StandardCharsets.UTF_8), qos, retain, packetId, properties, 0, true, false);
    }

    TestClient publish(String topic, byte[] payload, int qos, boolean retain, int packetId, Properties properties, int alias, boolean withTopic, boolean dup) {
        Message message = Message.of(topic, payload, qos, retain, properties);
        long expiry = message.messageExpiryInterval();
        ByteBuffer out = ByteBuffer.allocate(PacketEncoder.sizePublish(version, message, qos, alias, withTopic, expiry, null, 0));
        PacketEncoder.writePublish(out, version, message, qos, dup, retain, packetId, alias, withTopic, expiry, null, 0);
        return send(out);
    }

    TestClient alias(int alias, String topic, boolean withTopic, String payload) {
        return publish(topic, payload.getBytes(StandardCharsets.UTF_8), 0, false, 0, Properties.EMPTY, alias, withTopic, false);
    }

    TestClient ack(PacketType type, int packetId) {
        return ack(type, packetId, ReasonCode.SUCCESS);
    }

    TestClient ack(PacketType type, int packetId, ReasonCode reason) {
        ByteBuffer out = ByteBuffer.allocate(PacketEncoder.sizeAck(version, reason, Properties.EMPTY));
        PacketEncoder.writeAck(out, version, type, packetId, reason, Properties.EMPTY);
        return send(out);
    }

    TestClient disconnect() {
        return disconnect(Disconnect.NORMAL);
    }

    TestClient disconnect(Disconnect disconnect) {
        ByteBuffer out = ByteBuffer.allocate(PacketEncoder.size(version, disconnect));
        PacketEncoder.write(out, version, disconnect);
        send(out);
        pipe.turn();
        return this;
    }

    /** The network fails. */
    void lose() {
        pipe.gone("connection reset");
    }

    TestClient hex(String hex) {
        pipe.in(HexFormat.of().parseHex(hex.replace(" ", "")));
        return this;
    }

    private TestClient send(ByteBuffer packet) {
        pipe.in(Arrays.copyOf(packet.array(), packet.position()));
        return this;
    }

    // What came

    /** All packets that came since the last look. */
    List<String> received() {
        if (decoder == null) decoder = PacketDecoder.client(version, new BufferPool(0), PacketDecoder.LARGEST_PACKET);
        try {
            decoder.decode(ByteBuffer.wrap(pipe.out()), this, () -> true);
        } catch (MqttException e) {
            throw new AssertionError("the broker sent what cannot be read: " + e.getMessage(), e);
        }
        List<String> all = List.copyOf(packets);
        packets.clear();
        return all;
    }

    /** The one packet that came. */
    String one() {
        List<String> all = received();
        assertEquals(1, all.size(), all.toString());
        return all.get(0);
    }

    /** Asserts that exactly these came. */
    TestClient gets(String... expected) {
        assertEquals(List.of(expected), received());
        return this;
    }

    TestClient getsNothing() {
        return gets();
    }

    /** Asserts that the broker closes the connection, with this DISCONNECT (null: none). */
    void isDisconnected(ReasonCode reason) {
        List<String> all = received();
        if (reason == null) assertEquals(List.of(), all);
        else assertEquals("DISCONNECT " + reason, all.isEmpty() ? "" : all.get(all.size() - 1));
        assertTrue(pipe.closing, "not closed");
        pipe.turn();
    }

    @Override
    public void onConnack(Connack connack) {
        packets.add("CONNACK " + connack.reasonCode() + (connack.sessionPresent() ? " present" : "") + text(connack.properties()));
    }

    @Override
    public void onPublish(Publish publish) {
        StringBuilder ids = new StringBuilder();
        for (int each : publish.subscriptionIdentifiers()) ids.append(" #").append(each);
        packets.add(publish.topic() + ' ' + new String(publish.payload(), StandardCharsets.UTF_8) + " q" + publish.qos()
            + (publish.packetId() > 0 ? " m" + publish.packetId() : "") + (publish.retain() ? " retain" : "") + (publish.dup() ? " dup" : "")
            + (publish.topicAlias() > 0 ? " a" + publish.topicAlias() : "")
            + (publish.messageExpiryInterval() >= 0 ? " e" + publish.messageExpiryInterval() : "") + ids + text(publish.properties()));
    }

    @Override
    public void onAck(PacketType type, int packetId, ReasonCode reasonCode, Properties properties) {
        packets.add(type + " " + packetId + (reasonCode == ReasonCode.SUCCESS ? "" : " " + reasonCode) + text(properties));
    }

    @Override
    public void onSuback(Suback suback) {
        packets.add("SUBACK " + suback.packetId() + ' ' + suback.reasonCodes() + text(suback.properties()));
    }

    @Override
    public void onUnsuback(Unsuback unsuback) {
        packets.add("UNSUBACK " + unsuback.packetId() + ' ' + unsuback.reasonCodes() + text(unsuback.properties()));
    }

    @Override
    public void onPingresp() {
        packets.add("PINGRESP");
    }

    @Override
    public void onDisconnect(Disconnect disconnect) {
        packets.add("DISCONNECT " + disconnect.reasonCode() + text(disconnect.properties()));
    }

    @Override
    public void onAuth(Auth auth) {
        packets.add("AUTH " + auth.reasonCode() + " " + auth.authenticationMethod()
            + (auth.authenticationData() == null ? "" : " " + new String(auth.authenticationData(), StandardCharsets.US_ASCII)));
    }

    private static String text(Properties properties) {
        return properties.isEmpty() ? "" : " " + properties;
    }
}
