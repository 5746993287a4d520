import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import mqttq.client.MqttClient;

/** A broker that is killed and started anew: its QUIC clients, who have nothing to say, hear of it at once. */
final class LostCases {
    private static final int SUBSCRIBERS = 200;

    private LostCases() { }

    static void all(Interop run) { run.test("lost: after kill -9 200 subscribers are back soon after the start, ngtcp2 and kwik know", LostCases::killed); }

    private static Program broker(File directory) throws Exception {
        Program broker = Program.start(directory, Map.of(), Interop.JAVA, "-XX:+UseSerialGC", "-Xmx64m", "-jar", Interop.JAR, "broker", "-c", directory + "/mqttq.conf");
        broker.await("it is ready", line -> line.contains(" ready: "), 30);
        return broker;
    }

    private static void killed() throws Exception {
        File directory = Interop.directory();
        int port = Interop.freeUdp();
        Files.writeString(directory.toPath().resolve("mqttq.conf"), "listener " + port + " 127.0.0.1\nprotocol quic\ncertfile " + Interop.CERTS + "/chain.pem\nkeyfile "
            + Interop.CERTS + "/key.pem\nallow_anonymous true\npersistence true\npersistence_location " + directory + "\n");
        Path ca = Interop.CERTS.toPath().resolve("ca.pem");
        Program first = broker(directory);
        List<MqttClient> all = new ArrayList<>();
        Program ngtcp2 = null, kwik = null;
        try {
            for (int i = 0; i < SUBSCRIBERS; i++) {
                MqttClient client = MqttClient.builder("quic://localhost:" + port).clientId("s" + i).cleanStart(true).sessionExpiry(Duration.ofHours(i % 2)).trust(ca)
                    .listener(message -> { }).connect().get(30, TimeUnit.SECONDS);
                client.subscribe("t", 1).get(30, TimeUnit.SECONDS);
                all.add(client);
            }
            // both wait for bytes that never come
            ngtcp2 = Program.start(Interop.PEERS, Map.of("SCRIPT", Packets.connect311("ngtcp2") + "/4," + Packets.subscribe311(1, "none", 1) + "/500"), Interop.PEERS + "/ngtcp2-client", "-q",
                "--timeout=100s", "127.0.0.1", String.valueOf(port), "https://localhost/");
            kwik = Program.start(Interop.PEERS, Map.of(), Interop.PEERS + "/kwik", "client", String.valueOf(port), "script=" + Packets.connect311("kwik") + "/4,"
                + Packets.subscribe311(1, "none", 1) + "/500");
            first.await("both are there", line -> line.contains("as kwik") || first.output().contains("as kwik"), 20);
            Thread.sleep(12_000);
            first.kill();
            Program second = broker(directory);
            long ready = System.nanoTime();
            try {
                for (Program each : new Program[] {ngtcp2, kwik}) {
                    each.await("that it was reset", line -> line.contains("STATELESS RESET") || line.contains("ENDED StatelessReset"), 2);
                }
                int back = 0;
                while (back < SUBSCRIBERS && System.nanoTime() - ready < 20_000_000_000L) {
                    Thread.sleep(10);
                    back = second.output().split(" as s", -1).length - 1;
                }
                long took = (System.nanoTime() - ready) / 1_000_000;
                System.out.println("        " + back + " back after " + took + " ms");
                // a quiet machine needs less than 2 s; without being told they would need 17 to 20 s to begin with
                Interop.check(back == SUBSCRIBERS && took < 2000 * Program.PATIENCE, back + " after " + took + " ms");
            } finally {
                second.close();
            }
        } finally {
            first.close();
            if (ngtcp2 != null) ngtcp2.close();
            if (kwik != null) kwik.close();
            for (MqttClient each : all) each.close();
        }
    }
}
