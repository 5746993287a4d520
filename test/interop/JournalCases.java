import java.io.File;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mqttq.client.MqttClient;
import mqttq.mqtt.Message;
import mqttq.mqtt.ReasonCode;

/** What is kept, on real file systems: processes killed, disks full, bytes that reach a device, syncs as slow as an SD card's. */
final class JournalCases {
    private static final Pattern READY = Pattern.compile("ready: mqtt://127.0.0.1:(\\d+)");

    private JournalCases() { }

    static void all(Interop run) {
        run.test("journal: kill -9, 50 times under load, loses nothing", JournalCases::killed);
        run.test("journal: 1,000 clients x 100 messages are there again in 1.5 s with -Xmx64m", JournalCases::restart);
        run.test("journal: kill -9 while 20,000 queued messages are compacted, and what comes meanwhile, lose nothing", JournalCases::compacting);
        run.test("journal: what a Pi's heap holds at the memory limit is there again with that heap", JournalCases::limit);
        run.test("journal: a full disk", JournalCases::full);
        run.test("journal: syncs that fail: each PUBLISH answered, QoS 2 once, no file left behind", JournalCases::failing);
        run.test("journal: retained messages that filled the disk are deleted, and the room is there again", JournalCases::deleted);
        run.test("journal: bytes that reach an ext4 device", JournalCases::device);
        run.test("journal: QoS 1 with syncs of 20 ms, and without syncs", JournalCases::slow);
    }

    /** A broker that keeps its journal in {@code directory}. */
    private static final class Broker implements AutoCloseable {
        final Program program;
        final int port;

        Broker(File directory, int port, Map<String, String> environment, String... more) throws Exception {
            this(directory, port, environment, List.of("-XX:+UseSerialGC", "-Xmx64m"), more);
        }

        Broker(File directory, int port, Map<String, String> environment, List<String> java, String... more) throws Exception {
            Path config = directory.toPath().resolve("mqttq.conf");
            if (!Files.exists(config)) {
                Files.writeString(config, "listener " + port + " 127.0.0.1\nallow_anonymous true\npersistence true\nmax_queued_messages 0\n"
                    + "persistence_location " + directory + "\n" + String.join("\n", more) + "\n");
            }
            List<String> command = new ArrayList<>(List.of(Interop.JAVA));
            command.addAll(java);
            command.addAll(List.of("-jar", Interop.JAR, "broker", "-c", config.toString()));
            program = Program.start(directory, environment, command.toArray(new String[0]));
            Matcher ready = READY.matcher(program.await("it is ready", line -> line.contains(" ready: "), 30));
            Interop.check(ready.find(), program.output());
            this.port = Integer.parseInt(ready.group(1));
        }

        MqttClient client(String id, boolean keep, MqttClient.Listener listener) {
            return MqttClient.builder("mqtt://127.0.0.1:" + port).clientId(id).cleanStart(!keep).sessionExpiry(Duration.ofHours(keep ? 1 : 0))
                .reconnect(Duration.ofMillis(50), Duration.ofMillis(200)).limits(100, 1_000_000).listener(listener).connect().join();
        }

        /** SIGUSR1. */
        void compact() throws Exception { Program.start(new File("/"), Map.of(), "kill", "-USR1", String.valueOf(program.pid())).ended(0, 10); }

        @Override public void close() { program.close(); }
    }

    private static int free() throws Exception {
        try (java.net.ServerSocket free = new java.net.ServerSocket(0)) {
            return free.getLocalPort();
        }
    }

    private static byte[] numbered(int number, int size) { return ByteBuffer.allocate(size).putInt(number).array(); }

