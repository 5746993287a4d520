package mqttq.mqtt;

/** A PUBLISH in the buffer it came in: a view that is valid only during the callback and used again for the next. Loop thread. */
public final class Publish extends ApplicationMessage {
    private boolean dup;
    private int packetId, topicAlias;

    public Publish() { }

    /**
     * Points this at the body of a PUBLISH (what follows the remaining length) and checks it whole; allocates nothing.
     * @param flags the lower four bits of the first byte
     * @param fromClient a client sent it, so that it may have no subscription identifiers
     */
    public void parse(ProtocolVersion version, int flags, byte[] body, int offset, int length, boolean fromClient) throws MqttException {
        boolean v3 = version != ProtocolVersion.MQTT_5;
        qos = flags >> 1 & 3;
        dup = (flags & 8) != 0;
        retain = (flags & 1) != 0;
        if (qos == 3) throw MqttException.malformed("QoS 3"); // [MQTT-3.3.1-4]
        if (dup && qos == 0) { // [MQTT-3.3.1-2]; MQTT 3.1 does not say so
            if (version != ProtocolVersion.MQTT_3_1) throw MqttException.malformed("DUP with QoS 0");
            dup = false;
        }
        int at = offset, end = offset + length;
        if (length < 2) throw truncated();
        topicArray = array = body;
        topicOffset = at + 2;
        topicLength = PropertyBlock.u16(body, at);
        at += 2 + topicLength;
        if (at > end) throw truncated();
        // [MQTT-3.3.2-1] [MQTT-3.3.2-2]
        if (topicLength > 0 && !Topics.isName(body, topicOffset, topicLength)) throw MqttException.malformed("invalid topic name");
        packetId = 0;
        if (qos > 0) {
            if (end - at < 2) throw truncated();
            packetId = PropertyBlock.u16(body, at);
            if (packetId == 0) throw MqttException.protocolError("packet identifier 0"); // [MQTT-2.2.1-3] [MQTT-2.2.1-4]
            at += 2;
        }
        topicAlias = 0;
        messageExpiry = -1;
        propertiesOffset = at;
        propertiesLength = endToEndLength = 0;
        if (!v3) {
            propertiesLength = VariableByteInteger.get(body, at, end);
            if (propertiesLength < 0) throw truncated();
            propertiesOffset = at += VariableByteInteger.size(propertiesLength);
            if (propertiesLength > end - at) throw truncated();
            parseProperties(body, at, at += propertiesLength, fromClient);
        }
        if (topicLength == 0 && topicAlias == 0) { // §3.3.2.1; [MQTT-4.7.3-1]
            throw v3 ? MqttException.malformed("empty topic name") : MqttException.protocolError("neither topic name nor alias");
        }
        payloadOffset = at;
        payloadLength = end - at;
    }

    private void parseProperties(byte[] a, int at, int end, boolean fromClient) throws MqttException {
        long seen = 0;
        int endToEnd = 0;
        while (at < end) {
            Property property = PropertyBlock.property(a, at, seen, PacketType.PUBLISH);
            seen |= 1L << property.id;
            int next = PropertyBlock.check(a, at + 1, end, property);
            switch (property) {
                case TOPIC_ALIAS -> topicAlias = PropertyBlock.u16(a, at + 1);
                case MESSAGE_EXPIRY_INTERVAL -> messageExpiry = PropertyBlock.value(a, at + 1, property);
                case SUBSCRIPTION_IDENTIFIER -> {
                    if (fromClient) throw MqttException.protocolError("subscription identifier from a client"); // [MQTT-3.3.4-6]
                }
                default -> endToEnd += next - at;
            }
            at = next;
        }
        endToEndLength = endToEnd;
    }

    private static MqttException truncated() { return MqttException.malformed("PUBLISH ends too early"); }
    public boolean dup() { return dup; }

    /** 1 to 65,535; 0 with QoS 0. */
    public int packetId() { return packetId; }

    /** 1 to 65,535, or 0: none. Whether it is within the announced maximum is for the session to check: 0x94. */
    public int topicAlias() { return topicAlias; }

    /** Puts in place the topic that the alias stands for. */
    public void topic(byte[] array, int offset, int length) {
        topicArray = array;
        topicOffset = offset;
        topicLength = length;
    }

    /** The subscription identifiers in their order, from a server. */
    public int[] subscriptionIdentifiers() {
        return Properties.subscriptionIdentifiers(array, propertiesOffset, propertiesOffset + propertiesLength);
    }

    /** An owned copy; {@code now} (ns) is when it was received. */
    public Message message(long now) { return Message.of(this, now); }
}
