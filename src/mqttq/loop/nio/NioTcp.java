package mqttq.loop.nio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import mqttq.loop.TcpListener;
import mqttq.loop.TcpPort;

/** One TCP connection. The socket is read only while the handler wants bytes and has taken those that it was offered. */
final class NioTcp implements TcpPort, NioLoop.Channel {
    /** Bytes a handler may leave behind while it goes on reading. */
    private static final int KEPT = 256 << 10;
    private static final byte[] NOTHING = {};

    private final NioLoop loop;
    private final SocketChannel channel;
    private SelectionKey key;
    private Handler handler;
    private InetSocketAddress local, remote;
    private boolean connected, closed, finishing, wantsRoom;

    private boolean reading = true, offering, ended, endTold;
    private byte[] kept = NOTHING;
    private int keptLength;

    private NioTcp(NioLoop loop, SocketChannel channel) {
        this.loop = loop;
        this.channel = channel;
    }

    static NioTcp connect(NioLoop loop, InetSocketAddress remote, Handler handler) {
        SocketChannel channel;
        try {
            channel = loop.unixSocket == null ? SocketChannel.open() : SocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (IOException e) {
            return failed(new NioTcp(loop, null), handler, remote, LocalAddresses.reason(e));
        }
        NioTcp tcp = new NioTcp(loop, channel);
        try {
            tcp.handler = handler;
            tcp.remote = remote;
            if (remote.isUnresolved()) throw new IOException(remote.getHostString() + ": Name or service not known");
            tcp.key = loop.register(channel, SelectionKey.OP_CONNECT, tcp);
            if (loop.unixSocket == null) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                if (loop.outgoing != null) channel.bind(new InetSocketAddress(loop.outgoing, 0));
            }
            if (channel.connect(loop.unixSocket == null ? remote : loop.unixSocket)) loop.execute(tcp::connected);
        } catch (IOException | IllegalArgumentException e) {
            return failed(tcp, handler, remote, LocalAddresses.reason(e));
        }
        return tcp;
    }

    private static NioTcp failed(NioTcp tcp, Handler handler, InetSocketAddress remote, String reason) {
        tcp.handler = handler;
        tcp.remote = remote;
        tcp.end(reason);
        return tcp;
    }

    /** False where the listener did not want it. */
    static boolean accepted(NioLoop loop, SocketChannel channel, TcpListener.Handler listener) throws IOException {
        NioTcp tcp = new NioTcp(loop, channel);
        if (channel.getRemoteAddress() instanceof InetSocketAddress remote) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            tcp.remote = remote;
            tcp.local = (InetSocketAddress) channel.getLocalAddress();
        }
        tcp.key = loop.register(channel, SelectionKey.OP_READ, tcp);
        tcp.connected = true;
        tcp.handler = listener.onAccept(tcp);
        if (tcp.handler != null) return true;
        tcp.closed = true;
        NioLoop.close(channel);
        return false;
    }

    @Override public int write(ByteBuffer data) {
        if (closed || finishing) return 0;
        int start = data.position();
        if (connected) {
            ByteBuffer out = loop.out;
            while (data.hasRemaining()) {
                int n = Math.min(data.remaining(), out.capacity()), written;
                out.clear().put(data.slice(data.position(), n)).flip();
                try {
                    written = channel.write(out);
                } catch (IOException e) {
                    end(LocalAddresses.reason(e));
                    break;
                }
                data.position(data.position() + written);
                if (written < n) break;
            }
        }
        if (data.hasRemaining() && !closed) {
            wantsRoom = true;
            interest();
        }
        return data.position() - start;
    }

    @Override public void read(boolean on) {
        // what a callback that is going on leaves is kept after it
        boolean resumed = on && !reading;
        reading = on;
        if (closed) return;
        if (resumed || on && (keptLength > 0 || ended && !endTold)) offerLater();
        interest();
    }

    @Override public void finish() {
        if (closed || finishing) return;
        finishing = true;
        if (connected) shutdown();
    }

    @Override public void close() { end(null); }
    @Override public InetSocketAddress local() { return local; }
    @Override public InetSocketAddress remote() { return remote; }

    @Override public void ready(int ops) {
        try {
            handle(ops);
        } catch (RuntimeException | Error e) {
            loop.failed(e);
            end("internal error");
        }
    }

    private void handle(int ops) {
        if ((ops & SelectionKey.OP_CONNECT) != 0) connected();
        if (!closed && (ops & SelectionKey.OP_WRITE) != 0) {
            wantsRoom = false;
            interest();
            handler.onWritable();
        }
        if (!closed && (ops & SelectionKey.OP_READ) != 0 && reading) receive();
    }

    private void connected() {
        if (closed || connected) return;
        try {
            if (!channel.finishConnect()) return;
            SocketAddress bound = channel.getLocalAddress();
            local = bound instanceof InetSocketAddress inet ? inet : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        } catch (IOException e) {
            end(LocalAddresses.reason(e));
            return;
        }
        connected = true;
        interest();
        if (finishing) shutdown();
        handler.onConnected();
    }

    private void receive() {
        ByteBuffer in = loop.in;
        int n;
        try {
            n = channel.read(in.clear());
        } catch (IOException e) {
            end(LocalAddresses.reason(e));
            return;
        }
        if (n > 0 && keptLength == 0) {
            ByteBuffer heap = loop.heap;
            in.flip().get(heap.array(), 0, n);
            handler.onData(heap.clear().limit(n).order(ByteOrder.BIG_ENDIAN));
            if (!closed) keep(heap.array(), heap.position(), heap.remaining());
        } else if (n > 0) {
            if (kept.length < keptLength + n) kept = Arrays.copyOf(kept, Math.max(keptLength + n, kept.length * 2));
            in.flip().get(kept, keptLength, n);
            keptLength += n;
            offer();
        } else if (n < 0) {
            ended = true;
            offer();
        }
        if (!closed) interest();
    }

    /** Offers what was left, then tells the end of it. */
    private void offer() {
        if (closed || !reading) return;
        if (keptLength > 0) {
            byte[] offered = kept;
            ByteBuffer data = ByteBuffer.wrap(offered, 0, keptLength);
            handler.onData(data);
            if (!closed) keep(offered, data.position(), data.remaining());
        }
        if (!closed && reading && ended && !endTold && keptLength == 0) {
            endTold = true;
            handler.onEnd();
        }
    }

    private void keep(byte[] from, int position, int length) {
        keptLength = length;
        if (length == 0) {
            kept = NOTHING;
        } else {
            if (kept.length < length) kept = new byte[length];
            System.arraycopy(from, position, kept, 0, length);
        }
    }

    private void offerLater() {
        if (offering) return;
        offering = true;
        loop.execute(() -> {
            offering = false;
            try {
                offer();
            } catch (RuntimeException | Error e) {
                loop.failed(e);
                end("internal error");
            }
            if (!closed) interest();
        });
    }

    private void interest() {
        if (!connected || !key.isValid()) return;
        int ops = (reading && !ended && keptLength < KEPT ? SelectionKey.OP_READ : 0) | (wantsRoom ? SelectionKey.OP_WRITE : 0);
        if (key.interestOps() != ops) key.interestOps(ops);
    }

    private void shutdown() {
        try {
            channel.shutdownOutput();
        } catch (IOException e) {
            end(LocalAddresses.reason(e));
        }
    }

    private void end(String reason) {
        if (closed) return;
        closed = true;
        kept = NOTHING;
        if (channel != null) NioLoop.close(channel);
        loop.execute(() -> handler.onClosed(reason));
    }
}
