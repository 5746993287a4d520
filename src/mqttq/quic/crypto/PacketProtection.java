package mqttq.quic.crypto;

/**
 * Keys of one direction, encryption level and key phase (RFC 9001 §5). Everything happens in place in an array: on receipt
 * {@link #unmask}, decode the packet number, choose the phase, {@link #open}; to send {@link #protect}. One thread.
 */
public interface PacketProtection {
    /** Bytes by which {@link #seal} makes a packet longer, in all suites. */
    int TAG_LENGTH = 16;

    /**
     * Removes header protection from the packet at {@code packet[start..end)}, whose packet number is at {@code pnOffset}. Key phases share
     * the header keys, so any phase does.
     * @return bytes of the packet number (1 to 4), or -1 where the packet is too short to hold a sample; then nothing was changed
     */
    int unmask(byte[] packet, int start, int pnOffset, int end);

    /** Puts header protection on a sealed packet; the length of the packet number is read from the first byte. */
    void mask(byte[] packet, int start, int pnOffset);

    /**
     * Seals the payload at {@code packet[payload..end)}; {@code packet[start..payload)} is the header with its packet number.
     * @param packetNumber never used before under these keys
     * @return the end of the packet, tag included, for which there must be room
     */
    int seal(byte[] packet, int start, int payload, int end, long packetNumber);

    /**
     * Opens the payload at {@code packet[payload..end)}, tag included; {@code packet[start..payload)} is the header without protection.
     * @return the end of the frames, or -1 where it is not authentic; then the payload may be destroyed
     */
    int open(byte[] packet, int start, int payload, int end, long packetNumber);

    /** {@link #seal}, then {@link #mask}. */
    default int protect(byte[] packet, int start, int pnOffset, int payload, int end, long packetNumber) {
        int sealed = seal(packet, start, payload, end, packetNumber);
        mask(packet, start, pnOffset);
        return sealed;
    }

    /** The keys of the next key phase, with the same header keys (RFC 9001 §6.1). Costs some hashing: prepare it before it is needed. */
    PacketProtection next();

    /** Packets that may be sealed under these keys (RFC 9001 §6.6). */
    long confidentialityLimit();

    /** Packets that may fail to open, over all keys of the connection (RFC 9001 §6.6). */
    long integrityLimit();

    /** Lets go of what can be made again from the keys, for a connection that has become idle. */
    void dropCiphers();
}
