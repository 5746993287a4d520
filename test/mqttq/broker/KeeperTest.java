package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import mqttq.Seeds;
import mqttq.auth.Access;
import mqttq.auth.Authorizer;
import mqttq.journal.JournalException;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.Will;
import org.junit.jupiter.api.Test;

/** The broker with its journal: what outlives the process, and what a disk that fails means to clients. */
class KeeperTest {
    private static final String CONNACK = "CONNACK SUCCESS", PRESENT = " present", LIMITS = " {TOPIC_ALIAS_MAXIMUM=10, RECEIVE_MAXIMUM=20}";
    private static final long HOUR = 3_600_000, YEAR = 8766 * HOUR;
    private TestBroker broker;

    KeeperTest() throws JournalException {
        broker = new TestBroker(builder -> builder.maxRetainedMessages = 0).keep();
    }

    /** A client with a kept session that the broker welcomes. */
    private TestClient in(String id, boolean present) {
        TestClient client = broker.client(id).keep().connect().getsNothing();
        broker.sync();
        return client.gets(CONNACK + (present ? PRESENT : "") + LIMITS);
    }

    /** The same, and what comes right after the CONNACK. */
    private List<String> back(TestClient client) {
        client.keep().connect();
        broker.sync();
        List<String> all = client.received();
        assertEquals(CONNACK + PRESENT + LIMITS, all.get(0));
        return all.subList(1, all.size());
    }

    private List<String> back(String id) {
        return back(broker.client(id));
    }

    private void subscriber(String id, int qos, String... filters) {
        TestClient client = in(id, false);
        client.subscribe(77, 0, SubscriptionOptions.of(qos), filters);
        broker.sync();
        assertTrue(client.one().startsWith("SUBACK"));
        client.lose();
    }

    private void publish(String topic, String payload, int qos, boolean retain) {
        TestClient client = broker.client("publisher").in();
        client.publish(topic, payload.getBytes(), qos, retain, 1, Properties.EMPTY, 0, true, false);
        broker.sync();
        if (qos > 0) assertTrue(client.one().startsWith(qos == 1 ? "PUBACK 1" : "PUBREC 1"));
        client.disconnect();
    }

    private void restart() throws JournalException {
        broker = broker.restart();
    }

    @Test
    void queuesSubscriptionsAndRetainedMessagesOutliveThePowerCut() throws JournalException {
        subscriber("a", 2, "t/#");
        subscriber("b", 1, "t/+");
        publish("t/1", "one", 1, false);
        publish("t/2", "two", 2, true);
        publish("t/3", "three", 0, true);
        restart();
        assertEquals(List.of("t/1 one q1 m1", "t/2 two q1 m2"), back("b"));
        assertEquals(List.of("t/1 one q1 m1", "t/2 two q2 m2"), back("a"));
        TestClient c = broker.client("c").in();
        c.subscribe(77, 0, SubscriptionOptions.of(2), "#");
        assertEquals(List.of("SUBACK 77 [GRANTED_QOS_2]", "t/2 two q2 m1 retain", "t/3 three q0 retain"), c.received().stream().sorted().toList());
        publish("t/9", "nine", 1, false);
        restart();
        assertEquals(List.of("t/1 one q1 m1 dup", "t/2 two q1 m2 dup", "t/9 nine q1 m3 dup"), back("b"));
        assertEquals(2, broker.broker.stats().retained);
        assertEquals(2, broker.broker.stats().subscriptions);
    }

    @Test
    void aSharedMessageIsWrittenOnce() throws JournalException {
        for (int i = 0; i < 20; i++) subscriber("s" + i, 1, "t");
        long before = broker.disk().bytesWritten();
        publish("t", "x".repeat(10_000), 1, false);
        assertTrue(broker.disk().bytesWritten() - before < 11_000, "" + (broker.disk().bytesWritten() - before));
        restart();
        assertEquals(1, broker.broker.stats().stored);
        broker.broker.compact();
        broker.sync();
        restart();
        assertEquals(1, broker.broker.stats().stored);
        for (int i = 0; i < 20; i++) assertEquals(1, back("s" + i).size());
    }

    @Test
    void qos2FlowsGoOnWhereTheyWere() throws JournalException {
        subscriber("a", 2, "t");
        TestClient p = in("p", false);
        p.publish("t", "x", 2, 7);
        p.getsNothing();
        broker.sync();
        p.gets("PUBREC 7");
        restart();
        p = broker.client("p");
        assertEquals(List.of(), back(p));
        p.publish("t", "x".getBytes(), 2, false, 7, Properties.EMPTY, 0, true, true);
        broker.sync();
        p.gets("PUBREC 7").ack(PacketType.PUBREL, 7).getsNothing();
        broker.sync();
        p.gets("PUBCOMP 7");
        TestClient a = broker.client("a");
        assertEquals(List.of("t x q2 m1"), back(a));
        a.ack(PacketType.PUBREC, 1).getsNothing();
        restart();
        a = broker.client("a");
        assertEquals(List.of("t x q2 m1 dup"), back(a)); // that PUBREC was not safe, and no PUBREL had gone out
        a.ack(PacketType.PUBREC, 1);
        broker.sync();
        a.gets("PUBREL 1");
        restart();
        a = broker.client("a");
        assertEquals(List.of("PUBREL 1"), back(a));
        a.ack(PacketType.PUBCOMP, 1);
        p = broker.client("p");
        assertEquals(List.of(), back(p));
        p.publish("t", "y", 2, 7);
        broker.sync();
        p.gets("PUBREC 7");
        a.gets("t y q2 m2");
    }

