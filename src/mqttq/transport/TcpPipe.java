package mqttq.transport;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSession;
import mqttq.loop.Loop;
import mqttq.loop.TcpPort;
import mqttq.loop.Timers;
import mqttq.wire.BufferPool;

/** A pipe over one TCP connection; what is written in a turn of the loop leaves in one piece at its end. */
final class TcpPipe implements Pipe, TcpPort.Handler {
    /** Who waits for an outgoing connection. */
    interface Opening {
        void opened();

        void failed(String reason);
    }

    private final Loop loop;
    private final ByteQueue out;
    private final int limit;
    private TcpPort port;
    private Opening opening;
    private Handler handler;
    private Timers.Timer linger;
    private boolean flushing, blocked, wantsRoom;
    private boolean finishing, finished, closing, ended, gone;
    private String reason;
    private final Runnable flush = new Runnable() {
        @Override public void run() {
            flushing = false;
            flush();
        }
    };

    TcpPipe(Loop loop, TransportLimits limits, BufferPool pool) {
        this.loop = loop;
        limit = limits.buffered();
        out = new ByteQueue(pool, limit);
    }

    void port(TcpPort port) { this.port = port; }
    void opening(Opening opening) { this.opening = opening; }

    // Pipe

    @Override public void handler(Handler handler) { this.handler = handler; }
    @Override public int writable() { return finishing || gone ? 0 : out.room(); }

    @Override public int write(ByteBuffer data) {
        if (finishing || gone) return 0;
        int n = out.put(data);
        if (data.hasRemaining()) wantsRoom = true;
        flushLater();
        return n;
    }

    @Override public long unsent() { return out.length(); }
    @Override public void read(boolean on) { if (!closing && !gone) port.read(on); }

    @Override public void finish() {
        if (finishing || gone) return;
        finishing = true;
        flushLater();
    }

    @Override public void close(long code, String reason, long lingerNanos) {
        if (closing || gone) return;
        closing = finishing = true;
        wantsRoom = false;
        this.reason = reason;
        // With unread bytes left in the socket its close would be a reset, which takes what is under way to the peer with it.
        port.read(true);
        linger = loop.timer(() -> port.close());
        linger.at(loop.now() + lingerNanos);
        flushLater();
    }

    @Override public void abort(long code, String reason) {
        if (gone) return;
        closing = finishing = true;
        wantsRoom = false;
        this.reason = reason;
        out.clear();
        port.close();
    }

    @Override public String transport() { return "tcp"; }
    @Override public InetSocketAddress local() { return port.local(); }
    @Override public InetSocketAddress remote() { return port.remote(); }
    @Override public SSLSession session() { return null; }

    // TcpPort.Handler

    @Override public void onConnected() {
        opening.opened();
        opening = null;
    }

    @Override public void onData(ByteBuffer data) {
        if (closing) data.position(data.limit());
        else handler.onData(data);
    }

    @Override public void onEnd() {
        ended = true;
        if (!closing) handler.onEnd();
        else if (finished) port.close();
    }

    @Override public void onWritable() {
        blocked = false;
        flush();
    }

    @Override public void onClosed(String why) {
        gone = true;
        out.clear();
        if (linger != null) linger.cancel();
        if (opening != null) opening.failed(why);
        else if (handler != null) handler.onClosed(reason != null ? reason : why);
    }

    private void flushLater() {
        if (flushing || blocked) return;
        flushing = true;
        loop.defer(flush);
    }

    private void flush() {
        if (gone || blocked) return;
        if (!out.isEmpty()) {
            port.write(out.view());
            out.taken();
            blocked = !out.isEmpty();
        }
        if (finishing && !finished && out.isEmpty()) {
            finished = true;
            port.finish();
        }
        if (finished && closing && ended) port.close();
        if (wantsRoom && out.room() >= limit / 2) {
            wantsRoom = false;
            handler.onWritable();
        }
    }
}
