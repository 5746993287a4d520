package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import mqttq.auth.Authorizer;
import mqttq.link.TestPipe;
import mqttq.mqtt.Message;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.Will;
import mqttq.transport.Transport;
import org.junit.jupiter.api.Test;

/** What clients can make the broker do and hold has an end, each in its own way; those of sessions and queues are in {@link PublishTest} and {@link SubscribeTest}. */
class LimitsTest {
    private static final SubscriptionOptions QOS0 = SubscriptionOptions.of(0);
    private TestBroker broker = new TestBroker();
    private int filled;

    private long hits(Limit limit) {
        return broker.broker.stats().hits(limit);
    }

    @Test
    void mosquittosLimitsOfConnectionsCloseWithoutAWord() {
        broker = new TestBroker(s -> s.maxConnections = 1);
        broker.client("a");
        assertNull(broker.client("b"));
        assertEquals(1, hits(Limit.GLOBAL_MAX_CONNECTIONS));
        assertTrue(broker.loop.logged("denied: global_max_connections exceeded."));
        broker = new TestBroker();
        broker.listen(new ListenerSettings("x", new TestBroker.Anyone(), Authorizer.ALL, 1, true, "auto-", true, 2, 0, 0, 0b111000, null));
        broker.client("a");
        assertNull(broker.client("b"));
        assertEquals(1, hits(Limit.MAX_CONNECTIONS));
        assertTrue(broker.loop.logged("denied: max_connections exceeded."));
    }

    @Test
    void anAddressHasSoManyConnections() {
        broker = new TestBroker(s -> s.maxConnectionsPerAddress = 2);
        TestClient a = broker.client("a").in();
        broker.client("b").in();
        TestClient c = broker.client("c").connect().gets("CONNACK QUOTA_EXCEEDED");
        assertTrue(c.pipe.closing);
        broker.client("c").v3().connect().gets("CONNACK SERVER_UNAVAILABLE");
        assertEquals(2, hits(Limit.MAX_CONNECTIONS_PER_ADDRESS));
        a.disconnect();
        a.pipe.turn();
        broker.client("c").in();
        assertEquals(2, broker.broker.stats().connected);
    }

    @Test
    void whoseHandshakeGoesOnHasAPlaceOfItsAddressUntilItFails() {
        broker = new TestBroker(s -> {
            s.maxConnectionsPerAddress = 2;
            s.maxConnectRate = 2;
        });
        InetSocketAddress remote = new TestPipe(1).remote();
        Transport.Acceptor one = broker.listener.onComing(remote), two = broker.listener.onComing(remote);
        assertNull(broker.listener.onComing(remote));
        broker.client("plain").connect().gets("CONNACK QUOTA_EXCEEDED");
        assertEquals(2, hits(Limit.MAX_CONNECTIONS_PER_ADDRESS));
        assertTrue(broker.loop.logged("denied: max_connections_per_address exceeded."));
        one.onRefused(remote, "handshake timed out");
        assertTrue(broker.loop.logged("failed: handshake timed out."));
        TestPipe pipe = new TestPipe(2);
        pipe.handler(two.onPipe(pipe));
        TestClient second = new TestClient(broker, pipe, "two").in();
        assertNotNull(broker.listener.onComing(remote));
        assertNull(broker.listener.onComing(remote), "the one that is in counts once");
        second.disconnect();
        pipe.turn();
        Transport.Acceptor last = broker.listener.onComing(remote);
        for (int i = 0; i < 2 * Doors.AVERAGE; i++) broker.listener.onComing(remote);
        assertTrue(hits(Limit.MAX_CONNECT_RATE) > 0, "each counts for the rate, once");
        broker.broker.shutdown();
        assertNull(last.onPipe(new TestPipe(3)));
    }

    @Test
    void mosquittosLimitsHoldBeforeAHandshakeAndAfterIt() {
        broker = new TestBroker(s -> {
            s.maxConnections = 1;
            s.maxConnectionsPerAddress = 2;
        });
        InetSocketAddress remote = new TestPipe(1).remote();
        Transport.Acceptor coming = broker.listener.onComing(remote);
        TestClient a = broker.client("a").in();
        assertNull(broker.listener.onComing(remote));
        assertNull(coming.onPipe(new TestPipe(1)));
        assertEquals(2, hits(Limit.GLOBAL_MAX_CONNECTIONS));
        a.disconnect();
        for (int i = 0; i < 2; i++) assertNotNull(broker.listener.onComing(remote), "the place of who was not let in is free");
    }

