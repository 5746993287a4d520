package mqttq.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.List;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.wire.Json;
import mqttq.wire.Strftime;

/**
 * How {@code sub} and {@code rr} print a message: the payload, with the topic in front, or the format language of mosquitto_sub's
 * {@code -F}, checked once, then applied to each message. What it writes ends with a newline where one is wanted.
 */
final class MessageFormat {
    private static final String CODES = "%ACDEFIJjlmpPqRrStUxX", ESCAPES = "0aenrtv\\", ESCAPED = "\0\u0007\u001b\n\r\t\u000b\\";
    /** Widths beyond are taken for this. */
    private static final int MAX_WIDTH = 10_000;

    /**
     * What is known of a message beside itself: its packet identifier, alias and subscription identifiers, and when it came (µs since
     * 1970).
     */
    record Received(ApplicationMessage message, int packetId, int topicAlias, int[] subscriptionIdentifiers, long wallMicros) { }

    private final String format;
    private final boolean verbose, newline, pretty;
    private String problem;

    // The flags of the field being written
    private boolean left, zero;
    private int width, precision;

    /** @param format of {@code -F}, or null: the payload alone, with the topic where {@code verbose} */
    MessageFormat(String format, boolean verbose, boolean newline, boolean pretty) throws UsageException {
        this.format = format;
        this.verbose = verbose;
        this.newline = newline;
        this.pretty = pretty;
        if (format != null) check();
    }

