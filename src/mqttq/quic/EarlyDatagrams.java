package mqttq.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.PacketHeader;

/** Datagrams with 0-RTT that came before the Initial of their connection (RFC 9000 §5.2.2): a few, the oldest makes room. */
final class EarlyDatagrams {
    private static final int MOST = 16;

    private record Early(ConnectionId destination, InetSocketAddress local, InetSocketAddress remote, ByteBuffer datagram) { }

    private final ArrayDeque<Early> kept = new ArrayDeque<>();

    void keep(PacketHeader header, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
        if (kept.size() == MOST) kept.poll();
        kept.add(new Early(header.destination(), local, remote,
            ByteBuffer.allocate(datagram.remaining()).put(datagram.duplicate()).flip()));
    }

    /** Hands over what came for this one. */
    void moveTo(PendingHello hello, InetSocketAddress local, InetSocketAddress remote) {
        for (Iterator<Early> all = kept.iterator(); all.hasNext(); ) {
            Early early = all.next();
            if (!hello.destination.equals(early.destination) || !local.equals(early.local) || !remote.equals(early.remote)) continue;
            hello.keep(early.datagram);
            all.remove();
        }
    }
}
