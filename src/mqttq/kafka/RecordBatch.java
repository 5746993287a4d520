package mqttq.kafka;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;

/** Reads a record batch of version 2: its header, checked by CRC32C, then its records one after another. */
final class RecordBatch {
    /** Places of fields, and the length of all before the records. */
    static final int LENGTH = 8, LEADER_EPOCH = 12, MAGIC = 16, CRC = 17, ATTRIBUTES = 21, LAST_DELTA = 23, BASE_TIME = 27, MAX_TIME = 35,
        PRODUCER = 43, EPOCH = 51, SEQUENCE = 53, COUNT = 57, HEADER = 61;
    static final int GZIP = 1;
    private static final int CODEC = 7, LOG_APPEND_TIME = 8, TRANSACTIONAL = 16, CONTROL = 32;
    private static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd", "codec 5", "codec 6", "codec 7"};

    /** What the batch is; the view is of the whole batch alone. */
    private final ByteBuffer batch;
    private ByteBuffer records;
    private int left;

    private RecordBatch(ByteBuffer batch) { this.batch = batch; }

    /**
     * Takes the next batch from {@code in}; null where it is not all there.
     * @throws IllegalArgumentException where it is damaged, or of an older version
     */
    static RecordBatch next(ByteBuffer in) {
        if (in.remaining() < HEADER) return null;
        int length = in.getInt(in.position() + LENGTH);
        if (length < HEADER - LEADER_EPOCH) throw new IllegalArgumentException("a batch of " + length + " bytes");
        if (length > in.remaining() - LEADER_EPOCH) return null;
        RecordBatch batch = new RecordBatch(in.slice(in.position(), LEADER_EPOCH + length));
        in.position(in.position() + LEADER_EPOCH + length);
        if (batch.batch.get(MAGIC) != 2) throw new IllegalArgumentException("a batch of version " + batch.batch.get(MAGIC));
        if (batch.batch.getInt(CRC) != crc(batch.batch)) throw new IllegalArgumentException("a batch with a wrong checksum");
        if (batch.count() < 0) throw new IllegalArgumentException("a batch of " + batch.count() + " records");
        return batch;
    }

    private static int crc(ByteBuffer batch) {
        CRC32C crc = new CRC32C();
        crc.update(batch.slice(ATTRIBUTES, batch.limit() - ATTRIBUTES));
        return (int) crc.getValue();
    }

    long baseOffset() { return batch.getLong(0); }
    long lastOffset() { return baseOffset() + batch.getInt(LAST_DELTA); }
    long producerId() { return batch.getLong(PRODUCER); }
    int epoch() { return batch.getShort(EPOCH); }
    int sequence() { return batch.getInt(SEQUENCE); }
    int count() { return batch.getInt(COUNT); }
    boolean isTransactional() { return (attributes() & TRANSACTIONAL) != 0; }
    boolean isControl() { return (attributes() & CONTROL) != 0; }

    private int attributes() { return batch.getShort(ATTRIBUTES); }

    /** The codec's name where Java cannot read it; null where it can. */
    String unreadable() { return (attributes() & CODEC) <= GZIP ? null : CODECS[attributes() & CODEC]; }

    /**
     * Makes the records ready for {@link #read}.
     * @param most bytes that they may unpack to
     * @throws IllegalArgumentException where they do not unpack
     */
    RecordBatch open(int most) {
        records = batch.slice(HEADER, batch.limit() - HEADER);
        left = count();
        if ((attributes() & CODEC) != GZIP) return this;
        byte[] packed = new byte[records.remaining()];
        records.get(packed);
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            byte[] all = in.readNBytes(most);
            if (in.read() >= 0) throw new IllegalArgumentException("a batch that unpacks to more than " + most + " bytes");
            records = ByteBuffer.wrap(all);
        } catch (IOException e) {
            throw new IllegalArgumentException("a batch that does not unpack: " + e.getMessage());
        }
        return this;
    }

    /** Reads the next record into {@code to}; false behind the last. @throws RuntimeException as {@link Frame}'s readers */
    boolean read(KafkaRecord to) {
        if (left == 0) return false;
        left--;
        int length = Zigzag.length(records, 6);
        ByteBuffer record = records.slice(records.position(), length);
        records.position(records.position() + length);
        record.get();
        long delta = Zigzag.get(record);
        to.timestamp = (attributes() & LOG_APPEND_TIME) != 0 ? batch.getLong(MAX_TIME) : batch.getLong(BASE_TIME) + delta;
        to.offset = baseOffset() + Zigzag.get(record);
        to.key = view(record);
        to.value = view(record);
        to.headerCount = Zigzag.length(record, 0);
        to.headers = record;
        to.headersAt = record.position();
        return true;
    }

    private static ByteBuffer view(ByteBuffer record) {
        int length = Zigzag.length(record, -1);
        if (length < 0) return null;
        ByteBuffer view = record.slice(record.position(), length);
        record.position(record.position() + length);
        return view;
    }
}
