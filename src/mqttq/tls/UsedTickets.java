package mqttq.tls;

/**
 * Which tickets have brought 0-RTT data already (RFC 9846 §8.1), and which tokens have proved an address: each may do so once. Two
 * generations of 64 bits of their random ids; each is remembered for as long as it could be used again, and where that is too many none
 * is taken. Times in ns; 1 MiB at most.
 */
public final class UsedTickets {
    private static final int MOST = 1 << 15, LEAST = 64;
    private final long life;
    private long[] current = new long[LEAST], previous = {};
    private int count;
    private long since;

    /** @param life how long a ticket is good for 0-RTT */
    public UsedTickets(long life) { this.life = life; }

    /** Notes the use of a ticket; false where it was used before, or nothing more can be noted. */
    public boolean use(long now, byte[] id) {
        if (now - since >= life) {
            previous = now - since >= 2 * life ? new long[0] : current;
            current = new long[LEAST];
            count = 0;
            since = now;
        }
        long key = 1;
        for (int i = 0; i < 8; i++) key = key << 8 | id[i] & 0xff;
        // 0 stands for an empty place.
        if (key == 0) key = 1;
        if (has(previous, key) || has(current, key) || count == MOST) return false;
        if (2 * ++count > current.length) {
            long[] all = current;
            current = new long[2 * all.length];
            for (long old : all) if (old != 0) put(old);
        }
        put(key);
        return true;
    }

    private void put(long key) {
        int i = (int) key & current.length - 1;
        while (current[i] != 0) i = i + 1 & current.length - 1;
        current[i] = key;
    }

    private static boolean has(long[] table, long key) {
        if (table.length == 0) return false;
        int i = (int) key & table.length - 1;
        for (; table[i] != 0; i = i + 1 & table.length - 1) if (table[i] == key) return true;
        return false;
    }
}
