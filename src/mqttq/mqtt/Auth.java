package mqttq.mqtt;

/** AUTH, of MQTT 5 alone. */
public record Auth(ReasonCode reasonCode, Properties properties) implements Packet {
    /** Null only in an AUTH of no bytes. */
    public String authenticationMethod() { return properties.string(Property.AUTHENTICATION_METHOD); }
    public byte[] authenticationData() { return properties.binary(Property.AUTHENTICATION_DATA); }
    public String reasonString() { return properties.string(Property.REASON_STRING); }
    @Override public PacketType type() { return PacketType.AUTH; }
    @Override public Auth with(Properties other) { return new Auth(reasonCode, other); }
}
