package mqttq.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import mqttq.config.ConfigException;
import mqttq.config.ServerSettings;
import mqttq.config.StartOptions;
import mqttq.server.Server;

/** {@code broker}: mosquitto's options and mqttq's own. */
final class BrokerCommand {
    private BrokerCommand() { }

    static int run(String[] args, PrintStream err) {
        String config = null, data = null, keyLog = null;
        boolean verbose = false, quiet = false, allowAnonymous = false, testOnly = false;
        List<Integer> ports = new ArrayList<>();
        List<String> listen = new ArrayList<>();
        try {
            Arguments rest = new Arguments(args);
            for (String option = rest.next(); option != null; option = rest.next()) {
                switch (option) {
                    case "-c", "--config-file" -> config = rest.value(option, "config file");
                    case "-p", "--port" -> ports.add(rest.number(option, "port", 0, 65535, "Invalid port given: $"));
                    case "-v", "--verbose" -> verbose = true;
                    case "-q", "--quiet" -> quiet = true;
                    case "--tls-keylog" -> keyLog = rest.value(option, "file");
                    case "--listen" -> listen.add(rest.value(option, "URL"));
                    case "--data" -> data = rest.value(option, "directory");
                    case "--allow-anonymous" -> allowAnonymous = true;
                    case "--test-config" -> testOnly = true;
                    case "-d", "--daemon" ->
                        throw new UsageException("Error: -d is not supported: a Java process cannot put itself into the background; use "
                        + "'nohup … &' or a service.");
                    default -> throw new UsageException("Error: Unknown option '" + option + "'.");
                }
            }
        } catch (UsageException e) {
            err.println(e.getMessage() + "\n\nUse 'java -jar mqttq.jar broker --help' to see usage.");
            return 3;
        }
        if (testOnly && config == null) {
            err.println("Error: --test-config needs -c FILE.");
            return 3;
        }
        StartOptions options = new StartOptions(config, ports, verbose, quiet, keyLog, listen, data, allowAnonymous);
        if (!testOnly) return Server.run(options);
        try {
            ServerSettings.load(options);
            return 0;
        } catch (ConfigException e) {
            err.println(e.getMessage());
            return 3;
        }
    }
}
