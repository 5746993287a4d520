import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The programs that nobody of mqttq wrote, started with what a {@link Job} asks for. What their output means is said in {@code peers/}. */
enum Foreign {
    NGTCP2 {
        @Override Program client(int port, Job job) throws Exception {
            List<String> c = command("ngtcp2-client", "-q");
            Map<String, String> environment = new LinkedHashMap<>();
            if (job.rounds > 0) environment.put("ROUNDS", String.valueOf(job.rounds));
            else environment.putAll(Map.of("STREAMS", String.valueOf(job.streams), "SIZE", String.valueOf(job.size)));
            if (job.rounds == 0) c.addAll(List.of("-n", String.valueOf(job.streams)));
            if (job.datagram != null) environment.put("DATAGRAM", job.datagram);
            if (job.act.equals("update-keys")) c.add("--key-update=" + LATER);
            if (job.act.equals("migrate")) c.add("--change-local-addr=" + LATER);
            if (job.chacha) c.add("--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305");
            if (job.version.equals("unknown")) c.addAll(List.of("-v", "0x1a2a3a4a", "--preferred-versions", "v1"));
            else c.addAll(List.of("-v", job.version.substring(0, 2), "--available-versions", job.version.contains(">") ? "v2,v1" : job.version));
            if (job.ticket != null) c.addAll(List.of("--session-file", job.ticket.getPath(), "--tp-file", job.ticket + ".parameters"));
            if (job.ticket != null && !job.early) c.add("--disable-early-data");
            if (job.ticket != null) environment.put("HOLD_MS", "200");
            if (job.certificate) c.addAll(List.of("--cert", cert("chain.pem"), "--key", cert("key.pem")));
            c.addAll(List.of("--sni", "localhost", "127.0.0.1", String.valueOf(port), "https://localhost/"));
            return Program.start(Interop.PEERS, environment, c.toArray(String[]::new));
        }

        @Override Program server(int port, Job job) throws Exception {
            List<String> c = command("ngtcp2-server", "-q", "--max-streams-bidi=50");
            if (job.retry) c.add("-V");
            if (job.chacha) c.add("--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305");
            if (job.certificate) c.add("--verify-client");
            if (job.version.contains("v2")) c.addAll(List.of("--preferred-versions", "v2", "--available-versions", "v2,v1"));
            c.addAll(List.of("127.0.0.1", String.valueOf(port), cert("key.pem"), cert(job.chain)));
            Map<String, String> environment = job.version.equals("v1") ? Map.of("V1_ONLY", "yes") : Map.of();
            Program program = Program.start(Interop.PEERS, environment, c.toArray(String[]::new));
            awaitBound(port);
            return program;
        }
    },

    AIOQUIC {
        @Override Program client(int port, Job job) throws Exception {
            List<String> c = command("aioquic", "client", "127.0.0.1", String.valueOf(port), "--ca", cert("ca.pem"));
            if (job.rounds > 0) c.addAll(List.of("--rounds", String.valueOf(job.rounds)));
            else c.addAll(List.of("--streams", String.valueOf(job.streams), "--size", String.valueOf(job.size), "--timeout", "30"));
            if (!job.act.isEmpty()) c.addAll(List.of("--act", job.act));
            if (job.datagram != null) c.addAll(List.of("--datagram", job.datagram));
            if (job.chacha) c.addAll(List.of("--cipher", "CHACHA20_POLY1305_SHA256"));
            if (job.version.equals("unknown")) c.addAll(List.of("--versions", "v1", "--start", "unknown"));
            else if (job.version.equals("v1>v2")) c.addAll(List.of("--versions", "v2,v1", "--start", "v1"));
            else c.addAll(List.of("--versions", job.version));
            if (job.ticket != null) c.addAll(List.of("--ticket", job.ticket.getPath()));
            if (job.early) c.add("--early");
            if (job.certificate) c.addAll(List.of("--cert", cert("chain.pem"), "--key", cert("key.pem")));
            return Program.start(Interop.PEERS, Map.of(), c.toArray(String[]::new));
        }

        @Override Program server(int port, Job job) throws Exception {
            List<String> c = command("aioquic", "server", "127.0.0.1", String.valueOf(port), "--cert", cert(job.chain), "--key", cert("key.pem"));
            if (job.retry) c.add("--retry");
            if (job.chacha) c.addAll(List.of("--cipher", "CHACHA20_POLY1305_SHA256"));
            if (job.certificate) c.addAll(List.of("--ca", cert("ca.pem")));
            if (!job.act.isEmpty()) c.addAll(List.of("--act", job.act));
            c.addAll(List.of("--versions", job.version.contains("v2") ? "v2,v1" : "v1"));
            return listening(Program.start(Interop.PEERS, Map.of(), c.toArray(String[]::new)));
        }
    },

