package mqttq.server;

import mqttq.config.StartOptions;

/** The broker process. */
public final class Server {
    public static final String VERSION = "0.1.0";

    private Server() { }

    /**
     * Runs the broker until a signal stops it; logs and errors go where the settings say, the ready line to stdout.
     * @return the exit code: 0 stopped by a signal, 1 an address or a certificate that cannot be used, 3 a configuration error, 13 an unreadable password or ACL file
     */
    public static int run(StartOptions options) {
        return 3;
    }
}
