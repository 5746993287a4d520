import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs mqttq.jar against foreign programs, a line a case, and ends with {@code N passed, N failed}. Arguments select cases by a part of their name. */
public final class Interop {
    interface Case {
        void run() throws Exception;
    }

    static final File ROOT = new File("").getAbsoluteFile(), PEERS = new File(ROOT, "build/peers"), CERTS = new File(PEERS, "certs");
    static final String JAVA = System.getProperty("java.home") + "/bin/java", JAR = new File(ROOT, "mqttq.jar").getPath();

    private final List<String> only;
    private final List<String> failed = new ArrayList<>();
    private int passed;

    private Interop(String[] args) {
        only = List.of(args);
    }

    public static void main(String[] args) throws Exception {
        Interop run = new Interop(args);
        BrokerCases.all(run);
        ClientCases.all(run);
        for (String name : run.failed) System.out.println("FAILED " + name);
        System.out.println(run.passed + " passed, " + run.failed.size() + " failed");
        System.exit(run.failed.isEmpty() && run.passed > 0 ? 0 : 1);
    }

    void test(String name, Case test) {
        if (!only.isEmpty() && only.stream().noneMatch(name::contains)) return;
        long start = System.nanoTime();
        try {
            test.run();
            passed++;
            System.out.println("passed  " + name + "  " + (System.nanoTime() - start) / 1_000_000 + " ms");
        } catch (Exception | AssertionError e) {
            failed.add(name);
            System.out.println("FAILED  " + name + "\n    " + String.valueOf(e).replace("\n", "\n    "));
        }
    }

    static void check(boolean good, String otherwise) {
        if (!good) throw new AssertionError(otherwise);
    }

    static void contains(String text, String part) {
        check(text.contains(part), "no '" + part + "' in:\n" + text);
    }

    /** An mqttq command in a directory of its own. */
    static Program mqttq(File directory, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(JAVA, "-XX:+UseSerialGC", "-jar", JAR));
        command.addAll(List.of(args));
        return Program.start(directory, Map.of("XDG_DATA_HOME", directory.getPath(), "XDG_CONFIG_HOME", directory.getPath()), command.toArray(String[]::new));
    }

    static File directory() throws IOException {
        Path directory = Files.createTempDirectory(PEERS.toPath(), "run");
        return directory.toFile();
    }

    /** A broker with a QUIC and a TCP listener on free ports, anonymous clients allowed, and the test's certificate. */
    static final class Broker implements AutoCloseable {
        private static final Pattern READY = Pattern.compile("mqttq \\S+ ready: quic://127.0.0.1:(\\d+) mqtt://127.0.0.1:(\\d+)");
        final Program program;
        final int quic, tcp;

        Broker(String... more) throws Exception {
            File directory = directory();
            Path config = directory.toPath().resolve("mqttq.conf");
            Files.writeString(config, "listener 0 127.0.0.1\nprotocol quic\ncertfile " + CERTS + "/chain.pem\nkeyfile " + CERTS + "/key.pem\n"
                + "listener 0 127.0.0.1\nallow_anonymous true\n" + String.join("\n", more) + "\n");
            program = mqttq(directory, "broker", "-v", "-c", config.toString());
            Matcher ready = READY.matcher(program.await("mqttq ", 20));
            check(ready.find(), "no ready line in:\n" + program.output());
            quic = Integer.parseInt(ready.group(1));
            tcp = Integer.parseInt(ready.group(2));
        }

        @Override public void close() {
            program.close();
        }
    }
}