    KWIK {
        @Override Program client(int port, Job job) throws Exception {
            List<String> c = command("kwik", "client", String.valueOf(port));
            if (job.rounds > 0) c.add("rounds=" + job.rounds);
            else c.addAll(List.of("streams=" + job.streams, "size=" + job.size));
            if (!job.act.isEmpty()) c.add("act=" + job.act);
            if (job.datagram != null) c.add("datagram=" + job.datagram);
            if (job.chacha) c.add("cipher=TLS_CHACHA20_POLY1305_SHA256");
            c.add(job.version.equals("v1>v2") ? "prefer=V2" : "version=" + job.version.toUpperCase());
            if (job.ticket != null) c.add("ticket=" + job.ticket);
            if (job.early) c.add("early");
            if (job.certificate) c.add("p12=" + cert("server.p12"));
            return Program.start(Interop.PEERS, Map.of(), c.toArray(String[]::new));
        }

        @Override Program server(int port, Job job) throws Exception {
            List<String> c = command("kwik", "server", String.valueOf(port), "p12=" + cert(job.chain.startsWith("big") ? "big.p12" : "server.p12"));
            if (job.retry) c.add("retry");
            c.add("versions=" + (job.version.contains("v2") ? "V1,V2" : "V1"));
            return listening(Program.start(Interop.PEERS, Map.of(), c.toArray(String[]::new)));
        }
    };

    /** When ngtcp2 acts, counted from the end of its handshake; its rounds must take longer. */
    private static final String LATER = "300ms";

    /** What a program is to do. */
    static final class Job {
        /** A client opens streams and sends so many bytes on each, or goes so many rounds on one stream and acts after a third of them. */
        int streams = 1, size = 1000, rounds;
        /** {@code update-keys} or {@code migrate}. */
        String act = "";
        /** {@code v1}, {@code v2}, {@code v1>v2}: start with one, wish for the other; {@code unknown}: start with one that nobody knows, go on with v1. */
        String version = "v1";
        String chain = "chain.pem", datagram;
        /** A client has a certificate, a server asks for one. */
        boolean certificate;
        boolean retry, chacha, early;
        File ticket;
    }

    /** Starts it on loopback; it ends by itself with 0. */
    abstract Program client(int port, Job job) throws Exception;

    /** Starts it on loopback; it listens when this returns. */
    abstract Program server(int port, Job job) throws Exception;

    private static List<String> command(String program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(Interop.PEERS + "/" + program));
        command.addAll(List.of(arguments));
        return command;
    }

    private static String cert(String name) {
        return Interop.CERTS + "/" + name;
    }

    private static Program listening(Program program) throws InterruptedException {
        program.await("LISTENING", 20);
        return program;
    }

    @Override public String toString() {
        return name().toLowerCase();
    }

    /** Waits for a server that does not say when it listens. */
    static void awaitBound(int port) throws Exception {
        String bound = String.format("0100007F:%04X ", port);
        for (int i = 0; i < 3000 && !Files.readString(Path.of("/proc/net/udp")).contains(bound); i++) Thread.sleep(20);
    }
}