    private static void killed() throws Exception {
        File directory = Interop.directory();
        int port = free(), sent = 0;
        Map<Integer, AtomicInteger> once = new ConcurrentHashMap<>(), atLeastOnce = new ConcurrentHashMap<>();
        AtomicInteger acknowledged = new AtomicInteger(), refused = new AtomicInteger();
        Random random = new Random(7);
        Broker broker = new Broker(directory, port, Map.of());
        MqttClient subscriber = broker.client("subscriber", true, message ->
            (message.topic().startsWith("2") ? once : atLeastOnce).computeIfAbsent(message.payloadBuffer().getInt(), n -> new AtomicInteger()).incrementAndGet());
        subscriber.subscribe("+/load", 2).get(10, TimeUnit.SECONDS);
        MqttClient publisher = broker.client("publisher", true, message -> { });
        for (int kill = 0; kill < 50; kill++) {
            for (int i = 0; i < 100; i++, sent++) {
                for (int qos = 1; qos <= 2; qos++) {
                    publisher.publish(qos + "/load", numbered(sent, 200), qos, false).whenComplete((code, failure) ->
                        (failure == null && !code.isFailure() ? acknowledged : refused).incrementAndGet());
                }
            }
            Thread.sleep(random.nextInt(150));
            broker.program.kill();
            broker = new Broker(directory, port, Map.of());
        }
        long end = System.nanoTime() + 60_000_000_000L;
        while (System.nanoTime() < end && (acknowledged.get() < 2 * sent || once.size() < sent || atLeastOnce.size() < sent)) Thread.sleep(20);
        Thread.sleep(300); // what would come twice
        String figures = sent + " of each QoS sent, " + acknowledged + " acknowledged, " + refused + " refused, " + atLeastOnce.size() + " and " + once.size() + " delivered";
        Interop.check(acknowledged.get() == 2 * sent && atLeastOnce.size() == sent && once.size() == sent, figures);
        for (var each : once.entrySet()) Interop.check(each.getValue().get() == 1, "QoS 2 message " + each.getKey() + " came " + each.getValue() + " times; " + figures);
        subscriber.close();
        publisher.close();
        broker.close();
    }

