package mqttq.broker;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import mqttq.link.MqttLink;
import mqttq.transport.Pipe;

/**
 * The streams that a client opened beside its control stream ("simple multistream"): not read before it is let in, then each a
 * {@link Connection} of its own, gone with the control stream at the latest.
 */
final class DataStreams {
    private final Connection control;
    private final MqttLink link;
    private final int limit;
    private final List<Connection> open = new ArrayList<>();
    private final List<Waiting> early = new ArrayList<>(0);
    private int count;
    /** When something last came on a stream that is gone. */
    private long lastReceived;

    /** @param maxPacketSize 0: any */
    DataStreams(Connection control, MqttLink link, int maxPacketSize) {
        this.control = control;
        this.link = link;
        limit = maxPacketSize == 0 ? Integer.MAX_VALUE : maxPacketSize;
    }

    /** A stream that is not read yet: its client has to be let in first. */
    private final class Waiting implements Pipe.Handler {
        private final Pipe pipe;

        Waiting(Pipe pipe) {
            this.pipe = pipe;
            pipe.read(false);
        }

        @Override public void onData(ByteBuffer data) { }
        @Override public void onWritable() { }
        @Override public void onEnd() { }
        @Override public void onClosed(String reason) { early.remove(this); }
    }

    /** @param letIn whether the client is */
    Pipe.Handler onStream(Pipe pipe, boolean letIn) {
        if (letIn) return open(pipe);
        Waiting waiting = new Waiting(pipe);
        early.add(waiting);
        return waiting;
    }

    private MqttLink open(Pipe pipe) {
        MqttLink stream = link.branch(pipe, limit);
        open.add(new Connection(control, stream, ++count));
        return stream;
    }

    /** The client is let in. */
    void letIn() {
        for (Waiting waiting : List.copyOf(early)) {
            waiting.pipe.handler(open(waiting.pipe));
            waiting.pipe.read(true);
        }
        early.clear();
    }

    void withdraw() { for (Connection each : open) each.session().withdraw(); }

    /** When something last came on any of them: loop time, ns; 0: never. */
    long lastReceived() {
        long last = lastReceived;
        for (int i = 0; i < open.size(); i++) last = Math.max(last, open.get(i).lastReceived());
        return last;
    }

    /** {@link Connection#burden} of all of them. */
    long burden() {
        long sum = 0;
        for (int i = 0; i < open.size(); i++) sum += open.get(i).burden();
        return sum;
    }

    void ended(Connection stream) {
        open.remove(stream);
        lastReceived = Math.max(lastReceived, stream.lastReceived());
    }

    /** The control stream has ended. */
    void end(long code, String why) { for (Connection stream : List.copyOf(open)) stream.end(null, code, why, null, false); }
}