    /** A client remembers the identifiers of what it has got (MQTT 5.0 §4.3.3): after a power cut at any moment none means another message. */
    @Test
    void noIdentifierOfQos2MeansAnotherMessageAfterThePowerCut() throws JournalException {
        int sent = 0;
        for (int moment = 0; moment < 15; moment++) {
            broker = new TestBroker().keep();
            TestClient s = in("s", false), p = broker.client("p").in();
            s.subscribe(77, 0, SubscriptionOptions.of(2), "t");
            broker.sync();
            s.received();
            List<String> known = new ArrayList<>(), got = new ArrayList<>();
            for (int id = 1; id <= 3; id++) {
                p.publish("t", "before " + id, 2, id);
                broker.seconds(moment * 0.001);
                take(s, known, got);
            }
            sent += got.size();
            restart();
            broker.client("p").in().publish("t", "after", 2, 1);
            broker.sync();
            s = broker.client("s").keep().connect();
            broker.sync();
            take(s, known, got);
            assertEquals(1, got.stream().filter("after"::equals).count(), moment + ": " + got);
            assertEquals(got.stream().distinct().toList(), got);
        }
        assertTrue(sent > 5 && sent < 40, "" + sent);
    }

    /** As a client does: what has an identifier that it knows has come before. */
    private static void take(TestClient client, List<String> known, List<String> got) {
        for (String each : client.received()) {
            if (!each.startsWith("t ")) continue;
            String id = each.replaceFirst(".* q2 (m\\d+).*", "$1");
            if (known.contains(id)) continue;
            known.add(id);
            got.add(each.replaceFirst("t (.*) q2.*", "$1"));
        }
    }

    @Test
    void whatEndsIsGoneAfterwardsToo() throws JournalException {
        subscriber("a", 1, "t");
        subscriber("b", 1, "t", "u");
        publish("t", "x", 1, true);
        TestClient a = broker.client("a").keep();
        a.cleanStart = true;
        a.connect();
        broker.sync();
        a.gets(CONNACK + LIMITS);
        TestClient b = broker.client("b");
        assertEquals(List.of("t x q1 m1"), back(b));
        b.ack(PacketType.PUBACK, 1).unsubscribe(5, "t");
        broker.sync();
        b.gets("UNSUBACK 5 [SUCCESS]");
        publish("t", "", 1, true);
        restart();
        publish("t", "y", 1, false);
        publish("u", "z", 1, false);
        assertEquals(List.of("u z q1 m2"), back("b"));
        assertEquals(List.of(), back("a"));
        assertEquals(0, broker.broker.stats().retained);
        TestClient zero = broker.client("a");
        zero.cleanStart = false;
        zero.connect();
        broker.sync();
        zero.gets(CONNACK + PRESENT + LIMITS);
        restart();
        broker.client("a").keep().connect();
        assertFalse(broker.broker.session("a").stored() > 0);
    }

    @Test
    void qos0CostsNoWrite() throws JournalException {
        subscriber("a", 2, "t");
        TestClient a = broker.client("a");
        back(a);
        long before = broker.disk().writes();
        TestClient p = broker.client("p").in();
        for (int i = 0; i < 100; i++) p.publish("t", "x");
        broker.sync();
        assertEquals(100, a.received().size());
        assertEquals(before, broker.disk().writes());
    }

    @Test
    void messagesThatCreateNoKeptStateDoNotWaitForTheDisk() throws JournalException {
        TestClient s = broker.client("s").in().subscribe("t");
        subscriber("kept", 1, "k");
        TestClient p = broker.client("p").in(), q = broker.client("q").in();
        q.publish("k", "x", 1, 1).getsNothing();
        p.publish("t", "x", 2, 1).gets("PUBREC 1").ack(PacketType.PUBREL, 1).gets("PUBCOMP 1");
        s.gets("t x q2 m1").ack(PacketType.PUBREC, 1).gets("PUBREL 1");
        broker.client("z").in().subscribe("k").lose();
        q.getsNothing();
        broker.sync();
        q.gets("PUBACK 1");
    }

    @Test
    void willsThatWaitGoOut() throws JournalException {
        subscriber("a", 1, "will");
        for (String id : new String[] {"soon", "late", "back"}) {
            Properties delay = Properties.builder().put(Property.WILL_DELAY_INTERVAL, id.equals("soon") ? 20 : 500).build();
            TestClient w = broker.client(id).keep().will(new Will("will", id.getBytes(), 1, false, delay));
            w.connect();
            broker.sync();
            w.gets(CONNACK + LIMITS);
            w.lose();
        }
        broker.sync();
        restart();
        back("back");
        broker.seconds(30);
        restart();
        assertEquals(List.of("will soon q1 m1"), back("a"));
        broker.seconds(600);
        assertEquals(0, broker.broker.session("a").stored() - 2);
    }

