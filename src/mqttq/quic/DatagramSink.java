package mqttq.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** Where an endpoint's datagrams go. */
public interface DatagramSink {
    /**
     * Takes a datagram (position to limit of a heap buffer, valid until this returns), or returns false where it cannot now: it will be
     * offered again.
     */
    boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote);

    /** As the other, marked ECT(0) where {@code ect0} and the port can. */
    default boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote, boolean ect0) {
        return send(datagram, local, remote);
    }

    /** Whether datagrams from {@code local} can be marked ECT(0). */
    default boolean marks(InetSocketAddress local) { return false; }

    /**
     * Bytes of the largest datagram from {@code local} that is certainly sent in one piece or not at all: beyond, an MTU probe would prove
     * nothing.
     */
    default int unfragmented(InetSocketAddress local) { return Endpoint.MAX_DATAGRAM; }
}
