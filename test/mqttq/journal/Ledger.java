package mqttq.journal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import mqttq.sim.SimDisk;
import mqttq.sim.SimLoop;

/** A map of numbers that survives: each change is one of its versions, in batches of several. */
final class Ledger implements Journal.Owner {
    static final String DIRECTORY = "/data";
    final SimLoop loop;
    final Journal journal;
    final TreeMap<Integer, Long> map = new TreeMap<>();
    final List<String> told = new ArrayList<>();
    /** Values of what each turn left behind, by the position it reached. */
    final TreeMap<Long, TreeMap<Integer, Long>> turns = new TreeMap<>();
    private List<Integer> left;
    private final int pad;
    int snapshots, longestSlice, holes;

    Ledger(SimLoop loop, Journal.Sync sync, int pad) {
        this.loop = loop;
        this.pad = pad;
        journal = new Journal(loop, DIRECTORY, disk(), sync, this);
    }

    /** Opens it. */
    Ledger open() throws JournalException {
        journal.open();
        return this;
    }

    SimDisk disk() {
        return loop.disk(DIRECTORY);
    }

    void put(int key, long value) {
        map.put(key, value);
        write(key, value);
    }

    private void write(int key, long value) {
        ByteBuffer out = journal.room(12 + pad);
        out.putInt(key).putLong(value);
        for (int i = 0; i < pad; i++) out.put((byte) value);
    }

    /** All changes of this turn are made. */
    void turn() {
        turns.put(journal.position(), new TreeMap<>(map));
    }

    @Override public void replay(ByteBuffer changes) throws JournalException {
        while (changes.hasRemaining()) {
            if (changes.remaining() < 12 + pad) throw new JournalException("cut short");
            map.put(changes.getInt(), changes.getLong());
            changes.position(changes.position() + pad);
        }
    }

    @Override public void hole() {
        holes++;
    }

    @Override public void safe() {
        told.add("durable " + journal.durable());
    }

    @Override public void cannotWrite(String why) {
        told.add(why == null ? "writes" : "cannot write: " + why);
    }

    @Override public long alive() {
        return map.size() * (12L + pad);
    }

    @Override public void snapshot() {
        left = new ArrayList<>(map.keySet());
        snapshots++;
    }

    @Override public boolean slice(int bytes) {
        int written = 0;
        for (; !left.isEmpty() && written < bytes; written += 12 + pad) {
            int key = left.remove(left.size() - 1);
            write(key, map.get(key));
        }
        longestSlice = Math.max(longestSlice, written);
        return left.isEmpty();
    }
}
