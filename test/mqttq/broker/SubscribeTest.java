package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import mqttq.Statement;
import mqttq.Unlimited;
import mqttq.config.BrokerSettings;
import mqttq.mqtt.Message;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.ApplicationMessage;
import mqttq.loop.Log;
import org.junit.jupiter.api.Test;

class SubscribeTest {
    private static final SubscriptionOptions QOS0 = SubscriptionOptions.of(0), QOS2 = SubscriptionOptions.of(2);
    private TestBroker broker = new TestBroker();

    @Test
    @Statement({"MQTT-3.8.4-1", "MQTT-3.8.4-2", "MQTT-3.8.4-5", "MQTT-3.8.4-6", "MQTT-3.9.3-1", "MQTT-3.9.2-1"})
    void oneAnswerForManyFilters() {
        TestClient a = broker.client("a").in();
        a.subscribe(5, 0, SubscriptionOptions.of(1), "a", "b/+", "#");
        a.gets("SUBACK 5 [GRANTED_QOS_1, GRANTED_QOS_1, GRANTED_QOS_1]");
        assertEquals(3, broker.broker.stats().subscriptions);
    }

    @Test
    @Statement({"MQTT-3.10.4-1", "MQTT-3.10.4-4", "MQTT-3.10.4-5", "MQTT-3.10.4-6", "MQTT-3.11.2-1", "MQTT-3.11.3-1", "MQTT-2.2.1-6"})
    void unsubscribeStopsWhatIsNew() {
        TestClient a = broker.client("a").in().subscribe("t", "u");
        a.unsubscribe(6, "t", "x");
        a.gets("UNSUBACK 6 [SUCCESS, NO_SUBSCRIPTION_EXISTED]");
        broker.client("b").in().publish("t", "1").publish("u", "2");
        a.gets("u 2 q0");
        TestClient old = broker.client("o").v3().in();
        old.unsubscribe(7, "nothing");
        old.gets("UNSUBACK 7 []");
    }

    @Test
    @Statement({"MQTT-3.10.4-2", "MQTT-3.10.4-3"})
    void unsubscribeDoesNotEndADeliveryThatHasBegun() {
        TestClient a = broker.client("a").in().subscribe("t");
        broker.client("b").in().publish("t", "1", 2, 1);
        a.gets("t 1 q2 m1").unsubscribe(6, "t");
        a.gets("UNSUBACK 6 [SUCCESS]").ack(PacketType.PUBREC, 1).gets("PUBREL 1");
    }

    @Test
    @Statement({"MQTT-3.8.4-3"})
    void subscribingAgainReplaces() {
        TestClient a = broker.client("a").in().subscribe(0, QOS2, "t").subscribe(0, QOS0, "t");
        broker.client("b").in().publish("t", "1", 2, 1);
        a.gets("t 1 q0");
        assertEquals(1, broker.broker.stats().subscriptions);
    }

    @Test
    @Statement({"MQTT-3.3.4-2", "MQTT-3.3.4-3", "MQTT-3.3.4-4", "MQTT-3.3.2-3"})
    void overlappingSubscriptionsGetOneCopyWithAllIdentifiersAndTheHighestQos() {
        TestClient a = broker.client("a").in().subscribe(7, QOS0, "#").subscribe(8, QOS2, "t/+").subscribe(0, SubscriptionOptions.of(1), "t/x")
            .subscribe(268_435_455, SubscriptionOptions.of(1), "+/x");
        TestClient old = broker.client("o").v3().in().subscribe(0, QOS0, "#").subscribe(0, QOS2, "t/+");
        TestClient b = broker.client("b").in();
        b.publish("t/x", "1", 2, 1);
        a.gets("t/x 1 q2 m1 #7 #268435455 #8");
        old.gets("t/x 1 q2 m1");
        b.publish("u", "2", 1, 2);
        a.gets("u 2 q0 #7");
        a.pipe.room(0);
        b.publish("t/x", "3");
        b.publish("t/x", "4", 1, 3);
        a.pipe.more(1000);
        a.gets("t/x 3 q0 #7 #268435455 #8", "t/x 4 q1 m2 #7 #268435455 #8");
    }

