package mqttq.auth;

/**
 * A password or ACL file that cannot be read; the message is one line that names it, its line and the cause. At start the process exits
 * with 13.
 */
public final class AccessFileException extends Exception {
    private static final long serialVersionUID = 1;

    public AccessFileException(String line) { super(line, null, false, false); }
}
