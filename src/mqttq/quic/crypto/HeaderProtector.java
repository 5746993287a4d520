package mqttq.quic.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import mqttq.tls.CipherSuite;

/** Header protection of one direction and level, shared by its key phases (RFC 9001 §5.4). */
final class HeaderProtector {
    private static final int SAMPLE_LENGTH = 16;

    private final byte[] aesKey;
    private final ChaCha20Block chaCha20;
    private byte[] mask;
    private Cipher aes;

    HeaderProtector(CipherSuite suite, byte[] key) {
        boolean isAes = suite != CipherSuite.TLS_CHACHA20_POLY1305_SHA256;
        aesKey = isAes ? key : null;
        chaCha20 = isAes ? null : new ChaCha20Block(key);
    }

    int unmask(byte[] packet, int start, int pnOffset, int end) {
        // RFC 9001 §5.4.2: the sample is where a packet number of 4 bytes would end.
        if (end - pnOffset < 4 + SAMPLE_LENGTH) return -1;
        sample(packet, pnOffset + 4);
        packet[start] ^= (byte) (mask[0] & protectedBits(packet[start]));
        int length = (packet[start] & 3) + 1;
        for (int i = 0; i < length; i++) packet[pnOffset + i] ^= mask[1 + i];
        return length;
    }

    void mask(byte[] packet, int start, int pnOffset) {
        sample(packet, pnOffset + 4);
        int length = (packet[start] & 3) + 1;
        for (int i = 0; i < length; i++) packet[pnOffset + i] ^= mask[1 + i];
        packet[start] ^= (byte) (mask[0] & protectedBits(packet[start]));
    }

    /** RFC 9001 §5.4.1: four bits of a long header's first byte, five of a short one's. */
    private static int protectedBits(byte first) { return first < 0 ? 0x0f : 0x1f; }

    private void sample(byte[] packet, int at) {
        if (mask == null) mask = new byte[SAMPLE_LENGTH];
        if (chaCha20 != null) {
            chaCha20.mask(packet, at, mask);
            return;
        }
        try {
            if (aes == null) {
                aes = Cipher.getInstance("AES/ECB/NoPadding");
                aes.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(aesKey, "AES"));
            }
            aes.update(packet, at, SAMPLE_LENGTH, mask, 0);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    void dropCiphers() {
        aes = null;
        mask = null;
    }
}
