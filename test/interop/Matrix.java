import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import mqttq.quic.CloseReason;
import mqttq.quic.ConnectionOptions;
import mqttq.quic.packet.QuicVersion;
import mqttq.tls.CipherSuite;
import mqttq.tls.Identity;
import mqttq.tls.TlsConfig;

/** Every feature of QUIC, with every foreign program, in both roles; and the table of it. */
final class Matrix {
    /** One way through the relay, ms. */
    private static final int DELAY = 5;
    /** More than a third of a second's worth of round trips, and before we update keys by ourselves after 100 packets or more. */
    private static final int ROUNDS = 90;
    private static final int MANY = 200, TEN_MIB = 10 << 20;

    enum Feature {
        HANDSHAKE("handshake", "then 1,000 bytes there and back, and an orderly end"),
        TRANSFER("transfer 10 MiB", "there and back on one stream, every byte compared"),
        MULTIPLEXING("multiplexing", MANY + " streams, more than the server allows at once"),
        RETRY("retry", "the token of the Retry is seen in the next Initial"),
        RESUMPTION("resumption", "the second connection by a ticket of the first, without certificates"),
        EARLY_DATA("0-RTT", "early data is seen on the wire and accepted by the server"),
        KEY_UPDATE("key update", "started by both sides, or twice by ours where the peer only follows"),
        V2("v2", "begun with, and arrived at from v1; Handshake packets of version 2 are seen in both directions"),
        VERSION_NEGOTIATION("version negotiation", "a client that begins with a version unknown to the server goes on with v1"),
        CHACHA20("chacha20", "the peer has no other suite"),
        REBINDING("rebinding", "a NAT between the two forgets its bindings; what the server sends arrives at the new address"),
        MIGRATION("migration", "the client moves to another port and another connection id; what the server sends arrives there"),
        STATELESS_RESET("stateless reset", "the server is killed and started anew; the client knows by its next packet"),
        MUTUAL_TLS("mTLS", "the client proves its certificate, the server demands it"),
        DATAGRAM("datagram", "there and back"),
        LARGE_CHAIN("large certificate chain", "8 KB; our server sends no more than three times what it received");

        final String title, proof;

        Feature(String title, String proof) {
            this.title = title;
            this.proof = proof;
        }
    }

    enum Outcome { PASSED, FAILED, PEER_DOES_NOT }

    /** @param ours whether our side is the client */
    private record Cell(Feature feature, Foreign peer, boolean ours) {
        @Override public String toString() {
            return "matrix: " + feature.title + ", " + (ours ? "our client with " + peer + "'s server" : peer + "'s client with our server");
        }
    }

    private static final Map<Cell, String> PEER_DOES_NOT = new LinkedHashMap<>();
    static {
        peerDoesNot(Feature.VERSION_NEGOTIATION, Foreign.KWIK, false, "kwik's client ends at a Version Negotiation packet; it tries no other version.");
        peerDoesNot(Feature.REBINDING, Foreign.KWIK, true, "kwik's server sends to the address of the first packet for as long as the connection lives.");
        peerDoesNot(Feature.MIGRATION, Foreign.KWIK, true, "kwik's server sends to the address of the first packet for as long as the connection lives.");
        peerDoesNot(Feature.MIGRATION, Foreign.KWIK, false, "kwik's client can take another socket, but goes on with the connection id that it had.");
        peerDoesNot(Feature.STATELESS_RESET, Foreign.AIOQUIC, false, "aioquic keeps the tokens that it is given, and never compares them with anything.");
        peerDoesNot(Feature.STATELESS_RESET, Foreign.AIOQUIC, true, "aioquic's and kwik's servers send no stateless resets.");
        peerDoesNot(Feature.STATELESS_RESET, Foreign.KWIK, true, "aioquic's and kwik's servers send no stateless resets.");
        peerDoesNot(Feature.MUTUAL_TLS, Foreign.KWIK, true, "kwik's server cannot ask for a certificate.");
    }

