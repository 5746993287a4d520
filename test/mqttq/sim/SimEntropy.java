package mqttq.sim;

import java.security.SecureRandom;
import java.security.SecureRandomSpi;

/** A seeded {@link SecureRandom} that gives the same bytes on every JDK, so that keys and signatures repeat. For tests only. */
public final class SimEntropy extends SecureRandom {
    private static final long serialVersionUID = 1;

    public SimEntropy(long seed) {
        super(new Spi(seed), null);
    }

    @Override
    public String getAlgorithm() {
        return "mqttq-sim";
    }

    @Override
    public int nextInt() {
        return (int) nextLong();
    }

    @Override
    public int nextInt(int bound) {
        if (bound <= 0) throw new IllegalArgumentException("bound must be positive");
        return (int) ((nextLong() >>> 33) * bound >>> 31);
    }

    @Override
    public long nextLong() {
        byte[] b = new byte[8];
        nextBytes(b);
        long value = 0;
        for (byte x : b) value = value << 8 | x & 0xff;
        return value;
    }

    @Override
    public boolean nextBoolean() {
        return nextLong() < 0;
    }

    @Override
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    private static final class Spi extends SecureRandomSpi {
        private static final long serialVersionUID = 1;
        private final transient SimRandom random;

        Spi(long seed) {
            random = new SimRandom(seed);
        }

        @Override
        protected void engineSetSeed(byte[] seed) { }

        @Override
        protected void engineNextBytes(byte[] bytes) {
            for (int i = 0; i < bytes.length; ) {
                long word = random.next();
                for (int k = 0; k < 8 && i < bytes.length; k++, word >>>= 8) bytes[i++] = (byte) word;
            }
        }

        @Override
        protected byte[] engineGenerateSeed(int count) {
            byte[] seed = new byte[count];
            engineNextBytes(seed);
            return seed;
        }
    }
}
