package mqttq.quic.crypto;

import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import mqttq.quic.packet.QuicVersion;
import mqttq.tls.CipherSuite;
import mqttq.tls.Hkdf;

/**
 * Packet protection on the JDK's AEADs. The cipher is made at the first use and kept while the connection is busy: re-keying a shared one
 * costs several times the packet.
 */
public final class AeadProtection implements PacketProtection {
    /** The product's own. */
    public static final ProtectionFactory FACTORY = new ProtectionFactory() {
        @Override public PacketProtection create(CipherSuite suite, QuicVersion version, byte[] secret) {
            return new AeadProtection(suite, version, secret);
        }
    };
    private static final int IV_LENGTH = 12;
    private static final byte[] NO_CONTEXT = new byte[0];

    private final CipherSuite suite;
    private final QuicVersion version;
    private final byte[] secret;
    private final HeaderProtector header;
    /** Null while idle. */
    private Keys keys;

    /** What is made from the secret. */
    private static final class Keys {
        final SecretKeySpec key;
        final byte[] iv, nonce = new byte[IV_LENGTH];
        Cipher cipher;

        Keys(SecretKeySpec key, byte[] iv) {
            this.key = key;
            this.iv = iv;
        }
    }

    /** @param secret copied */
    public AeadProtection(CipherSuite suite, QuicVersion version, byte[] secret) { this(suite, version, secret.clone(), null); }

    private AeadProtection(CipherSuite suite, QuicVersion version, byte[] secret, HeaderProtector header) {
        this.suite = suite;
        this.version = version;
        this.secret = secret;
        this.header = header != null ? header : new HeaderProtector(suite, expand("hp", suite.keyLength));
    }

    private byte[] expand(String label, int length) {
        return Hkdf.expandLabel(suite.hmac, secret, version.labelPrefix.concat(label), NO_CONTEXT, length);
    }

    private void prepare() {
        keys = new Keys(new SecretKeySpec(expand("key", suite.keyLength), isChaCha20() ? "ChaCha20" : "AES"), expand("iv", IV_LENGTH));
    }

    private boolean isChaCha20() { return suite == CipherSuite.TLS_CHACHA20_POLY1305_SHA256; }

    @Override public AeadProtection next() {
        AeadProtection next = new AeadProtection(suite, version, expand("ku", suite.hashLength), header);
        // RFC 9001 §6.3: made before a packet asks for them.
        next.prepare();
        return next;
    }

    @Override public int unmask(byte[] packet, int start, int pnOffset, int end) { return header.unmask(packet, start, pnOffset, end); }
    @Override public void mask(byte[] packet, int start, int pnOffset) { header.mask(packet, start, pnOffset); }

    @Override public int seal(byte[] packet, int start, int payload, int end, long packetNumber) {
        try {
            Cipher cipher = init(Cipher.ENCRYPT_MODE, packetNumber);
            cipher.updateAAD(packet, start, payload - start);
            return payload + cipher.doFinal(packet, payload, end - payload, packet, payload);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override public int open(byte[] packet, int start, int payload, int end, long packetNumber) {
        if (end - payload < TAG_LENGTH) return -1;
        try {
            Cipher cipher = init(Cipher.DECRYPT_MODE, packetNumber);
            cipher.updateAAD(packet, start, payload - start);
            return payload + cipher.doFinal(packet, payload, end - payload, packet, payload);
        } catch (AEADBadTagException e) {
            return -1;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Cipher init(int mode, long packetNumber) throws GeneralSecurityException {
        if (keys == null) prepare();
        if (keys.cipher == null) keys.cipher = Cipher.getInstance(isChaCha20() ? "ChaCha20-Poly1305" : "AES/GCM/NoPadding");
        Cipher cipher = keys.cipher;
        SecretKeySpec key = keys.key;
        byte[] nonce = keys.nonce;
        // RFC 9001 §5.3: the IV, its last eight bytes xored with the packet number.
        System.arraycopy(keys.iv, 0, nonce, 0, IV_LENGTH);
        for (int i = 0; i < 8; i++) nonce[IV_LENGTH - 1 - i] ^= (byte) (packetNumber >>> 8 * i);
        AlgorithmParameterSpec spec = spec();
        try {
            cipher.init(mode, key, spec);
        } catch (InvalidKeyException | InvalidAlgorithmParameterException e) {
            if (mode == Cipher.ENCRYPT_MODE) throw e;
            // JDK 17's ChaCha20-Poly1305 remembers the last nonce even when decrypting, and a packet may come twice: let it see another
            // first.
            nonce[0] ^= 1;
            cipher.init(mode, key, spec());
            cipher.init(mode, key, spec);
        }
        return cipher;
    }

    private AlgorithmParameterSpec spec() {
        return isChaCha20() ? new IvParameterSpec(keys.nonce) : new GCMParameterSpec(8 * TAG_LENGTH, keys.nonce);
    }

    // RFC 9001 §6.6 and appendix B; ChaCha20-Poly1305 outlasts all packet numbers.
    @Override public long confidentialityLimit() { return isChaCha20() ? Long.MAX_VALUE : 1L << 23; }
    @Override public long integrityLimit() { return isChaCha20() ? 1L << 36 : 1L << 52; }

    @Override public void dropCiphers() {
        keys = null;
        header.dropCiphers();
    }
}
