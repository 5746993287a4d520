package mqttq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mqttq.server.RunningBroker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small runs against a broker in this JVM; times are whatever they are. */
class BenchCommandTest {
    private static final Pattern JSON = Pattern.compile("\\{\"transport\":\"(\\w+)\",\"clients\":(\\d+),\"messages\":(\\d+),\"bytes\":(\\d+),\"seconds\":[0-9.]+,\"rate_per_s\":[0-9.]+,"
        + "\"latency_us\":\\{\"p50\":(\\d+|null),\"p90\":(\\d+|null),\"p99\":(\\d+|null),\"p999\":(\\d+|null),\"max\":(\\d+|null)\\},\"lost\":(\\d+),\"errors\":(\\d+)\\}\\n");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(), err = new ByteArrayOutputStream();

    @TempDir
    Path dir;

    private static PrintStream to(ByteArrayOutputStream stream) {
        return new PrintStream(stream, true, StandardCharsets.UTF_8);
    }

    private static String[] command(String mode, int port, String more) {
        return (mode + " -h 127.0.0.1 --transport tcp -p " + port + " --json " + more).split(" ");
    }

    /** transport, clients, messages, bytes, five latencies, lost, errors. */
    private static List<String> fields(String text) {
        Matcher matcher = JSON.matcher(text);
        assertTrue(matcher.matches(), text);
        List<String> all = new ArrayList<>();
        for (int i = 1; i <= matcher.groupCount(); i++) all.add(matcher.group(i));
        return all;
    }

    private static void check(String text, String start) {
        List<String> fields = fields(text);
        assertEquals(start + " 0 0", String.join(" ", fields.subList(0, 4)) + " " + fields.get(9) + " " + fields.get(10));
        long before = 0;
        for (String latency : fields.subList(4, 9)) {
            assertTrue(Long.parseLong(latency) >= before, text);
            before = Long.parseLong(latency);
        }
    }

    @Test
    void everyModeCountsWhatItWasTold() throws Exception {
        try (RunningBroker broker = new RunningBroker(dir, "listener 0 127.0.0.1\nallow_anonymous true\n")) {
            int port = broker.port("mqtt", 0);
            String[][] runs = {{"pub", "-c 3 -n 50 --warmup 5 -q 0", "tcp 3 150 2400"}, {"pub", "-c 2 -n 50 --warmup 5 -q 2 -s 100", "tcp 2 100 10000"},
                {"rtt", "-c 2 -n 20 --warmup 5 -q 1", "tcp 2 40 640"}, {"conn", "-c 5 -n 3 --warmup 2", "tcp 5 15 0"}};
            for (String[] run : runs) {
                out.reset();
                assertEquals(0, BenchCommand.run(command(run[0], port, run[1]), to(out), to(err)), err.toString());
                check(out.toString(StandardCharsets.UTF_8), run[2]);
            }
        }
    }

    @Test
    void subscribersMeasureWhatPublishersStamp() throws Exception {
        for (String size : new String[] {"16", "15"}) {
            ByteArrayOutputStream seen = new ByteArrayOutputStream();
            try (RunningBroker broker = new RunningBroker(dir, "listener 0 127.0.0.1\nallow_anonymous true\n")) {
                int port = broker.port("mqtt", 0);
                broker.logEverything();
                Thread sub = new Thread(() -> BenchCommand.run(command("sub", port, "-c 2 -n 100"), to(seen), to(err)));
                sub.start();
                broker.awaitLog("bench-\\w+-1 0 bench/1");
                broker.awaitLog("bench-\\w+-2 0 bench/2");
                assertEquals(0, BenchCommand.run(command("pub", port, "-c 2 -n 100 --warmup 0 -q 1 -s " + size), to(out), to(err)), err.toString());
                sub.join();
            }
            String text = seen.toString(StandardCharsets.UTF_8);
            if (size.equals("16")) check(text, "tcp 2 200 3200");
            else assertEquals(List.of("tcp", "2", "200", "3000", "null", "null", "null", "null", "null", "0", "0"), fields(text));
        }
    }

    @Test
    void aBrokerThatIsNotThereIsAnErrorAndALoss() throws Exception {
        assertEquals(1, BenchCommand.run(command("pub", 1, "-n 10"), to(out), to(err)));
        assertEquals(List.of("tcp", "1", "0", "0", "null", "null", "null", "null", "null", "10", "1"), fields(out.toString(StandardCharsets.UTF_8)));
        assertEquals("Error: Connection refused\n", err.toString(StandardCharsets.UTF_8));
    }
}
