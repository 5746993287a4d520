package mqttq.kafka;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.GZIPOutputStream;

/** Gathers records into a batch of version 2. */
final class BatchBuilder {
    private static final int FIRST_SIZE = 1024;

    byte[] bytes = new byte[FIRST_SIZE];
    int length = RecordBatch.HEADER, count;
    long[] tags = new long[8];
    private long baseTime, maxTime = Long.MIN_VALUE;

    /** The most that such a record may take. */
    static int size(ByteBuffer key, ByteBuffer value, Headers headers) {
        return 40 + (key == null ? 0 : key.remaining()) + (value == null ? 0 : value.remaining()) + headers.length;
    }

    /** Adds a record; the buffers are left as they were. @param timestamp ms since 1970 @param tag the owner's */
    void append(long timestamp, ByteBuffer key, ByteBuffer value, Headers headers, long tag) {
        int most = size(key, value, headers);
        if (bytes.length - length < most) bytes = Arrays.copyOf(bytes, Math.max(bytes.length / 2 * 3, length + most));
        if (count == tags.length) tags = Arrays.copyOf(tags, count * 2);
        if (count == 0) baseTime = timestamp;
        maxTime = Math.max(maxTime, timestamp);
        long delta = timestamp - baseTime;
        int body = 1 + Zigzag.size(delta) + Zigzag.size(count) + size(key) + size(value) + Zigzag.size(headers.count) + headers.length;
        int at = Zigzag.put(bytes, length, body);
        bytes[at++] = 0;
        at = Zigzag.put(bytes, Zigzag.put(bytes, at, delta), count);
        at = Zigzag.put(bytes, put(put(at, key), value), headers.count);
        System.arraycopy(headers.bytes, 0, bytes, at, headers.length);
        length = at + headers.length;
        tags[count++] = tag;
    }

    private static int size(ByteBuffer data) { return data == null ? 1 : Zigzag.size(data.remaining()) + data.remaining(); }

    private int put(int at, ByteBuffer data) {
        int behind = Zigzag.put(bytes, at, data == null ? -1 : data.remaining());
        if (data == null) return behind;
        data.get(data.position(), bytes, behind, data.remaining());
        return behind + data.remaining();
    }

    /** Makes the header, but for what {@link #number} sets, and packs the records; nothing may be added then. */
    void seal(boolean gzip) {
        if (gzip) {
            ByteArrayOutputStream packed = new ByteArrayOutputStream(length / 2 + RecordBatch.HEADER);
            packed.write(bytes, 0, RecordBatch.HEADER);
            try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
                out.write(bytes, RecordBatch.HEADER, length - RecordBatch.HEADER);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            bytes = packed.toByteArray();
            length = bytes.length;
        }
        ByteBuffer header = ByteBuffer.wrap(bytes);
        header.putLong(0, 0).putInt(RecordBatch.LENGTH, length - RecordBatch.LEADER_EPOCH).putInt(RecordBatch.LEADER_EPOCH, -1);
        header.put(RecordBatch.MAGIC, (byte) 2).putShort(RecordBatch.ATTRIBUTES, (short) (gzip ? RecordBatch.GZIP : 0));
        header.putInt(RecordBatch.LAST_DELTA, count - 1).putLong(RecordBatch.BASE_TIME, baseTime).putLong(RecordBatch.MAX_TIME, maxTime);
        header.putInt(RecordBatch.COUNT, count);
    }

    /** Sets who sends a sealed batch as its which record, and the checksum. */
    static void number(byte[] bytes, int length, long producerId, int epoch, int sequence) {
        ByteBuffer header = ByteBuffer.wrap(bytes);
        header.putLong(RecordBatch.PRODUCER, producerId).putShort(RecordBatch.EPOCH, (short) epoch).putInt(RecordBatch.SEQUENCE, sequence);
        CRC32C crc = new CRC32C();
        crc.update(bytes, RecordBatch.ATTRIBUTES, length - RecordBatch.ATTRIBUTES);
        header.putInt(RecordBatch.CRC, (int) crc.getValue());
    }
}
