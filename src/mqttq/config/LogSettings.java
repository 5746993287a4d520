package mqttq.config;

/**
 * Where log lines go and which.
 * @param file or null
 * @param topic whether to publish them under $SYS/broker/log
 * @param types bits by the ordinal of {@code Log.Level}: ERROR, WARNING, NOTICE, INFO, DEBUG, SUBSCRIBE, UNSUBSCRIBE, WEBSOCKETS
 * @param timestampFormat strftime's, or null for seconds since 1970
 */
public record LogSettings(boolean stdout, boolean stderr, boolean topic, String file, int types, boolean timestamp,
    String timestampFormat) {
}
