package mqttq.quic.stream;

/** Bytes that all connections together may use beyond what each is promised: grown windows and send buffers. One thread. */
public final class Budget {
    private long left;

    /** @param bytes how much there is in all */
    public Budget(long bytes) { left = bytes; }

    /** Takes {@code bytes} if there are as many. */
    boolean take(long bytes) {
        if (bytes > left) return false;
        left -= bytes;
        return true;
    }

    void give(long bytes) { left += bytes; }

    /** Bytes not in use. */
    public long left() { return left; }
}