    private static void peerDoesNot(Feature feature, Foreign peer, boolean ours, String why) {
        PEER_DOES_NOT.put(new Cell(feature, peer, ours), why);
    }

    private final Map<Cell, Outcome> outcomes = new LinkedHashMap<>();

    // --- running

    /** All cells, two at a time: there are two cores. */
    void all(Interop run) throws Exception {
        ExecutorService two = Executors.newFixedThreadPool(2);
        Map<Cell, Future<Outcome>> running = new LinkedHashMap<>();
        for (Feature feature : Feature.values()) {
            for (Foreign peer : Foreign.values()) {
                for (boolean ours : new boolean[] {false, true}) {
                    Cell cell = new Cell(feature, peer, ours);
                    running.put(cell, two.submit(() -> outcome(run, cell)));
                }
            }
        }
        for (Map.Entry<Cell, Future<Outcome>> entry : running.entrySet()) outcomes.put(entry.getKey(), entry.getValue().get());
        two.shutdown();
    }

    private static Outcome outcome(Interop run, Cell cell) {
        if (PEER_DOES_NOT.containsKey(cell)) return Outcome.PEER_DOES_NOT;
        boolean passed = run.test(cell.toString(), () -> {
            if (cell.ours) ourClient(cell.feature, cell.peer);
            else ourServer(cell.feature, cell.peer);
        });
        return passed ? Outcome.PASSED : Outcome.FAILED;
    }

    // --- a foreign client with our server

    private interface Meanwhile {
        void with(OwnPeer server, Relay relay, Program client) throws Exception;
    }

    private static final Meanwhile NOTHING = (server, relay, client) -> { };

    /** The client runs to its good end, and {@code meanwhile} and {@code afterwards} happen. */
    private static void ourServer(Foreign peer, OwnPeer.Setup setup, Foreign.Job job, Meanwhile meanwhile, Meanwhile afterwards) throws Exception {
        try (OwnPeer server = OwnPeer.server(setup); Relay relay = new Relay(server.port(), job.rounds > 0 || setup.chain.startsWith("big") ? DELAY : 0);
             Program client = peer.client(job.size == TEN_MIB ? server.port() : relay.port(), job)) {
            try {
                meanwhile.with(server, relay, client);
                String said = client.ended(0, job.size == TEN_MIB ? 60 : 20);
                Interop.contains(said, job.rounds > 0 ? "ROUNDS OK" : "ECHO OK streams=" + job.streams + " bytes=" + (long) job.streams * job.size);
                afterwards.with(server, relay, client);
            } catch (AssertionError e) {
                throw new AssertionError(e.getMessage() + "\nour side: " + server.ask(server.sessions::toString) + "\nrelay: " + relay + "\npeer:\n" + client.output(), e);
            }
        }
    }

