package mqttq.loop;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;

/**
 * The world as everything above it sees it: time, timers, entropy, sockets, storage, log. {@code loop.nio} implements it on a
 * {@code Selector}, the tests' simulator on a virtual clock. Unless said otherwise every method is for the loop thread, and every
 * callback comes on it.
 */
public interface Loop extends Clock, Timers, Log {
    /** Runs {@code task} when what this turn received has been handled, before waiting again: the place to send what the turn produced. */
    void defer(Runnable task);

    /** Runs {@code task} on the loop thread in a later turn. The one method that any thread may call. */
    void execute(Runnable task);

    /** What blocks or takes long (TLS, key generation): {@code work} runs on a helper thread, then {@code done} on the loop. */
    void offload(Runnable work, Runnable done);

    /** The same for what takes long on purpose, a password's hash: on a thread of its own, so that nothing else waits for strangers. */
    void hash(Runnable work, Runnable done);

    /** Entropy for keys, connection ids, nonces; seeded in the simulator. */
    SecureRandom entropy();

    /**
     * Binds a UDP socket; port 0 takes any.
     * @throws java.io.UncheckedIOException where the address cannot be bound
     */
    UdpPort udp(InetSocketAddress local, UdpPort.Handler handler);

    /** Starts a TCP connection; the outcome comes to the handler. */
    TcpPort tcp(InetSocketAddress remote, TcpPort.Handler handler);

    /**
     * Listens for TCP connections, or on a Unix-domain socket ({@link #unixSocket}), whose connections have no addresses (null).
     * @throws java.io.UncheckedIOException where the address cannot be bound
     */
    TcpListener listen(InetSocketAddress local, TcpListener.Handler handler);

    /** Stands for the path of a Unix-domain socket: an address that is not resolved. */
    static InetSocketAddress unixSocket(String path) { return InetSocketAddress.createUnresolved(path, 0); }

    /** Resolves a host name on a helper thread; an empty array and a reason where that fails. A literal address needs no look-up. */
    void resolve(String host, Resolved then);

    /** Opens a directory for the journal and other kept files, creating it with mode 700. */
    Storage storage(String directory);

    /** Outcome of {@link #resolve}. */
    interface Resolved {
        void resolved(InetAddress[] addresses, String error);
    }
}
