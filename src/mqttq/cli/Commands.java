package mqttq.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Dispatches {@code java -jar mqttq.jar COMMAND}. */
public final class Commands {
    public static final String VERSION = "0.1.0";

    private Commands() { }

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] args) {
        int code = run(utf8(args), System.out, System.err);
        System.out.flush();
        System.exit(code);
    }

    private static int run(String[] args, PrintStream out, PrintStream err) {
        if (args.length == 0) {
            err.print(Help.usage());
            return 1;
        }
        String[] rest = Arrays.copyOfRange(args, 1, args.length);
        for (String option : rest) {
            if (!option.equals("--help") && !option.equals("--version") || !Help.has(args[0])) continue;
            if (option.equals("--help")) out.print(Help.of(args[0]));
            else out.println("mqttq " + VERSION);
            return 0;
        }
        switch (args[0]) {
            case "--help", "-h", "help" -> out.print(Help.usage());
            case "--version", "version" -> out.println("mqttq " + VERSION);
            case "broker" -> {
                return BrokerCommand.run(rest, err);
            }
            case "pub" -> {
                return PubCommand.run(rest, err);
            }
            case "sub" -> {
                return SubCommand.run(rest, err);
            }
            case "rr" -> {
                return RrCommand.run(rest, err);
            }
            case "passwd" -> {
                return PasswdCommand.run(rest, out, err);
            }
            case "journal" -> {
                return JournalCommand.run(rest, out, err);
            }
            case "bench" -> {
                return BenchCommand.run(rest, out, err);
            }
            default -> {
                err.println("Error: Unknown command '" + args[0] + "'. 'java -jar mqttq.jar --help' lists the commands.");
                return 1;
            }
        }
        return 0;
    }

    /**
     * The arguments as they were typed: outside a UTF-8 locale, as under cron, the JVM turns what is not ASCII into question marks.
     * Linux keeps the bytes.
     */
    private static String[] utf8(String[] args) {
        for (String arg : args) {
            if (arg.indexOf('\ufffd') < 0) continue;
            try {
                String[] all = new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), StandardCharsets.UTF_8).split("\0", -1);
                return Arrays.copyOfRange(all, all.length - 1 - args.length, all.length - 1);
            } catch (IOException | RuntimeException e) {
                return args;
            }
        }
        return args;
    }
}
