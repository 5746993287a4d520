package mqttq.journal;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import mqttq.loop.Log;
import mqttq.loop.Loop;
import mqttq.loop.Storage;
import mqttq.loop.Timers;

/** The log of changes ({@link mqttq.journal}): gathers them, writes and syncs them, compacts. Loop thread only. */
public final class Journal {
    /** When a change counts as safe: the disk has it; the system has it, and the disk within a second; the system has it. */
    public enum Sync { ALWAYS, INTERVAL, NEVER }

    /** Whose changes these are. */
    public interface Owner {
        /** At {@link Journal#open}: the changes of one batch, in order. @throws JournalException where they cannot be understood */
        void replay(ByteBuffer changes) throws JournalException;

        /** At {@link Journal#open}: changes are missing between what was replayed and what will be. */
        void hole();

        /** {@link Journal#durable} has grown. */
        void safe();

        /** The journal cannot write, in one line why, or {@link #stuck} has changed since; null: it can again. */
        void cannotWrite(String why);

        /** Bytes that all live state would take, about. */
        long alive();

        /** A snapshot begins: what was written before will be gone. */
        void snapshot();

        /** Writes more of the snapshot, about so many bytes; true: that was all. */
        boolean slice(int bytes);
    }

    /** Bytes of changes that wait for a slow or failing disk; beyond, a snapshot must make up for them. */
    public static final int MAX_PENDING = 4 << 20;
    /** Room for other changes that is left when those that can be refused are: no further file can be had. */
    public static final int RESERVE = Files.SEGMENT / 4;
    /** Milliseconds between two starts, above which the wall clock is not believed: half a year. */
    public static final long TRUSTED_PAUSE = 182L * 86_400_000;
    private static final int SLICE = 64 << 10, BATCH = 256 << 10, BUFFER = 4096, KEPT_BUFFER = 128 << 10;
    private static final long MILLI = 1_000_000, SECOND = 1000 * MILLI, LOOK = 30 * SECOND, MAX_GATHER = 5 * MILLI;

    /** Changes on their way to the disk. */
    private static final class Batch {
        ByteBuffer bytes = ByteBuffer.allocate(BUFFER).position(Segment.FRAME);
        long number, end;
        int waiting, flags;
        boolean written;

        int changes() { return bytes.position() - Segment.FRAME; }
    }

    private final Loop loop;
    private final String directory;
    private final Storage storage;
    private final Sync sync;
    private final Owner owner;
    private final Timers.Timer timer;
    private final Files files;
    private long nextBatch;
    /** What gathers, and what is not safe yet, oldest first: all that is written of it is in the current file. */
    private Batch open = new Batch(), idle;
    private final ArrayDeque<Batch> unsafe = new ArrayDeque<>();
    private long unsafeBytes, told, synced, durable;
    /** {@code abandoned}: a file was, for a failure; a snapshot gives it back. */
    private boolean opened, scheduled, rolling, syncing, abandoned;
    /** Operations under way, and what went wrong in them. */
    private int under;
    private String failed;
    /** When the oldest open change was made, the first write after a sync, the last cycle began; until when others are waited for. */
    private long openSince, unsyncedSince = Long.MAX_VALUE, began, gatherUntil;
    private int expected;
    /** When to look whether the files are there still: somebody may have removed them. */
    private long lookAt;
    /** Ms to add to the loop's. */
    private long offset;
    private int failures;
    private boolean toldStuck;
    private long retryAt;
    private String error, toldError;
    /** Compaction: under way; all is written, up to where. Positions from {@code lostFrom} on are safe when it is done. */
    private boolean compacting, sliced;
    private long slicedEnd, lostFrom = Long.MAX_VALUE, compactedBytes;
    private Runnable closed;
    private long syncs;

    /** @param directory for messages; {@code storage} is its */
    public Journal(Loop loop, String directory, Storage storage, Sync sync, Owner owner) {
        this.loop = loop;
        this.directory = directory;
        this.storage = storage;
        this.sync = sync;
        this.owner = owner;
        timer = loop.timer(this::step);
        files = new Files(loop, storage, this::prepared);
    }

