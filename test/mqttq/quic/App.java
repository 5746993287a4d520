package mqttq.quic;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import mqttq.quic.stream.QuicStream;
import mqttq.quic.stream.StreamHandler;

/** An application of a connection: counts what comes, echoes it if asked to, sends what it is told to send. */
class App implements ConnectionListener, StreamHandler {
    Connection connection;
    CloseReason closed;
    int handshakes, ends, resets, stops, streamsClosed, finished, paths;
    long received, wrong;
    /** What is known of the server; a client may go on with that of another one. */
    ServerMemory memory = new ServerMemory();
    boolean echo, accept = true;
    final List<QuicStream> streams = new ArrayList<>();
    final List<String> text = new ArrayList<>();
    private QuicStream sending;
    private long toSend, sent;
    private boolean finish;

    /** The byte at an offset of everything that {@link #send} sends. */
    static byte pattern(long offset) {
        return (byte) (offset * 31 + (offset >> 8) * 7);
    }

    /** Sends a pattern of {@code bytes} on a stream, then ends it. */
    QuicStream send(long bytes) {
        return send(connection.open(true, this), bytes, true);
    }

    QuicStream send(QuicStream stream, long bytes, boolean end) {
        sending = stream;
        toSend = bytes;
        sent = 0;
        finish = end;
        pump();
        return stream;
    }

    private void pump() {
        byte[] chunk = new byte[16384];
        while (sent < toSend) {
            int n = (int) Math.min(chunk.length, toSend - sent);
            for (int i = 0; i < n; i++) chunk[i] = pattern(sent + i);
            int took = sending.write(ByteBuffer.wrap(chunk, 0, n));
            sent += took;
            if (took < n) return;
        }
        if (finish) sending.finish();
        sending = null;
    }

    void say(String words) {
        if (streams.isEmpty()) streams.add(connection.open(true, this));
        streams.get(0).write(ByteBuffer.wrap(words.getBytes()));
    }

    @Override
    public void onHandshakeComplete(Connection c) {
        handshakes++;
    }

    @Override
    public StreamHandler onStream(Connection c, QuicStream stream) {
        streams.add(stream);
        return accept ? this : null;
    }

    @Override
    public void onPath(Connection c) {
        paths++;
    }

    @Override
    public void onClosed(Connection c, CloseReason reason) {
        if (closed != null) throw new AssertionError("closed twice");
        closed = reason;
    }

    @Override
    public void onData(QuicStream stream, ByteBuffer data) {
        for (int i = data.position(); i < data.limit(); i++) if (data.get(i) != pattern(received + i - data.position())) wrong++;
        received += data.remaining();
        if (data.remaining() < 200) text.add(new String(data.array(), data.arrayOffset() + data.position(), data.remaining()));
        if (echo) stream.write(data);
        data.position(data.limit());
    }

    @Override
    public void onEnd(QuicStream stream) {
        ends++;
        if (echo) stream.finish();
    }

    @Override
    public void onReset(QuicStream stream, long code) {
        resets++;
    }

    @Override
    public void onStopSending(QuicStream stream, long code) {
        stops++;
    }

    @Override
    public void onWritable(QuicStream stream) {
        if (sending != null) pump();
    }

    @Override
    public void onFinished(QuicStream stream) {
        finished++;
    }

    @Override
    public void onClosed(QuicStream stream, String reason) {
        streamsClosed++;
    }
}
