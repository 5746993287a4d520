package mqttq.config;

/** What is wrong with a configuration; the message is the one line for stderr, without "Error: ". The process exits with 3. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    public ConfigException(String line) { super(line, null, false, false); }
}
