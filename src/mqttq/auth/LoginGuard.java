package mqttq.auth;

import java.security.SecureRandom;
import java.util.function.LongSupplier;

/** What all listeners of a process share against guessing, and keep through reloads: password checks under way, and who failed lately. Loop thread. */
public final class LoginGuard {
    final PasswordChecker checker;
    final FailedLogins failures = new FailedLogins();
    final LongSupplier clock;
    final SecureRandom random;
    /** Makes up salts for SCRAM users who do not exist. */
    final byte[] secret = new byte[32];

    /**
     * @param offload where passwords are hashed
     * @param clock monotonic ns
     */
    public LoginGuard(Offload offload, LongSupplier clock, SecureRandom random) {
        this.checker = new PasswordChecker(offload, random);
        this.clock = clock;
        this.random = random;
        random.nextBytes(secret);
    }
}
