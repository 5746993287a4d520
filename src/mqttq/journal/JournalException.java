package mqttq.journal;

/** The journal cannot be used as it is; one line for the operator. */
public final class JournalException extends Exception {
    private static final long serialVersionUID = 1;

    public JournalException(String line) { super(line); }
}
