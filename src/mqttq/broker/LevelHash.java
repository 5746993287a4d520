package mqttq.broker;

import java.security.SecureRandom;

/** A keyed hash of topic levels: who does not know the key cannot make levels that fall on one another. */
final class LevelHash {
    private final long start, factor;

    LevelHash(SecureRandom entropy) {
        start = entropy.nextLong();
        factor = entropy.nextLong() | 1;
    }

    int of(byte[] array, int from, int to) {
        long hash = start;
        for (int i = from; i < to; i++) hash = Long.rotateLeft((hash ^ array[i]) * factor, 27);
        hash *= factor;
        return (int) (hash ^ hash >>> 32);
    }
}