    @Test
    void noLocalKeepsBackOnesOwn() {
        TestClient a = broker.client("a").in().subscribe(1, new SubscriptionOptions(1, true, false, 0), "t").subscribe(2, QOS0, "own/#");
        a.publish("t", "1").publish("own/t", "2");
        a.gets("own/t 2 q0 #2").publish("t", "0", 1, 1).gets("PUBACK 1");
        broker.client("b").in().publish("t", "3");
        a.gets("t 3 q0 #1");
    }

    @Test
    @Statement({"MQTT-3.8.3-4"})
    void noLocalOnASharedSubscriptionIsAProtocolError() {
        TestClient a = broker.client("a").in();
        a.subscribe(1, 0, new SubscriptionOptions(1, true, false, 0), "$share/g/t");
        a.isDisconnected(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    @Statement({"MQTT-3.3.1-12", "MQTT-3.3.1-13"})
    void retainAsPublishedKeepsTheFlag() {
        TestClient a = broker.client("a").in().subscribe(0, new SubscriptionOptions(0, false, true, 0), "t"), b = broker.client("b").in().subscribe("t");
        broker.client("c").in().retain("t", "1").publish("t", "2");
        a.gets("t 1 q0 retain", "t 2 q0");
        b.gets("t 1 q0", "t 2 q0");
    }

    @Test
    void aBridgeOfMqtt3GetsRetainAsPublishedAndNothingOfItsOwn() {
        TestClient a = broker.client("a").v3();
        a.bridge = true;
        a.in().subscribe("#");
        a.publish("t", "own");
        broker.client("b").in().retain("t", "1");
        a.gets("t 1 q0 retain");
    }

    @Test
    @Statement({"MQTT-4.7.2-1"})
    void wildcardsDoNotMatchTopicsWithADollar() {
        TestClient a = broker.client("a").in().subscribe("#", "+/x", "$a/#");
        broker.client("b").in().publish("$a/x", "1").publish("$b/x", "2");
        a.gets("$a/x 1 q0");
    }

    @Test
    void aClientHasSoManySubscriptions() {
        broker = new TestBroker(s -> s.maxSubscriptions = 2);
        TestClient a = broker.client("a").in();
        a.subscribe(1, 0, QOS0, "a", "b", "c", "a");
        a.gets("SUBACK 1 [SUCCESS, SUCCESS, QUOTA_EXCEEDED, SUCCESS]");
        TestClient old = broker.client("o").v3().in();
        old.subscribe(1, 0, QOS0, "a", "b", "c");
        old.gets("SUBACK 1 [SUCCESS, SUCCESS, UNSPECIFIED_ERROR]");
    }

    @Test
    void aClientsSubscriptionsTakeSoMuchMemory() {
        broker = new TestBroker(s -> s.maxSubscriptionBytes = 200_000);
        TestClient a = broker.client("a").in();
        for (int i = 0; i < 20; i++) a.subscribe(1, 0, QOS0, "/".repeat(190) + i);
        List<String> got = a.received();
        assertEquals("SUBACK 1 [SUCCESS]", got.get(9));
        assertEquals("SUBACK 1 [QUOTA_EXCEEDED]", got.get(10));
        a.subscribe(1, 0, QOS0, "/".repeat(190) + 3, "small");
        a.gets("SUBACK 1 [SUCCESS, SUCCESS]");
        a.unsubscribe(1, "/".repeat(190) + 3);
        a.subscribe(1, 0, QOS0, "/".repeat(190) + 77);
        a.gets("UNSUBACK 1 [SUCCESS]", "SUBACK 1 [SUCCESS]");
    }

    // Retained messages

    @Test
    @Statement({"MQTT-3.3.1-5", "MQTT-3.3.1-6", "MQTT-3.3.1-7", "MQTT-3.3.1-8", "MQTT-3.3.1-9"})
    void theLastRetainedMessageComesWithTheSubscription() {
        TestClient b = broker.client("b").in();
        b.retain("t/1", "old").retain("t/1", "new").retain("t/2", "gone").retain("t/2", "").publish("t/1", "not retained");
        TestClient a = broker.client("a").in();
        a.subscribe(1, 9, QOS0, "t/+");
        a.gets("SUBACK 1 [SUCCESS]", "t/1 new q0 retain #9");
        assertEquals(1, broker.broker.stats().retained);
        assertEquals(3, broker.broker.stats().storedBytes);
    }

    @Test
    @Statement({"MQTT-3.3.1-10", "MQTT-3.3.1-11", "MQTT-3.8.4-4"})
    void retainHandlingSaysWhen() {
        broker.client("b").in().publish("t", "x", 1, true, 1, Properties.EMPTY);
        TestClient a = broker.client("a").in();
        String[][] expected = {{"t x q1 m1 retain", "t x q1 m2 retain"}, {"t x q1 m3 retain", null}, {null, null}};
        for (int handling = 0; handling <= 2; handling++) {
            for (int time = 0; time < 2; time++) {
                a.subscribe(1, 0, new SubscriptionOptions(1, false, false, handling), "t");
                List<String> got = a.received();
                assertEquals(expected[handling][time], got.size() > 1 ? got.get(1) : null, handling + " " + time);
            }
            a.unsubscribe(2, "t");
            a.received();
        }
    }

    @Test
    void sharedSubscriptionsGetNoRetainedMessages() {
        broker.client("b").in().retain("t", "x");
        broker.client("a").in().subscribe("$share/g/t").getsNothing();
    }

    @Test
    void retainedMessagesExpire() {
        TestClient b = broker.client("b").in();
        b.publish("t", "x", 0, true, 0, Properties.builder().put(Property.MESSAGE_EXPIRY_INTERVAL, 100).build()).retain("u", "y");
        broker.seconds(40);
        TestClient a = broker.client("a").in();
        a.subscribe(1, 0, QOS0, "t");
        a.gets("SUBACK 1 [SUCCESS]", "t x q0 retain e60");
        broker.seconds(61);
        a.subscribe(1, 0, QOS0, "t");
        a.gets("SUBACK 1 [SUCCESS]");
        broker.seconds(600);
        assertEquals(1, broker.broker.stats().retained);
        assertEquals(1, broker.broker.stats().storedBytes);
    }

    @Test
    void thereAreSoManyRetainedMessages() {
        broker = new TestBroker(s -> s.maxRetainedMessages = 2);
        TestClient b = broker.client("b").in();
        b.retain("1", "x").retain("2", "x").publish("3", "x", 1, true, 1, Properties.EMPTY).publish("2", "y", 1, true, 2, Properties.EMPTY);
        b.gets("PUBACK 1 QUOTA_EXCEEDED", "PUBACK 2 NO_MATCHING_SUBSCRIBERS");
        b.retain("1", "").publish("3", "x", 1, true, 1, Properties.EMPTY).gets("PUBACK 1 NO_MATCHING_SUBSCRIBERS");
    }

    @Test
    void aSubscriptionToMoreThanTheQueueHoldsGetsAllRetainedMessages() {
        TestClient b = broker.client("b").in();
        for (int i = 0; i < 5000; i++) b.publish("t/" + i, "x", 1, true, 1, Properties.EMPTY);
        TestClient a = broker.client("a").in();
        a.subscribe(1, 0, SubscriptionOptions.of(1), "#");
        assertEquals(21, a.received().size());
        int got = 20;
        for (int id = 1; id <= 5000; id++) got += a.ack(PacketType.PUBACK, id).received().size();
        assertEquals(5000, got);
        assertEquals(5000, broker.broker.stats().stored);
    }

    @Test
    void butNotMoreThanTheBacklogHolds() {
        broker = new TestBroker(s -> s.maxRetainedBacklog = 30);
        TestClient b = broker.client("b").in();
        for (int i = 0; i < 100; i++) b.retain("t/" + i, "x");
        TestClient a = broker.client("a").in();
        a.pipe.room(0);
        for (int i = 0; i < 5; i++) a.subscribe(1, 0, QOS0, "#");
        a.pipe.more(1 << 20);
        assertTrue(a.received().size() <= 5 + 31);
        assertTrue(broker.broker.stats().publishDropped >= 5);
    }

    @Test
    void aRetainedMessageIsWithheldWhenItsPublisherLostItsRight() {
        List<String> lost = new ArrayList<>();
        broker.authorizer = (id, user) -> (access, topic, offset, length) -> !lost.contains(id);
        broker.client("b").in().retain("t", "x").disconnect();
        lost.add("b");
        broker.client("a").in().subscribe("t").getsNothing();
        broker.broker.settings(withoutCheck());
        TestClient c = broker.client("c").in();
        c.subscribe(1, 0, QOS0, "t");
        c.gets("SUBACK 1 [SUCCESS]", "t x q0 retain");
    }

    private static BrokerSettings withoutCheck() {
        BrokerSettings builder = Unlimited.settings();
        builder.checkRetainSource = false;
        builder.sysInterval = 0;
        return builder;
    }

    // Shared subscriptions

    @Test
    @Statement({"MQTT-4.8.2-3"})
    void aGroupsMembersTakeTurns() {
        TestClient a = broker.client("a").in().subscribe(1, QOS0, "$share/g/t"), b = broker.client("b").in().subscribe(2, QOS2, "$share/g/t");
        TestClient other = broker.client("c").in().subscribe("$share/h/t", "t");
        TestClient p = broker.client("p").in();
        for (int i = 0; i < 4; i++) p.publish("t", "" + i, 2, i + 1);
        List<String> got = new ArrayList<>(a.received());
        assertEquals(2, got.size());
        assertTrue(got.get(0).endsWith("q0 #1"), got.get(0));
        got.addAll(b.received());
        assertEquals(4, got.size());
        assertEquals(8, other.received().size());
        assertEquals(3, broker.broker.stats().sharedSubscriptions);
    }

    @Test
    @Statement("MQTT-3.3.4-5")
    void eachOfSeveralCopiesHasItsOwnIdentifier() {
        TestClient a = broker.client("a").in().subscribe(1, QOS0, "t").subscribe(2, QOS0, "$share/g/t");
        broker.client("p").in().publish("t", "x");
        a.gets("t x q0 #1", "t x q0 #2");
    }

    @Test
    void aGroupBeginsWithItsFirstMember() {
        TestClient a = broker.client("a").in().subscribe("$share/g/t"), b = broker.client("b").in().subscribe("$share/g/t");
        TestClient p = broker.client("p").in().publish("t", "1");
        a.gets("t 1 q0");
        b.getsNothing();
        p.publish("t", "2");
        b.gets("t 2 q0");
    }

    @Test
    void whoIsConnectedComesFirstAndWhoIsFullIsPassedOver() {
        broker = new TestBroker(s -> s.maxQueuedMessages = 2);
        broker.client("off").keep().in().subscribe("$share/g/t").disconnect();
        TestClient a = broker.client("a").in().subscribe("$share/g/t");
        TestClient p = broker.client("p").in();
        for (int i = 0; i < 4; i++) p.publish("t", "" + i, 1, i + 1);
        assertEquals(4, a.received().size());
        a.pipe.room(0);
        TestClient b = broker.client("b").in().subscribe("$share/g/t");
        for (int i = 0; i < 20; i++) p.publish("t", "" + i);
        assertEquals(17, b.received().size(), "one waits at a's link and two in its queue");
        a.disconnect();
        b.disconnect();
        p.received();
        p.publish("t", "later", 1, 9).gets("PUBACK 9");
        assertTrue(broker.client("off").keep().connect().received().get(1).startsWith("t later q1"));
    }

    @Test
    @Statement({"MQTT-4.8.2-4", "MQTT-4.8.2-5", "MQTT-4.8.2-6"})
    void whatAMemberWasSentGoesToNobodyElse() {
        TestClient a = broker.client("a").keep().in().subscribe("$share/g/t");
        TestClient p = broker.client("p").in().publish("t", "x", 2, 1);
        a.gets("t x q2 m1");
        TestClient b = broker.client("b").in().subscribe("$share/g/t");
        a.lose();
        assertTrue(broker.client("a").keep().connect().received().contains("t x q2 m1 dup"));
        broker.client("a").in();
        b.getsNothing();
        p.publish("t", "y", 1, 2);
        b.gets("t y q1 m1").ack(PacketType.PUBACK, 1, ReasonCode.UNSPECIFIED_ERROR).getsNothing();
    }

    @Test
    void leavingAGroupEndsIt() {
        TestClient a = broker.client("a").in().subscribe("$share/g/t"), b = broker.client("b").in().subscribe("$share/g/t");
        a.unsubscribe(1, "$share/g/t", "t");
        a.gets("UNSUBACK 1 [SUCCESS, NO_SUBSCRIPTION_EXISTED]");
        broker.client("p").in().publish("t", "1").publish("t", "2");
        assertEquals(2, b.received().size());
        b.disconnect();
        assertEquals(0, broker.broker.stats().sharedSubscriptions);
    }

    // Mount points

    @Test
    void aMountPointIsInvisibleToItsClients() {
        TestClient all = broker.client("all").in().subscribe("#");
        broker.listen(new ListenerSettings("x", new TestBroker.Anyone(), mqttq.auth.Authorizer.ALL, -1, true, "auto-", false, 2, 10, 10, 0b111000, "m/"));
        TestClient a = broker.client("a").in().subscribe("t/#", "$share/g/s");
        TestClient b = broker.client("b").will(new mqttq.mqtt.Will("t/will", "w".getBytes(), 1, false, Properties.EMPTY)).in();
        b.publish("t/1", "x").publish("t/2", "y", 1, true, 1, Properties.builder().user("a", "b").build()).publish("s", "z", 2, 2);
        b.lose();
        a.gets("t/1 x q0", "t/2 y q1 m1 {USER_PROPERTY=UserProperty[name=a, value=b]}", "s z q2 m2", "t/will w q1 m3");
        all.gets("m/t/1 x q0", "m/t/2 y q1 m1 {USER_PROPERTY=UserProperty[name=a, value=b]}", "m/s z q2 m2", "m/t/will w q1 m3");
        TestClient c = broker.client("c").in();
        c.subscribe(1, 0, QOS0, "t/2");
        c.gets("SUBACK 1 [SUCCESS]", "t/2 y q0 retain {USER_PROPERTY=UserProperty[name=a, value=b]}");
        c.pipe.room(0);
        a.publish("t/2", "slow");
        c.pipe.more(1000);
        c.gets("t/2 slow q0");
        a.publish("x".repeat(65_535), "x").isDisconnected(ReasonCode.TOPIC_NAME_INVALID);
    }

    // Clients inside the process

    @Test
    void aLocalClientTakesPart() {
        broker.client("b").in().retain("r", "kept");
        List<String> got = new ArrayList<>();
        LocalClient local = broker.broker.localClient((LocalClient client, ApplicationMessage message, int qos, boolean retain) -> {
            got.add(message.topic() + ' ' + new String(message.payload()) + " q" + qos + (retain ? " retain" : ""));
            if (message.topic().equals("ping")) client.publish(Message.of("pong", client.kept(message).payload(), 1, false));
            return true;
        });
        local.subscribe("r", 1, true, true);
        local.subscribe("ping", 1, true, true);
        local.subscribe("pong", 1, true, true);
        TestClient a = broker.client("a").in().subscribe("ping", "pong");
        a.publish("ping", "x", 1, 1);
        a.gets("PUBACK 1", "ping x q1 m1", "pong x q1 m2");
        assertEquals(List.of("r kept q0 retain", "ping x q1"), got);
        local.unsubscribe("ping");
        local.close();
        assertEquals(2, broker.broker.stats().subscriptions);
    }

    @Test
    void logsAsMosquittoDoes() {
        broker.loop.logLevel(Log.Level.DEBUG, true).logLevel(Log.Level.SUBSCRIBE, true).logLevel(Log.Level.UNSUBSCRIBE, true);
        TestClient a = broker.client("a").in().subscribe(0, SubscriptionOptions.of(1), "t");
        a.publish("t", "hello", 1, 3).ack(PacketType.PUBACK, 1).hex("c000").unsubscribe(4, "t");
        a.disconnect();
        for (String line : new String[] {"New connection from 127.0.0.1:50000 on port 1883.", "No will message specified.", "Sending CONNACK to a (0, 0)",
            "Received SUBSCRIBE from a", "\tt (QoS 1)", "a 1 t", "Sending SUBACK to a", "Received PUBLISH from a (d0, q1, r0, m3, 't', ... (5 bytes))",
            "Sending PUBLISH to a (d0, q1, r0, m1, 't', ... (5 bytes))", "Sending PUBACK to a (m3, rc0)", "Received PUBACK from a (Mid: 1, RC:0)",
            "Received PINGREQ from a", "Sending PINGRESP to a", "Received UNSUBSCRIBE from a", "\tt", "a t", "Sending UNSUBACK to a",
            "Received DISCONNECT from a", "Client a disconnected."}) {
            assertTrue(broker.loop.logged(line), line);
        }
        broker.client("b").in().subscribe("$share/g/x");
        broker.broker.logSubscriptions();
        assertTrue(broker.loop.logged("$share/g/x b (QoS 2)"));
    }

    /** What says who clients are and where goes to those alone that ask for it by name. */
    @Test
    void whatIsSaidOfSingleClientsIsSaidToWhoNamesIt() {
        TestClient[] not = {broker.client("a").in(), broker.client("b").in(), broker.client("c").in(), broker.client("d").v3().in()};
        not[0].subscribe(0, QOS0, "$SYS/#", "$SYS/broker/#");
        not[1].subscribe(0, QOS0, "$SYS/broker/+/clients/+", "$SYS/+/quic/#", "+/broker/quic/clients/x", "#");
        not[2].subscribe(0, QOS0, "$share/g/$SYS/#", "$share/h/$SYS/broker/+/#");
        not[3].subscribe(0, QOS0, "$SYS/#");
        List<String> heard = new ArrayList<>();
        broker.broker.localClient((client, message, qos, retain) -> heard.add(message.topic())).subscribe("$SYS/#", 0, false, false);
        heard.clear();
        Message one = Message.of("$SYS/broker/quic/clients/x", new byte[] {'1'}, 0, false), all = Message.of("$SYS/broker/quic/connections", new byte[] {'2'}, 0, false);
        assertFalse(SysTopics.asked(broker.broker, one), "any exporter would switch it on");
        broker.broker.publish(one);
        for (TestClient client : not) client.getsNothing();
        assertEquals(List.of(), heard);
        TestClient e = broker.client("e").in().subscribe(0, QOS0, "$SYS/broker/quic/#", "$SYS/#");
        TestClient f = broker.client("f").in().subscribe(0, QOS0, "$share/g/$SYS/broker/quic/clients/+"), g = broker.client("g").in().subscribe(0, QOS0, "$SYS/broker/quic/clients/x");
        assertTrue(SysTopics.asked(broker.broker, one));
        broker.broker.publish(one);
        for (TestClient client : new TestClient[] {e, f, g}) client.gets("$SYS/broker/quic/clients/x 1 q0");
        for (TestClient client : not) client.getsNothing();
        broker.broker.publish(all);
        not[3].gets("$SYS/broker/quic/connections 2 q0");
        e.gets("$SYS/broker/quic/connections 2 q0");
    }

    @Test
    void publishesSysTopics() {
        broker = new TestBroker(s -> s.sysInterval = 10);
        TestClient a = broker.client("a").in();
        a.subscribe(1, 0, QOS0, "$SYS/broker/version", "$SYS/broker/uptime", "$SYS/broker/clients/connected");
        a.gets("SUBACK 1 [SUCCESS, SUCCESS, SUCCESS]", "$SYS/broker/version test q0 retain", "$SYS/broker/uptime 0 seconds q0 retain");
        broker.seconds(10);
        a.gets("$SYS/broker/uptime 10 seconds q0", "$SYS/broker/clients/connected 1 q0");
        broker.seconds(10);
        a.gets("$SYS/broker/uptime 20 seconds q0");
        a.unsubscribe(1, "$SYS/broker/uptime");
        a.received();
        a.subscribe(1, 0, QOS0, "$SYS/broker/load/+/1min", "$SYS/broker/#", "#");
        assertTrue(a.received().size() > 40);
    }
}
