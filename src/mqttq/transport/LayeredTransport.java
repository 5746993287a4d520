package mqttq.transport;

import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import mqttq.loop.Loop;

/** How a transport that lies over another listens and connects: each inner pipe gets a layer, which is handed on once it is open. */
abstract class LayeredTransport implements Transport {
    private final Transport inner;
    private final TransportLimits limits;
    /** Server handshakes in progress, oldest first. */
    private final Set<LayeredPipe> opening = new LinkedHashSet<>();

    LayeredTransport(Transport inner, TransportLimits limits) {
        this.inner = inner;
        this.limits = limits;
    }

    /** The layer over a pipe that has just come about. */
    abstract LayeredPipe layer(Loop loop, Pipe pipe, boolean client, LayeredPipe.Opening opening);

    @Override public final Bound listen(Loop loop, InetSocketAddress local, Acceptor acceptor) {
        return inner.listen(loop, local, new Under(loop, acceptor));
    }

    /** Takes the pipes of the transport below. */
    private final class Under implements Acceptor {
        private final Loop loop;
        private final Acceptor acceptor;

        Under(Loop loop, Acceptor acceptor) {
            this.loop = loop;
            this.acceptor = acceptor;
        }

        @Override public Acceptor onComing(InetSocketAddress remote) {
            Acceptor own = acceptor.onComing(remote);
            return own == null ? null : new Under(loop, own);
        }

        @Override public Pipe.Handler onPipe(Pipe pipe) {
            Acceptor own = acceptor.onComing(pipe.remote());
            if (own == null) return null;
            // Each handshake holds buffers and work for a peer that has shown nothing yet; who came last is the likeliest to go on.
            if (opening.size() >= limits.handshakes()) {
                acceptor.onCrowded();
                LayeredPipe oldest = oldest();
                opening.remove(oldest);
                oldest.abort(0, "too many handshakes in progress");
            }
            Accepting accepting = new Accepting(own, pipe.remote());
            opening.add(accepting.pipe = layer(loop, pipe, false, accepting));
            return accepting.pipe;
        }

        /** Of those that have said nothing, or else of all. */
        private LayeredPipe oldest() {
            for (LayeredPipe each : opening) if (!each.heard) return each;
            return opening.iterator().next();
        }

        @Override public void onRefused(InetSocketAddress remote, String reason) { acceptor.onRefused(remote, reason); }
        @Override public void onCrowded() { acceptor.onCrowded(); }
    }

    @Override public final Attempt connect(Loop loop, InetSocketAddress remote, Connected connected) {
        Connecting attempt = new Connecting(loop, connected);
        attempt.under = inner.connect(loop, remote, attempt);
        return attempt;
    }

    private final class Accepting implements LayeredPipe.Opening {
        private final Acceptor acceptor;
        private final InetSocketAddress remote;
        LayeredPipe pipe;

        Accepting(Acceptor acceptor, InetSocketAddress remote) {
            this.acceptor = acceptor;
            this.remote = remote;
        }

        @Override public Pipe.Handler opened(LayeredPipe open) {
            opening.remove(open);
            return acceptor.onPipe(open);
        }

        @Override public void failed(String reason) {
            opening.remove(pipe);
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
