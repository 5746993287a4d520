import java.io.File;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mqttq.client.MqttClient;

/**
 * A broker of 64 MB under attack for a minute: a well-behaved client on QUIC goes on as before. The attackers share the machine's processors with
 * the broker, where real ones would bring their own, so they run at the lowest priority and no faster than {@link Attacker} says. Each attack has been
 * there before for a moment, so that it is not the compiler that is measured; and where one was too much, it may show twice more that something else was.
 */
final class Attacks {
    private static final String[] ALL = {"initials", "connects", "half-open", "slow senders", "slow readers", "giants", "aliases", "wildcards", "guesses", "offline queues"};
    private static final Pattern TRIED = Pattern.compile("(\\d+) tries, (\\d+) cut short");
    /** Clients of one address that leave out a byte, so many that they would fill the heap. */
    private static final int HOLDERS = 255;
    private static final int SECONDS = 6, WARM_SECONDS = 3, QUIET_SECONDS = 2, TRIES = 3, HEAP = 64;
    /** Where nothing goes on, the 99th percentile is less than a scheduler's whim: below this no difference is measured. */
    private static final long FLOOR = 5_000_000;
    private static final Pattern PORT = Pattern.compile("://127\\.0\\.0\\.1:(\\d+)");

    private Attacks() { }

    static void all(Interop run) throws Exception {
        run.test("attacks: a minute of them, -Xmx64m", Attacks::minute);
        run.test("attacks: gaps in streams and idle connections, -Xmx32m", Attacks::unfinished);
        run.test("attacks: passwords guessed by the hundred", Guessing::run);
    }

    private static void minute() throws Exception {
        File directory = Interop.directory();
        Path config = directory.toPath().resolve("mqttq.conf"), users = directory.toPath().resolve("users");
        Interop.mqttq(directory, "passwd", "-c", "-b", users.toString(), "alice", "not to be guessed").ended(0, 20);
        String certificate = "certfile " + Interop.CERTS + "/chain.pem\nkeyfile " + Interop.CERTS + "/key.pem\n";
        Files.writeString(config, "per_listener_settings true\nconnection_messages false\nsys_interval 1\n"
            + "listener 0 127.0.0.1\nprotocol quic\nallow_anonymous true\n" + certificate + "listener 0 127.0.0.1\nallow_anonymous true\n"
            + "listener 0 127.0.0.1\nallow_anonymous true\n" + certificate + "listener 0 127.0.0.1\npassword_file " + users + "\n");
        try (Program broker = Program.start(directory, Map.of(), Interop.JAVA, "-XX:+UseSerialGC", "-Xmx" + HEAP + "m", "-jar", Interop.JAR, "broker", "-c", config.toString())) {
            List<String> ports = new ArrayList<>();
            for (Matcher port = PORT.matcher(broker.await("mqttq ", 20)); port.find(); ) ports.add(port.group(1));
            try (Good good = new Good(ports.get(0))) {
                for (String attack : ALL) {
                    if (attack.equals("offline queues")) continue; // what it fills stays full
                    try (Program attacker = attacker(attack, ports, WARM_SECONDS)) {
                        good.go(WARM_SECONDS);
                        attacker.ended(0, 30);
                    }
                }
                for (String attack : ALL) {
                    for (int left = TRIES; left > 0; ) left = underAttack(attack, ports, broker, good) ? 0 : left - 1;
                    Interop.check(good.connected(), "the well-behaved client lost its connection in '" + attack + "'\n" + broker.output());
                    Interop.check(!good.slow, "p99 under '" + attack + "' is more than 5 times that without");
                }
                good.settle();
                Interop.check(good.lost() == 0, good.lost() + " messages of the well-behaved client were lost");
            }
            String log = broker.output();
            Interop.contains(log, "disconnected, not authorised.");
            for (String never : new String[] {"OutOfMemoryError", "internal", "Exception"}) Interop.check(!log.contains(never), "'" + never + "' in the log:\n" + log);
            // the heap, and what the JVM itself takes: code, its compiler, classes, buffers of sockets
            Interop.check(resident(broker) < HEAP + 200, resident(broker) + " MB resident");
            broker.terminate();
            broker.exit(6);
        }
    }