    /** Reads what earlier processes left, hands it to the owner, and is ready to write. @throws JournalException with nothing changed */
    public void open() throws JournalException {
        History history = new History(directory, storage, loop);
        history.scan(loop.wallMillis());
        long pause = history.time < 0 ? 0 : loop.wallMillis() - history.wall;
        offset = Math.max(0, history.time) + (pause < 0 || pause > TRUSTED_PAUSE ? 0 : pause) - loop.now() / MILLI;
        history.replay(owner, loop.wallMillis());
        nextBatch = Math.max(0, history.nextBatch);
        files.take(history);
        opened = true;
        // what a killed process wrote may not be on the disk yet
        files.syncAll(why -> {
            if (why == null || compacting) return;
            loop.log(Log.Level.ERROR, "Error: " + why + ": all state is written again.");
            compact();
        });
        if (history.closed) compact();
        lookAt = loop.now() + LOOK;
        schedule();
    }

    // ---- for the owner

    /** Takes what {@link #read} shows. */
    public interface Reader {
        void batch(long number, long time, long wallMillis, ByteBuffer changes) throws JournalException;
    }

    /** Shows the good batches of one file, whatever its name. @throws JournalException where it is none of the journal's, or has damage */
    public static void read(ByteBuffer file, Reader to) throws JournalException {
        int version = Segment.version(file);
        if (version < 1 || version > Segment.VERSION) throw new JournalException("not a file of the journal in format " + Segment.VERSION);
        long number = file.getLong(8);
        int at = Segment.HEADER;
        for (int size; (size = Segment.changes(file, number, at)) > 0; at += Segment.FRAME + size) {
            to.batch(Segment.batch(file, at), Segment.time(file, at), Segment.wall(file, at), file.slice(at + Segment.FRAME, size));
        }
        if (Segment.goodBehind(file, number, at, 0, Long.MAX_VALUE) >= 0) throw new JournalException("damaged at byte " + at);
    }

    /** Where to put a change of at most so many bytes. What one turn of the loop puts is safe together or not at all. */
    public ByteBuffer room(int bytes) {
        if (open.changes() == 0) openSince = loop.now();
        if (open.bytes.remaining() < bytes) {
            int size = Math.max(open.bytes.capacity() * 2, open.bytes.position() + bytes);
            open.bytes = ByteBuffer.allocate(size).put(open.bytes.flip());
        }
        schedule();
        return open.bytes;
    }

    /** Somebody waits for {@link #position}. */
    public void awaited() {
        open.waiting++;
        schedule();
    }

    /** Grows with each change; what {@link #durable} has reached is safe. */
    public long position() { return told + open.changes(); }
    public long durable() { return durable; }

    /** Milliseconds that go on from start to start. */
    public long time() { return offset + loop.now() / MILLI; }

    /** {@code time} in the loop's nanoseconds; negative for what was before. */
    public long loopNanos(long time) { return (time - offset) * MILLI; }

    /** Why changes that can be refused should be, or null. */
    public String error() { return error != null ? error : files.error() != null && files.left() < RESERVE ? files.error() : null; }

    /** Whether nothing can be made safe now. */
    public boolean stuck() { return error != null; }

    /** Whether changes were let go of that the snapshot under way must make up for: others fit only where it has been. */
    public boolean lost() { return lostFrom < Long.MAX_VALUE; }

    /** Bytes in the files, and syncs since the start. */
    public long bytes() { return files.bytes(); }
    public long syncs() { return syncs; }

    /** Writes a snapshot and lets go of what was before it. */
    public void compact() {
        if (compacting || !opened) return;
        compacting = true;
        sliced = abandoned = false;
        files.mark();
        owner.snapshot();
        open.flags = Segment.BEGINS;
        schedule();
    }

    /** Makes everything safe, where that goes, and then runs {@code done}. Nothing may follow. */
    public void close(Runnable done) {
        closed = done;
        if (lostFrom == Long.MAX_VALUE) compacting = false;
        schedule();
    }

    private void schedule() {
        if (scheduled) return;
        scheduled = true;
        loop.defer(this::turn);
    }

    private void turn() {
        scheduled = false;
        step();
    }

    // ---- the cycle: write, sync, tell

    private void step() {
        if (open.changes() > MAX_PENDING && (under > 0 || failures > 0) && closed == null) letGo();
        if (under > 0 || rolling || !opened) return;
        long now = loop.now();
        if (now >= lookAt && closed == null) {
            look(now);
            return;
        }
        if (failures > 1 && now < retryAt && closed == null) {
            timer.at(retryAt);
            return;
        }
        boolean free = unsafe.isEmpty() || failures == 0 && unsafe.getLast().written;
        if (compacting && !sliced && free && open.changes() < SLICE && (files.error() == null || files.left() > SLICE / 2)) slice();
        if (free && open.changes() > 0 && due(now)) gather();
        syncing = sync == Sync.ALWAYS || closed != null || compacting || sync == Sync.INTERVAL
            && (now - unsyncedSince >= SECOND || unsafeBytes > MAX_PENDING / 4);
        if (!unsafe.isEmpty() && !unsafe.getLast().written) write(now);
        else if (syncing && synced < told && files.current() != null) sync(now);
        else if (closed != null) ended();
        else setTimer(now);
    }

