package mqttq.loop;

/** Log lines with Mosquitto's levels. Never blocks: what nobody takes is dropped and counted. */
public interface Log {
    enum Level { ERROR, WARNING, NOTICE, INFO, DEBUG, SUBSCRIBE, UNSUBSCRIBE, WEBSOCKETS }

    /** Whether a line at this level would go anywhere: ask before building one on a hot path. */
    boolean logs(Level level);

    /** Writes one line, without its time stamp and end. */
    void log(Level level, String line);
}
