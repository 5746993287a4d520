package mqttq.kafka;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import mqttq.loop.Loop;
import mqttq.loop.Timers;

/**
 * Sends records: each once, and in order within its partition, whatever happens to connections, brokers and this process, as long as Kafka
 * remembers the producer. Loop thread; the owner is not called from within {@link #send}.
 */
public final class Producer implements Cluster.Watcher {
    /** Where batches come by on their way; the calls of one turn of the loop belong together, and a journal should keep them as one. */
    public interface Owner {
        /**
         * A batch has its numbers. It goes out after {@link Producer#release}, which may be called at once. The same batch may come here
         * again with other numbers, which then replace the earlier ones; it was not taken with those.
         */
        void onNumbered(Batch batch);

        /** Kafka has it for good. @param offset of its first record; -1: unknown */
        void onDelivered(Batch batch, long offset);

        /** A numbered batch will not go out as it is: its records come in others. */
        void onWithdrawn(Batch batch);

        /** Kafka will never take this record; it is in no batch any more. */
        void onRefused(String topic, int partition, long tag, KafkaError error, String message);

        /**
         * Kafka has lost track of this producer on a partition, or has had the time to (UNKNOWN_PRODUCER_ID): so many records may be there
         * twice, since their answers never came. What follows is counted anew where that is needed.
         */
        void onLapse(String topic, int partition, KafkaError error, int records);

        /** {@link Producer#send} takes more after it did not. */
        void onRoom();
    }

    /** Kafka recognises the last five batches of a producer and partition; no more than these may be without an answer. */
    static final int IN_FLIGHT = 5;
    /** Produce requests under way to one broker. */
    private static final int REQUESTS = 5;
    /** After such a silence Kafka may have forgotten the producer: the next batch goes alone, as the first one does. */
    static final long QUIET = 1_000_000_000L;

    /** A topic: its lines, one a partition, and what waits for it to have any. */
    static final class Topic {
        Line[] lines = {};
        BatchBuilder parked;
        /** Where records without a key go until a batch is full; -1: still to be chosen. */
        int sticky = -1;
    }

    final Loop loop;
    final Cluster cluster;
    final KafkaSettings settings;
    final Owner owner;
    private final Map<String, Topic> topics = new LinkedHashMap<>();
    private final List<Line> lines = new ArrayList<>();
    private final Headers scratch = new Headers();
    private final KafkaRecord record = new KafkaRecord();
    private final Timers.Timer timer;
    private long producerId = -1, used, pending, idAfter, sentBatches, deliveredRecords;
    private int epoch, idFailures;
    private boolean asking, pumping, wantsRoom, closed;

    public Producer(Loop loop, Cluster cluster, KafkaSettings settings, Owner owner) {
        this.loop = loop;
        this.cluster = cluster;
        this.settings = settings;
        this.owner = owner;
        timer = loop.timer(this::later);
        cluster.watch(this);
    }

    // ---- the owner's face

    /**
     * Takes a record, or not, where memory is full: {@link Owner#onRoom} will come. The buffers are copied.
     * @param partition or -1: by the key as the Java client does it, or where there is none now this one, now that one
     * @param key or null
     * @param value or null: a tombstone
     * @param timestamp ms since 1970
     * @param tag the owner's number of it
     */
    public boolean send(String topic, int partition, ByteBuffer key, ByteBuffer value, Headers headers, long timestamp, long tag) {
        int size = BatchBuilder.size(key, value, headers);
        if (closed || used > 0 && used + size > settings.buffered) {
            wantsRoom = true;
            return false;
        }
        pending++;
        if (size > settings.buffered) {
            KafkaError error = KafkaError.of(KafkaError.MESSAGE_TOO_LARGE);
            loop.defer(() -> refuse(topic, partition, tag, error, "larger than what is kept in memory"));
            return true;
        }
        Topic known = topic(topic);
        int count = cluster.partitions(topic);
        if (partition >= 0) line(topic, known, partition).append(timestamp, key, value, headers, tag);
        else if (count > 0) line(topic, known, choose(topic, known, key, count)).append(timestamp, key, value, headers, tag);
        else park(known, timestamp, key, value, headers, tag);
        return true;
    }