    private void slice() {
        sliced = owner.slice(SLICE);
        if (sliced) open.flags |= Segment.WHOLE;
        slicedEnd = position();
        if (sliced && synced >= slicedEnd) compacted();
    }

    private boolean due(long now) {
        if (compacting || closed != null || open.changes() >= BATCH || now - openSince >= SECOND) return true;
        // those just acknowledged will send the next: to begin without them would make them wait for two syncs
        return open.waiting > 0 && (open.waiting >= expected || now >= gatherUntil);
    }

    private void setTimer(long now) {
        long at = open.changes() == 0 ? Long.MAX_VALUE : open.waiting > 0 ? gatherUntil : openSince + SECOND;
        if (sync == Sync.INTERVAL && unsyncedSince < Long.MAX_VALUE) at = Math.min(at, unsyncedSince + SECOND);
        if (files.error() != null) {
            files.prepareAhead();
            at = Math.min(at, files.retryAt());
        }
        timer.at(Math.max(Math.min(at, lookAt), now));
    }

    /** Closes the batch that gathers. */
    private void gather() {
        Batch batch = open;
        told += batch.changes();
        batch.end = told;
        batch.number = nextBatch++;
        unsafe.add(batch);
        long lag = sync == Sync.NEVER ? Segment.LAG : Math.min(Segment.LAG, batch.number - unsafe.peek().number);
        batch.bytes.flip().putLong(8, Segment.numbered(batch.number, batch.flags | (int) lag));
        batch.bytes.putLong(16, time()).putLong(24, loop.wallMillis());
        unsafeBytes += batch.bytes.limit();
        open = idle == null ? new Batch() : idle;
        idle = null;
    }

    private void write(long now) {
        began = now;
        for (Batch batch : unsafe) {
            if (batch.written) continue;
            int size = batch.bytes.limit();
            boolean full = !compacting && files.error() != null && files.left() - size < RESERVE / 2; // the rest is for a snapshot
            if (full || !files.fits(size)) {
                if (unsafe.peek().written) break; // they are made safe where they are
                rolling = true;
                if (full) files.more();
                else files.roll(size);
                return;
            }
            under += files.current().end == 0 ? 2 : 1;
            int at = files.begin(batch.number, batch.bytes.limit(), this::done);
            Segment.seal(batch.bytes, files.current().number, at);
            storage.write(files.current().name(), at, batch.bytes, this::done);
            batch.written = true;
        }
        if (syncing || !unsafe.getLast().written) sync(now);
    }

    private void sync(long now) {
        if (under == 0) began = now;
        syncing = true;
        under++;
        storage.sync(files.current().name(), this::done);
    }

    private void done(String why) {
        if (why != null && failed == null) failed = why;
        if (--under > 0) return;
        if (failed != null) {
            String first = failed;
            failed = null;
            abandoned = true;
            files.abandon(unsafe.isEmpty() ? nextBatch : unsafe.peek().number);
            fail(first);
        } else {
            succeed();
        }
        step();
    }

    private void succeed() {
        long now = loop.now(), before = durable;
        int waited = 0;
        for (Iterator<Batch> all = unsafe.iterator(); all.hasNext(); ) {
            Batch batch = all.next();
            if (!batch.written) break;
            waited += batch.waiting;
            batch.waiting = 0;
            durable = Math.max(durable, Math.min(batch.end, lostFrom));
            if (syncing) synced = batch.end;
            if (!syncing && sync == Sync.INTERVAL) continue;
            all.remove();
            recycle(batch);
        }
        if (syncing) {
            if (unsafe.isEmpty()) synced = told;
            syncs++;
            unsyncedSince = Long.MAX_VALUE;
        } else if (unsyncedSince == Long.MAX_VALUE) {
            unsyncedSince = now;
        }
        expected = waited + open.waiting;
        gatherUntil = now + Math.min((now - began) / 4, MAX_GATHER);
        if (failures > 0) files.sweep();
        failures = 0;
        error = null;
        if (abandoned) compact();
        if (compacting && sliced && synced >= slicedEnd) compacted();
        else if (!compacting && closed == null && files.error() == null
            && bytes() > Math.max(3 * owner.alive() + 2 * Files.SEGMENT, 2 * compactedBytes)) compact();
        files.prepareAhead();
        tell();
        if (durable > before) owner.safe();
    }

