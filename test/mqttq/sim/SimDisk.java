package mqttq.sim;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import mqttq.loop.Storage;

/**
 * The disk of a simulated host. Operations run one after the other and take time. What was written and not synced survives a power cut
 * whole, in part (sectors of 512 bytes), or not at all. Names (create, rename, replace, delete) are kept once done.
 */
public final class SimDisk implements Storage {
    private static final int SECTOR = 512;

    /** A write that no sync has covered. */
    private record Unsynced(int position, byte[] data, boolean doomed) { }

    private static final class File {
        boolean gone;
        byte[] seen = new byte[0], kept = new byte[0];
        List<Unsynced> unsynced = new ArrayList<>();
    }

    /** Returns what failed, or null. */
    private interface Work {
        String run();
    }

    private final SimLoop host;
    private final SimRandom random;
    private final Map<String, File> files = new TreeMap<>();
    private long busyUntil, writeNanos = 100_000, syncNanos = 5_000_000, capacity = Long.MAX_VALUE;
    private int failing, failingSyncs;
    private String failure, syncFailure;
    private long writes, syncs, bytesWritten;

    SimDisk(SimLoop host, long seed) {
        this.host = host;
        random = new SimRandom(seed);
    }

    /** How long a write and a sync take, ns. */
    public SimDisk speed(long writeNanos, long syncNanos) {
        this.writeNanos = writeNanos;
        this.syncNanos = syncNanos;
        return this;
    }

    /** Bytes that all files together may have; more fails with "No space left on device". */
    public SimDisk capacity(long bytes) {
        capacity = bytes;
        return this;
    }

    /** The next {@code operations} fail with this text. */
    public SimDisk fail(int operations, String error) {
        failing = operations;
        failure = error;
        return this;
    }

    /** The next sync fails, and what it should have covered is never safe, whatever later syncs say. */
    public SimDisk failSync(String error) {
        syncFailure = error;
        return this;
    }

    /** The next {@code times} syncs fail, and those of new files, and nothing that was written before them is safe. */
    public SimDisk failSyncs(int times, String error) {
        failingSyncs = times;
        failure = error == null ? failure : error;
        return this;
    }

    /** Somebody removes a file. Who has it open does not notice. */
    public SimDisk vanish(String name) {
        files.get(name).gone = true;
        return this;
    }

    /** The file as a reader sees it now, or null. */
    public byte[] content(String name) {
        File file = files.get(name);
        return file == null || file.gone ? null : file.seen.clone();
    }

    /** Puts a file there, safe at once. */
    public SimDisk put(String name, byte[] content) {
        File file = new File();
        file.seen = content.clone();
        file.kept = content.clone();
        files.put(name, file);
        return this;
    }

    public long writes() {
        return writes;
    }

    public long syncs() {
        return syncs;
    }

    public long bytesWritten() {
        return bytesWritten;
    }

    /** Everything not synced is lost, torn or kept, as chance will have it. Part of {@link SimLoop#crash}. */
    public void powerCut() {
        busyUntil = 0;
        files.values().removeIf(file -> file.gone);
        for (File file : files.values()) {
            for (Unsynced write : file.unsynced) {
                long fate = random.below(4);
                if (fate == 0) continue;
                if (fate == 3) { // the power went in the middle of a byte run
                    file.kept = put(file.kept, write.position, write.data, 0, (int) random.below(write.data.length + 1));
                    continue;
                }
                for (int at = 0; at < write.data.length; ) {
                    int n = Math.min(write.data.length - at, SECTOR - (write.position + at) % SECTOR);
                    if (fate == 1 || random.chance(0.5)) file.kept = put(file.kept, write.position + at, write.data, at, n);
                    at += n;
                }
            }
            file.unsynced.clear();
            file.seen = file.kept.clone();
        }
    }

    @Override
    public void lock() { }

    @Override
    public ByteBuffer read(String name) {
        File file = files.get(name);
        return file == null || file.gone ? null : ByteBuffer.wrap(file.seen.clone());
    }

    @Override
    public String[] list() {
        return files.keySet().stream().filter(name -> !files.get(name).gone).toArray(String[]::new);
    }

