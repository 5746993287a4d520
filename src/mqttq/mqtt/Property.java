package mqttq.mqtt;

import static mqttq.mqtt.PacketType.*;
import static mqttq.mqtt.Property.Type.*;

/** The properties of MQTT 5 (§2.2.2.2), their types, and which packets may carry them. */
public enum Property {
    PAYLOAD_FORMAT_INDICATOR(0x01, BYTE, true, PUBLISH),
    MESSAGE_EXPIRY_INTERVAL(0x02, FOUR_BYTE_INTEGER, true, PUBLISH),
    CONTENT_TYPE(0x03, UTF8_STRING, true, PUBLISH),
    RESPONSE_TOPIC(0x08, UTF8_STRING, true, PUBLISH),
    CORRELATION_DATA(0x09, BINARY_DATA, true, PUBLISH),
    SUBSCRIPTION_IDENTIFIER(0x0B, VARIABLE_BYTE_INTEGER, false, PUBLISH, SUBSCRIBE),
    SESSION_EXPIRY_INTERVAL(0x11, FOUR_BYTE_INTEGER, false, CONNECT, CONNACK, DISCONNECT),
    ASSIGNED_CLIENT_IDENTIFIER(0x12, UTF8_STRING, false, CONNACK),
    SERVER_KEEP_ALIVE(0x13, TWO_BYTE_INTEGER, false, CONNACK),
    AUTHENTICATION_METHOD(0x15, UTF8_STRING, false, CONNECT, CONNACK, AUTH),
    AUTHENTICATION_DATA(0x16, BINARY_DATA, false, CONNECT, CONNACK, AUTH),
    REQUEST_PROBLEM_INFORMATION(0x17, BYTE, false, CONNECT),
    WILL_DELAY_INTERVAL(0x18, FOUR_BYTE_INTEGER, true),
    REQUEST_RESPONSE_INFORMATION(0x19, BYTE, false, CONNECT),
    RESPONSE_INFORMATION(0x1A, UTF8_STRING, false, CONNACK),
    SERVER_REFERENCE(0x1C, UTF8_STRING, false, CONNACK, DISCONNECT),
    REASON_STRING(0x1F, UTF8_STRING, false, CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT, AUTH),
    RECEIVE_MAXIMUM(0x21, TWO_BYTE_INTEGER, false, CONNECT, CONNACK),
    TOPIC_ALIAS_MAXIMUM(0x22, TWO_BYTE_INTEGER, false, CONNECT, CONNACK),
    TOPIC_ALIAS(0x23, TWO_BYTE_INTEGER, false, PUBLISH),
    MAXIMUM_QOS(0x24, BYTE, false, CONNACK),
    RETAIN_AVAILABLE(0x25, BYTE, false, CONNACK),
    USER_PROPERTY(0x26, UTF8_STRING_PAIR, true, CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK,
        UNSUBSCRIBE, UNSUBACK, DISCONNECT, AUTH),
    MAXIMUM_PACKET_SIZE(0x27, FOUR_BYTE_INTEGER, false, CONNECT, CONNACK),
    WILDCARD_SUBSCRIPTION_AVAILABLE(0x28, BYTE, false, CONNACK),
    SUBSCRIPTION_IDENTIFIER_AVAILABLE(0x29, BYTE, false, CONNACK),
    SHARED_SUBSCRIPTION_AVAILABLE(0x2A, BYTE, false, CONNACK);

    /** How the value is written (§1.5). */
    public enum Type { BYTE, TWO_BYTE_INTEGER, FOUR_BYTE_INTEGER, VARIABLE_BYTE_INTEGER, UTF8_STRING, BINARY_DATA, UTF8_STRING_PAIR }

    private static final Property[] BY_ID = new Property[0x2B];

    static {
        for (Property property : values()) BY_ID[property.id] = property;
    }

    /** The identifier on the wire, below 0x80. */
    public final int id;
    public final Type type;
    private final int packets;

    Property(int id, Type type, boolean will, PacketType... packets) {
        this.id = id;
        this.type = type;
        int set = will ? 1 : 0;
        for (PacketType packet : packets) set |= 1 << packet.id;
        this.packets = set;
    }

    /** The property with this identifier, or null. */
    public static Property of(int id) { return id >= 0 && id < BY_ID.length ? BY_ID[id] : null; }

    /** Whether this packet may carry it; null stands for the will properties in CONNECT. */
    public boolean allowedIn(PacketType packet) { return (packets & 1 << (packet == null ? 0 : packet.id)) != 0; }

    /** Whether {@code packet} may carry it several times. */
    boolean repeatable(PacketType packet) { return this == USER_PROPERTY || this == SUBSCRIPTION_IDENTIFIER && packet == PUBLISH; }

    /** Whether a server passes it on with the message; the others are its own to set, for each subscriber. */
    boolean endToEnd() {
        return this != TOPIC_ALIAS && this != SUBSCRIPTION_IDENTIFIER && this != MESSAGE_EXPIRY_INTERVAL && this != WILL_DELAY_INTERVAL;
    }
}
