package mqttq.mqtt;

/** The control packet types (MQTT 5 §2.1.2); AUTH exists in MQTT 5 only. */
public enum PacketType {
    CONNECT(1), CONNACK(2), PUBLISH(3), PUBACK(4), PUBREC(5), PUBREL(6), PUBCOMP(7), SUBSCRIBE(8), SUBACK(9), UNSUBSCRIBE(10),
    UNSUBACK(11), PINGREQ(12), PINGRESP(13), DISCONNECT(14), AUTH(15);

    private static final PacketType[] BY_ID = new PacketType[16];

    static {
        for (PacketType type : values()) BY_ID[type.id] = type;
    }

    /** The upper four bits of the first byte. */
    public final int id;

    PacketType(int id) { this.id = id; }

    /** The type with this value, 0 to 15, or null for 0. */
    public static PacketType of(int id) { return BY_ID[id]; }

    /** The only value of the lower four bits of the first byte; of PUBLISH they are DUP, QoS and RETAIN. */
    public int flags() { return this == PUBREL || this == SUBSCRIBE || this == UNSUBSCRIBE ? 2 : 0; }
}
