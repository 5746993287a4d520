package mqttq.kafka;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** One request, and what its answer does. Exactly one of {@link #reader} and {@link #failed} is called, never from within the asking. */
final class Call {
    /** Writes what follows the header, in the version agreed on. */
    interface Writer {
        void write(Frame out, int version);
    }

    /** Takes the broker's answer, behind its header; where it throws {@link Frame}'s exceptions, {@link #failed} follows. */
    interface Reader {
        void read(ByteBuffer in, int version);
    }

    final Api api;
    final Writer writer;
    final Reader reader;
    /** There will be no answer, for this reason; whether the broker has done it nobody knows. */
    final Consumer<String> failed;
    int version, correlation;

    Call(Api api, Writer writer, Reader reader, Consumer<String> failed) {
        this.api = api;
        this.writer = writer;
        this.reader = reader;
        this.failed = failed;
    }
}
