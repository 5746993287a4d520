package mqttq.quic.packet;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Retry packets and their integrity tag (RFC 9000 §17.2.5, RFC 9001 §5.8). They are read by {@link PacketHeader}. */
public final class Retry {
    private Retry() { }

    /**
     * Writes one; the buffer must be backed by an array.
     * @param destination the client's Source Connection ID, {@code source} the new one we chose, {@code original} the Destination
     *        Connection ID of the client's Initial, which differs from {@code source}
     * @param random any 4 bits
     */
    public static void write(ByteBuffer out, QuicVersion version, ConnectionId destination, ConnectionId source, ConnectionId original,
            byte[] token, int random) {
        int start = out.arrayOffset() + out.position();
        out.put((byte) (0xc0 | version.typeBits(PacketType.RETRY) | random & 0x0f)).putInt(version.id);
        out.put((byte) destination.length());
        destination.put(out);
        out.put((byte) source.length());
        source.put(out);
        out.put(token);
        out.put(tag(version, original, out.array(), start, out.arrayOffset() + out.position()));
    }

    /** Whether the Retry in {@code header} answers our Initial to {@code original} and arrived whole. */
    public static boolean verify(PacketHeader header, ConnectionId original) {
        int tagAt = header.end() - PacketHeader.RETRY_TAG_LENGTH;
        byte[] tag = tag(header.version(), original, header.array(), header.start(), tagAt);
        return MessageDigest.isEqual(tag, Arrays.copyOfRange(header.array(), tagAt, header.end()));
    }

    private static byte[] tag(QuicVersion version, ConnectionId original, byte[] packet, int from, int to) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(version.retryKey, "AES"), new GCMParameterSpec(128, version.retryNonce));
            // RFC 9001 §5.8: the pseudo-packet is the original Destination Connection ID with its length, then the packet without the tag.
            cipher.updateAAD(new byte[] {(byte) original.length()});
            cipher.updateAAD(original.array());
            cipher.updateAAD(packet, from, to - from);
            return cipher.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
