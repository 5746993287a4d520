package mqttq.kafka;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A request as it is written: big-endian fields, and record batches by reference. Reads the fields of responses too. */
final class Frame {
    private final List<ByteBuffer> parts = new ArrayList<>(1);
    private ByteBuffer out = ByteBuffer.allocate(256);

    /** Request header version 1; the length before it comes with {@link #finish}. */
    Frame(int api, int version, int correlation, String clientId) { i32(0).i16(api).i16(version).i32(correlation).string(clientId); }

    private ByteBuffer room(int bytes) {
        if (out.remaining() < bytes) {
            byte[] larger = Arrays.copyOf(out.array(), Math.max(out.capacity() * 2, out.position() + bytes));
            out = ByteBuffer.wrap(larger).position(out.position());
        }
        return out;
    }

    Frame i8(int value) {
        room(1).put((byte) value);
        return this;
    }

    Frame i16(int value) {
        room(2).putShort((short) value);
        return this;
    }

    Frame i32(int value) {
        room(4).putInt(value);
        return this;
    }

    Frame i64(long value) {
        room(8).putLong(value);
        return this;
    }

    /** A nullable string. */
    Frame string(String text) {
        if (text == null) return i16(-1);
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        i16(utf8.length).room(utf8.length).put(utf8);
        return this;
    }

    Frame bytes(byte[] data) {
        i32(data.length).room(data.length).put(data);
        return this;
    }

    /** As {@link #bytes}, without a copy: {@code data} must stay as it is until the request has been answered or has failed. */
    Frame attach(byte[] data, int length) {
        i32(length);
        parts.add(out.flip());
        parts.add(ByteBuffer.wrap(data, 0, length));
        out = ByteBuffer.allocate(256);
        return this;
    }

    /** The whole, with its length. */
    List<ByteBuffer> finish() {
        parts.add(out.flip());
        int length = 0;
        for (ByteBuffer part : parts) length += part.remaining();
        parts.get(0).putInt(0, length - 4);
        return parts;
    }

    // Fields of a response; BufferUnderflowException and IllegalArgumentException mean that it is none

    static String readString(ByteBuffer in) {
        int length = in.getShort();
        if (length < 0) return null;
        return new String(slice(in, length), StandardCharsets.UTF_8);
    }

    /** Elements of an array, each of which has at least one byte; a null array has none. */
    static int readCount(ByteBuffer in) {
        int count = in.getInt();
        if (count > in.remaining()) throw new IllegalArgumentException("an array of " + count);
        return Math.max(count, 0);
    }

    static byte[] readBytes(ByteBuffer in) { return slice(in, Math.max(0, in.getInt())); }

    private static byte[] slice(ByteBuffer in, int length) {
        if (length > in.remaining()) throw new IllegalArgumentException("a field of " + length + " bytes");
        byte[] data = new byte[length];
        in.get(data);
        return data;
    }

    static void skip(ByteBuffer in, int bytes) { in.position(in.position() + bytes); }
    static void skipInts(ByteBuffer in) { skip(in, 4 * readCount(in)); }
}
