package mqttq.loop;

import java.net.InetSocketAddress;

/** A listening TCP socket. */
public interface TcpListener {
    interface Handler {
        /** A connection came in; returns who handles it, or null to close it at once. */
        TcpPort.Handler onAccept(TcpPort port);
    }

    /** The bound address, with the real port. */
    InetSocketAddress local();

    void close();
}
