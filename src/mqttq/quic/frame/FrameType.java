package mqttq.quic.frame;

import mqttq.quic.packet.PacketType;

/** Frame types (RFC 9000 §12.4 table 3, §19; RFC 9221 §4) and where each may stand. */
public final class FrameType {
    public static final int PADDING = 0x00, PING = 0x01, ACK = 0x02, ACK_ECN = 0x03, RESET_STREAM = 0x04, STOP_SENDING = 0x05,
        CRYPTO = 0x06,
        NEW_TOKEN = 0x07, STREAM = 0x08, STREAM_LAST = 0x0f, MAX_DATA = 0x10, MAX_STREAM_DATA = 0x11, MAX_STREAMS_BIDI = 0x12,
        MAX_STREAMS_UNI = 0x13, DATA_BLOCKED = 0x14, STREAM_DATA_BLOCKED = 0x15, STREAMS_BLOCKED_BIDI = 0x16, STREAMS_BLOCKED_UNI = 0x17,
        NEW_CONNECTION_ID = 0x18, RETIRE_CONNECTION_ID = 0x19, PATH_CHALLENGE = 0x1a, PATH_RESPONSE = 0x1b, CONNECTION_CLOSE = 0x1c,
        APPLICATION_CLOSE = 0x1d, HANDSHAKE_DONE = 0x1e, DATAGRAM = 0x30, DATAGRAM_LENGTH = 0x31;
    /** The low bits of STREAM's type. */
    public static final int STREAM_FIN = 0x01, STREAM_LEN = 0x02, STREAM_OFF = 0x04;

    private static final int LAST = 0x1f;
    /** Per packet type: one bit a frame type below 0x20, as table 3 says (RFC 9000 §12.4, §17.2.4). */
    private static final int LONG = bits(PADDING, PADDING
        + 1) | bits(ACK, ACK_ECN) | bits(CRYPTO, CRYPTO) | bits(CONNECTION_CLOSE, CONNECTION_CLOSE);
    private static final int ONE_RTT = bits(PADDING, HANDSHAKE_DONE);
    // RFC 9000 §12.5: RETIRE_CONNECTION_ID too cannot be sent in 0-RTT, whatever table 3 says: there is nothing to retire yet.
    private static final int ZERO_RTT = ONE_RTT & ~(bits(ACK, ACK_ECN) | bits(CRYPTO, NEW_TOKEN) | bits(RETIRE_CONNECTION_ID,
        RETIRE_CONNECTION_ID)
        | bits(PATH_RESPONSE, PATH_RESPONSE) | bits(HANDSHAKE_DONE, HANDSHAKE_DONE));
    private static final int ONLY_FROM_SERVER = bits(NEW_TOKEN, NEW_TOKEN) | bits(HANDSHAKE_DONE, HANDSHAKE_DONE);
    private static final int NOT_ACK_ELICITING = bits(PADDING, PADDING) | bits(ACK, ACK_ECN) | bits(CONNECTION_CLOSE, APPLICATION_CLOSE);
    private static final int PROBING = bits(PADDING, PADDING) | bits(NEW_CONNECTION_ID, NEW_CONNECTION_ID) | bits(PATH_CHALLENGE,
        PATH_RESPONSE);

    private FrameType() { }

    /** Whether it is one of the above. */
    public static boolean isKnown(long type) { return type >= 0 && type < LAST || type == DATAGRAM || type == DATAGRAM_LENGTH; }

    /** Whether a known type may stand in a packet of this type that {@code fromServer} sent. */
    public static boolean isAllowed(int type, PacketType packet, boolean fromServer) {
        int allowed = switch (packet) {
            case INITIAL, HANDSHAKE -> LONG;
            case ZERO_RTT -> ZERO_RTT;
            case ONE_RTT -> ONE_RTT;
            default -> 0;
        };
        if (type > LAST) return packet == PacketType.ZERO_RTT || packet == PacketType.ONE_RTT;
        return (allowed & (fromServer ? -1 : ~ONLY_FROM_SERVER) & 1 << type) != 0;
    }

    /** RFC 9002 §2: all but ACK, PADDING and CONNECTION_CLOSE. */
    public static boolean isAckEliciting(int type) { return type > LAST || (NOT_ACK_ELICITING & 1 << type) == 0; }

    /** RFC 9000 §9.1: does not by itself migrate the connection. */
    public static boolean isProbing(int type) { return type <= LAST && (PROBING & 1 << type) != 0; }
    private static int bits(int first, int last) { return (1 << last + 1) - (1 << first); }
}
