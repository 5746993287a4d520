package mqttq.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import mqttq.broker.Records;
import mqttq.journal.JournalException;

/** {@code journal dump FILE}. */
final class JournalCommand {
    private JournalCommand() { }

    static int run(String[] args, PrintStream out, PrintStream err) {
        if (args.length != 2 || !args[0].equals("dump")) {
            err.print(Help.of("journal"));
            return 1;
        }
        try {
            Records.dump(ByteBuffer.wrap(Files.readAllBytes(Path.of(args[1]))), out);
            return 0;
        } catch (JournalException | InvalidPathException e) {
            err.println("Error: " + args[1] + ": " + e.getMessage() + ".");
        } catch (NoSuchFileException e) {
            err.println("Error: " + args[1] + ": No such file or directory.");
        } catch (IOException e) {
            err.println("Error: " + args[1] + ": " + e.getMessage() + ".");
        }
        return 1;
    }
}
