package mqttq.auth;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A password as Mosquitto's password files have it: {@code $7$iterations$salt$hash} (PBKDF2-HMAC-SHA512) or {@code $6$salt$hash} (SHA-512). Immutable; any thread. */
final class PasswordHash {
    /** Mosquitto 2.0 rejects longer ones. */
    private static final int SALT_LENGTH = 12;
    private static final int MAX_SALT = 64, HASH_LENGTH = 64, MAX_ITERATIONS = 10_000_000;

    /** 0 for {@code $6$}. */
    final int iterations;
    private final byte[] salt, hash;

    private PasswordHash(int iterations, byte[] salt, byte[] hash) {
        this.iterations = iterations;
        this.salt = salt;
        this.hash = hash;
    }

    /** Hashes anew, for tens to hundreds of ms. */
    static PasswordHash create(byte[] password, int iterations, SecureRandom random) {
        byte[] salt = new byte[SALT_LENGTH];
        random.nextBytes(salt);
        return new PasswordHash(iterations, salt, pbkdf2(password, salt, iterations));
    }

    /** As expensive to check as {@code like}, and matched by no password. */
    static PasswordHash decoy(PasswordHash like) {
        return new PasswordHash(like == null ? PasswordFile.DEFAULT_ITERATIONS : like.iterations, new byte[SALT_LENGTH], null);
    }

    /** @throws IllegalArgumentException with the reason */
    static PasswordHash parse(String text) {
        if (text.startsWith("$argon2")) {
            throw new IllegalArgumentException("argon2id hashes are not supported; set the password anew with 'passwd', which writes sha512-pbkdf2");
        }
        if (!text.startsWith("$6$") && !text.startsWith("$7$")) {
            throw new IllegalArgumentException("the password is not hashed; convert the file with 'passwd -U FILE'");
        }
        boolean pbkdf2 = text.charAt(1) == '7';
        String[] parts = text.substring(3).split("\\$", -1);
        if (parts.length != (pbkdf2 ? 3 : 2)) throw new IllegalArgumentException("the hash is malformed");
        int iterations = 0;
        byte[] salt, hash;
        try {
            if (pbkdf2) iterations = Integer.parseInt(parts[0]);
            salt = Base64.getDecoder().decode(parts[parts.length - 2]);
            hash = Base64.getDecoder().decode(parts[parts.length - 1]);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the hash is malformed");
        }
        if (pbkdf2 && (iterations < 1 || iterations > MAX_ITERATIONS)) throw new IllegalArgumentException("the number of iterations is not in 1 to " + MAX_ITERATIONS);
        if (salt.length < 1 || salt.length > MAX_SALT || hash.length != HASH_LENGTH) throw new IllegalArgumentException("salt or hash has a wrong length");
        return new PasswordHash(iterations, salt, hash);
    }

    /** Takes tens to hundreds of ms, the same for any password. */
    boolean matches(byte[] password) {
        byte[] actual = iterations > 0 ? pbkdf2(password, salt, iterations) : sha512(password, salt);
        return MessageDigest.isEqual(hash == null ? new byte[HASH_LENGTH] : hash, actual) && hash != null;
    }

    /** RFC 8018 §5.2, for the one block that 64 bytes are. JCA's own takes characters, and MQTT passwords are any bytes. */
    private static byte[] pbkdf2(byte[] password, byte[] salt, int iterations) {
        try {
            Mac mac = Mac.getInstance("HmacSHA512");
            mac.init(new SecretKeySpec(password.length == 0 ? new byte[1] : password, "HmacSHA512"));
            mac.update(salt);
            mac.update(new byte[] {0, 0, 0, 1});
            byte[] u = mac.doFinal(), out = u.clone();
            for (int i = 1; i < iterations; i++) {
                mac.update(u);
                mac.doFinal(u, 0);
                for (int k = 0; k < HASH_LENGTH; k++) out[k] ^= u[k];
            }
            return out;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] sha512(byte[] password, byte[] salt) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-512");
            digest.update(password);
            return digest.digest(salt);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    boolean sameAs(PasswordHash other) {
        return other != null && iterations == other.iterations && MessageDigest.isEqual(salt, other.salt) && MessageDigest.isEqual(hash, other.hash);
    }

    /** The form in a file. */
    @Override public String toString() {
        Base64.Encoder base64 = Base64.getEncoder();
        return (iterations > 0 ? "$7$" + iterations + "$" : "$6$") + base64.encodeToString(salt) + "$" + base64.encodeToString(hash);
    }
}
