package mqttq.kafka;

import static mqttq.kafka.ModelKafka.MS;
import static mqttq.kafka.ModelKafka.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The producer against the model Kafka: what goes where, and what each error comes to. */
class ProducerTest {
    private final KafkaWorld w = new KafkaWorld(3, 2);

    private List<String> send(String topic, int from, int to) {
        List<String> sent = new ArrayList<>();
        for (int i = from; i < to; i++) {
            assertTrue(w.send(topic, null, "v" + i, i));
            sent.add("v" + i);
        }
        return sent;
    }

    private void delivered(String topic, List<String> expected) {
        assertTrue(w.allDelivered(60), () -> "notes " + w.notes + ", told " + w.told);
        assertEquals(expected, w.kafka.read(topic, 0));
        assertEquals(List.of(), new ArrayList<>(w.journal.keySet()));
    }

    @Test
    void recordsArriveOnceInOrderInAFewBatches() {
        w.kafka.topic("t", 1);
        w.start();
        List<String> sent = send("t", 0, 5000);
        delivered("t", sent);
        assertTrue(w.kafka.appended <= 4, w.kafka.appended + " batches");
        assertEquals(List.of(), w.notes);
        assertEquals(0, w.producer.used());
    }

    @Test
    void keysGoWhereTheJavaClientPutsThemAndOthersSpreadByBatches() {
        w.kafka.topic("t", 3);
        w.settings.batchBytes = 500;
        w.start();
        for (int i = 0; i < 30; i++) w.send("t", "a/b/c", "k" + i, i);
        for (int i = 0; i < 300; i++) w.send("t", null, "v" + i, 100 + i);
        assertTrue(w.allDelivered(10));
        int to = (-446962318 & 0x7fffffff) % 3; // murmur2 of a/b/c by Kafka's own class
        assertEquals(30, w.kafka.read("t", to).stream().filter(r -> r.startsWith("a/b/c=")).count());
        for (int p = 0; p < 3; p++) assertTrue(w.kafka.read("t", p).stream().filter(r -> !r.contains("=")).count() > 20, "partition " + p);
    }

    @Test
    void lingerGathersAndEndsByItself() {
        w.kafka.topic("t", 1);
        w.settings.linger = 50 * MS;
        w.start();
        send("t", 0, 1);
        assertTrue(w.allDelivered(1));
        for (int i = 1; i < 5; i++) {
            send("t", i, i + 1);
            w.run(10);
        }
        assertEquals(1, w.kafka.appended);
        w.run(30);
        assertEquals(2, w.kafka.appended);
    }

    @Test
    void atMostFiveBatchesAreNumberedAndUnanswered() {
        w.kafka.topic("t", 1);
        w.settings.batchBytes = 100;
        w.kafka.produceNanos = 50 * MS;
        w.start();
        List<String> sent = send("t", 0, 200);
        int[] most = {0};
        w.world.runUntil(() -> {
            most[0] = Math.max(most[0], w.journal.size());
            return w.producer.pending() == 0;
        }, 60 * SECOND);
        assertEquals(5, most[0]);
        delivered("t", sent);
    }

