package mqttq.quic.packet;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A reusable view of the packets of one datagram, one after the other (RFC 9000 §12.2, §17): {@link #datagram}, then {@link #next} while
 * it is true. Reads what is readable before decryption, copies nothing, allocates nothing. All offsets are into {@link #array}.
 */
public final class PacketHeader {
    /** Bytes of the Retry integrity tag. */
    public static final int RETRY_TAG_LENGTH = 16;

    private byte[] array;
    private int at, limit, shortIdLength, firstIdOffset, firstIdLength;
    private boolean first;

    private PacketType type;
    private QuicVersion version;
    private int versionNumber, start, end, pnOffset;
    private int destinationOffset, destinationLength, sourceOffset, sourceLength, tokenOffset, tokenLength;

    /**
     * Starts on a datagram, from position to limit; the buffer must be backed by an array, which is used until the last {@link #next}.
     * @param shortIdLength bytes of the connection ids we hand out: a short header does not say it
     */
    public void datagram(ByteBuffer datagram, int shortIdLength) {
        array = datagram.array();
        at = datagram.arrayOffset() + datagram.position();
        limit = datagram.arrayOffset() + datagram.limit();
        this.shortIdLength = shortIdLength;
        first = true;
    }

    /**
     * Goes on to the next packet. False: there is none, or the rest of the datagram is not a packet and must be ignored. Packets for
     * another destination than the first are skipped.
     */
    public boolean next() {
        while (at < limit) {
            if (!parse()) {
                at = limit;
                return false;
            }
            at = end;
            if (first) {
                first = false;
                firstIdOffset = destinationOffset;
                firstIdLength = destinationLength;
                return true;
            }
            // RFC 9000 §12.2: later packets with a different Destination Connection ID are ignored.
            if (sameDestination()) return true;
        }
        return false;
    }

    private boolean parse() {
        start = at;
        versionNumber = 0;
        version = null;
        sourceLength = tokenLength = 0;
        sourceOffset = tokenOffset = pnOffset = 0;
        return (array[at] & 0x80) == 0 ? parseShort() : parseLong();
    }

    private boolean parseShort() {
        type = PacketType.ONE_RTT;
        destinationOffset = start + 1;
        destinationLength = shortIdLength;
        pnOffset = destinationOffset + shortIdLength;
        end = limit;
        return pnOffset < limit;
    }

    private boolean parseLong() {
        // RFC 8999 §5.1: what every version has, before anything of ours.
        if (limit - start < 7) return false;
        versionNumber = int32(start + 1);
        destinationLength = array[start + 5] & 0xff;
        destinationOffset = start + 6;
        int sourceAt = destinationOffset + destinationLength;
        if (sourceAt >= limit) return false;
        sourceLength = array[sourceAt] & 0xff;
        sourceOffset = sourceAt + 1;
        int rest = sourceOffset + sourceLength;
        if (rest > limit) return false;
        end = limit;
        if (versionNumber == 0) {
            type = PacketType.VERSION_NEGOTIATION;
            // RFC 9000 §17.2.1: at least one version, and whole ones.
            return limit - rest >= 4 && (limit - rest) % 4 == 0 && setToken(rest, limit - rest);
        }
        version = QuicVersion.of(versionNumber);
        if (version == null) {
            type = PacketType.UNKNOWN_VERSION;
            return true;
        }
        type = version.type(array[start]);
        // RFC 9000 §17.2: a connection id over 20 bytes in a known version: drop the packet.
        if (destinationLength > ConnectionId.MAX_LENGTH || sourceLength > ConnectionId.MAX_LENGTH) return false;
        if (type == PacketType.RETRY) return limit - rest >= RETRY_TAG_LENGTH && setToken(rest, limit - rest - RETRY_TAG_LENGTH);
        if (type == PacketType.INITIAL) {
            long length = varint(rest);
            if (length < 0 || length > limit - varintEnd(rest)) return false;
            setToken(varintEnd(rest), (int) length);
            rest = tokenOffset + tokenLength;
        }
        long length = varint(rest);
        if (length < 1) return false;
        pnOffset = varintEnd(rest);
        if (length > limit - pnOffset) return false;
        end = pnOffset + (int) length;
        return true;
    }

    private boolean setToken(int offset, int length) {
        tokenOffset = offset;
        tokenLength = length;
        return true;
    }

    private boolean sameDestination() {
        return Arrays.equals(array, destinationOffset, destinationOffset + destinationLength,
            array, firstIdOffset, firstIdOffset + firstIdLength);
    }

    private int int32(int at) {
        return array[at] << 24 | (array[at + 1] & 0xff) << 16 | (array[at + 2] & 0xff) << 8 | array[at + 3] & 0xff;
    }
    private int varintEnd(int at) { return at + (1 << (array[at] >> 6 & 3)); }

    private long varint(int at) {
        if (at >= limit || varintEnd(at) > limit) return -1;
        int end = varintEnd(at);
        long value = array[at] & 0x3f;
        for (int i = at + 1; i < end; i++) value = value << 8 | array[i] & 0xff;
        return value;
    }

    public PacketType type() { return type; }

    /** Null in short headers, Version Negotiation and where the version is not known. */
    public QuicVersion version() { return version; }

    /** The Version field; 0 in short headers too. */
    public int versionNumber() { return versionNumber; }

    /**
     * Whether the fixed bit is set. RFC 9000 §17.2, §17.3.1: drop the packet where it is not, unless grease_quic_bit was sent (RFC 9287).
     */
    public boolean fixedBit() { return (array[start] & 0x40) != 0; }

    /** The bit of a short header, readable from the start. */
    public boolean spin() { return (array[start] & 0x20) != 0; }

    /** The bit of a short header; once header protection is off. */
    public boolean keyPhase() { return (array[start] & 0x04) != 0; }

    /**
     * Whether a reserved bit is set; once header protection is off. RFC 9000 §17.2, §17.3.1: PROTOCOL_VIOLATION where the packet then
     * proves authentic.
     */
    public boolean reservedBits() { return (array[start] & (array[start] < 0 ? 0x0c : 0x18)) != 0; }

    /** The array of the datagram. */
    public byte[] array() { return array; }

    /** Of the first byte. */
    public int start() { return start; }

    /** After the last byte. */
    public int end() { return end; }

    /** Of the (protected) packet number; 0 in packets without one. */
    public int packetNumberOffset() { return pnOffset; }
    public int destinationOffset() { return destinationOffset; }

    /** Bytes; up to 255 where the version is unknown or zero, otherwise up to 20. */
    public int destinationLength() { return destinationLength; }
    public int sourceOffset() { return sourceOffset; }

    /** Bytes; as {@link #destinationLength}; 0 in short headers. */
    public int sourceLength() { return sourceLength; }

    /** Of the token of Initial and Retry, or of the list of versions in Version Negotiation. */
    public int tokenOffset() { return tokenOffset; }

    /** Bytes; 0 where there is none. */
    public int tokenLength() { return tokenLength; }

    /** A copy; for packets of known versions only (20 bytes at most). */
    public ConnectionId destination() { return ConnectionId.of(array, destinationOffset, destinationLength); }

    /** A copy; for packets of known versions only (20 bytes at most). */
    public ConnectionId source() { return ConnectionId.of(array, sourceOffset, sourceLength); }

    /** A copy of the token. */
    public byte[] token() { return Arrays.copyOfRange(array, tokenOffset, tokenOffset + tokenLength); }

    /** How many versions a Version Negotiation packet lists. */
    public int versions() { return tokenLength / 4; }

    /** The {@code index}-th version of a Version Negotiation packet. */
    public int version(int index) { return int32(tokenOffset + 4 * index); }
}
