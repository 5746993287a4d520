package mqttq.session;

/** A set of packet identifiers (1..65535): open addressing over shorts, 128 KiB at most, nothing while it was never used. */
public final class IdSet {
    private static final short[] NONE = new short[0];
    private short[] table = NONE;
    private int size;

    public int size() { return size; }
    public boolean contains(int id) { return size > 0 && table[slot(id)] != 0; }

    /** False where it was in already. */
    public boolean add(int id) {
        if (id <= 0 || id > 0xffff) throw new IllegalArgumentException("not a packet identifier: " + id);
        if (size * 4 >= table.length * 3 && table.length < 1 << 17) grow();
        int slot = slot(id);
        if (table[slot] != 0) return false;
        table[slot] = (short) id;
        size++;
        return true;
    }

    /** False where it was not in. */
    public boolean remove(int id) {
        if (size == 0) return false;
        int hole = slot(id), mask = table.length - 1;
        if (table[hole] == 0) return false;
        size--;
        for (int next = hole + 1 & mask; table[next] != 0; next = next + 1 & mask) {
            int home = home(table[next] & 0xffff);
            if ((next - home & mask) >= (next - hole & mask)) {
                table[hole] = table[next];
                hole = next;
            }
        }
        table[hole] = 0;
        return true;
    }

    public void clear() {
        table = NONE;
        size = 0;
    }

    /** Moves everything into {@code other}. */
    public void drainTo(IdSet other) {
        for (short id : table) {
            if (id != 0) other.add(id & 0xffff);
        }
        clear();
    }

    /** All of them, in no particular but a repeatable order. */
    public int[] toArray() {
        int[] ids = new int[size];
        int n = 0;
        for (short id : table) {
            if (id != 0) ids[n++] = id & 0xffff;
        }
        return ids;
    }

    private int slot(int id) {
        int slot = home(id);
        while (table[slot] != 0 && table[slot] != (short) id) slot = slot + 1 & table.length - 1;
        return slot;
    }

    private int home(int id) { return id * 0x9e3779b1 >>> 15 & table.length - 1; }

    private void grow() {
        short[] old = table;
        table = new short[Math.max(16, old.length * 2)];
        for (short id : old) {
            if (id != 0) table[slot(id & 0xffff)] = id;
        }
    }
}
