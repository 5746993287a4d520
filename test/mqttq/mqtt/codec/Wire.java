package mqttq.mqtt.codec;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import mqttq.mqtt.VariableByteInteger;

/**
 * Raw packets in text: hex digits; {@code 'text'} is its bytes; {@code "text"} is preceded by its length in two bytes; {@code {...}} by its
 * length as a variable byte integer; after a first {@code 10:} the remaining length is filled in, otherwise all is literal.
 */
final class Wire {
    private final String text;
    private int at;

    private Wire(String text) {
        this.text = text;
    }

    static byte[] bytes(String text) {
        Wire wire = new Wire(text);
        int colon = text.indexOf(':');
        if (colon != 2) return wire.until('\0');
        wire.at = 3;
        byte[] body = wire.until('\0');
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(Integer.parseInt(text.substring(0, 2), 16));
        prefixed(out, body);
        return out.toByteArray();
    }

    private static void prefixed(ByteArrayOutputStream out, byte[] bytes) {
        ByteBuffer length = ByteBuffer.allocate(4);
        VariableByteInteger.put(length, bytes.length);
        out.write(length.array(), 0, length.position());
        out.writeBytes(bytes);
    }

    private byte[] until(char end) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == end) return out.toByteArray();
            if (c == ' ') continue;
            if (c == '{') prefixed(out, until('}'));
            else if (c == '"' || c == '\'') {
                int close = text.indexOf(c, at);
                byte[] bytes = text.substring(at, close).getBytes(StandardCharsets.UTF_8);
                at = close + 1;
                if (c == '"') {
                    out.write(bytes.length >> 8);
                    out.write(bytes.length);
                }
                out.writeBytes(bytes);
            } else {
                out.write(Integer.parseInt(text.substring(at - 1, at + 1), 16));
                at++;
            }
        }
        if (end != '\0') throw new IllegalArgumentException("no " + end + " in " + text);
        return out.toByteArray();
    }
}
