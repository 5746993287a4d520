package mqttq.cli;

import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mqttq.auth.AccessFileException;
import mqttq.auth.PasswordFile;
import mqttq.loop.nio.NioLoop;

/** {@code passwd}: mosquitto_passwd. */
final class PasswdCommand {
    private static final int MAX_ITERATIONS = 10_000_000;

    private final PrintStream out;
    private final InputStream in;
    private final SecureRandom random;

    private PasswdCommand(PrintStream out, InputStream in, SecureRandom random) {
        this.out = out;
        this.in = in;
        this.random = random;
    }

    static int run(String[] args, PrintStream out, PrintStream err) {
        try (NioLoop loop = NioLoop.open()) {
            return run(args, out, err, System.in, loop.entropy());
        }
    }

    static int run(String[] args, PrintStream out, PrintStream err, InputStream in, SecureRandom random) {
        if (args.length == 0) {
            err.print(Help.of("passwd"));
            return 1;
        }
        try {
            return new PasswdCommand(out, in, random).edit(args, err);
        } catch (UsageException e) {
            return ClientRun.usage("passwd", err, e);
        } catch (AccessFileException | IllegalArgumentException e) {
            err.println("Error: " + e.getMessage());
        } catch (NoSuchFileException e) {
            err.println("Error: Unable to open password file for writing. No such file or directory.");
        } catch (AccessDeniedException e) {
            err.println("Error: Unable to open password file for writing. Permission denied.");
        } catch (IOException e) {
            err.println("Error: " + e.getMessage());
        }
        return 1;
    }

    private int edit(String[] args, PrintStream err) throws UsageException, AccessFileException, IOException {
        boolean batch = false, create = false, delete = false, convert = false, scram = false;
        int iterations = PasswordFile.DEFAULT_ITERATIONS;
        List<String> names = new ArrayList<>();
        Arguments rest = new Arguments(args);
        for (String option = rest.next(); option != null; option = rest.next()) {
            switch (names.isEmpty() ? option : "") {
                case "-b" -> batch = true;
                case "-c" -> create = true;
                case "-D" -> delete = true;
                case "-U" -> convert = true;
                case "-H" -> scram = scram(rest.value(option, "hash"));
                case "-I" -> iterations = rest.number(option, "iterations", 1, MAX_ITERATIONS, "Number of iterations must be 1 to "
                    + MAX_ITERATIONS + ".");
                default -> {
                    if (names.isEmpty() && option.startsWith("-") && option.length() > 1) {
                        throw new UsageException("Error: Unknown option '" + option + "'.");
                    }
                    names.add(option);
                }
            }
        }
        if (create && delete) throw new UsageException("Error: -c and -D cannot be used together.");
        if (convert && (create || delete || batch)) throw new UsageException("Error: -U cannot be used with -b, -c or -D.");
        int wanted = convert ? 1 : batch && !delete ? 3 : 2;
        if (names.size() != wanted) {
            throw new UsageException(create && !batch ? "Error: -c argument given but password file or username missing."
                : "Error: " + new String[] {"a password file", "a password file and a username",
                    "a password file, a username and a password"}[wanted - 1] + " must be given.");
        }
        Path path = path(names.get(0));
        PasswordFile file = create ? PasswordFile.empty() : PasswordFile.read(path);
        if (convert) {
            file.convert(iterations, scram, random);
        } else if (delete) {
            if (!file.delete(names.get(1))) {
                err.println("Warning: User " + names.get(1) + " not found in password file.");
                return 1;
            }
        } else {
            file.set(names.get(1), batch ? names.get(2).getBytes(StandardCharsets.UTF_8) : ask(), iterations, scram, random);
        }
        file.save(path);
        return 0;
    }

    private static boolean scram(String name) throws UsageException {
        return switch (name) {
            case "sha512-pbkdf2" -> false;
            case "scram-sha-256" -> true;
            case "argon2id", "sha512" -> throw new UsageException("Error: Hash type '" + name
                + "' is not supported by mqttq: it writes sha512-pbkdf2 or scram-sha-256.");
            default -> throw new UsageException("Error: Unknown hash type '" + name + "'.");
        };
    }

    private static Path path(String name) throws UsageException {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new UsageException("Error: Unable to open password file " + name + ".");
        }
    }

    /** Twice, without showing it on a terminal. */
    private byte[] ask() throws IOException {
        byte[] once = ask("Password: ");
        if (once.length == 0) throw new IOException("Empty password.");
        byte[] again = ask("Reenter password: ");
        if (!Arrays.equals(once, again)) throw new IOException("Passwords do not match.");
        return once;
    }

    private byte[] ask(String prompt) throws IOException {
        Console console = in == System.in && ClientRun.terminal(0) ? System.console() : null;
        if (console != null) {
            char[] typed = console.readPassword("%s", prompt);
            if (typed == null) return new byte[0];
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(CharBuffer.wrap(typed));
            return Arrays.copyOf(bytes.array(), bytes.limit());
        }
        out.print(prompt);
        out.flush();
        byte[] line = new byte[65_536];
        int length = 0;
        for (int b = in.read(); b >= 0 && b != '\n' && length < line.length; b = in.read()) line[length++] = (byte) b;
        out.println();
        return Arrays.copyOf(line, length);
    }
}
