package mqttq.mqtt;

/** The versions of MQTT spoken here. */
public enum ProtocolVersion {
    MQTT_3_1("MQIsdp", 3),
    MQTT_3_1_1("MQTT", 4),
    MQTT_5("MQTT", 5);

    /** The protocol name and level in CONNECT. */
    public final String protocolName;
    public final int level;

    ProtocolVersion(String protocolName, int level) {
        this.protocolName = protocolName;
        this.level = level;
    }

    /** Whether packets have properties and reason codes. */
    public boolean hasProperties() { return this == MQTT_5; }
}
