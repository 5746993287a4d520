package mqttq.server;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import mqttq.auth.ListenerAccess;
import mqttq.broker.Broker;
import mqttq.config.ListenerSettings;
import mqttq.transport.Transport;
import mqttq.wire.BrokerUrl;

/** One configured listener with all that belongs to it. */
final class BoundListener {
    ListenerSettings settings;
    final ListenerAccess access;
    /** Null without TLS. */
    final ListenerTls tls;
    final Broker.Listener door;
    final ListenerTransports.Secured transport;
    final List<Transport.Bound> bound = new ArrayList<>();

    BoundListener(ListenerSettings settings, ListenerAccess access, ListenerTls tls, Broker.Listener door,
        ListenerTransports.Secured transport) {
        this.settings = settings;
        this.access = access;
        this.tls = tls;
        this.door = door;
        this.transport = transport;
    }

    /** {@code quic://127.0.0.1:14567}, one for each address. */
    void describe(StringBuilder to) { for (Transport.Bound one : bound) to.append(' ').append(url(settings.transport(), one.local())); }

    static String url(String transport, InetSocketAddress address) {
        if (address.isUnresolved()) return (transport.equals("tcp") ? "unix" : transport + "+unix") + "://" + address.getHostString();
        String host = address.getAddress().getHostAddress();
        int zone = host.indexOf('%');
        if (zone >= 0) host = host.substring(0, zone);
        return BrokerUrl.scheme(transport) + "://" + (host.indexOf(':') >= 0 ? "[" + shortened(host) + "]" : host) + ":"
            + address.getPort();
    }

    /** The JDK writes all eight groups; people write ::1 and ::. */
    private static String shortened(String ipv6) {
        return ipv6.equals("0:0:0:0:0:0:0:1") ? "::1" : ipv6.equals("0:0:0:0:0:0:0:0") ? "::" : ipv6;
    }

    /** Whether a reload may turn this listener into that: it binds the same and speaks the same. */
    boolean isSame(ListenerSettings other) {
        return settings.transport().equals(other.transport()) && settings.port() == other.port()
            && Objects.equals(settings.host(), other.host())
            && Objects.equals(settings.unixPath(), other.unixPath()) && Objects.equals(settings.bindInterface(), other.bindInterface())
            && settings.family() == other.family();
    }
}
