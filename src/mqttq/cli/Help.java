package mqttq.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The texts of {@code --help}, from the folder {@code help} beside this class. */
final class Help {
    private static final List<String> CLIENTS = List.of("pub", "sub", "rr"),
        COMMANDS = List.of("broker", "pub", "sub", "rr", "passwd", "journal", "bench");

    private Help() { }

    /** What there is. */
    static String usage() { return text("usage"); }

    static boolean has(String command) { return COMMANDS.contains(command); }

    /** The help of a command that there is. */
    static String of(String command) { return text(command) + (CLIENTS.contains(command) ? text("common") : ""); }

    private static String text(String name) {
        try (InputStream in = Help.class.getResourceAsStream("help/" + name + ".txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
