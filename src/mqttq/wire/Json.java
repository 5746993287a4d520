package mqttq.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One JSON text (RFC 8259) while it is written, in a growing array that can be used again; commas come by themselves. Compact, or with tabs
 * as mosquitto_sub has it. JSON that came in can be copied after checking it: its numbers and strings stay as they were written. One thread
 * at a time.
 */
public final class Json {
    /** I-JSON (RFC 7493 §2.2): what a JavaScript number holds exactly; larger integers are written as strings, as qlog allows. */
    private static final long MAX_NUMBER = (1L << 53) - 1;
    /** Levels of JSON that is copied; more count as invalid. Brackets open here are 60 at most. */
    private static final int MAX_DEPTH = 100;
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    private final byte[] digits = new byte[20];
    private final boolean pretty;
    private byte[] bytes = new byte[256];
    private int length, depth;
    /** Bit i: the i-th open bracket is that of a list. */
    private long lists;
    private boolean comma;

    // the text being copied
    private byte[] in;
    private int at, end;

    /** Compact. */
    public Json() { this(false); }

    /** @param pretty each member on a line of its own, behind tabs */
    public Json(boolean pretty) { this.pretty = pretty; }

    /** What is written, up to {@link #length}; valid until more is written. */
    public byte[] array() { return bytes; }
    public int length() { return length; }

    /** How many brackets are open. */
    public int depth() { return depth; }
    public byte[] toByteArray() { return Arrays.copyOf(bytes, length); }
    @Override public String toString() { return new String(bytes, 0, length, StandardCharsets.UTF_8); }

    /** Begins anew with the record separator of RFC 7464 and an open object. */
    public Json record() {
        length = depth = 0;
        lists = 0;
        comma = false;
        put(0x1e);
        return object();
    }

    /** Closes what is open and ends the line. */
    public void endRecord() {
        endTo(0);
        put('\n');
    }

    public Json object() { return open(false); }
    public Json object(String name) { return name(name).open(false); }
    public Json list() { return open(true); }
    public Json list(String name) { return name(name).open(true); }

    private Json open(boolean list) {
        separate();
        put(list ? '[' : '{');
        lists = list ? lists | 1L << depth : lists & ~(1L << depth);
        depth++;
        comma = false;
        return this;
    }

    /** Closes the innermost bracket. */
    public Json end() { return close((lists >> depth - 1 & 1) != 0); }

    private Json close(boolean list) {
        depth--;
        if (pretty && !list) line();
        put(list ? ']' : '}');
        comma = true;
        return this;
    }

    /** Closes brackets until {@code outer} are open. */
    public Json endTo(int outer) { while (depth > outer) end(); return this; }

    public Json field(String name, String value) { return name(name).value(value); }
    public Json field(String name, long value) { return name(name).value(value); }
    public Json field(String name, boolean value) { return name(name).raw(value ? "true" : "false"); }

    /** Nanoseconds as milliseconds, to the microsecond. */
    public Json millis(String name, long nanos) {
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

    public Json hex(String name, byte[] array) { return hex(name, array, 0, array.length); }
    public Json hex(String name, byte[] array, int from, int to) { return name(name).hex(array, from, to); }

    /** Bytes {@code from..to} as a string of hex digits. */
    public Json hex(byte[] array, int from, int to) {
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
    public Json hex(String name, long value, int size) {
        name(name);
        put('"');
        for (int shift = size * 8 - 4; shift >= 0; shift -= 4) put(HEX[(int) (value >> shift) & 15]);
        put('"');
        comma = true;
        return this;
    }

    public Json value(long value) {
        separate();
        boolean quoted = value > MAX_NUMBER || value < -MAX_NUMBER;
        if (quoted) put('"');
        if (value < 0) put('-');
        number(Math.abs(value));
        if (quoted) put('"');
        comma = true;
        return this;
    }

    public Json value(String value) {
        separate();
        string(value);
        comma = true;
        return this;
    }

    /** Bytes as a string: what is no UTF-8 stays as it is. */
    public Json value(byte[] array, int offset, int count) {
        separate();
        put('"');
        for (int i = offset; i < offset + count; i++) character(array[i]);
        put('"');
        comma = true;
        return this;
    }

    /** Anything without need of quotes, such as null. ASCII. */
    public Json raw(String text) {
        separate();
        ascii(text);
        comma = true;
        return this;
    }

    /** The name of the member that comes next. */
    public Json name(String name) {
        member();
        string(name);
        colon();
        return this;
    }

    private void member() {
        if (comma) put(',');
        comma = false;
        if (pretty) line();
    }

    private void colon() {
        put(':');
        if (pretty) put('\t');
    }

    private void line() {
        put('\n');
        for (int i = 0; i < depth; i++) put('\t');
    }

    private void separate() {
        if (comma) put(',');
        if (comma && pretty) put(' ');
        comma = false;
    }

    private void string(String text) {
        put('"');
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < 128) {
                character(text.charAt(i));
            } else {
                byte[] rest = text.substring(i).getBytes(StandardCharsets.UTF_8);
                for (byte b : rest) character(b);
                break;
            }
        }
        put('"');
    }

