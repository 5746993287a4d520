package mqttq.client.core;

import mqttq.link.MqttLink;
import mqttq.mqtt.Auth;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Suback;
import mqttq.mqtt.Unsuback;
import mqttq.session.IncomingAliases;
import mqttq.session.PacketIds;
import mqttq.session.Received;

/**
 * One stream of packets of a client, with packet identifiers, messages in flight and subscriptions of its own: the control stream, or over
 * QUIC a data stream beside it. Outlives connections; of a data stream the broker keeps nothing. Loop thread.
 */
final class Flow implements MqttLink.Handler {
    private final ClientCore client;
    private final boolean control;
    private final ProtocolVersion version;
    private final Received received = new Received();
    final Outbox outbox;
    final Subscriptions subscriptions;
    private IncomingAliases aliases = new IncomingAliases(0);
    /** Null while there is no stream. */
    private MqttLink link;
    /** Something came on it. */
    private boolean served;

    Flow(ClientCore client, ClientSettings settings, boolean control) {
        this.client = client;
        this.control = control;
        version = settings.connect().version();
        PacketIds packetIds = new PacketIds();
        outbox = new Outbox(this, settings, packetIds);
        subscriptions = new Subscriptions(this, version, packetIds);
    }

    MqttLink link() { return link; }

    /** A stream stands. */
    void attach(MqttLink to) {
        link = to;
        served = false;
        to.handler(this);
    }

    /** CONNACK came. {@code kept}: the broker has what belongs to this stream. */
    void connected(Connect sent, Connack connack, boolean kept) {
        link.maximumPacketSize(connack.maximumPacketSize());
        aliases = new IncomingAliases(sent.topicAliasMaximum());
        if (!kept) received.clear();
        received.connected(sent.receiveMaximum());
        outbox.connected(link, connack, kept);
    }

    /** Nothing is sent any more but the goodbye. */
    void disconnected() {
        outbox.disconnected();
        subscriptions.disconnected();
    }

    /** The connection is lost, or the stream has ended. */
    void detached() {
        disconnected();
        link = null;
    }

    void abandon() {
        subscriptions.abandon(ReasonCode.UNSPECIFIED_ERROR);
        outbox.abandon(ReasonCode.UNSPECIFIED_ERROR);
    }

    void acknowledge(PacketType type, int packetId, ReasonCode reasonCode) {
        if (link == null || link.closed()) return;
        if (traces()) {
            String code = version.hasProperties() && (type == PacketType.PUBACK || type == PacketType.PUBREC) ? ", rc" + reasonCode.value
                : "";
            trace("sending " + type + " (m" + packetId + code + ")");
        }
        link.ack(type, packetId, version.hasProperties() ? reasonCode : ReasonCode.SUCCESS, Properties.EMPTY);
    }

    boolean traces() { return client.traces(); }
    void trace(String line) { client.trace(line); }

    // ---- what comes

    @Override public void onConnack(Connack connack) throws MqttException {
        if (!control) throw MqttException.protocolError("CONNACK on a data stream");
        trace("received CONNACK (" + (version.hasProperties() ? connack.reasonCode().value : connack.reasonCode().v3ReturnCode()) + ")");
        client.onConnack(connack);
    }

    @Override public void onPublish(Publish publish) throws MqttException {
        if (ignored()) return; // MQTT over QUIC §6.3.1: discarded after DISCONNECT
        resolveAlias(publish);
        int qos = publish.qos(), id = publish.packetId();
        if (traces()) {
            trace("received PUBLISH (d" + (publish.dup() ? 1 : 0) + ", q" + qos + ", r" + (publish.retain() ? 1 : 0) + ", m" + id + ", '"
                + publish.topic() + "', ... ("
                + publish.payloadLength() + " bytes))");
        }
        boolean deliver = true;
        if (qos == 2) {
            int verdict = received.publish(id);
            if (verdict == Received.TOO_MANY) throw new MqttException(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED, "more than Receive Maximum");
            deliver = verdict == Received.NEW;
        }
        if (deliver) client.deliver(publish);
        if (qos > 0) acknowledge(qos == 1 ? PacketType.PUBACK : PacketType.PUBREC, id, ReasonCode.SUCCESS);
        client.sayGoodbye();
    }

    @Override public void onAck(PacketType type, int packetId, ReasonCode reasonCode, Properties properties) throws MqttException {
        if (ignored()) return;
        if (traces()) {
            boolean code = version.hasProperties() && type != PacketType.PUBREC && type != PacketType.PUBREL || type == PacketType.PUBACK
                || type == PacketType.PUBCOMP;
            trace("received " + type + " (Mid: " + packetId + (code ? ", RC:" + reasonCode.value + ")" : ")"));
        }
        if (type == PacketType.PUBREL) {
            boolean known = received.release(packetId);
            acknowledge(PacketType.PUBCOMP, packetId, known ? ReasonCode.SUCCESS : ReasonCode.PACKET_IDENTIFIER_NOT_FOUND);
        } else {
            outbox.onAck(type, packetId, reasonCode, properties);
        }
    }

    @Override public void onSuback(Suback suback) throws MqttException {
        trace("received SUBACK");
        if (!ignored()) subscriptions.answered(suback.packetId(), true, suback.reasonCodes(), suback.properties());
    }

    @Override public void onUnsuback(Unsuback unsuback) throws MqttException {
        trace("received UNSUBACK");
        if (!ignored()) subscriptions.answered(unsuback.packetId(), false, unsuback.reasonCodes(), unsuback.properties());
    }

    @Override public void onPingresp() { trace("received PINGRESP"); }

    @Override public void onAuth(Auth auth) throws MqttException {
        if (!control) throw MqttException.protocolError("AUTH on a data stream");
        client.onAuth(auth);
    }

    @Override public void onError(MqttException error) {
        client.end(new Disconnect(error.reasonCode(), Properties.EMPTY), "the broker broke the protocol: " + error.getMessage());
    }

    @Override public void onEnd() {
        if (control) client.end(null, "the broker ended the connection");
        else link.close(null, 0, "ended by the broker");
    }

    @Override public void onDisconnect(Disconnect disconnect) throws MqttException {
        if (!control) throw MqttException.protocolError("DISCONNECT on a data stream");
        trace("received DISCONNECT (" + disconnect.reasonCode().value + ")");
        client.onDisconnect(disconnect);
    }

    @Override public void onWritable() { outbox.pump(); }

    @Override public void onClosed(String reason) {
        if (control) client.lost(reason);
        else if (link != null) client.streamLost(this, served, reason);
    }

    private boolean ignored() throws MqttException {
        if (client.isClosing()) return true;
        if (!client.isConnected()) throw MqttException.protocolError("a packet before CONNACK");
        served = true;
        return false;
    }

    private void resolveAlias(Publish publish) throws MqttException {
        int alias = publish.topicAlias();
        if (alias == 0) return;
        if (!aliases.allowed(alias)) throw new MqttException(ReasonCode.TOPIC_ALIAS_INVALID, "topic alias " + alias);
        if (publish.topicLength() > 0) {
            if (!aliases.put(alias, publish.topicArray(), publish.topicOffset(), publish.topicLength())) {
                throw new MqttException(ReasonCode.QUOTA_EXCEEDED, "too many topic aliases");
            }
            return;
        }
        byte[] topic = aliases.get(alias);
        if (topic == null) throw MqttException.protocolError("unknown topic alias " + alias);
        publish.topic(topic, 0, topic.length);
    }
}
