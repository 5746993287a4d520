package mqttq.kafka;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import mqttq.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Record batches byte for byte as Kafka's own classes (4.1.0) write them, and what is made of damaged ones. */
class RecordBatchTest {
    /** Three records: key, value, two headers, one null; no key, an empty value, an earlier time; a tombstone with an empty header. */
    private static final String PLAIN = "00000000000000000000006bffffffff0280ba67860000000000020000018bcfe568000000018bcfe6eea00000000000001267000300000"
        + "0110000000348000000066b65790a76616c756504146d7174742d746f70696306612f620a656d707479010c0013020100001a00c09a0c04046b320102026800",
        GZIP = "00000000000000000000007fffffffff02c11791c20001000000020000018bcfe568000000018bcfe6eea00000000000001267000300000011000000031f8b08000000"
        + "000000fff360606060cb4eade42a4bcc294d6511c92d2c29d12dc92fc84c664bd44fe24acd2d28a964e4611066626460906238308b878525db88918929830100197ea2543a000000";

    private static byte[] utf8(String text) { return text.getBytes(StandardCharsets.UTF_8); }

    private static BatchBuilder three() {
        BatchBuilder batch = new BatchBuilder();
        Headers headers = new Headers();
        batch.append(1_700_000_000_000L, KafkaWorld.bytes("key"), KafkaWorld.bytes("value"),
            headers.add(utf8("mqtt-topic"), utf8("a/b")).add(utf8("empty"), null), 1);
        batch.append(1_699_999_999_990L, null, ByteBuffer.allocate(0), headers.clear(), 2);
        batch.append(1_700_000_100_000L, KafkaWorld.bytes("k2"), null, headers.clear().add(utf8("h"), new byte[0]), 3);
        return batch;
    }

    private static byte[] made(boolean gzip) {
        BatchBuilder batch = three();
        batch.seal(gzip);
        BatchBuilder.number(batch.bytes, batch.length, 4711, 3, 17);
        return Arrays.copyOf(batch.bytes, batch.length);
    }

    @Test
    void itIsByteForByteAsKafkasOwn() { assertEquals(PLAIN, HexFormat.of().formatHex(made(false))); }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, GZIP, "own"})
    void itIsRead(String hex) {
        RecordBatch batch = RecordBatch.next(ByteBuffer.wrap(hex.equals("own") ? made(true) : HexFormat.of().parseHex(hex))).open(1000);
        assertEquals("4711 3 17 3", batch.producerId() + " " + batch.epoch() + " " + batch.sequence() + " " + batch.count());
        KafkaRecord record = new KafkaRecord();
        assertTrue(batch.read(record));
        assertEquals("0 1700000000000 key value", record.offset() + " " + record.timestamp() + " " + ModelKafka.text(record.key()) + " " + ModelKafka.text(record.value()));
        byte[][] header = record.nextHeader();
        assertEquals("mqtt-topic a/b", new String(header[0]) + " " + new String(header[1]));
        header = record.nextHeader();
        assertEquals("empty", new String(header[0]));
        assertNull(header[1]);
        assertNull(record.nextHeader());
        assertTrue(batch.read(record));
        assertNull(record.key());
        assertEquals("1 1699999999990 0", record.offset() + " " + record.timestamp() + " " + record.value().remaining());
        assertTrue(batch.read(record));
        assertNull(record.value());
        assertArrayEquals(new byte[0], record.nextHeader()[1]);
        assertTrue(!batch.read(record));
    }

    @Test
    void whatUnpacksToTooMuchIsRefused() {
        RecordBatch batch = RecordBatch.next(ByteBuffer.wrap(made(true)));
        assertEquals("a batch that unpacks to more than 57 bytes", assertThrows(IllegalArgumentException.class, () -> batch.open(57)).getMessage());
        batch.open(58);
    }

    @Test
    void aBatchThatIsNotAllThereIsNone() {
        byte[] whole = made(false);
        for (int length = 0; length < whole.length; length++) assertNull(RecordBatch.next(ByteBuffer.wrap(whole, 0, length)), "length " + length);
    }

    @Test
    void everyChangedByteIsSeen() {
        for (int i = RecordBatch.MAGIC; i < made(false).length; i++) {
            byte[] changed = made(false);
            changed[i] ^= 1;
            assertThrows(IllegalArgumentException.class, () -> RecordBatch.next(ByteBuffer.wrap(changed)), "byte " + i);
        }
    }

    /** A broker that lies, checksum and all, gets one of two exceptions out of us and nothing else. */
    @Test
    void nonsenseWithTheRightChecksumEndsInAnOrderlyWay() {
        Seeds.of(1000, 100_000).forEach(seed -> {
            Random random = new Random(seed);
            byte[] bytes = made(seed % 2 == 0);
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                bytes[RecordBatch.ATTRIBUTES + random.nextInt(bytes.length - RecordBatch.ATTRIBUTES)] = (byte) random.nextInt(256);
            }
            ByteBuffer header = ByteBuffer.wrap(bytes);
            BatchBuilder.number(bytes, bytes.length, header.getLong(RecordBatch.PRODUCER), header.getShort(RecordBatch.EPOCH), header.getInt(RecordBatch.SEQUENCE));
            KafkaRecord record = new KafkaRecord();
            try {
                RecordBatch batch = RecordBatch.next(header);
                if (batch.unreadable() == null) batch.open(1000);
                else return;
                while (batch.read(record)) while (record.nextHeader() != null) record.again().headers.position(record.headers.limit());
            } catch (IllegalArgumentException | BufferUnderflowException e) {
                // as they should
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"'', 275646681", "a, -1563381124", "ab, 316155434", "abc, 479470107", "abcd, -1323649548", "abcde, 461995741", "21, -973932308", "foobar, -790332482",
        "a-little-bit-long-string, -985981536", "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8, -58897971", "a/b/c, -446962318", "ü, 1419834458"})
    void murmur2IsKafkas(String key, int hash) { assertEquals(hash, Partitioner.murmur2(KafkaWorld.bytes(key))); }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 1, 63, 64, -64, -65, 8191, 8192, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE})
    void numbersComeBack(long value) {
        byte[] bytes = new byte[10];
        int length = Zigzag.put(bytes, 0, value);
        assertEquals(length, Zigzag.size(value));
        assertEquals(value, Zigzag.get(ByteBuffer.wrap(bytes, 0, length)));
    }

    @Test
    void sequencesGoRound() {
        assertEquals(0, Line.advance(Integer.MAX_VALUE, 1));
        assertEquals(4, Line.advance(Integer.MAX_VALUE - 5, 10));
    }
}
