package mqttq.wire;

/** Numbers and words as people write them in files and on command lines. */
public final class Values {
    private Values() { }

    /** A decimal number without sign, at most 18 digits; -1 for anything else. */
    public static long number(String text) {
        if (text.isEmpty() || text.length() > 18) return -1;
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) return -1;
            value = 10 * value + digit;
        }
        return value;
    }

    /** Seconds of "14d": a number above 0 followed by s, h, d, w, m (30 days) or y (365 days); -1 for anything else. */
    public static long duration(String text) {
        if (text.isEmpty()) return -1;
        long unit = switch (text.charAt(text.length() - 1)) {
            case 's' -> 1;
            case 'h' -> 3600;
            case 'd' -> 86_400;
            case 'w' -> 7 * 86_400;
            case 'm' -> 30 * 86_400;
            case 'y' -> 365 * 86_400;
            default -> -1;
        };
        long count = number(text.substring(0, text.length() - 1));
        return unit < 0 || count < 1 || count > 1_000_000_000 ? -1 : count * unit;
    }

    /** Whether it is an IPv4 or IPv6 address or "localhost", and not a name or a path. */
    public static boolean isAddress(String text) {
        if (text.equals("localhost")) return true;
        boolean dot = false, colon = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '.') dot = true;
            else if (c == ':') colon = true;
            else if (c == '%' && colon) return true;
            else if (Character.digit(c, 16) < 0) return false;
        }
        return dot || colon;
    }
}
