package mqttq.loop.nio;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.ProtocolFamily;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import mqttq.loop.Log;
import mqttq.loop.UdpPort;

/**
 * One UDP port. Bound to the wildcard it has a socket for each local address besides, since the JDK cannot tell which address a datagram
 * came to, nor choose the one an answer leaves from; the wildcard socket then gets what came to an address that is not known yet, and lets
 * nobody hear it: an answer would come from another address, and its loss makes the peer try again, when there is a socket.
 */
final class NioUdp implements UdpPort {
    /** Datagrams taken from a socket in one turn, empty ones too, so that no peer keeps the loop from the others. */
    private static final int DATAGRAMS_PER_TURN = 64;
    /** Sockets for single addresses at most; a host with more answers from the wildcard's choice on the rest. */
    private static final int ADDRESSES = 64;
    /** Bursts of several clients have to wait somewhere while the loop is busy; the system grants what it allows. */
    private static final int RECEIVE_BUFFER = 2 << 20;
    /** Bytes that any network of today carries, and what IP and UDP add. */
    private static final int BASE = 1200, HEADERS = 28, HEADERS6 = 48;

    private final NioLoop loop;
    private final Handler handler;
    /** The only one, or the wildcard's; null where another socket has the wildcard of the other family. */
    private Socket main;
    private final List<Socket> particular = new ArrayList<>(0);
    private final boolean wildcard, onlyFour;
    private InetSocketAddress connected;
    /** Of a connected port: the address that the system would have it leave from, as last told. */
    private InetAddress route;
    /** Opens the sockets of single addresses, once it is clear that this port does not talk to one peer only. */
    private final Runnable spread = new Runnable() {
        @Override public void run() {
            if (!open || connected != null) return;
            update(LocalAddresses.list());
            // what came before there were others is for one of them, as like as not
            main.ready(SelectionKey.OP_READ);
            if (!following) loop.addresses().follow(NioUdp.this);
            following = true;
        }
    };
    private boolean open = true, following, marks = true;
    /** What reaches the wildcard socket: a look at the addresses is under way because of it; it found nothing; that was told. */
    private boolean looking, foundNothing, told;

    NioUdp(NioLoop loop, InetSocketAddress local, Handler handler) throws IOException {
        this.loop = loop;
        this.handler = handler;
        if (local.isUnresolved()) throw new IOException(local.getHostString() + ": Name or service not known");
        wildcard = local.getAddress().isAnyLocalAddress();
        onlyFour = local.getAddress() instanceof Inet4Address;
        try {
            main = new Socket(local, false);
        } catch (IOException e) {
            // A wildcard of IPv6 takes IPv4 with it, and fails where that has one of its own; single addresses do not collide.
            if (!wildcard || onlyFour || local.getPort() == 0) throw e;
            for (InetAddress address : LocalAddresses.list())
                if (!(address instanceof Inet4Address) && particular.size() < ADDRESSES) add(address, local.getPort());
            if (particular.isEmpty()) throw e;
            following = true;
            loop.addresses().follow(this);
        }
        if (main != null && loop.logs(Log.Level.DEBUG))
            loop.log(Log.Level.DEBUG, "UDP receive buffer of " + main.local + ": "
                + main.channel.getOption(StandardSocketOptions.SO_RCVBUF) + " bytes");
        if (wildcard && main != null) loop.defer(spread);
    }

    @Override public boolean send(ByteBuffer datagram, InetSocketAddress remote) {
        return send(datagram, null, remote, false);
    }

