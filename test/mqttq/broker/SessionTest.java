package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import mqttq.Statement;
import mqttq.auth.Access;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Will;
import org.junit.jupiter.api.Test;

class SessionTest {
    private TestBroker broker = new TestBroker();

    private TestClient back(String id) {
        TestClient client = broker.client(id).keep().connect();
        return client;
    }

    @Test
    @Statement({"MQTT-3.1.2-5", "MQTT-3.2.2-3", "MQTT-3.1.2-23", "MQTT-4.5.0-1", "MQTT-3.1.3-2"})
    void aKeptSessionResumesWithWhatCameMeanwhile() {
        broker.client("a").keep().in().subscribe("t").disconnect();
        TestClient b = broker.client("b").in();
        b.publish("t", "1", 1, 1).publish("t", "2", 2, 2).publish("t", "0", 0, 0);
        TestClient a = back("a");
        a.gets("CONNACK SUCCESS present {TOPIC_ALIAS_MAXIMUM=10, RECEIVE_MAXIMUM=20}", "t 1 q1 m1", "t 2 q2 m2");
    }

    @Test
    void qos0WaitsWhereThatIsWanted() {
        broker = new TestBroker(s -> s.queueQos0Messages = true);
        broker.client("a").keep().in().subscribe("t").disconnect();
        broker.client("b").in().publish("t", "0").publish("t", "1", 1, 1).publish("t", "2");
        assertEquals("[t 0 q0, t 1 q1 m1, t 2 q0]", tail(back("a"), 3));
    }

    @Test
    @Statement({"MQTT-3.1.2-4", "MQTT-3.2.2-2", "MQTT-3.1.4-4"})
    void cleanStartForgetsTheSession() {
        broker.client("a").keep().in().subscribe("t").disconnect();
        TestClient a = broker.client("a").in();
        broker.client("b").in().publish("t", "x");
        a.getsNothing();
    }

    @Test
    void mqtt3CleanSessionFalseIsKeptForEver() {
        TestClient a = broker.client("a").v3().keep().in().subscribe("t");
        a.lose();
        broker.seconds(1e8);
        broker.client("b").in().publish("t", "1", 1, 1);
        TestClient again = broker.client("a").v3().keep().connect();
        again.gets("CONNACK SUCCESS present", "t 1 q1 m1");
        again.disconnect();
        TestClient clean = broker.client("a").v3().connect().gets("CONNACK SUCCESS");
        clean.disconnect();
        assertNull(broker.broker.session("a"));
    }

    @Test
    void sessionsThatNeverExpireEndWhenTheOperatorSaysSo() {
        broker = new TestBroker(s -> s.persistentClientExpiration = 3600);
        broker.client("a").v3().keep().in().disconnect();
        broker.seconds(3599);
        assertEquals(1, broker.broker.stats().disconnected);
        broker.seconds(2);
        assertEquals(0, broker.broker.stats().disconnected);
        assertEquals(1, broker.broker.stats().expired);
    }

    @Test
    void aShorterExpiryThanAskedForIsTold() {
        broker = new TestBroker(s -> s.persistentClientExpiration = 100);
        TestClient a = broker.client("a").keep();
        String connack = a.connect().one();
        assertTrue(connack.contains("SESSION_EXPIRY_INTERVAL=100,") || connack.contains("SESSION_EXPIRY_INTERVAL=100}"), connack);
        a.disconnect(new Disconnect(ReasonCode.SUCCESS, Properties.builder().put(Property.SESSION_EXPIRY_INTERVAL, 5000).build()));
        broker.seconds(99);
        assertEquals(1, broker.broker.stats().disconnected);
        broker.seconds(2);
        assertNull(broker.broker.session("a"));
    }

    @Test
    @Statement({"MQTT-4.1.0-2"})
    void theSessionEndsWhenItsExpiryHasPassed() {
        broker.client("a").keep().in().subscribe("t").lose();
        broker.seconds(999);
        assertEquals(1, broker.broker.stats().subscriptions);
        broker.seconds(2);
        assertEquals(0, broker.broker.stats().subscriptions);
        assertTrue(broker.loop.logged("Expiring client a due to timeout."));
        assertEquals(0, broker.loop.setTimers() - 1, "the sweep of retained messages alone");
    }

    @Test
    void disconnectMayChangeTheExpiryButNotBringItAbout() {
        TestClient a = broker.client("a").keep().in();
        a.disconnect(new Disconnect(ReasonCode.SUCCESS, Properties.builder().put(Property.SESSION_EXPIRY_INTERVAL, 0).build()));
        assertNull(broker.broker.session("a"));
        TestClient b = broker.client("b").in();
        b.disconnect(new Disconnect(ReasonCode.SUCCESS, Properties.builder().put(Property.SESSION_EXPIRY_INTERVAL, 10).build()));
        assertEquals("[DISCONNECT PROTOCOL_ERROR]", b.received().toString());
    }

