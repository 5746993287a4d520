package mqttq.sim;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** A datagram on its way; pooled. */
final class SimDatagram extends SimWorld.Event {
    private final SimWorld world;
    byte[] data = new byte[2048];
    int length;
    InetSocketAddress from, to;
    /** The socket that sent it, to be told when nobody listens; and the direction it travels. */
    SimUdp sender;
    SimLink.Path path;
    SimLoop target;
    SimDatagram nextFree;
    /** Not data but the news that nothing listens at {@code from}; travels back to {@code sender}. */
    private boolean unreachable;

    SimDatagram(SimWorld world) {
        this.world = world;
    }

    void fill(ByteBuffer source) {
        length = source.remaining();
        if (data.length < length) data = new byte[Math.max(length, data.length * 2)];
        source.get(source.position(), data, 0, length);
        unreachable = false;
    }

    void fill(SimDatagram other) {
        length = other.length;
        if (data.length < length) data = new byte[Math.max(length, data.length * 2)];
        System.arraycopy(other.data, 0, data, 0, length);
        from = other.from;
        to = other.to;
        sender = other.sender;
        path = other.path;
        target = other.target;
        unreachable = false;
    }

    @Override
    void fire() {
        if (unreachable) {
            SimUdp socket = sender;
            recycle();
            socket.unreachable();
            return;
        }
        path.arrived++;
        if (target.down) {
            recycle();
            return;
        }
        InetSocketAddress local = target.untranslate(to);
        SimUdp socket = local == null ? null : target.socket(local, from);
        if (socket == null) {
            if (local == null || !sender.isOpen() || !sender.isConnected()) {
                recycle();
            } else {
                unreachable = true;
                world.schedule(this, world.now() + path.opposite().delay());
            }
            return;
        }
        path.delivered++;
        int n = length;
        InetSocketAddress remote = from;
        world.traceDelivery(local.getPort(), remote.getAddress(), remote.getPort(), data, n);
        System.arraycopy(data, 0, world.receive, 0, n);
        recycle();
        socket.deliver(world.receiveBuffer.clear().limit(n), local, remote);
    }

    private void recycle() {
        from = to = null;
        sender = null;
        path = null;
        target = null;
        world.free(this);
    }
}