    @Override
    public void replace(String name, ByteBuffer content, Done done) {
        byte[] copy = bytes(content);
        run(writeNanos + syncNanos, done, () -> {
            if (used() + copy.length > capacity) return "No space left on device";
            syncs++;
            writes++;
            bytesWritten += copy.length;
            put(name, copy);
            return null;
        });
    }

    @Override
    public void write(String name, long position, ByteBuffer data, Done done) {
        run(writeNanos, done, () -> {
            byte[] copy = bytes(data);
            File file = files.computeIfAbsent(name, n -> new File());
            if (used() - file.seen.length + Math.max(file.seen.length, position + copy.length) > capacity) return "No space left on device";
            writes++;
            bytesWritten += copy.length;
            file.seen = put(file.seen, (int) position, copy, 0, copy.length);
            file.unsynced.add(new Unsynced((int) position, copy, false));
            return null;
        });
    }

    @Override
    public void preallocate(String name, long length, Done done) {
        run(writeNanos, done, () -> {
            File file = files.computeIfAbsent(name, n -> new File());
            if (used() - file.seen.length + length > capacity) return "No space left on device";
            if (file.seen.length < length) file.seen = Arrays.copyOf(file.seen, (int) length);
            return null;
        });
    }

    @Override
    public void sync(String name, Done done) {
        run(syncNanos, done, () -> {
            File file = files.get(name);
            if (file == null) return "No such file or directory";
            syncs++;
            String error = failingSyncs > 0 ? failure : syncFailure;
            if (failingSyncs > 0) failingSyncs--;
            syncFailure = null;
            List<Unsynced> doomed = new ArrayList<>();
            for (Unsynced write : file.unsynced) {
                if (error != null || write.doomed) doomed.add(new Unsynced(write.position, write.data, true));
                else file.kept = put(file.kept, write.position, write.data, 0, write.data.length);
            }
            file.unsynced = doomed;
            if (error == null && file.kept.length < file.seen.length) file.kept = Arrays.copyOf(file.kept, file.seen.length);
            return error;
        });
    }

    @Override
    public void truncate(String name, long length, Done done) {
        run(writeNanos, done, () -> {
            File file = files.get(name);
            if (file == null) return "No such file or directory";
            file.seen = Arrays.copyOf(file.seen, (int) length);
            file.kept = file.seen.clone();
            file.unsynced.clear();
            return null;
        });
    }

    @Override
    public void rename(String from, String to, Done done) {
        run(writeNanos, done, () -> {
            File file = files.remove(from);
            if (file == null || file.gone) return "No such file or directory";
            files.put(to, file);
            return null;
        });
    }

    @Override
    public void delete(String name, Done done) {
        run(writeNanos, done, () -> !present(name) | files.remove(name) == null ? "No such file or directory" : null);
    }

    @Override
    public void check(String[] names, Done done) {
        run(writeNanos, done, () -> {
            for (String name : names) {
                if (present(name)) continue;
                files.values().removeIf(file -> file.gone);
                return name + " was removed";
            }
            return null;
        }, true);
    }

    private boolean present(String name) {
        File file = files.get(name);
        return file != null && !file.gone;
    }

    private void run(long nanos, Done done, Work work) {
        run(nanos, done, work, false);
    }

    /** {@code free}: a disk that fails does this all the same. */
    private void run(long nanos, Done done, Work work, boolean free) {
        long now = host.world.now();
        busyUntil = Math.max(busyUntil, now) + nanos;
        host.after(busyUntil - now, () -> {
            boolean fails = failing > 0 && !free;
            String error = fails ? failure : work.run();
            if (fails) failing--;
            host.world.trace(3, error == null ? 0 : 1, bytesWritten);
            done.done(error);
        });
    }

    private long used() {
        long sum = 0;
        for (File file : files.values()) sum += file.seen.length;
        return sum;
    }

    private static byte[] bytes(ByteBuffer content) {
        byte[] copy = new byte[content.remaining()];
        content.duplicate().get(copy);
        return copy;
    }

    private static byte[] put(byte[] into, int position, byte[] data, int from, int length) {
        byte[] result = into.length >= position + length ? into : Arrays.copyOf(into, position + length);
        System.arraycopy(data, from, result, position, length);
        return result;
    }
}
