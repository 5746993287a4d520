package mqttq.quic.packet;

import java.nio.ByteBuffer;

/** Version Negotiation packets (RFC 9000 §6, §17.2.1; RFC 8999 §6). They are read by {@link PacketHeader}. */
public final class VersionNegotiation {
    private VersionNegotiation() { }

    /**
     * Writes the answer to {@code received}, whose connection ids may have up to 255 bytes each. RFC 9000 §6.1: send it only in answer to
     * a datagram of at least 1200 bytes.
     * @param random any 8 bits
     * @param versions what we speak, and perhaps a reserved one as grease
     * @return false where it does not fit; then nothing was written
     */
    public static boolean write(ByteBuffer out, PacketHeader received, int random, int... versions) {
        if (out.remaining() < 7 + received.sourceLength() + received.destinationLength() + 4 * versions.length) return false;
        // §17.2.1: the fixed bit SHOULD be set, for those who share the port with other protocols.
        out.put((byte) (0xc0 | random & 0x3f)).putInt(0);
        out.put((byte) received.sourceLength()).put(received.array(), received.sourceOffset(), received.sourceLength());
        out.put((byte) received.destinationLength()).put(received.array(), received.destinationOffset(), received.destinationLength());
        for (int version : versions) out.putInt(version);
        return true;
    }

    /** A version number of the pattern that nobody will ever speak (RFC 9000 §15), from any 32 bits. */
    public static int reserved(int random) { return random & 0xf0f0f0f0 | 0x0a0a0a0a; }

    /** Whether the packet in {@code header} lists {@code version}. */
    public static boolean lists(PacketHeader header, int version) {
        for (int i = 0; i < header.versions(); i++) if (header.version(i) == version) return true;
        return false;
    }
}
