package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mqttq.journal.JournalException;
import mqttq.link.TestPipe;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Property;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.transport.Pipe;
import org.junit.jupiter.api.Test;

/** Several streams of one client. */
class StreamsTest {
    private TestBroker broker = new TestBroker();
    private int port;

    private TestClient stream(TestClient of) {
        TestPipe pipe = new TestPipe(++port);
        Pipe.Handler handler = of.handler().onStream(pipe);
        if (handler == null) return null;
        pipe.handler(handler);
        return new TestClient(broker, pipe, of.id);
    }

    @Test
    void dataStreamsHaveTheirOwnIdentifiersSubscriptionsAndAcknowledgements() {
        TestClient a = broker.client("a").in().subscribe("control"), one = stream(a), two = stream(a);
        one.subscribe(3, 0, SubscriptionOptions.of(1), "one");
        one.gets("SUBACK 3 [GRANTED_QOS_1]");
        two.subscribe(3, 0, SubscriptionOptions.of(2), "two", "one");
        two.gets("SUBACK 3 [GRANTED_QOS_2, GRANTED_QOS_2]");
        one.publish("two", "x", 2, 7).gets("PUBREC 7");
        two.publish("control", "y", 2, 7).gets("two x q2 m1", "PUBREC 7");
        a.gets("control y q2 m1").publish("one", "z", 1, 7).gets("PUBACK 7");
        one.gets("one z q1 m1");
        two.gets("one z q1 m2").ack(PacketType.PUBREC, 1).gets("PUBREL 1");
        one.ack(PacketType.PUBREL, 7).gets("PUBCOMP 7").hex("c000").gets("PINGRESP");
        assertEquals(1, broker.broker.stats().connected);
    }

    @Test
    void nothingIsReadBeforeTheClientIsLetIn() {
        TestClient a = broker.client("a"), one = stream(a);
        assertFalse(one.pipe.reading);
        one.publish("t", "early", 1, 1).getsNothing();
        broker.client("b").in().subscribe("t").getsNothing();
        a.in();
        assertTrue(one.pipe.reading);
        one.pipe.turn();
        one.gets("PUBACK 1");
    }

    @Test
    void anErrorOnADataStreamEndsItAlone() {
        TestClient a = broker.client("a").in(), one = stream(a), two = stream(a);
        one.subscribe("t");
        one.hex("f1 00");
        assertTrue(one.pipe.closing);
        one.getsNothing();
        assertEquals(0, broker.broker.stats().subscriptions);
        TestClient three = stream(a);
        three.hex("e0 00");
        assertTrue(three.pipe.closing, "DISCONNECT belongs on the control stream");
        two.subscribe("t").publish("t", "x").gets("t x q0");
        a.publish("t", "y").hex("c000").gets("PINGRESP");
        two.gets("t y q0");
    }

    @Test
    void allStreamsEndWithTheControlStream() {
        TestClient a = broker.client("a").in(), one = stream(a);
        one.subscribe("t");
        a.disconnect();
        assertEquals(Pipe.NO_ERROR, a.pipe.code);
        assertTrue(one.pipe.closing);
        assertNull(stream(a));
        assertEquals(0, broker.broker.stats().subscriptions);
        TestClient b = broker.client("b").in(), two = stream(b);
        broker.client("b").in();
        b.isDisconnected(ReasonCode.SESSION_TAKEN_OVER);
        assertTrue(two.pipe.closing);
        assertEquals(ReasonCode.SESSION_TAKEN_OVER.value, b.pipe.code);
    }

    @Test
    void theKeptSessionIsTheControlStreams() {
        TestClient a = broker.client("a").keep().in().subscribe("kept"), one = stream(a);
        one.subscribe("gone");
        a.pipe.end();
        assertTrue(one.pipe.closing);
        assertEquals(Pipe.CONTROL_STREAM_DOWN, a.pipe.code, "without DISCONNECT");
        broker.client("p").in().publish("kept", "1", 1, 1).publish("gone", "2", 1, 2);
        broker.client("a").keep().in2();
        assertEquals(1, broker.broker.stats().subscriptions);
    }

    /** What waits for its turn on a data stream is taken back when its publisher is told that it is not taken. */
    @Test
    void whatAFailingDiskRefusesIsTakenBackFromStreamsToo() throws JournalException {
        broker.keep();
        TestClient away = broker.client("away").keep().connect();
        broker.sync();
        away.subscribe(77, 0, SubscriptionOptions.of(2), "t");
        broker.sync();
        TestClient a = broker.client("a").with(Property.RECEIVE_MAXIMUM, 1).in(), one = stream(a), p = broker.client("p").in();
        one.subscribe2("t").received();
        p.publish("t", "first", 2, 1);
        broker.sync();
        p.gets("PUBREC 1");
        one.gets("t first q2 m1");
        broker.disk().failSyncs(4, "Input/output error");
        p.publish("t", "again", 2, 2);
        broker.seconds(0.5);
        p.gets("PUBREC 2 QUOTA_EXCEEDED");
        broker.seconds(10);
        one.ack(PacketType.PUBREC, 1).gets("PUBREL 1").ack(PacketType.PUBCOMP, 1).getsNothing();
        p.publish("t", "again", 2, 2);
        broker.sync();
        p.gets("PUBREC 2");
        one.gets("t again q2 m2");
    }

    @Test
    void everyStreamKeepsTheClientAlive() {
        TestClient a = broker.client("a");
        a.keepAlive = 10;
        a.in();
        TestClient one = stream(a);
        for (int i = 0; i < 4; i++) {
            broker.seconds(12);
            one.hex("c000").gets("PINGRESP");
        }
        assertFalse(a.pipe.closing);
        broker.seconds(16);
        assertTrue(a.pipe.closing);
        assertTrue(one.pipe.closing);
    }

