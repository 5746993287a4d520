package mqttq.kafka;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import mqttq.loop.Loop;
import mqttq.loop.Timers;

/**
 * Reads all partitions of topics from offsets that its owner keeps, each partition in order, committed records only. Holds one response of
 * each broker at the most. It needs a {@link Cluster} of its own, since brokers answer one request of a connection after another, and a
 * fetch may wait. Loop thread.
 */
public final class Consumer implements Cluster.Watcher {
    /** Places to begin at. */
    public static final long LATEST = -1, EARLIEST = -2;

    /** Who takes the records. Called at the end of a turn. */
    public interface Owner {
        /** The offset to begin at, {@link #LATEST} or {@link #EARLIEST}; asked once, when the partition is first seen. */
        long start(String topic, int partition);

        /** One record; false: not now, {@link Consumer#resume} will ask for it to be brought again. */
        boolean onRecord(String topic, int partition, KafkaRecord record);

        /**
         * Records that cannot be read; {@code reason} names the codec, or the damage. True: goes on behind {@code last}; false: tries again
         * later.
         */
        boolean onUnreadable(String topic, int partition, long first, long last, String reason);

        /** Kafka has not what was to come next: it goes on at {@code found}. */
        void onGap(String topic, int partition, long expected, long found);
    }

    /** One partition, as far as it has been read. */
    private static final class Part {
        final String topic;
        final int index;
        /** The next record's offset, or where to ask for it. */
        long position;
        /** Before {@link #position} is asked for again because Kafka had it not; -1: it had. */
        long missing = -1;
        long end = -1, retryAt;
        int failures;
        boolean asked;
        String said;
        // What has been fetched and not yet taken
        ByteBuffer data;
        long dataFrom;
        RecordBatch batch;
        final KafkaRecord record = new KafkaRecord();
        boolean held;
        final ArrayDeque<long[]> aborted = new ArrayDeque<>();
        final Set<Long> aborting = new TreeSet<>();

        Part(String topic, int index, long position) {
            this.topic = topic;
            this.index = index;
            this.position = position;
        }
    }

    private final Loop loop;
    private final Cluster cluster;
    private final KafkaSettings settings;
    private final Owner owner;
    private final Map<String, List<Part>> topics = new LinkedHashMap<>();
    private final Timers.Timer timer;
    private boolean paused, pumping, closed;

    public Consumer(Loop loop, Cluster cluster, KafkaSettings settings, Owner owner) {
        this.loop = loop;
        this.cluster = cluster;
        this.settings = settings;
        this.owner = owner;
        timer = loop.timer(this::later);
        cluster.watch(this);
    }

    /** Reads this topic from now on. */
    public void subscribe(String topic) {
        if (topics.putIfAbsent(topic, new ArrayList<>()) == null) cluster.want(topic);
        later();
    }

    /** After {@link Owner#onRecord} returned false. */
    public void resume() {
        paused = false;
        later();
    }

    public void close() {
        closed = true;
        timer.cancel();
    }

    /** Records of a topic that Kafka has and that were not taken yet, as far as is known. */
    public long lag(String topic) {
        long lag = 0;
        for (Part part : topics.getOrDefault(topic, List.of())) if (part.position >= 0) lag += Math.max(0, part.end - part.position);
        return lag;
    }

    @Override public void onChange() { later(); }

    private void later() {
        if (pumping || closed) return;
        pumping = true;
        loop.defer(this::pump);
    }

