package mqttq.kafka;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What is on its way to one partition: batches in order, the first of them numbered, the first of these in flight. Each partition has
 * producer id, epoch and sequence of its own, since Kafka checks them by partition.
 */
final class Line {
    private static final int LAST_EPOCH = Short.MAX_VALUE;
    private static final KafkaError NONE = KafkaError.of(KafkaError.NONE);

    final String topic;
    final int partition;
    private final Producer producer;
    private final Producer.Topic shared;
    private final KafkaSettings settings;
    private final List<Batch> batches = new ArrayList<>();
    private BatchBuilder open;
    private long openedAt, id = -1, retryAt, heardAt;
    private int epoch, sequence, numbered, inFlight, failures;
    /** Kafka has taken what was sent last: it knows the producer, and several batches may go at once. */
    private boolean confirmed;
    /** Something went wrong: nothing is sent until all that is in flight has been answered. */
    private boolean draining;
    private String said;

    Line(Producer producer, Producer.Topic shared, String topic, int partition) {
        this.producer = producer;
        this.shared = shared;
        this.topic = topic;
        this.partition = partition;
        settings = producer.settings;
    }

    void append(long timestamp, ByteBuffer key, ByteBuffer value, Headers headers, long tag) {
        if (open != null && open.length + BatchBuilder.size(key, value, headers) > settings.batchBytes) seal();
        if (open == null) {
            open = new BatchBuilder();
            openedAt = producer.loop.now();
            producer.use(open.bytes.length);
            producer.later();
        }
        int before = open.bytes.length;
        open.append(timestamp, key, value, headers, tag);
        producer.use(open.bytes.length - before);
    }

    private void seal() {
        producer.use(-open.bytes.length);
        batches.add(sealed(open));
        open = null;
        if (shared.sticky == partition) shared.sticky = -1;
    }

    private Batch sealed(BatchBuilder builder) {
        builder.seal(settings.gzip);
        producer.use(builder.bytes.length);
        return new Batch(this, builder.bytes, builder.length, builder.count, Arrays.copyOf(builder.tags, builder.count));
    }

    void restore(Batch batch, RecordBatch header, long sentAt) {
        batch.sentAt = sentAt;
        id = header.producerId();
        epoch = header.epoch();
        sequence = advance(header.sequence(), header.count());
        batch.state = Batch.State.RELEASED;
        batch.unknown = true;
        batches.add(numbered++, batch);
    }

    void producer(long id, int epoch) {
        this.id = id;
        this.epoch = epoch;
        sequence = 0;
    }

    /** 2^31 - 1 is followed by 0. */
    static int advance(int sequence, int count) { return sequence + count & Integer.MAX_VALUE; }

    /** Numbers what is due, as long as Kafka will recognise it. */
    void number(long now) {
        if (draining && inFlight == 0) settle(now);
        if (draining || now < retryAt) return;
        boolean due = open != null && now - openedAt >= settings.linger;
        while (numbered < Producer.IN_FLIGHT && (numbered < batches.size() || due) && producer.wanted(this)) {
            if (id < 0) producer.identify(this);
            if (id < 0) return;
            if (numbered == batches.size()) {
                seal();
                due = false;
            }
            Batch batch = batches.get(numbered++);
            BatchBuilder.number(batch.bytes, batch.length, id, epoch, sequence);
            sequence = advance(sequence, batch.count);
            batch.state = Batch.State.OFFERED;
            producer.owner.onNumbered(batch);
        }
    }

    /** The batch to be sent now, or null. Until Kafka knows the producer one goes alone: it takes any number as the first. */
    Batch next(long now) {
        int window = confirmed && now - heardAt < Producer.QUIET ? Producer.IN_FLIGHT : 1;
        if (draining || now < retryAt || inFlight >= window) return null;
        for (int i = 0; i < numbered; i++) {
            Batch next = batches.get(i);
            if (next.state == Batch.State.RELEASED) return next;
            if (next.state == Batch.State.OFFERED) return null;
        }
        return null;
    }

    /** It goes out; where Kafka may have had it and forgotten that, it will be there twice. */
    void sent(Batch batch) {
        long now = producer.loop.now();
        boolean forgotten = batch.unknown && now - batch.sentAt > settings.producerExpiry;
        batch.state = Batch.State.SENT;
        inFlight++;
        if (forgotten || !batch.unknown) batch.sentAt = now;
        if (forgotten) producer.owner.onLapse(topic, partition, KafkaError.of(KafkaError.UNKNOWN_PRODUCER_ID), batch.count);
    }

    /** When there is something to do that no answer brings about; Long.MAX_VALUE: never. */
    long due(long now) {
        if (draining) return Long.MAX_VALUE;
        if (now < retryAt) return retryAt;
        boolean lingers = open != null && numbered == batches.size() && numbered < Producer.IN_FLIGHT;
        return lingers && openedAt + settings.linger > now ? openedAt + settings.linger : Long.MAX_VALUE;
    }

    // ---- what became of a batch

    /** Never answered. */
    void lost(Batch batch) {
        back(batch);
        batch.unknown = true;
        batch.error = NONE;
        // a broker that refuses in the same turn would be asked again at once, for ever
        retryAt = Math.max(retryAt, producer.loop.now() + producer.cluster.backoff(failures++));
    }

