package mqttq.loop.nio;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;

/** C's strftime in the C locale and the system's time zone, for {@code log_timestamp_format}. */
final class Strftime {
    private final DateTimeFormatter formatter;

    /** Conversions that C does not know stay as they are. */
    Strftime(String format) {
        DateTimeFormatterBuilder out = new DateTimeFormatterBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.appendLiteral(c);
                continue;
            }
            c = format.charAt(++i);
            String pattern = pattern(c);
            if (pattern != null) out.appendPattern(pattern);
            else if (c == 's') out.appendValue(java.time.temporal.ChronoField.INSTANT_SECONDS);
            else if (c == 'n' || c == 't') out.appendLiteral(c == 'n' ? ' ' : '\t');
            else if (c == '%') out.appendLiteral('%');
            else out.appendLiteral("%" + c);
        }
        formatter = out.toFormatter(Locale.ROOT);
    }

    StringBuilder append(StringBuilder out, long millis) {
        formatter.formatTo(ZonedDateTime.ofInstant(Instant.ofEpochMilli(millis), ZoneId.systemDefault()), out);
        return out;
    }

    private static String pattern(char conversion) {
        return switch (conversion) {
            case 'Y' -> "yyyy";
            case 'y' -> "yy";
            case 'm' -> "MM";
            case 'd' -> "dd";
            case 'e' -> "ppd";
            case 'j' -> "DDD";
            case 'H' -> "HH";
            case 'I' -> "hh";
            case 'M' -> "mm";
            case 'S' -> "ss";
            case 'p' -> "a";
            case 'a' -> "EEE";
            case 'A' -> "EEEE";
            case 'b', 'h' -> "MMM";
            case 'B' -> "MMMM";
            case 'z' -> "xx";
            case 'Z' -> "zzz";
            case 'F' -> "yyyy-MM-dd";
            case 'T' -> "HH:mm:ss";
            case 'R' -> "HH:mm";
            case 'D' -> "MM/dd/yy";
            case 'c' -> "EEE MMM ppd HH:mm:ss yyyy";
            case 'x' -> "MM/dd/yy";
            case 'X' -> "HH:mm:ss";
            default -> null;
        };
    }
}