    private void pump() {
        pumping = false;
        long next = Long.MAX_VALUE;
        Map<KafkaLink, List<Part>> fetches = new LinkedHashMap<>();
        for (Map.Entry<String, List<Part>> topic : topics.entrySet()) {
            List<Part> parts = topic.getValue();
            for (int i = parts.size(); i < cluster.partitions(topic.getKey()); i++) {
                parts.add(new Part(topic.getKey(), i, owner.start(topic.getKey(), i)));
            }
            for (Part part : parts) {
                if (closed) return;
                if (part.data != null) drain(part);
                if (part.data != null || part.asked) continue;
                KafkaLink link = cluster.leader(part.topic, part.index);
                if (part.retryAt > loop.now()) next = Math.min(next, part.retryAt);
                else if (link != null && (part.position < 0 || part.missing >= 0)) ask(link, part);
                else if (link != null && !link.fetching) fetches.computeIfAbsent(link, to -> new ArrayList<>()).add(part);
            }
        }
        timer.at(next);
        if (!paused) fetches.forEach(this::fetch);
    }

    private void retry(Part part, String reason, boolean patient) {
        if (reason != null && !reason.equals(part.said)) cluster.note(part.topic + "-" + part.index + ": " + reason);
        if (reason != null) part.said = reason;
        part.retryAt = loop.now() + cluster.backoff(patient ? Integer.MAX_VALUE : part.failures++);
        later();
    }

    /** What an answer says of a partition; whether all is well. */
    private boolean good(Part part, KafkaError error) {
        if (error.code() == KafkaError.NONE) {
            if (part.said != null) cluster.note(part.topic + "-" + part.index + ": read again");
            part.said = null;
            part.failures = 0;
            return true;
        }
        if (error.kind() == KafkaError.Kind.REFRESH) cluster.refresh();
        retry(part, error.name(), error.kind() == KafkaError.Kind.CONFIGURATION);
        return false;
    }

    // ---- offsets

    private void ask(KafkaLink link, Part part) {
        part.asked = true;
        long place = part.missing >= 0 ? EARLIEST : part.position;
        link.call(new Call(Api.LIST_OFFSETS, (out, version) -> {
            out.i32(-1);
            if (version >= 2) out.i8(1);
            out.i32(1).string(part.topic).i32(1).i32(part.index);
            if (version >= 4) out.i32(-1);
            out.i64(place);
        }, (in, version) -> {
            Frame.skip(in, version >= 2 ? 8 : 4);
            Frame.readString(in);
            in.getLong();
            KafkaError error = KafkaError.of(in.getShort());
            in.getLong();
            long offset = in.getLong();
            part.asked = false;
            if (closed || !good(part, error)) return;
            part.position = offset;
            if (part.missing >= 0) owner.onGap(part.topic, part.index, part.missing, offset);
            part.missing = -1;
            later();
        }, reason -> {
            part.asked = false;
            retry(part, null, false);
        }));
    }

    // ---- records

    private void fetch(KafkaLink link, List<Part> parts) {
        link.fetching = true;
        Map<String, Map<Integer, Part>> asked = new LinkedHashMap<>();
        for (Part part : parts) {
            part.asked = true;
            asked.computeIfAbsent(part.topic, topic -> new LinkedHashMap<>()).put(part.index, part);
        }
        link.call(new Call(Api.FETCH, (out, version) -> {
            out.i32(-1).i32((int) (settings.fetchWait / 1_000_000)).i32(1).i32(settings.fetchBytes).i8(1);
            if (version >= 7) out.i32(0).i32(-1);
            out.i32(asked.size());
            asked.forEach((topic, each) -> {
                out.string(topic).i32(each.size());
                for (Part part : each.values()) {
                    out.i32(part.index);
                    if (version >= 9) out.i32(-1);
                    out.i64(part.position);
                    if (version >= 5) out.i64(-1);
                    out.i32(settings.fetchBytes);
                }
            });
            if (version >= 7) out.i32(0);
            if (version >= 11) out.string("");
        }, (in, version) -> {
            in.getInt();
            KafkaError error = KafkaError.of(version >= 7 ? in.getShort() : KafkaError.NONE);
            if (version >= 7) in.getInt();
            for (int left = Frame.readCount(in); left > 0; left--) {
                Map<Integer, Part> of = asked.getOrDefault(Frame.readString(in), new LinkedHashMap<>());
                for (int more = Frame.readCount(in); more > 0; more--) fetched(of.remove(in.getInt()), in, version);
            }
            finished(link, asked, error.code() == KafkaError.NONE ? null : error.name());
        }, reason -> finished(link, asked, null)));
    }

