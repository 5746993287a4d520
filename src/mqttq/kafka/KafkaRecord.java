package mqttq.kafka;

import java.nio.ByteBuffer;

/** A record that was read. The buffers are views, good until the next one is read. */
public final class KafkaRecord {
    long offset, timestamp;
    ByteBuffer key, value, headers;
    int headerCount, headersAt;
    private final byte[][] header = new byte[2][];

    public long offset() { return offset; }

    /** Ms since 1970. */
    public long timestamp() { return timestamp; }

    /** Null: it has none. */
    public ByteBuffer key() { return key; }

    /** Null: a tombstone. */
    public ByteBuffer value() { return value; }

    /** Name and value (or null) of the next header; null behind the last one. */
    public byte[][] nextHeader() {
        if (!headers.hasRemaining()) return null;
        header[0] = bytes(headers, 0);
        header[1] = bytes(headers, -1);
        return header;
    }

    /** To be read once more from the start. */
    KafkaRecord again() {
        if (key != null) key.rewind();
        if (value != null) value.rewind();
        headers.position(headersAt);
        return this;
    }

    private static byte[] bytes(ByteBuffer in, int least) {
        int length = Zigzag.length(in, least);
        if (length < 0) return null;
        byte[] data = new byte[length];
        in.get(data);
        return data;
    }
}