    private static void ourServer(Feature feature, Foreign peer) throws Exception {
        OwnPeer.Setup setup = new OwnPeer.Setup();
        Foreign.Job job = new Foreign.Job();
        switch (feature) {
            case HANDSHAKE -> ourServer(peer, setup, job, NOTHING, (server, relay, client) -> {
                OwnPeer.Session session = server.only();
                server.await("an orderly end by the client", 5, () -> session.closed != null && session.closed.remote() && session.closed.clean());
                Interop.check(server.ask(() -> session.connection.applicationProtocol()).equals("mqtt"), "another protocol");
            });
            case TRANSFER -> {
                job.size = TEN_MIB;
                ourServer(peer, setup, job, NOTHING, NOTHING);
            }
            case MULTIPLEXING -> {
                job.streams = MANY;
                ourServer(peer, setup, job, NOTHING, NOTHING);
            }
            case RETRY -> {
                setup.retryAbove = 0;
                ourServer(peer, setup, job, NOTHING, (server, relay, client) -> retried(relay));
            }
            case RESUMPTION -> again(peer, false);
            case EARLY_DATA -> again(peer, true);
            case V2 -> {
                for (String version : new String[] {"v2", "v1>v2"}) {
                    job.version = version;
                    ourServer(peer, setup, job, NOTHING, (server, relay, client) -> second(relay));
                }
            }
            case KEY_UPDATE -> {
                job.rounds = 3 * ROUNDS; // ends long after both updates
                job.act = "update-keys";
                ourServer(peer, setup, job, (server, relay, client) -> {
                    OwnPeer.Session session = server.only();
                    server.await("a key update by the client", 10, () -> session.connection.stats().keyUpdates() == 1);
                    session.updateKeys();
                    server.await("our key update", 10, () -> session.connection.stats().keyUpdates() == 2);
                }, NOTHING);
            }
            case VERSION_NEGOTIATION -> {
                job.version = "unknown";
                ourServer(peer, setup, job, NOTHING, (server, relay, client) -> {
                    Interop.check(relay.seen(false, Relay.Kind.VERSION_NEGOTIATION, 0), "no Version Negotiation packet");
                    Interop.check(relay.seen(true, Relay.Kind.HANDSHAKE, Relay.V1), "no handshake in v1");
                });
            }
            case CHACHA20 -> {
                job.chacha = true;
                ourServer(peer, setup, job, NOTHING, (server, relay, client) -> chacha(server, server.only()));
            }
            case REBINDING -> {
                job.rounds = ROUNDS;
                ourServer(peer, setup, job, (server, relay, client) -> rebind(relay), (server, relay, client) -> {
                    Interop.check(relay.toBinding(2) > 5, "we did not send to the new address");
                    Interop.check(server.ask(() -> server.sessions.get(0).paths) > 0, "we did not see a new path");
                });
            }
            case MIGRATION -> {
                job.rounds = ROUNDS;
                job.act = "migrate";
                ourServer(peer, setup, job, NOTHING, (server, relay, client) -> migrated(relay));
            }
            case STATELESS_RESET -> reset(peer);
            case MUTUAL_TLS -> {
                job.certificate = true;
                setup.tls = tls -> tls.clientAuth(TlsConfig.ClientAuth.NEED);
                ourServer(peer, setup, job, NOTHING, (server, relay, client) -> {
                    OwnPeer.Session session = server.only();
                    String name = session.connection.session().getPeerPrincipal().getName();
                    Interop.check(name.equals("CN=localhost"), "the client is " + name);
                });
            }
            case DATAGRAM -> {
                job.rounds = 30;
                job.datagram = "over there";
                ourServer(peer, setup, job, (server, relay, client) -> client.await("DATAGRAM over there", 15), NOTHING);
            }
            case LARGE_CHAIN -> {
                setup.chain = "big.pem";
                ourServer(peer, setup, job, NOTHING, (server, relay, client) -> {
                    int bytes = relay.packets().stream().filter(p -> !p.fromClient() && p.kind() == Relay.Kind.HANDSHAKE).mapToInt(Relay.Packet::datagram).sum();
                    Interop.check(bytes > 8000, "a small handshake: " + bytes);
                    Interop.check(relay.worstAmplification() <= 300, "amplified: sent " + relay.worstAmplification() + " % of what came");
                });
            }
        }
    }

    /** Two connections of a foreign client, the second with what it kept of the first. */
    private static void again(Foreign peer, boolean early) throws Exception {
        OwnPeer.Setup setup = new OwnPeer.Setup();
        setup.chain = "big.pem";
        Foreign.Job job = new Foreign.Job();
        job.ticket = new File(Interop.directory(), "ticket");
        try (OwnPeer server = OwnPeer.server(setup); Relay relay = new Relay(server.port(), DELAY)) {
            String said = "";
            try {
                for (int i = 0; i < 2; i++) {
                    job.early = early && i == 1;
                    try (Program client = peer.client(relay.port(), job)) {
                        said = client.ended(0, 20);
                        Interop.contains(said, "ECHO OK streams=1 bytes=" + job.size);
                    }
                }
                resumed(relay, early);
                Interop.check(!early || server.ask(() -> server.sessions.get(1).early), "we took no early data");
            } catch (AssertionError e) {
                throw new AssertionError(e.getMessage() + "\nour side: " + server.ask(server.sessions::toString) + "\nrelay: " + relay + "\npeer:\n" + said, e);
            }
        }
    }

