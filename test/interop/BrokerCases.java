import static java.lang.String.join;

import java.util.Map;

/** Foreign clients with our broker. */
final class BrokerCases {
    private static final String PUB0 = Packets.publish311("t/é", 0, 0, "nought"), PUB1 = Packets.publish311("t/é", 1, 1, "one"), PUB2 = Packets.publish311("t/é", 2, 2, "two");

    /** What a client says, and how many bytes it waits for after each; what the broker must have answered in all. */
    private static final String SCRIPT = join(",",
        Packets.connect311("interop") + "/4",
        Packets.subscribe311(7, "t/#", 2) + "/5",
        PUB0 + "/" + PUB0.length() / 2,
        PUB1 + "/" + (4 + PUB1.length() / 2),
        Packets.acknowledgement(4, 1) + Packets.PINGREQ + "/2",
        PUB2 + "/4",
        Packets.acknowledgement(6, 2) + "/" + (4 + PUB2.length() / 2),
        Packets.acknowledgement(5, 2) + "/4",
        Packets.acknowledgement(7, 2) + Packets.PINGREQ + "/2");

    /** To, of and for topic "t" in MQTT 5. */
    private static final String SUBSCRIBE5 = "82070007000001" + "7400", SUBACK5 = "900400070000", PUBLISH5 = "3006000174007879";

    private BrokerCases() { }

    static void all(Interop run) throws Exception {
        try (Interop.Broker broker = new Interop.Broker()) {
            String port = String.valueOf(broker.quic);
            run.test("broker: ngtcp2 session", () -> session(ngtcp2(port, SCRIPT)));
            run.test("broker: aioquic session", () -> session(aioquic(port, "--ca", Interop.CERTS + "/ca.pem", "--script", SCRIPT)));
            run.test("broker: kwik session", () -> session(kwik(port, "script=" + SCRIPT)));
            for (String suite : new String[] {"AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305"}) {
                run.test("broker: ngtcp2 " + suite, () -> handshake(ngtcp2(port, hello(), "--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+" + suite), suite));
            }
            for (String group : new String[] {"X25519", "SECP256R1", "SECP384R1"}) {
                run.test("broker: ngtcp2 " + group, () -> handshake(ngtcp2(port, hello(), "--groups=-GROUP-ALL:+GROUP-" + group), group));
            }
            run.test("broker: ngtcp2 needs a HelloRetryRequest", () -> handshake(ngtcp2(port, hello(), "--groups=-GROUP-ALL:+GROUP-SECP521R1:+GROUP-SECP384R1"), "SECP384R1"));
            for (String suite : new String[] {"AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256"}) {
                run.test("broker: aioquic " + suite, () -> contains(aioquic(port, "--cipher", suite, "--script", hello()), "cipher=" + suite));
                run.test("broker: kwik " + suite, () -> contains(kwik(port, "cipher=TLS_" + suite, "script=" + hello()), Packets.CONNACK311));
            }
            for (String group : new String[] {"X25519", "SECP256R1"}) {
                run.test("broker: aioquic " + group, () -> contains(aioquic(port, "--group", group, "--script", hello()), Packets.CONNACK311));
            }
            run.test("broker: MQTT 3.1 over aioquic", () -> contains(aioquic(port, "--script", Packets.connect31("three-one") + "/4"), Packets.CONNACK311));
            run.test("broker: MQTT 5 over aioquic", () -> contains(aioquic(port, "--script", Packets.connect5("five") + "/5"), "RECEIVED 20"));
            run.test("broker: aioquic with ten data streams, of which two are in error", () -> {
                StringBuilder steps = new StringBuilder("4:" + SUBSCRIBE5 + ":0,0:" + Packets.connect5("multi") + ":5"); // the first before CONNECT
                for (int stream = 8; stream <= 40; stream += 4) steps.append(",").append(stream).append(":").append(SUBSCRIBE5).append(":6");
                steps.append(",8:800700010000017400:0,?RESET stream=8 code=81,12:30:fin,?RESET stream=12 code=ba,2:00:0,?STOP stream=2 code=0");
                String all = aioquic(port, "--steps", steps + ",0:" + PUBLISH5 + ":0,40::14,4::14,16::14,0:e000:fin,?CLOSED code=0");
                contains(all, "RECEIVED stream=8 " + SUBACK5 + "\n");
                contains(all, "RECEIVED stream=4 " + SUBACK5 + PUBLISH5 + "\n");
            });
            run.test("broker: aioquic ends or resets its control stream", () -> {
                aioquic(port, "--steps", "0:" + Packets.connect5("gone") + ":5,4:" + SUBSCRIBE5 + ":6,0::fin,?CLOSED code=1");
                aioquic(port, "--steps", "0:" + Packets.connect5("gone") + ":5,4:" + SUBSCRIBE5 + ":6,0::reset,?CLOSED code=1");
            });
            run.test("broker: another ALPN ends with no_application_protocol", () -> {
                Program peer = Program.start(Interop.PEERS, Map.of(), Interop.PEERS + "/aioquic", "client", "127.0.0.1", port, "--alpn", "h3", "--timeout", "5");
                peer.exit(20);
                contains(peer.output(), "CLOSED code=178");
            });
            run.test("broker: mosquitto_pub over TCP reaches sub over QUIC", () -> {
                try (Program sub = Interop.mqttq(Interop.directory(), "sub", "-p", port, "--transport", "quic", "-h", "127.0.0.1", "--cafile", Interop.CERTS + "/ca.pem", "-t", "cross/#", "-v", "-C", "1", "-q", "1", "-W", "20", "-d")) {
                    sub.await("a SUBACK", line -> line.contains("Subscribed"), 20);
                    Program.start(Interop.PEERS, Map.of(), "mosquitto_pub", "-p", String.valueOf(broker.tcp), "-t", "cross/over", "-m", "from tcp", "-q", "1").ended(0, 10);
                    contains(sub.ended(0, 20), "cross/over from tcp");
                }
            });
            run.test("broker: sub on a terminal says where it is connected, and how", () -> {
                String command = Interop.JAVA + " -XX:+UseSerialGC -jar " + Interop.JAR + " sub -p " + port + " --transport quic --cafile " + Interop.CERTS + "/ca.pem -t t -W 3";
                try (Program terminal = Program.start(Interop.directory(), Map.of(), "script", "-qec", command, "/dev/null")) {
                    terminal.await("Connected to localhost (127.0.0.1) port " + port + " over quic, TLSv1.3 TLS_", 20);
                    terminal.ended(27, 20);
                }
            });
            run.test("broker: wildcards over QUIC answer at every address", () ->
                contains(Program.start(Interop.ROOT, Map.of("JAVA", Interop.JAVA), "test/interop/addresses").ended(0, 130), "all reached"));
            run.test("broker: SIGTERM ends it with 0", () -> {
                broker.program.terminate();
                Interop.check(broker.program.exit(6) == 0, broker.program.output());
            });
        }
    }