    /** A client that was there when the process died is away from then on, and its will goes out as if it had just left. */
    @Test
    void theWillOfAClientThatWasConnectedGoesOut() throws JournalException {
        subscriber("a", 1, "will");
        for (String id : new String[] {"now", "late", "back", "left", "clean"}) {
            Properties delay = id.equals("now") ? Properties.EMPTY : Properties.builder().put(Property.WILL_DELAY_INTERVAL, 100).build();
            TestClient w = broker.client(id).will(new Will("will", id.getBytes(), 1, false, delay));
            if (!id.equals("clean")) w.keep();
            w.connect();
            broker.sync();
            w.gets(CONNACK + LIMITS);
            if (id.equals("left")) w.disconnect();
        }
        broker.sync();
        for (int i = 0; i < 2; i++) { // the delay counts from the death of the process that had the connection
            restart();
            assertEquals(i == 0 ? 0 : 1, broker.broker.session("a").stored());
            broker.seconds(10);
            assertEquals(1, broker.broker.session("a").stored());
        }
        broker.broker.compact();
        back("back");
        restart();
        broker.seconds(85);
        TestClient a = broker.client("a");
        assertEquals(List.of("will now q1 m1", "will late q1 m2"), back(a));
        broker.seconds(200);
        a.getsNothing();
        restart();
        broker.seconds(200);
        assertEquals(List.of(), back("now"));
    }

    @Test
    void expiryGoesOnOverTheRestart() throws JournalException {
        subscriber("a", 1, "t");
        TestClient p = broker.client("p").in();
        p.publish("t", "x".getBytes(), 1, false, 1, Properties.builder().put(Property.MESSAGE_EXPIRY_INTERVAL, 100).build(), 0, true, false);
        p.publish("t", "y".getBytes(), 1, false, 2, Properties.builder().put(Property.MESSAGE_EXPIRY_INTERVAL, 10_000).build(), 0, true, false);
        broker.sync();
        broker.loop.wall(broker.loop.wallMillis() + 200_000); // the machine was off
        restart();
        List<String> got = back("a");
        assertEquals(1, got.size());
        assertTrue(got.get(0).startsWith("t y q1") && got.get(0).contains(" e97"), got.get(0));
        restart(); // from here on it is away
        broker.sync();
        broker.loop.wall(broker.loop.wallMillis() + 500_000);
        restart();
        assertTrue(broker.broker.session("a") != null);
        broker.loop.wall(broker.loop.wallMillis() + 600_000);
        restart();
        broker.seconds(1);
        assertNull(broker.broker.session("a")); // 1000 s
    }

    @Test
    void aClockThatJumpsByYearsExpiresNothing() throws JournalException {
        subscriber("a", 1, "t");
        TestClient p = broker.client("p").in();
        Properties expiry = Properties.builder().put(Property.MESSAGE_EXPIRY_INTERVAL, 900).build();
        p.publish("t", "x".getBytes(), 1, true, 1, expiry, 0, true, false);
        for (long jump : new long[] {10 * YEAR, -20 * YEAR, YEAR, -YEAR}) {
            broker.sync();
            broker.loop.wall(broker.loop.wallMillis() + jump); // while it runs
            broker.seconds(5);
            publish("t", "now", 1, false);
            restart();
            broker.loop.wall(broker.loop.wallMillis() + jump); // while it does not
            restart();
            broker.seconds(5);
        }
        List<String> got = back("a");
        assertEquals(5, got.size(), got.toString());
        assertEquals(1, broker.broker.stats().retained);
    }

    @Test
    void rightsAreThoseOfTheListener() throws JournalException {
        broker.authorizer = (client, user) -> (access, topic, offset, length) -> access == Access.SUBSCRIBE || topic[offset] == user.charAt(0) || user.equals("publisher");
        TestClient a = broker.client("a").keep();
        a.userName = "user";
        a.connect();
        broker.sync();
        a.gets(CONNACK + LIMITS).subscribe(77, 0, SubscriptionOptions.of(1), "#");
        broker.sync();
        assertTrue(a.one().startsWith("SUBACK"));
        a.lose();
        broker.sync();
        var rules = broker.authorizer;
        broker.loop.crash();
        broker = new TestBroker(broker.world, broker.loop, builder -> { });
        broker.authorizer = rules;
        broker.keep();
        TestClient p = broker.client("p");
        p.userName = "publisher";
        p.in().publish("user", "x", 1, 1).publish("other", "x", 1, 2);
        broker.sync();
        p.gets("PUBACK 1", "PUBACK 2");
        assertEquals(1, broker.broker.session("a").stored());
    }

    @Test
    void aSnapshotHasAllThatTheChangesHad() throws JournalException {
        Random random = new Random(3);
        for (int i = 0; i < 10; i++) subscriber("s" + i, 1 + i % 2, "t/" + i % 3 + "/#", "$share/g/x");
        TestClient in = broker.client("s0");
        back(in);
        TestClient p = in("p", false);
        for (int i = 1; i < 300; i++) {
            p.publish("t/" + random.nextInt(3) + "/" + random.nextInt(9), ("m" + i).getBytes(), 1 + i % 2, random.nextInt(3) == 0, i, Properties.EMPTY, 0, true, false);
            if (i % 40 == 0) broker.seconds(0.1);
            if (i % 7 == 0) in.received().stream().filter(each -> each.contains(" q1 ")).forEach(each -> in.ack(PacketType.PUBACK, Integer.parseInt(each.replaceFirst(".* m(\\d+).*", "$1"))));
        }
        p.publish("x", "shared", 1, 500);
        broker.sync();
        String before = state();
        restart();
        assertEquals(before, state());
        broker.broker.compact();
        broker.sync();
        broker.sync();
        restart();
        assertEquals(before, state());
    }

