package mqttq.mqtt;

/** PUBACK, PUBREC, PUBREL or PUBCOMP; the codec itself passes the parts, without this object. */
public record Ack(PacketType type, int packetId, ReasonCode reasonCode, Properties properties) {
    public String reasonString() { return properties.string(Property.REASON_STRING); }
}
