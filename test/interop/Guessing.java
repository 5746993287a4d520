import java.io.File;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import mqttq.auth.PasswordFile;
import mqttq.tls.Trust;

/**
 * A hundred wrong passwords at once, again and again, plain and by SCRAM, from one address and from many: who has the right one is let in
 * within two seconds all the same, and so is a TLS client that needs none.
 */
final class Guessing {
    private static final int ROUNDS = 12, WARM = 4, HEAP = 64;
    private static final long MOST = 2_000_000_000L;
    private static final Pattern PORT = Pattern.compile("://127\\.0\\.0\\.1:(\\d+)");

    private Guessing() { }

    /** What is done again and again: {@code round} counts. */
    private interface Try {
        int login(int round) throws Exception;
    }

    private static int tls, passwords;

    static void run() throws Exception {
        File directory = Interop.directory();
        Path config = directory.toPath().resolve("mqttq.conf"), users = directory.toPath().resolve("users");
        PasswordFile file = PasswordFile.empty();
        SecureRandom random = new SecureRandom();
        for (int i = 0; i < WARM + 2 * ROUNDS; i++) file.set("new" + i, "right".getBytes(), PasswordFile.DEFAULT_ITERATIONS, i % 2 == 1, random);
        file.set("alice", "right".getBytes(), PasswordFile.DEFAULT_ITERATIONS, true, random);
        file.save(users);
        Files.writeString(config, "per_listener_settings true\nconnection_messages false\nlistener 0 127.0.0.1\nallow_anonymous true\ncertfile "
            + Interop.CERTS + "/chain.pem\nkeyfile " + Interop.CERTS + "/key.pem\nlistener 0 127.0.0.1\npassword_file " + users + "\n");
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {Trust.ofPem(Interop.CERTS.toPath().resolve("ca.pem"))}, null);
        String[] names = {"TLS, no password", "plain, never seen before", "plain, from the guesser's address", "SCRAM", "SCRAM, from the guesser's address"};
        Try[] tries = {round -> {
            try (Socket plain = open(tls, "127.0.0.1"); Socket socket = context.getSocketFactory().createSocket(plain, "localhost", tls, true)) {
                return Login.of(socket, "tls" + round, null, null, false);
            }
        }, round -> login("127.0.0.1", "new", "new" + round, false), round -> login("127.0.0.2", "mine", "alice", false),
            round -> login("127.0.0.1", "scram", "alice", true), round -> login("127.0.0.2", "mine", "alice", true)};
        try (Program broker = Program.start(directory, Map.of(), Interop.JAVA, "-XX:+UseSerialGC", "-Xmx" + HEAP + "m", "-jar", Interop.JAR, "broker", "-c", config.toString())) {
            Matcher port = PORT.matcher(broker.await("mqttq ", 20));
            List<Integer> ports = new ArrayList<>();
            while (port.find()) ports.add(Integer.parseInt(port.group(1)));
            tls = ports.get(0);
            passwords = ports.get(1);
            measure(tries, 0, WARM); // so that it is not the compiler that is measured
            long[][] quiet = measure(tries, WARM, ROUNDS), under;
            List<String> command = new ArrayList<>(List.of("nice", "-n", "19", Interop.JAVA, "-XX:+UseSerialGC", "-Xmx256m", "-cp", Interop.WORK + "/classes:" + Interop.JAR,
                "Attacker", "passwords at once", "0", "0", "0", String.valueOf(passwords), "600"));
            try (Program attacker = Program.start(Interop.PEERS, Map.of(), command.toArray(String[]::new))) {
                broker.await("a wrong password", line -> line.contains("disconnected, not authorised"), 20);
                under = measure(tries, WARM + ROUNDS, ROUNDS);
                Interop.check(attacker.output().isEmpty(), "the attack ended early: " + attacker.output());
            }
            for (int i = 0; i < tries.length; i++) {
                System.out.printf("  while passwords are guessed, %s: p99 %.0f ms, worst %.0f ms (without: %.0f ms)%n", names[i], p99(under[i]) / 1e6,
                    under[i][ROUNDS - 1] / 1e6, p99(quiet[i]) / 1e6);
                Interop.check(under[i][ROUNDS - 1] < MOST, names[i] + ": more than two seconds");
            }
            broker.terminate();
            broker.exit(6);
        }
    }

    private static long[][] measure(Try[] tries, int from, int rounds) throws Exception {
        long[][] took = new long[tries.length][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < tries.length; i++) {
                long start = System.nanoTime();
                int reason = tries[i].login(from + round);
                took[i][round] = System.nanoTime() - start;
                Interop.check(reason == 0, "login " + i + " refused: " + Integer.toHexString(reason));
            }
            Thread.sleep(200);
        }
        for (long[] each : took) Arrays.sort(each);
        return took;
    }

    private static long p99(long[] sorted) {
        return sorted[Math.min(sorted.length - 1, sorted.length * 99 / 100)];
    }

    static Socket open(int port, String from) throws Exception {
        Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port, InetAddress.getByName(from), 0);
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static int login(String from, String id, String user, boolean scram) throws Exception {
        try (Socket socket = open(passwords, from)) {
            return Login.of(socket, id, user, "right", scram);
        }
    }
}