    @Test
    void anAddressConnectsSoOften() {
        broker = new TestBroker(s -> s.maxConnectRate = 2);
        for (int i = 0; i < 2 * Doors.AVERAGE; i++) broker.client("a" + i).in().disconnect();
        broker.client("late").connect().gets("CONNACK CONNECTION_RATE_EXCEEDED");
        broker.client("late").v3().connect().gets("CONNACK SERVER_UNAVAILABLE");
        broker.seconds(0.5);
        broker.client("late").in();
        broker.client("late").connect().gets("CONNACK CONNECTION_RATE_EXCEEDED");
        assertEquals(3, hits(Limit.MAX_CONNECT_RATE));
        broker.seconds(100);
        for (int i = 0; i < 2 * Doors.AVERAGE; i++) broker.client("b" + i).in();
        broker.client("late").connect().gets("CONNACK CONNECTION_RATE_EXCEEDED");
    }

    @Test
    void ofThoseTurnedAwayFewAreToldAndNoneForLong() {
        broker = new TestBroker(s -> s.maxConnectionsPerAddress = 0);
        List<TestClient> waiting = new ArrayList<>();
        for (int i = 0; i < Doors.MAX_TURNED_AWAY; i++) waiting.add(broker.client("x"));
        assertNull(broker.client("x"));
        waiting.get(0).hex("c0 00");
        assertTrue(waiting.get(0).pipe.closing, "no CONNECT first");
        waiting.get(0).pipe.turn();
        assertNotNull(broker.client("x"));
        broker.seconds(3);
        for (TestClient client : waiting) {
            assertTrue(client.pipe.closing);
            client.pipe.turn();
        }
        broker.client("x").connect().gets("CONNACK QUOTA_EXCEEDED");
        assertEquals(0, broker.broker.openConnections());
    }

    @Test
    void whoSendsNoConnectInTimeIsShownOut() {
        TestClient silent = broker.client("a"), half = broker.client("b");
        half.hex("10 0e 00 04 4d");
        broker.seconds(9);
        assertFalse(silent.pipe.closing || half.pipe.closing);
        half.hex("51");
        broker.seconds(2);
        assertTrue(silent.pipe.closing && half.pipe.closing);
        assertTrue(broker.loop.logged("disconnected: no CONNECT in time."));
    }

