package mqttq.mqtt;

import java.nio.charset.StandardCharsets;

/** Topic names and topic filters (MQTT 5 §4.7, §4.8): what is valid, and which filter matches which name. */
public final class Topics {
    /** What a shared subscription's filter starts with. */
    public static final String SHARE = "$share/";
    private static final byte[] SHARE_BYTES = SHARE.getBytes(StandardCharsets.US_ASCII);

    private Topics() { }

    /** Whether this is a topic name: 1 to 65,535 bytes of valid UTF-8 without {@code +} and {@code #} [MQTT-4.7.0-1] [MQTT-4.7.3-1]. */
    public static boolean isName(byte[] a, int offset, int length) {
        if (length < 1 || length > Utf8.MAX_LENGTH) return false;
        for (int at = offset, end = offset + length; at < end; ) {
            int b = a[at];
            if (b == '+' || b == '#' || b == 0) return false;
            if (b > 0) at++;
            else if ((at = Utf8.multibyte(a, at, end)) < 0) return false;
        }
        return true;
    }

    public static boolean isName(String topic) {
        byte[] bytes = bytes(topic);
        return bytes != null && isName(bytes, 0, bytes.length);
    }

    /** Whether this is a topic filter, or {@code $share/ShareName/} and one [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.8.2-1]. */
    public static boolean isFilter(byte[] a, int offset, int length) {
        if (length < 1 || length > Utf8.MAX_LENGTH || !Utf8.isValid(a, offset, length)) return false;
        int at = offset, end = offset + length;
        if (isShared(a, offset, length)) {
            int name = at += SHARE_BYTES.length;
            for (; at < end && a[at] != '/'; at++) if (a[at] == '+' || a[at] == '#') return false; // [MQTT-4.8.2-2]
            if (at == name || ++at >= end) return false;
        }
        for (int level = at; at < end; at++) {
            int b = a[at];
            if (b == '/') level = at + 1;
            else if (b == '#' && (at != level || at + 1 != end)) return false;
            else if (b == '+' && (at != level || at + 1 < end && a[at + 1] != '/')) return false;
        }
        return true;
    }

    public static boolean isFilter(String filter) {
        byte[] bytes = bytes(filter);
        return bytes != null && isFilter(bytes, 0, bytes.length);
    }

    private static byte[] bytes(String text) {
        try {
            return Utf8.bytes(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    public static boolean hasWildcard(String filter) { return filter.indexOf('+') >= 0 || filter.indexOf('#') >= 0; }
    public static boolean isShared(String filter) { return filter.startsWith(SHARE); }

    private static boolean isShared(byte[] a, int offset, int length) {
        if (length < SHARE_BYTES.length) return false;
        for (int i = 0; i < SHARE_BYTES.length; i++) if (a[offset + i] != SHARE_BYTES[i]) return false;
        return true;
    }

    /** The ShareName of a valid shared filter, or null of another. */
    public static String shareName(String filter) {
        return isShared(filter) ? filter.substring(SHARE.length(), filter.indexOf('/', SHARE.length())) : null;
    }

    /** A valid filter without {@code $share/ShareName/}. */
    public static String withoutShare(String filter) {
        return isShared(filter) ? filter.substring(filter.indexOf('/', SHARE.length()) + 1) : filter;
    }

    /** How many levels a name or filter has: its slashes and one. */
    public static int levels(byte[] a, int offset, int length) {
        int levels = 1;
        for (int i = offset; i < offset + length; i++) if (a[i] == '/') levels++;
        return levels;
    }

    public static int levels(String topic) {
        int levels = 1;
        for (int i = 0; i < topic.length(); i++) if (topic.charAt(i) == '/') levels++;
        return levels;
    }

    /** Whether a valid filter matches a valid name, a shared one by what follows its ShareName. */
    public static boolean matches(String filter, String topic) {
        int f = isShared(filter) ? filter.indexOf('/', SHARE.length()) + 1 : 0, fEnd = filter.length(), t = 0, tEnd = topic.length();
        if (topic.charAt(0) == '$' && (filter.charAt(f) == '+' || filter.charAt(f) == '#')) return false; // [MQTT-4.7.2-1]
        while (f < fEnd) {
            char c = filter.charAt(f);
            if (c == '#') return true;
            if (c == '+') {
                while (t < tEnd && topic.charAt(t) != '/') t++;
                f++;
            } else {
                if (t == tEnd) return c == '/' && f + 2 == fEnd && filter.charAt(f + 1) == '#'; // §4.7.1.2: "a/#" matches "a"
                if (topic.charAt(t) != c) return false;
                t++;
                f++;
            }
        }
        return t == tEnd;
    }

    /** The same over bytes, without an object. */
    public static boolean matches(byte[] filter, int f, int fLength, byte[] topic, int t, int tLength) {
        int fEnd = f + fLength, tEnd = t + tLength;
        if (isShared(filter, f, fLength)) {
            f += SHARE_BYTES.length;
            while (filter[f++] != '/') { }
        }
        if (topic[t] == '$' && (filter[f] == '+' || filter[f] == '#')) return false; // [MQTT-4.7.2-1]
        while (f < fEnd) {
            byte c = filter[f];
            if (c == '#') return true;
            if (c == '+') {
                while (t < tEnd && topic[t] != '/') t++;
                f++;
            } else {
                if (t == tEnd) return c == '/' && f + 2 == fEnd && filter[f + 1] == '#';
                if (topic[t] != c) return false;
                t++;
                f++;
            }
        }
        return t == tEnd;
    }
}
