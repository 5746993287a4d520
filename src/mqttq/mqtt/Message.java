package mqttq.mqtt;

import java.util.Arrays;

/**
 * An application message that stays: immutable, topic, end-to-end properties and payload in one array, shared by queues, the retained
 * store and the client's API. Any thread.
 */
public final class Message extends ApplicationMessage {
    private final long receivedAt;

    private Message(byte[] array, int topicLength, int propertiesLength, int qos, boolean retain, long messageExpiry, long receivedAt) {
        this.topicArray = this.array = array;
        this.topicLength = topicLength;
        this.propertiesOffset = topicLength;
        this.propertiesLength = this.endToEndLength = propertiesLength;
        this.payloadOffset = topicLength + propertiesLength;
        this.payloadLength = array.length - payloadOffset;
        this.qos = qos;
        this.retain = retain;
        this.messageExpiry = messageExpiry;
        this.receivedAt = receivedAt;
    }

    /** A copy of what {@code publish} shows, its alias resolved; {@code now} (ns) is when it was received. */
    public static Message of(Publish publish, long now) {
        byte[] array = new byte[publish.topicLength + publish.endToEndLength + publish.payloadLength];
        System.arraycopy(publish.topicArray, publish.topicOffset, array, 0, publish.topicLength);
        int at = publish.propertiesOffset, end = at + publish.propertiesLength, to = publish.topicLength;
        if (publish.endToEndLength == publish.propertiesLength) System.arraycopy(publish.array, at, array, to, end - at);
        else PropertyBlock.copyEndToEnd(publish.array, at, end, array, to);
        System.arraycopy(publish.array, publish.payloadOffset, array, to + publish.endToEndLength, publish.payloadLength);
        return new Message(array, publish.topicLength, publish.endToEndLength, publish.qos, publish.retain, publish.messageExpiry, now);
    }

    /**
     * A message to publish; IllegalArgumentException where {@code topic} is no topic name, QoS is not 0 to 2 or a property is not one
     * of PUBLISH. Its expiry is taken from {@code properties}; topic alias and subscription identifiers there are dropped.
     */
    public static Message of(String topic, byte[] payload, int qos, boolean retain, Properties properties) {
        byte[] name = Utf8.bytes(topic);
        if (!Topics.isName(name, 0, name.length)) throw new IllegalArgumentException("not a topic name: " + topic);
        if (qos < 0 || qos > 2) throw new IllegalArgumentException("QoS " + qos);
        if (!properties.allowedIn(PacketType.PUBLISH)) throw new IllegalArgumentException("not properties of PUBLISH: " + properties);
        return of(name, 0, name.length, payload, qos, retain, properties, 0);
    }

    public static Message of(String topic, byte[] payload, int qos, boolean retain) {
        return of(topic, payload, qos, retain, Properties.EMPTY);
    }

    /** The same from a valid topic in bytes, received at {@code now} (ns); nothing is checked. */
    public static Message of(byte[] topic, int offset, int length, byte[] payload, int qos, boolean retain, Properties properties,
        long now) {
        Properties kept = properties.endToEnd();
        int size = kept.size();
        byte[] array = new byte[length + size + payload.length];
        System.arraycopy(topic, offset, array, 0, length);
        kept.copyTo(array, length);
        System.arraycopy(payload, 0, array, length + size, payload.length);
        return new Message(array, length, size, qos, retain, properties.number(Property.MESSAGE_EXPIRY_INTERVAL, -1), now);
    }

    /** What {@link #array}, {@link #topicLength}, {@link #propertiesSize} and the rest of a message gave, as read back from storage. */
    public static Message restore(byte[] array, int topicLength, int propertiesSize, int qos, boolean retain, long messageExpiry,
        long receivedAt)
            throws MqttException {
        if (topicLength < 1 || propertiesSize < 0 || array.length - topicLength < propertiesSize || qos < 0 || qos > 2
                || messageExpiry < -1 || messageExpiry > 0xffff_ffffL || !Topics.isName(array, 0, topicLength)) {
            throw MqttException.malformed("not a stored message");
        }
        PropertyBlock.check(array, topicLength, topicLength + propertiesSize, PacketType.PUBLISH);
        if (PropertyBlock.endToEndSize(array, topicLength, topicLength + propertiesSize) != propertiesSize) {
            throw MqttException.malformed("not a stored message");
        }
        return new Message(array, topicLength, propertiesSize, qos, retain, messageExpiry, receivedAt);
    }

    /** The same message (and the same array) with another QoS or RETAIN; this one where neither differs. */
    public Message with(int qos, boolean retain) {
        return qos == this.qos && retain == this.retain ? this
            : new Message(array, topicLength, propertiesLength, qos, retain, messageExpiry, receivedAt);
    }

    /** When it was received: ns since the loop's start, negative for what was stored before. */
    public long receivedAt() { return receivedAt; }

    /** Seconds left at {@code now} (ns), 0: expired, do not deliver; -1: never expires [MQTT-3.3.2-6]. */
    public long remainingExpiry(long now) {
        if (messageExpiry < 0) return -1;
        long left = messageExpiry - Math.max(0, now - receivedAt) / 1_000_000_000L;
        return Math.max(0, left);
    }

    /** Whether topic, properties, payload, QoS, RETAIN and expiry are the same. */
    @Override public boolean equals(Object other) {
        return other instanceof Message that && topicLength == that.topicLength && propertiesLength == that.propertiesLength
            && qos == that.qos
            && retain == that.retain && messageExpiry == that.messageExpiry && Arrays.equals(array, that.array);
    }

    @Override public int hashCode() { return Arrays.hashCode(array); }
    @Override public String toString() {
        return "Message[" + topic() + ", " + payloadLength + " bytes, QoS " + qos + (retain ? ", retain]" : "]");
    }
}
