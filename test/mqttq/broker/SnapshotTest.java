package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.function.Consumer;
import mqttq.Seeds;
import mqttq.config.BrokerSettings;
import mqttq.journal.Journal;
import mqttq.journal.JournalException;
import mqttq.mqtt.Message;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.Will;
import org.junit.jupiter.api.Test;

/** What changes while a snapshot is written is there afterwards, and reading back needs no more memory than running did. */
class SnapshotTest {
    private static final int SESSIONS = 6;

    @Test
    void nothingIsLostWhateverChangesDuringASnapshot() throws JournalException {
        for (long seed : Seeds.each(1, 60)) {
            Run run = new Run(seed, settings -> { });
            run.fill(700);
            for (int round = 0; round < 4; round++) run.round(seed + ", round " + round);
        }
    }

    /** From what a tenth of a Pi's heap allows to what a large one does. */
    @Test
    void readingBackNeedsNoMoreThanRunningDid() throws JournalException {
        for (long limit = 64 << 10; limit <= (Seeds.SOAK ? 32 << 20 : 512 << 10); limit *= 8) {
            long most = limit;
            Run run = new Run(limit, settings -> settings.memoryLimit = most);
            for (int i = 0; i < (Seeds.SOAK ? 3 : 1); i++) {
                run.fill((int) (limit / 150)); // more than there is room for
                run.pass((int) (limit / 100)); // and the disk gets more than that again, which goes as it comes
                run.passAndCompact((int) (limit / 80));
                run.restart("limit " + limit);
                run.broker.client("a" + i).connect().lose(); // its queue goes
                run.broker.sync();
            }
            assertTrue(run.running > limit / 2, run.running + " of " + limit);
        }
    }

    /** What is too large for one client is let go of while another is still to have it. */
    @Test
    void aMessageThatOneLetsGoOfIsThereForTheNext() throws JournalException {
        Run run = new Run(1, settings -> { });
        run.fill(1000);
        run.in(run.broker.client("first").with(Property.MAXIMUM_PACKET_SIZE, 30)).subscribe2("let/go");
        run.in("away").subscribe2("let/go").lose();
        run.in(run.broker.client("last").with(Property.MAXIMUM_PACKET_SIZE, 30)).subscribe2("let/go");
        run.broker.sync().broker.compact();
        assertTrue(run.broker.broker.session("first").online() && run.broker.broker.session("last").online());
        for (int i = 0; i < 50; i++) {
            run.publish("let/go", 40, 1, false);
            run.broker.seconds(0.001);
        }
        assertEquals(50, run.broker.broker.session("away").stored());
        run.restart("once");
    }

    private static final class Run {
        private final Random random;
        private TestBroker broker;
        private int sent;
        /** Heap bytes of messages, about, at most. */
        private long running;

        Run(long seed, Consumer<BrokerSettings> change) throws JournalException {
            random = new Random(seed);
            broker = new TestBroker(settings -> {
                settings.maxQueuedMessages = 0;
                change.accept(settings);
            }).keep();
            for (int i = 0; i < SESSIONS; i++) client(i).subscribe2("t/" + i + "/#", i % 2 == 0 ? "$share/g/s/#" : "all").lose();
            in("passing").subscribe2("pass");
        }

        private TestClient in(String id) { return in(broker.client(id)); }

        private TestClient in(TestClient client) {
            client.keep().connect();
            broker.sync();
            client.received();
            return client;
        }

        private TestClient client(int i) { return in("a" + i); }

        private void publish(String topic, int size, int qos, boolean retain) {
            byte[] payload = ByteBuffer.allocate(4 + size).putInt(++sent).array();
            broker.broker.publish(Message.of(topic, payload, qos, retain));
            running = Math.max(running, broker.broker.stats.messageBytes);
        }

        private String topic() { return switch (random.nextInt(9)) { case 0 -> "all"; case 1 -> "s/x"; default -> "t/" + random.nextInt(SESSIONS) + "/x"; }; }

        void fill(int messages) {
            for (int i = 0; i < messages; i++) {
                publish(topic(), random.nextInt(300), 1 + random.nextInt(2), false);
                if (i % 500 == 0) broker.seconds(0.02);
            }
            broker.sync();
        }

        /** Messages for one that takes them at once. */
        void pass(int messages) { pass(messages, in("passing")); }

        void passAndCompact(int messages) {
            TestClient passing = in("passing");
            broker.broker.compact();
            pass(messages, passing);
        }

        private void pass(int messages, TestClient passing) {
            for (int i = 0; i < messages; i++) {
                publish("pass", random.nextInt(300), 1, false);
                acknowledge(passing, 1);
                if (i % 100 == 0) broker.seconds(0.002);
            }
            passing.lose();
        }

