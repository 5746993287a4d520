import java.io.File;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs mqttq.jar against foreign programs, a line a case, and ends with {@code N passed, N failed}. Arguments select cases by a part of
 * their name; without any the table in README.md is written anew.
 */
public final class Interop {
    interface Case {
        void run() throws Exception;
    }

    static final File ROOT = new File("").getAbsoluteFile(), PEERS = new File(ROOT, "build/peers"), CERTS = new File(PEERS, "certs"),
        WORK = new File(ROOT, "build/interop");
    static final String JAVA = System.getProperty("java.home") + "/bin/java", JAR = new File(ROOT, "mqttq.jar").getPath();

    private final List<String> only;
    private final List<String> failed = new ArrayList<>(), again = new ArrayList<>();
    private int passed;

    private Interop(String[] args) {
        only = List.of(args);
    }

    public static void main(String[] args) throws Exception {
        Interop run = new Interop(args);
        Thread memory = new Thread(() -> MemoryCases.all(run)); // it waits more than it works
        memory.start();
        BrokerCases.all(run);
        ClientCases.all(run);
        JournalCases.all(run);
        KafkaCases.all(run);
        LostCases.all(run);
        Pairings.all(run);
        Matrix matrix = new Matrix();
        String decoded = "tshark: a whole session, decrypted with SSLKEYLOGFILE";
        if (run.selected(decoded)) {
            try (Program tshark = Program.start(ROOT, Map.of(), "test/interop/tshark")) {
                matrix.all(run);
                Program[] first = {tshark};
                run.test(decoded, () -> {
                    try (Program one = first[0] != null ? first[0] : Program.start(ROOT, Map.of(), "test/interop/tshark")) {
                        first[0] = null;
                        one.ended(0, 240);
                    }
                });
            }
        } else {
            matrix.all(run);
        }
        memory.join();
        if (!run.only.isEmpty()) Attacks.all(run); // a part of its own, since it measures time
        if (run.only.isEmpty()) matrix.write(new File(ROOT, "test/interop/README.md").toPath());
        for (String name : run.again) System.out.println("passed at the second try: " + name);
        for (String name : run.failed) System.out.println("FAILED " + name);
        System.out.println(run.passed + " passed, " + run.failed.size() + " failed");
        System.exit(run.failed.isEmpty() && run.passed > 0 ? 0 : 1);
    }

    boolean selected(String name) {
        return only.isEmpty() || only.stream().anyMatch(name::contains);
    }

    /** Runs a case, unless others are selected; whether it passed. A second time if it fails, and says so: foreign processes share a busy machine. Any thread. */
    boolean test(String name, Case test) {
        if (!selected(name)) return false;
        for (int attempt = 1; ; attempt++) {
            long start = System.nanoTime();
            String failure = null;
            try {
                test.run();
            } catch (Exception | AssertionError e) {
                failure = name + "\n    " + String.valueOf(e).replace("\n", "\n    ");
            }
            synchronized (this) {
                System.out.println(failure == null ? "passed  " + name + "  " + (System.nanoTime() - start) / 1_000_000 + " ms"
                    : (attempt == 1 ? "again   " : "FAILED  ") + failure);
                if (failure == null) {
                    passed++;
                    if (attempt > 1) again.add(name);
                    return true;
                }
                if (attempt > 1) {
                    failed.add(name);
                    return false;
                }
            }
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
        Path directory = Files.createTempDirectory(WORK.toPath(), "run");
        return directory.toFile();
    }

    private static int lastPort;

    /** A port of UDP that nobody has now, and that no other case is given. */
    static synchronized int freeUdp() throws IOException {
        for (;;) {
            try (DatagramSocket free = new DatagramSocket(0)) {
                if (free.getLocalPort() == lastPort) continue;
                return lastPort = free.getLocalPort();
            }
        }
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
