package mqttq.journal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import mqttq.loop.Log;
import mqttq.loop.Storage;

/** What earlier processes left: found, checked and read back without a change to any file. */
final class History {
    /** How far apart in number batches can be that follow each other, whatever is missing between them. */
    private static final long WINDOW = 1 << 20;

    /** Good batches of one file, one behind the other. */
    private static final class Run {
        final Segment in;
        final int from;
        final long first;
        int to;
        long next, time, wall;

        Run(Segment in, int from, long first) {
            this.in = in;
            this.from = from;
            this.first = first;
        }
    }

    /** All files, in order; {@link Segment#end} is where good batches end. */
    final List<Segment> segments = new ArrayList<>();
    final List<String> spares = new ArrayList<>();
    /** Number of the next batch, and the times in the last one; -1: there is none. */
    long nextBatch = -1, time = -1, wall;
    long highest;
    /** Nothing more may go into these files: good batches are behind what is used, or something is damaged, or the format is older. */
    boolean closed;
    /** In order of their numbers; between two that do not join something is lost. */
    private final List<Run> runs = new ArrayList<>();
    /** All before this batch had been synced; a snapshot began; the last one that is whole began, and where it ended. */
    private long synced, begun = -1, whole = -1, wholeEnd = -1;
    private final String directory;
    private final Storage storage;
    private final Log log;

    History(String directory, Storage storage, Log log) {
        this.directory = directory;
        this.storage = storage;
        this.log = log;
    }

    void scan(long wallMillis) throws JournalException {
        for (String name : storage.list()) {
            long number = Segment.number(name);
            if (name.startsWith(Files.SPARE)) spares.add(name);
            if (number < 0) continue;
            ByteBuffer file = storage.read(name);
            int version = Segment.version(file);
            if (version > Segment.VERSION) {
                throw new JournalException(directory + "/" + name + " has format " + version + " and this mqttq reads format "
                    + Segment.VERSION + ": nothing was changed; use the mqttq that wrote it, or another directory.");
            }
            highest = number;
            Segment segment = new Segment(number, file.limit());
            segments.add(segment);
            closed = version > 0 && version < Segment.VERSION;
            find(segment, file);
        }
        judge(".bad-" + wallMillis / 1000);
        if (runs.isEmpty()) return;
        Run last = runs.get(runs.size() - 1);
        nextBatch = last.next;
        time = last.time;
        wall = last.wall;
        if (closed) return;
        int torn = Segment.torn(storage.read(last.in.name()), last.to, nextBatch);
        if (torn > 0) warn(last, torn, "ends in the middle of a record");
    }

    private void find(Segment segment, ByteBuffer file) {
        Run run = null;
        segment.first = Segment.first(file, segment.number);
        long next = runs.isEmpty() ? 0 : runs.get(runs.size() - 1).next;
        long least = segment.first >= 0 ? segment.first : Math.max(0, next - WINDOW);
        for (int at = Segment.HEADER, size; ; at += Segment.FRAME + size) {
            size = Segment.changes(file, segment.number, at);
            if (size <= 0 || run != null && Segment.batch(file, at) != run.next) {
                long most = run == null && segment.first < 0 && runs.isEmpty() ? Long.MAX_VALUE : least + 2 * WINDOW;
                at = Segment.goodBehind(file, segment.number, at, least, most);
                if (at < 0) return;
                size = Segment.claimed(file, at);
                run = null;
            }
            long batch = Segment.batch(file, at);
            if (run == null) {
                cut(batch);
                runs.add(run = new Run(segment, at, batch));
            }
            segment.end = run.to = at + Segment.FRAME + size;
            run.next = least = batch + 1;
            run.time = Segment.time(file, at);
            run.wall = Segment.wall(file, at);
            int flags = Segment.flags(file, at), lag = flags & Segment.LAG;
            if (lag < Segment.LAG) synced = Math.max(synced, batch - lag);
            if ((flags & Segment.BEGINS) != 0) begun = batch;
            if ((flags & Segment.WHOLE) == 0 || begun < 0) continue;
            whole = begun;
            wholeEnd = batch;
        }
    }

