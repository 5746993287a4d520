package mqttq.quic.recovery;

import mqttq.tls.EncryptionLevel;

/** The three packet number spaces (RFC 9000 §12.3), as indexes. */
public final class PacketNumberSpace {
    public static final int INITIAL = 0, HANDSHAKE = 1, APPLICATION = 2, COUNT = 3;

    private PacketNumberSpace() { }

    /** The space of packets at an encryption level; 0-RTT and 1-RTT share one. */
    public static int of(EncryptionLevel level) {
        return level == EncryptionLevel.INITIAL ? INITIAL : level == EncryptionLevel.HANDSHAKE ? HANDSHAKE : APPLICATION;
    }
}
