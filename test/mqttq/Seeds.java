package mqttq;

import java.util.stream.LongStream;

/** How many seeds a randomised test runs: few in {@code make test}, many in {@code make soak}; {@code -Dmqttq.seed=N} runs that one alone. */
public final class Seeds {
    public static final boolean SOAK = Boolean.getBoolean("mqttq.soak");

    /** The seed that this thread's test took last: what a failure is repeated with. */
    static final ThreadLocal<Long> LAST = new ThreadLocal<>();

    private Seeds() { }

    /** Seeds 1 to {@code test}, or 1 to {@code soak}. */
    public static LongStream of(int test, int soak) {
        Long one = Long.getLong("mqttq.seed");
        return (one != null ? LongStream.of(one) : LongStream.rangeClosed(1, SOAK ? soak : test)).peek(LAST::set);
    }

    /** The same for a loop, one at a time. */
    public static Iterable<Long> each(int test, int soak) { return () -> of(test, soak).iterator(); }
}
