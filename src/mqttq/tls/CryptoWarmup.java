package mqttq.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Loads what the first handshake would otherwise wait for (providers, curves, ciphers: tens of milliseconds, several times that on a Pi),
 * and tells which AEAD this machine is fast at. Meant for {@code Loop.offload} while the rest of the start goes on: its hand-over to the
 * loop orders the fields.
 */
public final class CryptoWarmup implements Runnable {
    private static final int CPU_INFO_BYTES = 8192;
    private boolean chachaFirst;
    private String failure;

    /** Whether ChaCha20-Poly1305 is the faster cipher here. Valid after {@link #run}. */
    public boolean chachaFirst() { return chachaFirst; }

    /** What this JVM lacks, or null. Valid after {@link #run}. */
    public String failure() { return failure; }

    @Override public void run() {
        chachaFirst = !fastAes();
        try {
            touch();
        } catch (GeneralSecurityException e) {
            failure = e.toString();
        }
    }

    private static void touch() throws GeneralSecurityException {
        byte[] key = new byte[16], packet = new byte[1200 + 16];
        MessageDigest.getInstance("SHA-256").digest(key);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.doFinal(packet);
        Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
        gcm.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, new byte[12]));
        gcm.updateAAD(key);
        gcm.doFinal(packet, 0, 1200, packet, 0);
        Cipher mask = Cipher.getInstance("AES/ECB/NoPadding");
        mask.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
        mask.doFinal(packet, 0, 16, packet, 0);
        Cipher chacha = Cipher.getInstance("ChaCha20-Poly1305");
        chacha.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(new byte[32], "ChaCha20"), new IvParameterSpec(new byte[12]));
        chacha.doFinal(packet, 0, 1200, packet, 0);
        KeyPairGenerator x25519 = KeyPairGenerator.getInstance("XDH");
        x25519.initialize(NamedParameterSpec.X25519);
        KeyPair one = x25519.generateKeyPair(), other = x25519.generateKeyPair();
        KeyAgreement agreement = KeyAgreement.getInstance("XDH");
        agreement.init(one.getPrivate());
        agreement.doPhase(other.getPublic(), true);
        agreement.generateSecret();
        KeyPairGenerator p256 = KeyPairGenerator.getInstance("EC");
        p256.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair identity = p256.generateKeyPair();
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(identity.getPrivate());
        signature.update(packet);
        byte[] signed = signature.sign();
        signature.initVerify(identity.getPublic());
        signature.update(packet);
        signature.verify(signed);
    }

    /**
     * Whether the JVM has AES instructions to use: the 64-bit ones do where the processor has (not that of a Pi 1 to 4). Timing the ciphers
     * would say nothing now, since both are still interpreted.
     */
    public static boolean fastAes() {
        String architecture = System.getProperty("os.arch", "");
        if (!architecture.equals("amd64") && !architecture.equals("x86_64") && !architecture.equals("aarch64")) return false;
        try (var in = Files.newInputStream(Path.of("/proc/cpuinfo"))) {
            return fastAes(new String(in.readNBytes(CPU_INFO_BYTES), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            // Not Linux: a desktop, which has them.
            return true;
        }
    }

    /** Whether "flags" (x86) or "Features" (ARM) of the first processor names "aes". */
    static boolean fastAes(String cpuInfo) {
        int line = Math.max(cpuInfo.indexOf("\nflags"), cpuInfo.indexOf("\nFeatures"));
        if (line < 0) return false;
        int end = cpuInfo.indexOf('\n', line + 1);
        String flags = cpuInfo.substring(cpuInfo.indexOf(':', line) + 1, end < 0 ? cpuInfo.length() : end);
        return (flags + " ").contains(" aes ");
    }
}