    @Override public boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
        return send(datagram, local, remote, false);
    }

    @Override public boolean marks() { return marks; }

    @Override public boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote, boolean ect0) {
        if (local != null && connected == null) {
            for (int i = 0; i < particular.size(); i++) {
                Socket socket = particular.get(i);
                if (socket.local == local || socket.local.equals(local)) return socket.send(datagram, remote, ect0);
            }
        }
        Socket socket = main != null ? main : sender(remote);
        return socket == null || socket.send(datagram, remote, ect0);
    }

    @Override public int unfragmented(InetSocketAddress local) {
        for (int i = 0; i < particular.size(); i++) if (particular.get(i).local.equals(local)) return particular.get(i).unfragmented();
        return main == null ? BASE : main.unfragmented();
    }

    @Override public InetSocketAddress local() { return (main != null ? main : particular.get(0)).local; }

    @Override public boolean has(InetSocketAddress local) {
        return local().equals(local) || local.getPort() == local().getPort() && find(local.getAddress()) != null;
    }

    @Override public void connect(InetSocketAddress remote) {
        if (!open || main == null) return;
        try {
            if (connected != null) main.channel.disconnect();
            connected = remote;
            if (remote != null) {
                for (Socket socket : particular) socket.close();
                particular.clear();
                main.channel.connect(remote);
            }
            main.local = (InetSocketAddress) main.channel.getLocalAddress();
            route = main.local.getAddress();
            if (!wildcard) return;
            if (remote == null) {
                loop.routes.forget(this);
                loop.defer(spread);
            } else {
                loop.routes.watch(this);
            }
        } catch (IOException | IllegalArgumentException e) {
            String reason = LocalAddresses.reason(e);
            loop.execute(() -> {
                if (open) handler.onError(reason);
            });
        }
    }

    @Override public void close() {
        if (!open) return;
        open = false;
        if (following) loop.addresses().unfollow(this);
        loop.routes.forget(this);
        if (main != null) main.close();
        for (Socket socket : particular) socket.close();
    }

    InetSocketAddress connected() { return connected; }

    /** The system would have datagrams to the peer leave from {@code source} now; null: it knows no way. */
    void onRoute(InetAddress source) {
        if (!open || source == null || source.equals(route)) return;
        route = source;
        if (!source.equals(main.local.getAddress())) handler.onRouteChanged();
    }

    /** Follows addresses that have come and gone. */
    void update(InetAddress[] addresses) {
        if (!open || connected != null) return;
        for (int i = particular.size() - 1; i >= 0; i--) {
            if (!contains(addresses, particular.get(i).local.getAddress()) && (main != null || particular.size() > 1)) {
                particular.remove(i).close();
            }
        }
        int port = local().getPort(), before = particular.size();
        for (InetAddress address : addresses) {
            if (onlyFour && !(address instanceof Inet4Address) || main == null && address instanceof Inet4Address) continue;
            if (particular.size() >= ADDRESSES || find(address) != null) continue;
            try {
                add(address, port);
            } catch (IOException e) {
                if (loop.logs(Log.Level.DEBUG)) {
                    loop.log(Log.Level.DEBUG, address.getHostAddress() + ":" + port + ": " + LocalAddresses.reason(e));
                }
            }
        }
        foundNothing = (looking || foundNothing) && particular.size() == before;
        looking = false;
    }

    /** Whether what came to the wildcard socket is to be dropped, since its address must have a socket of its own first. */
    private boolean stray() {
        if (!following || connected != null || particular.isEmpty() || particular.size() >= ADDRESSES) return false;
        if (foundNothing && !told && loop.logs(Log.Level.WARNING)) {
            told = true;
            loop.log(Log.Level.WARNING, "UDP port " + local().getPort() + ": what comes for an address that no interface of this host has"
                + " (a broadcast, or a prefix that is routed here) is not answered");
        }
        if (!looking) loop.addresses().soon();
        looking = true;
        return true;
    }

    private void add(InetAddress address, int port) throws IOException {
        if (main == null) {
            particular.add(new Socket(new InetSocketAddress(address, port), false));
            return;
        }
        // Linux looks at the flag of both sockets at the moment of bind: switched off again, nobody else can share the port.
        main.channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        try {
            particular.add(new Socket(new InetSocketAddress(address, port), true));
        } finally {
            main.channel.setOption(StandardSocketOptions.SO_REUSEADDR, false);
        }
    }

    private Socket find(InetAddress address) {
        for (Socket socket : particular) if (socket.local.getAddress().equals(address)) return socket;
        return null;
    }

    private Socket sender(InetSocketAddress remote) {
        InetAddress to = remote.getAddress();
        for (Socket socket : particular) {
            InetAddress from = socket.local.getAddress();
            if (from.isLoopbackAddress() == to.isLoopbackAddress() && from.isLinkLocalAddress() == to.isLinkLocalAddress()) return socket;
        }
        return null;
    }

    private static boolean contains(InetAddress[] addresses, InetAddress one) {
        for (InetAddress address : addresses) if (address.equals(one)) return true;
        return false;
    }

    private final class Socket implements NioLoop.Channel {
        final DatagramChannel channel;
        private final SelectionKey key;
        InetSocketAddress local;
        /** Bytes; 0: not looked up yet. */
        private int unfragmented;
        /** What leaves now has ECT(0). */
        private boolean marked;

        Socket(InetSocketAddress address, boolean share) throws IOException {
            ProtocolFamily family = address.getAddress() instanceof Inet4Address ? StandardProtocolFamily.INET
                : StandardProtocolFamily.INET6;
            try {
                channel = DatagramChannel.open(family);
            } catch (UnsupportedOperationException e) {
                throw new IOException("Address family not supported by protocol");
            }
            try {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
                forbidFragments();
                if (share) channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                channel.bind(address);
                if (share) channel.setOption(StandardSocketOptions.SO_REUSEADDR, false);
                local = (InetSocketAddress) channel.getLocalAddress();
                if (wildcard && address.getAddress().isAnyLocalAddress()) {
                    local = new InetSocketAddress(address.getAddress(), local.getPort());
                }
                key = loop.register(channel, SelectionKey.OP_READ, this);
            } catch (IOException e) {
                close();
                throw e;
            }
        }

        /** RFC 9000 §14: UDP datagrams must not be fragmented. Known from JDK 19 by a name outside java.base. */
        @SuppressWarnings("unchecked")
        private void forbidFragments() throws IOException {
            for (SocketOption<?> option : channel.supportedOptions())
                if (option.name().equals("IP_DONTFRAGMENT")) {
                    channel.setOption((SocketOption<Boolean>) option, true);
                    unfragmented = 65_507;
                }
        }

        /** Where fragments cannot be forbidden (JDK 17), the interface's MTU is the most that does not make some here. */
        int unfragmented() {
            if (unfragmented > 0) return unfragmented;
            try {
                NetworkInterface out = NetworkInterface.getByInetAddress(local.getAddress());
                if (out != null) {
                    unfragmented = Math.max(BASE, out.getMTU() - (local.getAddress() instanceof Inet4Address ? HEADERS : HEADERS6));
                }
            } catch (SocketException e) {
                // As for a wildcard: who knows.
            }
            return unfragmented = Math.max(BASE, unfragmented);
        }

        @Override public void ready(int ops) {
            if ((ops & SelectionKey.OP_WRITE) != 0) {
                key.interestOpsAnd(~SelectionKey.OP_WRITE);
                handler.onWritable();
            }
            if ((ops & SelectionKey.OP_READ) == 0) return;
            ByteBuffer in = loop.in, heap = loop.heap;
            for (int i = 0; i < DATAGRAMS_PER_TURN && channel.isOpen(); i++) {
                InetSocketAddress remote;
                try {
                    remote = (InetSocketAddress) channel.receive(in.clear());
                } catch (PortUnreachableException e) {
                    handler.onError("port unreachable");
                    continue;
                } catch (ClosedChannelException e) {
                    return;
                } catch (IOException e) {
                    // ICMP's other news about a datagram sent earlier: that one is lost.
                    if (loop.logs(Log.Level.DEBUG)) loop.log(Log.Level.DEBUG, "UDP " + local + ": " + e.getMessage());
                    continue;
                }
                if (remote == null) return;
                if (this == main && stray()) continue;
                int length = in.position();
                in.flip().get(heap.array(), 0, length);
                try {
                    handler.onDatagram(loop.now(), heap.clear().limit(length).order(ByteOrder.BIG_ENDIAN), local, remote);
                } catch (RuntimeException | Error e) {
                    loop.failed(e);
                }
            }
        }

        /** RFC 3168 §5: ECT(0) is 2 in the traffic class. Where it does not reach the wire, the peer's counts will say so. */
        private void mark(boolean ect0) {
            try {
                channel.setOption(StandardSocketOptions.IP_TOS, ect0 ? 2 : 0);
                marked = ect0;
            } catch (IOException | UnsupportedOperationException e) {
                marks = false;
            }
        }

        boolean send(ByteBuffer datagram, InetSocketAddress remote, boolean ect0) {
            if (ect0 != marked && marks) mark(ect0);
            int length = datagram.remaining();
            ByteBuffer out = loop.out;
            int sent = length;
            try {
                if (length <= out.capacity() && (connected == null || connected.equals(remote))) {
                    out.clear().put(datagram.duplicate()).flip();
                    sent = connected == null ? channel.send(out, remote) : channel.write(out);
                }
            } catch (PortUnreachableException e) {
                loop.execute(() -> {
                    if (open) handler.onError("port unreachable");
                });
            } catch (IOException | IllegalArgumentException | NotYetConnectedException e) {
                // No route, now or when it was to be connected; too long, no buffers, another family: as good as lost on the way.
                if (loop.logs(Log.Level.DEBUG)) loop.log(Log.Level.DEBUG, "UDP to " + remote + ": " + e.getMessage());
                // A large one may just be too large.
                if (connected != null && length <= BASE) {
                    String reason = LocalAddresses.reason(e);
                    loop.execute(() -> {
                        if (open) handler.onUnsent(reason);
                    });
                }
            }
            if (sent == 0 && length > 0) {
                key.interestOpsOr(SelectionKey.OP_WRITE);
                return false;
            }
            datagram.position(datagram.limit());
            return true;
        }

        void close() { NioLoop.close(channel); }
    }
}