    private void check() throws UsageException {
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' && c != '@' && c != '\\') continue;
            i++;
            if (c == '%') i = flags(i);
            if (i == format.length()) throw new UsageException("Error: Incomplete format specifier.");
            char code = format.charAt(i);
            if (c == '%' && CODES.indexOf(code) < 0) throw new UsageException("Error: Invalid format specifier '" + code + "'.");
            if (c == '\\' && ESCAPES.indexOf(code) < 0) throw new UsageException("Error: Invalid escape specifier '" + code + "'.");
        }
    }

    /** Reads a flag, a width and a maximum width at {@code i}, and returns where the code is. */
    private int flags(int i) {
        left = zero = false;
        width = 0;
        precision = Integer.MAX_VALUE;
        if (i < format.length() && format.charAt(i) == '-') {
            left = true;
            i++;
        } else if (i < format.length() && format.charAt(i) == '0') {
            zero = true;
        }
        for (; digit(i) >= 0; i++) width = Math.min(MAX_WIDTH, width * 10 + digit(i));
        if (i < format.length() && format.charAt(i) == '.') {
            i++;
            if (digit(i) >= 0) precision = 0;
            for (; digit(i) >= 0; i++) precision = Math.min(MAX_WIDTH, precision * 10 + digit(i));
        }
        return i;
    }

    private int digit(int i) {
        return i < format.length() && format.charAt(i) >= '0' && format.charAt(i) <= '9' ? format.charAt(i) - '0' : -1;
    }

    /** Appends the message as the format has it; returns null, or a line for stderr that says what could not be written. */
    String write(ByteArrayOutputStream out, Received received) {
        problem = null;
        if (format != null) formatted(out, received);
        else plain(out, received.message);
        return problem;
    }

    private void plain(ByteArrayOutputStream out, ApplicationMessage message) {
        boolean empty = message.payloadLength() == 0;
        if (empty && !(verbose && newline)) return;
        if (verbose) {
            out.write(message.topicArray(), message.topicOffset(), message.topicLength());
            print(out, empty ? " (null)" : " ");
        }
        out.write(message.array(), message.payloadOffset(), message.payloadLength());
        if (newline) out.write('\n');
    }

    private void formatted(ByteArrayOutputStream out, Received received) {
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c == '\\') {
                out.write(ESCAPED.charAt(ESCAPES.indexOf(format.charAt(++i))));
            } else if (c == '@') {
                StringBuilder text = new StringBuilder();
                time(received, text).convert(format.charAt(++i));
                print(out, text.toString());
            } else if (c == '%') {
                i = flags(i + 1);
                field(out, format.charAt(i), received);
            } else {
                int end = i + (Character.isHighSurrogate(c) && i + 1 < format.length() ? 2 : 1);
                print(out, format.substring(i, end));
                i = end - 1;
            }
        }
        if (newline) out.write('\n');
    }

    private static Strftime time(Received received, StringBuilder out) {
        return new Strftime(received.wallMicros, ZoneId.systemDefault(), out);
    }

    private void field(ByteArrayOutputStream out, char code, Received received) {
        ApplicationMessage message = received.message;
        switch (code) {
            case '%' -> out.write('%');
            case 'A' -> number(out, received.topicAlias, received.topicAlias != 0);
            case 'C' -> text(out, orEmpty(message.contentType()));
            case 'D' -> {
                byte[] data = message.correlationData();
                if (data != null) out.writeBytes(data);
            }
            case 'E' -> number(out, message.messageExpiryInterval(), message.messageExpiryInterval() >= 0);
            case 'F' -> number(out, message.payloadIsUtf8() ? 1 : 0, message.properties().has(Property.PAYLOAD_FORMAT_INDICATOR));
            case 'I' -> text(out, time(received, new StringBuilder()).iso(0).toString());
            case 'j', 'J' -> json(out, received, code == 'J');
            case 'l' -> number(out, message.payloadLength(), true);
            case 'm' -> number(out, received.packetId, true);
            case 'P' -> print(out, userProperties(message.userProperties()));
            case 'p' -> payload(out, message);
            case 'q' -> print(out, String.valueOf(message.qos()));
            case 'R' -> {
                if (message.responseTopic() != null) text(out, message.responseTopic());
            }
            case 'r' -> print(out, message.retain() ? "1" : "0");
            case 'S' -> {
                int[] ids = received.subscriptionIdentifiers;
                if (ids.length > 1) text(out, join(ids));
                else number(out, ids.length == 0 ? 0 : ids[0], ids.length == 1);
            }
            case 't' -> text(out, message.topic());
            case 'U' -> print(out, time(received, new StringBuilder()).unix().toString());
            default -> hex(out, message, code == 'x' ? "0123456789abcdef" : "0123456789ABCDEF");
        }
    }

    /** A string: padded with blanks, cut to the maximum width, in bytes. */
    private void text(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, precision);
        if (!left) pad(out, width - length, ' ');
        out.write(bytes, 0, length);
        if (left) pad(out, width - length, ' ');
    }

    /** A number, or nothing in its place. */
    private void number(ByteArrayOutputStream out, long value, boolean present) {
        byte[] digits = present ? String.valueOf(value).getBytes(StandardCharsets.US_ASCII) : new byte[0];
        if (!left) pad(out, width - digits.length, zero ? '0' : ' ');
        out.writeBytes(digits);
        if (left) pad(out, width - digits.length, ' ');
    }

    /** The payload's bytes: padded, and cut where a width is given. */
    private void payload(ByteArrayOutputStream out, ApplicationMessage message) {
        int length = width > 0 ? Math.min(width, message.payloadLength()) : message.payloadLength();
        if (!left) pad(out, width - length, zero ? '0' : ' ');
        out.write(message.array(), message.payloadOffset(), length);
        if (left) pad(out, width - length, zero ? '0' : ' ');
    }

    private void hex(ByteArrayOutputStream out, ApplicationMessage message, String digits) {
        int length = width > 0 ? Math.min(width / 2, message.payloadLength()) : message.payloadLength();
        if (!left) pad(out, width - length * 2, zero ? '0' : ' ');
        for (int i = message.payloadOffset(); i < message.payloadOffset() + length; i++) {
            out.write(digits.charAt(message.array()[i] >> 4 & 15));
            out.write(digits.charAt(message.array()[i] & 15));
        }
        if (left) pad(out, width - length * 2, ' ');
    }

    private void json(ByteArrayOutputStream out, Received received, boolean payloadIsJson) {
        ApplicationMessage message = received.message;
        Json json = new Json(pretty).object().field("tst", time(received, new StringBuilder()).iso(6).toString());
        json.name("topic").value(message.topicArray(), message.topicOffset(), message.topicLength());
        json.field("qos", message.qos()).field("retain", message.retain() ? 1 : 0).field("payloadlen", message.payloadLength());
        if (message.qos() > 0) json.field("mid", received.packetId);
        properties(json, received);
        json.name("payload");
        if (message.payloadLength() == 0) {
            json.raw("null");
        } else if (!payloadIsJson) {
            json.value(message.array(), message.payloadOffset(), message.payloadLength());
        } else if (!json.copy(message.array(), message.payloadOffset(), message.payloadLength())) {
            problem = "Error: Message payload is not valid JSON on topic " + message.topic() + ".";
            return;
        }
        out.writeBytes(json.end().toByteArray());
    }

    private static void properties(Json json, Received received) {
        ApplicationMessage message = received.message;
        int[] ids = received.subscriptionIdentifiers;
        Properties properties = message.properties();
        if (received.topicAlias == 0 && ids.length == 0 && properties.isEmpty() && message.messageExpiryInterval() < 0) return;
        json.object("properties");
        if (received.topicAlias != 0) json.field("topic-alias", received.topicAlias);
        if (ids.length == 1) json.field("subscription-identifier", ids[0]);
        if (ids.length > 1) json.name("subscription-identifier").raw("[" + join(ids) + "]");
        if (properties.has(Property.CONTENT_TYPE)) json.field("content-type", message.contentType());
        if (properties.has(Property.RESPONSE_TOPIC)) json.field("response-topic", message.responseTopic());
        if (properties.has(Property.CORRELATION_DATA)) {
            byte[] data = message.correlationData();
            json.name("correlation-data").value(data, 0, data.length);
        }
        List<Properties.UserProperty> user = properties.userProperties();
        if (!user.isEmpty()) {
            json.object("user-properties");
            for (Properties.UserProperty each : user) json.field(each.name(), each.value());
            json.end();
        }
        if (properties.has(Property.PAYLOAD_FORMAT_INDICATOR)) {
            json.field("payload-format-indicator", message.payloadIsUtf8() ? 1 : 0);
        }
        if (message.messageExpiryInterval() >= 0) json.field("message-expiry-interval", message.messageExpiryInterval());
        json.end();
    }

    private static String userProperties(List<Properties.UserProperty> properties) {
        StringBuilder out = new StringBuilder();
        for (Properties.UserProperty property : properties) {
            if (out.length() > 0) out.append(' ');
            out.append(property.name()).append(':').append(property.value());
        }
        return out.toString();
    }

    private static String join(int[] numbers) {
        StringBuilder out = new StringBuilder();
        for (int number : numbers) out.append(out.length() == 0 ? "" : ",").append(number);
        return out.toString();
    }

    private static String orEmpty(String text) { return text == null ? "" : text; }
    private static void pad(ByteArrayOutputStream out, int count, char with) { for (int i = 0; i < count; i++) out.write(with); }
    private static void print(ByteArrayOutputStream out, String text) { out.writeBytes(text.getBytes(StandardCharsets.UTF_8)); }
}