    @Test
    void aPacketThatDoesNotGoOnEndsTheConnectionWithoutAKeepAlive() {
        TestClient slow = broker.client("a").in();
        slow.hex("30 a0 9c 01 00 01 61 00"); // 20,000 bytes follow, about
        for (int i = 0; i < 3; i++) {
            broker.seconds(50);
            slow.pipe.in(new byte[1100]);
        }
        assertFalse(slow.pipe.closing);
        for (int i = 0; i < 12; i++) {
            broker.seconds(10);
            slow.pipe.in(new byte[10]);
        }
        slow.isDisconnected(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    void shareGroupsCountAsSubscriptionsAndAMessageGoesOnceToEach() {
        broker = new TestBroker(s -> s.maxSubscriptions = 100);
        TestClient a = broker.client("a").in();
        for (int i = 0; i < 100; i++) a.subscribe("$share/g" + i + "/" + (i % 2 == 0 ? "t/+" : "t/#"));
        a.subscribe(1, 0, QOS0, "$share/one-more/t");
        a.gets("SUBACK 1 [QUOTA_EXCEEDED]");
        broker.client("b").in().publish("t/1", "x");
        assertEquals(100, a.received().size());
        assertEquals(1, hits(Limit.MAX_SUBSCRIPTIONS));
    }

    @Test
    void retainedMessagesTakeSoManyBytes() {
        broker = new TestBroker(s -> s.maxRetainedBytes = 10_000);
        TestClient b = broker.client("b").in();
        b.publish("1", "x".repeat(8000), 1, true, 1, Properties.EMPTY).publish("2", "x".repeat(8000), 1, true, 2, Properties.EMPTY);
        b.gets("PUBACK 1 NO_MATCHING_SUBSCRIBERS", "PUBACK 2 QUOTA_EXCEEDED");
        assertEquals(1, hits(Limit.MAX_RETAINED_BYTES));
        assertTrue(broker.loop.logged("Retained messages are being refused: max_retained_bytes reached."));
        b.retain("1", "").publish("2", "x".repeat(8000), 1, true, 2, Properties.EMPTY).gets("PUBACK 2 NO_MATCHING_SUBSCRIBERS");
        for (int i = 0; i < 2; i++) b.publish("2", "y".repeat(8000), 1, true, 1, Properties.EMPTY).gets("PUBACK 1 NO_MATCHING_SUBSCRIBERS");
        b.publish("2", "x", 1, true, 1, Properties.EMPTY).publish("1", "x".repeat(8000), 1, true, 2, Properties.EMPTY);
        b.publish("2", "x".repeat(8000), 1, true, 3, Properties.EMPTY);
        b.gets("PUBACK 1 NO_MATCHING_SUBSCRIBERS", "PUBACK 2 NO_MATCHING_SUBSCRIBERS", "PUBACK 3 QUOTA_EXCEEDED");
    }

    @Test
    void atTheMemoryLimitQos0GoesFirstAndNewClientsAreTurnedAwayAndOldOnesAreNot() {
        broker = new TestBroker(s -> {
            s.memoryLimit = 100_000;
            s.queueQos0Messages = true;
            s.maxQueuedMessages = 0;
        });
        broker.client("a").keep().in().subscribe("t").disconnect();
        TestClient b = broker.client("b").in().subscribe("own");
        fill(82_000);
        while (hits(Limit.MEMORY_LIMIT) == 0) b.publish("t", "x".repeat(1000));
        long used = broker.broker.memoryUsed();
        assertTrue(used > 85_000 && used <= 87_500, used + " bytes");
        broker.client("c").in().disconnect();
        fill(94_000);
        b.received();
        broker.client("c").connect().gets("CONNACK QUOTA_EXCEEDED");
        broker.client("c").v3().connect().gets("CONNACK SERVER_UNAVAILABLE");
        fill(97_500);
        away("w");
        b.publish("w", "x".repeat(2500), 1, 1).gets("PUBACK 1 QUOTA_EXCEEDED");
        assertTrue(broker.broker.memoryUsed() <= 100_000);
        b.received();
        for (int i = 1; i <= 3; i++) b.publish("own", "x", 1, 1).gets("PUBACK 1", "own x q1 m" + i).ack(PacketType.PUBACK, i);
        b.publish("own", "x".repeat(20_000), 1, 1).gets("PUBACK 1 QUOTA_EXCEEDED");
        broker.client("a").keep().in2();
    }

    /** A client that is not there, of this name and with this subscription of QoS 2. */
    private Session away(String filter) {
        Session away = broker.broker.newSession(filter);
        away.restore((access, topic, offset, length) -> true, null, 1000, 0, null);
        broker.broker.subscriptions.subscribe(away, filter.getBytes(), 0, filter.length()).options = 2;
        return away;
    }

    /** Clients that are away, each with its share of the memory and no more, until so many bytes are used. */
    private void fill(long bytes) {
        while (broker.broker.memoryUsed() < bytes) {
            String filter = "full/" + filled++;
            Session away = away(filter);
            for (long before = -1; away.held > before && broker.broker.memoryUsed() < bytes; ) {
                before = away.held;
                broker.broker.publish(Message.of(filter, new byte[1000], 1, false));
            }
        }
    }

    /** A broker of 100,000 bytes, most of them used, and "away", who is. */
    private Session nearTheLimit() {
        broker = new TestBroker(s -> {
            s.memoryLimit = 100_000;
            s.maxQueuedMessages = 0;
        });
        Session away = away("away");
        fill(80_000);
        return away;
    }

    @Test
    void atTheMemoryLimitAMessageGoesToAllWhoAreToKeepItOrToNobody() {
        Session away = nearTheLimit();
        TestClient there = broker.client("there").in().subscribe("away"), b = broker.client("b").in(), old = broker.client("old").v3().in(),
            older = broker.client("older").v3().in();
        fill(99_200);
        String text = "x".repeat(700);
        long dropped = broker.broker.stats().publishDropped, hits = hits(Limit.MEMORY_LIMIT);
        for (int again = 0; again < 3; again++) {
            b.publish("away", text, 2, 7).gets("PUBREC 7 QUOTA_EXCEEDED");
            b.publish("away", text, 1, 8).gets("PUBACK 8 QUOTA_EXCEEDED");
            b.publish("away", text, 1, true, 9, Properties.EMPTY).gets("PUBACK 9 QUOTA_EXCEEDED");
        }
        assertEquals(dropped + 9, broker.broker.stats().publishDropped);
        assertEquals(hits + 9, hits(Limit.MEMORY_LIMIT));
        old.publish("away", text, 1, 1).isDisconnected(null);
        fill(99_200);
        older.publish("away", text, 2, 1).isDisconnected(null);
        there.getsNothing();
        assertEquals(0, away.stored() + broker.broker.stats().retained);
        assertEquals(1, broker.loop.lines().stream().filter(line -> line.contains("Messages of QoS 1 and 2 are being refused: memory_limit")).count());
        b.publish("away", "for who is there, without a promise").getsNothing();
        assertEquals(1, there.received().size());
        b.publish("there", "x", 1, 3).gets("PUBACK 3 NO_MATCHING_SUBSCRIBERS");
        broker.broker.end(broker.broker.session("full/0"), false);
        b.publish("away", text, 2, 7).publish("away", text, 2, 7).gets("PUBREC 7", "PUBREC 7");
        b.ack(PacketType.PUBREL, 7).gets("PUBCOMP 7");
        there.gets("away " + text + " q2 m1");
        assertEquals(1, away.stored());
    }

    @Test
    void atTheMemoryLimitWhoNeedsNoneIsServed() {
        Session away = nearTheLimit();
        TestClient own = broker.client("own").in().subscribe("own"), b = broker.client("b").in();
        broker.broker.subscriptions.subscribe(away, "$share/g/s".getBytes(), 0, 10).options = 2;
        TestClient member = broker.client("m").in().subscribe("$share/g/s"), full = broker.client("f").in().subscribe("$share/g/s");
        full.pipe.room(0);
        fill(99_200);
        for (int i = 1; i <= 4; i++) {
            b.publish("own", "x".repeat(700), 1, 1).gets("PUBACK 1");
            own.gets("own " + "x".repeat(700) + " q1 m" + i).ack(PacketType.PUBACK, i);
        }
        for (int i = 0; i < 6; i++) {
            b.publish("s", "x".repeat(700), 1, 1);
            if (b.one().equals("PUBACK 1")) for (String got : member.received()) member.ack(PacketType.PUBACK, Integer.parseInt(got.replaceAll(".* m", "")));
            else assertEquals("", "refused though a member had room");
        }
    }

    @Test
    void whoIsAwayHasAShareOfTheMemoryAndRefusesForNobody() {
        broker = new TestBroker(s -> {
            s.memoryLimit = 100_000;
            s.maxQueuedMessages = 0;
        });
        Session away = away("t");
        TestClient there = broker.client("there").in().subscribe("#"), b = broker.client("b").in();
        for (int i = 1; i <= 200; i++) {
            b.publish("t", "x".repeat(1000), 1, 1).gets("PUBACK 1");
            assertEquals(1, there.received().size());
            there.ack(PacketType.PUBACK, i);
        }
        assertEquals(100_000 / Session.SHARE / (1000 + 1 + 96 + StoredMessage.PLACE), away.stored());
        assertEquals(200 - away.stored(), broker.broker.stats().publishDropped);
        assertEquals(200 - away.stored(), hits(Limit.CLIENT_MEMORY));
        assertEquals(0, hits(Limit.MEMORY_LIMIT));
        assertEquals(1, broker.loop.lines().stream().filter(line -> line.contains("Outgoing messages are being dropped for client t.")).count());
        broker.world.runFor(120 * TestBroker.SECOND);
        b.publish("t", "x".repeat(1000), 1, 1).gets("PUBACK 1");
        assertEquals(1, broker.loop.lines().stream().filter(line -> line.contains("dropped for client t.")).count(), "it has taken nothing since");
        for (int i = 0; i < 50; i++) b.publish("t/slow", "x".repeat(1000), 1, 1).gets("PUBACK 1");
        assertTrue(broker.broker.stats().keptBytes < 30_000, "what is in flight counts");
        broker.broker.end(away, false);
        assertEquals(0, away.held);
        b.publish("t", "x".repeat(90_000), 1, 1).gets("PUBACK 1");
    }

    @Test
    void whatTheBrokerSaysOfItselfIsRetainedAtEveryLimit() {
        broker = new TestBroker(s -> {
            s.sysInterval = 10;
            s.memoryLimit = 20_000;
            s.maxRetainedMessages = 1;
        });
        TestClient a = broker.client("a").in(), b = broker.client("b").in().subscribe("$SYS/broker/limits/#");
        a.publish("r", "x".repeat(30_000), 1, true, 1, Properties.EMPTY).gets("PUBACK 1 QUOTA_EXCEEDED");
        broker.seconds(10);
        b.gets("$SYS/broker/limits/max_retained_messages 1 q2 m1");
        assertTrue(broker.broker.stats().retained > 20);
    }

    @Test
    void namesWillsAndAliasesCountForTheMemoryLimitUntilTheyGo() {
        broker = new TestBroker(s -> s.memoryLimit = 1 << 20);
        Properties delayed = Properties.builder().put(Property.WILL_DELAY_INTERVAL, 100).build();
        for (int i = 0; i < 3; i++) {
            TestClient a = broker.client("a".repeat(1000)).keep().will(new Will("w", new byte[50_000], 0, false, delayed));
            a.userName = "u".repeat(20_000);
            a.in();
            assertTrue(broker.broker.memoryUsed() > 72_000 && broker.broker.memoryUsed() < 80_000, broker.broker.memoryUsed() + " bytes");
            for (int alias = 1; alias <= 5; alias++) for (int again = 0; again < 2; again++) a.alias(alias, "t".repeat(10_000), true, "x");
            assertTrue(broker.broker.memoryUsed() > 122_000 && broker.broker.memoryUsed() < 130_000, broker.broker.memoryUsed() + " bytes");
            a.pipe.handler().onClosed("gone");
            assertTrue(broker.broker.memoryUsed() > 51_000 && broker.broker.memoryUsed() < 55_000, "the will waits");
        }
        broker.seconds(101);
        assertTrue(broker.broker.memoryUsed() < 4000);
        broker.seconds(1000);
        assertEquals(0, broker.broker.memoryUsed());
        int in = 0;
        for (; in < 100; in++) {
            TestClient client = broker.client("c" + in).will(new Will("w", new byte[50_000], 0, false, Properties.EMPTY)).connect();
            if (client.received().get(0).equals("CONNACK QUOTA_EXCEEDED")) break;
        }
        assertEquals(19, in, "wills fill the memory, and then nobody new comes in");
    }

    @Test
    void unfinishedPacketsTakeSoMuchTogetherAndTheOldestGivesWay() {
        broker = new TestBroker(s -> s.maxUnfinishedBytes = 200_000);
        List<TestClient> slow = new ArrayList<>();
        byte[] part = new byte[60_000];
        part[0] = 0x30;
        part[1] = (byte) 0x80;
        part[2] = (byte) 0x80;
        part[3] = 0x40; // a megabyte to come
        for (int i = 0; i < 10; i++) {
            TestClient client = broker.client("c" + i).in();
            client.pipe.in(part);
            slow.add(client);
        }
        for (int i = 0; i < 10; i++) {
            if (i >= 7) assertFalse(slow.get(i).pipe.closing);
            else slow.get(i).isDisconnected(ReasonCode.QUOTA_EXCEEDED);
        }
        assertTrue(broker.broker.memoryUsed() < 200_000 + 20_000 * 2);
        assertEquals(7, hits(Limit.MEMORY_LIMIT));
        TestClient good = broker.client("good").in();
        good.publish("t", "x".repeat(100_000), 1, 1).gets("PUBACK 1 NO_MATCHING_SUBSCRIBERS");
        for (TestClient client : slow) client.pipe.handler().onClosed("gone");
        good.disconnect();
        good.pipe.turn();
        assertEquals(0, broker.broker.memoryUsed());
    }

    @Test
    void whenMemoryRunsOutThoseGoThatHoldMost() {
        broker = new TestBroker(s -> s.memoryLimit = 800_000);
        TestClient quiet = broker.client("quiet").in(), slow = broker.client("slow").in().subscribe("t"), slower = broker.client("slower").in().subscribe("t", "u"),
            pending = broker.client("pending");
        slow.pipe.room(0);
        slower.pipe.room(0);
        quiet.publish("t", "x".repeat(60_000)).publish("u", "x".repeat(90_000));
        for (int i = 0; i < 2000; i++) slower.hex("c0 00");
        broker.broker.shed();
        assertTrue(pending.pipe.closing && slower.pipe.closing);
        slower.pipe.handler().onClosed("");
        assertFalse(quiet.pipe.closing);
        assertFalse(slow.pipe.closing, "enough is free");
        broker.broker.shed();
        assertTrue(slow.pipe.closing);
        slow.pipe.handler().onClosed("");
        assertTrue(broker.loop.logged("Warning: memory is running out: 2 connections dropped"));
        quiet.publish("t", "x", 1, 1).gets("PUBACK 1 NO_MATCHING_SUBSCRIBERS");
        broker.broker.shed();
        assertFalse(quiet.pipe.closing);
        assertEquals(3, hits(Limit.MEMORY_LIMIT));
    }

    @Test
    void everyOtherLimitIsCounted() {
        broker = new TestBroker(s -> {
            s.maxClients = 3;
            s.maxPacketSize = 1000;
            s.maxConnectPacketSize = 500;
            s.messageSizeLimit = 100;
            s.maxTopicLevels = 3;
            s.maxSubscriptions = 1;
            s.maxQueuedMessages = 2;
            s.maxQueuedBytes = 150;
            s.maxHandshakes = 1;
        });
        broker.client("full").connect().hex("30 f0 07");
        assertEquals(1, hits(Limit.MAX_PACKET_SIZE));
        assertTrue(broker.client("x".repeat(600)).connect().pipe.closing);
        assertEquals(1, hits(Limit.MAX_CONNECT_PACKET_SIZE));
        TestClient q = broker.client("q").keep().in().subscribe("q");
        q.subscribe(1, 0, QOS0, "r");
        assertEquals(1, hits(Limit.MAX_SUBSCRIPTIONS));
        q.disconnect();
        TestClient a = broker.client("a").in();
        a.publish("t", "x".repeat(101), 1, 1).gets("PUBACK 1 IMPLEMENTATION_SPECIFIC_ERROR"); // as Mosquitto
        assertEquals(1, hits(Limit.MESSAGE_SIZE_LIMIT));
        a.publish("q", "x".repeat(100), 1, 1).publish("q", "x".repeat(100), 1, 1);
        assertEquals(1, hits(Limit.MAX_QUEUED_BYTES));
        a.publish("q", "x", 1, 1).publish("q", "x", 1, 1);
        assertEquals(1, hits(Limit.MAX_QUEUED_MESSAGES));
        a.publish("1/2/3/4", "x");
        a.isDisconnected(ReasonCode.MALFORMED_PACKET);
        assertEquals(1, hits(Limit.MAX_TOPIC_LEVELS));
        broker.client("w").will(new Will("1/2/3/4", new byte[0], 0, false, Properties.EMPTY)).connect().gets("CONNACK TOPIC_NAME_INVALID");
        assertEquals(2, hits(Limit.MAX_TOPIC_LEVELS));
        broker.client("b").in();
        broker.client("c").in();
        broker.client("d").connect().gets("CONNACK QUOTA_EXCEEDED");
        assertEquals(1, hits(Limit.GLOBAL_MAX_CLIENTS));
        broker.client("e");
        broker.client("f");
        assertEquals(1, hits(Limit.MAX_HANDSHAKES));
    }
}
