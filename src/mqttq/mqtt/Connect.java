package mqttq.mqtt;

/**
 * CONNECT.
 * @param bridge MQTT 3 only: the highest bit of the protocol level, by which other brokers' bridges ask for RETAIN as published
 *     and none of their own messages back
 * @param keepAlive seconds, 0 to 65,535; 0: none
 * @param will null: none
 * @param userName null: none
 * @param password null: none; shared, not copied
 */
public record Connect(ProtocolVersion version, boolean bridge, String clientId, boolean cleanStart, int keepAlive, Will will,
    String userName,
                      byte[] password, Properties properties) implements Packet {
    public static final long SESSION_NEVER_EXPIRES = 0xffff_ffffL;

    /** Seconds the session outlives the connection; MQTT 3's clean session is 0, the other {@link #SESSION_NEVER_EXPIRES}. */
    public long sessionExpiryInterval() {
        if (version != ProtocolVersion.MQTT_5) return cleanStart ? 0 : SESSION_NEVER_EXPIRES;
        return properties.number(Property.SESSION_EXPIRY_INTERVAL, 0);
    }

    /** How many PUBLISH of QoS 1 and 2 the client takes unacknowledged: 1 to 65,535, the default. */
    public int receiveMaximum() { return (int) properties.number(Property.RECEIVE_MAXIMUM, 65_535); }

    /** The most bytes of a packet that the client takes; {@link Long#MAX_VALUE} where it does not say. */
    public long maximumPacketSize() { return properties.number(Property.MAXIMUM_PACKET_SIZE, Long.MAX_VALUE); }

    /** The highest topic alias that the client takes; 0: none. */
    public int topicAliasMaximum() { return (int) properties.number(Property.TOPIC_ALIAS_MAXIMUM, 0); }
    public boolean requestResponseInformation() { return properties.number(Property.REQUEST_RESPONSE_INFORMATION, 0) == 1; }

    /** Whether reason string and user properties may be sent in other packets than CONNACK, DISCONNECT and PUBLISH [MQTT-3.1.2-29]. */
    public boolean requestProblemInformation() { return properties.number(Property.REQUEST_PROBLEM_INFORMATION, 1) == 1; }

    /** Characters and bytes of names and password. */
    public int weight() {
        return clientId.length() + (userName == null ? 0 : userName.length()) + (password == null ? 0 : password.length);
    }

    /** Null: no enhanced authentication. */
    public String authenticationMethod() { return properties.string(Property.AUTHENTICATION_METHOD); }
    public byte[] authenticationData() { return properties.binary(Property.AUTHENTICATION_DATA); }

    /** Without secrets. */
    @Override public String toString() {
        return "Connect[" + version + ", clientId=" + clientId + ", cleanStart=" + cleanStart + ", keepAlive=" + keepAlive
            + (will == null ? "" : ", will on " + will.topic()) + (userName == null ? "" : ", userName=" + userName) + ']';
    }
    @Override public PacketType type() { return PacketType.CONNECT; }
    @Override public Connect with(Properties other) {
        return new Connect(version, bridge, clientId, cleanStart, keepAlive, will, userName, password, other);
    }
}
