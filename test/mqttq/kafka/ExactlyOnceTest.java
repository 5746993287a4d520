package mqttq.kafka;

import static mqttq.kafka.ModelKafka.MS;
import static mqttq.kafka.ModelKafka.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import mqttq.Seeds;
import org.junit.jupiter.api.Test;

/**
 * Connections are lost at any request, before and after it was carried out; brokers and our own process are killed, leaders move, Kafka
 * answers with errors: every record is in the log once, and in order of its key.
 */
class ExactlyOnceTest {
    private static final int RECORDS = Seeds.SOAK ? 400 : 150, KEYS = 5;
    private static final int[] ERRORS = {3, 5, 6, 7, 9, 13, 19, 20, 56, 74, 75, -1};

    @Test
    void eachRecordOnceAndInOrder() {
        Seeds.of(5, 2000).forEach(ExactlyOnceTest::run);
    }

    private static void run(long seed) {
        Random random = new Random(seed);
        KafkaWorld w = new KafkaWorld(seed, 3);
        ModelKafka.Partition[] partitions = w.kafka.topic("t", 1 + random.nextInt(3));
        w.kafka.lostBefore = random.nextInt(60);
        w.kafka.lostAfter = random.nextInt(60);
        w.kafka.produceNanos = random.nextInt(3) * MS;
        w.kafka.tooLarge = random.nextInt(3) == 0 ? 250 : 1 << 20;
        w.settings.batchBytes = 80 + random.nextInt(400);
        w.settings.buffered = 5000;
        w.settings.gzip = random.nextInt(4) == 0;
        w.settings.requestTimeout = 3 * SECOND;
        w.journalNanos = random.nextInt(3) * 3 * MS;
        w.start();
        for (int sent = 0; sent < RECORDS; ) {
            for (int burst = random.nextInt(40); burst > 0 && sent < RECORDS && w.send("t", "k" + sent % KEYS, String.valueOf(sent), sent); burst--) sent++;
            w.world.runFor((long) (random.nextDouble() * random.nextDouble() * 100 * MS));
            ModelKafka.Partition partition = partitions[random.nextInt(partitions.length)];
            switch (random.nextInt(12)) {
                case 0 -> w.crash();
                case 1 -> partition.leader = 1 + random.nextInt(3);
                case 2 -> {
                    for (int i = partition.errors.size(); i < 1 + random.nextInt(3); i++) partition.errors.add(ERRORS[random.nextInt(ERRORS.length)]);
                }
                case 3 -> {
                    ModelKafka.Broker broker = w.kafka.brokers.get(random.nextInt(3));
                    if (broker.up) broker.crash();
                    else broker.start();
                }
                case 4 -> w.host.resetConnections();
                default -> { }
            }
        }
        w.kafka.lostBefore = w.kafka.lostAfter = 0;
        for (ModelKafka.Broker broker : w.kafka.brokers) if (!broker.up) broker.start();
        assertTrue(w.allDelivered(120), () -> "seed " + seed + ": " + w.producer.pending() + " left; " + w.told + w.notes.subList(Math.max(0, w.notes.size() - 20), w.notes.size()));
        assertEquals(List.of(), w.told, "seed " + seed);
        List<List<Integer>> found = new ArrayList<>();
        for (int key = 0; key < KEYS; key++) found.add(new ArrayList<>());
        for (int p = 0; p < partitions.length; p++) {
            for (String record : w.kafka.read("t", p)) found.get(record.charAt(1) - '0').add(Integer.parseInt(record.substring(3)));
        }
        for (int key = 0; key < KEYS; key++) {
            List<Integer> expected = new ArrayList<>();
            for (int i = key; i < RECORDS; i += KEYS) expected.add(i);
            assertEquals(expected, found.get(key), "seed " + seed + ", key " + key);
        }
        assertEquals(0, w.producer.used(), "seed " + seed);
        assertTrue(w.journal.isEmpty(), "seed " + seed);
    }
}
