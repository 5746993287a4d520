package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import mqttq.Statement;
import mqttq.auth.Access;
import mqttq.auth.Authorizer;
import mqttq.link.MqttLink;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.SubscriptionOptions;
import org.junit.jupiter.api.Test;

class PublishTest {
    private TestBroker broker = new TestBroker();

    @Test
    @Statement({"MQTT-3.8.4-8", "MQTT-3.3.4-1", "MQTT-4.3.1-1", "MQTT-4.3.2-2", "MQTT-4.3.3-2", "MQTT-2.2.1-4", "MQTT-3.3.1-3"})
    void eachQosGoesItsWayAndTheSmallerOneCounts() {
        for (int granted = 0; granted <= 2; granted++) {
            for (int qos = 0; qos <= 2; qos++) {
                TestClient a = broker.client("a").in().subscribe(0, SubscriptionOptions.of(granted), "t");
                TestClient b = broker.client("b").in();
                b.publish("t", "x".getBytes(), qos, false, qos == 0 ? 0 : 5, Properties.EMPTY, 0, true, qos > 0);
                b.gets(qos == 0 ? new String[0] : new String[] {qos == 1 ? "PUBACK 5" : "PUBREC 5"});
                int out = Math.min(qos, granted);
                a.gets("t x q" + out + (out > 0 ? " m1" : ""));
                if (out == 1) a.ack(PacketType.PUBACK, 1).getsNothing();
                if (out == 2) a.ack(PacketType.PUBREC, 1).gets("PUBREL 1").ack(PacketType.PUBCOMP, 1).getsNothing();
                assertEquals(0, broker.broker.session("a").stored());
                if (qos == 2) b.ack(PacketType.PUBREL, 5).gets("PUBCOMP 5");
                a.disconnect();
                b.disconnect();
            }
        }
        assertEquals(0, broker.broker.stats().stored);
        assertEquals(0, broker.broker.stats().storedBytes);
    }

    @Test
    @Statement({"MQTT-2.2.1-5", "MQTT-4.3.2-4", "MQTT-4.3.3-8"})
    void saysWhenNobodySubscribed() {
        TestClient b = broker.client("b").in();
        b.publish("t", "x", 1, 1).gets("PUBACK 1 NO_MATCHING_SUBSCRIBERS");
        b.publish("t", "x", 2, 2).gets("PUBREC 2");
        b.ack(PacketType.PUBREL, 2).gets("PUBCOMP 2");
        broker.client("c").v3().in().publish("t", "x", 1, 1).gets("PUBACK 1");
    }

    @Test
    @Statement({"MQTT-3.3.4-7", "MQTT-4.9.0-1", "MQTT-4.9.0-2", "MQTT-4.9.0-3"})
    void neverMoreInFlightThanTheClientTakes() {
        TestClient a = broker.client("a").with(Property.RECEIVE_MAXIMUM, 2).in().subscribe("t");
        TestClient b = broker.client("b").in();
        for (int i = 1; i <= 5; i++) b.publish("t", "" + i, 1 + i % 2, i);
        b.publish("t", "now");
        a.gets("t 1 q2 m1", "t 2 q1 m2", "t now q0");
        a.hex("c000").gets("PINGRESP");
        a.ack(PacketType.PUBREC, 1).gets("PUBREL 1");
        a.ack(PacketType.PUBCOMP, 1).gets("t 3 q2 m3");
        a.ack(PacketType.PUBREC, 3, ReasonCode.QUOTA_EXCEEDED).gets("t 4 q1 m4");
        a.ack(PacketType.PUBACK, 2).gets("t 5 q2 m5");
    }

