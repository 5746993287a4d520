package mqttq.quic;

import mqttq.quic.frame.FrameType;
import mqttq.quic.packet.TransportError;

/**
 * Why a connection ended. {@code code} is a transport error code (TRANSPORT) or the application's (APPLICATION), 0 otherwise;
 * {@code frameType} the type of the frame that offended, 0 where none did; {@code reason} a line for the log, never null.
 */
public record CloseReason(Kind kind, boolean remote, long code, long frameType, String reason) {
    public enum Kind {
        /** CONNECTION_CLOSE 0x1c, ours or the peer's. */
        TRANSPORT,
        /** CONNECTION_CLOSE 0x1d, ours or the peer's. */
        APPLICATION,
        /** Nothing came for the negotiated time (RFC 9000 §10.1). */
        IDLE_TIMEOUT,
        /** The handshake took longer than its deadline, or made room for younger ones. */
        HANDSHAKE_TIMEOUT,
        /** The peer has lost its state (RFC 9000 §10.3). */
        STATELESS_RESET,
        /** The server speaks no version of ours. */
        VERSION_NEGOTIATION,
        /** The only path failed its validation, or the socket is gone. */
        NO_PATH
    }

    /** A handshake that younger ones needed the room of. */
    public static final CloseReason CROWDED_OUT = new CloseReason(Kind.HANDSHAKE_TIMEOUT, false, 0, 0, "made room for younger handshakes");

    /** Whether this end was wanted: code 0 (NO_ERROR) of either kind. */
    public boolean clean() { return code == 0 && (kind == Kind.TRANSPORT || kind == Kind.APPLICATION); }

    /** Whether it ended since the peer left streams unfinished: {@link mqttq.quic.stream.Budget}. */
    public boolean unfinished() {
        return kind == Kind.TRANSPORT && !remote && code == TransportError.INTERNAL_ERROR && frameType == FrameType.STREAM;
    }

    @Override public String toString() {
        StringBuilder s = new StringBuilder(remote ? "by the peer: " : "by us: ");
        s.append(kind);
        if (kind == Kind.TRANSPORT || kind == Kind.APPLICATION) s.append(" 0x").append(Long.toHexString(code));
        if (frameType != 0) s.append(" frame 0x").append(Long.toHexString(frameType));
        return reason.isEmpty() ? s.toString() : s.append(" (").append(reason).append(')').toString();
    }
}
