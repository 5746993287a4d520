package mqttq.mqtt.codec;

import java.nio.ByteBuffer;
import java.util.List;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Auth;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.Packet;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Suback;
import mqttq.mqtt.Subscribe;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.Unsuback;
import mqttq.mqtt.Unsubscribe;
import mqttq.mqtt.Utf8;
import mqttq.mqtt.VariableByteInteger;
import mqttq.mqtt.Will;

/**
 * Writes control packets. {@code size…} gives the whole packet's bytes, to be compared with the peer's maximum packet size and
 * {@link PacketDecoder#LARGEST_PACKET}; {@code write…} needs that much room. MQTT 3 gets no properties and the codes it has.
 * IllegalArgumentException for a string that MQTT cannot carry. Stateless.
 */
public final class PacketEncoder {
    private PacketEncoder() { }

    // ---- PUBLISH

    /**
     * The bytes of a PUBLISH; allocates nothing.
     * @param qos as sent to this receiver
     * @param topicAlias 1 to 65,535, or 0: none
     * @param withTopic false: an empty topic, which the alias stands for; MQTT 3 has it always
     * @param messageExpiry seconds left, or -1: none
     * @param identifiers the first {@code identifierCount} are the subscription identifiers; null where that is 0
     */
    public static int sizePublish(ProtocolVersion version, ApplicationMessage message, int qos, int topicAlias, boolean withTopic,
                                  long messageExpiry, int[] identifiers, int identifierCount) {
        int properties = publishProperties(version, message, topicAlias, messageExpiry, identifiers, identifierCount);
        return packetSize(publishBody(version, message, qos, withTopic, properties));
    }

    private static int publishProperties(ProtocolVersion version, ApplicationMessage message, int topicAlias, long messageExpiry,
                                         int[] identifiers, int identifierCount) {
        if (!version.hasProperties()) return 0;
        int size = message.propertiesSize();
        if (messageExpiry >= 0) size += 5;
        if (topicAlias != 0) size += 3;
        for (int i = 0; i < identifierCount; i++) size += 1 + VariableByteInteger.size(identifiers[i]);
        return size;
    }

    private static int publishBody(ProtocolVersion version, ApplicationMessage message, int qos, boolean withTopic, int properties) {
        boolean v5 = version.hasProperties();
        int size = 2 + (withTopic || !v5 ? message.topicLength() : 0) + (qos > 0 ? 2 : 0) + message.payloadLength();
        return v5 ? size + VariableByteInteger.size(properties) + properties : size;
    }

    /** Writes a PUBLISH; the parameters as in {@link #sizePublish}, {@code packetId} ignored with QoS 0. Allocates nothing. */
    public static void writePublish(ByteBuffer out, ProtocolVersion version, ApplicationMessage message, int qos, boolean dup, boolean retain,
                                    int packetId, int topicAlias, boolean withTopic, long messageExpiry, int[] identifiers, int identifierCount) {
        writePublishHead(out, version, message, qos, dup, retain, packetId, topicAlias, withTopic, messageExpiry, identifiers, identifierCount);
        out.put(message.array(), message.payloadOffset(), message.payloadLength());
    }

    /** Writes all of a PUBLISH that is in front of the payload; the payload's bytes must follow. */
    public static void writePublishHead(ByteBuffer out, ProtocolVersion version, ApplicationMessage message, int qos, boolean dup, boolean retain,
                                        int packetId, int topicAlias, boolean withTopic, long messageExpiry, int[] identifiers, int identifierCount) {
        int properties = publishProperties(version, message, topicAlias, messageExpiry, identifiers, identifierCount);
        out.put((byte) (PacketType.PUBLISH.id << 4 | (dup && qos > 0 ? 8 : 0) | qos << 1 | (retain ? 1 : 0))); // [MQTT-3.3.1-2]
        VariableByteInteger.put(out, publishBody(version, message, qos, withTopic, properties));
        int topicLength = withTopic || !version.hasProperties() ? message.topicLength() : 0;
        out.putShort((short) topicLength);
        out.put(message.topicArray(), message.topicOffset(), topicLength);
        if (qos > 0) out.putShort((short) packetId); // [MQTT-2.2.1-2]
        if (!version.hasProperties()) return;
        VariableByteInteger.put(out, properties);
        if (messageExpiry >= 0) out.put((byte) Property.MESSAGE_EXPIRY_INTERVAL.id).putInt((int) messageExpiry);
        if (topicAlias != 0) out.put((byte) Property.TOPIC_ALIAS.id).putShort((short) topicAlias);
        for (int i = 0; i < identifierCount; i++) {
            out.put((byte) Property.SUBSCRIPTION_IDENTIFIER.id);
            VariableByteInteger.put(out, identifiers[i]);
        }
        message.writeProperties(out);
    }

