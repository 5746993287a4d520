package mqttq.wire;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What password files and both ends of SCRAM compute. Any thread. */
public final class Digests {
    private Digests() { }

    /** HMAC-SHA-256 of a text's UTF-8 bytes. */
    public static byte[] hmac(byte[] key, String text) { return hmac("HmacSHA256", key, text); }

    /** The same with another hash. @param algorithm as "HmacSHA512" */
    public static byte[] hmac(String algorithm, byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key, algorithm));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static byte[] sha256(byte[] data) { return hash("SHA-256", data); }

    /** The digest of {@code data}. @param algorithm as "SHA-512" */
    public static byte[] hash(String algorithm, byte[] data) {
        try {
            return MessageDigest.getInstance(algorithm).digest(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * RFC 8018 §5.2, for the one block that a digest is. JCA's own takes characters, and MQTT passwords are any bytes. @param algorithm as
     * "HmacSHA256"
     */
    public static byte[] pbkdf2(String algorithm, byte[] password, byte[] salt, int iterations) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(password.length == 0 ? new byte[1] : password, algorithm));
            mac.update(salt);
            mac.update(new byte[] {0, 0, 0, 1});
            byte[] u = mac.doFinal(), out = u.clone();
            for (int i = 1; i < iterations; i++) {
                mac.update(u);
                mac.doFinal(u, 0);
                for (int k = 0; k < out.length; k++) out[k] ^= u[k];
            }
            return out;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