    /** Our server is lost in the middle of it, and another one has its port and its secret. */
    private static void reset(Foreign peer) throws Exception {
        OwnPeer.Setup setup = new OwnPeer.Setup();
        Foreign.Job job = new Foreign.Job();
        job.rounds = 1_000_000;
        OwnPeer first = OwnPeer.server(setup);
        setup.port = first.port();
        try (Relay relay = new Relay(setup.port, DELAY); Program client = peer.client(relay.port(), job)) {
            for (int i = 0; i < 1000 && relay.count(p -> p.kind() == Relay.Kind.SHORT) < 40; i++) Thread.sleep(10);
            first.close();
            try (OwnPeer second = OwnPeer.server(setup)) {
                client.await("that it was reset", line -> line.contains("STATELESS RESET") || line.contains("ENDED StatelessReset"), 10);
                Interop.check(second.ask(second.sessions::isEmpty), "it connected to the second");
            } catch (AssertionError e) {
                throw new AssertionError(e.getMessage() + "\nrelay: " + relay, e);
            }
        } finally {
            first.close();
        }
    }

    // --- our client with a foreign server

    private interface With {
        void session(OwnPeer client, OwnPeer.Session session, Relay relay, Program server) throws Exception;
    }

    private static void ourClient(Foreign peer, OwnPeer.Setup setup, Foreign.Job job, int delay, With with) throws Exception {
        int port = Interop.freeUdp();
        try (Program server = peer.server(port, job); Relay relay = new Relay(port, delay); OwnPeer client = OwnPeer.client(setup)) {
            try {
                OwnPeer.Session session = client.connect(job.size == TEN_MIB ? port : relay.port());
                with.session(client, session, relay, server);
                session.end();
            } catch (AssertionError e) {
                throw new AssertionError(e.getMessage() + "\nour side: " + client.ask(client.sessions::toString) + "\nrelay: " + relay + "\npeer:\n" + server.output(), e);
            }
        }
    }

