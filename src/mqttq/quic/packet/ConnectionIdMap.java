package mqttq.quic.packet;

/**
 * Open-addressing table from connection id to {@code V}, looked up by bytes in a datagram without allocating. Peers choose some of the
 * ids, so places follow from SipHash under a secret key: nobody outside can make them collide. One thread.
 */
public final class ConnectionIdMap<V> {
    private static final int MIN_CAPACITY = 16;
    private final long k0, k1;
    private ConnectionId[] ids = new ConnectionId[MIN_CAPACITY];
    private Object[] values = new Object[MIN_CAPACITY];
    private int size;

    /** @param k0 first, {@code k1} second half of the secret key, from the loop's entropy */
    public ConnectionIdMap(long k0, long k1) {
        this.k0 = k0;
        this.k1 = k1;
    }

    public int size() { return size; }

    /** The value of the id with these bytes, or null; any length is allowed. */
    @SuppressWarnings("unchecked")
    public V get(byte[] array, int offset, int length) {
        for (int i = slot(array, offset, length); ids[i] != null; i = i + 1 & ids.length - 1) {
            if (ids[i].matches(array, offset, length)) return (V) values[i];
        }
        return null;
    }

    public V get(ConnectionId id) { return get(id.array(), 0, id.length()); }

    /** Adds an id that is not there yet; false (and no change) where it is. {@code value} is not null. */
    public boolean putIfAbsent(ConnectionId id, V value) {
        int i = find(id);
        if (ids[i] != null) return false;
        ids[i] = id;
        values[i] = value;
        if (++size > ids.length / 2) rehash(ids.length * 2);
        return true;
    }

    /** Removes an id and returns its value, null where it was not there. */
    @SuppressWarnings("unchecked")
    public V remove(ConnectionId id) {
        int hole = find(id);
        if (ids[hole] == null) return null;
        V removed = (V) values[hole];
        int mask = ids.length - 1;
        // Entries after the hole move up unless they already stand at or after their own slot, so that no search ends early.
        for (int i = hole + 1 & mask; ids[i] != null; i = i + 1 & mask) {
            int home = slot(ids[i].array(), 0, ids[i].length());
            if ((i - home & mask) >= (i - hole & mask)) {
                ids[hole] = ids[i];
                values[hole] = values[i];
                hole = i;
            }
        }
        ids[hole] = null;
        values[hole] = null;
        if (--size < ids.length / 8 && ids.length > MIN_CAPACITY) rehash(ids.length / 2);
        return removed;
    }

    /** How many places {@link #get} looks at: what the keyed hash keeps small. */
    int probes(byte[] array, int offset, int length) {
        int probes = 1;
        for (int i = slot(array, offset, length); ids[i] != null && !ids[i].matches(array, offset, length); i = i + 1 & ids.length - 1) {
            probes++;
        }
        return probes;
    }

    private int find(ConnectionId id) {
        int i = slot(id.array(), 0, id.length());
        while (ids[i] != null && !ids[i].equals(id)) i = i + 1 & ids.length - 1;
        return i;
    }

    private int slot(byte[] array, int offset, int length) { return (int) SipHash.hash(k0, k1, array, offset, length) & ids.length - 1; }

    private void rehash(int capacity) {
        ConnectionId[] oldIds = ids;
        Object[] oldValues = values;
        ids = new ConnectionId[capacity];
        values = new Object[capacity];
        for (int i = 0; i < oldIds.length; i++) {
            if (oldIds[i] == null) continue;
            int at = find(oldIds[i]);
            ids[at] = oldIds[i];
            values[at] = oldValues[i];
        }
    }
}
