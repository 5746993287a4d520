package mqttq.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

/**
 * A client's side of SCRAM (RFC 5802) with SHA-256 (RFC 7677) or SHA-512: proves a password without telling it, and has the server prove
 * that it knows it too. Without channel binding, names and passwords as they come (no SASLprep).
 */
public final class Scram {
    public static final String SHA_256 = "SCRAM-SHA-256", SHA_512 = "SCRAM-SHA-512";
    /** A server that asks for more keeps us busy. */
    private static final int MAX_ITERATIONS = 10_000_000, MAX_MESSAGE = 4096;

    private final String mechanism, digest, hmac;
    private final byte[] password;
    private final String nonce, bare;
    private String without, authMessage;
    private byte[] salt, salted;
    private int iterations;
    private boolean answered;

    /**
     * @param mechanism {@link #SHA_256} or {@link #SHA_512}
     * @param random never used before
     */
    public Scram(String mechanism, String user, byte[] password, byte[] random) {
        this.mechanism = mechanism;
        digest = mechanism.equals(SHA_512) ? "SHA-512" : "SHA-256";
        hmac = mechanism.equals(SHA_512) ? "HmacSHA512" : "HmacSHA256";
        this.password = password;
        nonce = base64(random);
        bare = "n=" + user.replace("=", "=3D").replace(",", "=2C") + ",r=" + nonce;
    }

    /** What the client says first. */
    public byte[] first() { return bytes("n,," + bare); }

    /**
     * Takes {@code r=nonce,s=salt,i=iterations}; {@link #compute} is next.
     * @throws IllegalArgumentException where {@code data} is something else
     */
    public void challenge(byte[] data) {
        String text = data == null || data.length > MAX_MESSAGE ? "" : new String(data, StandardCharsets.UTF_8);
        String[] parts = text.split(",");
        boolean whole = authMessage == null && parts.length >= 3 && parts[0].startsWith("r=" + nonce) && parts[1].startsWith("s=")
            && parts[2].startsWith("i=");
        try {
            if (!whole) throw new IllegalArgumentException();
            salt = Base64.getDecoder().decode(parts[1].substring(2));
            iterations = Integer.parseInt(parts[2].substring(2));
            if (iterations < 1 || iterations > MAX_ITERATIONS || parts[0].length() == nonce.length() + 2) {
                throw new IllegalArgumentException();
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not a challenge of " + mechanism);
        }
        without = "c=biws," + parts[0];
        authMessage = bare + "," + text + "," + without;
    }

    /** Takes as long as the server's iterations do; any thread. */
    public void compute() { salted = Digests.pbkdf2(hmac, password, salt, iterations); }

    /** Whether {@link #proof} was made. */
    public boolean answered() { return answered; }

    /** {@code c=header,r=nonce,p=proof}. */
    public byte[] proof() {
        answered = true;
        byte[] key = Digests.hmac(hmac, salted, "Client Key"), signature = Digests.hmac(hmac, Digests.hash(digest, key), authMessage);
        for (int i = 0; i < key.length; i++) key[i] ^= signature[i];
        return bytes(without + ",p=" + base64(key));
    }

    /** Whether {@code v=signature} is the server's, in answer to {@link #proof}. */
    public boolean isProvedBy(byte[] data) {
        if (!answered || data == null) return false;
        byte[] signature = Digests.hmac(hmac, Digests.hmac(hmac, salted, "Server Key"), authMessage);
        return MessageDigest.isEqual(bytes("v=" + base64(signature)), Arrays.copyOf(data, Math.min(data.length, MAX_MESSAGE)));
    }

    private static String base64(byte[] data) { return Base64.getEncoder().encodeToString(data); }
    private static byte[] bytes(String text) { return text.getBytes(StandardCharsets.UTF_8); }
}
