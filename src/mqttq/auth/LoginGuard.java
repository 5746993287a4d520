package mqttq.auth;

import java.security.SecureRandom;
import java.util.function.LongSupplier;

/**
 * What all listeners of a process share against guessing, and keep through reloads: password checks under way, and who failed lately. Loop
 * thread.
 */
public final class LoginGuard {
    /** Failures of an address at once, and ns until one more is forgiven. */
    static final int BURST = 20;
    static final long REFILL = 2_000_000_000L;

    final PasswordChecker checker;
    final AddressBuckets failures = new AddressBuckets(BURST, REFILL);
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
