package mqttq.quic.packet;

import java.nio.ByteBuffer;
import mqttq.wire.Varint;

/**
 * Writes the header of one packet at a time: {@link #beginLong} or {@link #beginShort}, then the frames go into the buffer, then
 * {@link #end} fills in what depends on them. The buffer must be backed by an array from its first byte ({@code arrayOffset()} 0), so that
 * the offsets count in both.
 */
public final class HeaderWriter {
    /** The most bytes of packet number, frames and tag in a long-header packet: the Length field is always written in two bytes. */
    public static final int MAX_LONG_LENGTH = (1 << 14) - 1;

    private int start, lengthAt, pnOffset, payload;

    /** Bytes of a long header with these parts; {@code tokenLength} counts for Initial only. */
    public static int longSize(PacketType type, int destinationLength, int sourceLength, int tokenLength, int pnLength) {
        int token = type == PacketType.INITIAL ? Varint.size(tokenLength) + tokenLength : 0;
        return 7 + destinationLength + sourceLength + token + 2 + pnLength;
    }

    /** Bytes of a short header. */
    public static int shortSize(int destinationLength, int pnLength) { return 1 + destinationLength + pnLength; }

    /**
     * Begins an Initial, 0-RTT or Handshake packet.
     * @param token of Initial, not null there (empty for none); ignored for the others
     * @param pnLength 1 to 4, of {@link PacketNumber#length}
     */
    public void beginLong(ByteBuffer out, PacketType type, QuicVersion version, ConnectionId destination, ConnectionId source, byte[] token,
            long packetNumber, int pnLength) {
        start = out.position();
        out.put((byte) (0xc0 | version.typeBits(type) | pnLength - 1)).putInt(version.id);
        out.put((byte) destination.length());
        destination.put(out);
        out.put((byte) source.length());
        source.put(out);
        if (type == PacketType.INITIAL) {
            Varint.put(out, token.length);
            out.put(token);
        }
        lengthAt = out.position();
        out.putShort((short) 0);
        number(out, packetNumber, pnLength);
    }

    /** Begins a 1-RTT packet. RFC 9000 §17.4: nobody here spins, but the bit is the caller's. */
    public void beginShort(ByteBuffer out, ConnectionId destination, boolean spin, boolean keyPhase, long packetNumber, int pnLength) {
        start = out.position();
        lengthAt = -1;
        out.put((byte) (0x40 | (spin ? 0x20 : 0) | (keyPhase ? 0x04 : 0) | pnLength - 1));
        destination.put(out);
        number(out, packetNumber, pnLength);
    }

    private void number(ByteBuffer out, long packetNumber, int pnLength) {
        pnOffset = out.position();
        PacketNumber.write(out.array(), pnOffset, pnLength, packetNumber);
        out.position(payload = pnOffset + pnLength);
    }

    /**
     * Ends the packet at the buffer's position: pads it so that header protection finds its sample, and fills in the Length field.
     * Protecting it is next; room for {@code tagLength} bytes must be left.
     * @throws IllegalStateException where a long-header packet is longer than {@link #MAX_LONG_LENGTH}
     */
    public void end(ByteBuffer out, int tagLength) {
        // RFC 9001 §5.4.2: packet number and payload are at least 4 bytes together, the sample being 16 bytes from there.
        while (out.position() < pnOffset + 4) out.put((byte) 0);
        if (lengthAt < 0) return;
        int length = out.position() - pnOffset + tagLength;
        if (length > MAX_LONG_LENGTH) throw new IllegalStateException("long packet of " + length + " bytes");
        out.putShort(lengthAt, (short) (0x4000 | length));
    }

    /** Whether nothing has been written since the header. */
    public boolean isEmpty(ByteBuffer out) { return out.position() == payload; }

    /** Of the first byte of the packet. */
    public int start() { return start; }
    public int packetNumberOffset() { return pnOffset; }

    /** Where the frames begin. */
    public int payload() { return payload; }
}