    /**
     * Takes a batch of an earlier process that was numbered and neither delivered nor withdrawn: with the same numbers, so that Kafka takes
     * it if it has not yet. In the order of their numbers, before anything is sent to this partition.
     * @param age ns since it was sent first, at the most
     * @throws IllegalArgumentException where {@code bytes} are no record batch
     */
    public Batch restore(String topic, int partition, byte[] bytes, long[] tags, long age) {
        RecordBatch batch = RecordBatch.next(ByteBuffer.wrap(bytes));
        boolean whole = batch != null && batch.count() == tags.length;
        if (!whole) throw new IllegalArgumentException("no whole batch of " + tags.length + " records");
        Line line = line(topic, topic(topic), partition);
        Batch restored = new Batch(line, bytes, bytes.length, tags.length, tags);
        line.restore(restored, batch, loop.now() - age);
        used += bytes.length;
        pending += tags.length;
        later();
        return restored;
    }

    /** A numbered batch may go out. */
    public void release(Batch batch) {
        if (batch.state != Batch.State.OFFERED) return;
        batch.state = Batch.State.RELEASED;
        later();
    }

    /** Nothing is sent any more, nor told. */
    public void close() {
        closed = true;
        timer.cancel();
    }

    /** Records taken and neither delivered nor refused. */
    public long pending() { return pending; }

    /** Bytes of memory that they take. */
    public long used() { return used; }

    /** Batches sent so far, repetitions included. */
    public long sentBatches() { return sentBatches; }

    /** Records delivered so far. */
    public long deliveredRecords() { return deliveredRecords; }

    private Topic topic(String name) {
        Topic known = topics.get(name);
        if (known == null) {
            topics.put(name, known = new Topic());
            cluster.want(name);
        }
        return known;
    }

    private Line line(String name, Topic topic, int partition) {
        if (partition >= topic.lines.length) topic.lines = Arrays.copyOf(topic.lines, partition + 1);
        if (topic.lines[partition] == null) lines.add(topic.lines[partition] = new Line(this, topic, name, partition));
        return topic.lines[partition];
    }

    /** The topic's partitions are not known: keeps the record until they are. */
    private void park(Topic topic, long timestamp, ByteBuffer key, ByteBuffer value, Headers headers, long tag) {
        if (topic.parked == null) topic.parked = new BatchBuilder();
        int before = topic.parked.count == 0 ? 0 : topic.parked.bytes.length;
        topic.parked.append(timestamp, key, value, headers, tag);
        used += topic.parked.bytes.length - before;
    }

    private int choose(String name, Topic topic, ByteBuffer key, int partitions) {
        if (key != null) return Partitioner.partition(key, partitions);
        for (int tries = 0; topic.sticky < 0 || tries < 3 && !cluster.isLed(name, topic.sticky); tries++) {
            topic.sticky = loop.entropy().nextInt(partitions);
        }
        return topic.sticky;
    }

    // ---- what goes on at the end of a turn

    @Override public void onChange() {
        if (closed) return;
        topics.forEach((name, topic) -> { if (topic.parked != null && cluster.partitions(name) > 0) unpark(name, topic); });
        later();
    }

    private void unpark(String name, Topic topic) {
        BatchBuilder parked = topic.parked;
        topic.parked = null;
        used -= parked.bytes.length;
        parked.seal(false);
        BatchBuilder.number(parked.bytes, parked.length, -1, -1, -1);
        RecordBatch all = RecordBatch.next(ByteBuffer.wrap(parked.bytes, 0, parked.length)).open(0);
        int count = cluster.partitions(name);
        for (int i = 0; all.read(record); i++) {
            Line line = line(name, topic, choose(name, topic, record.key, count));
            line.append(record.timestamp, record.key, record.value, scratch.set(record.headers, record.headerCount), parked.tags[i]);
        }
    }

    void later() {
        if (pumping || closed) return;
        pumping = true;
        loop.defer(this::pump);
    }

    private void pump() {
        pumping = false;
        if (closed) return;
        long now = loop.now(), next = Long.MAX_VALUE;
        for (int i = 0; i < lines.size(); i++) lines.get(i).number(now); // the owner may send meanwhile
        Map<KafkaLink, Produce> requests = new LinkedHashMap<>();
        do {
            requests.clear();
            for (int i = 0; i < lines.size(); i++) collect(lines.get(i), now, requests);
            requests.values().forEach(Produce::send);
        } while (!requests.isEmpty());
        for (Line line : lines) next = Math.min(next, line.due(now));
        timer.at(next);
        if (wantsRoom && used <= settings.buffered / 4 * 3) {
            wantsRoom = false;
            owner.onRoom();
        }
    }

