import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The network between clients and a server: it takes some time, it is a NAT that can forget its bindings, and it writes down what packet
 * headers say in clear. A case that claims something about the wire asks here, not one of the two ends.
 */
final class Relay implements AutoCloseable {
    static final int V1 = 1, V2 = 0x6b3343cf;

    enum Kind { INITIAL, ZERO_RTT, HANDSHAKE, RETRY, VERSION_NEGOTIATION, SHORT }

    /**
     * @param binding counts the addresses that the server saw; @param connection counts handshakes: first Initials after other packets;
     * @param destination the first 8 bytes after the first of a short header;
     * @param datagram the whole one's bytes
     */
    record Packet(boolean fromClient, int binding, int connection, Kind kind, int version, byte[] token, byte[] destination, int datagram) { }

    private record Binding(DatagramChannel channel, int number) { }

    private record Late(long due, ByteBuffer bytes, DatagramChannel from, SocketAddress to) { }

    private final Selector selector;
    private final DatagramChannel front;
    private final InetSocketAddress server;
    private final long delay;
    private final Map<SocketAddress, Binding> bindings = new LinkedHashMap<>();
    private final ArrayDeque<Late> late = new ArrayDeque<>();
    private final List<Packet> packets = new ArrayList<>();
    private final Thread thread = new Thread(this::run, "relay");
    private int bound, handshakes, clientDatagrams;
    private long clientBytes, serverBytes, worstAmplification;
    private boolean forget;
    private volatile boolean closed;

