package mqttq.journal;

import java.util.ArrayDeque;
import java.util.stream.Stream;
import mqttq.loop.Loop;
import mqttq.loop.Storage;

/** The journal's files: the one being written, older ones, one prepared for afterwards, and some that are there to be used again. */
final class Files {
    static final int SEGMENT = 1 << 20;
    static final String SPARE = "spare-";
    private static final int STEP = SEGMENT / 4, SPARES = 2;
    private static final long RETRY = 1_000_000_000L;

    private final Loop loop;
    private final Storage storage;
    private final Storage.Done prepared;
    /** In order; the last is the current one where there is one. */
    private final ArrayDeque<Segment> segments = new ArrayDeque<>();
    private final ArrayDeque<String> spares = new ArrayDeque<>(), left = new ArrayDeque<>();
    private Segment current, next;
    private boolean preparing;
    /** What a roll under way needs; 0: there is none. */
    private int wanted;
    private long lastNumber, marked, retryAt;
    private String error;

    /** @param prepared told when {@link #roll} is done, and whenever a file for afterwards could not be made or is there at last */
    Files(Loop loop, Storage storage, Storage.Done prepared) {
        this.loop = loop;
        this.storage = storage;
        this.prepared = prepared;
    }

    void take(History history) {
        segments.addAll(history.segments);
        for (String spare : history.spares) keepSpare(spare);
        lastNumber = history.highest;
        if (!history.closed) current = segments.peekLast();
    }

    void syncAll(Storage.Done done) { for (Segment each : segments) storage.sync(each.name(), done); }

    Segment current() { return current; }

    /** Why no further file can be had, or null; when to ask for {@link #prepareAhead} again. */
    String error() { return error; }
    long retryAt() { return error == null || preparing ? Long.MAX_VALUE : retryAt; }

    /** Bytes that can be written without a further file. */
    int left() { return (current == null ? 0 : current.length - current.end) + (next == null ? 0 : next.length); }

    long bytes() {
        long bytes = 0;
        for (Segment each : segments) bytes += each.end;
        return bytes;
    }

    boolean fits(int bytes) { return current != null && current.length - current.end >= bytes + (current.end == 0 ? Segment.HEADER : 0); }

    /** Where the batch of so many bytes goes in the current file, which begins with it where it is new. */
    int begin(long batch, int bytes, Storage.Done done) {
        if (current.end == 0) {
            storage.write(current.name(), 0, current.header(batch), done);
            current.end = Segment.HEADER;
            current.first = batch;
        }
        current.end += bytes;
        return current.end - bytes;
    }

    /** Nothing more goes into the current file; where nothing in it is safe, no batch before {@code unsafe}, it is not kept either. */
    void abandon(long unsafe) {
        if (current == null) return;
        current.length = current.end;
        if (current.first < unsafe) return;
        segments.remove(current);
        remove(current.name());
        current = null;
    }

    /** Those that must be there. */
    String[] names() {
        Stream<Segment> ahead = next == null || preparing || next.length == 0 ? Stream.empty() : Stream.of(next);
        return Stream.concat(segments.stream(), ahead).map(Segment::name).toArray(String[]::new);
    }

    /** They are gone. */
    void forget() {
        segments.clear();
        spares.clear();
        left.clear();
        current = null;
        if (!preparing) next = null;
    }

    /** A disk that fails now may do it later: {@link #sweep}. */
    private void remove(String name) { storage.delete(name, why -> { if (why != null) left.add(name); }); }

    /** The disk works again. */
    void sweep() { while (!left.isEmpty()) storage.delete(left.poll(), why -> { }); }

    private void keepSpare(String name) {
        if (spares.size() < SPARES) spares.add(name);
        else remove(name);
    }

    /** Makes the next file the current one. */
    void roll(int bytes) {
        wanted = bytes + Segment.HEADER;
        if (preparing) return;
        if (next != null && next.length >= wanted) rolled();
        else prepare();
    }

    /** Tries again to have the next file, where it could not be had. */
    void more() { if (!preparing) prepare(); }

    private void rolled() {
        segments.add(current = next);
        next = null;
        wanted = 0;
        prepared.done(null);
    }

    /** The next file, in good time. */
    void prepareAhead() {
        if (preparing || error != null && loop.now() < retryAt) return;
        boolean needed = (current == null || current.length - current.end < SEGMENT / 2) && (next == null || next.length < SEGMENT);
        if (needed || error != null) prepare();
    }

    private void prepare() {
        preparing = true;
        if (next == null) next = new Segment(++lastNumber, 0);
        if (next.length == 0 && wanted <= SEGMENT && !spares.isEmpty()) {
            String spare = spares.poll();
            storage.rename(spare, next.name(), why -> {
                if (why == null) next = new Segment(next.number, SEGMENT);
                else remove(spare);
                made(why);
            });
        } else {
            allocate(next, Math.max(wanted, SEGMENT));
        }
    }

    /** Step by step: others' syncs come in between. */
    private void allocate(Segment made, int length) {
        int upTo = Math.min(length, made.length + STEP);
        storage.preallocate(made.name(), upTo, why -> {
            if (why == null) made.length = upTo;
            if (why == null && upTo < length) allocate(made, length);
            else made(why);
        });
    }

    /** What could not be made, or not all of it, is gone on with: each try leaves the same file. */
    private void made(String why) {
        preparing = false;
        boolean better = why == null && error != null;
        error = why;
        if (why != null) retryAt = loop.now() + RETRY;
        if (wanted > 0 && next.length >= wanted) {
            rolled();
        } else if (wanted > 0 && why == null) {
            prepare(); // it was made for less
        } else if (better || why != null) {
            wanted = 0;
            prepared.done(why);
        }
    }

    /** A snapshot begins: what was before the current file can go when it is safe. */
    void mark() { marked = current == null ? lastNumber + 1 : current.number; }

    void dropMarked() {
        while (segments.peek() != current && segments.peek().number < marked) {
            Segment old = segments.poll();
            if (old.keepAs != null) {
                storage.rename(old.name(), old.keepAs, why -> { });
            } else if (spares.size() < SPARES && old.length == SEGMENT) {
                String spare = SPARE + old.number;
                spares.add(spare); // by its name later on: what is asked of it comes after the rename
                storage.rename(old.name(), spare, why -> { if (why != null && spares.remove(spare)) remove(old.name()); });
            } else {
                remove(old.name());
            }
        }
    }
}
