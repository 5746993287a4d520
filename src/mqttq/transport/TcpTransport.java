package mqttq.transport;

import java.net.InetSocketAddress;
import mqttq.loop.Loop;
import mqttq.loop.TcpListener;
import mqttq.loop.TcpPort;
import mqttq.loop.Timers;
import mqttq.wire.BufferPool;

/** Plain TCP. */
public final class TcpTransport implements Transport {
    private final TransportLimits limits;
    private final BufferPool pool = new BufferPool(TransportLimits.POOLED);

    public TcpTransport(TransportLimits limits) { this.limits = limits; }

    @Override public Bound listen(Loop loop, InetSocketAddress local, Acceptor acceptor) {
        TcpListener listener = loop.listen(local, new TcpListener.Handler() {
            @Override public TcpPort.Handler onAccept(TcpPort port) {
                TcpPipe pipe = new TcpPipe(loop, limits, pool);
                pipe.port(port);
                Pipe.Handler handler = acceptor.onPipe(pipe);
                if (handler == null) return null;
                pipe.handler(handler);
                return pipe;
            }
        });
        return new Bound() {
            @Override public InetSocketAddress local() { return listener.local(); }
            @Override public void close() { listener.close(); }
        };
    }

    @Override public Attempt connect(Loop loop, InetSocketAddress remote, Connected connected) {
        Connect attempt = new Connect(loop, connected);
        attempt.port = loop.tcp(remote, attempt.pipe);
        attempt.pipe.port(attempt.port);
        attempt.deadline.at(loop.now() + limits.handshakeNanos());
        return attempt;
    }

    /** Stands between a pipe and its first handler. */
    private final class Connect implements Attempt, TcpPipe.Opening, Runnable {
        private final Connected connected;
        private final TcpPipe pipe;
        private final Timers.Timer deadline;
        private TcpPort port;
        private boolean told, late;

        Connect(Loop loop, Connected connected) {
            this.connected = connected;
            pipe = new TcpPipe(loop, limits, pool);
            pipe.opening(this);
            deadline = loop.timer(this);
        }

        @Override public void run() {
            late = true;
            port.close();
        }

        @Override public void opened() {
            deadline.cancel();
            if (told) return;
            told = true;
            Pipe.Handler handler = connected.onConnected(pipe);
            if (handler == null) port.close();
            else pipe.handler(handler);
        }

        @Override public void failed(String reason) {
            deadline.cancel();
            if (told) return;
            told = true;
            connected.onFailed(late ? "Connection timed out" : reason);
        }

        @Override public void cancel() {
            if (told) return;
            told = true;
            deadline.cancel();
            port.close();
        }
    }
}