    /** @param delayMillis one way */
    Relay(int serverPort, int delayMillis) {
        try {
            server = new InetSocketAddress("127.0.0.1", serverPort);
            delay = delayMillis * 1_000_000L;
            selector = Selector.open();
            front = open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread.setDaemon(true);
        thread.start();
    }

    private DatagramChannel open() throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, 2 << 20);
        channel.bind(new InetSocketAddress("127.0.0.1", 0)).configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
        return channel;
    }

    int port() {
        try {
            return ((InetSocketAddress) front.getLocalAddress()).getPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The NAT forgets every binding: what clients send next comes from other ports, and what goes to the old ones is lost. */
    synchronized void forgetBindings() {
        forget = true;
        selector.wakeup();
    }

    // --- what was seen

    synchronized List<Packet> packets() {
        return new ArrayList<>(packets);
    }

    int count(Predicate<Packet> what) {
        return (int) packets().stream().filter(what).count();
    }

    /** Packets of 1-RTT from the server to the {@code n}-th binding, counted from 1: those after its addresses have changed. */
    int toBinding(int n) {
        return count(p -> !p.fromClient && p.binding == n && p.kind == Kind.SHORT);
    }

    boolean seen(boolean fromClient, Kind kind, int version) {
        return count(p -> p.fromClient == fromClient && p.kind == kind && p.version == version) > 0;
    }

    synchronized int bindings() {
        return bound;
    }

    /** How many bytes the server had sent for each 100 that it had received, at most, before the client's second datagram. */
    synchronized long worstAmplification() {
        return worstAmplification;
    }

    /** Every kind of packet that was seen and how often, for a failure's message. */
    @Override public String toString() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Packet p : packets()) counts.merge((p.fromClient ? "> " : "< ") + p.kind + (p.version == 0 ? "" : " " + Integer.toHexString(p.version)) + " #" + p.binding, 1, Integer::sum);
        return counts.toString();
    }

    // --- the relay's thread

    private void run() {
        try {
            ByteBuffer in = ByteBuffer.allocate(65_536);
            while (!closed) {
                synchronized (this) {
                    if (forget) forgetNow();
                }
                long now = System.nanoTime();
                for (Late first; (first = late.peek()) != null && first.due - now <= 0; ) send(late.poll());
                selector.select(late.isEmpty() ? 100 : Math.max(1, (late.peek().due - now) / 1_000_000));
                for (SelectionKey key : selector.selectedKeys()) if (key.isValid()) drain((DatagramChannel) key.channel(), in);
                selector.selectedKeys().clear();
            }
        } catch (IOException e) {
            System.err.println("relay: " + e);
        }
    }

    private void send(Late l) {
        try {
            if (l.from.isOpen()) l.from.send(l.bytes, l.to);
        } catch (IOException e) {
            // lost, as in any network
        }
    }

    private void drain(DatagramChannel channel, ByteBuffer in) throws IOException {
        for (;;) {
            SocketAddress from;
            in.clear();
            try {
                from = channel.receive(in);
            } catch (IOException e) {
                return; // an ICMP error: nobody listens there
            }
            if (from == null) return;
            in.flip();
            if (channel == front) fromClient(in, from);
            else fromServer(in, channel);
        }
    }

    private void fromClient(ByteBuffer in, SocketAddress from) throws IOException {
        Binding binding = bindings.get(from);
        synchronized (this) {
            if (binding == null) bindings.put(from, binding = new Binding(open(), ++bound));
            clientDatagrams++;
            clientBytes += in.remaining();
            note(true, binding.number, in);
        }
        pass(in, binding.channel, server);
    }

    private void fromServer(ByteBuffer in, DatagramChannel channel) {
        for (Map.Entry<SocketAddress, Binding> binding : bindings.entrySet()) {
            if (binding.getValue().channel != channel) continue;
            synchronized (this) {
                serverBytes += in.remaining();
                if (clientDatagrams == 1) worstAmplification = Math.max(worstAmplification, serverBytes * 100 / clientBytes);
                note(false, binding.getValue().number, in);
            }
            pass(in, front, binding.getKey());
        }
    }

    private void pass(ByteBuffer in, DatagramChannel from, SocketAddress to) {
        ByteBuffer copy = ByteBuffer.wrap(Arrays.copyOfRange(in.array(), 0, in.limit()));
        Late one = new Late(System.nanoTime() + delay, copy, from, to);
        if (delay == 0) send(one);
        else late.add(one);
    }

    private void forgetNow() throws IOException {
        forget = false;
        for (Map.Entry<SocketAddress, Binding> binding : bindings.entrySet()) {
            binding.getValue().channel.close();
            binding.setValue(new Binding(open(), ++bound));
        }
    }

    /** RFC 8999, RFC 9000 §17, RFC 9369 §3.2. */
    private void note(boolean fromClient, int binding, ByteBuffer in) {
        int datagram = in.limit();
        for (int at = 0; at + 9 <= datagram && packets.size() < 100_000; ) {
            int first = in.get(at) & 255;
            if ((first & 0x80) == 0) {
                packets.add(new Packet(fromClient, binding, handshakes, Kind.SHORT, 0, null, Arrays.copyOfRange(in.array(), at + 1, at + 9), datagram));
                return;
            }
            int version = in.getInt(at + 1), p = at + 5;
            p += 1 + (in.get(p) & 255);
            if (p >= datagram) return;
            p += 1 + (in.get(p) & 255);
            if (p > datagram) return;
            int type = first >> 4 & 3;
            Kind kind = version == 0 ? Kind.VERSION_NEGOTIATION : new Kind[] {Kind.INITIAL, Kind.ZERO_RTT, Kind.HANDSHAKE, Kind.RETRY}[version == V2 ? type + 3 & 3 : type];
            byte[] token = null;
            if (kind == Kind.RETRY && datagram - p >= 16) token = Arrays.copyOfRange(in.array(), p, datagram - 16);
            int[] next = {p};
            if (kind == Kind.INITIAL) {
                int length = (int) varint(in, next);
                if (length < 0 || length > datagram - next[0]) return;
                token = Arrays.copyOfRange(in.array(), next[0], next[0] += length);
            }
            if (kind == Kind.INITIAL && fromClient && (packets.isEmpty() || packets.get(packets.size() - 1).kind == Kind.SHORT)) handshakes++;
            packets.add(new Packet(fromClient, binding, handshakes, kind, version, token, null, datagram));
            if (kind == Kind.RETRY || kind == Kind.VERSION_NEGOTIATION) return;
            long length = varint(in, next);
            if (length < 0 || length > datagram - next[0]) return;
            at = next[0] + (int) length;
        }
    }

    private static long varint(ByteBuffer in, int[] at) {
        if (at[0] >= in.limit()) return -1;
        int first = in.get(at[0]) & 255, bytes = 1 << (first >> 6);
        if (at[0] + bytes > in.limit()) return -1;
        long value = first & 63;
        for (int i = 1; i < bytes; i++) value = value << 8 | in.get(at[0] + i) & 255;
        at[0] += bytes;
        return value;
    }

    @Override public void close() {
        closed = true;
        selector.wakeup();
        try {
            thread.join(2000);
            for (SelectionKey key : selector.keys()) key.channel().close();
            selector.close();
        } catch (IOException | InterruptedException e) {
            System.err.println("relay: " + e);
        }
    }
}
