package mqttq.tls;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HKDF (RFC 5869) and TLS 1.3's HKDF-Expand-Label (RFC 9846 §7.1) on the JDK's HMAC. Stateless; any thread. */
public final class Hkdf {
    private Hkdf() { }

    /** HKDF-Extract; an empty salt counts as hash-length zeros. */
    public static byte[] extract(String hmac, byte[] salt, byte[] ikm) {
        Mac mac = mac(hmac, salt.length == 0 ? new byte[1] : salt);
        return mac.doFinal(ikm);
    }

    /** HKDF-Expand to {@code length} bytes, at most 255 hash lengths. */
    public static byte[] expand(String hmac, byte[] prk, byte[] info, int length) {
        Mac mac = mac(hmac, prk);
        byte[] out = new byte[length], block = new byte[0];
        for (int at = 0, i = 1; at < length; i++) {
            mac.update(block);
            mac.update(info);
            mac.update((byte) i);
            block = mac.doFinal();
            int n = Math.min(block.length, length - at);
            System.arraycopy(block, 0, out, at, n);
            at += n;
        }
        return out;
    }

    /** HKDF-Expand-Label; {@code label} without its "tls13 " prefix. */
    public static byte[] expandLabel(String hmac, byte[] secret, String label, byte[] context, int length) {
        byte[] name = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
        byte[] info = new byte[2 + 1 + name.length + 1 + context.length];
        info[0] = (byte) (length >> 8);
        info[1] = (byte) length;
        info[2] = (byte) name.length;
        System.arraycopy(name, 0, info, 3, name.length);
        info[3 + name.length] = (byte) context.length;
        System.arraycopy(context, 0, info, 4 + name.length, context.length);
        return expand(hmac, secret, info, length);
    }

    private static Mac mac(String hmac, byte[] key) {
        try {
            Mac mac = Mac.getInstance(hmac);
            mac.init(new SecretKeySpec(key, hmac));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
