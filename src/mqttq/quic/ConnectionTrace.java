package mqttq.quic;

import mqttq.quic.packet.PacketType;

/** What a log of a connection (qlog, a test's trace) hears. Costs nothing while none is set. Times in ns, sizes in bytes. */
public interface ConnectionTrace {
    /** A packet of {@code bytes} went out; {@code frames} are its payload, in clear, in a buffer that is overwritten afterwards. */
    default void onPacketSent(long now, PacketType type, long number, int bytes, byte[] array, int frames, int framesEnd) { }

    /** A packet was opened; {@code frames} as above. */
    default void onPacketReceived(long now, PacketType type, long number, int bytes, byte[] array, int frames, int framesEnd) { }

    /** A packet was dropped unread. */
    default void onPacketDropped(long now, PacketType type, int bytes, String why) { }

    default void onPacketLost(long now, int space, long number) { }

    /** After acknowledgments and losses. */
    default void onRecovery(long now, Connection connection) { }

    default void onState(long now, String state) { }

    default void onClosed(long now, CloseReason reason) { }
}
