package mqttq.server;

import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import mqttq.config.ListenerSettings;
import mqttq.config.ListenerSettings.Family;
import mqttq.loop.Loop;
import mqttq.transport.Transport;

/** From a listener's settings to bound sockets. */
final class Addresses {
    private Addresses() { }

    /** The addresses a listener binds to; none for a Unix-domain socket. */
    static List<InetAddress> of(ListenerSettings listener) throws StartException {
        if (listener.unixPath() != null) return List.of();
        try {
            Set<InetAddress> found = new LinkedHashSet<>();
            if (listener.bindInterface() != null) {
                NetworkInterface device = NetworkInterface.getByName(listener.bindInterface());
                if (device == null) throw failed(listener, "there is no network interface '" + listener.bindInterface() + "'");
                for (Enumeration<InetAddress> of = device.getInetAddresses(); of.hasMoreElements(); ) found.add(of.nextElement());
            } else if (listener.host() != null) {
                found.addAll(List.of(InetAddress.getAllByName(listener.host())));
            } else {
                // one socket of IPv6 takes both
                return List.of(InetAddress.getByAddress(new byte[listener.family() == Family.IPV4 ? 4 : 16]));
            }
            found.removeIf(address -> listener.family() == Family.IPV4 && address instanceof Inet6Address
                || listener.family() == Family.IPV6 && address instanceof Inet4Address);
            if (found.isEmpty()) throw failed(listener, "it has no address of the socket_domain that is asked for");
            return new ArrayList<>(found);
        } catch (UnknownHostException e) {
            throw failed(listener, "the host name '" + listener.host() + "' is not known");
        } catch (SocketException e) {
            throw failed(listener, e.getMessage());
        }
    }

    /** Binds all addresses of a listener; those of a name that the host does not have are left out, as long as one is left. */
    static void bind(Loop loop, BoundListener listener, List<InetAddress> addresses, Transport.Acceptor acceptor) throws StartException {
        ListenerSettings settings = listener.settings;
        if (settings.unixPath() != null) {
            try {
                listener.bound.add(listener.transport.transport.listen(loop, Loop.unixSocket(settings.unixPath()), acceptor));
            } catch (UncheckedIOException | InvalidPathException e) {
                throw failed(settings, settings.unixPath() + ": " + (e instanceof UncheckedIOException io ? io.getCause() : e)
                    .getMessage());
            }
            return;
        }
        int port = settings.port();
        StartException missing = null;
        for (InetAddress address : addresses) {
            try {
                Transport.Bound bound = bind(loop, listener.transport.transport, address, port, settings.host() == null
                    && settings.family() == Family.ANY, acceptor);
                listener.bound.add(bound);
                port = bound.local().getPort();
            } catch (UncheckedIOException e) {
                String reason = e.getCause().getMessage();
                missing = failed(settings, BoundListener.url(settings.transport(), new InetSocketAddress(address, port)) + ": " + reason);
                if (!(addresses.size() > 1 || settings.mayFail()) || reason == null || reason.contains("in use")
                    || reason.contains("denied")) {
                    throw missing;
                }
            }
        }
        if (listener.bound.isEmpty() && !settings.mayFail()) throw missing;
    }

    private static Transport.Bound bind(Loop loop, Transport transport, InetAddress address, int port, boolean any,
        Transport.Acceptor acceptor) {
        try {
            return transport.listen(loop, new InetSocketAddress(address, port), acceptor);
        } catch (UncheckedIOException e) {
            String reason = e.getCause().getMessage();
            if (!any || !address.isAnyLocalAddress() || reason == null || reason.contains("in use") || reason.contains("denied")) throw e;
            try {
                // a host without IPv6
                return transport.listen(loop, new InetSocketAddress(InetAddress.getByAddress(new byte[4]), port), acceptor);
            } catch (UnknownHostException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    static StartException failed(ListenerSettings listener, String reason) {
        return new StartException(StartException.UNUSABLE, listener.where() + ": cannot listen: " + reason + ".");
    }
}
