package mqttq.loop;

/** Where time comes from. */
public interface Clock {
    /** Monotonic nanoseconds since the loop started, ≥ 0; read once a turn, the same throughout it. */
    long now();

    /** Wall-clock milliseconds since 1970, for what outlives the process and for the log; may jump. */
    long wallMillis();
}