    private String state() { return Kept.text(broker.broker); }

    // ---- disks that fail

    @Test
    void aFullDiskRefusesWhatMustBeKeptAndNothingElse() throws JournalException {
        subscriber("a", 1, "t");
        TestClient p = broker.client("p").in(), old = broker.client("old").v3().in(), s = broker.client("s").in().subscribe("free");
        broker.disk().capacity(1_100_000);
        byte[] payload = new byte[10_000];
        int n = 0;
        while (broker.broker.state().error() == null) {
            p.publish("t", payload, 1, false, ++n, Properties.EMPTY, 0, true, false);
            broker.seconds(0.1);
            p.gets("PUBACK " + n);
        }
        assertTrue(n > 50 && n < 100, "" + n);
        p.publish("t", "x", 1, 1).gets("PUBACK 1 QUOTA_EXCEEDED").publish("t", "x", 2, 2).gets("PUBREC 2 QUOTA_EXCEEDED");
        p.publish("free", "x", 1, 3).gets("PUBACK 3").publish("t", "x");
        s.gets("free x q1 m1");
        old.publish("t", "x", 1, 1);
        old.isDisconnected(null);
        assertEquals(n, broker.broker.session("a").stored());
        assertEquals(1, broker.loop.lines().stream().filter(each -> each.startsWith("Error: the journal cannot write")).count());
        TestClient a = broker.client("a");
        a.keep().connect();
        broker.sync();
        List<String> got = a.received();
        assertEquals(21, got.size());
        for (int i = 1; i <= 20; i++) a.ack(PacketType.PUBACK, i);
        broker.disk().capacity(Long.MAX_VALUE);
        broker.sync();
        p.publish("t", "x", 1, 4);
        broker.sync();
        p.gets("PUBACK 4");
        assertEquals(1, broker.loop.lines().stream().filter(each -> each.contains("can write again")).count());
        restart();
        assertEquals(n + 1 - 20, broker.broker.session("a").stored());
    }

    @Test
    void aDiskThatIsReadOnlyRefusesAlsoWhatWaitedForIt() throws JournalException {
        subscriber("a", 1, "t");
        TestClient kept = in("kept", false), p = broker.client("p").in(), old = broker.client("old").v3().in();
        broker.disk().fail(Integer.MAX_VALUE, "Read-only file system");
        p.publish("t", "1", 1, 1).publish("t", "2", 2, 2);
        old.publish("t", "3", 1, 3);
        kept.publish("t", "4", 2, 4);
        TestClient late = broker.client("late").keep().connect();
        broker.seconds(3);
        p.gets("PUBACK 1 QUOTA_EXCEEDED", "PUBREC 2 QUOTA_EXCEEDED");
        kept.gets("PUBREC 4 QUOTA_EXCEEDED");
        old.isDisconnected(null);
        late.gets("CONNACK QUOTA_EXCEEDED");
        kept.subscribe(77, 0, SubscriptionOptions.of(1), "u");
        kept.gets("SUBACK 77 [QUOTA_EXCEEDED]");
        broker.client("passing").in().subscribe("u"); // everything else goes on
        broker.disk().fail(0, null);
        broker.sync();
        kept.publish("t", "5", 2, 4);
        broker.sync();
        kept.gets("PUBREC 4");
        restart();
        assertTrue(broker.broker.session("a").stored() >= 1 && broker.broker.session("late") == null);
    }

    /** From here on the journal is stuck. */
    private void fails() {
        broker.disk().failSyncs(Integer.MAX_VALUE, "Input/output error");
        TestClient p = broker.client("refused").in().publish("kept", "x", 1, 1);
        broker.seconds(3);
        p.gets("PUBACK 1 QUOTA_EXCEEDED").disconnect();
    }

