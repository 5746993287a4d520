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

    Frame i8(int value) { return put(value, 1); }
    Frame i16(int value) { return put(value, 2); }
    Frame i32(int value) { return put(value, 4); }
    Frame i64(long value) { return put(value, 8); }

    private Frame put(long value, int bytes) {
        room(bytes);
        for (int shift = 8 * bytes - 8; shift >= 0; shift -= 8) out.put((byte) (value >> shift));
        return this;
    }

    private Frame put(byte[] data) {
        room(data.length).put(data);
        return this;
    }

    private ByteBuffer room(int bytes) {
        if (out.remaining() < bytes) {
            byte[] larger = Arrays.copyOf(out.array(), Math.max(out.capacity() * 2, out.position() + bytes));
            out = ByteBuffer.wrap(larger).position(out.position());
        }
        return out;
    }

    /** A nullable string. */
    Frame string(String text) {
        if (text == null) return i16(-1);
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return i16(utf8.length).put(utf8);
    }

    Frame bytes(byte[] data) { return i32(data.length).put(data); }

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
