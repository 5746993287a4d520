package mqttq.mqtt.codec;

import java.nio.ByteBuffer;
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
    public static void writePublish(ByteBuffer out, ProtocolVersion version, ApplicationMessage message, int qos, boolean dup,
        boolean retain,
                                    int packetId, int topicAlias, boolean withTopic, long messageExpiry, int[] identifiers,
                                        int identifierCount) {
        writePublishHead(out, version, message, qos, dup, retain, packetId, topicAlias, withTopic, messageExpiry, identifiers,
            identifierCount);
        out.put(message.array(), message.payloadOffset(), message.payloadLength());
    }

    /** Writes all of a PUBLISH that is in front of the payload; the payload's bytes must follow. */
    public static void writePublishHead(ByteBuffer out, ProtocolVersion version, ApplicationMessage message, int qos, boolean dup,
        boolean retain,
                                        int packetId, int topicAlias, boolean withTopic, long messageExpiry, int[] identifiers,
                                            int identifierCount) {
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

    // ---- packets that are values

    /** The bytes of a packet; 0 where MQTT 3 has no such: a CONNACK with a code of MQTT 5, and the server just closes. */
    public static int size(ProtocolVersion version, Packet packet) {
        int body = body(version, packet);
        return body < 0 ? 0 : packetSize(body);
    }

    private static int body(ProtocolVersion version, Packet packet) {
        int size = 2 + properties(version, packet.properties());
        if (packet instanceof Connect connect) return connectBody(connect);
        if (packet instanceof Connack connack) return code(version, connack) < 0 ? -1 : size;
        if (packet instanceof Subscribe subscribe) {
            for (Subscription each : subscribe.subscriptions()) size += 3 + Utf8.size(each.topicFilter());
        } else if (packet instanceof Unsubscribe unsubscribe) {
            for (String filter : unsubscribe.topicFilters()) size += 2 + Utf8.size(filter);
        } else if (packet instanceof Suback suback) {
            size += suback.reasonCodes().size();
        } else if (packet instanceof Unsuback unsuback) {
            size += version.hasProperties() ? unsuback.reasonCodes().size() : 0;
        } else if (packet instanceof Disconnect disconnect) {
            return reasonAndProperties(version, disconnect.reasonCode(), disconnect.properties());
        } else if (packet instanceof Auth auth) {
            return auth.reasonCode() == ReasonCode.SUCCESS && auth.properties().isEmpty() ? 0 : size - 1;
        }
        return size;
    }

    /** Writes a packet that has a {@link #size}. An MQTT 3 server has no DISCONNECT, and no MQTT 3 has AUTH. */
    public static void write(ByteBuffer out, ProtocolVersion version, Packet packet) {
        int body = body(version, packet);
        if (body < 0) return;
        start(out, packet.type(), body);
        if (packet instanceof Connect connect) write(out, connect);
        else if (packet instanceof Connack connack) write(out, version, connack);
        else if (packet instanceof Subscribe subscribe) write(out, version, subscribe);
        else if (packet instanceof Suback suback) write(out, version, suback);
        else if (packet instanceof Unsubscribe unsubscribe) write(out, version, unsubscribe);
        else if (packet instanceof Unsuback unsuback) write(out, version, unsuback);
        else if (packet instanceof Disconnect disconnect) putReasonAndProperties(out, version, disconnect.reasonCode(),
            disconnect.properties());
        else if (body > 0) put(out.put((byte) ((Auth) packet).reasonCode().value), version, packet.properties());
    }

    private static int connectBody(Connect connect) {
        ProtocolVersion version = connect.version();
        int size = 2 + version.protocolName.length() + 4 + properties(version, connect.properties()) + 2 + Utf8.size(connect.clientId());
        Will will = connect.will();
        if (will != null) size += properties(version, will.properties()) + 2 + Utf8.size(will.topic()) + binary(will.payload());
        if (connect.userName() != null) size += 2 + Utf8.size(connect.userName());
        if (connect.password() == null) return size;
        if (connect.userName() == null && !version.hasProperties()) {
            throw new IllegalArgumentException("MQTT 3 has no password without user name");
        }
        return size + binary(connect.password());
    }

    private static void write(ByteBuffer out, Connect connect) {
        ProtocolVersion version = connect.version();
        Will will = connect.will();
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

    /** -1 where MQTT 3 has none. */
    private static int code(ProtocolVersion version, Connack connack) {
        return version.hasProperties() ? connack.reasonCode().value : connack.reasonCode().v3ReturnCode();
    }

    private static void write(ByteBuffer out, ProtocolVersion version, Connack connack) {
        out.put((byte) (connack.sessionPresent() && version != ProtocolVersion.MQTT_3_1 ? 1 : 0)).put((byte) code(version, connack));
        put(out, version, connack.properties());
    }

    private static void write(ByteBuffer out, ProtocolVersion version, Subscribe subscribe) {
        out.putShort((short) subscribe.packetId());
        put(out, version, subscribe.properties());
        for (Subscription each : subscribe.subscriptions()) {
            Utf8.put(out, each.topicFilter());
            out.put((byte) (version.hasProperties() ? each.options().toByte() : each.options().qos()));
        }
    }

    private static void write(ByteBuffer out, ProtocolVersion version, Suback suback) {
        out.putShort((short) suback.packetId());
        put(out, version, suback.properties());
        for (ReasonCode code : suback.reasonCodes()) out.put((byte) (code.isFailure() && !version.hasProperties() ? 0x80 : code.value));
    }

    private static void write(ByteBuffer out, ProtocolVersion version, Unsubscribe unsubscribe) {
        out.putShort((short) unsubscribe.packetId());
        put(out, version, unsubscribe.properties());
        for (String filter : unsubscribe.topicFilters()) Utf8.put(out, filter);
    }

    private static void write(ByteBuffer out, ProtocolVersion version, Unsuback unsuback) {
        out.putShort((short) unsuback.packetId());
        if (!version.hasProperties()) return;
        put(out, version, unsuback.properties());
        for (ReasonCode code : unsuback.reasonCodes()) out.put((byte) code.value);
    }

    // ---- PUBACK, PUBREC, PUBREL, PUBCOMP

    public static int sizeAck(ProtocolVersion version, ReasonCode reason, Properties properties) {
        return packetSize(2 + reasonAndProperties(version, reason, properties));
    }

    /** MQTT 3 cannot say a reason: the caller decides whether to acknowledge a failure. */
    public static void writeAck(ByteBuffer out, ProtocolVersion version, PacketType type, int packetId, ReasonCode reason,
        Properties properties) {
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

    // ---- the rest

    /** Two bytes. */
    public static void writePingreq(ByteBuffer out) { start(out, PacketType.PINGREQ, 0); }

    /** Two bytes. */
    public static void writePingresp(ByteBuffer out) { start(out, PacketType.PINGRESP, 0); }

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
