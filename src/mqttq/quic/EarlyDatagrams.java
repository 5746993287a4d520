package mqttq.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.PacketHeader;

/** Datagrams with 0-RTT that came before the Initial of their connection (RFC 9000 §5.2.2): a few, the oldest makes room. */
final class EarlyDatagrams {
    private static final int MOST = 16;
    private final ConnectionId[] destinations = new ConnectionId[MOST];
    private final InetSocketAddress[] locals = new InetSocketAddress[MOST], remotes = new InetSocketAddress[MOST];
    private final ByteBuffer[] datagrams = new ByteBuffer[MOST];
    private int next;

    void keep(PacketHeader header, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
        destinations[next] = header.destination();
        locals[next] = local;
        remotes[next] = remote;
        datagrams[next] = ByteBuffer.allocate(datagram.remaining()).put(datagram.duplicate()).flip();
        next = (next + 1) % MOST;
    }

    /** Hands over what came for this one. */
    void moveTo(PendingHello hello, InetSocketAddress local, InetSocketAddress remote) {
        for (int i = 0; i < MOST; i++) {
            int k = (next + i) % MOST;
            if (datagrams[k] == null || !hello.destination.equals(destinations[k]) || !local.equals(locals[k]) || !remote.equals(remotes[k])) continue;
            hello.keep(datagrams[k]);
            destinations[k] = null;
            datagrams[k] = null;
        }
    }
}
