package mqttq.kafka;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Headers of a record to be sent, encoded as they are added; reused from record to record. */
public final class Headers {
    static final Headers NONE = new Headers();

    byte[] bytes = new byte[256];
    int length, count;

    /** Forgets all. */
    public Headers clear() {
        length = count = 0;
        return this;
    }

    /** One more header. @param name in UTF-8 @param value or null */
    public Headers add(byte[] name, byte[] value) {
        int valueLength = value == null ? 0 : value.length;
        room(10 + name.length + valueLength);
        length = Zigzag.put(bytes, length, name.length);
        System.arraycopy(name, 0, bytes, length, name.length);
        length = Zigzag.put(bytes, length + name.length, value == null ? -1 : valueLength);
        if (value != null) System.arraycopy(value, 0, bytes, length, valueLength);
        length += valueLength;
        count++;
        return this;
    }

    /** What a record that was read has. */
    Headers set(ByteBuffer encoded, int count) {
        clear().room(encoded.remaining());
        length = encoded.remaining();
        encoded.get(encoded.position(), bytes, 0, length);
        this.count = count;
        return this;
    }

    private void room(int more) {
        if (bytes.length - length < more) bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
}
