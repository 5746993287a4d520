package mqttq.transport;

import java.net.InetSocketAddress;
import mqttq.loop.Loop;

/** How a transport that lies over another listens and connects: each inner pipe gets a layer, which is handed on once it is open. */
abstract class LayeredTransport implements Transport {
    private final Transport inner;
    private final TransportLimits limits;
    private int handshakes;

    LayeredTransport(Transport inner, TransportLimits limits) {
        this.inner = inner;
        this.limits = limits;
    }

    /** The layer over a pipe that has just come about; null where this side has nothing to open it with. */
    abstract LayeredPipe layer(Loop loop, Pipe pipe, boolean client, LayeredPipe.Opening opening);

    @Override public final Bound listen(Loop loop, InetSocketAddress local, Acceptor acceptor) {
        return inner.listen(loop, local, new Acceptor() {
            @Override public Pipe.Handler onPipe(Pipe pipe) {
                // Each handshake holds buffers and work for a peer that has shown nothing yet.
                if (handshakes >= limits.handshakes()) {
                    acceptor.onCrowded();
                    return null;
                }
                LayeredPipe layer = layer(loop, pipe, false, new Accepting(acceptor, pipe.remote()));
                if (layer != null) handshakes++;
                return layer;
            }

            @Override public void onRefused(InetSocketAddress remote, String reason) { acceptor.onRefused(remote, reason); }
            @Override public void onCrowded() { acceptor.onCrowded(); }
        });
    }

    @Override public final Attempt connect(Loop loop, InetSocketAddress remote, Connected connected) {
        Connecting attempt = new Connecting(loop, connected);
        attempt.under = inner.connect(loop, remote, attempt);
        return attempt;
    }

    private final class Accepting implements LayeredPipe.Opening {
        private final Acceptor acceptor;
        private final InetSocketAddress remote;

        Accepting(Acceptor acceptor, InetSocketAddress remote) {
            this.acceptor = acceptor;
            this.remote = remote;
        }

        @Override public Pipe.Handler opened(LayeredPipe pipe) {
            handshakes--;
            return acceptor.onPipe(pipe);
        }

        @Override public void failed(String reason) {
            handshakes--;
            acceptor.onRefused(remote, reason);
        }
    }

    private final class Connecting implements Connected, Attempt, LayeredPipe.Opening {
        private final Loop loop;
        private final Connected connected;
        private Attempt under;
        private LayeredPipe layer;
        private boolean over;

        Connecting(Loop loop, Connected connected) {
            this.loop = loop;
            this.connected = connected;
        }

        @Override public Pipe.Handler onConnected(Pipe pipe) { return layer = layer(loop, pipe, true, this); }
        @Override public void onFailed(String reason) { failed(reason); }

        @Override public Pipe.Handler opened(LayeredPipe pipe) {
            if (over) return null;
            over = true;
            return connected.onConnected(pipe);
        }

        @Override public void failed(String reason) {
            if (over) return;
            over = true;
            connected.onFailed(reason);
        }

        @Override public void cancel() {
            if (over) return;
            over = true;
            if (layer != null) layer.abort(0, "cancelled");
            else under.cancel();
        }
    }
}
