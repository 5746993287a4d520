package mqttq.mqtt;

/** The packets that are values of their own; a PUBLISH, its acknowledgements and pings are not. */
public sealed interface Packet permits Connect, Connack, Subscribe, Suback, Unsubscribe, Unsuback, Disconnect, Auth {
    PacketType type();
    Properties properties();

    /** The same with other properties. */
    Packet with(Properties other);
}
