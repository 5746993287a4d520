package mqttq.quic.recovery;

/** Arithmetic that congestion controllers share. */
final class Windows {
    /** No window grows beyond this: 16 MiB in flight is more than a Pi can hold. */
    static final int MAX = 1 << 24;

    private Windows() { }
    static int grow(int window, int bytes) { return Math.min(window + bytes, MAX); }
}
