package mqttq.journal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import mqttq.loop.Log;
import mqttq.loop.Storage;

/** What earlier processes left: found, checked and read back without a change to any file. */
final class History {
    /** Files that count, in order; of the last one {@link Segment#end} is where good batches end. */
    final List<Segment> segments = new ArrayList<>();
    /** Files that must not be read again, and the one that is damaged behind its good part, or null. */
    final List<Segment> aside = new ArrayList<>();
    Segment damaged;
    /** Its beginning is gone and something good is behind: lost, unless the next file begins before that. */
    private Segment headless;
    private long headlessBatch;
    final List<String> spares = new ArrayList<>();
    /** Number of the next batch, and the times in the last one; -1: there is none. */
    long nextBatch = -1, time = -1, wall;
    long highest;
    private final String directory;
    private final Storage storage;
    private final Log log;

    History(String directory, Storage storage, Log log) {
        this.directory = directory;
        this.storage = storage;
        this.log = log;
    }

    void scan() throws JournalException {
        for (String name : storage.list()) {
            long number = Segment.number(name);
            if (name.startsWith(Files.SPARE)) spares.add(name);
            if (number < 0) continue;
            ByteBuffer file = storage.read(name);
            int version = Segment.version(file);
            if (version != 0 && version != Segment.VERSION) {
                throw new JournalException(directory + "/" + name + " has format " + version + " and this mqttq reads format "
                    + Segment.VERSION
                    + ": nothing was changed; use the mqttq that wrote it, or another directory.");
            }
            highest = number;
            add(new Segment(number, file.limit(), true), file);
        }
        if (headless != null) {
            int at = segments.indexOf(headless);
            aside.addAll(0, segments.subList(at, segments.size()));
            segments.subList(at, segments.size()).clear();
        }
        for (int i = segments.size() - 1; i >= 0 && damaged == null; i--) {
            behind(segments.get(i));
            if (segments.get(i).end > 0) break;
        }
    }

    private void add(Segment segment, ByteBuffer file) {
        long first = Segment.first(file, segment.number);
        if (headless != null && first >= 0 && first <= headlessBatch) headless = null; // it was given up; all of it was written again
        if (!aside.isEmpty() || first >= 0 && (headless != null || nextBatch >= 0 && first > nextBatch)) {
            aside.add(segment);
            return;
        }
        segments.add(segment);
        int good = first >= 0 ? -1 : Segment.goodBehind(file, segment.number, Segment.HEADER, 0);
        if (good >= 0 && headless == null) {
            headless = segment;
            headlessBatch = Segment.batch(file, good);
        }
        if (first < 0) return; // or it was never used, or its first write was torn
        segment.end = Segment.HEADER;
        for (int size; (size = Segment.changes(file, segment.number, segment.end)) > 0; segment.end += Segment.FRAME + size) {
            long batch = Segment.batch(file, segment.end);
            if (nextBatch >= 0 && batch > nextBatch) break;
            if (nextBatch < 0 || batch == nextBatch) {
                nextBatch = batch + 1;
                time = Segment.time(file, segment.end);
                wall = Segment.wall(file, segment.end);
            }
        }
    }

    /** Judges what follows the last good batch of a file that nothing goes on from. */
    private void behind(Segment last) {
        ByteBuffer file = storage.read(last.name());
        int torn = Segment.torn(file, last.end, nextBatch);
        if (last.end > 0 && (!aside.isEmpty() || Segment.goodBehind(file, last.number, last.end, nextBatch) >= 0)) {
            damaged = last;
        } else if (torn > 0) {
            log.log(Log.Level.WARNING, "Warning: " + directory + "/" + last.name() + " ends in the middle of a record: " + torn
                + " bytes cut at byte " + last.end + ".");
        }
    }

    /** Hands all changes to the owner, each batch once. What the owner cannot understand is damage. */
    void replay(Journal.Owner owner) {
        long next = -1;
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            if (segment.end == 0) continue;
            ByteBuffer file = storage.read(segment.name());
            for (int at = Segment.HEADER; at < segment.end; ) {
                int size = Segment.claimed(file, at);
                long batch = Segment.batch(file, at);
                try {
                    if (batch >= next) owner.replay(file.slice(at + Segment.FRAME, size));
                } catch (JournalException e) {
                    log.log(Log.Level.ERROR, "Error: " + directory + "/" + segment.name() + ", byte " + at + ": " + e.getMessage());
                    segment.end = at;
                    nextBatch = batch;
                    damaged = segment;
                    aside.addAll(segments.subList(i + 1, segments.size()));
                    segments.subList(i + 1, segments.size()).clear();
                    return;
                }
                next = Math.max(next, batch + 1);
                at += Segment.FRAME + size;
            }
        }
    }

    /** Keeps aside what is damaged, and what followed it: the latter must be gone before anything is written. */
    void keepAside(long wallMillis, Storage.Done done) {
        String bad = ".bad-" + wallMillis / 1000;
        if (aside.isEmpty()) {
            if (damaged != null) keepDamaged(bad);
            done.done(null);
            return;
        }
        Segment last = aside.get(aside.size() - 1);
        storage.rename(last.name(), last.name() + bad, why -> {
            if (why != null) {
                done.done(why);
                return;
            }
            aside.remove(last);
            say(last, bad, damaged == null && aside.isEmpty() ? "is damaged at its start"
                : "follows what is damaged or missing and is not used");
            keepAside(wallMillis, done);
        });
    }

    private void keepDamaged(String bad) {
        storage.replace(damaged.name() + bad, storage.read(damaged.name()), why -> {
            if (why != null) {
                log.log(Log.Level.ERROR, "Error: cannot keep a copy of what is damaged: " + why);
                return;
            }
            say(damaged, bad, "is damaged at byte " + damaged.end + ": what is before it is used");
            storage.truncate(damaged.name(), damaged.end, ignored -> { });
        });
    }

    private void say(Segment segment, String bad, String what) {
        log.log(Log.Level.ERROR, "Error: " + directory + "/" + segment.name() + " " + what + "; kept as " + segment.name() + bad + ".");
    }
}
