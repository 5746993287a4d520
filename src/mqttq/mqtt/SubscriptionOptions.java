package mqttq.mqtt;

/**
 * What a subscription asks for (MQTT 5 §3.8.3.1); MQTT 3 has the QoS alone.
 * @param qos the most, 0 to 2
 * @param noLocal not to get one's own messages back
 * @param retainAsPublished RETAIN as it was published instead of 0
 * @param retainHandling {@link #SEND}, {@link #SEND_IF_NEW} or {@link #DO_NOT_SEND}
 */
public record SubscriptionOptions(int qos, boolean noLocal, boolean retainAsPublished, int retainHandling) {
    /** When retained messages are sent: at each SUBSCRIBE, at the first one of a filter, never. */
    public static final int SEND = 0, SEND_IF_NEW = 1, DO_NOT_SEND = 2;

    /** IllegalArgumentException where QoS or retain handling is outside 0 to 2. */
    public SubscriptionOptions {
        if (qos < 0 || qos > 2) throw new IllegalArgumentException("QoS " + qos);
        if (retainHandling < 0 || retainHandling > 2) throw new IllegalArgumentException("retain handling " + retainHandling);
    }

    /** All but the QoS as in MQTT 3. */
    public static SubscriptionOptions of(int qos) { return new SubscriptionOptions(qos, false, false, SEND); }

    /** From the byte on the wire, which must be valid. */
    public static SubscriptionOptions ofByte(int b) { return new SubscriptionOptions(b & 3, (b & 4) != 0, (b & 8) != 0, b >> 4 & 3); }

    /** The byte on the wire. */
    public int toByte() { return qos | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | retainHandling << 4; }
}
