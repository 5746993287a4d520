package mqttq.loop.nio;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mqttq.loop.Timers;

/** The addresses of this host, looked at again every few seconds on the helper, or at once, for as long as a port wants to know. */
final class LocalAddresses {
    private static final long EVERY_NANOS = 10_000_000_000L, LEAST_NANOS = 1_000_000_000L;
    private static final Path HOSTS = Path.of("/etc/hosts");
    private static final Pattern LOOPBACK = Pattern.compile("(?m)^\\s*(127(?:\\.(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)){3})\\s");

    private final NioLoop loop;
    private final List<NioUdp> followers = new ArrayList<>(2);
    private Timers.Timer timer;
    private InetAddress[] latest = {};
    private long lookedAt = -LEAST_NANOS;

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

    /** Somebody was spoken to at an address that is not known: looks now, or a second after the last time. */
    void soon() { timer.at(Math.max(loop.now(), lookedAt + LEAST_NANOS)); }

    private void look() {
        lookedAt = loop.now();
        loop.offload(() -> latest = list(), () -> {
            for (NioUdp port : followers.toArray(new NioUdp[0])) port.update(latest);
            if (!followers.isEmpty()) timer.at(loop.now() + EVERY_NANOS);
        });
    }

    /** Addresses of all interfaces that are up, and those of the loopback network that the host gives names to. */
    static InetAddress[] list() {
        Set<InetAddress> all = new HashSet<>();
        try {
            for (NetworkInterface one : Collections.list(NetworkInterface.getNetworkInterfaces()))
                if (one.isUp()) all.addAll(Collections.list(one.getInetAddresses()));
        } catch (SocketException e) {
            all.clear();
        }
        try {
            named(hosts(), all);
        } catch (IOException e) {
            // Then no name has one.
        }
        InetAddress[] list = all.toArray(new InetAddress[0]);
        Arrays.sort(list, (a, b) -> Arrays.compareUnsigned(a.getAddress(), b.getAddress()));
        return list;
    }

    /** The beginning of /etc/hosts, where the host's own names are: some have a hundred thousand that are to be blocked. */
    private static String hosts() throws IOException {
        try (InputStream in = Files.newInputStream(HOSTS)) {
            return new String(in.readNBytes(1 << 14), StandardCharsets.ISO_8859_1);
        }
    }

    /** Adds 127.0.1.1, which Debian gives the host's own name, and what of 127.0.0.0/8 is in /etc/hosts: no interface has them. */
    static void named(String hosts, Set<InetAddress> to) throws UnknownHostException {
        to.add(InetAddress.getByName("127.0.1.1"));
        // the digits and dots of an address only: a name would be looked up
        Matcher each = LOOPBACK.matcher(hosts);
        while (each.find()) to.add(InetAddress.getByName(each.group(1)));
    }

    /** What to tell of an exception: the system's words where it has some. */
    static String reason(Exception e) { return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage(); }
}
