package mqttq.transport;

import java.net.InetSocketAddress;
import java.util.function.BiConsumer;
import mqttq.loop.Loop;

/**
 * How pipes come about, alike for TCP, TLS, WebSocket and QUIC (there: the first bidirectional stream). A pipe is handed over when all its
 * handshakes are done. An instance belongs to one loop; loop thread only.
 */
public interface Transport {
    /** Takes the pipes of a listener. */
    interface Acceptor {
        /**
         * A peer wants in, and there is a handshake (TLS, WebSocket) to come before it has a pipe; returns who takes that and is called
         * once, with the pipe or its failure (and returns itself here), or null: the peer is closed at once.
         */
        default Acceptor onComing(InetSocketAddress remote) { return this; }

        /** A peer has connected; returns who handles its pipe, or null to abort it. The pipe may be written to at once. */
        Pipe.Handler onPipe(Pipe pipe);

        /** A peer did not get through a handshake (TLS, WebSocket); for a log line. */
        default void onRefused(InetSocketAddress remote, String reason) { }

        /** A peer was given up, since too many handshakes were in progress. */
        default void onCrowded() { }

        /** QUIC ended a connection for what its peer left unfinished: it took too much memory or time. */
        default void onUnfinished() { }
    }

    /** The outcome of {@link #connect}: exactly one call, none after {@link Attempt#cancel}, and never from within {@code connect}. */
    interface Connected {
        /** The pipe stands; returns who handles it, or null to abort it. It may be written to at once. */
        Pipe.Handler onConnected(Pipe pipe);

        /** It came to nothing; {@code reason} for a log line. */
        void onFailed(String reason);

        /** The same where the peer answered and will not do (no common protocol, a certificate not trusted): trying again will not help. */
        default void onRefused(String reason) { onFailed(reason); }
    }

    /** A listener. */
    interface Bound {
        /** With the real port. */
        InetSocketAddress local();

        /** Accepts no more; pipes that stand live on. */
        void close();

        /** As {@link Pipe#figures}: totals of all that came this way, numbers all of them. */
        default void figures(BiConsumer<String, Object> to) { }

        /**
         * Tells the peer of a pipe of an earlier process that it is gone: {@link Pipe#sentTo}, {@link Pipe#local}, {@link Pipe#remote}.
         * @return false where it cannot be told from there now
         */
        default boolean reset(byte[] id, InetSocketAddress local, InetSocketAddress remote) { return false; }
    }

    /** A connection in the making. */
    interface Attempt {
        /** Gives up; nothing is called any more. Without effect once the outcome was told. */
        void cancel();
    }

    /**
     * Listens; port 0 takes any.
     * @throws java.io.UncheckedIOException where the address cannot be bound
     */
    Bound listen(Loop loop, InetSocketAddress local, Acceptor acceptor);

    /** Connects to a resolved address. */
    Attempt connect(Loop loop, InetSocketAddress remote, Connected connected);
}