    /** One byte of a string, escaped where RFC 8259 §7 wants it. */
    private void character(int b) {
        int escape = "\b\t\n\f\r".indexOf(b);
        if (b == '"' || b == '\\') {
            put('\\');
            put(b);
        } else if (escape >= 0) {
            put('\\');
            put("btnfr".charAt(escape));
        } else if (b >= 0 && b < 0x20) {
            ascii("\\u00");
            put(HEX[b >> 4]);
            put(HEX[b & 15]);
        } else {
            put(b);
        }
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

    // ---- copying

    /** Copies one JSON value without its white space; false where it is none, and then what was written is to be thrown away. */
    public boolean copy(byte[] array, int offset, int count) {
        in = array;
        at = offset;
        end = offset + count;
        return copied() && skip() < 0;
    }

    /** The next byte that is not white space, or -1. */
    private int skip() {
        while (at < end && (in[at] == ' ' || in[at] == '\t' || in[at] == '\n' || in[at] == '\r')) at++;
        return at < end ? in[at] & 0xff : -1;
    }

    private boolean copied() {
        int first = skip();
        if (first == '{' || first == '[') return brackets(first == '[');
        separate();
        comma = true;
        return switch (first) {
            case '"' -> text();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> numeral();
        };
    }

    private boolean brackets(boolean list) {
        if (depth >= MAX_DEPTH) return false;
        at++;
        open(list);
        for (boolean any = false; skip() != (list ? ']' : '}'); any = true) {
            if (any && (skip() != ',' || ++at > end)) return false;
            if (!list) {
                member();
                if (skip() != '"' || !text() || skip() != ':') return false;
                at++;
                colon();
            }
            if (!copied() || skip() < 0) return false;
        }
        at++;
        close(list);
        return true;
    }

    private boolean text() {
        int from = at++;
        for (; at < end && in[at] != '"'; at++) {
            if (in[at] >= 0 && in[at] < 0x20) return false;
            if (in[at] != '\\') continue;
            if (++at >= end || "\"\\/bfnrtu".indexOf(in[at]) < 0) return false;
            if (in[at] != 'u') continue;
            for (int i = 0; i < 4; i++) if (++at >= end || Character.digit(in[at], 16) < 0) return false;
        }
        return at++ < end && written(from);
    }

    private boolean word(String word) {
        for (int i = 0; i < word.length(); i++) if (at >= end || in[at++] != word.charAt(i)) return false;
        ascii(word);
        return true;
    }

    private boolean numeral() {
        int from = at;
        if (peek('-')) at++;
        if (peek('0')) at++;
        else if (!digits()) return false;
        if (peek('.')) {
            at++;
            if (!digits()) return false;
        }
        if (peek('e') || peek('E')) {
            at++;
            if (peek('+') || peek('-')) at++;
            if (!digits()) return false;
        }
        return written(from);
    }

    private boolean written(int from) {
        for (int i = from; i < at; i++) put(in[i]);
        return true;
    }

    private boolean digits() {
        int from = at;
        while (at < end && in[at] >= '0' && in[at] <= '9') at++;
        return at > from;
    }

    private boolean peek(char c) { return at < end && in[at] == c; }
}