    private static void ourClient(Feature feature, Foreign peer) throws Exception {
        OwnPeer.Setup setup = new OwnPeer.Setup();
        Foreign.Job job = new Foreign.Job();
        switch (feature) {
            case HANDSHAKE -> ourClient(peer, setup, job, 0, (client, session, relay, server) -> {
                session.echo(1, job.size, 10);
                Interop.check(client.ask(() -> session.connection.applicationProtocol()).equals("mqtt"), "another protocol");
            });
            case TRANSFER -> {
                job.size = TEN_MIB;
                ourClient(peer, setup, job, 0, (client, session, relay, server) -> session.echo(1, TEN_MIB, 60));
            }
            case MULTIPLEXING -> ourClient(peer, setup, job, 0, (client, session, relay, server) -> session.echo(MANY, job.size, 20));
            case RETRY -> {
                job.retry = true;
                ourClient(peer, setup, job, 0, (client, session, relay, server) -> {
                    session.echo(1, job.size, 10);
                    retried(relay);
                });
            }
            case RESUMPTION -> again(peer, setup, job, false);
            case EARLY_DATA -> again(peer, setup, job, true);
            case V2 -> {
                job.version = "v1>v2";
                With second = (client, session, relay, server) -> {
                    session.echo(1, job.size, 10);
                    second(relay);
                };
                setup.options = options -> options.withVersions(QuicVersion.V2, QuicVersion.V1);
                ourClient(peer, setup, job, 0, second);
                setup.options = options -> options.withVersions(QuicVersion.V2);
                ourClient(peer, setup, job, 0, second);
            }
            case VERSION_NEGOTIATION -> downgrade(peer, setup, job);
            case MIGRATION -> ourClient(peer, setup, job, DELAY, (client, session, relay, server) -> {
                session.rounds(10, null);
                session.migrate();
                session.rounds(20, null);
                migrated(relay);
            });
            case KEY_UPDATE -> {
                if (peer == Foreign.AIOQUIC) job.act = "update-keys";
                ourClient(peer, setup, job, DELAY, (client, session, relay, server) -> {
                    session.rounds(30, session::updateKeys);
                    client.await("the first key update", 5, () -> session.connection.stats().keyUpdates() >= 1);
                    session.updateKeys();
                    // the second needs the peer's answer to the first, and some packets to go out with
                    int wanted = peer == Foreign.AIOQUIC ? 3 : 2;
                    for (int i = 0; i < 500 && client.ask(() -> session.connection.stats().keyUpdates()) < wanted; i++) session.rounds(1, null);
                    Interop.check(client.ask(() -> session.connection.stats().keyUpdates()) == wanted, "no second key update");
                    session.rounds(10, null);
                    if (peer == Foreign.AIOQUIC) server.await("KEYS UPDATED", 1);
                });
            }
            case CHACHA20 -> {
                job.chacha = true;
                if (peer == Foreign.KWIK) setup.tls = tls -> tls.cipherSuites(CipherSuite.TLS_CHACHA20_POLY1305_SHA256);
                ourClient(peer, setup, job, 0, (client, session, relay, server) -> {
                    session.echo(1, job.size, 10);
                    chacha(client, session);
                });
            }
            case REBINDING -> ourClient(peer, setup, job, DELAY, (client, session, relay, server) -> {
                session.rounds(60, relay::forgetBindings);
                Interop.check(relay.toBinding(2) > 5, "it did not send to the new address");
            });
            case STATELESS_RESET -> lose(peer);
            case MUTUAL_TLS -> {
                job.certificate = true;
                Identity identity = Identity.ofPem(Interop.CERTS.toPath().resolve("chain.pem"), Interop.CERTS.toPath().resolve("key.pem"));
                setup.tls = tls -> tls.keyManager(identity);
                ourClient(peer, setup, job, 0, (client, session, relay, server) -> {
                    session.echo(1, job.size, 10);
                    server.await("our certificate", line -> line.contains("certificate=True") || line.contains("certificates=2"), 5);
                });
            }
            case DATAGRAM -> ourClient(peer, setup, job, 0, (client, session, relay, server) -> {
                session.echo(1, 10, 10);
                session.sendDatagram("over there");
                server.await("DATAGRAM over there", 5);
                client.await("the datagram's echo", 5, () -> "over there".equals(session.datagram));
            });
            case LARGE_CHAIN -> {
                job.chain = "big.pem";
                ourClient(peer, setup, job, DELAY, (client, session, relay, server) -> {
                    session.echo(1, job.size, 10);
                    int certificates = session.connection.session().getPeerCertificates().length;
                    Interop.check(certificates >= 4, "a chain of " + certificates);
                });
            }
        }
    }

    /** Two connections of our client, the second with what it kept of the first. */
    private static void again(Foreign peer, OwnPeer.Setup setup, Foreign.Job job, boolean early) throws Exception {
        job.chain = "big.pem";
        UnaryOperator<ConnectionOptions> options = setup.options;
        setup.options = before -> options.apply(before).withEarlyData(early);
        ourClient(peer, setup, job, DELAY, (client, session, relay, server) -> {
            session.rounds(5, null);
            session.end();
            OwnPeer.Session second = client.connect(relay.port(), early ? job.size : 0);
            if (early) second.echoed(1, 10);
            else second.echo(1, job.size, 10);
            resumed(relay, early);
            if (peer == Foreign.AIOQUIC) server.await("resumed", line -> line.contains("resumed=True early=" + (early ? "True" : "False")), 5);
            if (peer == Foreign.NGTCP2) server.await("resumed", line -> line.contains("resumed=1 early=" + (early ? 1 : 0)), 5);
            if (peer == Foreign.KWIK && early) server.await("early data", line -> line.contains("accepted early data"), 5);
            second.end();
        });
    }

