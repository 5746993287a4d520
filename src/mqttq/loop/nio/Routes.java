package mqttq.loop.nio;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import mqttq.loop.Timers;

/** From which address of this host its connected sockets would leave now, asked of the system every few seconds, once for each peer. */
final class Routes {
    private static final long EVERY_NANOS = 3_000_000_000L;

    private final NioLoop loop;
    private final Set<NioUdp> ports = new LinkedHashSet<>();
    private Timers.Timer timer;

    Routes(NioLoop loop) { this.loop = loop; }

    void watch(NioUdp port) {
        if (!ports.add(port) || ports.size() > 1) return;
        if (timer == null) timer = loop.timer(this::look);
        timer.at(loop.now() + EVERY_NANOS);
    }

    void forget(NioUdp port) { if (ports.remove(port) && ports.isEmpty()) timer.cancel(); }

    private void look() {
        Map<InetSocketAddress, InetAddress> found = new HashMap<>();
        for (NioUdp port : ports.toArray(new NioUdp[0])) port.onRoute(found.computeIfAbsent(port.connected(), Routes::source));
        if (!ports.isEmpty()) timer.at(loop.now() + EVERY_NANOS);
    }

    /** Connecting a UDP socket sends nothing, and makes the system choose; null: there is no way. */
    static InetAddress source(InetSocketAddress remote) {
        try (DatagramChannel probe = DatagramChannel.open(remote.getAddress() instanceof Inet4Address ? StandardProtocolFamily.INET
            : StandardProtocolFamily.INET6)) {
            return ((InetSocketAddress) probe.connect(remote).getLocalAddress()).getAddress();
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }
}
