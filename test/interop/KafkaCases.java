import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mqttq.kafka.Batch;
import mqttq.kafka.Cluster;
import mqttq.kafka.Consumer;
import mqttq.kafka.Headers;
import mqttq.kafka.KafkaError;
import mqttq.kafka.KafkaRecord;
import mqttq.kafka.KafkaSettings;
import mqttq.kafka.Partitioner;
import mqttq.kafka.Producer;
import mqttq.loop.nio.NioLoop;
import mqttq.tls.Trust;
import mqttq.transport.TransportFactory;

/** Kafka's protocol against real Kafkas, and what they hold read by Kafka's own console consumer. */
final class KafkaCases {
    private static final String[] VERSIONS = {"4.1.0", "3.9.1"};
    private static final int RECORDS = 100_000, KEYS = 50, PARTITIONS = 3;
    private static final String FILLER = "x".repeat(190);

    private KafkaCases() { }

    static void all(Interop run) throws Exception {
        for (String version : VERSIONS) {
            String name = "kafka " + version + ": ";
            if (!List.of("100,000", "kill -9", "SASL", "codecs").stream().anyMatch(part -> run.selected(name + part))) continue;
            try (Kafka kafka = new Kafka(version)) {
                run.test(name + "100,000 records of 200 bytes, read by Kafka's console consumer and by ours", () -> outAndIn(kafka));
                run.test(name + "codecs", () -> codecs(kafka));
                run.test(name + "SASL over TLS, and a wrong password", () -> sasl(kafka));
                run.test(name + "kill -9 in the middle: each record once, in order", () -> killed(kafka));
            }
        }
    }

    private static void outAndIn(Kafka kafka) throws Exception {
        String topic = kafka.topic(PARTITIONS);
        double rate;
        try (Sender sender = new Sender(kafka.settings(), topic, RECORDS)) {
            rate = sender.sent();
            Interop.check(sender.told.isEmpty(), sender.told.toString());
        }
        kafka.consoleHas(topic, RECORDS);
        double perf = perf(kafka, topic, "none", RECORDS);
        System.out.printf("        %.0f records/s; Kafka's own producer %.0f%n", rate, perf);
        try (Reader reader = new Reader(kafka.settings(), topic)) {
            reader.has(2 * RECORDS);
            reader.ordered(RECORDS);
        }
    }

    private static void codecs(Kafka kafka) throws Exception {
        String topic = kafka.topic(1);
        KafkaSettings gzip = kafka.settings();
        gzip.gzip = true;
        try (Sender sender = new Sender(gzip, topic, 1000)) {
            sender.sent();
        }
        kafka.consoleHas(topic, 1000);
        for (String codec : new String[] {"gzip", "snappy", "lz4", "zstd"}) perf(kafka, topic, codec, 1000);
        try (Reader reader = new Reader(kafka.settings(), topic)) {
            reader.has(2000); // ours, and theirs with gzip
            reader.ordered(1000);
            for (String codec : new String[] {"snappy", "lz4", "zstd"}) {
                Interop.check(reader.unreadable.getOrDefault("compressed with " + codec, 0L) == 1000, reader.unreadable.toString());
            }
        }
    }

    private static void sasl(Kafka kafka) throws Exception {
        String topic = kafka.topic(1);
        for (String mechanism : new String[] {"SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"}) {
            try (Sender sender = new Sender(kafka.secure(mechanism, "secret"), topic, 1000)) {
                sender.sent();
            }
            try (Sender sender = new Sender(kafka.secure(mechanism, "wrong"), topic, 1)) {
                sender.awaitNote("SASL_AUTHENTICATION_FAILED");
            }
        }
        try (Reader reader = new Reader(kafka.secure("SCRAM-SHA-512", "secret"), topic)) {
            reader.has(3000);
        }
        KafkaSettings stranger = kafka.secure("PLAIN", "secret");
        stranger.transport = null; // another trust: the JDK's
        try (Sender sender = new Sender(stranger, topic, 1)) {
            sender.awaitNote("PKIX");
        }
    }

    private static void killed(Kafka kafka) throws Exception {
        String topic = kafka.topic(PARTITIONS);
        int all = RECORDS;
        try (Sender sender = new Sender(kafka.settings(), topic, all); Reader reader = new Reader(kafka.settings(), topic)) {
            for (int kill = 1; kill <= 3; kill++) {
                sender.await(all / 4L * kill);
                kafka.kill();
                kafka.start();
            }
            double rate = sender.sent();
            System.out.printf("        %.0f records/s, %d of %d batches sent again%n", rate, sender.repeated(), sender.batches());
            Interop.check(sender.told.isEmpty(), sender.told.toString());
            reader.has(all);
            reader.ordered(all);
        }
        kafka.consoleHas(topic, all);
    }

