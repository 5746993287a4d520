package mqttq.kafka;

import static mqttq.kafka.ModelKafka.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import mqttq.Seeds;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The consumer against the model Kafka: each partition in order and once, from where its owner says. */
class ConsumerTest implements Consumer.Owner {
    private final KafkaWorld w = new KafkaWorld(3, 2);
    private final List<String> read = new ArrayList<>(), told = new ArrayList<>();
    private long from = Consumer.EARLIEST;
    private boolean skips = true;
    /** Takes so many, then no more until it is told to go on. */
    private int takes = Integer.MAX_VALUE;
    private Consumer consumer;

    @BeforeEach
    void start() {
        w.start();
    }

    private void consume() {
        Cluster cluster = new Cluster(w.host, w.settings, w.notes::add);
        consumer = new Consumer(w.host, cluster, w.settings, this);
        consumer.subscribe("t");
    }

    @Override public long start(String topic, int partition) { return from; }

    @Override public boolean onRecord(String topic, int partition, KafkaRecord record) {
        String text = record.offset() + "=" + (record.value() == null ? "null" : text(record.value()));
        for (byte[][] header; (header = record.nextHeader()) != null; ) text += " " + new String(header[0]);
        if (takes == 0) return false;
        takes--;
        read.add(text);
        return true;
    }

    /** As a careless owner does: moves the view's position. */
    private static String text(ByteBuffer value) {
        byte[] bytes = new byte[value.remaining()];
        value.get(bytes);
        return new String(bytes);
    }

    @Override public boolean onUnreadable(String topic, int partition, long first, long last, String reason) {
        told.add(first + " to " + last + " " + reason);
        return skips;
    }

    @Override public void onGap(String topic, int partition, long expected, long found) { told.add("expected " + expected + ", found " + found); }

    private static byte[] batch(int attributes, long producer, String... values) {
        BatchBuilder batch = new BatchBuilder();
        Headers headers = new Headers().add("h".getBytes(), null);
        for (String value : values) batch.append(1000, null, KafkaWorld.bytes(value), headers, 0);
        batch.seal(false);
        ByteBuffer.wrap(batch.bytes).putShort(RecordBatch.ATTRIBUTES, (short) attributes);
        BatchBuilder.number(batch.bytes, batch.length, producer, 0, 0);
        return Arrays.copyOf(batch.bytes, batch.length);
    }

    /** The end of a transaction: 0 abort, 1 commit. */
    private static byte[] control(long producer, int type) {
        BatchBuilder batch = new BatchBuilder();
        batch.append(1000, ByteBuffer.wrap(new byte[] {0, 0, 0, (byte) type}), ByteBuffer.allocate(6), Headers.NONE, 0);
        batch.seal(false);
        ByteBuffer.wrap(batch.bytes).putShort(RecordBatch.ATTRIBUTES, (short) 48);
        BatchBuilder.number(batch.bytes, batch.length, producer, 0, -1);
        return Arrays.copyOf(batch.bytes, batch.length);
    }

    private ModelKafka.Partition filled(int batches, int each) {
        ModelKafka.Partition partition = w.kafka.topic("t", 1)[0];
        for (int i = 0; i < batches; i++) {
            String[] values = new String[each];
            for (int k = 0; k < each; k++) values[k] = "v" + (i * each + k);
            w.kafka.append(partition, batch(0, -1, values));
        }
        return partition;
    }

    private static List<String> records(int from, int to) {
        List<String> all = new ArrayList<>();
        for (int i = from; i < to; i++) all.add(i + "=v" + i + " h");
        return all;
    }

    @ParameterizedTest
    @CsvSource({"-2, 0", "-1, 40", "17, 17"})
    void itReadsFromWhereItsOwnerSaysAndGoesOn(long start, int first) {
        ModelKafka.Partition partition = filled(4, 10);
        from = start;
        consume();
        w.run(100);
        assertEquals(records(first, 40), read);
        w.kafka.append(partition, batch(0, -1, "v40", "v41"));
        assertEquals(0, consumer.lag("t"));
        w.run(1000);
        assertEquals(records(first, 42), read);
        assertEquals(List.of(), w.notes);
    }

    @Test
    void responsesThatAreCutOffCostNothing() {
        w.settings.fetchBytes = 500;
        filled(20, 10);
        consume();
        w.run(2000);
        assertEquals(records(0, 200), read);
    }

    @Test
    void anOwnerThatTakesNoMoreIsNotAskedUntilItSaysSo() {
        filled(3, 10);
        takes = 15;
        consume();
        w.run(5000);
        assertEquals(records(0, 15), read);
        assertEquals(15, consumer.lag("t"));
        takes = 5;
        consumer.resume();
        w.run(100);
        takes = 100;
        consumer.resume();
        w.run(100);
        assertEquals(records(0, 30), read);
    }