    /** What a power cut would undo is not confirmed while the disk fails, and nothing of it has happened. */
    @Test
    void nothingThatMustBeKeptIsConfirmedWhileTheDiskFails() throws JournalException {
        subscriber("away", 1, "kept", "old");
        subscriber("clean", 1, "c");
        subscriber("short", 1, "c");
        TestClient a = in("a", false), three = broker.client("three").v3().keep().connect(), ends = in("ends", false);
        a.subscribe(77, 0, SubscriptionOptions.of(1), "t");
        three.subscribe(77, 0, SubscriptionOptions.of(1), "t");
        broker.sync();
        a.received();
        three.received();
        fails();
        a.unsubscribe(1, "t", "never");
        a.gets("UNSUBACK 1 [UNSPECIFIED_ERROR, NO_SUBSCRIPTION_EXISTED]");
        three.unsubscribe(1, "t");
        three.isDisconnected(null);
        ends.disconnect(new Disconnect(ReasonCode.NORMAL_DISCONNECTION, Properties.builder().put(Property.SESSION_EXPIRY_INTERVAL, 0).build()));
        assertEquals(List.of("DISCONNECT QUOTA_EXCEEDED"), ends.received());
        broker.client("new").keep().connect().gets("CONNACK QUOTA_EXCEEDED").isDisconnected(null);
        broker.client("new3").v3().keep().connect().gets("CONNACK SERVER_UNAVAILABLE").isDisconnected(null);
        broker.client("clean").connect().gets("CONNACK QUOTA_EXCEEDED");
        TestClient anew = broker.client("clean").keep(), shorter = broker.client("short");
        anew.cleanStart = true;
        anew.connect().gets("CONNACK QUOTA_EXCEEDED");
        shorter.cleanStart = false;
        shorter.connect().gets("CONNACK QUOTA_EXCEEDED");
        assertNull(broker.broker.session("new"));
        broker.client("passing").in().subscribe("t").disconnect();
        broker.client("away").keep().connect().received();
        assertEquals(2, broker.broker.session("a").subscriptions() + broker.broker.session("three").subscriptions());
        restart();
        for (String id : new String[] {"a", "three", "ends", "clean", "short", "away"}) assertNotNull(broker.broker.session(id), id);
        assertEquals(6, broker.broker.stats().subscriptions);
    }

    /** The same for what waits for the disk when that begins to fail. */
    @Test
    void whatWaitsForADiskThatFailsIsNotConfirmedEither() throws JournalException {
        subscriber("away", 1, "kept");
        subscriber("clean", 1, "c");
        TestClient a = in("a", false), b = in("b", false);
        TestClient old = broker.client("old").v3().keep().connect();
        b.subscribe(77, 0, SubscriptionOptions.of(1), "t");
        broker.sync();
        b.received();
        old.received();
        broker.disk().failSyncs(Integer.MAX_VALUE, "Input/output error");
        a.subscribe(1, 0, SubscriptionOptions.of(1), "t");
        b.unsubscribe(1, "t");
        old.subscribe(1, 0, SubscriptionOptions.of(1), "t");
        TestClient fresh = broker.client("new").keep().connect(), clean = broker.client("clean").connect(), back = broker.client("away").keep().connect();
        TestClient p = broker.client("passing").in();
        p.publish("kept", "x", 1, 1);
        p.subscribe(2, 0, SubscriptionOptions.of(1), "c");
        broker.seconds(3);
        a.isDisconnected(ReasonCode.QUOTA_EXCEEDED);
        b.isDisconnected(ReasonCode.QUOTA_EXCEEDED);
        old.isDisconnected(null);
        fresh.gets("CONNACK QUOTA_EXCEEDED").isDisconnected(null);
        clean.gets("CONNACK QUOTA_EXCEEDED").isDisconnected(null);
        assertEquals(CONNACK + PRESENT + LIMITS, back.received().get(0));
        p.gets("PUBACK 1 QUOTA_EXCEEDED", "SUBACK 2 [GRANTED_QOS_1]");
        assertNull(broker.broker.session("new"));
        broker.disk().failSyncs(0, null);
        broker.sync();
        restart();
        assertNull(broker.broker.session("new"));
    }

    /** A publisher with much under way hears of each PUBLISH while the disk fails, in whatever way, and goes on afterwards. */
    @Test
    void everyPublishIsAnsweredWhileTheDiskFails() throws JournalException {
        subscriber("a", 2, "t");
        TestClient p = in("p", false), s = in("s", false);
        s.subscribe(77, 0, SubscriptionOptions.of(2), "t");
        broker.sync();
        s.received();
        for (int kind = 0; kind < 4; kind++) {
            // held when it begins: what the disk has not, a PUBREL, and QoS 2 on its way out
            p.publish("t", "before", 2, 1);
            broker.sync();
            p.gets("PUBREC 1");
            if (kind == 0) broker.disk().fail(Integer.MAX_VALUE, "Read-only file system");
            if (kind == 1) broker.disk().failSyncs(Integer.MAX_VALUE, "Input/output error");
            if (kind == 2) broker.disk().capacity(60_000);
            if (kind == 3) broker.disk().fail(Integer.MAX_VALUE, "Too many open files");
            p.ack(PacketType.PUBREL, 1);
            int size = kind == 2 ? 40_000 : 10, taken = 0;
            for (int id = 2; id < 60; id++) {
                p.publish("t", new byte[size], id % 2 + 1, false, id, Properties.EMPTY, 0, true, false);
                broker.seconds(1.9);
                List<String> got = new ArrayList<>(p.received());
                got.remove("PUBCOMP 1");
                assertEquals(1, got.size(), "kind " + kind + ", " + id + ": " + got);
                assertTrue(got.get(0).startsWith((id % 2 == 0 ? "PUBACK " : "PUBREC ") + id), got.get(0));
                if (got.get(0).contains("QUOTA")) continue;
                taken++;
                if (id % 2 == 1) p.ack(PacketType.PUBREL, id);
                broker.seconds(1);
                p.received();
            }
            assertTrue(kind == 2 ? taken < 30 : taken == 0, "kind " + kind + " took " + taken);
            p.publish("nobody", "x", 1, 99).gets("PUBACK 99 NO_MATCHING_SUBSCRIBERS");
            broker.disk().fail(0, null).failSyncs(0, null).capacity(Long.MAX_VALUE);
            broker.sync();
            p.received();
            p.publish("t", "after", 1, 100);
            broker.sync();
            p.gets("PUBACK 100");
        }
    }