    @Test
    void neverMoreInFlightThanTheBrokersOwnLimits() {
        broker = new TestBroker(s -> {
            s.maxInflightMessages = 2;
            s.maxInflightBytes = 10;
        });
        TestClient a = broker.client("a").v3().in().subscribe("t");
        TestClient b = broker.client("b").v3().in();
        for (int i = 1; i <= 3; i++) b.publish("t", "" + i, 1, i);
        a.gets("t 1 q1 m1", "t 2 q1 m2");
        a.ack(PacketType.PUBACK, 1).ack(PacketType.PUBACK, 2).ack(PacketType.PUBACK, 3).gets("t 3 q1 m3");
        b.publish("t", "12345678901", 1, 1).publish("t", "x", 1, 1);
        a.gets("t 12345678901 q1 m4").ack(PacketType.PUBACK, 4).gets("t x q1 m5");
    }

    @Test
    @Statement({"MQTT-3.3.4-8"})
    void aClientThatHasMoreInFlightThanAllowedIsDisconnected() {
        broker = new TestBroker(s -> s.maxInflightMessages = 2);
        TestClient a = broker.client("a").in().publish("t", "1", 2, 1).publish("t", "2", 2, 2).publish("t", "2", 2, 2);
        a.gets("PUBREC 1", "PUBREC 2", "PUBREC 2");
        a.publish("t", "3", 2, 3).isDisconnected(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED);
    }

    @Test
    @Statement({"MQTT-4.3.2-5", "MQTT-4.3.3-12"})
    void anIdentifierIsNewAgainOnceItsFlowIsOver() {
        TestClient s = broker.client("s").in().subscribe("t");
        TestClient a = broker.client("a").in();
        for (int i = 0; i < 2; i++) {
            a.publish("t", "x", 1, 1).gets("PUBACK 1");
            a.publish("t", "y", 2, 1).gets("PUBREC 1").ack(PacketType.PUBREL, 1).gets("PUBCOMP 1");
        }
        s.gets("t x q1 m1", "t y q2 m2", "t x q1 m3", "t y q2 m4");
    }

    @Test
    void acknowledgementsOfUnknownMessages() {
        TestClient a = broker.client("a").in();
        a.ack(PacketType.PUBACK, 9).ack(PacketType.PUBCOMP, 9).getsNothing();
        a.ack(PacketType.PUBREC, 9).gets("PUBREL 9 PACKET_IDENTIFIER_NOT_FOUND");
        a.ack(PacketType.PUBREL, 9).gets("PUBCOMP 9 PACKET_IDENTIFIER_NOT_FOUND");
        TestClient old = broker.client("o").v3().in();
        old.ack(PacketType.PUBREC, 9).gets("PUBREL 9").ack(PacketType.PUBREL, 9).gets("PUBCOMP 9");
    }