    void answered(Batch batch, KafkaError error, long offset, int[] bad, String message) {
        boolean troubled = draining, again = error.code() == KafkaError.DUPLICATE_SEQUENCE;
        back(batch);
        if (error.code() != KafkaError.NONE && !again) {
            batch.error = error;
            batch.bad = bad;
            batch.message = message;
            batch.unknown |= error.code() == KafkaError.REQUEST_TIMED_OUT || error.code() == KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND;
            if (error.kind() == KafkaError.Kind.REFRESH) producer.cluster.refresh();
            return;
        }
        batch.state = Batch.State.TAKEN;
        batch.offset = again ? -1 : offset;
        failures = 0;
        heardAt = producer.loop.now();
        confirmed = !troubled;
        draining = troubled;
        if (said != null) producer.cluster.note(this + ": delivered");
        said = null;
        while (numbered > 0 && batches.get(0).state == Batch.State.TAKEN) delivered(0);
    }

    /**
     * Told in the order of numbers: where one is still open those behind it must be known to a process that starts again, or it would give
     * their numbers to others.
     */
    private void delivered(int index) {
        Batch batch = batches.remove(index);
        numbered--;
        producer.delivered(batch, batch.offset);
    }

    private void back(Batch batch) {
        inFlight--;
        batch.state = Batch.State.RELEASED;
        confirmed = false;
        draining = true;
    }

    /** Nothing is in flight: the first batch says what is to be done; what those behind it were told came of that. */
    private void settle(long now) {
        draining = false;
        Batch head = numbered == 0 ? null : batches.get(0);
        if (head == null || head.error == NONE) return;
        KafkaError error = head.error;
        head.error = NONE;
        if (!error.name().equals(said)) producer.cluster.note(this + ": " + text(error, head.message));
        said = error.name();
        // where Kafka may have the batch from an earlier try it stays as it is: its halves would be others to Kafka
        boolean corrupt = error.code() == KafkaError.CORRUPT_MESSAGE && !head.unknown;
        if (error.kind() == KafkaError.Kind.PRODUCER) {
            startAnew(error);
        } else if (error.kind() == KafkaError.Kind.RECORDS || corrupt && head.corrupt) {
            takeApart(head, error);
        } else {
            head.corrupt |= corrupt;
            boolean patient = error.kind() == KafkaError.Kind.CONFIGURATION;
            retryAt = now + producer.cluster.backoff(patient ? Integer.MAX_VALUE : failures++);
        }
    }

    /** Kafka expects other numbers: a new epoch, or where none is left or somebody else has it, a new producer id; both begin at 0. */
    private void startAnew(KafkaError error) {
        int doubtful = 0;
        for (Batch batch : batches.subList(0, numbered)) if (batch.unknown) doubtful += batch.count;
        withdraw(0);
        boolean fenced = error.code() == KafkaError.INVALID_PRODUCER_EPOCH || error.code() == KafkaError.PRODUCER_FENCED;
        if (fenced || epoch == LAST_EPOCH) {
            producer.dropId(id);
            id = -1;
        } else {
            producer(id, epoch + 1);
        }
        producer.owner.onLapse(topic, partition, error, doubtful);
    }

    /** Nothing of the line is in flight: all that was not taken is numbered again. */
    private void withdraw(int nextSequence) {
        sequence = nextSequence;
        for (int i = numbered - 1; i >= 0; i--) if (batches.get(i).state == Batch.State.TAKEN) delivered(i);
        int all = numbered;
        numbered = 0;
        for (Batch batch : batches.subList(0, all).toArray(new Batch[0])) {
            batch.state = Batch.State.WAITING;
            batch.unknown = false;
            producer.owner.onWithdrawn(batch);
        }
    }

    /** The records that Kafka named go back to the owner, or the only one; where it named none, the batch becomes two. */
    private void takeApart(Batch batch, KafkaError error) {
        withdraw(batch.sequence());
        batches.remove(0);
        producer.use(-batch.bytes.length);
        BatchBuilder[] parts = {new BatchBuilder(), new BatchBuilder()};
        RecordBatch all = batch.read(settings.unpackedLimit);
        KafkaRecord record = new KafkaRecord();
        Headers headers = new Headers();
        for (int i = 0; all.read(record); i++) {
            int at = i;
            if (batch.count == 1 || Arrays.stream(batch.bad).anyMatch(bad -> bad == at)) {
                producer.refuse(topic, partition, batch.tags[i], error, batch.message);
            } else {
                BatchBuilder to = parts[batch.bad.length == 0 && i >= batch.count / 2 ? 1 : 0];
                to.append(record.timestamp, record.key, record.value, headers.set(record.headers, record.headerCount), batch.tags[i]);
            }
        }
        for (int i = 1; i >= 0; i--) if (parts[i].count > 0) batches.add(0, sealed(parts[i]));
    }

    private static String text(KafkaError error, String message) { return error.name() + (message == null ? "" : ", " + message); }
    @Override public String toString() { return topic + "-" + partition; }
}