    /** The directory is emptied under a broker at rest: it refuses, begins anew with all it has, and takes messages again. */
    @Test
    void aJournalThatIsRemovedIsWrittenAnew() throws JournalException {
        subscriber("a", 1, "t");
        publish("t", "one", 1, true);
        TestClient p = broker.client("p").in();
        for (String file : broker.disk().list()) broker.disk().vanish(file);
        assertTrue(broker.world.runUntil(() -> broker.broker.state().stuck(), broker.world.now() + 60 * TestBroker.SECOND));
        p.publish("t", "two", 1, 1).gets("PUBACK 1 QUOTA_EXCEEDED");
        broker.sync();
        p.publish("t", "three", 1, 2);
        broker.sync();
        p.gets("PUBACK 2");
        String state = Kept.text(broker.broker);
        restart();
        assertEquals(state, Kept.text(broker.broker));
        assertEquals(List.of("t one q1 m1", "t three q1 m2"), back("a"));
    }

    /** Whose flows are all at their PUBREL when the disk fails would have no room to publish: where no session is kept they end. */
    @Test
    void flowsOfAPassingPublisherEndWhileTheDiskFails() throws JournalException {
        subscriber("a", 2, "t");
        TestClient p = broker.client("p").in();
        for (int id = 1; id < 20; id++) p.publish("t", "x", 2, id);
        broker.sync();
        assertEquals(19, p.received().size());
        broker.disk().failSyncs(Integer.MAX_VALUE, "Input/output error");
        p.publish("t", "x", 2, 20).ack(PacketType.PUBREL, 1).getsNothing();
        broker.seconds(1.9);
        assertEquals(List.of("PUBCOMP 1", "PUBREC 20 QUOTA_EXCEEDED"), p.received().stream().sorted().toList());
        for (int id = 2; id < 20; id++) p.ack(PacketType.PUBREL, id).gets("PUBCOMP " + id);
        for (int id = 1; id < 50; id++) p.publish("t", "x", 2, id).gets("PUBREC " + id + " QUOTA_EXCEEDED");
    }

    /** A refused retained message is none: what was retained before it is again, for good. */
    @Test
    void whatARefusedMessageReplacedIsRetainedAgain() throws JournalException {
        for (int restart = 0; restart < 2; restart++) {
            broker = new TestBroker(builder -> builder.maxRetainedMessages = 0).keep();
            publish("r/1", "safe", 1, true);
            TestClient p = broker.client("p").in();
            broker.disk().failSyncs(4, "Input/output error");
            for (int i = 1; i <= 3; i++) p.publish("r/" + (i + 1) / 2, ("refused " + i).getBytes(), 1, true, i, Properties.EMPTY, 0, true, false);
            broker.seconds(0.5);
            p.gets("PUBACK 1 QUOTA_EXCEEDED", "PUBACK 2 QUOTA_EXCEEDED", "PUBACK 3 QUOTA_EXCEEDED");
            assertTrue(broker.world.runUntil(() -> !broker.broker.state().stuck(), broker.world.now() + 10 * TestBroker.SECOND));
            if (restart == 0) broker.seconds(5);
            else restart(); // before a snapshot is whole
            TestClient s = broker.client("s").in();
            s.subscribe(77, 0, SubscriptionOptions.of(1), "r/#");
            s.gets("SUBACK 77 [GRANTED_QOS_1]", "r/1 safe q1 m1 retain");
            assertEquals(1, broker.broker.stats().retained);
            publish("r/1", "later", 1, true);
            restart();
            s = broker.client("s").in();
            s.subscribe(77, 0, SubscriptionOptions.of(1), "r/#");
            s.gets("SUBACK 77 [GRANTED_QOS_1]", "r/1 later q1 m1 retain");
        }
    }

    /** Refused is not delivered, not now, not after a restart, to nobody who gets it once; so to repeat it is no duplicate. */
    @Test
    void whatWasRefusedWhileItWasUnderWayIsDeliveredToNobody() throws JournalException {
        for (int keeps = 0; keeps < 2; keeps++) {
            for (int restart = 0; restart < 2; restart++) {
                broker = new TestBroker(builder -> builder.maxRetainedMessages = 0).keep();
                subscriber("away", 2, "t");
                TestClient kept = in("kept", false), passing = broker.client("passing").in(), p = keeps == 1 ? in("p", false) : broker.client("p").in();
                kept.subscribe(77, 0, SubscriptionOptions.of(2), "t");
                passing.subscribe2("t");
                broker.sync();
                kept.received();
                passing.received();
                p.received();
                p.publish("t", "first", 2, 1);
                broker.sync();
                p.gets("PUBREC 1").ack(PacketType.PUBREL, 1);
                broker.sync();
                p.gets("PUBCOMP 1");
                kept.gets("t first q2 m1");
                passing.gets("t first q2 m1");
                broker.disk().failSyncs(4, "Input/output error");
                for (int id = 2; id < 6; id++) p.publish("t", "x" + id, 2, id);
                broker.seconds(0.5);
                p.gets("PUBREC 2 QUOTA_EXCEEDED", "PUBREC 3 QUOTA_EXCEEDED", "PUBREC 4 QUOTA_EXCEEDED", "PUBREC 5 QUOTA_EXCEEDED");
                kept.getsNothing();
                passing.getsNothing();
                broker.seconds(20);
                kept.getsNothing();
                passing.getsNothing();
                if (restart == 1) {
                    restart();
                    kept = broker.client("kept");
                    assertEquals(List.of("t first q2 m1 dup"), back(kept));
                    p = keeps == 1 ? broker.client("p") : broker.client("p").in();
                    if (keeps == 1) assertEquals(List.of(), back(p));
                }
                for (int id = 2; id < 6; id++) p.publish("t", "x" + id, 2, id);
                broker.sync();
                p.gets("PUBREC 2", "PUBREC 3", "PUBREC 4", "PUBREC 5");
                assertEquals(List.of("t x2 q2", "t x3 q2", "t x4 q2", "t x5 q2"), kept.received().stream().map(each -> each.replaceFirst(" m.*", "")).toList());
                assertEquals(List.of("t first q2", "t x2 q2", "t x3 q2", "t x4 q2", "t x5 q2"), back("away").stream().map(each -> each.replaceFirst(" m.*", "")).toList());
            }
        }
    }