    /** Our client knows its server to speak v2, and meets one there that does not. */
    private static void downgrade(Foreign peer, OwnPeer.Setup setup, Foreign.Job job) throws Exception {
        int port = Interop.freeUdp();
        try (OwnPeer client = OwnPeer.client(setup)) {
            for (String version : new String[] {"v1>v2", "v1"}) {
                job.version = version;
                setup.options = options -> version.equals("v1") ? options.withVersions(QuicVersion.V1, QuicVersion.V2) : options.withVersions(QuicVersion.V2, QuicVersion.V1);
                try (Program server = peer.server(port, job); Relay relay = new Relay(port, 0)) {
                    OwnPeer.Session session = client.connect(relay.port());
                    session.echo(1, job.size, 10);
                    session.end();
                    if (version.equals("v1")) {
                        Interop.check(relay.seen(true, Relay.Kind.INITIAL, Relay.V2) && relay.seen(false, Relay.Kind.VERSION_NEGOTIATION, 0), "nothing to negotiate: " + relay);
                        Interop.check(relay.seen(true, Relay.Kind.HANDSHAKE, Relay.V1), "no handshake in v1: " + relay);
                    } else {
                        second(relay);
                    }
                    server.kill();
                }
            }
        }
    }

    /** The server is lost in the middle of it, and another one has its port and its key for resets. */
    private static void lose(Foreign peer) throws Exception {
        Foreign.Job job = new Foreign.Job();
        int port = Interop.freeUdp();
        Program first = peer.server(port, job);
        try (Relay relay = new Relay(port, DELAY); OwnPeer client = OwnPeer.client(new OwnPeer.Setup())) {
            OwnPeer.Session session = client.connect(relay.port());
            session.rounds(10, null);
            first.kill();
            try (Program second = peer.server(port, job)) {
                session.begin(1, 14);
                client.await("a stateless reset", 10, () -> session.closed != null);
                CloseReason reason = client.ask(() -> session.closed);
                Interop.check(reason.kind() == CloseReason.Kind.STATELESS_RESET, "it ended " + reason + "\n" + second.output());
            }
        } finally {
            first.close();
        }
    }

    // --- what the relay has seen

    private static void retried(Relay relay) {
        byte[] token = null;
        boolean used = false;
        for (Relay.Packet p : relay.packets()) {
            if (p.kind() == Relay.Kind.RETRY && !p.fromClient()) token = p.token();
            used |= p.kind() == Relay.Kind.INITIAL && p.fromClient() && token != null && Arrays.equals(p.token(), token);
        }
        Interop.check(token != null && token.length > 0, "no Retry");
        Interop.check(used, "no Initial with the Retry's token");
    }

    /** No certificate came with the second connection, and early data went. */
    private static void resumed(Relay relay, boolean early) {
        int[] bytes = new int[2];
        for (Relay.Packet p : relay.packets()) if (!p.fromClient() && p.kind() == Relay.Kind.HANDSHAKE) bytes[p.connection() - 1] += p.datagram();
        Interop.check(bytes[0] > 8000 && bytes[1] > 0 && bytes[1] < 2500, "handshakes of " + bytes[0] + " and " + bytes[1] + " bytes");
        Interop.check(relay.count(p -> p.fromClient() && p.kind() == Relay.Kind.ZERO_RTT) > 0 == early, "early data: " + !early);
    }

