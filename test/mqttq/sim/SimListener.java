package mqttq.sim;

import java.net.InetSocketAddress;
import mqttq.loop.TcpListener;

/** A listening TCP socket of a simulated host. */
final class SimListener implements TcpListener {
    private final SimLoop host;
    private final InetSocketAddress bound;
    final Handler handler;

    SimListener(SimLoop host, InetSocketAddress bound, Handler handler) {
        this.host = host;
        this.bound = bound;
        this.handler = handler;
    }

    @Override
    public InetSocketAddress local() {
        return bound;
    }

    @Override
    public void close() {
        host.closed(this);
    }
}
