package mqttq.quic.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import mqttq.tls.CipherSuite;

/** Header protection of one direction and level, shared by its key phases (RFC 9001 §5.4). */
final class HeaderProtector {
    private static final int SAMPLE_LENGTH = 16;

    private final CipherSuite suite;
    private final byte[] key;
    /** Null while idle. */
    private Mask made;

    /** What is made from the key: one of the two, and where its bytes go. */
    private static final class Mask {
        final byte[] bytes = new byte[SAMPLE_LENGTH];
        Cipher aes;
        ChaCha20Block chaCha20;
    }

    HeaderProtector(CipherSuite suite, byte[] key) {
        this.suite = suite;
        this.key = key;
    }

    int unmask(byte[] packet, int start, int pnOffset, int end) {
        // RFC 9001 §5.4.2: the sample is where a packet number of 4 bytes would end.
        if (end - pnOffset < 4 + SAMPLE_LENGTH) return -1;
        byte[] mask = sample(packet, pnOffset + 4);
        packet[start] ^= (byte) (mask[0] & protectedBits(packet[start]));
        int length = (packet[start] & 3) + 1;
        for (int i = 0; i < length; i++) packet[pnOffset + i] ^= mask[1 + i];
        return length;
    }

    void mask(byte[] packet, int start, int pnOffset) {
        byte[] mask = sample(packet, pnOffset + 4);
        int length = (packet[start] & 3) + 1;
        for (int i = 0; i < length; i++) packet[pnOffset + i] ^= mask[1 + i];
        packet[start] ^= (byte) (mask[0] & protectedBits(packet[start]));
    }

    /** RFC 9001 §5.4.1: four bits of a long header's first byte, five of a short one's. */
    private static int protectedBits(byte first) { return first < 0 ? 0x0f : 0x1f; }

    private byte[] sample(byte[] packet, int at) {
        try {
            if (made == null) made = make();
            if (made.chaCha20 != null) made.chaCha20.mask(packet, at, made.bytes);
            else made.aes.update(packet, at, SAMPLE_LENGTH, made.bytes, 0);
            return made.bytes;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Mask make() throws GeneralSecurityException {
        Mask mask = new Mask();
        if (suite == CipherSuite.TLS_CHACHA20_POLY1305_SHA256) {
            mask.chaCha20 = new ChaCha20Block(key);
        } else {
            mask.aes = Cipher.getInstance("AES/ECB/NoPadding");
            mask.aes.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
        }
        return mask;
    }

    void dropCiphers() { made = null; }
}
