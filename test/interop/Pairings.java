import java.io.File;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Mosquitto's tools and ours on Mosquitto's broker and ours, in every pairing; password and ACL files of either with the other. */
final class Pairings {
    private static final String CA = Interop.CERTS + "/ca.pem", CERT = Interop.CERTS + "/chain.pem", KEY = Interop.CERTS + "/key.pem";

    private enum Tools {
        OURS {
            @Override Program start(String tool, String transport, Where where, String... more) throws Exception {
                return Interop.mqttq(Interop.directory(), command(List.of(tool, "--transport", transport), transport, where, more));
            }
        },
        THEIRS {
            @Override Program start(String tool, String transport, Where where, String... more) throws Exception {
                return Program.start(Interop.directory(), Map.of(), command(List.of("stdbuf", "-oL", "mosquitto_" + tool), transport, where, more));
            }
        };

        /** A client of this kind, which is told what Mosquitto's manual says. */
        abstract Program start(String tool, String transport, Where where, String... more) throws Exception;

        @Override public String toString() { return name().toLowerCase(); }

        private static String[] command(List<String> start, String transport, Where where, String[] more) {
            List<String> command = new ArrayList<>(start);
            if (transport.equals("tcp") && where.unix != null) command.addAll(List.of("--unix", where.unix));
            else command.addAll(List.of("-h", "localhost", "-p", where.ports.get(transport)));
            if (transport.equals("tls") || transport.equals("wss") || transport.equals("quic")) command.addAll(List.of("--cafile", CA));
            command.addAll(List.of(more));
            return command.toArray(String[]::new);
        }
    }

    /** A broker's addresses: port by transport; {@code unix}: the path to use instead of TCP, or null. */
    private record Where(Map<String, String> ports, String unix) { }

    private static final class Brokers implements AutoCloseable {
        final Program program;
        final Where where, onUnix;

        /** @param more what else its configuration has */
        Brokers(Tools whose, String more) throws Exception {
            File directory = Interop.directory();
            Map<String, String> ports = new LinkedHashMap<>();
            StringBuilder config = new StringBuilder(more).append("persistence false\n");
            boolean ours = whose == Tools.OURS;
            if (!ours) config.append("user root\n");
            for (String transport : List.of("tcp", "tls", "ws", "wss", "quic")) {
                if (!ours && transport.equals("quic")) continue;
                try (ServerSocket free = new ServerSocket(0)) {
                    ports.put(transport, String.valueOf(free.getLocalPort()));
                }
                config.append("listener ").append(ports.get(transport)).append(" 127.0.0.1\n");
                if (transport.startsWith("ws")) config.append("protocol websockets\n");
                if (transport.equals("quic")) config.append("protocol quic\n");
                if (!transport.equals("tcp") && !transport.equals("ws")) config.append("certfile ").append(CERT).append("\nkeyfile ").append(KEY).append('\n');
            }
            Path socket = directory.toPath().resolve("m.sock");
            config.append("listener 0 ").append(socket).append('\n');
            where = new Where(ports, null);
            Files.writeString(directory.toPath().resolve("m.conf"), config);
            if (ours) {
                program = Interop.mqttq(directory, "broker", "-v", "-c", "m.conf");
            } else {
                program = Program.start(directory, Map.of(), new File("/usr/sbin/mosquitto").exists() ? "/usr/sbin/mosquitto" : "mosquitto", "-v", "-c", "m.conf");
            }
            program.await("that it runs", line -> line.endsWith(" running"), 20);
            onUnix = new Where(ports, socket.toString());
        }

        @Override public void close() { program.close(); }
    }

    private Pairings() { }

    static void all(Interop run) throws Exception {
        for (Tools whose : Tools.values()) {
            try (Brokers broker = new Brokers(whose, "allow_anonymous true\n")) {
                for (Tools publisher : Tools.values()) {
                    for (Tools subscriber : Tools.values()) {
                        if (publisher == whose && subscriber == whose) continue;
                        for (String transport : List.of("tcp", "tls")) {
                            for (String version : List.of("mqttv31", "mqttv311", "mqttv5")) {
                                String q = version.equals("mqttv31") ? "0" : version.equals("mqttv311") ? "1" : "2";
                                String name = "pub " + publisher + ", broker " + whose + ", sub " + subscriber + ", " + transport + ", " + version + ", QoS " + q;
                                run.test("pairing: " + name, () -> message(publisher, transport, broker.where, subscriber, transport, broker.where, version, q));
                            }
                        }
                    }
                }
                for (String transport : whose == Tools.OURS ? List.of("ws", "wss", "quic") : List.of("ws", "wss")) {
                    run.test("pairing: pub ours over " + transport + ", broker " + whose + ", sub theirs",
                        () -> message(Tools.OURS, transport, broker.where, Tools.THEIRS, "tcp", broker.where, "mqttv5", "2"));
                    run.test("pairing: pub theirs, broker " + whose + ", sub ours over " + transport,
                        () -> message(Tools.THEIRS, "tls", broker.where, Tools.OURS, transport, broker.where, "mqttv311", "1"));
                }
                Tools other = whose == Tools.OURS ? Tools.THEIRS : Tools.OURS;
                run.test("pairing: Unix-domain socket, broker " + whose + ", tools " + other,
                    () -> message(other, "tcp", broker.onUnix, other, "tcp", broker.onUnix, "mqttv5", "1"));
                for (Tools asking : Tools.values()) {
                    Tools answering = asking == Tools.OURS ? Tools.THEIRS : Tools.OURS;
                    for (String transport : List.of("tcp", "tls")) {
                        run.test("pairing: rr " + asking + ", broker " + whose + ", answered by " + answering + ", " + transport,
                            () -> request(asking, answering, transport, broker.where));
                    }
                }
            }
        }
        Path passwords = files();
        for (Tools whose : Tools.values()) {
            try (Brokers broker = new Brokers(whose, "password_file " + passwords + "\nacl_file " + passwords.resolveSibling("acl") + "\n")) {
                for (Tools client : Tools.values()) run.test("pairing: passwords and ACL of both, broker " + whose + ", tools " + client, () -> access(client, broker.where));
            }
        }
    }

