package mqttq.quic.packet;

import mqttq.tls.EncryptionLevel;

/** What a header says it is (RFC 9000 §17); the first four carry frames. */
public enum PacketType {
    INITIAL(EncryptionLevel.INITIAL),
    ZERO_RTT(EncryptionLevel.EARLY_DATA),
    HANDSHAKE(EncryptionLevel.HANDSHAKE),
    ONE_RTT(EncryptionLevel.APPLICATION),
    RETRY(null),
    VERSION_NEGOTIATION(null),
    /** A long header of a version not known here: only its version and connection ids mean anything (RFC 8999). */
    UNKNOWN_VERSION(null);

    /** The keys that protect it; null for the last three. */
    public final EncryptionLevel level;

    PacketType(EncryptionLevel level) { this.level = level; }
}