    private void recycle(Batch batch) {
        unsafeBytes -= batch.bytes.limit();
        if (batch.bytes.capacity() > KEPT_BUFFER || idle != null) return;
        batch.bytes.clear().position(Segment.FRAME);
        batch.flags = 0;
        batch.written = false;
        idle = batch;
    }

    private void compacted() {
        compacting = false;
        if (lostFrom < Long.MAX_VALUE) {
            lostFrom = Long.MAX_VALUE;
            durable = synced;
        }
        files.dropMarked();
        compactedBytes = bytes();
        if (abandoned) compact();
    }

    private void ended() {
        timer.cancel();
        opened = false;
        closed.run();
    }

    // ---- when it does not work

    /** The first failure is met by another file, the second by patience. */
    private void fail(String why) {
        for (Batch batch : unsafe) batch.written = false;
        unsyncedSince = Long.MAX_VALUE;
        lookAt = loop.now();
        if (++failures > 1) {
            gatherAgain();
            error = why;
            retryAt = loop.now() + SECOND;
            if (closed != null) {
                loop.log(Log.Level.ERROR, "Error: " + why + ": the last changes are lost.");
                unsafe.clear();
                open = new Batch();
                synced = told;
                compacting = false;
            }
        }
        tell();
    }

    private void look(long now) {
        lookAt = now + LOOK;
        under++;
        storage.check(files.names(), why -> {
            under--;
            if (why != null) vanished(why);
            step();
        });
    }

    /** Of what was written nothing is left: all begins anew, and until it is safe nothing else is. */
    private void vanished(String why) {
        files.forget();
        failures = Math.max(failures, 1);
        fail(why);
        lookAt = retryAt;
        letGo();
    }

    /** What could not be made safe gathers anew: with what the owner does about it, it is one batch, safe together or not at all. */
    private void gatherAgain() {
        if (unsafe.isEmpty()) return;
        Batch all = new Batch();
        int size = open.bytes.position();
        for (Batch batch : unsafe) size += batch.bytes.limit() - Segment.FRAME;
        all.bytes = ByteBuffer.allocate(Math.max(BUFFER, size)).position(Segment.FRAME);
        nextBatch = unsafe.peek().number;
        open.bytes.flip();
        unsafe.add(open);
        for (Batch batch : unsafe) {
            if (batch != open) told -= batch.bytes.limit() - Segment.FRAME;
            all.waiting += batch.waiting;
            all.flags = (batch.flags & Segment.BEGINS) != 0 ? batch.flags : all.flags | batch.flags;
            all.bytes.put(batch.bytes.position(Segment.FRAME));
        }
        unsafe.clear();
        unsafeBytes = 0;
        open = all;
    }

    /** Forgets what gathers: the owner's own state is the truth. */
    private void letGo() {
        lostFrom = Math.min(lostFrom, told);
        told += open.changes();
        open = new Batch();
        compacting = false;
        compact();
    }

    private void tell() {
        String now = error();
        if ((now == null) == (toldError == null) && toldStuck == stuck()) return;
        if (now == null) loop.log(Log.Level.NOTICE, "The journal can write again.");
        else if (toldError == null) loop.log(Log.Level.ERROR, "Error: the journal cannot write: " + now
            + ": messages that it would have to keep are refused until it can.");
        toldError = now;
        toldStuck = stuck();
        owner.cannotWrite(now);
    }

    /** The next file is there, or cannot be had. */
    private void prepared(String why) {
        if (why != null && rolling) {
            failures = Math.max(failures, 1);
            fail(why);
        } else {
            tell();
        }
        // a snapshot that does not fit would take the room of one that does later on; perhaps what is kept can be made smaller
        if (why != null && !sliced && lostFrom == Long.MAX_VALUE && owner.alive() >= files.left()) compacting = false;
        if (why != null && files.bytes() > Files.SEGMENT && owner.alive() < files.left() / 2) {
            if (open.changes() > files.left() / 2) letGo();
            else compact();
        }
        rolling = false;
        step();
    }
}
