package mqttq.quic;

import mqttq.quic.stream.QuicStream;
import mqttq.quic.stream.StreamHandler;

/** What a connection tells its application. Loop thread, from within {@link Endpoint}'s doors; every method of the connection may be called from within. */
public interface ConnectionListener {
    /** The peer is authenticated and the application protocol agreed on: streams may be opened (RFC 9001 §4.1.1). */
    void onHandshakeComplete(Connection connection);

    /** The peer opened a stream; returns who handles it, or null to refuse it with STOP_SENDING and RESET_STREAM. */
    StreamHandler onStream(Connection connection, QuicStream stream);

    /** The peer allows more streams after {@link Connection#open} returned null. */
    default void onOpenable(Connection connection, boolean bidirectional) { }

    /** The connection goes on at other addresses ({@link Connection#local}, {@link Connection#remote}), or a path of it is gone ({@link Connection#uses}). */
    default void onPath(Connection connection) { }

    /** Client: nothing comes back from the server: another socket may ({@link Connection#probe}). Comes again, ever more slowly, while that is so. */
    default void onPathSilent(Connection connection) { }

    /** It is over, and its streams with it. Once. */
    void onClosed(Connection connection, CloseReason reason);

    /** Late packets are no longer waited for: nothing is left of it, and a socket of its own may be closed. The last call. */
    default void onForgotten(Connection connection) { }
}