    /** The handshake was of version 2. */
    private static void second(Relay relay) {
        for (boolean client : new boolean[] {true, false}) Interop.check(relay.seen(client, Relay.Kind.HANDSHAKE, Relay.V2), "no Handshake packet of v2");
    }

    private static void rebind(Relay relay) throws InterruptedException {
        for (int i = 0; i < 1000 && relay.count(p -> p.kind() == Relay.Kind.SHORT) < 30; i++) Thread.sleep(10);
        relay.forgetBindings();
    }

    /** There are two addresses of the client, with connection ids of their own, and data for both. */
    private static void migrated(Relay relay) {
        List<Set<String>> ids = new ArrayList<>(List.of(new LinkedHashSet<>(), new LinkedHashSet<>()));
        Interop.check(relay.bindings() == 2, "the client had " + relay.bindings() + " addresses");
        for (Relay.Packet p : relay.packets()) {
            if (p.fromClient() && p.kind() == Relay.Kind.SHORT) ids.get(p.binding() - 1).add(Arrays.toString(p.destination()));
        }
        Interop.check(ids.get(1).stream().noneMatch(ids.get(0)::contains), "the same connection id on both paths");
        Interop.check(relay.toBinding(2) > 5, "nothing was sent to the new address");
    }

    private static void chacha(OwnPeer own, OwnPeer.Session session) {
        CipherSuite suite = own.ask(() -> session.connection.cipherSuite());
        Interop.check(suite == CipherSuite.TLS_CHACHA20_POLY1305_SHA256, "the suite was " + suite);
    }

    // --- the table

    void write(Path file) throws IOException {
        List<String> notes = new ArrayList<>();
        StringBuilder out = new StringBuilder("""
            # mqttq with programs that nobody of mqttq wrote

            `make interop` (Debian 12 or later, amd64, as root) fetches ngtcp2 1.11, aioquic 1.2 and kwik 0.10.8 from Debian's and Maven's packages into `build/peers`, runs \
            everything in this folder on loopback, and writes this file. The table is of QUIC alone; MQTT over it, with the same programs and with Mosquitto, is in \
            `BrokerCases.java` and `ClientCases.java`, Mosquitto's tools and ours with either broker in `Pairings.java`; \
            `tshark` decrypts a whole session, `arm` runs broker and clients on emulated armhf and arm64, `../pi/run` tests what is in `pi/`, `mosquitto-suite` runs Mosquitto's own tests of brokers.

            """);
        StringBuilder rule = new StringBuilder("|---|");
        out.append("| |");
        for (Foreign peer : Foreign.values()) {
            out.append(' ').append(peer).append("'s client, our server | our client, ").append(peer).append("'s server |");
            rule.append("---|---|");
        }
        out.append('\n').append(rule).append('\n');
        for (Feature feature : Feature.values()) {
            out.append("| ").append(feature.title).append(" |");
            for (Foreign peer : Foreign.values())
                for (boolean ours : new boolean[] {false, true}) out.append(' ').append(word(new Cell(feature, peer, ours), notes)).append(" |");
            out.append('\n');
        }
        if (!notes.isEmpty()) out.append("\nThe peer does not do it:\n\n");
        for (int i = 0; i < notes.size(); i++) out.append(i + 1).append(". ").append(notes.get(i)).append('\n');
        out.append("\nWhat \"passed\" means, besides that both ends agree:\n\n");
        for (Feature feature : Feature.values()) out.append("- ").append(feature.title).append(": ").append(feature.proof).append('\n');
        Files.writeString(file, out);
    }

    private String word(Cell cell, List<String> notes) {
        return switch (outcomes.get(cell)) {
            case PASSED -> "passed";
            case FAILED -> "**FAILED**";
            case PEER_DOES_NOT -> {
                String note = PEER_DOES_NOT.get(cell);
                if (!notes.contains(note)) notes.add(note);
                yield "– (" + (notes.indexOf(note) + 1) + ")";
            }
        };
    }
}
