package mqttq.mqtt;

/** CONNACK; from MQTT 3 the reason code is what the return code means. */
public record Connack(boolean sessionPresent, ReasonCode reasonCode, Properties properties) implements Packet {
    /** Seconds, or -1: as asked for in CONNECT. */
    public long sessionExpiryInterval() { return properties.number(Property.SESSION_EXPIRY_INTERVAL, -1); }

    /** How many PUBLISH of QoS 1 and 2 the server takes unacknowledged: 1 to 65,535, the default. */
    public int receiveMaximum() { return (int) properties.number(Property.RECEIVE_MAXIMUM, 65_535); }
    public int maximumQoS() { return (int) properties.number(Property.MAXIMUM_QOS, 2); }
    public boolean retainAvailable() { return properties.number(Property.RETAIN_AVAILABLE, 1) == 1; }

    /** The most bytes of a packet that the server takes; {@link Long#MAX_VALUE} where it does not say. */
    public long maximumPacketSize() { return properties.number(Property.MAXIMUM_PACKET_SIZE, Long.MAX_VALUE); }

    /** Null: the client's own. */
    public String assignedClientIdentifier() { return properties.string(Property.ASSIGNED_CLIENT_IDENTIFIER); }

    /** The highest topic alias that the server takes; 0: none. */
    public int topicAliasMaximum() { return (int) properties.number(Property.TOPIC_ALIAS_MAXIMUM, 0); }
    public boolean wildcardSubscriptionAvailable() { return properties.number(Property.WILDCARD_SUBSCRIPTION_AVAILABLE, 1) == 1; }
    public boolean subscriptionIdentifiersAvailable() { return properties.number(Property.SUBSCRIPTION_IDENTIFIER_AVAILABLE, 1) == 1; }
    public boolean sharedSubscriptionAvailable() { return properties.number(Property.SHARED_SUBSCRIPTION_AVAILABLE, 1) == 1; }

    /** Seconds that replace CONNECT's keep-alive, or -1. */
    public int serverKeepAlive() { return (int) properties.number(Property.SERVER_KEEP_ALIVE, -1); }
    public String responseInformation() { return properties.string(Property.RESPONSE_INFORMATION); }
    public String serverReference() { return properties.string(Property.SERVER_REFERENCE); }
    public String reasonString() { return properties.string(Property.REASON_STRING); }
    public String authenticationMethod() { return properties.string(Property.AUTHENTICATION_METHOD); }
    public byte[] authenticationData() { return properties.binary(Property.AUTHENTICATION_DATA); }
    @Override public PacketType type() { return PacketType.CONNACK; }
    @Override public Connack with(Properties other) { return new Connack(sessionPresent, reasonCode, other); }
}