    /** Records a second of Kafka's own producer, idempotent and with linger 5 ms. */
    private static double perf(Kafka kafka, String topic, String codec, int records) throws Exception {
        String said = kafka.tool("org.apache.kafka.tools.ProducerPerformance", "--topic", topic, "--num-records", String.valueOf(records), "--record-size", "200",
            "--throughput", "-1", "--producer-props", "bootstrap.servers=127.0.0.1:" + kafka.port, "linger.ms=5", "batch.size=65536", "compression.type=" + codec).ended(0, 60);
        Matcher rate = Pattern.compile(records + " records sent, ([0-9.]+) records/sec").matcher(said);
        Interop.check(rate.find(), said);
        return Double.parseDouble(rate.group(1));
    }

    static byte[] utf8(String text) { return text.getBytes(StandardCharsets.UTF_8); }

    /** A Kafka of one broker, plain on one port and with SASL over TLS on the next but one. */
    private static final class Kafka implements AutoCloseable {
        final String version;
        final File directory = Interop.directory();
        final int port, secure;
        private Program program;
        private int topics;

        Kafka(String version) throws Exception {
            this.version = version;
            port = freePort();
            secure = freePort();
            int controller = freePort();
            String login = "org.apache.kafka.common.security.";
            Files.write(directory.toPath().resolve("server.properties"), List.of("process.roles=broker,controller", "node.id=1", "log.dirs=" + directory + "/logs",
                "controller.quorum.voters=1@127.0.0.1:" + controller, "controller.listener.names=CONTROLLER", "inter.broker.listener.name=PLAINTEXT",
                "listeners=PLAINTEXT://127.0.0.1:" + port + ",SASL_SSL://127.0.0.1:" + secure + ",CONTROLLER://127.0.0.1:" + controller,
                "advertised.listeners=PLAINTEXT://127.0.0.1:" + port + ",SASL_SSL://localhost:" + secure,
                "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL", "ssl.keystore.type=PKCS12",
                "ssl.keystore.location=" + Interop.CERTS + "/server.p12", "ssl.keystore.password=changeit", "ssl.key.password=changeit",
                "sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512,PLAIN",
                "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=" + login + "scram.ScramLoginModule required;",
                "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=" + login + "scram.ScramLoginModule required;",
                "listener.name.sasl_ssl.plain.sasl.jaas.config=" + login + "plain.PlainLoginModule required user_user=\"secret\";",
                "auto.create.topics.enable=false", "offsets.topic.replication.factor=1", "offsets.topic.num.partitions=1", "group.initial.rebalance.delay.ms=0",
                "log.cleaner.enable=false", "num.network.threads=2", "num.io.threads=2"));
            List<String> format = new ArrayList<>(List.of("format", "-t", "AAAAAAAAQACAAAAAAAAAAQ", "-c", "server.properties"));
            for (String mechanism : new String[] {"SCRAM-SHA-256", "SCRAM-SHA-512"}) format.addAll(List.of("--add-scram", mechanism + "=[name=user,password=secret]"));
            tool("kafka.tools.StorageTool", format.toArray(String[]::new)).ended(0, 20);
            start();
        }

        private static int freePort() throws IOException {
            try (ServerSocket free = new ServerSocket(0)) {
                return free.getLocalPort();
            }
        }

        Program tool(String main, String... args) throws IOException {
            List<String> command = new ArrayList<>(List.of(Interop.JAVA, "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info", "-cp", Interop.PEERS + "/kafka-" + version + "/lib/*", main));
            command.addAll(List.of(args));
            return Program.start(directory, Map.of(), command.toArray(String[]::new));
        }

        void start() throws Exception {
            program = tool("kafka.Kafka", "server.properties");
            program.await("that it has started", line -> line.contains("Kafka Server started"), 30);
        }

        void kill() throws Exception { program.kill(); }

        KafkaSettings settings() {
            KafkaSettings settings = new KafkaSettings();
            settings.bootstrap.add(new KafkaSettings.Address("127.0.0.1", port));
            settings.backoffMax = 500_000_000L;
            return settings;
        }

