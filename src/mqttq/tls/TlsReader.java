package mqttq.tls;

/** Reads TLS presentation language (RFC 9846 §3) from part of an array. Never past its end: decode_error instead. */
final class TlsReader {
    private final byte[] buf;
    private final int end;
    private int at;

    TlsReader(byte[] buf, int from, int to) {
        this.buf = buf;
        at = from;
        end = to;
    }

    boolean hasMore() { return at < end; }
    int remaining() { return end - at; }

    /** The index in the underlying array. */
    int position() { return at; }

    int u8() throws TlsAlertException {
        need(1);
        return buf[at++] & 0xff;
    }

    int u16() throws TlsAlertException { return u8() << 8 | u8(); }
    int u24() throws TlsAlertException { return u16() << 8 | u8(); }
    long u32() throws TlsAlertException { return (long) u16() << 16 | u16(); }
    long u64() throws TlsAlertException { return u32() << 32 | u32(); }

    byte[] bytes(int length) throws TlsAlertException {
        need(length);
        byte[] bytes = new byte[length];
        System.arraycopy(buf, at, bytes, 0, length);
        at += length;
        return bytes;
    }

    byte[] rest() throws TlsAlertException { return bytes(end - at); }

    /** The content of a vector whose length takes {@code lengthBytes} and must be at least {@code min}. */
    TlsReader vector(int lengthBytes, int min) throws TlsAlertException {
        int length = lengthBytes == 1 ? u8() : lengthBytes == 2 ? u16() : u24();
        need(length);
        if (length < min) throw decodeError("vector of " + length + " bytes, at least " + min + " needed");
        TlsReader content = new TlsReader(buf, at, at + length);
        at += length;
        return content;
    }

    /** A non-empty list of 16-bit values. */
    int[] u16List(int lengthBytes) throws TlsAlertException {
        TlsReader list = vector(lengthBytes, 2);
        if (list.remaining() % 2 != 0) throw decodeError("list of odd length");
        int[] values = new int[list.remaining() / 2];
        for (int i = 0; i < values.length; i++) values[i] = list.u16();
        return values;
    }

    /** RFC 9846 §4.2: nothing may be left over. */
    void end() throws TlsAlertException { if (at != end) throw decodeError((end - at) + " bytes left over"); }
    private void need(int length) throws TlsAlertException { if (length > end - at) throw decodeError("message ends too early"); }
    private static TlsAlertException decodeError(String reason) { return new TlsAlertException(Alert.DECODE_ERROR, reason); }
}
