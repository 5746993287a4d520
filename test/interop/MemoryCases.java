import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a broker's process takes: memory as the kernel counts it (VmRSS), with clients of {@code bench} in a process of its own, and time to start. Any thread. */
final class MemoryCases {
    /** When a figure is read, s: the JVM returns what its compiler took every 5. */
    private static final int SETTLED = 10;
    private static final boolean JDK_25 = Runtime.version().feature() >= 25;
    private static final String[] BURST = {"rtt", "-c", "100", "-n", "10", "-R", "5", "--warmup", "0"};

    private MemoryCases() { }

    static void all(Interop run) {
        run.test("memory: started by bootCommands.sh, idle and after 1,000 messages of 100 QUIC clients", MemoryCases::script);
        run.test("memory: 1,000 idle QUIC clients with -Xmx16m", MemoryCases::thousand);
        run.test("memory and time: five starts without flags", MemoryCases::starts);
        run.test("memory: no flags on 4 GB, a minute after a burst", MemoryCases::noFlags);
    }

    private static void script() throws Exception {
        File home = Interop.directory();
        int port = Interop.freeUdp();
        Path settings = home.toPath().resolve(".config/mqttq/pi.conf");
        Files.createDirectories(settings.getParent());
        Files.writeString(settings, String.join("\n", "server = none", "java = " + Interop.JAVA, "jar = " + Interop.JAR, "timeout = 60",
            "broker_options = --allow-anonymous --listen quic://127.0.0.1:" + port, "probe_options = -h 127.0.0.1 --insecure -p " + port) + "\n");
        boot(home);
        boot(home, "stop");
        boot(home); // with the archive of classes that the first run left
        try {
            long pid = Long.parseLong(Files.readString(home.toPath().resolve(".local/state/mqttq/broker.pid")).split(" ")[0]);
            Interop.contains(Files.readString(Path.of("/proc/" + pid + "/maps")), "broker.jsa");
            Thread.sleep(SETTLED * 1000);
            atMost(JDK_25 ? 54 : 48, pid, "idle");
            bench(port, BURST);
            Thread.sleep(SETTLED * 1000);
            atMost(JDK_25 ? 72 : 64, pid, "after 1,000 messages of 100 clients");
        } finally {
            boot(home, "stop");
        }
    }

    private static void boot(File home, String... command) throws Exception {
        List<String> all = new ArrayList<>(List.of("env", "-i", "HOME=" + home, "PATH=/usr/bin:/bin", Interop.ROOT + "/pi/bootCommands.sh"));
        all.addAll(List.of(command));
        Program.start(home, Map.of(), all.toArray(String[]::new)).ended(0, 300);
    }

    private static void thousand() throws Exception {
        try (Program broker = broker("-XX:+UseSerialGC", "-Xmx16m", "-Xss256k")) {
            // two messages of each, ten seconds apart
            bench(port(broker), "rtt", "-c", "1000", "-n", "2", "-R", "0.1", "--warmup", "0");
            figure(broker.pid(), "1,000 clients, -Xmx16m");
            Interop.check(!broker.output().contains("OutOfMemory"), broker.output());
        }
    }

    /** How long is told and decides nothing. The certificate has been made before. */
    private static void starts() throws Exception {
        File directory = Interop.directory();
        long[] millis = new long[6];
        for (int i = 0; i < millis.length; i++) {
            long start = System.nanoTime();
            try (Program broker = broker(directory)) {
                port(broker);
                millis[i] = (System.nanoTime() - start) / 1_000_000;
            }
        }
        Arrays.sort(millis, 1, millis.length);
        System.out.println("        start to ready: " + millis[3] + " ms, the median of five; with a certificate to be made " + millis[0] + " ms");
    }

    private static void noFlags() throws Exception {
        try (Program broker = broker("-XX:MaxRAM=4g")) {
            int port = port(broker);
            figure(broker.pid(), "no flags, idle");
            bench(port, BURST);
            bench(port, "pub", "-c", "10", "-n", "20000", "-s", "200", "-q", "1", "--warmup", "0");
            figure(broker.pid(), "no flags, after 1,000 messages of 100 clients and 200,000 of 10");
            Thread.sleep(60_000);
            atMost(96, broker.pid(), "no flags, a minute later");
        }
    }

    private static Program broker(String... flags) throws IOException {
        return broker(Interop.directory(), flags);
    }

    private static Program broker(File directory, String... flags) throws IOException {
        List<String> command = new ArrayList<>(List.of(Interop.JAVA));
        command.addAll(List.of(flags));
        command.addAll(List.of("-jar", Interop.JAR, "broker", "--listen", "quic://127.0.0.1:0", "--allow-anonymous"));
        return Program.start(directory, Map.of("XDG_DATA_HOME", directory.getPath()), command.toArray(String[]::new));
    }

    private static int port(Program broker) throws InterruptedException {
        return Integer.parseInt(broker.await("mqttq ", 30).replaceAll(".*:", ""));
    }

    /** Runs {@code bench}, which must lose nothing. */
    private static void bench(int port, String... command) throws Exception {
        List<String> all = new ArrayList<>(List.of("bench"));
        all.addAll(List.of(command));
        all.addAll(List.of("-h", "127.0.0.1", "-p", String.valueOf(port), "--insecure", "--json"));
        Interop.contains(Interop.mqttq(Interop.directory(), all.toArray(String[]::new)).ended(0, 120), "\"lost\":0,\"errors\":0");
    }

    private static int figure(long pid, String what) throws IOException {
        Matcher resident = Pattern.compile("VmRSS:\\s+(\\d+) kB").matcher(Files.readString(Path.of("/proc/" + pid + "/status")));
        Interop.check(resident.find(), "process " + pid + " has ended");
        int kilobytes = Integer.parseInt(resident.group(1));
        System.out.printf("        memory: %.1f MB %s, JDK %s%n", kilobytes / 1024.0, what, Runtime.version().feature());
        return kilobytes;
    }

    /** Now, or half a minute later: on a busy machine the compiler is at work for longer. */
    private static void atMost(int megabytes, long pid, String what) throws Exception {
        int kilobytes = figure(pid, what);
        for (int i = 0; kilobytes > megabytes * 1024 && i < 3; i++) {
            Thread.sleep(10_000);
            kilobytes = figure(pid, what + ", " + (i + 1) * 10 + " s later");
        }
        Interop.check(kilobytes <= megabytes * 1024, kilobytes + " kB " + what + ", more than " + megabytes + " MB");
    }
}
