package mqttq.client.core;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import mqttq.mqtt.MqttException;
import mqttq.wire.Digests;

/**
 * A client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677): proves a password without telling it, and has the broker prove that it knows it
 * too. Without channel binding, names and passwords as they come (no SASLprep).
 */
final class ScramExchange {
    static final String METHOD = "SCRAM-SHA-256";
    /** A broker that asks for more keeps us busy. */
    private static final int MAX_ITERATIONS = 10_000_000, MAX_MESSAGE = 4096;

    private final byte[] password;
    private final String nonce, bare;
    private String without, authMessage;
    private byte[] salt, salted;
    private int iterations;
    private boolean answered;

    /** @param random never used before */
    ScramExchange(String user, byte[] password, byte[] random) {
        this.password = password;
        nonce = base64(random);
        bare = "n=" + user.replace("=", "=3D").replace(",", "=2C") + ",r=" + nonce;
    }

    byte[] first() { return bytes("n,," + bare); }

    /** Takes {@code r=nonce,s=salt,i=iterations}; {@link #compute} is next. */
    void challenge(byte[] data) throws MqttException {
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
            throw MqttException.protocolError("not a challenge of " + METHOD);
        }
        without = "c=biws," + parts[0];
        authMessage = bare + "," + text + "," + without;
    }

    /** Takes as long as the broker's iterations do; any thread. */
    void compute() { salted = Digests.pbkdf2("HmacSHA256", password, salt, iterations); }

    /** Whether {@link #proof} was made. */
    boolean answered() { return answered; }

    /** {@code c=header,r=nonce,p=proof}. */
    byte[] proof() {
        answered = true;
        byte[] key = Digests.hmac(salted, "Client Key"), signature = Digests.hmac(Digests.sha256(key), authMessage);
        for (int i = 0; i < key.length; i++) key[i] ^= signature[i];
        return bytes(without + ",p=" + base64(key));
    }

    /** Whether {@code v=signature} is the broker's, in answer to {@link #proof}. */
    boolean isProvedBy(byte[] data) {
        if (!answered || data == null) return false;
        byte[] signature = Digests.hmac(Digests.hmac(salted, "Server Key"), authMessage);
        return MessageDigest.isEqual(bytes("v=" + base64(signature)), Arrays.copyOf(data, Math.min(data.length, MAX_MESSAGE)));
    }

    private static String base64(byte[] data) { return Base64.getEncoder().encodeToString(data); }
    private static byte[] bytes(String text) { return text.getBytes(StandardCharsets.UTF_8); }
}