    // ---- CONNECT and CONNACK

    /** The bytes of a CONNECT in its own version. */
    public static int sizeConnect(Connect connect) { return packetSize(connectBody(connect)); }

    private static int connectBody(Connect connect) {
        ProtocolVersion version = connect.version();
        int size = 2 + version.protocolName.length() + 4 + properties(version, connect.properties()) + 2 + Utf8.size(connect.clientId());
        Will will = connect.will();
        if (will != null) size += properties(version, will.properties()) + 2 + Utf8.size(will.topic()) + binary(will.payload());
        if (connect.userName() != null) size += 2 + Utf8.size(connect.userName());
        if (connect.password() == null) return size;
        if (connect.userName() == null && !version.hasProperties()) throw new IllegalArgumentException("MQTT 3 has no password without user name");
        return size + binary(connect.password());
    }

    public static void writeConnect(ByteBuffer out, Connect connect) {
        ProtocolVersion version = connect.version();
        Will will = connect.will();
        start(out, PacketType.CONNECT, connectBody(connect));
        Utf8.put(out, version.protocolName);
        out.put((byte) (version.level | (connect.bridge() && !version.hasProperties() ? 0x80 : 0)));
        int flags = (connect.userName() != null ? 0x80 : 0) | (connect.password() != null ? 0x40 : 0) | (connect.cleanStart() ? 2 : 0);
        if (will != null) flags |= 4 | will.qos() << 3 | (will.retain() ? 0x20 : 0);
        out.put((byte) flags).putShort((short) connect.keepAlive());
        put(out, version, connect.properties());
        Utf8.put(out, connect.clientId()); // [MQTT-3.1.3-1]
        if (will != null) {
            put(out, version, will.properties());
            Utf8.put(out, will.topic());
            put(out, will.payload());
        }
        if (connect.userName() != null) Utf8.put(out, connect.userName());
        if (connect.password() != null) put(out, connect.password());
    }

    /** The bytes of a CONNACK; 0 where MQTT 3 has no code for it, and the server just closes. */
    public static int sizeConnack(ProtocolVersion version, Connack connack) {
        if (version.hasProperties()) return packetSize(2 + properties(version, connack.properties()));
        return connack.reasonCode().v3ReturnCode() < 0 ? 0 : 4;
    }

    /** Writes a CONNACK, or nothing where {@link #sizeConnack} is 0. */
    public static void writeConnack(ByteBuffer out, ProtocolVersion version, Connack connack) {
        int code = version.hasProperties() ? connack.reasonCode().value : connack.reasonCode().v3ReturnCode();
        if (code < 0) return;
        start(out, PacketType.CONNACK, 2 + properties(version, connack.properties()));
        out.put((byte) (connack.sessionPresent() && version != ProtocolVersion.MQTT_3_1 ? 1 : 0)).put((byte) code);
        put(out, version, connack.properties());
    }

    // ---- PUBACK, PUBREC, PUBREL, PUBCOMP

    public static int sizeAck(ProtocolVersion version, ReasonCode reason, Properties properties) {
        return packetSize(2 + reasonAndProperties(version, reason, properties));
    }

    /** MQTT 3 cannot say a reason: the caller decides whether to acknowledge a failure. */
    public static void writeAck(ByteBuffer out, ProtocolVersion version, PacketType type, int packetId, ReasonCode reason, Properties properties) {
        start(out, type, 2 + reasonAndProperties(version, reason, properties));
        out.putShort((short) packetId);
        putReasonAndProperties(out, version, reason, properties);
    }

    /** A reason code and properties at a packet's end may be left out where they say nothing. */
    private static int reasonAndProperties(ProtocolVersion version, ReasonCode reason, Properties properties) {
        if (!version.hasProperties() || properties.isEmpty() && reason == ReasonCode.SUCCESS) return 0;
        return properties.isEmpty() ? 1 : 1 + properties(version, properties);
    }

