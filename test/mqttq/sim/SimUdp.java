package mqttq.sim;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import mqttq.loop.UdpPort;

/** A UDP socket of a simulated host. */
final class SimUdp implements UdpPort {
    private final SimLoop host;
    private final Handler handler;
    private final InetSocketAddress bound;
    /** Where wildcard traffic leaves from, made anew when the host's address changes. */
    private InetSocketAddress source, connected, fixedSource;
    private InetAddress route;
    private boolean open = true, full;
    private long instant = -1;
    private int sentThisInstant;
    private final SimWorld.Event writable = new SimWorld.Event() {
        @Override
        void fire() {
            full = false;
            if (open) handler.onWritable();
        }
    };
    /** The next socket of the same port, bound to another address. */
    SimUdp next;

    SimUdp(SimLoop host, InetSocketAddress bound, Handler handler) {
        this.host = host;
        this.bound = bound;
        this.handler = handler;
    }

    @Override
    public boolean send(ByteBuffer datagram, InetSocketAddress remote) {
        return send(datagram, null, remote);
    }

    @Override
    public boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
        if (!open) return true;
        if (full) return false;
        SimWorld world = host.world;
        if (host.sendRoom != Integer.MAX_VALUE) {
            if (instant != world.now()) {
                instant = world.now();
                sentThisInstant = 0;
            }
            if (sentThisInstant++ >= host.sendRoom) {
                full = true;
                world.schedule(writable, world.now() + 10_000);
                return false;
            }
        }
        InetSocketAddress from = source(local, remote);
        SimLoop target = world.hostOf(remote.getAddress());
        if (target == null && remote.getAddress().isLoopbackAddress()) target = host;
        boolean lost = connected != null && !connected.equals(remote)
            || datagram.remaining() > 65507 || target == null || host.down || !host.owns(from.getAddress());
        if (!lost) {
            SimDatagram d = world.datagram();
            d.fill(datagram);
            d.from = host.translate(from);
            d.to = remote;
            d.sender = this;
            d.target = target;
            (d.path = world.link(host, target).from(host)).carry(d);
        }
        datagram.position(datagram.limit());
        return true;
    }

    private InetSocketAddress source(InetSocketAddress local, InetSocketAddress remote) {
        if (!bound.getAddress().isAnyLocalAddress()) return bound;
        if (connected != null) return fixedSource;
        if (local != null && !local.getAddress().isAnyLocalAddress()) return local;
        InetAddress address = host.primary(remote.getAddress());
        if (source == null || !source.getAddress().equals(address)) source = new InetSocketAddress(address, bound.getPort());
        return source;
    }

    boolean accepts(InetSocketAddress to, InetSocketAddress from) {
        if (bound.getPort() != to.getPort() || connected != null && !connected.equals(from)) return false;
        return bound.getAddress().isAnyLocalAddress() || bound.getAddress().equals(to.getAddress());
    }

    /** Who gets a datagram that several accept: the most particular. */
    int rank() {
        return (connected != null ? 2 : 0) + (bound.getAddress().isAnyLocalAddress() ? 0 : 1);
    }

    boolean binds(InetAddress address) {
        return bound.getAddress().isAnyLocalAddress() || address.isAnyLocalAddress() || bound.getAddress().equals(address);
    }

    void deliver(ByteBuffer datagram, InetSocketAddress to, InetSocketAddress from) {
        handler.onDatagram(host.now(), datagram, to, from);
    }

    void unreachable() {
        if (open) handler.onError("port unreachable");
    }

    void lookAtRoute() {
        if (!open || connected == null || !bound.getAddress().isAnyLocalAddress()) return;
        InetAddress now = host.primary(connected.getAddress());
        if (now.equals(route)) return;
        route = now;
        if (!now.equals(fixedSource.getAddress())) handler.onRouteChanged();
    }

    boolean isOpen() {
        return open;
    }

    boolean isConnected() {
        return connected != null;
    }

    @Override
    public InetSocketAddress local() {
        return connected != null ? fixedSource : bound;
    }

    @Override
    public boolean has(InetSocketAddress local) {
        return local().equals(local) || bound.getAddress().isAnyLocalAddress() && bound.getPort() == local.getPort() && host.owns(local.getAddress());
    }

    @Override
    public void connect(InetSocketAddress remote) {
        fixedSource = remote == null ? null : source(null, remote);
        route = remote == null ? null : fixedSource.getAddress();
        connected = remote;
    }

    @Override
    public void close() {
        if (!open) return;
        open = false;
        host.world.unschedule(writable);
        host.unbind(this, bound.getPort());
    }
}