    @Test
    @Statement({"MQTT-3.1.4-3", "MQTT-4.1.0-1"})
    void theLastConnectWins() {
        TestClient a = broker.client("a").keep().in().subscribe("t");
        TestClient second = back("a");
        a.isDisconnected(ReasonCode.SESSION_TAKEN_OVER);
        assertEquals(0x8e, a.pipe.code);
        assertTrue(second.one().startsWith("CONNACK SUCCESS present"));
        broker.client("b").in().publish("t", "x");
        second.gets("t x q0");
        TestClient old = broker.client("o").v3().in();
        broker.client("o").v3().in();
        old.isDisconnected(null);
        assertEquals(3, broker.broker.stats().connected);
        assertTrue(broker.loop.logged("Client a already connected, closing old connection."));
    }

    @Test
    void aSessionThatEndsWithItsConnectionIsNotTakenOver() {
        TestClient a = broker.client("a").in().subscribe("t");
        TestClient b = broker.client("a");
        b.cleanStart = false;
        assertTrue(b.connect().one().startsWith("CONNACK SUCCESS {"));
        a.isDisconnected(ReasonCode.SESSION_TAKEN_OVER);
        assertEquals(0, broker.broker.stats().subscriptions);
    }

    // Wills

    private final Will now = new Will("will", "gone".getBytes(), 1, false, Properties.EMPTY);
    private final Will delayed = new Will("will", "gone".getBytes(), 1, false, Properties.builder().put(Property.WILL_DELAY_INTERVAL, 60).build());

    @Test
    @Statement({"MQTT-3.1.2-14", "MQTT-3.1.2-10"})
    void theWillGoesOutWhenTheConnectionBreaks() {
        TestClient w = broker.client("w").in().subscribe("will");
        broker.client("a").will(now).in().lose();
        w.gets("will gone q1 m1");
        broker.client("a").will(now).in().pipe.end();
        w.gets("will gone q1 m2");
        TestClient bad = broker.client("a").will(now).in();
        bad.hex("00 00").isDisconnected(ReasonCode.MALFORMED_PACKET);
        w.gets("will gone q1 m3");
        TestClient quiet = broker.client("a").will(now);
        quiet.keepAlive = 1;
        quiet.in();
        broker.seconds(2);
        w.gets("will gone q1 m4");
    }

    @Test
    void aWillGoesOutWithTheRightsOfThatMoment() {
        Set<String> mute = new HashSet<>();
        broker.authorizer = (id, user) -> (access, topic, offset, length) -> access != Access.WRITE || !mute.contains(id);
        TestClient w = broker.client("w").in().subscribe("will"), a = broker.client("a").will(now).in();
        TestClient b = broker.client("b").keep().will(delayed).in(), c = broker.client("c").keep().will(delayed).in();
        b.lose();
        c.lose();
        mute.addAll(Set.of("a", "b"));
        a.lose();
        w.getsNothing();
        broker.seconds(61);
        w.gets("will gone q1 m1");
    }

    @Test
    @Statement({"MQTT-3.14.4-3"})
    void noWillAfterANormalDisconnectButAfterOneThatAsksForIt() {
        TestClient w = broker.client("w").in().subscribe("will");
        broker.client("a").will(now).in().disconnect();
        w.getsNothing();
        broker.client("a").will(now).in().disconnect(new Disconnect(ReasonCode.DISCONNECT_WITH_WILL_MESSAGE, Properties.EMPTY));
        w.gets("will gone q1 m1");
        broker.client("a").v3().will(now).in().disconnect();
        w.getsNothing();
    }

    @Test
    @Statement({"MQTT-3.1.2-15"})
    void aRetainedWillIsRetained() {
        broker.client("a").will(new Will("will", "gone".getBytes(), 0, true, Properties.EMPTY)).in().lose();
        TestClient w = broker.client("w").in();
        w.subscribe(1, 0, mqttq.mqtt.SubscriptionOptions.of(0), "will");
        w.gets("SUBACK 1 [SUCCESS]", "will gone q0 retain");
    }

    @Test
    @Statement({"MQTT-3.1.3-9"})
    void aDelayedWillWaitsAndIsForgottenWhenTheClientComesBack() {
        TestClient w = broker.client("w").in().subscribe("will");
        broker.client("a").will(delayed).keep().in().lose();
        broker.seconds(59);
        w.getsNothing();
        TestClient again = broker.client("a").will(delayed).keep().in2();
        broker.seconds(100);
        w.getsNothing();
        again.lose();
        broker.seconds(61);
        w.gets("will gone q1 m1");
        broker.seconds(2000);
        w.getsNothing();
    }

    @Test
    void aDelayedWillGoesOutWhenTheSessionEnds() {
        TestClient w = broker.client("w").in().subscribe("will");
        broker.client("a").will(delayed).in().lose();
        w.gets("will gone q1 m1");
        TestClient b = broker.client("b").will(delayed);
        b.cleanStart = false;
        b.with(Property.SESSION_EXPIRY_INTERVAL, 10).in().lose();
        broker.seconds(9);
        w.getsNothing();
        broker.seconds(2);
        w.gets("will gone q1 m2");
    }

