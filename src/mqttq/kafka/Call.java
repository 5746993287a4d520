package mqttq.kafka;

import java.nio.ByteBuffer;

/** One request, and what its answer does. Exactly one of {@link #answered} and {@link #failed} comes, never from within the asking. */
abstract class Call {
    final Api api;
    /** Agreed with the broker before {@link #write}. */
    int version;
    int correlation;

    Call(Api api) { this.api = api; }

    /** Writes what follows the header. */
    abstract void write(Frame out);

    /**
     * The broker's answer, behind its header.
     * @throws IllegalArgumentException or BufferUnderflowException where it is none; {@link #failed} follows
     */
    abstract void answered(ByteBuffer in);

    /** There will be no answer; whether the broker has done it nobody knows. */
    abstract void failed(String reason);
}
