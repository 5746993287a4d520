package mqttq.loop;

import java.net.InetSocketAddress;

/** A listening TCP or Unix-domain socket. */
public interface TcpListener {
    interface Handler {
        /** A connection came in; returns who handles it, or null to close it at once. */
        TcpPort.Handler onAccept(TcpPort port);
    }

    /** The bound address, with the real port; {@link Loop#unixSocket} where that was asked for. */
    InetSocketAddress local();

    void close();
}