    @Test
    void noLocalMeansTheClientNotTheStream() {
        TestClient a = broker.client("a").in(), one = stream(a);
        one.subscribe(1, 0, new SubscriptionOptions(0, true, false, 0), "t");
        one.gets("SUBACK 1 [SUCCESS]");
        a.publish("t", "own", 1, 1).gets("PUBACK 1");
        one.getsNothing();
        broker.client("b").in().publish("t", "other");
        one.gets("t other q0");
    }

    @Test
    void aliasesAreAStreamsOwn() {
        TestClient a = broker.client("a").with(Property.TOPIC_ALIAS_MAXIMUM, 3).in().subscribe("t"), one = stream(a);
        a.alias(1, "t", true, "x").gets("t x q0 a1");
        one.alias(1, "t", false, "y");
        assertTrue(one.pipe.closing);
        assertFalse(a.pipe.closing);
    }

    @Test
    void aClientsSubscriptionsAreThoseOfAllItsStreams() {
        broker = new TestBroker(s -> s.maxSubscriptions = 5);
        TestClient a = broker.client("a").in().subscribe("1", "2"), one = stream(a), two = stream(a);
        one.subscribe("1", "3");
        two.subscribe("4").subscribe(1, 0, SubscriptionOptions.of(0), "5");
        two.gets("SUBACK 1 [QUOTA_EXCEEDED]").subscribe("4");
        a.subscribe(1, 0, SubscriptionOptions.of(0), "5");
        a.gets("SUBACK 1 [QUOTA_EXCEEDED]");
        broker.client("b").in().subscribe("1", "2", "3", "4", "5");
        one.unsubscribe(9, "1");
        one.gets("UNSUBACK 9 [SUCCESS]");
        a.subscribe("5");
        one.pipe.end();
        two.subscribe("6").subscribe(1, 0, SubscriptionOptions.of(0), "7");
        two.gets("SUBACK 1 [QUOTA_EXCEEDED]");
        assertEquals(3, broker.broker.stats().hits(Limit.MAX_SUBSCRIPTIONS));
    }

    @Test
    void aClientsSubscriptionBytesAreThoseOfAllItsStreams() {
        String filter = "/".repeat(50);
        broker = new TestBroker(s -> s.maxSubscriptionBytes = SubscriptionTree.cost(50, 51) * 3 + 10);
        TestClient a = broker.client("a").in().subscribe(filter), one = stream(a).subscribe(filter), two = stream(a).subscribe(filter), three = stream(a);
        three.subscribe(1, 0, SubscriptionOptions.of(0), filter);
        three.gets("SUBACK 1 [QUOTA_EXCEEDED]");
        one.pipe.end();
        three.subscribe(filter);
        two.subscribe(1, 0, SubscriptionOptions.of(0), filter + "/");
        two.gets("SUBACK 1 [QUOTA_EXCEEDED]");
    }

    @Test
    void whatWaitsForAClientWaitsForAllItsStreams() {
        for (int kind = 0; kind < 2; kind++) {
            int qos = kind;
            broker = new TestBroker(s -> s.maxQueuedMessages = 5);
            TestClient a = broker.client("a").in(), one = stream(a), two = stream(a), b = broker.client("b").in();
            for (TestClient each : new TestClient[] {a, one, two}) {
                each.subscribe(each == a ? "a" : each == one ? "1" : "2");
                each.pipe.room(0);
            }
            for (int i = 0; i < 9; i++) for (String topic : new String[] {"a", "1", "2"}) b.publish(topic, "x", qos, 1 + i);
            // one of each is at the link, where a message of QoS 1 waits in flight too
            assertEquals(27 - 3 - 5, broker.broker.stats().publishDropped, "QoS " + qos);
            one.pipe.more(1 << 20);
            two.pipe.more(1 << 20);
            a.pipe.more(1 << 20);
            assertEquals(8, a.received().size() + one.received().size() + two.received().size(), "QoS " + qos);
            for (int i = 0; i < 3; i++) b.publish("1", "y", qos, 1);
            assertEquals(3, one.received().size(), "what was sent makes room");
        }
    }

    @Test
    void payloadBytesAndRetainedMessagesWaitForAllStreamsTogether() {
        broker = new TestBroker(s -> {
            s.maxQueuedBytes = 100;
            s.maxRetainedBacklog = 5;
        });
        TestClient a = broker.client("a").in(), one = stream(a), b = broker.client("b").in();
        for (int i = 0; i < 4; i++) b.retain("r/" + i, "x");
        for (TestClient each : new TestClient[] {a, one}) {
            each.subscribe("t");
            each.pipe.room(0);
            each.subscribe2("r/#");
        }
        assertEquals(1, broker.broker.stats().publishDropped, "3 + 3 messages wait, one of each is on its way");
        for (int i = 0; i < 3; i++) b.publish("t", "x".repeat(30));
        assertEquals(4, broker.broker.stats().publishDropped, "3 of 6 have room");
    }

    @Test
    void topicsOfAliasesHaveOneRoomForAllStreams() {
        TestClient a = broker.client("a").in(), one = stream(a), two = stream(a), three = stream(a);
        a.alias(1, "a".repeat(30_000), true, "x");
        one.alias(1, "b".repeat(30_000), true, "x");
        two.alias(1, "c".repeat(30_000), true, "x");
        assertTrue(two.pipe.closing);
        one.pipe.end();
        three.alias(1, "c".repeat(30_000), true, "x");
        assertFalse(a.pipe.closing || three.pipe.closing);
    }
}
