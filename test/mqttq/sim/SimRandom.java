package mqttq.sim;

/** SplitMix64: small, fast, and the same on every JDK. */
final class SimRandom {
    private long state;

    SimRandom(long seed) {
        state = seed;
    }

    long next() {
        long z = state += 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    /** Uniform in 0..bound-1. */
    long below(long bound) {
        return bound <= 1 ? 0 : Long.remainderUnsigned(next(), bound);
    }

    /** True with probability {@code p}; draws nothing where it is certain. */
    boolean chance(double p) {
        return p > 0 && (p >= 1 || (next() >>> 11) * 0x1p-53 < p);
    }
}
