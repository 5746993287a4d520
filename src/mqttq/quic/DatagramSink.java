package mqttq.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** Where an endpoint's datagrams go. */
public interface DatagramSink {
    /** Takes a datagram (position to limit of a heap buffer, valid until this returns), or returns false where it cannot now: it will be offered again. */
    boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote);
}
