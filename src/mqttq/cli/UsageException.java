package mqttq.cli;

/** What the operator asked for cannot be done as written; the message says what to do, in Mosquitto's manner. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) { super(message, null, false, false); }
}
