package mqttq.mqtt.codec;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import mqttq.mqtt.Ack;
import mqttq.mqtt.Auth;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Suback;
import mqttq.mqtt.Subscribe;
import mqttq.mqtt.Unsuback;
import mqttq.mqtt.Unsubscribe;

/** Keeps what was decoded, and what comes out when each packet is written again at once. */
final class Recorder implements PacketHandler {
    /** A PUBLISH as it was seen, its message copied. */
    record Published(boolean dup, int packetId, int topicAlias, List<Integer> identifiers, mqttq.mqtt.Message message) { }

    final ProtocolVersion version;
    final List<Object> packets = new ArrayList<>();
    final List<byte[]> again = new ArrayList<>();
    int stopAfter = Integer.MAX_VALUE;

    Recorder(ProtocolVersion version) {
        this.version = version;
    }

    boolean ready() {
        return packets.size() < stopAfter;
    }

    private void add(Object packet, int size, ByteBuffer out) {
        packets.add(packet);
        out.flip();
        if (size != out.remaining()) throw new AssertionError(packet + ": size " + size + ", written " + out.remaining());
        byte[] bytes = new byte[size];
        out.get(bytes);
        again.add(bytes);
    }

    @Override
    public void onConnect(Connect connect) {
        int size = PacketEncoder.size(connect.version(), connect);
        ByteBuffer out = ByteBuffer.allocate(size);
        PacketEncoder.write(out, connect.version(), connect);
        add(connect, size, out);
    }

    @Override
    public void onConnack(Connack connack) {
        int size = PacketEncoder.size(version, connack);
        ByteBuffer out = ByteBuffer.allocate(size);
        PacketEncoder.write(out, version, connack);
        add(connack, size, out);
    }

    @Override
    public void onPublish(Publish publish) {
        int[] ids = publish.subscriptionIdentifiers();
        boolean topic = publish.topicLength() > 0;
        int size = PacketEncoder.sizePublish(version, publish, publish.qos(), publish.topicAlias(), topic, publish.messageExpiryInterval(), ids,
            ids.length);
        ByteBuffer out = ByteBuffer.allocate(size);
        PacketEncoder.writePublish(out, version, publish, publish.qos(), publish.dup(), publish.retain(), publish.packetId(),
            publish.topicAlias(), topic,
            publish.messageExpiryInterval(), ids, ids.length);
        mqttq.mqtt.Message message = publish.message(0);
        ByteBuffer other = ByteBuffer.allocate(PacketEncoder.sizePublish(version, message, message.qos(), publish.topicAlias(), topic,
            message.messageExpiryInterval(), ids, ids.length));
        PacketEncoder.writePublish(other, version, message, message.qos(), publish.dup(), message.retain(), publish.packetId(),
            publish.topicAlias(), topic,
            message.messageExpiryInterval(), ids, ids.length);
        if (!out.duplicate().flip().equals(other.flip())) throw new AssertionError("view and message are written differently");
        List<Integer> identifiers = new ArrayList<>();
        for (int id : ids) identifiers.add(id);
        add(new Published(publish.dup(), publish.packetId(), publish.topicAlias(), identifiers, message), size, out);
    }

    @Override
    public void onAck(PacketType type, int packetId, ReasonCode reasonCode, Properties properties) {
        int size = PacketEncoder.sizeAck(version, reasonCode, properties);
        ByteBuffer out = ByteBuffer.allocate(size);
        PacketEncoder.writeAck(out, version, type, packetId, reasonCode, properties);
        add(new Ack(type, packetId, reasonCode, properties), size, out);
    }

    @Override
    public void onSubscribe(Subscribe subscribe) {
        int size = PacketEncoder.size(version, subscribe);
        ByteBuffer out = ByteBuffer.allocate(size);
        PacketEncoder.write(out, version, subscribe);
        add(subscribe, size, out);
    }

    @Override
    public void onSuback(Suback suback) {
        int size = PacketEncoder.size(version, suback);
        ByteBuffer out = ByteBuffer.allocate(size);
        PacketEncoder.write(out, version, suback);
        add(suback, size, out);
    }

    @Override
    public void onUnsubscribe(Unsubscribe unsubscribe) {
        int size = PacketEncoder.size(version, unsubscribe);
        ByteBuffer out = ByteBuffer.allocate(size);
        PacketEncoder.write(out, version, unsubscribe);
        add(unsubscribe, size, out);
    }

    @Override
    public void onUnsuback(Unsuback unsuback) {
        int size = PacketEncoder.size(version, unsuback);
        ByteBuffer out = ByteBuffer.allocate(size);
        PacketEncoder.write(out, version, unsuback);
        add(unsuback, size, out);
    }

    @Override
    public void onPingreq() {
        ByteBuffer out = ByteBuffer.allocate(2);
        PacketEncoder.writePingreq(out);
        add(PacketType.PINGREQ, 2, out);
    }

    @Override
    public void onPingresp() {
        ByteBuffer out = ByteBuffer.allocate(2);
        PacketEncoder.writePingresp(out);
        add(PacketType.PINGRESP, 2, out);
    }

    @Override
    public void onDisconnect(Disconnect disconnect) {
        int size = PacketEncoder.size(version, disconnect);
        ByteBuffer out = ByteBuffer.allocate(size);
        PacketEncoder.write(out, version, disconnect);
        add(disconnect, size, out);
    }

    @Override
    public void onAuth(Auth auth) {
        int size = PacketEncoder.size(mqttq.mqtt.ProtocolVersion.MQTT_5, auth);
        ByteBuffer out = ByteBuffer.allocate(size);
        PacketEncoder.write(out, mqttq.mqtt.ProtocolVersion.MQTT_5, auth);
        add(auth, size, out);
    }
}
