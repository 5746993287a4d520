package mqttq.loop;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** A bound UDP socket. */
public interface UdpPort {
    interface Handler {
        /**
         * One datagram, possibly empty; the buffer (heap, array-backed, at least as long as any datagram) is the handler's until it returns
         * and may be overwritten.
         */
        void onDatagram(long now, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote);

        /** A send was refused and may be tried again. */
        default void onWritable() { }

        /** The peer's host says that nothing listens there (connected sockets only), or the socket failed. */
        default void onError(String reason) { }

        /** Connected sockets that were bound to the wildcard: another socket would leave from another address of ours now. */
        default void onRouteChanged() { }

        /** A datagram could not leave: no route, no such address any more. */
        default void onUnsent(String reason) { }
    }

    /**
     * Sends one datagram. False: the socket is full, nothing was sent, {@code onWritable} will come. Every other I/O error counts as
     * a lost packet: true.
     */
    boolean send(ByteBuffer datagram, InetSocketAddress remote);

    /**
     * As {@link #send(ByteBuffer, InetSocketAddress)}, leaving from {@code local} as {@code onDatagram} gave it: on a port bound to the
     * wildcard an answer must come from the address that was asked. Null or unknown: the system chooses.
     */
    default boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) { return send(datagram, remote); }

    /** As the other, with ECT(0) in its IP header (RFC 3168) where {@code ect0} and {@link #marks}. */
    default boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote, boolean ect0) {
        return send(datagram, local, remote);
    }

    /** Whether datagrams can be marked. The mark that one came with is not reported: the JDK does not tell it. */
    default boolean marks() { return false; }

    /**
     * Bytes of the largest datagram from {@code local} that is sent in one piece or not at all; larger ones may be fragmented on the way.
     */
    default int unfragmented(InetSocketAddress local) { return 65_507; }

    /** The bound address, with the real port. */
    InetSocketAddress local();

    /** Whether datagrams can leave from {@code local} itself, as a datagram that came here named it. */
    default boolean has(InetSocketAddress local) { return local().equals(local); }

    /** Fixes the peer, so that ICMP errors are heard; {@code null} undoes it. */
    void connect(InetSocketAddress remote);

    void close();
}
