package mqttq.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes JSON (RFC 8259) as mosquitto_sub does, compact or with tabs, and copies JSON that came in after checking it: numbers and strings
 * stay as they were written. One object of it is one text.
 */
final class Json {
    /** Levels of a payload; more count as invalid. */
    private static final int MAX_DEPTH = 100;
    private static final String HEX = "0123456789abcdef";

    private final ByteArrayOutputStream out;
    private final boolean pretty;
    private int depth;
    private boolean first = true;

    // The text being copied
    private byte[] in;
    private int at, end;

    Json(ByteArrayOutputStream out, boolean pretty) {
        this.out = out;
        this.pretty = pretty;
    }

    Json open() {
        out.write('{');
        depth++;
        first = true;
        return this;
    }

    Json close() {
        depth--;
        if (pretty) line();
        out.write('}');
        first = false;
        return this;
    }

    /** The name of the member that comes next. */
    Json name(String name) { return name(name.getBytes(StandardCharsets.UTF_8)); }

    private Json name(byte[] name) {
        startMember();
        string(name, 0, name.length);
        colon();
        return this;
    }

    private void startMember() {
        if (!first) out.write(',');
        first = false;
        if (pretty) line();
    }

    private void colon() {
        out.write(':');
        if (pretty) out.write('\t');
    }

    private void line() {
        out.write('\n');
        for (int i = 0; i < depth; i++) out.write('\t');
    }

    Json number(long value) { return raw(String.valueOf(value)); }

    Json string(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return string(bytes, 0, bytes.length);
    }

    /** Anything without need of quotes, such as null. */
    Json raw(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** Bytes as a string: what is no UTF-8 stays as it is. */
    Json string(byte[] bytes, int offset, int length) {
        out.write('"');
        for (int i = offset; i < offset + length; i++) {
            int b = bytes[i];
            int escape = "\b\t\n\f\r".indexOf(b);
            if (b == '"' || b == '\\') {
                out.write('\\');
                out.write(b);
            } else if (escape >= 0) {
                out.write('\\');
                out.write("btnfr".charAt(escape));
            } else if (b >= 0 && b < 0x20) {
                raw("\\u00").out.write(HEX.charAt(b >> 4));
                out.write(HEX.charAt(b & 15));
            } else {
                out.write(b);
            }
        }
        out.write('"');
        return this;
    }

    /** Copies one JSON value without its white space; false where it is none, and then what was written is to be thrown away. */
    boolean copy(byte[] bytes, int offset, int length) {
        in = bytes;
        at = offset;
        end = offset + length;
        return value() && skip() < 0;
    }

    /** The next byte that is not white space, or -1. */
    private int skip() {
        while (at < end && (in[at] == ' ' || in[at] == '\t' || in[at] == '\n' || in[at] == '\r')) at++;
        return at < end ? in[at] & 0xff : -1;
    }

    private boolean value() {
        return switch (skip()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> text();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> numeral();
        };
    }

    private boolean object() {
        if (depth >= MAX_DEPTH) return false;
        at++;
        open();
        for (boolean any = false; skip() != '}'; any = true) {
            if (any) {
                if (in[at++] != ',') return false;
            }
            first = !any;
            startMember();
            if (skip() != '"' || !text() || skip() != ':') return false;
            at++;
            colon();
            if (!value() || skip() < 0) return false;
        }
        at++;
        close();
        return true;
    }

    private boolean array() {
        if (depth >= MAX_DEPTH) return false;
        at++;
        depth++;
        out.write('[');
        for (boolean any = false; skip() != ']'; any = true) {
            if (any) {
                if (skip() != ',') return false;
                at++;
                out.write(',');
                if (pretty) out.write(' ');
            }
            if (!value()) return false;
        }
        at++;
        depth--;
        out.write(']');
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
        if (at >= end) return false;
        at++;
        out.write(in, from, at - from);
        return true;
    }

    private boolean word(String word) {
        for (int i = 0; i < word.length(); i++) if (at >= end || in[at++] != word.charAt(i)) return false;
        raw(word);
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
        out.write(in, from, at - from);
        return true;
    }

    private boolean digits() {
        int from = at;
        while (at < end && in[at] >= '0' && in[at] <= '9') at++;
        return at > from;
    }

    private boolean peek(char c) { return at < end && in[at] == c; }
}