    /** For those that were not answered. */
    private void finished(KafkaLink link, Map<String, Map<Integer, Part>> asked, String reason) {
        link.fetching = false;
        for (Map<Integer, Part> of : asked.values()) {
            for (Part part : of.values()) {
                part.asked = false;
                retry(part, reason, false);
            }
        }
        later();
    }

    private void fetched(Part part, ByteBuffer in, int version) {
        KafkaError error = KafkaError.of(in.getShort());
        long end = in.getLong();
        Frame.skip(in, version >= 5 ? 16 : 8);
        List<long[]> aborted = new ArrayList<>();
        for (int left = Frame.readCount(in); left > 0; left--) aborted.add(new long[] {in.getLong(), in.getLong()});
        if (version >= 11) in.getInt();
        int length = Math.max(0, in.getInt());
        if (length > in.remaining()) throw new IllegalArgumentException("records of " + length + " bytes");
        ByteBuffer records = in.slice(in.position(), length);
        Frame.skip(in, length);
        if (part == null) return;
        part.asked = false;
        if (error.code() == KafkaError.OFFSET_OUT_OF_RANGE) {
            part.missing = part.position;
        } else if (good(part, error)) {
            part.end = end;
            part.data = length == 0 ? null : records;
            part.dataFrom = part.position;
            part.aborted.clear();
            part.aborted.addAll(aborted);
            part.aborting.clear();
        }
    }

    /** Gives away what was fetched, until all of it is gone or the owner takes no more. */
    private void drain(Part part) {
        try {
            while (!paused && !closed && part.data != null) {
                if (part.batch == null && !begin(part)) return;
                while (part.held || part.batch.read(part.record)) {
                    part.held = part.record.offset >= part.position && !owner.onRecord(part.topic, part.index, part.record.again());
                    if (part.held) {
                        paused = true;
                        return;
                    }
                    part.position = Math.max(part.position, part.record.offset + 1);
                    if (closed) return;
                }
                part.position = Math.max(part.position, part.batch.lastOffset() + 1);
                part.batch = null;
            }
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            part.data = null;
            part.held = false;
            long last = part.batch == null ? part.position : part.batch.lastOffset();
            part.batch = null;
            unreadable(part, part.position, last, e.getMessage() == null ? "a damaged batch" : e.getMessage());
        }
    }

    private void unreadable(Part part, long first, long last, String reason) {
        if (owner.onUnreadable(part.topic, part.index, first, last, reason)) {
            part.position = last + 1;
        } else {
            part.data = null;
            retry(part, reason, true);
        }
    }

    /** Finds the next batch that has something for us; false: there is none. */
    private boolean begin(Part part) {
        for (RecordBatch batch; part.data != null && (batch = RecordBatch.next(part.data)) != null; ) {
            long last = batch.lastOffset();
            while (!part.aborted.isEmpty() && part.aborted.peek()[1] <= last) part.aborting.add(part.aborted.poll()[0]);
            boolean aborted = batch.isTransactional() && part.aborting.contains(batch.producerId());
            if (batch.isControl()) {
                if (batch.open(settings.unpackedLimit).read(part.record) && part.record.key != null && part.record.key.getShort(2) == 0) {
                    part.aborting.remove(batch.producerId());
                }
            } else if (!aborted && last >= part.position) {
                if (batch.unreadable() == null) {
                    part.batch = batch.open(settings.unpackedLimit);
                    return true;
                }
                unreadable(part, Math.max(part.position, batch.baseOffset()), last, "compressed with " + batch.unreadable());
                continue;
            }
            part.position = Math.max(part.position, last + 1);
        }
        boolean nothing = part.data != null && part.position == part.dataFrom;
        part.data = null;
        if (nothing) retry(part, "no whole batch in an answer", false);
        return false;
    }
}