        KafkaSettings secure(String mechanism, String password) throws IOException {
            KafkaSettings settings = settings();
            settings.bootstrap.set(0, new KafkaSettings.Address("localhost", secure));
            settings.mechanism = mechanism;
            settings.user = "user";
            settings.password = utf8(password);
            var trust = Trust.ofPem(Interop.CERTS.toPath().resolve("ca.pem"));
            settings.transport = (host, to) -> {
                TransportFactory factory = new TransportFactory(host);
                factory.trust = trust;
                return factory.make(LOOP.get(), "tls", to);
            };
            return settings;
        }

        String topic(int partitions) throws Exception {
            String topic = "topic" + ++topics;
            tool("org.apache.kafka.tools.TopicCommand", "--create", "--bootstrap-server", "127.0.0.1:" + port, "--topic", topic, "--partitions", String.valueOf(partitions)).ended(0, 30);
            return topic;
        }

        /** What Kafka's own consumer reads first: our records, each once, in the order of its key, where Kafka's own producer would put it, with its headers. */
        void consoleHas(String topic, int records) throws Exception {
            String said = tool("org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", "127.0.0.1:" + port, "--topic", topic, "--from-beginning",
                "--max-messages", String.valueOf(records), "--timeout-ms", "30000", "--property", "print.partition=true", "--property", "print.headers=true",
                "--property", "print.key=true", "--property", "print.value=true").ended(0, 60);
            Pattern line = Pattern.compile("Partition:(\\d+)\tmqtt-topic:(k\\d+),n:(\\d+)\t(k\\d+)\t(\\d+)x+");
            int found = 0;
            Map<String, Integer> last = new HashMap<>();
            for (String each : said.split("\n")) {
                Matcher matcher = line.matcher(each);
                if (!matcher.matches()) continue;
                found++;
                String key = matcher.group(4);
                int number = Integer.parseInt(matcher.group(5));
                Interop.check(matcher.group(2).equals(key) && matcher.group(3).equals(matcher.group(5)), each);
                Interop.check(number == last.getOrDefault(key, number % KEYS - KEYS) + KEYS, "after " + last.get(key) + ": " + each);
                last.put(key, number);
            }
            Interop.check(found == records, found + " of " + records + " records; the first lines: " + said.substring(0, Math.min(said.length(), 1500)));
        }

        @Override public void close() { program.close(); }
    }

    /** The loop of the thread that makes a transport. */
    private static final ThreadLocal<NioLoop> LOOP = new ThreadLocal<>();

    /** A cluster on a loop of its own. */
    private abstract static class Peer implements AutoCloseable {
        final NioLoop loop = NioLoop.open();
        final List<String> notes = new ArrayList<>(), told = new ArrayList<>();
        final KafkaSettings settings;
        final AtomicLong count = new AtomicLong();
        Cluster cluster;

        Peer(KafkaSettings settings) {
            this.settings = settings;
            if (settings.transport == null) {
                settings.transport = (host, port) -> new TransportFactory(host).make(loop, settings.mechanism == null ? "tcp" : "tls", port);
            }
            loop.start("kafka-peer");
            loop.execute(() -> {
                LOOP.set(loop);
                cluster = new Cluster(loop, settings, this::note);
                begin();
            });
        }

        abstract void begin();

        private void note(String line) {
            synchronized (notes) {
                notes.add(line);
            }
        }

        void awaitNote(String part) throws Exception {
            for (long end = System.nanoTime() + 60_000_000_000L; ; Thread.sleep(20)) {
                synchronized (notes) {
                    if (notes.stream().anyMatch(note -> note.contains(part))) return;
                    Interop.check(System.nanoTime() < end, "no note of " + part + ": " + notes);
                }
            }
        }

        void await(long wanted) throws Exception {
            for (long end = System.nanoTime() + 240_000_000_000L; count.get() < wanted; Thread.sleep(5)) {
                synchronized (notes) {
                    Interop.check(System.nanoTime() < end, count + " of " + wanted + "; notes: " + notes + ", told: " + told);
                }
            }
        }

        <T> T ask(java.util.function.Supplier<T> what) throws Exception {
            CompletableFuture<T> answer = new CompletableFuture<>();
            loop.execute(() -> {
                try {
                    answer.complete(what.get());
                } catch (AssertionError e) {
                    answer.completeExceptionally(e);
                }
            });
            return answer.get(10, TimeUnit.SECONDS);
        }

        @Override public void close() {
            loop.execute(() -> {
                cluster.close();
                loop.stop();
            });
        }
    }

