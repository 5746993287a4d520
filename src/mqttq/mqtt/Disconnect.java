package mqttq.mqtt;

/** DISCONNECT; in MQTT 3 only the client sends it, with neither code nor properties. */
public record Disconnect(ReasonCode reasonCode, Properties properties) implements Packet {
    public static final Disconnect NORMAL = new Disconnect(ReasonCode.NORMAL_DISCONNECTION, Properties.EMPTY);

    /** Seconds, or -1: as in CONNECT. */
    public long sessionExpiryInterval() { return properties.number(Property.SESSION_EXPIRY_INTERVAL, -1); }
    public String reasonString() { return properties.string(Property.REASON_STRING); }
    public String serverReference() { return properties.string(Property.SERVER_REFERENCE); }
    @Override public PacketType type() { return PacketType.DISCONNECT; }
    @Override public Disconnect with(Properties other) { return new Disconnect(reasonCode, other); }
}