    /** What is begun and not gone on with: a client that is there has every echo, and one that comes over TLS or WebSocket its CONNACK. */
    private static void unfinished() throws Exception {
        File directory = Interop.directory();
        Path config = directory.toPath().resolve("mqttq.conf");
        String certificate = "certfile " + Interop.CERTS + "/chain.pem\nkeyfile " + Interop.CERTS + "/key.pem\n";
        Files.writeString(config, "allow_anonymous true\nconnection_messages false\nsys_interval 1\nlistener 0 127.0.0.1\nprotocol quic\n" + certificate
            + "listener 0 127.0.0.1\nlistener 0 127.0.0.1\n" + certificate + "listener 0 127.0.0.1\nprotocol websockets\n");
        try (Program broker = Program.start(directory, Map.of(), Interop.JAVA, "-XX:+UseSerialGC", "-Xmx32m", "-jar", Interop.JAR, "broker", "-c", config.toString())) {
            List<String> ports = new ArrayList<>();
            for (Matcher port = PORT.matcher(broker.await("mqttq ", 20)); port.find(); ) ports.add(port.group(1));
            try (Good good = new Good(ports.get(0))) {
                good.go(WARM_SECONDS);
                connack("mqtts", ports.get(2));
                connack("ws", ports.get(3));
                for (String attack : new String[] {"gaps", "early gaps", "idle"}) {
                    good.latencies();
                    good.go(QUIET_SECONDS);
                    long quiet = p99(good.latencies()), slowest = 0;
                    String said;
                    try (Program attacker = attacker(attack, ports, 2 * SECONDS)) {
                        for (int i = 0; i < 2 * SECONDS; i++) {
                            good.go(1);
                            slowest = Math.max(slowest, Math.max(connack("mqtts", ports.get(2)), connack("ws", ports.get(3))));
                        }
                        said = attacker.ended(0, 30);
                    }
                    good.settle();
                    String hits = good.hits();
                    System.out.printf("  %s; p99 %.1f ms (without: %.1f), slowest CONNACK %.0f ms, %d MB resident, limits hit: %s%n",
                        said.lines().reduce((a, b) -> b).orElse(""), p99(good.latencies()) / 1e6, quiet / 1e6, slowest / 1e6, resident(broker), hits);
                    Matcher tries = TRIED.matcher(said);
                    boolean enough = tries.find() && Integer.parseInt(tries.group(1)) - Integer.parseInt(tries.group(2)) >= HOLDERS;
                    Interop.check(attack.equals("idle") || enough, "fewer than " + HOLDERS + " were let in");
                    Interop.check(!attack.equals("gaps") || hits.contains("unfinished_streams"), "nobody was ended for what is unfinished: " + hits);
                    Interop.check(good.connected() && good.lost() == 0, good.lost() + " messages lost under '" + attack + "'\n" + broker.output());
                    Interop.check(slowest < 2_000_000_000L, slowest / 1_000_000 + " ms until the CONNACK under '" + attack + "'");
                }
            }
            String log = broker.output();
            for (String never : new String[] {"OutOfMemoryError", "running out", "Exception"}) Interop.check(!log.contains(never), "'" + never + "' in the log:\n" + log);
            broker.terminate();
            broker.exit(6);
        }
    }

    /** Connects a client and says how long its CONNACK took, ns. */
    private static long connack(String scheme, String port) throws Exception {
        long start = System.nanoTime();
        MqttClient.builder(scheme + "://localhost:" + port).clientId(scheme).trust(Interop.CERTS.toPath().resolve("ca.pem")).noReconnect().connect()
            .get(20, TimeUnit.SECONDS).close();
        return System.nanoTime() - start;
    }

