package mqttq.auth;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import mqttq.config.SecuritySettings;

/** A password and an ACL file as they were read, for one listener or all; a reload makes another. Immutable but for its guard. */
public final class AccessControl {
    final LoginGuard guard;
    private final SecuritySettings settings;
    private final Map<String, PasswordHash> passwords;
    private final PasswordHash decoy;
    private final Acl acl;
    private final List<String> warnings = new ArrayList<>();

    /** @throws AccessFileException where a file cannot be read */
    public AccessControl(SecuritySettings settings, LoginGuard guard) throws AccessFileException {
        this.settings = settings;
        this.guard = guard;
        passwords = settings.passwordFile() == null ? null : PasswordFile.load(path(settings.passwordFile()), warnings);
        acl = settings.aclFile() == null ? null : Acl.load(path(settings.aclFile()), warnings);
        PasswordHash dearest = null;
        if (passwords != null) {
            for (PasswordHash hash : passwords.values()) if (dearest == null || hash.iterations > dearest.iterations) dearest = hash;
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
    public List<String> warnings() { return warnings; }
    boolean hasPasswords() { return passwords != null; }

    /** Null for an unknown user. */
    PasswordHash passwordOf(String user) { return passwords.get(user); }

    /** What to check an unknown user's password against, so that it takes as long. */
    PasswordHash decoy() { return decoy; }

    /** Null: everything is allowed. */
    Acl acl() { return acl; }
    boolean admits(String clientId) { return settings.clientIdPrefix() == null || clientId.startsWith(settings.clientIdPrefix()); }
}
