package mqttq.kafka;

import static org.junit.jupiter.api.Assertions.assertTrue;

import mqttq.Seeds;
import org.junit.jupiter.api.Test;

/** A Kafka whose answers have wrong bytes or end too early: connections end, nothing escapes, and all goes on when it has come to its senses. */
class NonsenseTest implements Consumer.Owner {
    private boolean said;

    @Override public long start(String topic, int partition) { return Consumer.EARLIEST; }
    @Override public boolean onRecord(String topic, int partition, KafkaRecord record) { return true; }
    @Override public boolean onUnreadable(String topic, int partition, long first, long last, String reason) { return true; }
    @Override public void onGap(String topic, int partition, long expected, long found) { }

    @Test
    void answersThatAreNoneEndInAnOrderlyWay() {
        Seeds.of(20, 5000).forEach(this::run);
        assertTrue(said);
    }

    private void run(long seed) {
        KafkaWorld w = new KafkaWorld(seed, 2);
        w.kafka.topic("t", 2);
        w.kafka.garbled = 300;
        w.kafka.mechanism = w.settings.mechanism = seed % 3 == 0 ? null : "PLAIN";
        w.kafka.user = w.settings.user = "u";
        w.settings.password = "secret".getBytes();
        w.settings.createPartitions = 1;
        w.start();
        new Consumer(w.host, w.cluster, w.settings, this).subscribe("t");
        GroupOffsets offsets = new GroupOffsets(w.host, w.cluster, "g", ModelKafka.SECOND);
        for (int i = 0; i < 40; i++) {
            w.send(i % 7 == 0 ? "new" : "t", "k" + i, "v" + i, i);
            offsets.read("t", 0, i);
            w.run(100);
        }
        said |= w.notes.stream().anyMatch(note -> note.contains("that is not understood"));
        w.kafka.garbled = 0;
        w.kafka.topic("after", 1);
        w.run(60_000); // for whatever the nonsense made it wait for
        w.host.resetConnections();
        w.send("after", null, "well", 1000);
        boolean delivered = w.world.runUntil(() -> w.delivered.containsKey(1000L), w.world.now() + 60 * ModelKafka.SECOND);
        assertTrue(delivered, () -> "seed " + seed + ": " + w.notes.subList(Math.max(0, w.notes.size() - 30), w.notes.size()));
    }
}
