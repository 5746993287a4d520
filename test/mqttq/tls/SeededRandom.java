package mqttq.tls;

import java.security.SecureRandom;
import java.util.Random;

/** A "secure" random that repeats, so that a handshake does too, in any JVM. */
final class SeededRandom extends SecureRandom {
    private static final long serialVersionUID = 1;
    private final Random random;

    SeededRandom(long seed) {
        random = new Random(seed);
    }

    @Override public void nextBytes(byte[] bytes) {
        if (random != null) random.nextBytes(bytes);
    }
}