    private static void message(Tools publisher, String from, Where here, Tools subscriber, String to, Where there, String version, String qos) throws Exception {
        String topic = "pairing/é/" + System.nanoTime();
        try (Program sub = subscriber.start("sub", to, there, "-t", topic, "-V", version, "-q", qos, "-C", "1", "-W", "20", "-d", "-F", "<%t|%q|%p>")) {
            sub.await("a SUBACK", line -> line.contains("Subscribed"), 20);
            publisher.start("pub", from, here, "-t", topic, "-V", version, "-q", qos, "-m", "grüße").ended(0, 20);
            Interop.contains(sub.ended(0, 20), "<" + topic + "|" + qos + "|grüße>");
        }
    }

    private static void request(Tools asking, Tools answering, String transport, Where where) throws Exception {
        String topic = "rr/" + System.nanoTime();
        try (Program service = answering.start("sub", transport, where, "-t", topic, "-V", "mqttv5", "-C", "1", "-W", "20", "-d", "-F", "<%R|%D|%p>")) {
            service.await("a SUBACK", line -> line.contains("Subscribed"), 20);
            try (Program rr = asking.start("rr", transport, where, "-t", topic, "-e", topic + "/answer", "-D", "publish", "correlation-data", "17", "-m", "what", "-W", "20", "-F", "<%D|%p>")) {
                Interop.contains(service.ended(0, 20), "<" + topic + "/answer|17|what>");
                answering.start("pub", transport, where, "-V", "mqttv5", "-t", topic + "/answer", "-D", "publish", "correlation-data", "17", "-m", "that").ended(0, 20);
                Interop.contains(rr.ended(0, 20), "<17|that>");
            }
        }
    }

    /** A password file that both have written to, and an ACL file beside it. */
    private static Path files() throws Exception {
        Path directory = Interop.directory().toPath(), passwords = directory.resolve("passwords");
        passwd(Tools.THEIRS, "-c", "-b", passwords.toString(), "theirs", "one");
        passwd(Tools.OURS, "-b", passwords.toString(), "ours", "two");
        passwd(Tools.OURS, "-b", passwords.toString(), "both", "old");
        passwd(Tools.THEIRS, "-b", passwords.toString(), "both", "three");
        passwd(Tools.THEIRS, "-b", passwords.toString(), "gone", "four");
        passwd(Tools.OURS, "-D", passwords.toString(), "gone");
        Path plain = directory.resolve("plain");
        Files.writeString(plain, "plain:five\n");
        passwd(Tools.OURS, "-U", plain.toString());
        Files.writeString(passwords, Files.readString(passwords) + Files.readString(plain));
        Files.writeString(directory.resolve("acl"), "topic read open/#\nuser ours\ntopic readwrite ours/#\ntopic deny ours/secret\nuser both\ntopic write ours/#\n"
            + "topic read answer/+\npattern readwrite home/%u/#\n");
        return passwords;
    }

    private static void passwd(Tools whose, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.add(0, whose == Tools.OURS ? "passwd" : "mosquitto_passwd");
        String[] all = command.toArray(String[]::new);
        (whose == Tools.OURS ? Interop.mqttq(Interop.directory(), all) : Program.start(Interop.directory(), Map.of(), all)).ended(0, 20);
    }

    private static void access(Tools tools, Where where) throws Exception {
        String[][] users = {{"theirs", "one"}, {"ours", "two"}, {"both", "three"}, {"plain", "five"}};
        for (String[] user : users) Interop.check(reads(20, tools, where, user[0], user[1], "home/" + user[0] + "/x", user[0], user[1]), user[0] + " does not get its own topic");
        Interop.check(tools.start("pub", "tcp", where, "-t", "t", "-m", "m", "-u", "gone", "-P", "four").exit(20) == 5, "a user who is gone was let in");
        Interop.check(tools.start("pub", "tls", where, "-t", "t", "-m", "m", "-u", "ours", "-P", "one").exit(20) == 5, "a wrong password was taken");
        Interop.check(reads(20, tools, where, "ours", "two", "ours/a", "both", "three"), "what may be written and read did not arrive");
        Interop.check(!reads(5, tools, where, "ours", "two", "ours/secret", "both", "three"), "what is denied arrived");
        Interop.check(!reads(5, tools, where, "theirs", "one", "home/ours/x", "ours", "two"), "what belongs to another arrived");
    }

    /** Whether what one user publishes reaches another; what everybody may read does not count. */
    /** Whether it arrives within so many seconds; what is to arrive is waited for, however busy the machine. */
    private static boolean reads(int seconds, Tools tools, Where where, String reader, String password, String topic, String writer, String writersPassword) throws Exception {
        try (Program sub = tools.start("sub", "tcp", where, "-u", reader, "-P", password, "-t", topic, "-C", "1", "-W", String.valueOf(seconds), "-q", "1", "-d", "-F", "<%p>")) {
            sub.await("a SUBACK", line -> line.contains("Subscribed"), 20);
            tools.start("pub", "tcp", where, "-u", writer, "-P", writersPassword, "-t", topic, "-m", "read", "-q", "1").ended(0, 20);
            int code = sub.exit(seconds + 10);
            return code == 0 && sub.output().contains("<read>");
        }
    }
}
