package mqttq.client.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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
import mqttq.mqtt.Subscription;
import mqttq.mqtt.Unsuback;
import mqttq.mqtt.Unsubscribe;
import mqttq.mqtt.codec.PacketDecoder;
import mqttq.mqtt.codec.PacketEncoder;
import mqttq.mqtt.codec.PacketHandler;
import mqttq.sim.SimLoop;
import mqttq.transport.Pipe;
import mqttq.transport.TcpTransport;
import mqttq.transport.Transport;
import mqttq.transport.TransportLimits;
import mqttq.wire.BufferPool;

/** A broker's end that a test speaks for: writes down as text what comes, sends what it is told, and answers only CONNECT by itself. */
final class ScriptedBroker implements Transport.Acceptor {
    static final int PORT = 1883;
    private final SimLoop loop;
    final Transport.Bound bound;
    private final List<String> packets = new ArrayList<>();
    /** Of the latest connection. */
    Pipe pipe;
    ProtocolVersion version;
    int connections, lastId;
    /** What CONNECT is answered with; null: with nothing. */
    Connack connack = new Connack(false, ReasonCode.SUCCESS, Properties.EMPTY);
    /** Acknowledge QoS 1 and 2, SUBSCRIBE, UNSUBSCRIBE and PINGREQ at once. */
    boolean answers;

    ScriptedBroker(SimLoop loop) {
        this.loop = loop;
        bound = new TcpTransport(TransportLimits.DEFAULT).listen(loop, new InetSocketAddress(loop.address(), PORT), this);
    }

    @Override public Pipe.Handler onPipe(Pipe newPipe) {
        pipe = newPipe;
        connections++;
        return new Peer(newPipe);
    }

    /** What came since the last look. */
    List<String> packets() {
        List<String> all = new ArrayList<>(packets);
        packets.clear();
        return all;
    }

    void expect(String... lines) {
        assertEquals(List.of(lines), packets());
    }

    /** The network fails. */
    void lose() {
        pipe.abort(0, "lost");
    }

    void publish(String topic, String payload, int qos, int packetId) {
        publish(topic, payload, qos, packetId, false, 0, true);
    }

    void publish(String topic, String payload, int qos, int packetId, boolean dup, int alias, boolean withTopic) {
        Message message = Message.of(topic, payload.getBytes(StandardCharsets.UTF_8), qos, false);
        ByteBuffer out = ByteBuffer.allocate(PacketEncoder.sizePublish(version, message, qos, alias, withTopic, -1, null, 0));
        PacketEncoder.writePublish(out, version, message, qos, dup, false, packetId, alias, withTopic, -1, null, 0);
        write(out);
    }

    void ack(PacketType type, int packetId) {
        ack(type, packetId, ReasonCode.SUCCESS);
    }

    void ack(PacketType type, int packetId, ReasonCode reason) {
        ByteBuffer out = ByteBuffer.allocate(64);
        PacketEncoder.writeAck(out, version, type, packetId, reason, Properties.EMPTY);
        write(out);
    }

    void suback(int packetId, ReasonCode... codes) {
        ByteBuffer out = ByteBuffer.allocate(1000);
        PacketEncoder.write(out, version, new Suback(packetId, Properties.EMPTY, List.of(codes)));
        write(out);
    }

    void unsuback(int packetId, ReasonCode... codes) {
        ByteBuffer out = ByteBuffer.allocate(1000);
        PacketEncoder.write(out, version, new Unsuback(packetId, Properties.EMPTY, List.of(codes)));
        write(out);
    }

    void connack(Connack packet) {
        ByteBuffer out = ByteBuffer.allocate(1000);
        PacketEncoder.write(out, version, packet);
        write(out);
    }

    void auth(ReasonCode reason, String method, String data) {
        ByteBuffer out = ByteBuffer.allocate(6000);
        PacketEncoder.write(out, mqttq.mqtt.ProtocolVersion.MQTT_5, new Auth(reason, proof(method, data)));
        write(out);
    }

    static Properties proof(String method, String data) {
        Properties.Builder properties = Properties.builder().put(Property.AUTHENTICATION_METHOD, method);
        return (data == null ? properties : properties.put(Property.AUTHENTICATION_DATA, data.getBytes(StandardCharsets.UTF_8))).build();
    }