    private static void restart() throws Exception {
        File directory = Interop.directory();
        int port = free();
        try (Broker broker = new Broker(directory, port, Map.of())) {
            List<MqttClient> clients = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                MqttClient client = broker.client("offline" + i, true, message -> { });
                client.subscribe("to/" + i, 1).get(20, TimeUnit.SECONDS);
                client.close();
            }
            MqttClient publisher = broker.client("publisher", false, message -> { });
            List<CompletableFuture<ReasonCode>> all = new ArrayList<>();
            for (int n = 0; n < 100; n++) for (int i = 0; i < 1000; i++) all.add(publisher.publish("to/" + i, numbered(n, 20), 1, false));
            for (CompletableFuture<ReasonCode> each : all) Interop.check(!each.get(60, TimeUnit.SECONDS).isFailure(), "a message was refused");
            publisher.close();
            broker.program.kill();
        }
        long best = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 3; attempt++) {
            long start = System.nanoTime();
            try (Broker broker = new Broker(directory, port, Map.of())) {
                best = Math.min(best, (System.nanoTime() - start) / 1_000_000);
                AtomicInteger got = new AtomicInteger();
                MqttClient one = broker.client("offline" + attempt, true, message -> got.incrementAndGet());
                for (int i = 0; i < 200 && got.get() < 100; i++) Thread.sleep(20);
                Interop.check(got.get() == 100, got + " of 100 messages");
                one.close();
            }
        }
        System.out.println("        ready after " + best + " ms (best of 3)");
        Interop.check(best < 1500, best + " ms");
    }

    /** A session with a topic of its own for a client that has gone again. */
    private static void absent(Broker broker, String id) throws Exception {
        MqttClient client = broker.client(id, true, message -> { });
        client.subscribe("to/" + id, 1).get(60, TimeUnit.SECONDS);
        client.close();
    }

    private static void acknowledged(List<CompletableFuture<ReasonCode>> all) throws Exception {
        for (CompletableFuture<ReasonCode> each : all) Interop.check(!each.get(120, TimeUnit.SECONDS).isFailure(), "a message was refused");
        all.clear();
    }

    /** Takes what waits for a client and says how many different messages that was. */
    private static int taken(Broker broker, String id, int expected) throws Exception {
        java.util.Set<Integer> got = ConcurrentHashMap.newKeySet();
        MqttClient client = broker.client(id, true, message -> got.add(message.payloadBuffer().getInt()));
        for (int i = 0; i < 3000 && got.size() < expected; i++) Thread.sleep(20);
        client.close();
        return got.size();
    }

    private static void compacting() throws Exception {
        File directory = Interop.directory();
        int port = free(), sent = 0, sessions = 10;
        List<CompletableFuture<ReasonCode>> all = new ArrayList<>();
        Random random = new Random(3);
        Broker broker = new Broker(directory, port, Map.of());
        for (int i = 0; i < sessions; i++) absent(broker, "s" + i);
        MqttClient publisher = broker.client("publisher", true, message -> { });
        for (; sent < 20_000; sent++) all.add(publisher.publish("to/s" + sent % sessions, numbered(sent, 60), 1, false));
        acknowledged(all);
        for (int kill = 0; kill < 10; kill++) {
            broker.compact();
            for (int end = sent + 200; sent < end; sent++) all.add(publisher.publish("to/s" + sent % sessions, numbered(sent, 60), 1, false));
            Thread.sleep(random.nextInt(kill % 2 == 0 ? 60 : 600));
            broker.program.kill();
            broker = new Broker(directory, port, Map.of());
        }
        acknowledged(all);
        publisher.close();
        for (int i = 0; i < sessions; i++) {
            int got = taken(broker, "s" + i, sent / sessions);
            Interop.check(got == sent / sessions, got + " of " + sent / sessions + " messages for session " + i);
        }
        broker.close();
    }

    /** The flags of pi/bootCommands.sh, and 19.9 of the 20 MB that the broker takes with them. */
    private static void limit() throws Exception {
        File directory = Interop.directory();
        int port = free(), sessions = 150, each = 950;
        List<String> flags = List.of("-XX:+UseSerialGC", "-Xms6m", "-Xmx32m", "-Xmn3m", "-Xss256k", "-XX:-UsePerfData", "-XX:ReservedCodeCacheSize=16m", "-XX:+ExitOnOutOfMemoryError");
        List<CompletableFuture<ReasonCode>> all = new ArrayList<>();
        try (Broker broker = new Broker(directory, port, Map.of(), flags)) {
            for (int i = 0; i < sessions; i++) absent(broker, "s" + i);
            MqttClient publisher = broker.client("publisher", false, message -> { });
            for (int n = 0; n < each; n++) {
                for (int i = 0; i < sessions; i++) all.add(publisher.publish("to/s" + i, numbered(n, 20), 1, false));
                if (n % 10 == 9) acknowledged(all);
            }
            acknowledged(all);
            publisher.close();
            broker.program.kill();
        }
        for (int start = 0; start < 3; start++) {
            try (Broker broker = new Broker(directory, port, Map.of(), flags)) {
                if (start == 1) broker.compact();
                int got = taken(broker, "s" + start, each);
                Interop.check(got == each, got + " of " + each + " messages");
            }
        }
    }

    private static void full() throws Exception {
        File directory = Interop.directory();
        Program.start(directory, Map.of(), "mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", directory.getPath()).ended(0, 10);
        try (Broker broker = new Broker(directory, free(), Map.of(), "sys_interval 1")) {
            AtomicInteger got = new AtomicInteger(), free = new AtomicInteger();
            MqttClient kept = broker.client("kept", true, message -> got.incrementAndGet());
            kept.subscribe("kept", 1).get(10, TimeUnit.SECONDS);
            kept.close();
            MqttClient other = broker.client("other", false, message -> free.incrementAndGet()), publisher = broker.client("publisher", false, message -> { });
            other.subscribe("free", 1).get(10, TimeUnit.SECONDS);
            int taken = 0;
            while (taken(publisher, "kept", numbered(taken, 5000))) Interop.check(++taken < 2000, "never full");
            Interop.check(taken(publisher, "free", new byte[1]), "what needs no disk was refused");
            Program.start(directory, Map.of(), "mosquitto_pub", "-p", String.valueOf(broker.port), "-V", "311", "-q", "1", "-t", "kept", "-m", "x").exit(10);
            Program.start(directory, Map.of(), "mount", "-o", "remount,size=16m", directory.getPath()).ended(0, 10);
            long end = System.nanoTime() + 10_000_000_000L;
            while (!taken(publisher, "kept", numbered(taken, 5000))) {
                Interop.check(System.nanoTime() < end, "does not recover");
                Thread.sleep(100);
            }
            taken++;
            other.close();
            publisher.close();
            String log = broker.program.output();
            Interop.check(log.split("Error: the journal cannot write: .*No space left", -1).length == 2 && log.contains("The journal can write again"), log);
            broker.program.kill();
            try (Broker again = new Broker(directory, broker.port, Map.of())) {
                MqttClient back = again.client("kept", true, message -> got.incrementAndGet());
                for (int i = 0; i < 500 && got.get() < taken; i++) Thread.sleep(20);
                Interop.check(got.get() == taken, got + " of " + taken + " acknowledged messages");
                back.close();
            }
        } finally {
            Program.start(new File("/"), Map.of(), "umount", "-l", directory.getPath()).exit(10);
        }
    }

    private static String library() throws Exception {
        File library = new File(Interop.WORK, "slowsync.so");
        Program.start(Interop.ROOT, Map.of(), "gcc", "-O2", "-shared", "-fPIC", "-o", library.getPath(), "test/interop/slowsync.c").ended(0, 20);
        return library.getPath();
    }

    private static List<String> files(File directory) throws Exception {
        try (var all = Files.walk(directory.toPath())) {
            return all.map(path -> path.getFileName().toString()).filter(name -> name.startsWith("segment-") || name.startsWith("spare-")).toList();
        }
    }

    /** Publishes, and has the slowest refusal in {@code slowest}, ns: who was taken in time waits for PUBCOMP until the disk works. */
    private static CompletableFuture<ReasonCode> timed(MqttClient publisher, int number, AtomicLong slowest) {
        long start = System.nanoTime();
        return publisher.publish("twice/load", numbered(number, 200), 2, false)
            .whenComplete((code, failure) -> {
                if (failure != null || code.isFailure()) slowest.accumulateAndGet(System.nanoTime() - start, Math::max);
            });
    }

    private static void failing() throws Exception {
        File directory = Interop.directory();
        Path fails = Path.of(directory + ".fails");
        int port = free(), sent = 0, refused = 0;
        AtomicLong slowest = new AtomicLong();
        Map<Integer, AtomicInteger> once = new ConcurrentHashMap<>();
        try (Broker broker = new Broker(directory, port, Map.of("LD_PRELOAD", library(), "SYNC_MICROS", "1000", "SYNC_FAILS", fails.toString()))) {
            MqttClient subscriber = broker.client("subscriber", true, message -> once.computeIfAbsent(message.payloadBuffer().getInt(), n -> new AtomicInteger()).incrementAndGet());
            subscriber.subscribe("twice/load", 2).get(10, TimeUnit.SECONDS);
            MqttClient publisher = broker.client("publisher", true, message -> { });
            publisher.publish("twice/load", numbered(sent++, 200), 2, false).get(10, TimeUnit.SECONDS);
            List<String> before = files(directory);
            Interop.check(!before.isEmpty(), "no files");
            for (int round = 0; round < 3; round++) {
                List<CompletableFuture<ReasonCode>> under = new ArrayList<>();
                int first = sent;
                for (int i = 0; i < 10; i++) under.add(timed(publisher, sent++, slowest));
                Thread.sleep(2); // some are taken, some under way
                Files.writeString(fails, "");
                for (int i = 0; i < 20; i++) {
                    under.add(timed(publisher, sent++, slowest));
                    Thread.sleep(100);
                }
                Thread.sleep(100);
                for (CompletableFuture<ReasonCode> each : under.subList(10, 30)) Interop.check(each.isDone() && !sure(each), "no answer, or taken");
                Files.delete(fails);
                for (int i = 0; i < under.size(); i++) {
                    if (sure(under.get(i))) continue;
                    refused++;
                    while (!sure(publisher.publish("twice/load", numbered(first + i, 200), 2, false))) Thread.sleep(50); // the same once more
                }
            }
            Interop.check(slowest.get() < 2_000_000_000L && refused > 30, slowest.get() / 1_000_000 + " ms, " + refused + " refused");
            for (int i = 0; i < 500 && once.size() < sent; i++) Thread.sleep(20);
            Thread.sleep(500); // what would come twice
            Interop.check(once.size() == sent, once.size() + " of " + sent);
            for (var each : once.entrySet()) Interop.check(each.getValue().get() == 1, "QoS 2 message " + each.getKey() + " came " + each.getValue() + " times");
            Interop.check(files(directory).size() <= before.size(), files(directory) + ", before " + before);
            System.out.println("        " + refused + " of " + sent + " refused, each answered within " + slowest.get() / 1_000_000 + " ms; " + files(directory).size() + " files, " + before.size() + " before");
            subscriber.close();
            publisher.close();
        } finally {
            Files.deleteIfExists(fails);
        }
    }

    private static boolean sure(CompletableFuture<ReasonCode> publish) throws Exception {
        try {
            return !publish.get(10, TimeUnit.SECONDS).isFailure();
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getMessage().contains("QUOTA_EXCEEDED")) return false;
            throw e;
        }
    }

    private static void deleted() throws Exception {
        File directory = Interop.directory();
        Program.start(directory, Map.of(), "mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", directory.getPath()).ended(0, 10);
        try (Broker broker = new Broker(directory, free(), Map.of())) {
            MqttClient publisher = broker.client("publisher", false, message -> { });
            int kept = 0;
            while (sure(publisher.publish("r/" + kept, numbered(kept, 2000), 1, true))) Interop.check(++kept < 4000, "never full");
            for (int i = 0; i < kept; i++) Interop.check(sure(publisher.publish("r/" + i, new byte[0], 1, true)), "a deletion was refused");
            long end = System.nanoTime() + 10_000_000_000L;
            while (!sure(publisher.publish("r/again", new byte[2000], 1, true))) Interop.check(System.nanoTime() < end, "no room");
            for (int i = 0; i < kept / 2; i++) Interop.check(sure(publisher.publish("r/" + i, numbered(i, 2000), 1, true)), i + " of " + kept);
            System.out.println("        " + kept + " retained messages of 2,000 bytes, deleted, and room for " + kept / 2 + " again");
            publisher.close();
        } finally {
            Program.start(new File("/"), Map.of(), "umount", "-l", directory.getPath()).exit(10);
        }
    }

    /** False: refused with 0x97. */
    private static boolean taken(MqttClient publisher, String topic, byte[] payload) throws Exception {
        return sure(publisher.publish(topic, payload, 1, false));
    }

    /** Bytes written to a device since the system started. */
    private static long written(String device) throws Exception { return 512 * Long.parseLong(Files.readString(Path.of("/sys/block/" + device + "/stat")).trim().split("\\s+")[6]); }

    private static void device() throws Exception {
        File directory = Interop.directory(), image = new File(directory + ".img");
        Program.start(new File("/"), Map.of(), "sh", "-c", "truncate -s 200M " + image + " && mkfs.ext4 -q -b 4096 " + image).ended(0, 30);
        String device = Program.start(new File("/"), Map.of(), "losetup", "-f", "--show", image.getPath()).ended(0, 10).trim();
        try {
            Program.start(new File("/"), Map.of(), "mount", "-o", "noatime", device, directory.getPath()).ended(0, 10);
            try (Broker broker = new Broker(directory, free(), Map.of(), "sys_interval 0")) {
                String name = device.substring(device.lastIndexOf('/') + 1);
                MqttClient kept = broker.client("kept", true, message -> { });
                kept.subscribe("kept", 1).get(10, TimeUnit.SECONDS);
                MqttClient publisher = broker.client("publisher", false, message -> { });
                measure(publisher, name, 50, 1, 100); // the first file is made
                double one = measure(publisher, name, 500, 1, 100) / 500;
                double grown = 0, through = 0;
                through = measure(publisher, name, 1000, 20, 512) / (20_000 * 512.0);
                kept.close();
                grown = measure(publisher, name, 500, 20, 512) / (10_000 * 512.0);
                System.out.printf("        %.0f bytes a sync of one message of 100 bytes; of payload, 20 messages of 512 bytes a sync: %.2f x passing through, %.2f x kept%n", one, through, grown);
                Interop.check(one <= 4.5 * 1024 && through <= 2.5 && grown <= 2.5, "too many bytes: " + one + ", " + through + ", " + grown);
                publisher.close();
            }
        } finally {
            Program.start(new File("/"), Map.of(), "sh", "-c", "umount " + directory + "; losetup -d " + device + "; rm -f " + image).exit(20);
        }
    }

    /** Bytes that the device gets for so many batches. */
    private static double measure(MqttClient publisher, String device, int batches, int messages, int size) throws Exception {
        Program.start(new File("/"), Map.of(), "sync").ended(0, 30);
        long before = written(device);
        for (int batch = 0; batch < batches; batch++) {
            List<CompletableFuture<ReasonCode>> all = new ArrayList<>();
            for (int i = 0; i < messages; i++) all.add(publisher.publish(Message.of("kept", numbered(i, size), 1, false)));
            for (CompletableFuture<ReasonCode> each : all) each.get(10, TimeUnit.SECONDS);
        }
        Program.start(new File("/"), Map.of(), "sync").ended(0, 30);
        return written(device) - before;
    }

    private static void slow() throws Exception {
        double always = throughput(Map.of("LD_PRELOAD", library(), "SYNC_MICROS", "20000"), 1, 150), never = throughput(Map.of(), 20, 1000, "persistence_sync never");
        System.out.printf("        50 publishers: %.0f messages/s with a sync of 20 ms and 1 in flight each (%.0f %% of what that allows), %.0f without syncs and 20 in flight%n",
            always, always / 25, never);
        // a machine that others use too is no measure of more
        Interop.check(always > 0.4 * 2500, always + " messages/s");
    }

    private static double throughput(Map<String, String> environment, int window, int messages, String... more) throws Exception {
        try (Broker broker = new Broker(Interop.directory(), free(), environment, more)) {
            MqttClient subscriber = broker.client("kept", true, message -> { });
            subscriber.subscribe("bench/#", 1).get(10, TimeUnit.SECONDS);
            String result = Interop.mqttq(Interop.directory(), "bench", "pub", "-h", "127.0.0.1", "-p", String.valueOf(broker.port), "--transport", "tcp", "-c", "50",
                "-n", String.valueOf(messages), "-q", "1", "-M", String.valueOf(window), "--json").ended(0, 60);
            subscriber.close();
            Matcher rate = Pattern.compile("\"rate_per_s\":([0-9.]+)").matcher(result);
            Interop.check(rate.find() && result.contains("\"errors\":0"), result);
            return Double.parseDouble(rate.group(1));
        }
    }
}
