package mqttq.config;

import java.util.List;

/**
 * Everything the broker process is told. Immutable.
 * @param localOnly whether the listeners are the built-in ones on loopback, since none were configured
 * @param dataDirectory where certificate, keys and tickets live
 * @param pidFile or null
 * @param keyLogFile for TLS secrets, or null
 * @param warnings lines to log at start
 */
public record ServerSettings(List<ListenerSettings> listeners, boolean localOnly, BrokerSettings broker, PersistenceSettings persistence,
                             LogSettings log, QuicSettings quic, String dataDirectory, String pidFile, String keyLogFile,
                                 List<String> warnings) {
    /**
     * Reads the configuration file, if there is one, and the command line. @throws ConfigException naming file, line, key, cause and remedy
     */
    public static ServerSettings load(StartOptions options) throws ConfigException { return ConfigParser.parse(options); }
}