    /** Sends records with keys in turn, numbered, as fast as they are taken. */
    private static final class Sender extends Peer implements Producer.Owner {
        private static final byte[] TOPIC = utf8("mqtt-topic"), NUMBER = utf8("n");
        private final String topic;
        private final int total;
        private final Headers headers = new Headers();
        private Producer producer;
        private final long started = System.nanoTime();
        private int next, delivered;

        Sender(KafkaSettings settings, String topic, int total) {
            super(settings);
            this.topic = topic;
            this.total = total;
            loop.execute(this::onRoom);
        }

        @Override void begin() { producer = new Producer(loop, cluster, settings, this); }

        @Override public void onRoom() {
            for (; next < total; next++) {
                byte[] key = utf8("k" + next % KEYS), number = utf8(String.valueOf(next));
                headers.clear().add(TOPIC, key).add(NUMBER, number);
                if (!producer.send(topic, -1, ByteBuffer.wrap(key), ByteBuffer.wrap(utf8(next + FILLER)), headers, loop.wallMillis(), next)) return;
            }
        }

        /** Waits until all has been delivered; records a second. */
        double sent() throws Exception {
            await(total);
            return total * 1e9 / (System.nanoTime() - started);
        }

        long repeated() throws Exception { return ask(() -> producer.sentBatches() - delivered); }
        long batches() throws Exception { return ask(() -> producer.sentBatches()); }
        @Override public void onNumbered(Batch batch) { producer.release(batch); }
        @Override public void onWithdrawn(Batch batch) { told.add("withdrawn"); }

        @Override public void onDelivered(Batch batch, long offset) {
            delivered++;
            count.addAndGet(batch.count);
        }

        @Override public void onRefused(String topic, int partition, long tag, KafkaError error, String message) { told.add("refused " + tag + " " + error.name()); }
        @Override public void onLapse(String topic, int partition, KafkaError error, int records) { told.add("lapse " + error.name()); }
    }

    /** Reads all partitions of a topic from the beginning; now and then it takes nothing for a while. */
    private static final class Reader extends Peer implements Consumer.Owner {
        final Map<String, Long> unreadable = new HashMap<>();
        private final String topic;
        private final List<int[]> read = new ArrayList<>();
        private final long[] next = new long[PARTITIONS];
        private Consumer consumer;
        private int offered;

        Reader(KafkaSettings settings, String topic) {
            super(settings);
            this.topic = topic;
            loop.execute(() -> {
                consumer = new Consumer(loop, cluster, settings, this);
                consumer.subscribe(topic);
            });
        }

        @Override void begin() { }
        @Override public long start(String topic, int partition) { return Consumer.EARLIEST; }

        @Override public boolean onRecord(String topic, int partition, KafkaRecord record) {
            if (++offered % 1000 == 0) {
                loop.timer(() -> consumer.resume()).at(loop.now() + 1_000_000);
                return false;
            }
            if (record.offset() < next[partition]) told.add("offset " + record.offset() + " after " + next[partition]);
            next[partition] = record.offset() + 1;
            if (record.key() != null) {
                byte[] key = new byte[record.key().remaining()], value = new byte[record.value().remaining()];
                record.key().get(key);
                record.value().get(value);
                int number = Integer.parseInt(new String(value, StandardCharsets.UTF_8).replaceAll("x.*", ""));
                byte[][] header = record.nextHeader();
                if (!Arrays.equals(header[1], key) || !new String(record.nextHeader()[1], StandardCharsets.UTF_8).equals(String.valueOf(number))) told.add("headers of " + number);
                read.add(new int[] {partition, number});
            }
            count.incrementAndGet();
            return true;
        }

        @Override public boolean onUnreadable(String topic, int partition, long first, long last, String reason) {
            unreadable.merge(reason, last - first + 1, Long::sum);
            return true;
        }

        @Override public void onGap(String topic, int partition, long expected, long found) { told.add("gap"); }

        void has(int records) throws Exception { await(records); }

        /** Each of our records once, in the order of its key, and where its key belongs. */
        void ordered(int records) throws Exception {
            ask(() -> {
                Interop.check(told.isEmpty(), told.toString());
                Interop.check(read.size() == records, read.size() + " of " + records);
                int[] last = new int[KEYS];
                Arrays.setAll(last, key -> key - KEYS);
                for (int[] each : read) {
                    int key = each[1] % KEYS;
                    Interop.check(each[1] == last[key] + KEYS, each[1] + " after " + last[key]);
                    last[key] = each[1];
                }
                return null;
            });
        }
    }
}
