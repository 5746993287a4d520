package mqttq.loop.nio;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import mqttq.loop.Log;
import mqttq.loop.TcpListener;
import mqttq.loop.Timers;

/** A listening socket. A wildcard of IPv6 takes IPv4 too. A Unix-domain socket's file is there while it is open. */
final class NioTcpListener implements TcpListener, NioLoop.Channel, Runnable {
    private static final int ACCEPTS_PER_TURN = 64, BACKLOG = 1024;
    /** How long to accept nobody when files have run out: an accept that fails leaves the socket ready, and the loop would spin. */
    private static final long PAUSE_NANOS = 1_000_000_000L;

    private final NioLoop loop;
    private final Handler handler;
    private final ServerSocketChannel channel;
    private final SelectionKey key;
    private final InetSocketAddress local;
    /** Null: TCP. */
    private final UnixDomainSocketAddress unix;
    private Timers.Timer pause;
    private boolean starved;

    NioTcpListener(NioLoop loop, InetSocketAddress address, Handler handler) throws IOException {
        this.loop = loop;
        this.handler = handler;
        unix = address.isUnresolved() ? UnixDomainSocketAddress.of(address.getHostString()) : null;
        try {
            channel = ServerSocketChannel.open(unix != null ? StandardProtocolFamily.UNIX
                : address.getAddress() instanceof Inet4Address ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        } catch (UnsupportedOperationException e) {
            throw new IOException("Address family not supported by protocol");
        }
        try {
            if (unix != null) removeStale(unix);
            channel.bind(unix != null ? unix : address, BACKLOG);
            // The JDK opens a socket when it closes its first connection; it must not want to do so when files have run out.
            SocketChannel.open().close();
            local = unix != null ? address : new InetSocketAddress(address.getAddress(),
                ((InetSocketAddress) channel.getLocalAddress()).getPort());
            key = loop.register(channel, SelectionKey.OP_ACCEPT, this);
        } catch (IOException e) {
            NioLoop.close(channel);
            throw e;
        }
    }

    /** Removes the socket that a process which was killed has left; one on which somebody listens, and what is no socket, stays. */
    private static void removeStale(UnixDomainSocketAddress address) throws IOException {
        Path file = address.getPath();
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) return;
        if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isOther()) {
            throw new IOException("it exists and is no socket");
        }
        try {
            SocketChannel.open(address).close();
        } catch (ConnectException e) {
            Files.delete(file);
            return;
        }
        throw new IOException("Address already in use");
    }

    /** Accepts in the next turn: those that went before somebody came are gone by then, and leave him their place. */
    @Override public void ready(int ops) {
        key.interestOps(0);
        loop.defer(() -> loop.execute(NioTcpListener.this));
    }

    @Override public void run() {
        if (!channel.isOpen()) return;
        key.interestOps(SelectionKey.OP_ACCEPT);
        for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
            SocketChannel accepted;
            try {
                accepted = channel.accept();
                if (accepted == null) return;
                starved = false;
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                if (!starved) loop.log(Log.Level.WARNING, "Warning: cannot accept on " + local + ": " + LocalAddresses.reason(e));
                starved = true;
                key.interestOps(0);
                if (pause == null) pause = loop.timer(this::resume);
                pause.at(loop.now() + PAUSE_NANOS);
                return;
            }
            try {
                if (!NioTcp.accepted(loop, accepted, handler)) return; // the next may find room that is not known of yet
            } catch (IOException e) {
                // The peer has gone already.
                NioLoop.close(accepted);
            } catch (RuntimeException | Error e) {
                NioLoop.close(accepted);
                loop.failed(e);
            }
        }
    }

    private void resume() { if (channel.isOpen()) key.interestOps(SelectionKey.OP_ACCEPT); }
    @Override public InetSocketAddress local() { return local; }

    @Override public void close() {
        if (pause != null) pause.cancel();
        if (channel.isOpen() && unix != null) {
            try {
                Files.deleteIfExists(unix.getPath());
            } catch (IOException e) {
                loop.log(Log.Level.WARNING, "Warning: cannot remove " + unix + ": " + LocalAddresses.reason(e));
            }
        }
        NioLoop.close(channel);
    }
}
