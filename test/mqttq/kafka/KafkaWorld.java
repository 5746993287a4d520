package mqttq.kafka;

import static mqttq.kafka.ModelKafka.MS;
import static mqttq.kafka.ModelKafka.SECOND;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.transport.TcpTransport;
import mqttq.transport.TransportLimits;

/**
 * A producer, its owner with a journal that is a list, and a model Kafka 2 ms away. What was sent is numbered by its tag; the owner notes
 * what it is told as text.
 */
final class KafkaWorld implements Producer.Owner {
    /** A batch as the owner's journal has it. */
    record Kept(String topic, int partition, byte[] bytes, long[] tags) { }

    final SimWorld world;
    final ModelKafka kafka;
    final SimLoop host;
    final KafkaSettings settings = new KafkaSettings();
    final List<String> notes = new ArrayList<>(), told = new ArrayList<>();
    /** The journal; its batches by their objects, in the order of their numbers. */
    final Map<Batch, Kept> journal = new LinkedHashMap<>();
    /** How often each tag was delivered, and how many records may be double by what was told. */
    final Map<Long, Integer> delivered = new LinkedHashMap<>();
    final Headers headers = new Headers();
    /** Topic, key and value of what was sent and has come to no end; a process that starts again has them. */
    final Map<Long, String[]> open = new LinkedHashMap<>();
    /** Those of them that a new process has still to send. */
    private final ArrayDeque<Long> backlog = new ArrayDeque<>();
    /** Ns until a batch is safe in the journal. */
    long journalNanos;
    /** Ns that a process is away which is killed. */
    long age;
    int lapses, doubtful, room;
    Cluster cluster;
    Producer producer;

    KafkaWorld(long seed, int brokers) {
        world = new SimWorld(seed);
        world.links().delayMillis(2);
        host = world.host("10.0.0.1");
        kafka = new ModelKafka(world, brokers, seed);
        settings.bootstrap.add(new KafkaSettings.Address("10.0.1.1", ModelKafka.PORT));
        settings.transport = (to, port) -> new TcpTransport(TransportLimits.DEFAULT);
    }

    KafkaWorld start() {
        cluster = new Cluster(host, settings, notes::add);
        producer = new Producer(host, cluster, settings, this);
        return this;
    }

    /** Our process is killed and starts again with what its journal has. */
    void crash() {
        producer.close();
        host.crash();
        List<Kept> kept = List.copyOf(journal.values());
        journal.clear();
        start();
        List<Long> rest = new ArrayList<>(open.keySet());
        for (Kept each : kept) {
            journal.put(producer.restore(each.topic, each.partition, each.bytes.clone(), each.tags, age), each);
            for (long tag : each.tags) rest.remove(tag);
        }
        backlog.clear();
        backlog.addAll(rest);
        resend();
    }

    private void resend() {
        for (Long tag; (tag = backlog.peek()) != null && give(open.get(tag)[0], open.get(tag)[1], open.get(tag)[2], tag); ) backlog.poll();
    }

    boolean send(String topic, String key, String value, long tag) {
        resend();
        if (!backlog.isEmpty() || !give(topic, key, value, tag)) return false;
        open.put(tag, new String[] {topic, key, value});
        return true;
    }

    private boolean give(String topic, String key, String value, long tag) {
        return producer.send(topic, -1, bytes(key), bytes(value), headers.clear(), 1_700_000_000_000L + tag, tag);
    }

    static ByteBuffer bytes(String text) {
        return text == null ? null : ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    void run(long millis) {
        world.runFor(millis * MS);
    }

    boolean allDelivered(long seconds) {
        return world.runUntil(() -> producer.pending() == 0 && backlog.isEmpty(), world.now() + seconds * SECOND);
    }

    @Override public void onNumbered(Batch batch) {
        byte[] copy = new byte[batch.bytes().remaining()];
        batch.bytes().get(copy);
        journal.remove(batch);
        journal.put(batch, new Kept(batch.topic, batch.partition, copy, batch.tags));
        if (journalNanos == 0) producer.release(batch);
        else host.timer(() -> producer.release(batch)).at(host.now() + journalNanos);
    }

    @Override public void onDelivered(Batch batch, long offset) {
        journal.remove(batch);
        for (long tag : batch.tags) {
            open.remove(tag);
            delivered.merge(tag, 1, Integer::sum);
        }
    }

    @Override public void onWithdrawn(Batch batch) {
        journal.remove(batch);
    }

    @Override public void onRefused(String topic, int partition, long tag, KafkaError error, String message) {
        open.remove(tag);
        told.add("refused " + tag + " " + error.name() + (message == null ? "" : ", " + message));
    }

    @Override public void onLapse(String topic, int partition, KafkaError error, int records) {
        told.add("lapse " + topic + "-" + partition + " " + error.name() + " " + records);
        lapses++;
        doubtful += records;
    }

    @Override public void onRoom() {
        room++;
        resend();
    }
}
