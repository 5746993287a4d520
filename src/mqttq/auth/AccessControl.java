package mqttq.auth;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import mqttq.config.SecuritySettings;

/** The password and ACL files in force, for one listener or all. Loop thread. */
public final class AccessControl {
    final LongSupplier clock;
    final PasswordChecker checker;
    final FailedLogins failures = new FailedLogins();
    private SecuritySettings settings;
    private Map<String, PasswordHash> passwords;
    private PasswordHash decoy;
    private Acl acl;

    /**
     * @param clock monotonic ns
     * @throws AccessFileException where a file cannot be read
     */
    public AccessControl(SecuritySettings settings, Offload offload, LongSupplier clock, SecureRandom random) throws AccessFileException {
        this.clock = clock;
        this.checker = new PasswordChecker(offload, random);
        reload(settings);
    }

    /** Reads the files again, or others; where one cannot be read, all stays as it was. */
    public void reload(SecuritySettings settings) throws AccessFileException {
        Map<String, PasswordHash> users = settings.passwordFile() == null ? null : PasswordFile.load(path(settings.passwordFile()));
        Acl rules = settings.aclFile() == null ? null : Acl.load(path(settings.aclFile()));
        this.settings = settings;
        passwords = users;
        acl = rules;
        PasswordHash dearest = null;
        if (users != null) {
            for (PasswordHash hash : users.values()) if (dearest == null || hash.iterations > dearest.iterations) dearest = hash;
        }
        decoy = PasswordHash.decoy(dearest);
    }

    private static Path path(String name) throws AccessFileException {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new AccessFileException("Unable to open " + name + ": " + e.getReason() + ".");
        }
    }

    /** Lines for the log about files that are read, but look wrong. */
    public List<String> warnings() {
        return acl == null ? List.of() : acl.warnings;
    }

    boolean hasPasswords() {
        return passwords != null;
    }

    /** Null for an unknown user. */
    PasswordHash passwordOf(String user) {
        return passwords.get(user);
    }

    /** What to check an unknown user's password against, so that it takes as long. */
    PasswordHash decoy() {
        return decoy;
    }

    Acl acl() {
        return acl;
    }

    boolean admits(String clientId) {
        return settings.clientIdPrefix() == null || clientId.startsWith(settings.clientIdPrefix());
    }
}