    private void collect(Line line, long now, Map<KafkaLink, Produce> requests) {
        Batch batch = line.next(now);
        KafkaLink link = batch == null ? null : cluster.leader(line.topic, line.partition);
        if (link == null || link.produces >= REQUESTS) return;
        Produce request = requests.computeIfAbsent(link, Produce::new);
        if (request.bytes > 0 && request.bytes + batch.length > settings.requestBytes) return;
        request.add(batch);
        line.sent(batch);
        sentBatches++;
    }

    /** Whether there is somebody who would take another batch of this line soon. */
    boolean wanted(Line line) {
        KafkaLink link = cluster.leader(line.topic, line.partition);
        return link != null && link.produces < REQUESTS;
    }

    /** One request with at most one batch a partition. */
    private final class Produce {
        private final KafkaLink link;
        private final Map<String, Map<Integer, Batch>> batches = new LinkedHashMap<>();
        int bytes;

        Produce(KafkaLink link) { this.link = link; }

        void add(Batch batch) {
            batches.computeIfAbsent(batch.topic, topic -> new LinkedHashMap<>()).put(batch.partition, batch);
            bytes += batch.length;
        }

        void send() {
            link.produces++;
            link.call(new Call(Api.PRODUCE, (out, version) -> {
                out.string(null).i16(settings.acks).i32((int) (settings.requestTimeout / 1_000_000)).i32(batches.size());
                batches.forEach((topic, partitions) -> {
                    out.string(topic).i32(partitions.size());
                    partitions.forEach((partition, batch) -> out.i32(partition).attach(batch.bytes, batch.length));
                });
            }, (in, version) -> {
                for (int left = Frame.readCount(in); left > 0; left--) {
                    Map<Integer, Batch> asked = batches.getOrDefault(Frame.readString(in), new LinkedHashMap<>());
                    for (int more = Frame.readCount(in); more > 0; more--) partition(in, version, asked);
                }
                over();
            }, reason -> over()));
        }

        private void partition(ByteBuffer in, int version, Map<Integer, Batch> asked) {
            Batch batch = asked.remove(in.getInt());
            KafkaError error = KafkaError.of(in.getShort());
            long offset = in.getLong();
            Frame.skip(in, version >= 5 ? 16 : 8);
            int[] bad = new int[version >= 8 ? Frame.readCount(in) : 0];
            for (int i = 0; i < bad.length; i++) {
                bad[i] = in.getInt();
                Frame.readString(in);
            }
            String message = version >= 8 ? Frame.readString(in) : null;
            if (batch != null && !closed) batch.line.answered(batch, error, offset, bad, message);
        }

        /** What has not been answered is lost. */
        private void over() {
            link.produces--;
            for (Map<Integer, Batch> left : batches.values()) for (Batch batch : left.values()) batch.line.lost(batch);
            later();
        }
    }

    // ---- for a line

    void use(long bytes) { used += bytes; }

    void delivered(Batch batch, long offset) {
        used -= batch.bytes.length;
        pending -= batch.count;
        deliveredRecords += batch.count;
        owner.onDelivered(batch, offset);
    }

    void refuse(String topic, int partition, long tag, KafkaError error, String message) {
        if (closed) return;
        pending--;
        owner.onRefused(topic, partition, tag, error, message);
    }

    /** Gives the line a producer id, where there is one. */
    void identify(Line line) {
        if (producerId >= 0) line.producer(producerId, epoch);
        else askForId();
    }

    /** A producer id is of no more use to anybody. */
    void dropId(long id) { if (producerId == id) producerId = -1; }

    private void askForId() {
        KafkaLink link = asking ? null : cluster.any();
        if (link == null) return;
        if (loop.now() < idAfter) {
            cluster.wakeAt(idAfter);
            return;
        }
        asking = true;
        link.call(new Call(Api.INIT_PRODUCER_ID, (out, version) -> out.string(null).i32(Integer.MAX_VALUE), (in, version) -> {
            in.getInt();
            KafkaError error = KafkaError.of(in.getShort());
            if (error.code() != KafkaError.NONE) {
                noId(error.name());
                return;
            }
            asking = false;
            idFailures = 0;
            producerId = in.getLong();
            epoch = in.getShort();
            later();
        }, this::noId));
    }

    private void noId(String reason) {
        asking = false;
        if (idFailures == 0) cluster.note("no producer id: " + reason);
        idAfter = loop.now() + cluster.backoff(idFailures++);
        cluster.wakeAt(idAfter);
    }
}