        /** Answers what came as far as chance has it; 1: everything. */
        private void acknowledge(TestClient client, int outOf) {
            for (String line : client.received()) {
                if (!line.matches("(?s).* m\\d+\\b.*|PUB.*") || random.nextInt(outOf) > 0) continue;
                int id = Integer.parseInt(line.replaceFirst("(?s)^PUBREL (\\d+).*|.* m(\\d+).*", "$1$2"));
                client.ack(line.startsWith("PUBREL") ? PacketType.PUBCOMP : line.contains(" q1 ") ? PacketType.PUBACK : PacketType.PUBREC, id);
            }
        }

        /** A snapshot, and all kinds of changes meanwhile. */
        void round(String where) throws JournalException {
            TestClient publisher = in("publisher"), online = client(random.nextInt(SESSIONS));
            int begin = random.nextInt(30);
            for (int step = 0; step < 80; step++) {
                if (step == begin) broker.broker.compact();
                int who = random.nextInt(SESSIONS);
                switch (random.nextInt(14)) {
                    case 0 -> publish("r/" + random.nextInt(20), random.nextInt(2000), 1, true);
                    case 1 -> broker.broker.publish(Message.of("r/" + random.nextInt(20), new byte[0], 1, true));
                    case 2 -> acknowledge(online, 2);
                    case 3 -> {
                        TestClient other = broker.client("a" + who).keep().connect();
                        broker.seconds(0.02);
                        acknowledge(other, 3);
                        broker.seconds(0.02);
                        acknowledge(other, 2);
                        other.lose();
                    }
                    case 4 -> publisher.publish(topic(), ("x" + ++sent).getBytes(), 2, false, 1 + random.nextInt(20), Properties.EMPTY, 0, true, false);
                    case 5 -> publisher.ack(PacketType.PUBREL, 1 + random.nextInt(20));
                    case 6 -> {
                        Properties delay = Properties.builder().put(Property.WILL_DELAY_INTERVAL, 900).build();
                        TestClient mortal = broker.client("will" + who).keep().will(new Will("t/0/will", ("will" + ++sent).getBytes(), 1, false, delay)).connect();
                        if (random.nextBoolean()) mortal.lose();
                    }
                    case 7 -> {
                        if (random.nextInt(8) > 0) break;
                        TestClient anew = broker.client("a" + who).keep();
                        anew.cleanStart = true;
                        anew.connect();
                        broker.seconds(0.02);
                        anew.subscribe2("t/" + who + "/#");
                        if (random.nextBoolean()) anew.lose();
                    }
                    case 8 -> online.subscribe(7, 1 + who, SubscriptionOptions.of(1 + random.nextInt(2)), "more/" + who, "r/" + who);
                    case 9 -> online.unsubscribe(8, "more/" + who);
                    default -> {
                        for (int i = random.nextInt(30); i >= 0; i--) publish(topic(), random.nextInt(300), 1 + random.nextInt(2), false);
                    }
                }
                broker.seconds(random.nextInt(4) / 1000.0);
            }
            restart(where);
        }

        void restart(String where) throws JournalException {
            broker.sync();
            String before = Kept.text(broker.broker);
            long read = readBack();
            assertTrue(read <= 1.05 * running + 1000, where + ": reading back took " + read + " bytes, running " + running);
            broker = broker.restart();
            assertEquals(before, Kept.text(broker.broker), "seed " + where);
        }

        /** Heap bytes, about, of all messages that are held at once while the journal is read. */
        private long readBack() throws JournalException {
            TestBroker other = new TestBroker(settings -> settings.maxQueuedMessages = 0);
            Restore restore = new Restore(other.broker, new Journal(other.loop, "", null, Journal.Sync.ALWAYS, null), null);
            long[] next = {0}, most = {0}, largest = {0};
            for (String name : broker.disk().list()) {
                if (name.startsWith("spare") || broker.disk().content(name)[0] == 0) continue; // not in use
                Journal.read(ByteBuffer.wrap(broker.disk().content(name)), (batch, time, wall, changes) -> {
                    if (batch < next[0]) return;
                    next[0] = batch + 1;
                    restore.replay(changes);
                    if (restore.messages.size() < 1.02 * largest[0]) return; // or this test takes its time
                    largest[0] = restore.messages.size();
                    long[] held = {0};
                    restore.messages.forEach(each -> held[0] += each.message.footprint() + (long) StoredMessage.PLACE * each.places);
                    most[0] = Math.max(most[0], held[0]);
                });
            }
            return most[0];
        }
    }
}
