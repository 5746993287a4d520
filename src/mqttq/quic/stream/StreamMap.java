package mqttq.quic.stream;

/** Live streams by id: open addressing, grown at two thirds. Ids are dense, as stream limits make them, so no keyed hash is needed. */
final class StreamMap {
    private QuicStream[] table = new QuicStream[2];
    private int size;

    int size() { return size; }
    private int slot(long id) { return (int) (id * 0x9E37_79B9_7F4A_7C15L >>> 32) & table.length - 1; }

    QuicStream get(long id) {
        for (int i = slot(id); table[i] != null; i = i + 1 & table.length - 1)
            if (table[i].id() == id) return table[i];
        return null;
    }

    void put(QuicStream stream) {
        if (3 * ++size > 2 * table.length) {
            QuicStream[] old = table;
            table = new QuicStream[2 * old.length];
            for (QuicStream s : old) if (s != null) place(s);
        }
        place(stream);
    }

    private void place(QuicStream stream) {
        int i = slot(stream.id());
        while (table[i] != null) i = i + 1 & table.length - 1;
        table[i] = stream;
    }

    void remove(long id) {
        int mask = table.length - 1, i = slot(id);
        while (table[i] != null && table[i].id() != id) i = i + 1 & mask;
        if (table[i] == null) return;
        size--;
        table[i] = null;
        // move back what probing would not find any more
        for (int j = i + 1 & mask; table[j] != null; j = j + 1 & mask) {
            int home = slot(table[j].id());
            if ((j - home & mask) >= (j - i & mask)) {
                table[i] = table[j];
                table[j] = null;
                i = j;
            }
        }
    }
}