    @ParameterizedTest
    @CsvSource({"2, snappy", "3, lz4", "4, zstd"})
    void aCodecThatJavaLacksIsRefusedByName(int codec, String name) {
        ModelKafka.Partition partition = filled(1, 2);
        w.kafka.append(partition, batch(codec, -1, "v2", "v3"));
        w.kafka.append(partition, batch(0, -1, "v4"));
        skips = false;
        consume();
        w.run(3000);
        assertEquals(records(0, 2), read);
        assertEquals(List.of("t-0: compressed with " + name), w.notes);
        assertEquals("2 to 3 compressed with " + name, told.get(0));
        skips = true;
        w.run(10_000);
        assertEquals("4=v4 h", read.get(2));
        assertEquals(3, read.size());
    }

    @Test
    void aDamagedBatchIsToldAndPassed() {
        ModelKafka.Partition partition = filled(1, 2);
        byte[] damaged = batch(0, -1, "v2");
        damaged[damaged.length - 1] ^= 1;
        w.kafka.append(partition, damaged);
        w.kafka.append(partition, batch(0, -1, "v3"));
        consume();
        w.run(5000);
        assertEquals(List.of("2 to 2 a batch with a wrong checksum"), told);
        assertEquals(List.of("0=v0 h", "1=v1 h", "3=v3 h"), read);
    }

    @Test
    void abortedTransactionsAreNotRead() {
        ModelKafka.Partition partition = w.kafka.topic("t", 1)[0];
        w.kafka.append(partition, batch(16, 7, "aborted", "too"));
        w.kafka.append(partition, batch(16, 8, "committed"));
        w.kafka.append(partition, batch(0, -1, "plain"));
        w.kafka.append(partition, batch(16, 7, "aborted"));
        w.kafka.append(partition, control(7, 0));
        w.kafka.append(partition, control(8, 1));
        w.kafka.append(partition, batch(16, 7, "again"));
        partition.aborted.add(new long[] {7, 0});
        consume();
        w.run(100);
        assertEquals(List.of("2=committed h", "3=plain h", "7=again h"), read);
        assertEquals(0, consumer.lag("t"));
    }

    @Test
    void whatKafkaHasNotAnyMoreIsToldAsAGap() {
        ModelKafka.Partition partition = filled(3, 10);
        partition.start = 20;
        partition.log.subList(0, 2).clear();
        from = 5;
        consume();
        w.run(100);
        assertEquals(List.of("expected 5, found 20"), told);
        assertEquals(records(20, 30), read);
    }

    @Test
    void whatIsReadIsToldToAGroup() {
        filled(1, 10);
        GroupOffsets offsets = new GroupOffsets(w.host, w.cluster, "g", 5 * SECOND);
        offsets.read("t", 0, 3);
        offsets.read("t", 0, 4);
        w.run(1000);
        offsets.read("t", 0, 5);
        w.run(1000);
        assertEquals(List.of("g -1 '' t-0=4"), w.kafka.commits);
        w.run(5000);
        assertEquals(List.of("g -1 '' t-0=4", "g -1 '' t-0=5"), w.kafka.commits);
    }

    /** Leaders move, brokers die, connections break, and the owner often takes nothing: each record once, in order. */
    @Test
    void whateverHappensEachRecordComesOnceInOrder() {
        Seeds.of(3, 1000).forEach(seed -> new ConsumerTest().chaos(seed));
    }

    private void chaos(long seed) {
        Random random = new Random(seed);
        start();
        w.settings.fetchBytes = 100 + random.nextInt(1000);
        w.settings.requestTimeout = 3 * SECOND;
        ModelKafka.Partition partition = filled(20, 1 + random.nextInt(9));
        w.kafka.lostBefore = random.nextInt(100);
        w.kafka.lostAfter = random.nextInt(100);
        consume();
        for (int i = 0; i < 60; i++) {
            takes = random.nextInt(10);
            consumer.resume();
            w.run(random.nextInt(300));
            ModelKafka.Broker broker = w.kafka.brokers.get(random.nextInt(2));
            switch (random.nextInt(8)) {
                case 0 -> partition.leader = 1 + random.nextInt(2);
                case 1 -> {
                    if (broker.up) broker.crash();
                    else broker.start();
                }
                default -> { }
            }
        }
        w.kafka.brokers.forEach(broker -> { if (!broker.up) broker.start(); });
        w.kafka.lostBefore = w.kafka.lostAfter = 0;
        takes = Integer.MAX_VALUE;
        consumer.resume();
        assertTrue(w.world.runUntil(() -> read.size() == partition.end, w.world.now() + 60 * SECOND), "seed " + seed + ": " + read.size() + " of " + partition.end);
        assertEquals(records(0, (int) partition.end), read, "seed " + seed);
        assertEquals(List.of(), told);
    }
}
