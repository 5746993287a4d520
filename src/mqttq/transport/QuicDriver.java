package mqttq.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import mqttq.loop.Loop;
import mqttq.loop.Timers;
import mqttq.loop.UdpPort;
import mqttq.quic.Connection;
import mqttq.quic.ConnectionListener;
import mqttq.quic.DatagramSink;
import mqttq.quic.Endpoint;
import mqttq.quic.EndpointConfig;

/** An endpoint on a loop: its sockets, its one timer, and sending once a turn. */
final class QuicDriver implements DatagramSink {
    final Loop loop;
    final Endpoint endpoint;
    private final Timers.Timer timer;
    private final Map<InetSocketAddress, UdpPort> ports = new LinkedHashMap<>();
    /** The only port, where there is only one: a server's, which knows its many addresses itself. */
    private UdpPort single;
    private boolean flushing, closing;
    private final Runnable flush = new Runnable() {
        @Override public void run() { flush(); }
    };

    QuicDriver(Loop loop, EndpointConfig config) {
        this.loop = loop;
        endpoint = new Endpoint(config, new Runnable() {
            @Override public void run() { flushLater(); }
        });
        timer = loop.timer(new Runnable() {
            @Override public void run() {
                endpoint.onTimeout(loop.now());
                flushLater();
            }
        });
    }

    /** A server's socket. */
    InetSocketAddress listen(InetSocketAddress local) {
        single = loop.udp(local, new Port(null));
        return single.local();
    }

    /** A server's: {@link Endpoint#reset}, from one of its own addresses. */
    boolean reset(byte[] id, InetSocketAddress from, InetSocketAddress to) {
        flushLater();
        return single != null && single.has(from) && endpoint.reset(id, from, to);
    }

    /**
     * A socket: a server's, or a client's for one path of one connection, so that it hears of a peer that is not there, and so that nothing
     * links the paths: RFC 9000 §9.5, §9.7 (the system makes the flow label of addresses and ports; Java can set none).
     */
    final class Port implements UdpPort.Handler {
        /** Of a client; null: the socket is a server's. */
        private final UdpPort port;
        Connection connection;
        /** Of a client. */
        ConnectionListener owner;

        /** @param remote whom a client talks to; null for a server */
        Port(InetSocketAddress remote) {
            if (remote == null) {
                port = null;
                return;
            }
            port = loop.udp(new InetSocketAddress(anyLike(remote), 0), this);
            port.connect(remote);
            ports.put(port.local(), port);
        }

        InetSocketAddress local() { return port.local(); }

        void close() {
            ports.values().remove(port);
            port.close();
        }

        @Override public void onDatagram(long now, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
            endpoint.receive(now, datagram, local, remote);
            flushLater();
        }

        @Override public void onWritable() { flush(); }
        @Override public void onRouteChanged() {
            if (connection != null && connection.local().equals(local())) owner.onPreferredAddress(connection, connection.remote());
        }

        @Override public void onUnsent(String reason) { if (connection != null) connection.suspect(loop.now()); }

        @Override public void onError(String reason) {
            // RFC 9000 §14.2.1: anybody can send ICMP; it decides only while there is nothing to lose.
            if (connection == null) return;
            if (!connection.isHandshakeComplete()) connection.abandon(reason);
            else connection.suspect(loop.now());
        }
    }

    /** The wildcard of the family of an address. */
    private static InetAddress anyLike(InetSocketAddress remote) {
        try {
            return InetAddress.getByAddress(new byte[remote.getAddress().getAddress().length]);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Lives on until the last connection has gone. */
    void close() {
        closing = true;
        endpoint.serve(null, null, null);
        flushLater();
    }

    void flushLater() {
        if (flushing) return;
        flushing = true;
        loop.defer(flush);
    }

    private void flush() {
        flushing = false;
        endpoint.transmit(loop.now(), this);
        if (closing && endpoint.connections() == 0) {
            timer.cancel();
            if (single != null) single.close();
            single = null;
            return;
        }
        timer.at(endpoint.deadline());
    }

    @Override public int unfragmented(InetSocketAddress local) {
        UdpPort port = single != null ? single : ports.get(local);
        return port == null ? 0 : port.unfragmented(local);
    }

    @Override public boolean marks(InetSocketAddress local) {
        UdpPort port = single != null ? single : ports.get(local);
        return port != null && port.marks();
    }

    @Override public boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
        return send(datagram, local, remote, false);
    }

    @Override public boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote, boolean ect0) {
        if (single != null) return single.send(datagram, local, remote, ect0);
        UdpPort port = ports.get(local);
        return port == null || port.send(datagram, null, remote, ect0);
    }
}
