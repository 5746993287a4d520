package mqttq.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import mqttq.quic.stream.QuicStream;
import mqttq.quic.stream.StreamHandler;

/**
 * What a connection tells its application. Loop thread, from within {@link Endpoint}'s doors; every method of the connection may be called
 * from within.
 */
public interface ConnectionListener {
    /** The peer is authenticated and the application protocol agreed on: streams may be opened (RFC 9001 §4.1.1). */
    void onHandshakeComplete(Connection connection);

    /** The peer opened a stream; returns who handles it, or null to refuse it with STOP_SENDING and RESET_STREAM. */
    StreamHandler onStream(Connection connection, QuicStream stream);

    /** The peer allows more streams after {@link Connection#open} returned null. */
    default void onOpenable(Connection connection, boolean bidirectional) { }

    /**
     * The connection goes on at other addresses ({@link Connection#local}, {@link Connection#remote}), or a path of it is gone ({@link
     * Connection#uses}), or {@link Connection#sentTo} may have changed.
     */
    default void onPath(Connection connection) { }

    /**
     * Client: nothing comes back from the server: another socket may ({@link Connection#probe}). Comes again, ever more slowly, while that
     * is so.
     */
    default void onPathSilent(Connection connection) { }

    /**
     * Client: where the server would rather be talked to (RFC 9000 §9.6), or where it is while another socket would be the better one;
     * {@link Connection#probe} goes there where it answers.
     */
    default void onPreferredAddress(Connection connection, InetSocketAddress preferred) { }

    /** A datagram came ({@link Connection#sendDatagram}); the buffer is good until this returns. */
    default void onDatagram(Connection connection, ByteBuffer data) { }
    default void onDatagramAcked(Connection connection, long number) { }

    /** It was lost, or so it seems: {@link #onDatagramAcked} may still come. */
    default void onDatagramLost(Connection connection, long number) { }

    /** It is over, and its streams with it. Once. */
    void onClosed(Connection connection, CloseReason reason);

    /** Late packets are no longer waited for: nothing is left of it, and a socket of its own may be closed. The last call. */
    default void onForgotten(Connection connection) { }
}
