import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A program that was started, with every line it printed. */
final class Program implements AutoCloseable {
    final String name;
    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;

    private Program(String name, Process process) {
        this.name = name;
        this.process = process;
        reader = new Thread(this::read);
        reader.setDaemon(true);
        reader.start();
    }

    static Program start(File directory, Map<String, String> environment, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory).redirectErrorStream(true).redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment().putAll(environment);
        return new Program(command[0].replaceAll(".*/", ""), builder.start());
    }

    private void read() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                synchronized (lines) {
                    lines.add(line);
                    lines.notifyAll();
                }
            }
        } catch (IOException e) {
            // it was ended
        }
    }

    /** How much longer than on an idle machine anything may take: one that is busy is slow, not wrong. */
    static final int PATIENCE = 6;

    /** Waits for a line; fails with all that was printed where it does not come in {@link #PATIENCE} times as many seconds. */
    String await(String what, Predicate<String> wanted, int seconds) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE * seconds * 1_000_000_000L;
        synchronized (lines) {
            for (int seen = 0; ; ) {
                for (; seen < lines.size(); seen++) if (wanted.test(lines.get(seen))) return lines.get(seen);
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0 || !process.isAlive() && !reader.isAlive()) throw new AssertionError(name + " never said " + what + "; it said:\n" + output());
                lines.wait(Math.min(left, 100));
            }
        }
    }

    String await(String start, int seconds) throws InterruptedException {
        return await("'" + start + "…'", line -> line.startsWith(start), seconds);
    }

    /** Waits for its end and returns the exit code. */
    int exit(int seconds) throws InterruptedException {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) throw new AssertionError(name + " did not end in " + seconds + " s; it said:\n" + output());
        reader.join(2000);
        return process.exitValue();
    }

    /** As {@link #exit}, but {@link #PATIENCE} times as long, and the exit code must be {@code code}. */
    String ended(int code, int seconds) throws InterruptedException {
        int was = exit(PATIENCE * seconds);
        if (was != code) throw new AssertionError(name + " ended with " + was + " instead of " + code + "; it said:\n" + output());
        return output();
    }

    String output() {
        synchronized (lines) {
            return String.join("\n", lines);
        }
    }

    long pid() {
        return process.pid();
    }

    void terminate() {
        process.destroy();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    }

    @Override public void close() {
        process.destroy();
        try {
            if (!process.waitFor(6, TimeUnit.SECONDS)) process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
    }
}