    @Test
    void untilTheFirstIsTakenAndAfterSilenceOneGoesAlone() {
        ModelKafka.Partition partition = w.kafka.topic("t", 1)[0];
        w.settings.batchBytes = 100;
        w.start();
        partition.errors.add(19); // Kafka would take the second as the first, and nothing else any more
        List<String> sent = send("t", 0, 50);
        assertTrue(w.allDelivered(10));
        w.run(5000);
        w.kafka.expiry = SECOND; // Kafka has forgotten the producer
        partition.errors.add(19);
        sent.addAll(send("t", 50, 100));
        delivered("t", sent);
        assertEquals(List.of(), w.told);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 6, 7, 9, 13, 19, 20, 56, 74, 75, 89, -1, 555})
    void errorsThatPassCostNothing(int error) {
        ModelKafka.Partition partition = w.kafka.topic("t", 1)[0];
        w.settings.batchBytes = 100;
        w.start();
        List<String> sent = send("t", 0, 20);
        assertTrue(w.allDelivered(10));
        partition.errors.add(error);
        sent.addAll(send("t", 20, 60));
        delivered("t", sent);
        assertEquals(List.of("t-0: " + KafkaError.of(error).name(), "t-0: delivered"), w.notes);
        assertEquals(List.of(), w.told);
    }

    @ParameterizedTest
    @ValueSource(ints = {17, 29, 31, 35, 44, 76})
    void whatASettingMustMendWaitsAndIsSaidOnce(int error) {
        ModelKafka.Partition partition = w.kafka.topic("t", 1)[0];
        w.kafka.topic("other", 1);
        w.start();
        for (int i = 0; i < 5; i++) partition.errors.add(error);
        List<String> sent = send("t", 0, 20);
        w.run(100);
        w.send("other", null, "x", 99);
        w.run(100);
        assertEquals(List.of("x"), w.kafka.read("other", 0), "another topic is not held up");
        w.run(15_000);
        assertEquals(1, w.notes.size());
        assertTrue(w.kafka.topics.get("t")[0].errors.size() >= 1, "tried " + w.producer.sentBatches() + " times in 15 s");
        delivered("t", sent);
        assertEquals(List.of("t-0: " + KafkaError.of(error).name(), "t-0: delivered"), w.notes);
    }

    @Test
    void aLeaderThatMovesIsFound() {
        ModelKafka.Partition partition = w.kafka.topic("t", 1)[0];
        w.settings.batchBytes = 200;
        w.start();
        List<String> sent = send("t", 0, 100);
        w.run(50);
        for (int i = 1; i < 6; i++) {
            partition.leader = 1 + i % 2;
            sent.addAll(send("t", 100 * i, 100 * i + 100));
            w.run(7);
        }
        delivered("t", sent);
    }

    @Test
    void aTooLargeBatchIsSplitUntilItFitsAndASingleRecordGoesBack() {
        w.kafka.topic("t", 1);
        w.kafka.tooLarge = 300;
        w.start();
        List<String> sent = send("t", 0, 100);
        w.send("t", null, "x".repeat(400), 100);
        sent.addAll(send("t", 101, 200));
        delivered("t", sent);
        assertEquals(List.of("refused 100 MESSAGE_TOO_LARGE"), w.told);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 5})
    void aRecordThatKafkaWillNotTakeGoesBackAndTheRestGoesOn(int version) {
        w.kafka.topic("t", 1);
        w.kafka.versions.put(Api.PRODUCE, new int[] {3, version});
        w.settings.batchBytes = 400;
        w.start();
        List<String> sent = send("t", 0, 50);
        w.send("t", null, "bad", 50);
        sent.addAll(send("t", 51, 90));
        w.send("t", null, "bad too", 90);
        sent.addAll(send("t", 91, 100));
        delivered("t", sent);
        String why = version == 8 ? ", one is bad" : "";
        assertEquals(List.of("refused 50 INVALID_RECORD" + why, "refused 90 INVALID_RECORD" + why), w.told);
    }

    @Test
    void whatIsCorruptTwiceIsTakenApartUnlessKafkaMayHaveIt() {
        ModelKafka.Partition partition = w.kafka.topic("t", 1)[0];
        w.start();
        partition.errors.addAll(List.of(2, 2, 2, 2));
        List<String> sent = send("t", 0, 2);
        assertTrue(w.allDelivered(10));
        assertEquals(List.of("refused 0 CORRUPT_MESSAGE"), w.told); // the second half went through
        partition.errors.addAll(List.of(7, 2, 2, 2, 2)); // appended, which nobody knows
        sent.addAll(send("t", 2, 4));
        delivered("t", sent.subList(1, 4));
        assertEquals(1, w.told.size());
    }

    @Test
    void whatIsLargerThanMemoryGoesBackAtOnce() {
        w.kafka.topic("t", 1);
        w.settings.buffered = 10_000;
        w.start();
        assertTrue(w.send("t", null, "x".repeat(10_000), 1));
        w.run(100);
        assertEquals(List.of("refused 1 MESSAGE_TOO_LARGE, larger than what is kept in memory"), w.told);
        assertEquals(0, w.producer.pending());
    }

    @Test
    void duplicateSequenceNumberIsSuccess() {
        ModelKafka.Partition partition = w.kafka.topic("t", 1)[0];
        w.start();
        partition.errors.add(46);
        w.send("t", null, "v", 7);
        assertTrue(w.allDelivered(1));
        assertEquals(1, w.delivered.get(7L));
    }

    @ParameterizedTest
    @ValueSource(ints = {45, 47, 59, 90})
    void whereKafkaHasLostTrackNumbersBeginAnew(int error) {
        ModelKafka.Partition partition = w.kafka.topic("t", 1)[0];
        w.settings.batchBytes = 100;
        w.start();
        List<String> sent = send("t", 0, 30);
        assertTrue(w.allDelivered(10));
        switch (error) {
            case 45 -> partition.producer().last.removeLast(); // as after an unclean election
            case 59 -> partition.producers.clear();
            default -> partition.producer().epoch++; // somebody else has used the id
        }
        w.kafka.strange = true;
        w.kafka.fenced = error;
        w.run(2000);
        sent.addAll(send("t", 30, 60));
        delivered("t", sent);
        assertEquals(List.of("lapse t-0 " + KafkaError.of(error).name() + " 0"), w.told);
        assertEquals(error == 47 || error == 90 ? 1002 : 1001, w.kafka.nextProducer);
    }

    @Test
    void memoryIsBoundedWhileKafkaIsAway() {
        w.kafka.topic("t", 2);
        w.settings.buffered = 100_000;
        w.settings.batchBytes = 10_000;
        w.start();
        List<String> sent = send("t", 0, 10);
        assertTrue(w.allDelivered(10));
        w.kafka.brokers.forEach(ModelKafka.Broker::crash);
        int taken = 0;
        while (w.send("t", "k", "x".repeat(100), taken + 100)) taken++;
        assertTrue(taken > 400 && taken < 1000, taken + " taken");
        w.run(60_000);
        assertEquals(0, w.room);
        assertTrue(w.producer.used() <= 105_000, w.producer.used() + " bytes");
        assertEquals(3, w.notes.size(), w.notes.toString()); // reset, refused, and the other one refused
        w.kafka.brokers.forEach(ModelKafka.Broker::start);
        assertTrue(w.allDelivered(60));
        assertEquals(1, w.room);
        assertEquals(taken + 10, w.delivered.size());
    }

    @Test
    void aMissingTopicWaitsAndHoldsUpNoOther() {
        w.kafka.topic("there", 1);
        w.start();
        for (int i = 0; i < 20; i++) w.send("missing", i % 2 == 0 ? "k" : null, "m" + i, i);
        w.send("there", null, "x", 100);
        w.run(20_000);
        assertEquals(List.of("x"), w.kafka.read("there", 0));
        assertEquals(List.of("topic missing: UNKNOWN_TOPIC_OR_PARTITION"), w.notes);
        w.kafka.topic("missing", 1);
        assertTrue(w.allDelivered(30));
        assertEquals(IntStream.range(0, 20).mapToObj(i -> (i % 2 == 0 ? "k=" : "") + "m" + i).toList(), w.kafka.read("missing", 0));
        assertEquals(List.of("topic missing: all is well again"), w.notes.subList(1, 2));
    }

    @Test
    void aMissingTopicIsCreatedWhereAskedFor() {
        w.settings.createPartitions = 4;
        w.start();
        w.send("new", "k", "v", 1);
        assertTrue(w.allDelivered(30));
        assertEquals(4, w.kafka.topics.get("new").length);
    }

    @Test
    void aBrokerThatStopsAnsweringIsGivenUp() {
        w.kafka.topic("t", 1);
        w.settings.requestTimeout = 5 * SECOND;
        w.start();
        List<String> sent = send("t", 0, 10);
        assertTrue(w.allDelivered(10));
        w.kafka.silent = Api.PRODUCE;
        sent.addAll(send("t", 10, 20));
        assertTrue(w.world.runUntil(() -> !w.notes.isEmpty(), w.world.now() + 6 * SECOND));
        w.kafka.silent = null;
        delivered("t", sent);
        assertEquals(List.of("10.0.1.1:9092: no answer to PRODUCE in time", "10.0.1.1:9092: connected again"), w.notes);
    }

    @Test
    void restoredBatchesGoOutAsTheyWereAndKafkaKeepsOne() {
        w.kafka.topic("t", 1);
        w.settings.batchBytes = 100;
        w.start();
        List<String> sent = send("t", 0, 10);
        assertTrue(w.allDelivered(10));
        w.kafka.produceNanos = SECOND; // appended, and not yet answered
        sent.addAll(send("t", 10, 20));
        w.run(200);
        w.crash();
        w.kafka.produceNanos = 0;
        delivered("t", sent);
        assertTrue(w.kafka.duplicates > 0);
        sent.addAll(send("t", 20, 30));
        delivered("t", sent);
        assertEquals(1001, w.kafka.nextProducer, "the producer goes on under its id");
    }

    @Test
    void whatIsTakenOutOfTurnIsToldInTurn() {
        ModelKafka.Partition partition = w.kafka.topic("t", 1)[0];
        w.settings.batchBytes = 100;
        w.start();
        List<String> sent = send("t", 0, 10);
        assertTrue(w.allDelivered(10));
        partition.errors.add(20); // appended all the same, and so are those behind it
        sent.addAll(send("t", 10, 40));
        w.run(20);
        assertEquals(15, w.kafka.read("t", 0).size());
        assertEquals(10, w.delivered.size());
        w.crash();
        sent.addAll(send("t", 40, 80)); // none of them may have the numbers of what Kafka has
        delivered("t", sent);
        assertEquals(List.of(), w.told);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatKafkaHasHadTheTimeToForgetIsTold(boolean restarted) {
        w.kafka.topic("t", 1);
        w.kafka.expiry = w.settings.producerExpiry = 5 * SECOND;
        w.start();
        List<String> sent = send("t", 0, 10);
        assertTrue(w.allDelivered(10));
        w.kafka.lostAfter = 1000; // appended, and the answer is lost
        w.world.runFor(SECOND);
        sent.addAll(send("t", 10, 15));
        w.run(50);
        assertEquals(sent, w.kafka.read("t", 0));
        w.kafka.brokers.forEach(ModelKafka.Broker::crash);
        w.kafka.lostAfter = 0;
        w.age = 6 * SECOND;
        w.run(6000);
        if (restarted) w.crash();
        w.kafka.brokers.forEach(ModelKafka.Broker::start);
        sent.addAll(sent.subList(10, 15));
        delivered("t", sent);
        assertEquals(List.of("lapse t-0 UNKNOWN_PRODUCER_ID 5"), w.told);
    }

    @Test
    void closingLeavesNothingBehind() {
        w.kafka.topic("t", 2);
        w.start();
        send("t", 0, 10);
        w.run(100);
        w.producer.close();
        w.cluster.close();
        w.run(5000);
        assertEquals(0, w.host.openSockets());
        assertEquals(0, w.host.setTimers());
        assertFalse(w.send("t", null, "x", 1));
    }
}
