package mqttq.transport;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLSession;
import mqttq.loop.Loop;
import mqttq.loop.Timers;
import mqttq.quic.CloseReason;
import mqttq.quic.Connection;
import mqttq.quic.stream.QuicStream;
import mqttq.quic.stream.StreamHandler;

/**
 * A bidirectional stream as a pipe. The first is the control stream (MQTT over QUIC §5.2): when it ends, so does the connection; others end
 * alone.
 */
final class QuicPipe implements Pipe, StreamHandler, Runnable {
    /** After our FIN has arrived: how long the peer may take to end its direction too, ns. */
    private static final long GRACE = 500_000_000L;

    private final Loop loop;
    final Connection connection;
    private final boolean control;
    QuicStream stream;
    private Handler handler;
    /** close() was called: nothing more is delivered, and the connection ends with {@code code} when the stream has or time is up. */
    private boolean closing, gone;
    private long code, giveUpAt;
    private String reason;
    private Timers.Timer timer;
    private Runnable waiting;

    QuicPipe(Loop loop, Connection connection, boolean control) {
        this.loop = loop;
        this.control = control;
        this.connection = connection;
    }

    /** Opens its stream; false where the peer allows no more. */
    boolean begin() {
        stream = connection.open(true, this);
        return stream != null;
    }

    // --- Pipe

    @Override public void handler(Handler handler) { this.handler = handler; }
    @Override public int writable() { return gone || closing ? 0 : stream.writable(); }
    @Override public int write(ByteBuffer data) { return gone || closing ? 0 : stream.write(data); }
    @Override public long unsent() { return gone ? 0 : stream.unacknowledged(); }
    @Override public void read(boolean on) { if (!gone && !closing) stream.read(on); }
    @Override public void finish() { if (!gone) stream.finish(); }

    @Override public void close(long code, String reason, long lingerNanos) {
        if (gone || closing) return;
        closing = true;
        this.code = code;
        this.reason = reason;
        // Single-stream mode §6.3.1: DISCONNECT, then the stream's graceful end in both directions, then the connection's.
        if (code == TAKEN_OVER) stream.stopSending(code);
        stream.finish();
        stream.read(true);
        if (stream.closed()) {
            give(code, reason);
            return;
        }
        if (timer != null) timer.cancel();
        timer = loop.timer(() -> give(QuicPipe.this.code, QuicPipe.this.reason));
        giveUpAt = loop.now() + lingerNanos;
        timer.at(giveUpAt);
    }

    @Override public void abort(long code, String reason) {
        if (gone) return;
        this.reason = reason;
        give(code, reason);
    }

    private void give(long code, String why) {
        if (timer != null) timer.cancel();
        if (control) {
            connection.close(code, why);
            return;
        }
        stream.reset(code);
        stream.stopSending(code);
    }

    @Override public Pipe openStream() {
        QuicPipe other = new QuicPipe(loop, connection, false);
        return control && !closing && !gone && other.begin() ? other : null;
    }

    /** Another stream; null: it is refused. */
    Pipe.Handler branch(QuicPipe other) { return closing || gone || handler == null ? null : handler.onStream(other); }
    @Override public String transport() { return "quic"; }
    @Override public InetSocketAddress local() { return connection.local(); }
    @Override public InetSocketAddress remote() { return connection.provenRemote(); }
    @Override public boolean proven() { return connection.isProven(); }

    @Override public boolean peerRestarted() {
        return connection.closeReason() != null && connection.closeReason().kind() == CloseReason.Kind.STATELESS_RESET;
    }

    @Override public byte[] sentTo() { return connection.sentTo(); }
    void onPath() { if (!gone && !closing && handler != null) handler.onPath(); }
    @Override public void figures(BiConsumer<String, Object> to) { connection.stats().each(to); }
    @Override public void admit() { connection.admit(); }
    @Override public void allowSilence(long nanos) { connection.allowSilence(nanos); }
    @Override public SSLSession session() { return connection.session(); }
    @Override public boolean early() { return connection.isEarly(); }

    @Override public void whenConfirmed(Runnable then) {
        if (early()) waiting = then;
        else then.run();
    }

    /** The handshake is complete. */
    void onConfirmed() {
        Runnable then = waiting;
        waiting = null;
        if (then != null && !gone && !closing) then.run();
    }

    // --- StreamHandler

    @Override public void onData(QuicStream s, ByteBuffer data) {
        if (closing) data.position(data.limit());
        else if (!gone) handler.onData(data);
    }

    @Override public void onEnd(QuicStream s) { if (!closing && !gone) handler.onEnd(); }
    @Override public void onReset(QuicStream s, long resetCode) { down(resetCode); }

    /** Who takes a session from us has written why, and ends its direction: that is waited for, if not long. */
    @Override public void onStopSending(QuicStream s, long stopCode) {
        if (stopCode != TAKEN_OVER || closing || gone) {
            down(stopCode);
            return;
        }
        timer = loop.timer(() -> down(stopCode));
        timer.at(loop.now() + GRACE);
    }

    /** The peer gave the stream up. */
    void down(long withCode) {
        if (closing || gone) return;
        if (handler != null) handler.onReset(withCode);
        abort(control ? CONTROL_STREAM_DOWN : NO_ERROR, control ? "control stream down" : "stream reset by peer");
    }

    @Override public void onWritable(QuicStream s) { if (!closing && !gone) handler.onWritable(); }
    @Override public void onFinished(QuicStream s) { if (closing && timer != null) timer.at(Math.min(giveUpAt, loop.now() + GRACE)); }

    /** Both directions are over: what is left of the connection has no purpose. */
    @Override public void onClosed(QuicStream s, String why) {
        if (!control) onConnectionClosed(why == null ? "stream closed" : why);
        else if (why == null) connection.close(closing ? code : NO_ERROR, closing ? reason : "");
    }

    /** The connection is over. The handler hears of it later in this turn, never from within its own call. */
    void onConnectionClosed(String why) {
        if (gone) return;
        gone = true;
        if (timer != null) timer.cancel();
        if (!closing) reason = why;
        loop.defer(this);
    }

    @Override public void run() { if (handler != null) handler.onClosed(reason); }
}
