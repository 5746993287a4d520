package mqttq.server;

import java.io.IOException;
import mqttq.config.ConfigException;
import mqttq.config.LogSettings;
import mqttq.config.ServerSettings;
import mqttq.config.StartOptions;
import mqttq.loop.nio.LogWriter;
import mqttq.loop.nio.NioLoop;

/** The broker process. */
public final class Server {
    public static final String VERSION = "0.1.0";
    private static final int CONFIG_ERROR = 3;

    private Server() { }

    /**
     * Runs the broker until a signal stops it; logs and errors go where the settings say, the ready line to stdout.
     * @return the exit code: 0 stopped by a signal, 1 it cannot start, such as for an address or a certificate that cannot be used,
     *     3 a configuration error, 13 an unreadable password or ACL file
     */
    public static int run(StartOptions options) {
        LogWriter log = new LogWriter();
        ServerSettings settings;
        try {
            settings = ServerSettings.load(options);
            use(settings.log(), log);
        } catch (ConfigException e) {
            return failed(CONFIG_ERROR, e.getMessage());
        } catch (IOException e) {
            return failed(CONFIG_ERROR, "Unable to open log file " + e.getMessage() + ".");
        }
        NioLoop loop = null;
        StartException failure;
        try {
            loop = NioLoop.open(log);
            Run run = new Run(loop);
            BrokerProcess process = run.process = new BrokerProcess(loop, options, settings, run);
            process.prepare();
            loop.run();
            failure = process.failure;
        } catch (Throwable e) { // no memory, no threads
            failure = StartException.of(e);
        }
        if (loop != null) loop.close();
        return failure == null ? 0 : failed(failure.exitCode, failure.getMessage());
    }

    /** What only the process as a whole has: its standard output and its signals. */
    private static final class Run implements BrokerProcess.Ready {
        private final NioLoop loop;
        private BrokerProcess process;

        Run(NioLoop loop) { this.loop = loop; }

        @Override public void ready(String line) {
            // before the line: who reads it may send signals, and one that nobody handles kills
            loop.onShutdown(process::shutdown);
            loop.onSignal("HUP", process::reload);
            loop.onSignal("USR1", process::compact);
            loop.onSignal("USR2", process::logSubscriptions);
            System.out.println(line);
            System.out.flush();
        }
    }

    static void use(LogSettings settings, LogWriter log) throws IOException {
        log.destinations(settings.stderr(), settings.stdout(), settings.file());
        log.types(settings.types());
        log.timestamps(settings.timestamp(), settings.timestampFormat());
    }

    private static int failed(int exitCode, String line) {
        System.err.println("Error: " + line);
        return exitCode;
    }
}
