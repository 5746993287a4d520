package mqttq.transport;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLSession;

/**
 * A reliable, ordered, two-way byte pipe: a QUIC stream, TCP, TLS or WebSocket. Loop thread only; no method calls the handler back
 * from within.
 */
public interface Pipe {
    /**
     * Codes of MQTT over QUIC for {@link #close} and {@link #abort}, as deployed brokers and clients use them; others are MQTT's reason
     * codes.
     */
    long NO_ERROR = 0, CONTROL_STREAM_DOWN = 1, OVERLOADED = 2, TAKEN_OVER = 0x8e, INCOMPLETE_PACKET = 0xba;

    interface Handler {
        /**
         * Bytes came, in order; the buffer (heap) is the handler's until it returns. What it leaves unread after {@link #read read(false)}
         * is kept by the pipe and offered again after {@code read(true)}; otherwise it must take everything.
         */
        void onData(ByteBuffer data);

        /** There is room again after {@link #write} took less than it was given. */
        void onWritable();

        /** The peer ended its direction; nothing more will come. */
        void onEnd();

        /** The peer will not read any further, or reset its direction (QUIC STOP_SENDING, RESET_STREAM), with its code. */
        default void onReset(long code) { }

        /**
         * The peer opened another stream beside this pipe (QUIC); returns who handles it, or null to refuse it. It lives no longer than
         * this one.
         */
        default Handler onStream(Pipe stream) { return null; }

        /** {@link #remote} or {@link #sentTo} may have changed. */
        default void onPath() { }

        /**
         * The pipe is gone, by either side or by failure; {@code reason} for a log line. The last call, once, also after {@link #close} and
         * {@link #abort}.
         */
        void onClosed(String reason);
    }

    void handler(Handler handler);

    /** How many bytes {@link #write} would take now. */
    int writable();

    /** Copies what fits and returns how many bytes; sent when the turn of the loop ends. */
    int write(ByteBuffer data);

    /** Bytes taken and not yet acknowledged by the transport (QUIC) or handed to the kernel (the others). */
    long unsent();

    /** Whether to deliver bytes ({@code true}, the state at the start); {@code false} is back-pressure on the peer. */
    void read(boolean on);

    /** Ends our direction when all that was written has gone: FIN, close_notify and shutdown, WebSocket Close. */
    void finish();

    /** Closes the whole when what was written has been delivered, or after {@code lingerNanos} at the latest. */
    void close(long code, String reason, long lingerNanos);

    /** Closes at once; {@code code} is QUIC's application error code, and ignored by the others. */
    void abort(long code, String reason);

    /** A client opens another stream beside this pipe (QUIC), {@link #handler} still to be set; null: there is none to be had. */
    default Pipe openStream() { return null; }

    /** The handshake goes on while data flows (QUIC 0-RTT). At a server: what came may be a replay of what another connection brought. */
    default boolean early() { return false; }

    /** Calls back, once, when the peer's handshake is complete; at once where it is. Not where the pipe goes before. One at a time. */
    default void whenConfirmed(Runnable then) { then.run(); }

    /** "quic", "tcp", "tls", "ws" or "wss". */
    String transport();

    InetSocketAddress local();

    /** The peer's address; over QUIC it may change, and is the last at which the peer has shown to be. */
    InetSocketAddress remote();

    /** Whether the peer has shown to be there; at a server not before {@link #whenConfirmed} where data came {@link #early}. */
    default boolean proven() { return true; }

    /**
     * Tells each figure of the connection below by its name, numbers as Long: QUIC's path, version, RTT, losses, bytes. Others have none.
     */
    default void figures(BiConsumer<String, Object> to) { }

    /**
     * The peer may be silent for so long, ns: what is below holds the connection meanwhile, also where it has a shorter timeout of its own
     * (QUIC).
     */
    default void allowSilence(long nanos) { }

    /** What the peer is told by when this process has died, for {@link Transport.Bound#reset}; null: by nothing. */
    default byte[] sentTo() { return null; }

    /** The peer is let in: what is below may take more from it at a time (QUIC's windows). */
    default void admit() { }

    /** Why it ended: the peer's process has started anew, and takes a new connection (QUIC's stateless reset). */
    default boolean peerRestarted() { return false; }

    /** The TLS session with the peer's certificates, or null without TLS. */
    SSLSession session();
}
