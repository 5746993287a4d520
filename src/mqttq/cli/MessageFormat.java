package mqttq.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.HexFormat;
import java.util.List;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Properties;

/** How {@code sub} prints a message: the format language of mosquitto_sub's {@code -F}, checked once, then applied to each message. */
final class MessageFormat {
    private static final String CODES = "%ACDEFIJjlmpPqRrStUxX", ESCAPES = "0aenrtv\\", DATE_CODES = "@aAbBcCdDeFgGhHIjklmMnNprRsSTtuUVwWxXyYzZ";
    private final String format;
    private final ZoneId zone;

    /** What is known of a message beside itself: its packet identifier, alias and subscription identifiers, and when it came (ms since 1970). */
    record Received(ApplicationMessage message, int packetId, int topicAlias, int[] subscriptionIdentifiers, long wallMillis) { }

    MessageFormat(String format, ZoneId zone) throws UsageException {
        this.format = format;
        this.zone = zone;
        check();
    }

    /** The lines that mosquitto_sub prints without {@code -F}. */
    static String plain(boolean verbose, boolean noNewline) {
        return (verbose ? "%t %p" : "%p") + (noNewline ? "" : "\\n");
    }

    private void check() throws UsageException {
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' && c != '@' && c != '\\') continue;
            i++;
            if (c == '%') while (i < format.length() && "-0123456789. ".indexOf(format.charAt(i)) >= 0) i++;
            if (i == format.length()) throw new UsageException("Error: Incomplete format specification.");
            char code = format.charAt(i);
            String known = c == '%' ? CODES : c == '@' ? DATE_CODES : ESCAPES;
            if (known.indexOf(code) < 0) throw new UsageException("Error: Invalid format specification '" + c + code + "'.");
        }
    }

    /** Appends the message as the format has it. */
    void write(ByteArrayOutputStream out, Received received) {
        ZonedDateTime time = Instant.ofEpochMilli(received.wallMillis).atZone(zone);
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c == '\\') {
                out.write("\0\u0007\u001b\n\r\t\u000b\\".charAt(ESCAPES.indexOf(format.charAt(++i))));
            } else if (c == '@') {
                print(out, date(format.charAt(++i), time));
            } else if (c == '%') {
                int flags = i + 1;
                while ("-0123456789. ".indexOf(format.charAt(++i)) >= 0) { }
                field(out, format.substring(flags, i), format.charAt(i), received, time);
            } else {
                int end = i + (Character.isHighSurrogate(c) && i + 1 < format.length() ? 2 : 1);
                print(out, format.substring(i, end));
                i = end - 1;
            }
        }
    }

    private void field(ByteArrayOutputStream out, String flags, char code, Received received, ZonedDateTime time) {
        ApplicationMessage message = received.message;
        byte[] text = switch (code) {
            case 'p' -> message.payload();
            case 'D' -> message.correlationData() == null ? new byte[0] : message.correlationData();
            default -> text(code, received, time).getBytes(StandardCharsets.UTF_8);
        };
        boolean left = flags.startsWith("-"), zero = flags.startsWith("0");
        int dot = flags.indexOf('.'), width = number(dot < 0 ? flags : flags.substring(0, dot)), precision = dot < 0 ? text.length : number(flags.substring(dot + 1));
        int length = Math.min(text.length, code == 'x' || code == 'X' ? precision * 2 : precision);
        if (!left) pad(out, width - length, zero ? '0' : ' ');
        out.write(text, 0, length);
        if (left) pad(out, width - length, ' ');
    }

    private String text(char code, Received received, ZonedDateTime time) {
        ApplicationMessage message = received.message;
        return switch (code) {
            case '%' -> "%";
            case 'A' -> received.topicAlias == 0 ? "" : String.valueOf(received.topicAlias);
            case 'C' -> orEmpty(message.contentType());
            case 'E' -> message.messageExpiryInterval() < 0 ? "" : String.valueOf(message.messageExpiryInterval());
            case 'F' -> message.payloadIsUtf8() ? "1" : "";
            case 'I' -> iso(time);
            case 'j' -> json(received, time, false);
            case 'J' -> json(received, time, true);
            case 'l' -> String.valueOf(message.payloadLength());
            case 'm' -> String.valueOf(received.packetId);
            case 'P' -> userProperties(message.userProperties());
            case 'q' -> String.valueOf(message.qos());
            case 'R' -> orEmpty(message.responseTopic());
            case 'r' -> message.retain() ? "1" : "0";
            case 'S' -> join(received.subscriptionIdentifiers);
            case 't' -> message.topic();
            case 'U' -> time.toEpochSecond() + "." + fraction(time, 9);
            case 'x' -> HexFormat.of().formatHex(message.payload());
            case 'X' -> HexFormat.of().withUpperCase().formatHex(message.payload());
            default -> throw new IllegalStateException("unchecked code " + code);
        };
    }

    private static String userProperties(List<Properties.UserProperty> properties) {
        StringBuilder out = new StringBuilder();
        for (Properties.UserProperty property : properties) {
            if (out.length() > 0) out.append(' ');
            out.append(property.name()).append(':').append(property.value());
        }
        return out.toString();
    }

    private static String json(Received received, ZonedDateTime time, boolean payloadIsJson) {
        ApplicationMessage message = received.message;
        StringBuilder out = new StringBuilder("{\"tst\":");
        quote(out, time.toLocalDateTime().withNano(0) + (time.getSecond() == 0 ? ":00" : "") + "." + fraction(time, 6) + offset(time));
        out.append(",\"topic\":");
        quote(out, message.topic());
        out.append(",\"qos\":").append(message.qos()).append(",\"retain\":").append(message.retain() ? 1 : 0);
        out.append(",\"payloadlen\":").append(message.payloadLength());
        if (message.qos() > 0) out.append(",\"mid\":").append(received.packetId);
        properties(out, received);
        out.append(",\"payload\":");
        String payload = new String(message.payload(), StandardCharsets.UTF_8);
        if (!payloadIsJson) quote(out, payload);
        else out.append(payload.isBlank() ? "null" : payload);
        return out.append('}').toString();
    }

    private static void properties(StringBuilder out, Received received) {
        ApplicationMessage message = received.message;
        StringBuilder inner = new StringBuilder();
        if (message.payloadIsUtf8()) inner.append(",\"payload-format-indicator\":1");
        if (message.messageExpiryInterval() >= 0) inner.append(",\"message-expiry-interval\":").append(message.messageExpiryInterval());
        member(inner, "content-type", message.contentType());
        member(inner, "response-topic", message.responseTopic());
        if (message.correlationData() != null) member(inner, "correlation-data", HexFormat.of().formatHex(message.correlationData()));
        if (received.topicAlias != 0) inner.append(",\"topic-alias\":").append(received.topicAlias);
        List<Properties.UserProperty> user = message.userProperties();
        for (int i = 0; i < user.size(); i++) {
            inner.append(i == 0 ? ",\"user-properties\":[{" : ",{");
            quote(inner, user.get(i).name());
            inner.append(':');
            quote(inner, user.get(i).value());
            inner.append('}');
        }
        if (!user.isEmpty()) inner.append(']');
        int[] ids = received.subscriptionIdentifiers;
        if (ids.length > 0) inner.append(",\"subscription-identifier\":").append(ids.length == 1 ? String.valueOf(ids[0]) : "[" + join(ids) + "]");
        if (inner.length() > 0) out.append(",\"properties\":{").append(inner, 1, inner.length()).append('}');
    }

    private static void member(StringBuilder out, String name, String value) {
        if (value == null) return;
        out.append(",\"").append(name).append("\":");
        quote(out, value);
    }

    /** A JSON string (RFC 8259 §7). */
    static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20 || c == 0x7f) out.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
                    else out.append(c);
                }
            }
        }
        out.append('"');
    }

    private static String date(char code, ZonedDateTime time) {
        if (code == '@') return "@";
        if (code == 'N') return fraction(time, 9);
        if (code == 's') return String.valueOf(time.toEpochSecond());
        if (code == 'n') return "\n";
        if (code == 't') return "\t";
        String pattern = switch (code) {
            case 'c' -> "%ta %<tb %<te %<tT %<tY";
            case 'e', 'k' -> code == 'e' ? "%2$2d" : "%3$2d";
            case 'D', 'x' -> "%tD";
            case 'X' -> "%tT";
            case 'g' -> "%4$02d";
            case 'G' -> "%5$d";
            case 'V' -> "%6$02d";
            case 'u' -> "%7$d";
            case 'w' -> "%8$d";
            case 'U' -> "%9$02d";
            case 'W' -> "%10$02d";
            case 'p' -> "%Tp";
            default -> "%t" + code;
        };
        int year = time.get(java.time.temporal.IsoFields.WEEK_BASED_YEAR), weekday = time.getDayOfWeek().getValue(), day = time.getDayOfYear();
        return String.format(pattern, time, time.getDayOfMonth(), time.getHour(), year % 100, year, time.get(java.time.temporal.IsoFields.WEEK_OF_WEEK_BASED_YEAR),
            weekday, weekday % 7, (day + 6 - weekday % 7) / 7, (day + 6 - (weekday + 6) % 7) / 7);
    }

    private static String iso(ZonedDateTime time) {
        return time.toLocalDate() + "T" + String.format("%tT", time) + offset(time);
    }

    private static String offset(ZonedDateTime time) {
        return String.format("%tz", time);
    }

    private static String fraction(ZonedDateTime time, int digits) {
        return String.format("%09d", time.getNano()).substring(0, digits);
    }

    private static String join(int[] numbers) {
        StringBuilder out = new StringBuilder();
        for (int number : numbers) out.append(out.length() == 0 ? "" : ",").append(number);
        return out.toString();
    }

    private static int number(String flags) {
        int number = 0;
        for (int i = 0; i < flags.length(); i++) if (Character.isDigit(flags.charAt(i))) number = Math.min(10_000, number * 10 + flags.charAt(i) - '0');
        return number;
    }

    private static String orEmpty(String text) {
        return text == null ? "" : text;
    }

    private static void pad(ByteArrayOutputStream out, int count, char with) {
        for (int i = 0; i < count; i++) out.write(with);
    }

    private static void print(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
