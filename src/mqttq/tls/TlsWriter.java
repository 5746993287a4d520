package mqttq.tls;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes TLS presentation language into a growing array. */
final class TlsWriter {
    byte[] buf;
    int length;

    TlsWriter(int capacity) { buf = new byte[capacity]; }

    TlsWriter u8(int value) {
        need(1);
        buf[length++] = (byte) value;
        return this;
    }

    TlsWriter u16(int value) { return u8(value >> 8).u8(value); }
    TlsWriter u32(long value) { return u16((int) (value >> 16)).u16((int) value); }
    TlsWriter u64(long value) { return u32(value >> 32).u32(value); }

    TlsWriter bytes(byte[] bytes) {
        need(bytes.length);
        System.arraycopy(bytes, 0, buf, length, bytes.length);
        length += bytes.length;
        return this;
    }

    /** A whole vector with its length before it. */
    TlsWriter vector(int lengthBytes, byte[] content) {
        int mark = open(lengthBytes);
        bytes(content);
        return close(mark, lengthBytes);
    }

    TlsWriter ascii(int lengthBytes, String text) { return vector(lengthBytes, text.getBytes(StandardCharsets.US_ASCII)); }

    /** Begins a vector; {@link #close} fills in its length. */
    int open(int lengthBytes) {
        for (int i = 0; i < lengthBytes; i++) u8(0);
        return length;
    }

    TlsWriter close(int mark, int lengthBytes) {
        int size = length - mark;
        for (int i = 1; i <= lengthBytes; i++, size >>= 8) buf[mark - i] = (byte) size;
        return this;
    }

    /** Begins a handshake message; {@link #endMessage} fills in its length. */
    int message(int type) {
        u8(type);
        return open(3);
    }

    void endMessage(int mark) { close(mark, 3); }
    byte[] toArray() { return length == buf.length ? buf : Arrays.copyOf(buf, length); }
    private void need(int more) { if (buf.length - length < more) buf = Arrays.copyOf(buf, Math.max(buf.length * 2, length + more)); }
}
