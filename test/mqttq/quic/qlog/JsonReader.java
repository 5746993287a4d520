package mqttq.quic.qlog;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JSON text (RFC 8259) as Map, List, String, Long, Double, Boolean and null; strict, and no name twice in an object (RFC 7493). */
public final class JsonReader {
    private final String text;
    private int at;

    private JsonReader(String text) {
        this.text = text;
    }

    public static Object read(String text) {
        JsonReader reader = new JsonReader(text);
        Object value = reader.value();
        reader.blank();
        if (reader.at < text.length()) throw reader.wrong("text after the value");
        return value;
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException(what + " at " + at + " of " + text);
    }

    private void blank() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
    }

    private boolean skip(char c) {
        blank();
        if (at == text.length() || text.charAt(at) != c) return false;
        at++;
        return true;
    }

    private void expect(char c) {
        if (!skip(c)) throw wrong("no " + c);
    }

    private Object value() {
        blank();
        if (at == text.length()) throw wrong("no value");
        char c = text.charAt(at);
        if (c == '{') return object();
        if (c == '[') return list();
        if (c == '"') return string();
        for (String word : new String[] {"true", "false", "null"}) {
            if (!text.startsWith(word, at)) continue;
            at += word.length();
            return word.equals("null") ? null : Boolean.valueOf(word);
        }
        int from = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) at++;
        String number = text.substring(from, at);
        if (!number.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) throw wrong("not a value");
        if (number.matches("-?[0-9]+")) return Long.valueOf(number);
        return Double.valueOf(number);
    }

    private Map<String, Object> object() {
        Map<String, Object> object = new LinkedHashMap<>();
        expect('{');
        if (skip('}')) return object;
        do {
            blank();
            String name = string();
            expect(':');
            Object value = value();
            if (object.put(name, value) != null) throw wrong("twice: " + name);
        } while (skip(','));
        expect('}');
        return object;
    }

    private List<Object> list() {
        List<Object> list = new ArrayList<>();
        expect('[');
        if (skip(']')) return list;
        do list.add(value()); while (skip(','));
        expect(']');
        return list;
    }

    private String string() {
        expect('"');
        StringBuilder s = new StringBuilder();
        while (true) {
            if (at >= text.length()) throw wrong("string without end");
            char c = text.charAt(at++);
            if (c == '"') return s.toString();
            if (c < ' ') throw wrong("control character");
            if (c != '\\') {
                s.append(c);
                continue;
            }
            char escape = text.charAt(at++);
            int plain = "\"\\/bfnrt".indexOf(escape);
            if (plain >= 0) s.append("\"\\/\b\f\n\r\t".charAt(plain));
            else if (escape == 'u') s.append((char) Integer.parseInt(text.substring(at, at += 4), 16));
            else throw wrong("escape");
        }
    }
}
