package mqttq.kafka;

import static mqttq.kafka.ModelKafka.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each request in each of its layouts, byte for byte as Kafka's own classes (4.1.0) write it; and what is agreed on. */
class RequestsTest {
    private final KafkaWorld w = new KafkaWorld(4, 1);

    @ParameterizedTest
    @CsvSource({
        "PRODUCE, 3, ffffffff000075300000000100017400000001000000020000004",
        "PRODUCE, 8, ffffffff000075300000000100017400000001000000020000004",
        "METADATA, 4, 0000000100017400",
        "METADATA, 7, 0000000100017400",
        "METADATA, 8, 00000001000174000000",
        "INIT_PRODUCER_ID, 0, ffff7fffffff",
        "INIT_PRODUCER_ID, 1, ffff7fffffff",
        "FETCH, 4, ffffffff000001f4000000010010000001000000010001740000000100000002000000000000004d00100000",
        "FETCH, 5, ffffffff000001f4000000010010000001000000010001740000000100000002000000000000004dffffffffffffffff00100000",
        "FETCH, 7, ffffffff000001f400000001001000000100000000ffffffff000000010001740000000100000002000000000000004dffffffffffffffff0010000000000000",
        "FETCH, 9, ffffffff000001f400000001001000000100000000ffffffff000000010001740000000100000002ffffffff000000000000004dffffffffffffffff0010000000000000",
        "FETCH, 11, ffffffff000001f400000001001000000100000000ffffffff000000010001740000000100000002ffffffff000000000000004dffffffffffffffff00100000000000000000",
        "LIST_OFFSETS, 1, ffffffff000000010001740000000100000002fffffffffffffffe",
        "LIST_OFFSETS, 2, ffffffff01000000010001740000000100000002fffffffffffffffe",
        "LIST_OFFSETS, 4, ffffffff01000000010001740000000100000002fffffffffffffffffffffffe",
        "LIST_OFFSETS, 5, ffffffff01000000010001740000000100000002fffffffffffffffffffffffe",
        "CREATE_TOPICS, 2, 0000000100017400000003ffff00000000000000000000753000",
        "CREATE_TOPICS, 4, 0000000100017400000003ffff00000000000000000000753000",
        "OFFSET_COMMIT, 2, 000167ffffffff0000ffffffffffffffff000000010001740000000100000002000000000000004d0000",
        "OFFSET_COMMIT, 4, 000167ffffffff0000ffffffffffffffff000000010001740000000100000002000000000000004d0000",
        "OFFSET_COMMIT, 5, 000167ffffffff0000000000010001740000000100000002000000000000004d0000",
        "OFFSET_COMMIT, 6, 000167ffffffff0000000000010001740000000100000002000000000000004dffffffff0000",
        "OFFSET_COMMIT, 7, 000167ffffffff0000ffff000000010001740000000100000002000000000000004dffffffff0000",
        "FIND_COORDINATOR, 0, 000167",
        "FIND_COORDINATOR, 1, 00016700",
        "FIND_COORDINATOR, 2, 00016700",
        "SASL_HANDSHAKE, 1, 0005504c41494e",
        "SASL_AUTHENTICATE, 0, 0000000400750070",
        "SASL_AUTHENTICATE, 1, 0000000400750070",
        "API_VERSIONS, 0, ''"})
    void bytesAreKafkas(Api api, int version, String hex) {
        w.kafka.keepRequests = true;
        w.kafka.versions.put(api, new int[] {0, version});
        w.kafka.mechanism = w.settings.mechanism = "PLAIN";
        w.kafka.user = w.settings.user = "u";
        w.kafka.password = "p";
        w.settings.password = "p".getBytes();
        w.settings.createPartitions = 3;
        if (api != Api.CREATE_TOPICS) w.kafka.topic("t", 3)[2].end = 77;
        w.start();
        GroupOffsets offsets = new GroupOffsets(w.host, w.cluster, "g", SECOND);
        offsets.read("t", 2, 77);
        Consumer consumer = new Consumer(w.host, w.cluster, w.settings, new Consumer.Owner() {
            @Override public long start(String topic, int partition) { return partition < 2 ? Consumer.LATEST : api == Api.FETCH ? 77 : Consumer.EARLIEST; }
            @Override public boolean onRecord(String topic, int partition, KafkaRecord record) { return true; }
            @Override public boolean onUnreadable(String topic, int partition, long first, long last, String reason) { return true; }
            @Override public void onGap(String topic, int partition, long expected, long found) { }
        });
        consumer.subscribe("t");
        w.producer.send("t", 2, null, KafkaWorld.bytes("v"), w.headers.clear(), 0, 1);
        String expected = api + " v" + version + " " + hex;
        boolean found = w.world.runUntil(() -> w.kafka.requests.stream().anyMatch(r -> api == Api.PRODUCE ? r.startsWith(expected) : r.equals(expected)), 10 * SECOND);
        assertTrue(found, () -> w.kafka.requests.stream().filter(r -> r.startsWith(api.name())).findFirst() + " and not\n" + expected + w.notes);
        assertTrue(api == Api.API_VERSIONS || w.kafka.requests.stream().noneMatch(r -> r.startsWith(api + " v") && !r.startsWith(api + " v" + version + " ")));
    }

    @Test
    void aKafkaThatIsTooOldOrTooNewIsToldByName() {
        w.kafka.topic("t", 1);
        w.kafka.versions.put(Api.METADATA, new int[] {0, 3});
        w.start();
        w.send("t", null, "v", 1);
        w.run(2000);
        assertEquals(List.of("metadata: this Kafka does not speak METADATA 4 to 8"), w.notes);
    }

    @ParameterizedTest
    @CsvSource({"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
    void saslIsProvedBeforeItRunsOut(String mechanism) {
        w.kafka.topic("t", 1);
        w.kafka.mechanism = w.settings.mechanism = mechanism;
        w.kafka.user = w.settings.user = "us=er";
        if (!mechanism.equals("PLAIN")) w.kafka.user = "us=3Der";
        w.settings.password = "secret".getBytes();
        w.kafka.sessionMillis = 10_000;
        w.start();
        w.send("t", null, "v", 1);
        assertTrue(w.allDelivered(1), w.notes::toString);
        assertEquals(1, w.kafka.authentications);
        w.run(8000);
        assertEquals(1, w.kafka.authentications);
        w.run(600);
        assertEquals(2, w.kafka.authentications, "at 85 % of the session");
        w.send("t", null, "v", 2);
        assertTrue(w.allDelivered(1), w.notes::toString);
        assertEquals(List.of(), w.notes);
    }

    @ParameterizedTest
    @CsvSource({"PLAIN, SASL_AUTHENTICATION_FAILED: Authentication failed", "SCRAM-SHA-256, SASL_AUTHENTICATION_FAILED: Authentication failed",
        "OTHER, 'UNSUPPORTED_SASL_MECHANISM: Kafka offers OTHER'"})
    void wrongCredentialsAreToldOnceAndTriedSeldom(String mechanism, String said) {
        w.kafka.keepRequests = true;
        w.kafka.mechanism = mechanism;
        w.settings.mechanism = mechanism.equals("OTHER") ? "PLAIN" : mechanism;
        w.kafka.user = w.settings.user = "user";
        w.settings.password = "wrong".getBytes();
        w.start();
        w.send("t", null, "v", 1);
        w.run(60_000);
        assertEquals(List.of("10.0.1.1:9092: " + said), w.notes);
        assertTrue(w.kafka.requests.size() <= 4 * 16, w.kafka.requests.size() + " requests in a minute");
    }
}
