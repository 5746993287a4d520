package mqttq.quic.qlog;

import java.net.InetSocketAddress;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.packet.TransportParameters;
import mqttq.quic.recovery.LossDetector;
import mqttq.tls.CipherSuite;
import mqttq.tls.EncryptionLevel;

/**
 * What a log of a connection (qlog, a test's trace) hears, from the connection's thread. Costs a null check while none is set. Times in ns,
 * sizes in bytes, {@code space} as in {@link mqttq.quic.recovery.PacketNumberSpace}. Nothing here may call the connection back.
 */
public interface ConnectionTrace {
    /** Decides which connections are traced. */
    interface Factory {
        /**
         * A connection begins: no key, parameter or packet of it was there before.
         * @param original the Destination Connection ID of the client's very first Initial
         * @return null: not traced
         */
        ConnectionTrace open(long now, boolean client, ConnectionId original, QuicVersion version, InetSocketAddress local,
            InetSocketAddress remote);
    }

    /**
     * A packet goes out, still in clear: the header from {@code start}, the frames from {@code frames} to {@code framesEnd}; the array is
     * overwritten afterwards.
     * @param bytes with header and tag
     */
    default void onPacketSent(long now, PacketType type, long number, int bytes, byte[] array, int start, int frames, int framesEnd) { }

    /** A packet was opened; its parts as above. Retry and Version Negotiation have the number -1 and no frames. */
    default void onPacketReceived(long now, PacketType type, long number, int bytes, byte[] array, int start, int frames, int framesEnd) { }

    /** A packet waits for its keys. */
    default void onPacketBuffered(long now, PacketType type, int bytes) { }

    /** A packet was dropped unread. */
    default void onPacketDropped(long now, PacketType type, int bytes, String why) { }
    default void onDatagramSent(long now, int bytes) { }
    default void onDatagramReceived(long now, int bytes) { }

    /** For the first time; in the order of the acknowledgment. */
    default void onPacketAcked(long now, int space, long number) { }
    default void onPacketLost(long now, int space, long number) { }

    /** After what changes RTT, windows or the loss timer: sending, acknowledgments, losses, timeouts. */
    default void onRecovery(long now, LossDetector loss) { }

    /** The loss timer has come; {@link #onRecovery} follows. */
    default void onTimerExpired(long now) { }

    /** @param local ours, that are about to go out; or the peer's */
    default void onParameters(long now, boolean local, TransportParameters parameters) { }

    /** The version changed from that which the connection began with. */
    default void onVersion(long now, QuicVersion version) { }

    /** Both directions' keys of a level are there; updates of 1-RTT keys show in the packets' headers. */
    default void onKeys(long now, EncryptionLevel level) { }

    /** @param space INITIAL or HANDSHAKE */
    default void onKeysDiscarded(long now, int space) { }
    default void onHandshakeComplete(long now, String applicationProtocol, CipherSuite suite) { }
    default void onHandshakeConfirmed(long now) { }

    /** Packets go here from now on, or the path in use was validated. {@code id} is unique in the connection, 0 the first. */
    default void onPath(long now, int id, InetSocketAddress local, InetSocketAddress remote, boolean validated) { }

    /** The size of datagrams on the path in use. */
    default void onMtu(long now, int bytes) { }

    /**
     * It is over; packets that say so may follow.
     * @param kind the name of a {@code CloseReason.Kind}
     */
    default void onClosed(long now, String kind, boolean remote, long code, String reason) { }

    /** Nothing more comes. */
    default void onForgotten(long now) { }
}