    /** Whether the client's 99th percentile stays under five times what it was just before. */
    private static boolean underAttack(String attack, List<String> ports, Program broker, Good good) throws Exception {
        good.latencies();
        good.go(QUIET_SECONDS);
        long quiet = p99(good.latencies());
        String said;
        try (Program attacker = attacker(attack, ports, SECONDS)) {
            good.go(SECONDS);
            said = attacker.ended(0, 30);
        }
        long[] latencies = good.latencies();
        long p99 = p99(latencies);
        good.slow = p99 >= 5 * Math.max(quiet, FLOOR) || latencies.length < SECONDS * Good.RATE / 2;
        System.out.printf("  %s; p99 %.1f ms of %d messages (without: %.1f), %d MB resident, limits hit: %s%n", said.lines().reduce((a, b) -> b).orElse(""), p99 / 1e6,
            latencies.length, quiet / 1e6, resident(broker), good.hits());
        return !good.slow;
    }

    private static Program attacker(String attack, List<String> ports, int seconds) throws Exception {
        List<String> command = new ArrayList<>(List.of("nice", "-n", "19", Interop.JAVA, "-XX:+UseSerialGC", "-Xmx256m", "-cp", Interop.WORK + "/classes:" + Interop.JAR, "Attacker", attack));
        command.addAll(ports);
        command.add(String.valueOf(seconds));
        return Program.start(Interop.PEERS, Map.of(), command.toArray(String[]::new));
    }

    private static long p99(long[] latencies) {
        Arrays.sort(latencies);
        return latencies.length == 0 ? Long.MAX_VALUE : latencies[Math.min(latencies.length - 1, latencies.length * 99 / 100)];
    }

    /** The most that the process ever had, MB. */
    private static long resident(Program program) throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/" + program.pid() + "/status"))) {
            if (line.startsWith("VmHWM:")) return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
        }
        throw new AssertionError("the broker's process is gone");
    }

    /** Publishes to itself, QoS 1, and notes how long each message takes. */
    private static final class Good implements AutoCloseable {
        static final int RATE = 50;
        private final MqttClient client;
        private final List<Long> latencies = new ArrayList<>();
        private final Map<String, String> hits = new TreeMap<>();
        private final AtomicInteger sent = new AtomicInteger(), received = new AtomicInteger(), failed = new AtomicInteger();
        boolean slow;
        private final AtomicReference<Throwable> gone = new AtomicReference<>();

        Good(String port) throws Exception {
            client = MqttClient.builder("quic://localhost:" + port).clientId("good").trust(Interop.CERTS.toPath().resolve("ca.pem")).noReconnect().listener(message -> {
                if (message.topic().startsWith("$")) {
                    synchronized (hits) {
                        hits.put(message.topic().replaceAll(".*/", ""), new String(message.payload()));
                    }
                    return;
                }
                long took = System.nanoTime() - ByteBuffer.wrap(message.payload()).getLong();
                received.incrementAndGet();
                synchronized (latencies) {
                    latencies.add(took);
                }
            }).connect().get(20, TimeUnit.SECONDS);
            client.subscribe("good", 1).get(10, TimeUnit.SECONDS);
            client.subscribe("$SYS/broker/limits/#", 0).get(10, TimeUnit.SECONDS);
        }

        void go(int seconds) throws InterruptedException {
            long start = System.nanoTime();
            for (int i = 0; i < seconds * RATE; i++) {
                long at = start + i * 1_000_000_000L / RATE, left = at - System.nanoTime();
                if (left > 0) TimeUnit.NANOSECONDS.sleep(left);
                sent.incrementAndGet();
                client.publish("good", ByteBuffer.allocate(64).putLong(System.nanoTime()).array(), 1, false).whenComplete((reason, error) -> {
                    if (error == null) return;
                    failed.incrementAndGet();
                    gone.set(error);
                });
            }
        }

        void settle() throws InterruptedException {
            for (int i = 0; i < 100 && lost() > 0; i++) TimeUnit.MILLISECONDS.sleep(50);
        }

        int lost() {
            return sent.get() - received.get();
        }

        boolean connected() {
            return gone.get() == null;
        }

        /** Since the last call. */
        long[] latencies() {
            synchronized (latencies) {
                long[] all = latencies.stream().mapToLong(Long::longValue).toArray();
                latencies.clear();
                return all;
            }
        }

        String hits() {
            synchronized (hits) {
                String all = hits.toString();
                hits.clear();
                return all;
            }
        }

        @Override public void close() {
            client.close();
        }
    }
}
