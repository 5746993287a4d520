package mqttq.server;

import java.io.UncheckedIOException;

/** Why the broker cannot start: one line for stderr, without "Error: ", and the exit code. */
final class StartException extends Exception {
    private static final long serialVersionUID = 1;
    /** An address or certificate that cannot be used; a configuration error; a password or ACL file that cannot be read. */
    static final int UNUSABLE = 1, CONFIG = 3, UNREADABLE = 13;

    final int exitCode;

    /** Whatever else keeps it from starting. */
    static StartException of(Throwable cause) {
        if (cause instanceof StartException own) return own;
        String why = cause instanceof UncheckedIOException io ? io.getCause().getMessage()
            : cause instanceof OutOfMemoryError ? cause.getMessage() : cause.toString();
        return new StartException(UNUSABLE, "cannot start: " + why + ".");
    }

    StartException(int exitCode, String line) {
        super(line, null, false, false);
        this.exitCode = exitCode;
    }
}
