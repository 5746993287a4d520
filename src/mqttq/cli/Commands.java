package mqttq.cli;

import java.io.PrintStream;
import java.util.Arrays;

/** Dispatches {@code java -jar mqttq.jar COMMAND}. */
public final class Commands {
    public static final String VERSION = "0.1.0";
    private static final String USAGE = """
        mqttq: MQTT over QUIC

        java -jar mqttq.jar COMMAND [options]

          broker    runs the broker
          pub       publishes messages
          sub       subscribes and prints messages

        java -jar mqttq.jar COMMAND --help lists the options of a command; --version prints the version.
        """;

    private Commands() { }

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] args) {
        int code = run(args, System.out, System.err);
        System.out.flush();
        System.exit(code);
    }

    private static int run(String[] args, PrintStream out, PrintStream err) {
        if (args.length == 0) {
            err.print(USAGE);
            return 1;
        }
        String[] rest = Arrays.copyOfRange(args, 1, args.length);
        boolean help = Arrays.asList(rest).contains("--help");
        switch (args[0]) {
            case "--help", "-h", "help" -> out.print(USAGE);
            case "--version", "version" -> out.println("mqttq " + VERSION);
            case "broker" -> {
                if (!help) return BrokerCommand.run(rest, err);
                out.print(Help.BROKER);
            }
            case "pub" -> {
                if (!help) return PubCommand.run(rest, err);
                out.print(Help.PUB + Help.COMMON);
            }
            case "sub" -> {
                if (!help) return SubCommand.run(rest, err);
                out.print(Help.SUB + Help.COMMON);
            }
            default -> {
                err.println("Error: Unknown command '" + args[0] + "'. 'java -jar mqttq.jar --help' lists the commands.");
                return args[0].equals("broker") ? 3 : 1;
            }
        }
        return 0;
    }
}
