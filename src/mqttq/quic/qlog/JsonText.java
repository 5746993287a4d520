package mqttq.quic.qlog;

import java.util.Arrays;
import mqttq.quic.packet.ConnectionId;

/** One JSON text while it is written, in a growing array that is used again; commas come by themselves. Names and strings are ASCII. */
final class JsonText {
    /** I-JSON (RFC 7493 §2.2): what a JavaScript number holds exactly; larger integers are written as strings, as qlog allows. */
    private static final long MAX_NUMBER = (1L << 53) - 1;
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    private final byte[] digits = new byte[20];
    private byte[] bytes = new byte[2048];
    private int length, depth;
    /** Bit i: the i-th open bracket is that of a list. */
    private long lists;
    private boolean comma;

    byte[] array() { return bytes; }
    int length() { return length; }
    int depth() { return depth; }

    /** Begins a text with the record separator of RFC 7464. */
    JsonText record() {
        length = depth = 0;
        lists = 0;
        comma = false;
        put(0x1e);
        return object();
    }

    /** Closes what is open and ends the line. */
    void endRecord() {
        endTo(0);
        put('\n');
    }

    JsonText object() { return open(false); }
    JsonText object(String name) { return name(name).open(false); }
    JsonText list(String name) { return name(name).open(true); }
    JsonText list() { return open(true); }

    private JsonText open(boolean list) {
        separate();
        put(list ? '[' : '{');
        lists = list ? lists | 1L << depth : lists & ~(1L << depth);
        depth++;
        comma = false;
        return this;
    }

    /** Closes the innermost bracket. */
    JsonText end() {
        depth--;
        put((lists >> depth & 1) != 0 ? ']' : '}');
        comma = true;
        return this;
    }

    /** Closes brackets until {@code outer} are open. */
    JsonText endTo(int outer) {
        while (depth > outer) end();
        return this;
    }

    JsonText field(String name, String value) { return name(name).value(value); }
    JsonText field(String name, long value) { return name(name).value(value); }

    JsonText field(String name, boolean value) {
        name(name);
        ascii(value ? "true" : "false");
        comma = true;
        return this;
    }

    JsonText field(String name, ConnectionId id) {
        byte[] array = id.bytes();
        return hex(name, array, 0, array.length);
    }

    /** Nanoseconds as milliseconds, to the microsecond. */
    JsonText millis(String name, long nanos) {
        name(name);
        if (nanos < 0) put('-');
        long micros = Math.abs(nanos) / 1000;
        number(micros / 1000);
        int rest = (int) (micros % 1000);
        if (rest > 0) {
            put('.');
            put('0' + rest / 100);
            put('0' + rest / 10 % 10);
            put('0' + rest % 10);
        }
        comma = true;
        return this;
    }

    JsonText hex(String name, byte[] array, int from, int to) {
        name(name);
        return hex(array, from, to);
    }

    JsonText hex(byte[] array, int from, int to) {
        separate();
        put('"');
        for (int i = from; i < to; i++) {
            put(HEX[array[i] >> 4 & 15]);
            put(HEX[array[i] & 15]);
        }
        put('"');
        comma = true;
        return this;
    }

    /** {@code size} bytes, most significant first. */
    JsonText hex(String name, long value, int size) {
        name(name);
        put('"');
        for (int shift = size * 8 - 4; shift >= 0; shift -= 4) put(HEX[(int) (value >> shift) & 15]);
        put('"');
        comma = true;
        return this;
    }

    JsonText value(long value) {
        separate();
        boolean quoted = value > MAX_NUMBER || value < -MAX_NUMBER;
        if (quoted) put('"');
        if (value < 0) put('-');
        number(Math.abs(value));
        if (quoted) put('"');
        comma = true;
        return this;
    }

    JsonText value(String value) {
        separate();
        put('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') put('\\');
            if (c >= ' ' && c < 127) {
                put(c);
            } else {
                ascii("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) put(HEX[c >> shift & 15]);
            }
        }
        put('"');
        comma = true;
        return this;
    }

    private JsonText name(String name) {
        separate();
        put('"');
        ascii(name);
        put('"');
        put(':');
        comma = false;
        return this;
    }

    private void separate() {
        if (comma) put(',');
        comma = false;
    }

    private void number(long value) {
        int n = 0;
        do {
            digits[n++] = (byte) ('0' + value % 10);
            value /= 10;
        } while (value != 0);
        while (n > 0) put(digits[--n]);
    }

    private void ascii(String text) { for (int i = 0; i < text.length(); i++) put(text.charAt(i)); }

    private void put(int b) {
        if (length == bytes.length) bytes = Arrays.copyOf(bytes, length * 2);
        bytes[length++] = (byte) b;
    }
}
