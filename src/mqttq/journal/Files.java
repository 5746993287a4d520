package mqttq.journal;

import java.util.ArrayDeque;
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
    private final ArrayDeque<String> spares = new ArrayDeque<>();
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
        spares.addAll(history.spares);
        lastNumber = history.highest;
        if (history.damaged == null) current = segments.peekLast();
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
        }
        current.end += bytes;
        return current.end - bytes;
    }

    /** Nothing more goes into the current file. */
    void abandon() { if (current != null) current.length = current.end; }

    /** Makes the next file the current one. */
    void roll(int bytes) {
        wanted = bytes + Segment.HEADER;
        if (next != null && next.length >= wanted) rolled();
        else if (!preparing) prepare();
    }

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
        if (next == null && wanted <= SEGMENT && !spares.isEmpty()) {
            Segment made = new Segment(++lastNumber, SEGMENT, true);
            storage.rename(spares.poll(), made.name(), why -> made(why == null ? made : null, why));
        } else {
            allocate(next == null ? new Segment(++lastNumber, 0, false) : next, Math.max(wanted, SEGMENT));
        }
    }

    /** Step by step: others' syncs come in between. */
    private void allocate(Segment made, int length) {
        int upTo = Math.min(length, made.length + STEP);
        storage.preallocate(made.name(), upTo, why -> {
            if (why == null) made.length = upTo;
            if (why == null && upTo < length) allocate(made, length);
            else made(made, why);
        });
    }

    private void made(Segment made, String why) {
        preparing = false;
        next = made != null && made.length > 0 ? made : null;
        boolean better = why == null && error != null;
        error = why;
        if (why != null) retryAt = loop.now() + RETRY;
        if (wanted > 0 && next != null && next.length >= wanted) {
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
            String spare = SPARE + old.number;
            if (spares.size() < SPARES && old.length == SEGMENT) storage.rename(old.name(), spare,
                why -> { if (why == null) spares.add(spare); });
            else storage.delete(old.name(), why -> { });
        }
    }
}