    /** Lets go of batches from this one on: it was written again, with what came after it. */
    private void cut(long batch) {
        if (wholeEnd >= batch) whole = -1;
        if (begun >= batch) begun = -1;
        for (int i = runs.size() - 1; i >= 0 && runs.get(i).next > batch; i--) {
            Run run = runs.get(i);
            runs.remove(i);
            if (run.first >= batch) continue;
            ByteBuffer file = storage.read(run.in.name());
            Run kept = new Run(run.in, run.from, run.first);
            for (kept.to = run.from; Segment.batch(file, kept.to) < batch; kept.to += Segment.FRAME + Segment.claimed(file, kept.to)) {
                kept.time = Segment.time(file, kept.to);
                kept.wall = Segment.wall(file, kept.to);
            }
            kept.next = batch;
            runs.add(kept);
        }
        if (runs.isEmpty() || runs.get(runs.size() - 1).next != batch) begun = -1; // a snapshot with a hole is none
    }

    /** Says what is lost, and tells what a power cut took that no sync had covered, which is no damage, from what is. */
    private void judge(String bad) {
        for (int i = 0; i < runs.size(); i++) {
            Run after = runs.get(i), before = i > 0 ? runs.get(i - 1) : start(after);
            if (before.next == after.first) continue;
            closed = true;
            boolean sameFile = before.in == after.in;
            if (before.next >= synced) {
                Run last = runs.get(runs.size() - 1);
                if (i > 0) warn(before, last.in == before.in ? last.to - before.to : last.to, "has parts that were not synced yet");
                runs.subList(i, runs.size()).clear();
                if (whole >= before.next) whole = -1;
                return;
            }
            int here = sameFile ? after.from - before.to : Segment.torn(storage.read(before.in.name()), before.to, before.next);
            int there = sameFile ? 0 : after.from - Segment.HEADER;
            Segment damaged = there > 0 ? after.in : before.in;
            if (here + there > 0) damaged.keepAs = damaged.name() + bad;
            String what = here + there == 0 ? " is not followed by what was written next" : " is damaged at byte "
                + (there > 0 ? Segment.HEADER : before.to) + ": " + (here + there) + " bytes are left out";
            String outcome = whole >= after.first ? ", which was all written again later: nothing is lost"
                : "; what is behind is used, but for QoS 2 under way";
            log.log(Log.Level.ERROR, "Error: " + directory + "/" + damaged.name() + what + outcome
                + (damaged.keepAs == null ? "." : "; kept as " + damaged.keepAs + "."));
        }
    }

    /** What should be before the first batch there is. */
    private Run start(Run after) {
        Run start = new Run(after.in, Segment.HEADER, 0);
        start.to = Segment.HEADER;
        start.next = after.from == Segment.HEADER ? after.first : Math.max(0, after.in.first);
        return start;
    }

    private void warn(Run last, int bytes, String what) {
        log.log(Log.Level.WARNING, "Warning: " + directory + "/" + last.in.name() + " " + what + ": " + bytes + " bytes cut at byte "
            + last.to + ".");
    }

    /** Hands all changes to the owner, each batch once, from the last whole snapshot on. What the owner cannot understand is damage. */
    void replay(Journal.Owner owner, long wallMillis) {
        long next = runs.isEmpty() || runs.get(0).from > Segment.HEADER ? -1 : Math.max(whole, runs.get(0).first);
        for (Run run : runs) {
            ByteBuffer file = storage.read(run.in.name());
            for (int at = run.from, size; at < run.to; at += Segment.FRAME + size) {
                size = Segment.claimed(file, at);
                long batch = Segment.batch(file, at);
                if (batch < whole) continue;
                if (batch != next) owner.hole();
                next = batch + 1;
                try {
                    owner.replay(file.slice(at + Segment.FRAME, size));
                } catch (JournalException e) {
                    run.in.keepAs = run.in.name() + ".bad-" + wallMillis / 1000;
                    log.log(Log.Level.ERROR, "Error: " + directory + "/" + run.in.name() + ", byte " + at + ": " + e.getMessage() + ": "
                        + size + " bytes are left out; kept as " + run.in.keepAs + ".");
                    closed = true;
                    next = -1;
                }
            }
        }
        if (next < 0 && !runs.isEmpty()) owner.hole();
    }
}
