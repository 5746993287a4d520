package mqttq.auth;

import java.nio.ByteBuffer;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import mqttq.config.SecuritySettings;
import mqttq.wire.Digests;

/** A password and an ACL file as they were read, for one listener or all; a reload makes another. Immutable but for its guard. */
public final class AccessControl {
    final LoginGuard guard;
    private final SecuritySettings settings;
    private final Map<String, PasswordHash> passwords;
    /** Those of the file that SCRAM can use; and the most iterations of any, for plain logins alone and for SCRAM. */
    private final List<PasswordHash> scrams = new ArrayList<>();
    private int plainMost, scramMost;
    private final Acl acl;
    private final List<String> warnings = new ArrayList<>();

    /** @throws AccessFileException where a file cannot be read */
    public AccessControl(SecuritySettings settings, LoginGuard guard) throws AccessFileException {
        this.settings = settings;
        this.guard = guard;
        passwords = settings.passwordFile() == null ? null : PasswordFile.load(path(settings.passwordFile()), warnings);
        acl = settings.aclFile() == null ? null : Acl.load(path(settings.aclFile()), warnings);
        if (passwords == null) return;
        if (passwords.isEmpty()) plainMost = PasswordFile.DEFAULT_ITERATIONS;
        for (PasswordHash hash : passwords.values()) {
            if (hash.scram) scrams.add(hash);
            if (hash.scram) scramMost = Math.max(scramMost, hash.iterations);
            else plainMost = Math.max(plainMost, hash.iterations);
        }
        scrams.sort(Comparator.comparing(hash -> hash.iterations));
    }

    private static Path path(String name) throws AccessFileException {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new AccessFileException("Unable to open " + name + ": " + e.getReason() + ".");
        }
    }

    /** Lines for the log about files that are read, but look wrong. */
    public List<String> warnings() { return warnings; }
    boolean hasPasswords() { return passwords != null; }

    /** Null for an unknown user. */
    PasswordHash passwordOf(String user) { return passwords.get(user); }

    /**
     * What to check a password against: the user's own hash, if any, and then decoys, so that every wrong password takes as long, whichever
     * hash its user has and whether there is one.
     */
    PasswordHash[] work(PasswordHash own) {
        List<PasswordHash> work = new ArrayList<>();
        if (own != null) work.add(own);
        for (boolean scram : new boolean[] {false, true}) {
            int left = (scram ? scramMost : plainMost) - (own != null && own.scram == scram ? own.iterations : 0);
            if (left > 0) work.add(PasswordHash.decoy(scram, left, guard.secret));
        }
        return work.toArray(new PasswordHash[0]);
    }

    /** A user's hash for SCRAM; for one who has none it is made up, always the same and like that of some user of the file. */
    PasswordHash scramOf(String user) {
        PasswordHash found = passwords.get(user);
        byte[] made = Digests.hmac(guard.secret, user);
        PasswordHash like = scrams.isEmpty() ? null : scrams.get(Math.floorMod(ByteBuffer.wrap(made, 16, 4).getInt(), scrams.size()));
        PasswordHash decoy = PasswordHash.decoy(true, like == null ? PasswordFile.DEFAULT_ITERATIONS : like.iterations,
            Arrays.copyOf(Digests.pbkdf2("HmacSHA512", made, made, 1), like == null ? PasswordHash.SALT_LENGTH : like.salt.length));
        return found != null && found.scram ? found : decoy;
    }

    /** Null: everything is allowed. */
    Acl acl() { return acl; }
    boolean admits(String clientId) { return settings.clientIdPrefix() == null || clientId.startsWith(settings.clientIdPrefix()); }
}