    void disconnect(ReasonCode reason) {
        ByteBuffer out = ByteBuffer.allocate(64);
        PacketEncoder.write(out, version, new Disconnect(reason, Properties.EMPTY));
        write(out);
    }

    void raw(int... bytes) {
        ByteBuffer out = ByteBuffer.allocate(bytes.length);
        for (int b : bytes) out.put((byte) b);
        write(out);
    }

    private void write(ByteBuffer out) {
        out.flip();
        assertEquals(out.remaining(), pipe.write(out));
    }

    private final class Peer implements Pipe.Handler, PacketHandler {
        private final Pipe mine;
        private final PacketDecoder decoder = PacketDecoder.server(new BufferPool(1 << 16), 1 << 20);

        Peer(Pipe mine) {
            this.mine = mine;
        }

        @Override public void onData(ByteBuffer data) {
            try {
                decoder.decode(data, this, () -> true);
            } catch (MqttException e) {
                throw new AssertionError(e);
            }
        }

        @Override public void onWritable() { }

        @Override public void onEnd() {
            packets.add("end");
            mine.close(0, "end", 1_000_000_000L);
        }

        @Override public void onClosed(String reason) { }

        @Override public void onConnect(Connect connect) {
            version = connect.version();
            packets.add("CONNECT " + connect.clientId() + (connect.cleanStart() ? " clean" : " resume") + (connect.password() == null ? "" : " password")
                + (connect.authenticationMethod() == null ? "" : " " + text(connect.authenticationData())));
            if (connack != null) connack(connack);
        }

        @Override public void onPublish(Publish publish) {
            lastId = publish.packetId();
            String payload = publish.payloadLength() > 20 ? publish.payloadLength() + " bytes" : new String(publish.payload(), StandardCharsets.UTF_8);
            packets.add("PUBLISH " + (publish.topicAlias() > 0 ? "#" + publish.topicAlias() + " " : "") + publish.topic() + " " + payload + " q" + publish.qos()
                + (publish.qos() > 0 ? " m" + publish.packetId() : "") + (publish.dup() ? " dup" : "") + (publish.retain() ? " retain" : ""));
            if (answers && publish.qos() > 0) ack(publish.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC, publish.packetId());
        }

        @Override public void onAck(PacketType type, int packetId, ReasonCode reasonCode, Properties properties) {
            packets.add(type + " m" + packetId + (reasonCode == ReasonCode.SUCCESS ? "" : " " + reasonCode));
            if (answers && type == PacketType.PUBREL) ack(PacketType.PUBCOMP, packetId);
        }

        @Override public void onSubscribe(Subscribe subscribe) {
            StringBuilder line = new StringBuilder("SUBSCRIBE m" + subscribe.packetId());
            for (Subscription each : subscribe.subscriptions()) line.append(' ').append(each.topicFilter()).append(" q").append(each.options().qos());
            if (subscribe.subscriptionIdentifier() > 0) line.append(" id ").append(subscribe.subscriptionIdentifier());
            packets.add(line.toString());
            ReasonCode[] codes = new ReasonCode[subscribe.subscriptions().size()];
            for (int i = 0; i < codes.length; i++) codes[i] = ReasonCode.granted(subscribe.subscriptions().get(i).options().qos());
            if (answers) suback(subscribe.packetId(), codes);
        }

        @Override public void onUnsubscribe(Unsubscribe unsubscribe) {
            packets.add("UNSUBSCRIBE m" + unsubscribe.packetId() + " " + String.join(" ", unsubscribe.topicFilters()));
            ReasonCode[] codes = new ReasonCode[unsubscribe.topicFilters().size()];
            java.util.Arrays.fill(codes, ReasonCode.SUCCESS);
            if (answers) unsuback(unsubscribe.packetId(), codes);
        }

        @Override public void onPingreq() {
            packets.add("PINGREQ " + loop.now() / 1_000_000_000L);
            if (answers) raw(0xd0, 0);
        }

        @Override public void onDisconnect(Disconnect disconnect) {
            packets.add("DISCONNECT" + (disconnect.reasonCode() == ReasonCode.SUCCESS ? "" : " " + disconnect.reasonCode()));
        }

        @Override public void onAuth(Auth auth) {
            packets.add("AUTH " + auth.reasonCode() + " " + text(auth.authenticationData()));
        }

        private static String text(byte[] data) { return new String(data, StandardCharsets.UTF_8); }
    }
}