    private static void putReasonAndProperties(ByteBuffer out, ProtocolVersion version, ReasonCode reason, Properties properties) {
        if (!version.hasProperties() || properties.isEmpty() && reason == ReasonCode.SUCCESS) return;
        out.put((byte) reason.value);
        if (!properties.isEmpty()) put(out, version, properties);
    }

    // ---- subscriptions

    public static int sizeSubscribe(ProtocolVersion version, Subscribe subscribe) { return packetSize(subscribeBody(version, subscribe)); }

    private static int subscribeBody(ProtocolVersion version, Subscribe subscribe) {
        int size = 2 + properties(version, subscribe.properties());
        List<Subscription> subscriptions = subscribe.subscriptions();
        for (int i = 0; i < subscriptions.size(); i++) size += 3 + Utf8.size(subscriptions.get(i).topicFilter());
        return size;
    }

    public static void writeSubscribe(ByteBuffer out, ProtocolVersion version, Subscribe subscribe) {
        start(out, PacketType.SUBSCRIBE, subscribeBody(version, subscribe));
        out.putShort((short) subscribe.packetId());
        put(out, version, subscribe.properties());
        List<Subscription> subscriptions = subscribe.subscriptions();
        for (int i = 0; i < subscriptions.size(); i++) {
            Subscription subscription = subscriptions.get(i);
            Utf8.put(out, subscription.topicFilter());
            out.put((byte) (version.hasProperties() ? subscription.options().toByte() : subscription.options().qos()));
        }
    }

    public static int sizeSuback(ProtocolVersion version, Suback suback) {
        return packetSize(2 + properties(version, suback.properties()) + suback.reasonCodes().size());
    }

    public static void writeSuback(ByteBuffer out, ProtocolVersion version, Suback suback) {
        List<ReasonCode> codes = suback.reasonCodes();
        start(out, PacketType.SUBACK, 2 + properties(version, suback.properties()) + codes.size());
        out.putShort((short) suback.packetId());
        put(out, version, suback.properties());
        for (int i = 0; i < codes.size(); i++) {
            ReasonCode code = codes.get(i);
            out.put((byte) (code.isFailure() && !version.hasProperties() ? 0x80 : code.value));
        }
    }

    public static int sizeUnsubscribe(ProtocolVersion version, Unsubscribe unsubscribe) { return packetSize(unsubscribeBody(version, unsubscribe)); }

    private static int unsubscribeBody(ProtocolVersion version, Unsubscribe unsubscribe) {
        int size = 2 + properties(version, unsubscribe.properties());
        List<String> filters = unsubscribe.topicFilters();
        for (int i = 0; i < filters.size(); i++) size += 2 + Utf8.size(filters.get(i));
        return size;
    }

    public static void writeUnsubscribe(ByteBuffer out, ProtocolVersion version, Unsubscribe unsubscribe) {
        start(out, PacketType.UNSUBSCRIBE, unsubscribeBody(version, unsubscribe));
        out.putShort((short) unsubscribe.packetId());
        put(out, version, unsubscribe.properties());
        List<String> filters = unsubscribe.topicFilters();
        for (int i = 0; i < filters.size(); i++) Utf8.put(out, filters.get(i));
    }

    public static int sizeUnsuback(ProtocolVersion version, Unsuback unsuback) { return packetSize(unsubackBody(version, unsuback)); }

    private static int unsubackBody(ProtocolVersion version, Unsuback unsuback) {
        return version.hasProperties() ? 2 + properties(version, unsuback.properties()) + unsuback.reasonCodes().size() : 2;
    }

    public static void writeUnsuback(ByteBuffer out, ProtocolVersion version, Unsuback unsuback) {
        start(out, PacketType.UNSUBACK, unsubackBody(version, unsuback));
        out.putShort((short) unsuback.packetId());
        if (!version.hasProperties()) return;
        put(out, version, unsuback.properties());
        List<ReasonCode> codes = unsuback.reasonCodes();
        for (int i = 0; i < codes.size(); i++) out.put((byte) codes.get(i).value);
    }

    // ---- the rest

    /** Two bytes. */
    public static void writePingreq(ByteBuffer out) { start(out, PacketType.PINGREQ, 0); }

    /** Two bytes. */
    public static void writePingresp(ByteBuffer out) { start(out, PacketType.PINGRESP, 0); }

    public static int sizeDisconnect(ProtocolVersion version, Disconnect disconnect) {
        return packetSize(reasonAndProperties(version, disconnect.reasonCode(), disconnect.properties()));
    }