    @Test
    void takingOverPublishesTheWillUnlessItIsDelayedAndTheSessionGoesOn() {
        TestClient w = broker.client("w").in().subscribe("will");
        broker.client("a").will(now).keep().in();
        broker.client("a").will(delayed).keep().in2();
        w.gets("will gone q1 m1");
        broker.client("a").will(delayed).keep().in2();
        broker.seconds(100);
        w.getsNothing();
        broker.client("a").in();
        w.gets("will gone q1 m2");
    }

    @Test
    @Statement("MQTT-3.1.3-9")
    void aWillThatWaitsIsForgottenAlsoWhereTheClientStartsAnew() {
        TestClient w = broker.client("w").in().subscribe("will");
        broker.client("a").will(delayed).keep().in().lose();
        broker.client("a").in();
        broker.seconds(61);
        w.getsNothing();
    }

    @Test
    @Statement({"MQTT-3.1.3-10"})
    void theWillCarriesItsProperties() {
        TestClient w = broker.client("w").in().subscribe("will");
        Properties properties = Properties.builder().put(Property.MESSAGE_EXPIRY_INTERVAL, 5).put(Property.CONTENT_TYPE, "x").user("b", "1").user("a", "2").build();
        broker.client("a").will(new Will("will", "gone".getBytes(), 0, false, properties)).in().lose();
        w.gets("will gone q0 e5 {CONTENT_TYPE=x, USER_PROPERTY=UserProperty[name=b, value=1], USER_PROPERTY=UserProperty[name=a, value=2]}");
    }

    // Resending

    @Test
    @Statement({"MQTT-3.3.1-1", "MQTT-4.4.0-1", "MQTT-4.6.0-1", "MQTT-4.3.3-6"})
    void afterReconnectWhatWasInFlightComesFirstAndInOrder() {
        TestClient a = broker.client("a").keep().with(Property.RECEIVE_MAXIMUM, 3).in().subscribe("t");
        TestClient b = broker.client("b").in();
        for (int i = 1; i <= 6; i++) b.publish("t", "" + i, i == 2 ? 2 : 1, i);
        a.gets("t 1 q1 m1", "t 2 q2 m2", "t 3 q1 m3");
        a.ack(PacketType.PUBREC, 2).gets("PUBREL 2");
        a.lose();
        b.publish("t", "7", 1, 7);
        TestClient again = broker.client("a").keep().with(Property.RECEIVE_MAXIMUM, 4).connect();
        assertEquals("[t 1 q1 m1 dup, PUBREL 2, t 3 q1 m3 dup, t 4 q1 m4]", tail(again, 4));
        again.ack(PacketType.PUBACK, 1).gets("t 5 q1 m5");
        again.ack(PacketType.PUBCOMP, 2).gets("t 6 q1 m6");
        again.ack(PacketType.PUBACK, 3).gets("t 7 q1 m7");
    }

    @Test
    @Statement({"MQTT-4.3.3-10"})
    void aQos2MessageSentAgainAfterReconnectIsDeliveredOnce() {
        TestClient s = broker.client("s").in().subscribe("t");
        TestClient a = broker.client("a").keep().in();
        a.publish("t", "x", 2, 9).gets("PUBREC 9");
        a.lose();
        TestClient again = broker.client("a").keep().in2();
        again.publish("t", "x".getBytes(), 2, false, 9, Properties.EMPTY, 0, true, true).gets("PUBREC 9");
        again.ack(PacketType.PUBREL, 9).gets("PUBCOMP 9");
        again.ack(PacketType.PUBREL, 9).gets("PUBCOMP 9 PACKET_IDENTIFIER_NOT_FOUND");
        s.gets("t x q2 m1");
    }

    @Test
    void aPubrelThatIsNotKnownIsNoErrorWhereASessionIsResumed() {
        TestClient a = broker.client("a").keep().in();
        a.publish("t", "x", 2, 9).gets("PUBREC 9").ack(PacketType.PUBREL, 9).gets("PUBCOMP 9");
        a.lose();
        broker.client("a").keep().in2().ack(PacketType.PUBREL, 9).gets("PUBCOMP 9");
    }

    @Test
    void aMessageThatExpiredUnsentTookItsIdentifier() {
        TestClient a = broker.client("a").keep().in().subscribe("t");
        a.lose();
        TestClient b = broker.client("b").in();
        b.publish("t", "old", 1, 1, Properties.builder().put(Property.MESSAGE_EXPIRY_INTERVAL, 1).build());
        b.publish("t", "new", 1, 2);
        broker.seconds(2);
        assertEquals("[t new q1 m2]", tail(broker.client("a").keep().connect(), 1));
    }

    @Test
    void whatAClientMayNoLongerReadIsNotDeliveredFromItsQueue() {
        broker.client("a").keep().in().subscribe("#").lose();
        TestClient b = broker.client("b").in();
        b.publish("secret", "1", 1, 1);
        b.publish("open", "2", 1, 2);
        broker.authorizer = (id, user) -> (access, topic, offset, length) -> topic[offset] != 's';
        assertEquals("[open 2 q1 m2]", tail(broker.client("a").keep().connect(), 1));
        assertEquals(1, broker.broker.stats().stored, "the one in flight");
    }

    private static String tail(TestClient client, int count) {
        var all = client.received();
        return all.subList(all.size() - count, all.size()).toString();
    }
}
