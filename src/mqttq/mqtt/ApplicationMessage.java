package mqttq.mqtt;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * What a PUBLISH carries: topic, properties and payload as ranges of byte arrays. Either a {@link Publish}, a view that is valid during
 * a callback, or a {@link Message}, which stays. The arrays are shared: never write to them.
 */
public abstract sealed class ApplicationMessage permits Publish, Message {
    byte[] topicArray;
    int topicOffset, topicLength;
    /** Holds properties and payload. */
    byte[] array;
    int propertiesOffset, propertiesLength;
    int payloadOffset, payloadLength;
    /** Bytes of the end-to-end properties; smaller than {@code propertiesLength} where the block has others too. */
    int endToEndLength;
    int qos;
    boolean retain;
    /** Seconds, or -1. */
    long messageExpiry;

    ApplicationMessage() { }

    /** The topic name; in a PUBLISH with a topic alias instead it is empty until {@link Publish#topic(byte[], int, int)}. */
    public final String topic() { return Utf8.string(topicArray, topicOffset, topicLength); }
    public final byte[] topicArray() { return topicArray; }
    public final int topicOffset() { return topicOffset; }
    public final int topicLength() { return topicLength; }

    /** 0 to 2. */
    public final int qos() { return qos; }
    public final boolean retain() { return retain; }

    /** A copy of the payload. */
    public final byte[] payload() { return Arrays.copyOfRange(array, payloadOffset, payloadOffset + payloadLength); }

    /** The payload in place, read-only. */
    public final ByteBuffer payloadBuffer() { return ByteBuffer.wrap(array, payloadOffset, payloadLength).slice().asReadOnlyBuffer(); }

    /** The array that holds the payload (and the properties). */
    public final byte[] array() { return array; }
    public final int payloadOffset() { return payloadOffset; }
    public final int payloadLength() { return payloadLength; }

    /** Heap bytes of object and array of the message that stays, about: for limits on queues. */
    public final int footprint() { return 96 + topicLength + endToEndLength + payloadLength; }

    /** The message expiry interval in seconds as it came, 0 to 2^32-1, or -1: none. */
    public final long messageExpiryInterval() { return messageExpiry; }

    /** Whether there are properties that travel with the message. */
    public final boolean hasProperties() { return endToEndLength > 0; }

    /** A copy of the properties that travel with the message: not topic alias, subscription identifiers, message expiry. */
    public final Properties properties() { return Properties.endToEnd(array, propertiesOffset, propertiesLength); }

    /** Whether the payload is said to be UTF-8. */
    public final boolean payloadIsUtf8() {
        int at = find(Property.PAYLOAD_FORMAT_INDICATOR);
        return at >= 0 && array[at] == 1;
    }

    /** Whether the payload is what its format indicator says; where not, 0x99 is the answer that a receiver may give. */
    public final boolean payloadFormatValid() { return !payloadIsUtf8() || Utf8.isWellFormed(array, payloadOffset, payloadLength); }
    public final String contentType() { return Properties.string(array, find(Property.CONTENT_TYPE)); }
    public final String responseTopic() { return Properties.string(array, find(Property.RESPONSE_TOPIC)); }
    public final byte[] correlationData() { return Properties.binary(array, find(Property.CORRELATION_DATA)); }

    public final List<Properties.UserProperty> userProperties() {
        return Properties.userProperties(array, propertiesOffset, propertiesOffset + propertiesLength);
    }

    /** The bytes that {@link #writeProperties} writes. */
    public final int propertiesSize() { return endToEndLength; }

    /** Writes the properties that travel with the message, in their order, without a length in front. */
    public final void writeProperties(ByteBuffer out) {
        if (endToEndLength == propertiesLength) {
            out.put(array, propertiesOffset, propertiesLength);
            return;
        }
        for (int at = propertiesOffset, end = at + propertiesLength; at < end; ) {
            Property property = Property.of(array[at]);
            int next = PropertyBlock.skip(array, at + 1, property);
            if (property.endToEnd()) out.put(array, at, next - at);
            at = next;
        }
    }

    private int find(Property property) {
        return PropertyBlock.find(array, propertiesOffset, propertiesOffset + propertiesLength, property);
    }
}