    /** Where changes were let go of, those behind them do not meet what they do not fit, and the snapshot makes up for them. */
    @Test
    void behindChangesThatWereLetGoNothingIsLost() throws JournalException {
        for (boolean whole : new boolean[] {false, true}) {
            broker = new TestBroker(builder -> builder.maxRetainedMessages = 0).keep();
            subscriber("s", 1, "t");
            TestClient s = broker.client("s").with(Property.RECEIVE_MAXIMUM, 2), p = broker.client("p").in(), ending = in("ending", false);
            back(s);
            for (String each : new String[] {"x0", "x1", "a", "b", "c"}) publish("t", each, 1, false);
            s.gets("t x0 q1 m1", "t x1 q1 m2");
            broker.disk().speed(100_000, 1_000_000_000);
            p.retain("r", "under way");
            broker.seconds(1.5);
            s.ack(PacketType.PUBACK, 1);
            for (int i = 0; i < 5; i++) {
                p.publish("r/" + i, new byte[1 << 20], 0, true, 0, Properties.EMPTY, 0, true, false);
                broker.seconds(0.001);
            }
            s.ack(PacketType.PUBACK, 2).gets("t a q1 m3", "t b q1 m4");
            broker.client("new").keep().connect().getsNothing();
            ending.disconnect(new Disconnect(ReasonCode.NORMAL_DISCONNECTION, Properties.builder().put(Property.SESSION_EXPIRY_INTERVAL, 0).build()));
            p.publish("t", "late", 1, 9);
            broker.disk().speed(100_000, 100_000_000);
            broker.seconds(whole ? 10 : 0.75);
            if (whole) p.gets("PUBACK 9");
            else p.getsNothing();
            assertEquals(!whole, broker.broker.state().durable() < broker.broker.state().position());
            String state = Kept.text(broker.broker);
            restart();
            if (whole) assertEquals(state.replaceAll("stored.*", ""), Kept.text(broker.broker).replaceAll("stored.*", ""));
            s = broker.client("s");
            List<String> got = new ArrayList<>(back(s));
            for (int id = 1; id < 9; id++) got.addAll(s.ack(PacketType.PUBACK, id).received());
            for (String each : new String[] {"a", "b", "c"}) assertEquals(1, got.stream().filter(line -> line.startsWith("t " + each)).count(), got + each);
        }
    }

    /** Retained messages can be deleted when they have filled the disk, and that gives the room back. */
    @Test
    void aJournalThatFilledTheDiskIsLeftByDeleting() throws JournalException {
        for (int size : new int[] {250, 4000, 40_000}) {
            broker = new TestBroker(builder -> builder.maxRetainedMessages = 0).keep();
            TestClient p = broker.client("p").in();
            broker.disk().capacity(4 << 20);
            int n = 0;
            for (String answer = ""; !answer.contains("QUOTA"); ) {
                p.publish("r/" + ++n, new byte[size], 1, true, 1, Properties.EMPTY, 0, true, false);
                if (n % 20 > 0 && size == 250) {
                    p.received();
                    continue;
                }
                broker.seconds(0.1);
                answer = p.received().toString();
            }
            broker.seconds(3);
            p.received();
            for (int i = 1; i <= n; i++) {
                p.publish("r/" + i, new byte[0], 1, true, 1, Properties.EMPTY, 0, true, false);
                if (i % 20 == 0) broker.seconds(0.05);
                assertFalse(p.received().toString().contains("QUOTA"), size + ": " + i + " of " + n);
            }
            broker.seconds(10);
            p.received();
            p.publish("r/x", new byte[size], 1, true, 1, Properties.EMPTY, 0, true, false);
            broker.sync();
            p.gets("PUBACK 1 NO_MATCHING_SUBSCRIBERS");
            long held = 0;
            for (String file : broker.disk().list()) held += broker.disk().content(file).length;
            assertTrue(held <= 3 << 20, size + ": " + held + " bytes " + Arrays.toString(broker.disk().list()));
            restart();
            assertEquals(1, broker.broker.stats().retained);
        }
    }

