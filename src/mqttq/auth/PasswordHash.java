package mqttq.auth;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import mqttq.wire.Digests;

/**
 * A password as Mosquitto's password files have it: {@code $7$iterations$salt$hash} (PBKDF2-HMAC-SHA512) or {@code $6$salt$hash} (SHA-512),
 * or as mqttq's alone have it, for SCRAM and plain logins: {@code $scram-sha-256$iterations$salt$keys}, with StoredKey and ServerKey.
 * Immutable; any thread.
 */
final class PasswordHash {
    /** Mosquitto 2.0 rejects longer ones. */
    static final int SALT_LENGTH = 12;
    private static final String SCRAM = "$scram-sha-256$";
    private static final int MAX_SALT = 64, HASH_LENGTH = 64, MAX_ITERATIONS = 10_000_000;

    /** 0 for {@code $6$}. */
    final int iterations;
    final boolean scram;
    final byte[] salt;
    private final byte[] hash;

    private PasswordHash(boolean scram, int iterations, byte[] salt, byte[] hash) {
        this.scram = scram;
        this.iterations = iterations;
        this.salt = salt;
        this.hash = hash;
    }

    /** Hashes anew, for tens to hundreds of ms. */
    static PasswordHash create(byte[] password, int iterations, boolean scram, SecureRandom random) {
        byte[] salt = new byte[SALT_LENGTH];
        random.nextBytes(salt);
        return new PasswordHash(scram, iterations, salt, hash(password, salt, iterations, scram));
    }

    /** As expensive to check as one that is, and matched by no password. */
    static PasswordHash decoy(boolean scram, int iterations, byte[] salt) { return new PasswordHash(scram, iterations, salt, null); }

    /** @throws IllegalArgumentException with the reason */
    static PasswordHash parse(String text) {
        if (text.startsWith("$argon2")) {
            throw new IllegalArgumentException("argon2id hashes are not supported; set the password anew with 'passwd', which writes "
                + "sha512-pbkdf2");
        }
        boolean scram = text.startsWith(SCRAM);
        if (!scram && !text.startsWith("$6$") && !text.startsWith("$7$")) {
            throw new IllegalArgumentException("the password is not hashed; convert the file with 'passwd -U FILE'");
        }
        boolean pbkdf2 = scram || text.charAt(1) == '7';
        String[] parts = text.substring(scram ? SCRAM.length() : 3).split("\\$", -1);
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
        if (pbkdf2 && (iterations < 1 || iterations > MAX_ITERATIONS)) {
            throw new IllegalArgumentException("the number of iterations is not in 1 to " + MAX_ITERATIONS);
        }
        if (salt.length < 1 || salt.length > MAX_SALT || hash.length != HASH_LENGTH) {
            throw new IllegalArgumentException("salt or hash has a wrong length");
        }
        return new PasswordHash(scram, iterations, salt, hash);
    }

    /** Takes tens to hundreds of ms, the same for any password. */
    boolean matches(byte[] password) {
        byte[] actual = hash(password, salt, iterations, scram);
        return MessageDigest.isEqual(hash == null ? new byte[HASH_LENGTH] : hash, actual) && hash != null;
    }

    private static byte[] hash(byte[] password, byte[] salt, int iterations, boolean scram) {
        if (iterations == 0) return sha512(password, salt);
        if (!scram) return Digests.pbkdf2("HmacSHA512", password, salt, iterations);
        byte[] salted = Digests.pbkdf2("HmacSHA256", password, salt, iterations); // RFC 5802 §3
        byte[] keys = Arrays.copyOf(Digests.sha256(Digests.hmac(salted, "Client Key")), HASH_LENGTH);
        System.arraycopy(Digests.hmac(salted, "Server Key"), 0, keys, 32, 32);
        return keys;
    }

    /** Whether ClientProof is {@code proof}, XORed with the signature of StoredKey. */
    boolean proves(byte[] proof, String authMessage) {
        if (proof.length != 32) return false;
        byte[] stored = Arrays.copyOf(hash == null ? proof : hash, 32), key = Digests.hmac(stored, authMessage);
        for (int i = 0; i < 32; i++) key[i] ^= proof[i];
        return MessageDigest.isEqual(stored, Digests.sha256(key)) && scram && hash != null;
    }

    byte[] serverSignature(String authMessage) { return Digests.hmac(Arrays.copyOfRange(hash, 32, 64), authMessage); }

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
        return other != null && scram == other.scram && iterations == other.iterations && MessageDigest.isEqual(salt, other.salt)
            && MessageDigest.isEqual(hash, other.hash);
    }

    /** The form in a file. */
    @Override public String toString() {
        Base64.Encoder base64 = Base64.getEncoder();
        return (iterations > 0 ? (scram ? SCRAM : "$7$") + iterations + "$" : "$6$") + base64.encodeToString(salt) + "$"
            + base64.encodeToString(hash);
    }
}