    private static String hello() {
        return Packets.connect311("hello") + "/4";
    }

    private static void contains(String output, String part) {
        Interop.contains(output, part);
    }

    private static void session(String output) {
        contains(output, "RECEIVED " + Packets.CONNACK311 + "9003000702" + PUB0);
        contains(output, Packets.acknowledgement(4, 1));
        contains(output, Packets.acknowledgement(5, 2));
        contains(output, Packets.acknowledgement(7, 2));
        String received = output.substring(output.indexOf("RECEIVED ") + 9).split("\n")[0];
        Interop.check(received.endsWith(Packets.PINGRESP), "the session did not run to its end: " + received);
        for (String payload : new String[] {"one", "two"}) contains(received, java.util.HexFormat.of().formatHex(payload.getBytes()));
    }

    private static void handshake(String output, String negotiated) {
        contains(output, "RECEIVED " + Packets.CONNACK311);
        contains(output.replace("_", "-").toUpperCase(), negotiated.replace("_", "-"));
    }

    static String ngtcp2(String port, String script, String... options) throws Exception {
        String[] command = new String[options.length + 7];
        command[0] = Interop.PEERS + "/ngtcp2-client";
        command[1] = "--no-quic-dump";
        command[2] = "--exit-on-all-streams-close";
        command[3] = "--timeout=10s";
        System.arraycopy(options, 0, command, 4, options.length);
        command[command.length - 3] = "127.0.0.1";
        command[command.length - 2] = port;
        command[command.length - 1] = "https://localhost/";
        return Program.start(Interop.PEERS, Map.of("SCRIPT", script), command).ended(0, 20);
    }

    static String aioquic(String port, String... options) throws Exception {
        String[] command = new String[options.length + 4];
        command[0] = Interop.PEERS + "/aioquic";
        command[1] = "client";
        command[2] = "127.0.0.1";
        command[3] = port;
        System.arraycopy(options, 0, command, 4, options.length);
        return Program.start(Interop.PEERS, Map.of(), command).ended(0, 20);
    }

    static String kwik(String port, String... options) throws Exception {
        String[] command = new String[options.length + 3];
        command[0] = Interop.PEERS + "/kwik";
        command[1] = "client";
        command[2] = port;
        System.arraycopy(options, 0, command, 3, options.length);
        return Program.start(Interop.PEERS, Map.of(), command).ended(0, 20);
    }
}
