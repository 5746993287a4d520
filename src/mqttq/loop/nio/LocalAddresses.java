package mqttq.loop.nio;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import mqttq.loop.Timers;

/** The addresses of this host, looked at again every few seconds on the helper for as long as a port wants to know. */
final class LocalAddresses {
    private static final long EVERY_NANOS = 10_000_000_000L;

    private final NioLoop loop;
    private final List<NioUdp> followers = new ArrayList<>(2);
    private Timers.Timer timer;
    private InetAddress[] latest = {};

    LocalAddresses(NioLoop loop) { this.loop = loop; }

    void follow(NioUdp port) {
        followers.add(port);
        if (timer == null) timer = loop.timer(this::look);
        timer.at(loop.now() + EVERY_NANOS);
    }

    void unfollow(NioUdp port) {
        followers.remove(port);
        if (followers.isEmpty()) timer.cancel();
    }

    private void look() {
        loop.offload(() -> latest = list(), () -> {
            for (NioUdp port : followers.toArray(new NioUdp[0])) port.update(latest);
            if (!followers.isEmpty()) timer.at(loop.now() + EVERY_NANOS);
        });
    }

    /** Addresses of all interfaces that are up. */
    static InetAddress[] list() {
        List<InetAddress> all = new ArrayList<>();
        try {
            for (NetworkInterface one : Collections.list(NetworkInterface.getNetworkInterfaces()))
                if (one.isUp()) all.addAll(Collections.list(one.getInetAddresses()));
        } catch (SocketException e) {
            all.clear();
        }
        InetAddress[] list = all.toArray(new InetAddress[0]);
        Arrays.sort(list, (a, b) -> Arrays.compareUnsigned(a.getAddress(), b.getAddress()));
        return list;
    }

    /** What to tell of an exception: the system's words where it has some. */
    static String reason(Exception e) { return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage(); }
}