    @Test
    void anAcknowledgementOfTheWrongKindIsAProtocolError() {
        for (PacketType type : List.of(PacketType.PUBREC, PacketType.PUBCOMP)) {
            TestClient a = broker.client("a").in().subscribe("t");
            broker.client("b").in().publish("t", "x", 1, 1);
            a.ack(type, 1).isDisconnected(ReasonCode.PROTOCOL_ERROR);
        }
        TestClient a = broker.client("a").in().subscribe("t");
        broker.client("b").in().publish("t", "x", 2, 1);
        a.ack(PacketType.PUBACK, 1).isDisconnected(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    @Statement({"MQTT-3.3.2-4", "MQTT-3.3.2-15", "MQTT-3.3.2-16", "MQTT-3.3.2-17", "MQTT-3.3.2-18", "MQTT-3.3.2-20"})
    void propertiesGoAlongUnaltered() {
        TestClient a = broker.client("a").in().subscribe("t"), old = broker.client("o").v3().in().subscribe("t");
        Properties properties = Properties.builder().user("z", "1").put(Property.PAYLOAD_FORMAT_INDICATOR, 1).put(Property.CONTENT_TYPE, "c")
            .put(Property.RESPONSE_TOPIC, "r").put(Property.CORRELATION_DATA, new byte[] {7}).user("a", "2").user("z", "3").build();
        broker.client("b").in().publish("t", "x", 1, false, 1, properties);
        a.gets("t x q1 m1 " + properties);
        old.gets("t x q1 m1");
    }

    // Message expiry

    @Test
    @Statement({"MQTT-3.3.2-5", "MQTT-3.3.2-6"})
    void aMessageThatWaitedHasTheRestOfItsTimeOrIsGone() {
        broker.client("a").keep().in().subscribe("t").disconnect();
        TestClient b = broker.client("b").in();
        for (int seconds : new int[] {5, 100}) {
            b.publish("t", "" + seconds, 1, false, 1, Properties.builder().put(Property.MESSAGE_EXPIRY_INTERVAL, seconds).build());
        }
        broker.seconds(10);
        assertEquals("t 100 q1 m2 e90", last(broker.client("a").keep().connect()));
        assertEquals(1, broker.broker.stats().stored, "the one in flight");
        TestClient c = broker.client("c").in().subscribe("t");
        b.publish("t", "x", 0, false, 0, Properties.builder().put(Property.MESSAGE_EXPIRY_INTERVAL, 7).build());
        c.gets("t x q0 e7");
    }

    @Test
    @Statement({"MQTT-4.3.3-7", "MQTT-4.3.3-13"})
    void whatWasSentOnceIsSentAgainEvenWhenItHasExpired() {
        TestClient a = broker.client("a").keep().in().subscribe("t");
        broker.client("b").in().publish("t", "x", 2, false, 1, Properties.builder().put(Property.MESSAGE_EXPIRY_INTERVAL, 5).build());
        a.gets("t x q2 m1 e5").lose();
        broker.seconds(10);
        assertEquals("t x q2 m1 dup e1", last(broker.client("a").keep().connect()));
    }

    // Topic aliases

    @Test
    @Statement({"MQTT-3.3.2-12", "MQTT-3.3.2-10"})
    void aliasesStandForTheTopicsTheyWereGiven() {
        TestClient s = broker.client("s").in().subscribe("#");
        TestClient a = broker.client("a").in();
        a.alias(1, "t/1", true, "a").alias(1, "t/1", false, "b").alias(2, "t/2", true, "c").alias(1, "t/3", true, "d").alias(1, "t/3", false, "e");
        s.gets("t/1 a q0", "t/1 b q0", "t/2 c q0", "t/3 d q0", "t/3 e q0");
        a.lose();
        broker.client("a").in().alias(1, "t/1", false, "x").isDisconnected(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    @Statement({"MQTT-3.3.2-9", "MQTT-3.2.2-17", "MQTT-3.3.2-7"})
    void anAliasBeyondTheMaximumEndsTheConnection() {
        broker.client("a").in().alias(11, "t", true, "x").isDisconnected(ReasonCode.TOPIC_ALIAS_INVALID);
        broker.client("a").in().hex("30 08 00 01 61 03 23 00 00 61").isDisconnected(ReasonCode.TOPIC_ALIAS_INVALID);
    }

    @Test
    void aliasesTakeOnlySoMuchRoom() {
        TestClient a = broker.client("a").in();
        a.alias(1, "x".repeat(40_000), true, "x").getsNothing();
        a.alias(2, "y".repeat(40_000), true, "x").isDisconnected(ReasonCode.QUOTA_EXCEEDED);
    }

    @Test
    @Statement({"MQTT-3.1.2-26", "MQTT-3.1.2-27", "MQTT-3.3.2-11"})
    void theBrokerUsesAliasesWhereTheClientTakesThem() {
        TestClient a = broker.client("a").with(Property.TOPIC_ALIAS_MAXIMUM, 1).in().subscribe("#");
        TestClient b = broker.client("b").in();
        b.publish("t/long", "1").publish("t/long", "2").publish("t/long", "3", 1, 1).publish("o", "4").publish("o", "5").publish("o", "6");
        a.gets("t/long 1 q0 a1", " 2 q0 a1", " 3 q1 m1 a1", "o 4 q0", "o 5 q0 a1", " 6 q0 a1");
    }

    // Maximum packet size

    @Test
    @Statement({"MQTT-3.1.2-24", "MQTT-3.1.2-25", "MQTT-3.2.2-16"})
    void whatIsTooLargeForAClientCountsAsSent() {
        TestClient a = broker.client("a").with(Property.MAXIMUM_PACKET_SIZE, 30).with(Property.TOPIC_ALIAS_MAXIMUM, 5).in().subscribe("t");
        TestClient b = broker.client("b").in();
        b.publish("t", "x".repeat(30)).publish("t", "x".repeat(30), 1, 1).publish("t", "y", 1, 2).publish("t", "x".repeat(30), 2, 3).publish("t", "z", 1, 4);
        a.gets("t y q1 m2 a1", " z q1 m4 a1");
        a.ack(PacketType.PUBACK, 2).ack(PacketType.PUBACK, 4);
        assertEquals(0, broker.broker.session("a").stored());
        assertEquals(3, broker.broker.stats().publishDropped);
    }

    @Test
    void aPacketLargerThanTheBrokerTakesEndsTheConnection() {
        broker = new TestBroker(s -> s.maxPacketSize = 1000);
        TestClient a = broker.client("a").connect().gets("CONNACK SUCCESS {TOPIC_ALIAS_MAXIMUM=10, MAXIMUM_PACKET_SIZE=1000, RECEIVE_MAXIMUM=20}");
        a.publish("t", "x".repeat(990)).getsNothing();
        a.hex("30 e7 07").isDisconnected(ReasonCode.PACKET_TOO_LARGE);
        assertTrue(broker.loop.logged("Client a disconnected due to oversize packet."));
    }

    @Test
    void aPayloadLargerThanTheLimitIsDropped() {
        broker = new TestBroker(s -> s.messageSizeLimit = 5);
        mqttq.mqtt.Will large = new mqttq.mqtt.Will("w", new byte[6], 0, false, Properties.EMPTY);
        broker.client("w").will(large).connect().gets("CONNACK PACKET_TOO_LARGE");
        broker.client("w").v3().will(large).connect().gets("CONNACK NOT_AUTHORIZED");
        TestClient s = broker.client("s").in().subscribe("t");
        TestClient a = broker.client("a").in();
        a.publish("t", "123456", 1, 1).gets("PUBACK 1 IMPLEMENTATION_SPECIFIC_ERROR");
        a.publish("t", "123456", 2, 2).gets("PUBREC 2 IMPLEMENTATION_SPECIFIC_ERROR").ack(PacketType.PUBREL, 2).gets("PUBCOMP 2 PACKET_IDENTIFIER_NOT_FOUND");
        broker.client("o").v3().in().publish("t", "123456", 2, 2).gets("PUBREC 2").ack(PacketType.PUBREL, 2).gets("PUBCOMP 2");
        s.getsNothing();
    }

    @Test
    void anAnswerTooLargeForAClientEndsIt() {
        TestClient a = broker.client("a").with(Property.MAXIMUM_PACKET_SIZE, 20).in();
        String[] filters = new String[30];
        for (int i = 0; i < 30; i++) filters[i] = "t" + i;
        a.subscribe(1, 0, SubscriptionOptions.of(0), filters);
        a.isDisconnected(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);
    }

    // Rights

    @Test
    void whatAClientMayNotDoIsNotDone() {
        broker.authorizer = (id, user) -> (access, topic, offset, length) -> {
            String name = new String(topic, offset, length);
            return !name.contains("no-" + access.name().toLowerCase());
        };
        TestClient s = broker.client("s").in().subscribe("#");
        TestClient a = broker.client("a").in();
        a.publish("no-write", "x").publish("no-write", "x", 1, 1).publish("no-write", "x", 2, 2);
        a.gets("PUBACK 1 NOT_AUTHORIZED", "PUBREC 2 NOT_AUTHORIZED");
        a.publish("no-read", "x", 1, 3).gets("PUBACK 3");
        a.subscribe(1, 0, SubscriptionOptions.of(0), "no-subscribe", "yes");
        a.gets("SUBACK 1 [NOT_AUTHORIZED, SUCCESS]");
        a.subscribe("no-unsubscribe").unsubscribe(2, "no-unsubscribe", "never");
        a.gets("UNSUBACK 2 [NOT_AUTHORIZED, NO_SUBSCRIPTION_EXISTED]");
        broker.client("o").v3().in().publish("no-write", "x", 1, 1).gets("PUBACK 1");
        s.getsNothing();
        TestClient will = broker.client("w").will(new mqttq.mqtt.Will("no-write", new byte[0], 0, false, Properties.EMPTY)).connect();
        will.gets("CONNACK NOT_AUTHORIZED");
    }

    @Test
    void onlyTheBrokerPublishesItsOwnTopics() {
        TestClient s = broker.client("s").in().subscribe("$SYS/#", "#");
        TestClient a = broker.client("a").in();
        a.publish("$SYS/x", "x", 1, 1).publish("$SYS", "x", 1, 2).publish("$share/a/b", "x", 1, 3);
        a.gets("PUBACK 1 NOT_AUTHORIZED", "PUBACK 2 NOT_AUTHORIZED", "PUBACK 3 NOT_AUTHORIZED");
        s.getsNothing();
        a.publish("$SYSTEM", "x", 1, 1).gets("PUBACK 1 NO_MATCHING_SUBSCRIBERS");
    }

    @Test
    void bridgesMaySayTheirState() {
        TestClient s = broker.client("s").in().subscribe("$SYS/broker/connection/#");
        TestClient a = broker.client("a").in();
        a.publish("$SYS/broker/connection/me", "1", 1, 1).publish("$SYS/broker/connection/state", "1", 1, 1).publish("$SYS/broker/connection/me/state", "1", 1, 2);
        a.gets("PUBACK 1 NOT_AUTHORIZED", "PUBACK 1 NOT_AUTHORIZED", "PUBACK 2");
        s.gets("$SYS/broker/connection/me/state 1 q1 m1");
    }

    @Test
    void theAcknowledgementComesBeforeTheClientsOwnMessage() {
        TestClient a = broker.client("a").in().subscribe("t");
        a.publish("t", "1", 2, 7).gets("PUBREC 7", "t 1 q2 m1").publish("t", "2", 1, 8).gets("PUBACK 8", "t 2 q1 m2");
        a.publish("t", "3").gets("t 3 q0");
    }

    @Test
    void topicsHaveSoManyLevels() {
        TestClient a = broker.client("a").in();
        a.subscribe(1, 0, SubscriptionOptions.of(0), "/".repeat(200));
        a.gets("SUBACK 1 [SUCCESS]");
        a.publish("/".repeat(200), "x").gets("/".repeat(200) + " x q0");
        a.publish("/".repeat(201), "x").isDisconnected(ReasonCode.MALFORMED_PACKET);
        TestClient b = broker.client("b").in();
        b.subscribe(1, 0, SubscriptionOptions.of(0), "/".repeat(201));
        b.isDisconnected(ReasonCode.MALFORMED_PACKET);
        broker.client("w").will(new mqttq.mqtt.Will("/".repeat(201), new byte[0], 0, false, Properties.EMPTY)).connect().gets("CONNACK TOPIC_NAME_INVALID");
    }

    // Queues and back-pressure

    @Test
    void whoIsSlowIsLoggedOnceAMinute() {
        broker = new TestBroker(s -> s.maxQueuedMessages = 3);
        TestClient slow = broker.client("slow").in().subscribe("t"), b = broker.client("b").in();
        for (int minute = 1; minute <= 3; minute++) {
            for (int again = 0; again < 5; again++) {
                slow.pipe.room(0);
                for (int i = 0; i < 9; i++) b.publish("t", "x");
                slow.pipe.more(10_000);
                assertTrue(slow.received().size() >= 3);
                broker.world.runFor(TestBroker.SECOND);
            }
            assertEquals(minute, broker.loop.lines().stream().filter(line -> line.contains("dropped for client slow.")).count());
            broker.world.runFor(56 * TestBroker.SECOND);
        }
        assertTrue(broker.broker.stats().publishDropped >= 15 * 5);
    }

    @Test
    void aQueueTakesSoManyMessages() {
        broker = new TestBroker(s -> {
            s.maxQueuedMessages = 3;
            s.maxQueuedBytes = 10;
        });
        broker.client("a").keep().in().subscribe("t").disconnect();
        TestClient b = broker.client("b").in();
        for (int i = 1; i <= 5; i++) b.publish("t", "" + i, 1, i);
        assertEquals(2, broker.broker.stats().publishDropped);
        assertTrue(broker.loop.logged("Outgoing messages are being dropped for client a."));
        TestClient a = broker.client("a").keep().connect();
        assertEquals("[t 1 q1 m1, t 2 q1 m2, t 3 q1 m3]", a.received().subList(1, 4).toString());
        a.disconnect();
        b.publish("t", "1234567890", 1, 1).publish("t", "1", 1, 2);
        assertEquals(3, broker.broker.stats().publishDropped);
    }

    @Test
    void allThatIsKeptTogetherTakesSoMuchMemory() {
        broker = new TestBroker(s -> s.memoryLimit = 13_000 + Broker.CONNECTION + 11 * (Broker.SESSION + 4));
        for (int i = 0; i < 5; i++) {
            broker.client("a" + i).keep().in().subscribe("t/" + i).disconnect();
            broker.client("c" + i).keep().in().subscribe("t/" + i).disconnect();
        }
        TestClient b = broker.client("b").in();
        for (int i = 0; i < 5; i++) b.publish("t/" + i, "x".repeat(2000), 1, i + 1);
        assertEquals("PUBACK 5 QUOTA_EXCEEDED", b.received().get(4));
        BrokerStats stats = broker.broker.stats();
        assertEquals(4, stats.stored, "each counts once, however many keep it");
        assertEquals(8000, stats.storedBytes);
        assertEquals(1, stats.publishDropped);
        assertTrue(stats.keptBytes > 8000 && stats.keptBytes <= 13_000);
        b.publish("r", "x".repeat(2000), 1, true, 3, Properties.EMPTY).gets("PUBACK 3 QUOTA_EXCEEDED");
        b.subscribe(1, 0, SubscriptionOptions.of(0), "/".repeat(100));
        b.gets("SUBACK 1 [QUOTA_EXCEEDED]");
        b.publish("t/4", "live").getsNothing();
        for (int i = 0; i < 5; i++) {
            broker.client("a" + i).in();
            broker.client("c" + i).in();
        }
        assertEquals(0, broker.broker.stats().keptBytes);
    }

    @Test
    void aSlowSubscriberIsBoundedAndCountedAndHoldsUpNobody() {
        broker = new TestBroker(s -> s.maxQueuedMessages = 10);
        TestClient slow = broker.client("slow").in().subscribe("t"), quick = broker.client("quick").in().subscribe("t");
        slow.pipe.room(0);
        TestClient b = broker.client("b").in();
        for (int i = 0; i < 100; i++) b.publish("t", "" + i);
        assertEquals(100, quick.received().size());
        assertEquals(89, broker.broker.stats().publishDropped); // one waits at the link
        slow.pipe.more(1 << 20);
        for (int i = 0; i < 11; i++) assertTrue(slow.pipe.reading);
        List<String> got = slow.received();
        assertEquals(11, got.size());
        for (int i = 0; i < 11; i++) assertEquals("t " + i + " q0", got.get(i));
        b.publish("t", "again");
        slow.gets("t again q0");
        assertEquals(0, broker.broker.stats().stored);
    }

    @Test
    @Statement({"MQTT-4.6.0-5", "MQTT-4.6.0-6"})
    void messagesOfAllQosPassASlowLinkInOrder() {
        TestClient slow = broker.client("slow").in().subscribe("t");
        slow.pipe.room(0);
        TestClient b = broker.client("b").in();
        for (int i = 1; i <= 60; i++) b.publish("t", "x".repeat(2000) + i, i % 3, i % 3 == 0 ? 0 : i);
        int[] last = {0, 0, 0};
        int seen = 0;
        for (int turn = 0; turn < 100_000 && seen < 60; turn++) {
            slow.pipe.more(777);
            for (String packet : slow.received()) {
                if (packet.startsWith("PUBREL")) {
                    slow.ack(PacketType.PUBCOMP, Integer.parseInt(packet.split(" ")[1]));
                    continue;
                }
                String[] parts = packet.split(" ");
                int number = Integer.parseInt(parts[1].replace("x", "")), qos = parts[2].charAt(1) - '0';
                assertEquals(number % 3, qos);
                assertTrue(number > last[qos]);
                last[qos] = number;
                seen++;
                if (qos > 0) slow.ack(qos == 1 ? PacketType.PUBACK : PacketType.PUBREC, Integer.parseInt(parts[3].substring(1)));
            }
        }
        assertEquals(60, seen);
    }

    @Test
    void aPeerThatDoesNotReadItsAnswersIsNotReadFrom() {
        TestClient a = broker.client("a").in();
        a.pipe.room(0);
        int sent = 0;
        while (a.pipe.reading && sent < 100_000) {
            a.hex("c000");
            sent++;
        }
        assertEquals(MqttLink.MAX_WAITING_ANSWERS / 2 + 1, sent);
        a.hex("c000 c000 c000");
        a.pipe.more(1 << 20);
        assertTrue(a.pipe.reading);
        a.pipe.turn();
        assertEquals(sent + 3, a.received().size());
    }

    @Test
    void aStuckPeerIsClosedWhenItsTimeIsUp() {
        TestClient a = broker.client("a");
        a.keepAlive = 10;
        a.in().subscribe("t");
        a.pipe.room(0);
        broker.client("b").in().publish("t", "x");
        broker.seconds(16);
        assertFalse(a.pipe.closing, "DISCONNECT waits");
        broker.seconds(5.1);
        assertTrue(a.pipe.closing);
    }

    @Test
    void aLargePayloadForManySlowSubscribersIsOneArray() {
        TestClient[] slow = new TestClient[50];
        for (int i = 0; i < 50; i++) {
            slow[i] = broker.client("s" + i).in().subscribe("t");
            slow[i].pipe.room(0);
        }
        long before = allocated();
        broker.client("b").in().publish("t", new byte[1_000_000], 1, false, 1, Properties.EMPTY, 0, true, false);
        assertTrue(allocated() - before < 8_000_000, "allocated " + (allocated() - before));
        slow[7].pipe.more(2_000_000);
        assertTrue(slow[7].one().startsWith("t "));
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static String last(TestClient client) {
        List<String> all = client.received();
        return all.get(all.size() - 1);
    }

    @Test
    void accessIsAskedForWithTheTopicItself() {
        Authorizer[] seen = new Authorizer[1];
        StringBuilder asked = new StringBuilder();
        seen[0] = (id, user) -> (access, topic, offset, length) -> {
            if (access != Access.READ) asked.append(id).append(' ').append(access).append(' ').append(new String(topic, offset, length)).append('\n');
            return true;
        };
        broker.authorizer = seen[0];
        broker.client("a").in().subscribe("$share/g/x/#").publish("x/y", "1");
        assertEquals("a SUBSCRIBE $share/g/x/#\na WRITE x/y\n", asked.toString());
    }
}
