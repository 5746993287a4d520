package mqttq.tls;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/** Changes to handshake messages that keep their lengths right, so that only what is meant is wrong. */
final class Edit {
    private Edit() { }

    /** Where the extensions' 2-byte length is. */
    private static int extensions(byte[] m) {
        switch (m[0]) {
            case HandshakeType.CLIENT_HELLO -> {
                int at = 38 + 1 + m[38];
                at += 2 + ((m[at] & 0xff) << 8 | m[at + 1] & 0xff);
                return at + 1 + m[at];
            }
            case HandshakeType.SERVER_HELLO -> {
                return 42;
            }
            case HandshakeType.CERTIFICATE_REQUEST -> {
                return 5;
            }
            default -> {
                return 4;
            }
        }
    }

    private static int u16(byte[] m, int at) {
        return (m[at] & 0xff) << 8 | m[at + 1] & 0xff;
    }

    private static int find(byte[] m, int type) {
        int at = extensions(m) + 2;
        while (u16(m, at) != type) at += 4 + u16(m, at + 2);
        return at;
    }

    /** With the bytes from..to replaced and the message's length put right. */
    static byte[] splice(byte[] m, int from, int to, byte[] with) {
        TlsWriter out = new TlsWriter(m.length).bytes(Arrays.copyOf(m, from)).bytes(with).bytes(Arrays.copyOfRange(m, to, m.length));
        byte[] spliced = out.toArray();
        int length = spliced.length - 4;
        spliced[1] = (byte) (length >> 16);
        spliced[2] = (byte) (length >> 8);
        spliced[3] = (byte) length;
        return spliced;
    }

    private static byte[] spliceExtensions(byte[] m, int from, int to, byte[] with) {
        int at = extensions(m), length = u16(m, at) - (to - from) + with.length;
        byte[] spliced = splice(m, from, to, with);
        spliced[at] = (byte) (length >> 8);
        spliced[at + 1] = (byte) length;
        return spliced;
    }

    static UnaryOperator<byte[]> remove(int type) {
        return m -> {
            int at = find(m, type);
            return spliceExtensions(m, at, at + 4 + u16(m, at + 2), new byte[0]);
        };
    }

    static UnaryOperator<byte[]> replace(int type, int... data) {
        return m -> {
            int at = find(m, type);
            return spliceExtensions(m, at, at + 4 + u16(m, at + 2), new TlsWriter(16).u16(type).vector(2, bytes(data)).toArray());
        };
    }

    /** First, so that pre_shared_key stays last. */
    static UnaryOperator<byte[]> add(int type, int... data) {
        return m -> {
            int at = extensions(m) + 2;
            return spliceExtensions(m, at, at, new TlsWriter(16).u16(type).vector(2, bytes(data)).toArray());
        };
    }

    /** One more byte at the end of an extension. */
    static UnaryOperator<byte[]> lengthen(int type) {
        return m -> {
            int at = find(m, type), length = u16(m, at + 2) + 1;
            byte[] spliced = spliceExtensions(m, at + 3 + length, at + 3 + length, new byte[1]);
            spliced[at + 2] = (byte) (length >> 8);
            spliced[at + 3] = (byte) length;
            return spliced;
        };
    }

    static UnaryOperator<byte[]> set(int at, int... values) {
        return m -> {
            byte[] changed = m.clone();
            for (int i = 0; i < values.length; i++) changed[at < 0 ? m.length + at + i : at + i] = (byte) values[i];
            return changed;
        };
    }

    /** Bytes at a distance from the content of an extension. */
    static UnaryOperator<byte[]> setIn(int type, int offset, int... values) {
        return m -> set(find(m, type) + 4 + offset, values).apply(m);
    }

    static UnaryOperator<byte[]> insert(int at, int... values) {
        return m -> splice(m, at < 0 ? m.length + at + 1 : at, at < 0 ? m.length + at + 1 : at, bytes(values));
    }

    static UnaryOperator<byte[]> cut(int from, int to) {
        return m -> splice(m, from < 0 ? m.length + from + 1 : from, to < 0 ? m.length + to + 1 : to, new byte[0]);
    }

    static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) bytes[i] = (byte) values[i];
        return bytes;
    }
}
