package mqttq.session;

import java.util.Arrays;

/** Topics that the peer gave a number (MQTT 5.0 §3.3.2.3.4). One network connection's. */
public final class IncomingAliases {
    /** Bytes of topic names a peer may have remembered; beyond, it is told 0x97 Quota exceeded. */
    public static final int MAX_BYTES = 64 * 1024;
    private final int maximum;
    private byte[][] topics = new byte[0][];
    private int bytes;

    /** @param maximum the Topic Alias Maximum given to the peer, 0..65535 */
    public IncomingAliases(int maximum) { this.maximum = maximum; }

    /** Whether the peer may use this number ([MQTT-3.3.2-8], [MQTT-3.3.2-9]). */
    public boolean allowed(int alias) { return alias >= 1 && alias <= maximum; }

    /** Remembers a topic; false where {@link #MAX_BYTES} would be passed. The number must be {@link #allowed}. */
    public boolean put(int alias, byte[] array, int offset, int length) {
        byte[] old = get(alias);
        if (old != null && Arrays.equals(old, 0, old.length, array, offset, offset + length)) return true;
        int grown = bytes + length - (old == null ? 0 : old.length);
        if (grown > MAX_BYTES) return false;
        bytes = grown;
        if (alias > topics.length) topics = Arrays.copyOf(topics, Math.min(maximum, Math.max(alias, topics.length * 2)));
        topics[alias - 1] = Arrays.copyOfRange(array, offset, offset + length);
        return true;
    }

    /** Of the topics remembered. */
    public int bytes() { return bytes; }

    /** The topic's UTF-8 bytes (not to be changed), or null where the number was never given one. */
    public byte[] get(int alias) { return alias >= 1 && alias <= topics.length ? topics[alias - 1] : null; }
}