    @Test
    void sysSaysWhatTheJournalSays() throws JournalException {
        broker = new TestBroker(builder -> builder.sysInterval = 10).keep();
        subscriber("a", 1, "t");
        List<String> said = new ArrayList<>();
        broker.broker.localClient((client, message, qos, retain) -> said.add(new String(message.payload()))).subscribe("$SYS/broker/journal/state", 0, false, false);
        broker.disk().fail(Integer.MAX_VALUE, "Read-only file system");
        publish("t", "x", 1, false);
        broker.sync();
        broker.disk().fail(0, null);
        broker.sync();
        assertEquals(List.of("writing", "cannot write: Read-only file system", "writing"), said);
    }

    /** Of wear: a retained message that comes again and again, a queue that passes messages on. */
    @Test
    void filesDoNotGrowWithTime() throws JournalException {
        subscriber("a", 1, "t");
        TestClient a = broker.client("a"), p = broker.client("p").in();
        back(a);
        byte[] payload = new byte[2000];
        for (int i = 1; i <= 3000; i++) {
            p.publish("t", payload, 1, true, 1 + i % 1000, Properties.EMPTY, 0, true, false);
            if (i % 10 > 0) continue;
            broker.seconds(0.02);
            a.received().forEach(each -> a.ack(PacketType.PUBACK, Integer.parseInt(each.replaceFirst(".* q1 m(\\d+).*", "$1"))));
            p.received();
        }
        broker.sync();
        long held = 0;
        for (String file : broker.disk().list()) held += broker.disk().content(file).length;
        assertTrue(held < 6 << 20, held + " bytes");
        assertTrue(broker.disk().bytesWritten() < 3000 * 2000 * 1.1, broker.disk().bytesWritten() + " bytes written");
        restart();
        assertEquals(1, broker.broker.stats().stored);
    }

    @Test
    void dumpShowsEachChangeWithoutPayloads() throws Exception {
        subscriber("a", 1, "t/#");
        publish("t/secret", "password", 1, true);
        String file = broker.disk().list()[0];
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Records.dump(ByteBuffer.wrap(broker.disk().content(file)), new PrintStream(out));
        String text = out.toString();
        assertTrue(text.contains("session number 1 client a listener test user - mount - expiry 1000 away 0 will 0"), text);
        assertTrue(text.contains("subscribed session 1 filter t/# options 1 identifier 0"), text);
        assertTrue(text.contains("queued session 1 message 1 flags 1 identifiers null in 1"), text);
        assertFalse(text.contains("password"));
        assertThrows(JournalException.class, () -> Records.dump(ByteBuffer.wrap(new byte[100]), new PrintStream(out)));
    }

    /** Whatever a record says, the broker starts. */
    @Test
    void startsWithAnyChanges() throws JournalException {
        Random random = new Random(9);
        subscriber("a", 2, "t/#");
        publish("t/1", "x", 2, true);
        for (int round = 0; round < (Seeds.SOAK ? 2000 : 60); round++) {
            for (int i = 0; i < 20; i++) {
                ByteBuffer out = ((Keeper) broker.broker.state()).journal.room(300);
                int start = out.position();
                out.put((byte) (1 + random.nextInt(18)));
                for (int k = random.nextInt(12); k > 0; k--) out.put((byte) (random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(4)));
                if (random.nextInt(4) == 0) out.position(start);
            }
            broker.sync();
            restart();
        }
        broker.sync();
        broker.client("new").in();
    }

    /** Where each listener has an ACL of its own, that of another says nothing of clients whose listener is gone. */
    @Test
    void whoseListenerIsGoneIsJudgedByNoOther() throws JournalException {
        for (int kind = 0; kind < 3; kind++) { // one ACL for all; one each, and the listener stays; one each, and it is gone
            boolean own = kind > 0, gone = kind != 1;
            TestBroker first = new TestBroker(builder -> builder.ownAccess = own);
            first.listen(new ListenerSettings("second", new TestBroker.Anyone(), Authorizer.ALL));
            first.keep();
            Properties delay = Properties.builder().put(Property.WILL_DELAY_INTERVAL, 5).build();
            TestClient away = first.client("away").keep().will(new Will("will", "gone".getBytes(), 1, false, delay)).connect();
            first.sync();
            away.subscribe2("t").retain("kept", "x");
            first.sync();
            away.lose();
            first.loop.crash();
            TestBroker second = new TestBroker(first.world, first.loop, builder -> builder.ownAccess = own);
            if (!gone) second.listen(new ListenerSettings("second", new TestBroker.Anyone(), Authorizer.ALL));
            second.keep();
            boolean allowed = !own || !gone;
            TestClient other = second.client("other").in();
            other.subscribe2("kept", "will");
            assertEquals(allowed, other.received().toString().contains("kept x"), "kind " + kind);
            other.publish("t", "while away", 1, 1);
            second.seconds(10);
            assertEquals(allowed, other.received().toString().contains("will gone"), "kind " + kind);
            away = second.client("away").keep().connect();
            second.sync();
            assertEquals(allowed, away.received().toString().contains("while away"), "kind " + kind);
            assertEquals(!allowed, second.loop.logged("Warning: there is no listener second any more"));
        }
    }
}
