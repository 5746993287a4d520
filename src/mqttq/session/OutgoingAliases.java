package mqttq.session;

import java.util.Arrays;

/**
 * Numbers for the topics sent most (MQTT 5.0 §3.3.2.3.4). When all are taken, one not used lately gives way (the clock algorithm).
 * One network connection's.
 */
public final class OutgoingAliases {
    /** Set in the result of {@link #lookup} where the topic must go along with its number. */
    public static final int NEW = 1 << 16;
    /** Bytes of a topic above which it gets no number: what is remembered for a peer must not be what it makes others send. */
    static final int LONGEST = 1024;
    private final int maximum;
    private byte[][] topics;
    private int[] hashes;
    private boolean[] used;
    private short[] table;
    private int count, hand;

    /** @param maximum the smaller of the peer's Topic Alias Maximum and an own limit; 0: no aliases */
    public OutgoingAliases(int maximum) { this.maximum = Math.min(maximum, 0x7fff); }

    /** The number to send for this topic, {@code | NEW} where the peer does not know it yet; 0: send the topic alone. */
    public int lookup(byte[] array, int offset, int length) {
        if (maximum == 0 || length > LONGEST) return 0;
        if (topics == null) open();
        int hash = hash(array, offset, length), mask = table.length - 1;
        for (int slot = hash & mask; table[slot] != 0; slot = slot + 1 & mask) {
            int alias = table[slot];
            byte[] topic = topics[alias - 1];
            if (hashes[alias - 1] == hash && Arrays.equals(topic, 0, topic.length, array, offset, offset + length)) {
                used[alias - 1] = true;
                return alias;
            }
        }
        int alias;
        if (count < maximum) {
            alias = ++count;
        } else {
            // One step a miss: topics that are sent once only do not push out those that are sent again and again.
            alias = hand + 1;
            hand = (hand + 1) % maximum;
            if (used[alias - 1]) {
                used[alias - 1] = false;
                return 0;
            }
            remove(alias);
        }
        topics[alias - 1] = Arrays.copyOfRange(array, offset, offset + length);
        hashes[alias - 1] = hash;
        insert(alias, hash);
        return alias | NEW;
    }

    private void open() {
        topics = new byte[maximum][];
        hashes = new int[maximum];
        used = new boolean[maximum];
        table = new short[Integer.highestOneBit(maximum * 2) * 2];
    }

    private void insert(int alias, int hash) {
        int mask = table.length - 1, slot = hash & mask;
        while (table[slot] != 0) slot = slot + 1 & mask;
        table[slot] = (short) alias;
    }

    private void remove(int alias) {
        int mask = table.length - 1, hole = hashes[alias - 1] & mask;
        while (table[hole] != alias) hole = hole + 1 & mask;
        for (int next = hole + 1 & mask; table[next] != 0; next = next + 1 & mask) {
            if ((next - hashes[table[next] - 1] & mask) >= (next - hole & mask)) {
                table[hole] = table[next];
                hole = next;
            }
        }
        table[hole] = 0;
    }

    private static int hash(byte[] array, int offset, int length) {
        int hash = length;
        for (int i = offset, end = offset + length; i < end; i++) hash = hash * 31 + array[i];
        hash *= 0x9e3779b1;
        return hash ^ hash >>> 15;
    }
}
