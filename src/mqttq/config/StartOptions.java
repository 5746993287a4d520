package mqttq.config;

import java.util.List;

/**
 * What the command line of {@code broker} says; kept for reloads.
 * @param configFile {@code -c}, or null
 * @param ports each {@code -p}: 0 to 65535
 * @param verbose {@code -v}: all log types
 * @param quiet {@code -q}: none
 * @param keyLogFile {@code --tls-keylog}, or null
 * @param listen each {@code --listen URL}, in order
 * @param data {@code --data}, or null for the default directory
 * @param allowAnonymous {@code --allow-anonymous}
 */
public record StartOptions(String configFile, List<Integer> ports, boolean verbose, boolean quiet, String keyLogFile, List<String> listen,
                           String data, boolean allowAnonymous) {
    /** {@code $XDG_DATA_HOME/mqttq}, else {@code ~/.local/share/mqttq}. */
    public static String defaultDataDirectory() {
        String base = ConfigParser.environment("XDG_DATA_HOME");
        // XDG base directories: a relative path is invalid and to be ignored
        return (base != null && base.startsWith("/") ? base : System.getProperty("user.home") + "/.local/share") + "/mqttq";
    }
}
