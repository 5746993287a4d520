package mqttq.mqtt;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** UTF-8 as MQTT wants it (§1.5.4): well-formed, no surrogates, no U+0000; a U+FEFF is a character like others. */
public final class Utf8 {
    /** The most bytes of a string, a binary value or a topic. */
    public static final int MAX_LENGTH = 65_535;

    private Utf8() { }

    /** Whether these bytes are a valid MQTT string [MQTT-1.5.4-1] [MQTT-1.5.4-2]. */
    public static boolean isValid(byte[] array, int offset, int length) { return scan(array, offset, offset + length, false); }

    /** Whether these bytes are well-formed UTF-8, as a payload whose format indicator is 1 must be; U+0000 is fine there. */
    public static boolean isWellFormed(byte[] array, int offset, int length) { return scan(array, offset, offset + length, true); }

    private static boolean scan(byte[] array, int at, int end, boolean nul) {
        while (at < end) {
            int b = array[at];
            if (b > 0 || b == 0 && nul) at++;
            else if ((at = multibyte(array, at, end)) < 0) return false;
        }
        return true;
    }

    /** The position after the character of two to four bytes at {@code at}, or -1 where it is none (RFC 3629 §4). */
    static int multibyte(byte[] array, int at, int end) {
        int first = array[at] & 0xff;
        if (first < 0xc2 || first > 0xf4) return -1;
        int length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        if (end - at < length) return -1;
        int second = array[at + 1] & 0xff;
        int least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80, most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (second < least || second > most) return -1;
        for (int i = 2; i < length; i++) if ((array[at + i] & 0xc0) != 0x80) return -1;
        return at + length;
    }

    /** The bytes of {@code text} in UTF-8; throws IllegalArgumentException above 65,535, for U+0000 and unpaired surrogates. */
    public static int size(String text) {
        int size = 0;
        for (int i = 0, n = text.length(); i < n; i++) {
            char c = text.charAt(i);
            if (c == 0) throw new IllegalArgumentException("U+0000 in a string");
            if (c < 0x80) size++;
            else if (c < 0x800) size += 2;
            else if (!Character.isSurrogate(c)) size += 3;
            else if (Character.isHighSurrogate(c) && i + 1 < n && Character.isLowSurrogate(text.charAt(i + 1))) {
                size += 4;
                i++;
            } else throw new IllegalArgumentException("unpaired surrogate in a string");
        }
        if (size > MAX_LENGTH) throw new IllegalArgumentException("string of more than 65535 bytes");
        return size;
    }

    /** The bytes of a string that {@link #size} accepts. */
    public static byte[] bytes(String text) {
        size(text);
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Writes the two length bytes and the string, which {@link #size} must accept; allocates nothing. */
    public static void put(ByteBuffer out, String text) {
        out.putShort((short) size(text));
        for (int i = 0, n = text.length(); i < n; i++) {
            int c = text.charAt(i);
            if (c < 0x80) {
                out.put((byte) c);
                continue;
            }
            if (c < 0x800) out.put((byte) (0xc0 | c >> 6));
            else {
                if (!Character.isSurrogate((char) c)) out.put((byte) (0xe0 | c >> 12));
                else {
                    c = Character.toCodePoint((char) c, text.charAt(++i));
                    out.put((byte) (0xf0 | c >> 18)).put((byte) (0x80 | c >> 12 & 0x3f));
                    out.put((byte) (0x80 | c >> 6 & 0x3f)).put((byte) (0x80 | c & 0x3f));
                    continue;
                }
                out.put((byte) (0x80 | c >> 6 & 0x3f));
            }
            out.put((byte) (0x80 | c & 0x3f));
        }
    }

    /** The string in bytes that are known to be valid. */
    public static String string(byte[] array, int offset, int length) { return new String(array, offset, length, StandardCharsets.UTF_8); }
}
