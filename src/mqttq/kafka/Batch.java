package mqttq.kafka;

import java.nio.ByteBuffer;

/**
 * Records on their way to one partition, as Kafka gets them. Once it is numbered its bytes say who sends what as which record, and the same
 * bytes may be sent again at any time: Kafka keeps one.
 */
public final class Batch {
    enum State { WAITING, OFFERED, RELEASED, SENT, TAKEN }

    public final String topic;
    public final int partition, count;
    /** The owner's number of each record. */
    public final long[] tags;
    /** The owner's own. */
    public Object attachment;
    final byte[] bytes;
    final int length;
    final Line line;
    State state = State.WAITING;
    /** Offset that it was {@link State#TAKEN} at. */
    long offset;
    /** It was sent and not answered: Kafka may have it, since {@link #sentAt} (ns). */
    boolean unknown;
    long sentAt;
    /** What Kafka said to it last. */
    KafkaError error = KafkaError.of(KafkaError.NONE);
    String message;
    /** Which records Kafka named as bad. */
    int[] bad;
    boolean corrupt;

    Batch(Line line, byte[] bytes, int length, int count, long[] tags) {
        this.line = line;
        topic = line.topic;
        partition = line.partition;
        this.bytes = bytes;
        this.length = length;
        this.count = count;
        this.tags = tags;
    }

    /** The record batch, to be read only; what a journal is to keep. */
    public ByteBuffer bytes() { return ByteBuffer.wrap(bytes, 0, length).asReadOnlyBuffer(); }
    public long producerId() { return ByteBuffer.wrap(bytes).getLong(RecordBatch.PRODUCER); }
    public int epoch() { return ByteBuffer.wrap(bytes).getShort(RecordBatch.EPOCH); }
    public int sequence() { return ByteBuffer.wrap(bytes).getInt(RecordBatch.SEQUENCE); }

    RecordBatch read(int unpackedLimit) { return RecordBatch.next(ByteBuffer.wrap(bytes, 0, length)).open(unpackedLimit); }
}
