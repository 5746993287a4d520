import java.io.File;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Our clients with foreign servers. */
final class ClientCases {
    private ClientCases() { }

    static void all(Interop run) throws Exception {
        foreignBroker(run);
        String cert = Interop.CERTS + "/chain.pem", key = Interop.CERTS + "/key.pem";
        for (String suite : new String[] {"AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256"}) {
            run.test("client: handshake with aioquic, " + suite, () -> {
                String port = String.valueOf(Interop.freeUdp());
                try (Program server = Program.start(Interop.PEERS, Map.of(), Interop.PEERS + "/aioquic", "server", "127.0.0.1", port, "--cert", cert, "--key", key, "--cipher", suite)) {
                    server.await("LISTENING", 10);
                    connect(port);
                    Interop.contains(server.await("HANDSHAKE", 5), "alpn=mqtt cipher=" + suite);
                }
            });
        }
        for (String groups : new String[] {"X25519", "SECP256R1", "SECP384R1"}) {
            run.test("client: handshake with ngtcp2, " + groups, () -> {
                String port = String.valueOf(Interop.freeUdp());
                try (Program server = Program.start(Interop.PEERS, Map.of(), Interop.PEERS + "/ngtcp2-server", "--groups=-GROUP-ALL:+GROUP-" + groups, "127.0.0.1", port, key, cert)) {
                    Foreign.awaitBound(Integer.parseInt(port));
                    connect(port);
                    server.await("the end of the handshake", line -> line.contains("QUIC handshake has completed"), 5);
                }
            });
        }
        run.test("client: handshake with kwik", () -> {
            String port = String.valueOf(Interop.freeUdp());
            try (Program server = Program.start(Interop.PEERS, Map.of(), Interop.PEERS + "/kwik", "server", port, "p12=" + Interop.CERTS + "/server.p12")) {
                server.await("LISTENING", 20);
                connect(port);
                Interop.contains(server.await("HANDSHAKE", 5), "alpn=mqtt");
            }
        });
    }

    /** Connects to a server that echoes: our own CONNECT comes back, which no broker may send, so the client must say so and fail. */
    private static void connect(String port) throws Exception {
        try (Program pub = Interop.mqttq(Interop.directory(), with(port, "pub", "-t", "t", "-m", "m", "-d"))) {
            Interop.check(pub.exit(20) != 0, "an echo was taken for a broker:\n" + pub.output());
        }
    }

    private static void foreignBroker(Interop run) throws Exception {
        File directory = Interop.directory();
        String tcp, udp = String.valueOf(Interop.freeUdp());
        try (ServerSocket free = new ServerSocket(0)) {
            tcp = String.valueOf(free.getLocalPort());
        }
        Files.writeString(directory.toPath().resolve("mosquitto.conf"), "listener " + tcp + " 127.0.0.1\nallow_anonymous true\npersistence false\n");
        String mosquitto = new File("/usr/sbin/mosquitto").exists() ? "/usr/sbin/mosquitto" : "mosquitto";
        try (Program broker = Program.start(directory, Map.of(), mosquitto, "-v", "-c", "mosquitto.conf");
             Program front = Program.start(Interop.PEERS, Map.of(), Interop.PEERS + "/aioquic", "server", "127.0.0.1", udp, "--cert", Interop.CERTS + "/chain.pem", "--key", Interop.CERTS + "/key.pem", "--tcp", tcp)) {
            front.await("LISTENING", 10);
            broker.await("that it runs", line -> line.contains("running"), 10);
            for (String version : new String[] {"311", "5"}) {
                for (int qos = 0; qos <= 2; qos++) {
                    String q = String.valueOf(qos), topic = "foreign/" + version + "/" + q;
                    run.test("client: pub and sub through aioquic in front of Mosquitto, version " + version + ", QoS " + q, () -> {
                        try (Program sub = Interop.mqttq(Interop.directory(), with(udp, "sub", "-t", topic, "-V", version, "-q", q, "-v", "-C", "2", "-W", "20", "-d"))) {
                            sub.await("a SUBACK", line -> line.contains("Subscribed"), 20);
                            Interop.mqttq(Interop.directory(), with(udp, "pub", "-t", topic, "-V", version, "-q", q, "-m", "over quic")).ended(0, 20);
                            Program.start(directory, Map.of(), "mosquitto_pub", "-p", tcp, "-t", topic, "-m", "over tcp", "-q", q).ended(0, 10);
                            String said = sub.ended(0, 20);
                            Interop.contains(said, topic + " over quic");
                            Interop.contains(said, topic + " over tcp");
                        }
                        if (version.equals("311")) broker.await("that the client disconnected", line -> line.contains("disconnected."), 5);
                    });
                }
            }
        }
    }

    private static String[] with(String port, String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(1, List.of("-h", "localhost", "-p", port, "--transport", "quic", "--cafile", Interop.CERTS + "/ca.pem"));
        return all.toArray(String[]::new);
    }
}
