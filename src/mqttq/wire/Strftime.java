package mqttq.wire;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.Locale;
import java.util.TimeZone;

/** A moment as text: C's strftime in the C locale. {@code @} stays too, as mosquitto_sub has it. Any thread, one at a time. */
public final class Strftime {
    private final ZonedDateTime time;
    private final StringBuilder out;

    /** @param micros since 1970 */
    public Strftime(long micros, ZoneId zone, StringBuilder out) {
        time = Instant.EPOCH.plus(micros, ChronoUnit.MICROS).atZone(zone);
        this.out = out;
    }

    /** Appends what strftime makes of {@code format}. */
    public StringBuilder format(String format) {
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c == '%' && i + 1 < format.length()) convert(format.charAt(++i));
            else out.append(c);
        }
        return out;
    }

    /** {@code 2016-08-10T09:47:38+0100}, with {@code digits} of the second's fraction. */
    public StringBuilder iso(int digits) {
        convert('F').append('T');
        convert('T');
        if (digits > 0) out.append('.').append(fraction(), 0, digits);
        return convert('z');
    }

    /** Seconds since 1970 and nanoseconds. */
    public StringBuilder unix() { return out.append(time.toEpochSecond()).append('.').append(fraction()); }

    /** Appends strftime's {@code %code}; {@code N} is mosquitto_sub's own, nanoseconds. What is not known stays as it is. */
    public StringBuilder convert(char code) {
        int hour = time.getHour(), weekday = time.getDayOfWeek().getValue(), day = time.getDayOfYear();
        switch (code) {
            case '@', '%' -> out.append(code);
            case 'n' -> out.append('\n');
            case 't' -> out.append('\t');
            case 'N' -> out.append(fraction());
            case 's' -> out.append(time.toEpochSecond());
            case 'a' -> out.append(time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH));
            case 'A' -> out.append(time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH));
            case 'b', 'h' -> out.append(time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH));
            case 'B' -> out.append(time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH));
            case 'C' -> number(time.getYear() / 100, 2, '0');
            case 'y' -> number(time.getYear() % 100, 2, '0');
            case 'Y' -> out.append(time.getYear());
            case 'm' -> number(time.getMonthValue(), 2, '0');
            case 'd' -> number(time.getDayOfMonth(), 2, '0');
            case 'e' -> number(time.getDayOfMonth(), 2, ' ');
            case 'j' -> number(day, 3, '0');
            case 'H' -> number(hour, 2, '0');
            case 'k' -> number(hour, 2, ' ');
            case 'I' -> number((hour + 11) % 12 + 1, 2, '0');
            case 'l' -> number((hour + 11) % 12 + 1, 2, ' ');
            case 'M' -> number(time.getMinute(), 2, '0');
            case 'S' -> number(time.getSecond(), 2, '0');
            case 'p' -> out.append(hour < 12 ? "AM" : "PM");
            case 'P' -> out.append(hour < 12 ? "am" : "pm");
            case 'u' -> out.append(weekday);
            case 'w' -> out.append(weekday % 7);
            case 'U' -> number((day + 6 - weekday % 7) / 7, 2, '0');
            case 'W' -> number((day + 6 - (weekday + 6) % 7) / 7, 2, '0');
            case 'V' -> number(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, '0');
            case 'G' -> out.append(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'g' -> number(time.get(IsoFields.WEEK_BASED_YEAR) % 100, 2, '0');
            case 'z' -> {
                int minutes = time.getOffset().getTotalSeconds() / 60;
                out.append(minutes < 0 ? '-' : '+');
                number(Math.abs(minutes) / 60 * 100 + Math.abs(minutes) % 60, 4, '0');
            }
            case 'Z' -> out.append(zoneName());
            case 'D', 'x' -> all("m/d/y");
            case 'F' -> all("Y-m-d");
            case 'R' -> all("H:M");
            case 'T', 'X' -> all("H:M:S");
            case 'r' -> all("I:M:S p");
            case 'c' -> all("a b e H:M:S Y");
            default -> out.append('%').append(code);
        }
        return out;
    }

    /** Letters are conversions. */
    private void all(String conversions) {
        for (int i = 0; i < conversions.length(); i++) {
            char c = conversions.charAt(i);
            if (Character.isLetter(c)) convert(c);
            else out.append(c);
        }
    }

    private String zoneName() {
        boolean summer = time.getZone().getRules().isDaylightSavings(time.toInstant());
        return TimeZone.getTimeZone(time.getZone()).getDisplayName(summer, TimeZone.SHORT, Locale.ENGLISH);
    }

    private String fraction() {
        String digits = String.valueOf(time.getNano());
        return "000000000".substring(digits.length()) + digits;
    }

    private void number(int value, int width, char pad) {
        for (int least = 10, i = 1; i < width; i++, least *= 10) if (value < least) out.append(pad);
        out.append(value);
    }
}