    /** An MQTT 3 server has no DISCONNECT: it must not call this. */
    public static void writeDisconnect(ByteBuffer out, ProtocolVersion version, Disconnect disconnect) {
        start(out, PacketType.DISCONNECT, reasonAndProperties(version, disconnect.reasonCode(), disconnect.properties()));
        putReasonAndProperties(out, version, disconnect.reasonCode(), disconnect.properties());
    }

    public static int sizeAuth(Auth auth) { return packetSize(authBody(auth)); }

    private static int authBody(Auth auth) {
        if (auth.reasonCode() == ReasonCode.SUCCESS && auth.properties().isEmpty()) return 0;
        return 1 + properties(ProtocolVersion.MQTT_5, auth.properties());
    }

    /** Of MQTT 5 alone. */
    public static void writeAuth(ByteBuffer out, Auth auth) {
        int body = authBody(auth);
        start(out, PacketType.AUTH, body);
        if (body == 0) return;
        out.put((byte) auth.reasonCode().value);
        put(out, ProtocolVersion.MQTT_5, auth.properties());
    }

    /** The bytes of a packet; 0 where MQTT 3 has no such. */
    public static int size(ProtocolVersion version, Packet packet) {
        if (packet instanceof Connect connect) return sizeConnect(connect);
        if (packet instanceof Connack connack) return sizeConnack(version, connack);
        if (packet instanceof Subscribe subscribe) return sizeSubscribe(version, subscribe);
        if (packet instanceof Suback suback) return sizeSuback(version, suback);
        if (packet instanceof Unsubscribe unsubscribe) return sizeUnsubscribe(version, unsubscribe);
        if (packet instanceof Unsuback unsuback) return sizeUnsuback(version, unsuback);
        return packet instanceof Disconnect disconnect ? sizeDisconnect(version, disconnect) : sizeAuth((Auth) packet);
    }

    /** Writes a packet that has a {@link #size}. */
    public static void write(ByteBuffer out, ProtocolVersion version, Packet packet) {
        if (packet instanceof Connect connect) writeConnect(out, connect);
        else if (packet instanceof Connack connack) writeConnack(out, version, connack);
        else if (packet instanceof Subscribe subscribe) writeSubscribe(out, version, subscribe);
        else if (packet instanceof Suback suback) writeSuback(out, version, suback);
        else if (packet instanceof Unsubscribe unsubscribe) writeUnsubscribe(out, version, unsubscribe);
        else if (packet instanceof Unsuback unsuback) writeUnsuback(out, version, unsuback);
        else if (packet instanceof Disconnect disconnect) writeDisconnect(out, version, disconnect);
        else writeAuth(out, (Auth) packet);
    }

    /**
     * The properties of a packet that would have {@code size} bytes, without user properties and then without the reason string where they
     * make it larger than {@code maximum}: a sender must leave these two out [MQTT-3.2.2-19] [MQTT-3.4.2-2] [MQTT-3.14.2-3] and alike.
     */
    public static Properties fit(Properties properties, int size, long maximum) {
        if (size <= maximum) return properties;
        Properties fewer = properties.without(Property.USER_PROPERTY);
        return size - (properties.size() - fewer.size()) <= maximum ? fewer : fewer.without(Property.REASON_STRING);
    }

    private static int packetSize(int body) { return 1 + VariableByteInteger.size(body) + body; }

    private static void start(ByteBuffer out, PacketType type, int body) {
        out.put((byte) (type.id << 4 | type.flags()));
        VariableByteInteger.put(out, body);
    }

    /** The bytes of properties and their length; 0 in MQTT 3. */
    private static int properties(ProtocolVersion version, Properties properties) {
        return version.hasProperties() ? VariableByteInteger.size(properties.size()) + properties.size() : 0; // [MQTT-2.2.2-1]
    }

    private static void put(ByteBuffer out, ProtocolVersion version, Properties properties) {
        if (!version.hasProperties()) return;
        VariableByteInteger.put(out, properties.size());
        properties.write(out);
    }

    private static int binary(byte[] bytes) {
        if (bytes.length > Utf8.MAX_LENGTH) throw new IllegalArgumentException("binary value of more than 65535 bytes");
        return 2 + bytes.length;
    }

    private static void put(ByteBuffer out, byte[] bytes) { out.putShort((short) bytes.length).put(bytes); }
}
