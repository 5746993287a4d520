package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import mqttq.auth.Access;
import mqttq.auth.Authorizer;
import mqttq.mqtt.Message;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.SubscriptionOptions;
import org.junit.jupiter.api.Test;

/** READ is asked when a message goes out, whoever has the session by then; and what is wrong with one subscriber is no matter of others. */
class WhoMayReadTest {
    private final Set<String> blind = new TreeSet<>();
    private final TestBroker broker = new TestBroker();

    WhoMayReadTest() {
        broker.authorizer = (id, user) -> (access, topic, offset, length) -> access != Access.READ
            || !blind.contains("" + user) || !new String(topic, offset, length, StandardCharsets.UTF_8).startsWith("secret");
    }

    private TestClient as(String user, String id) {
        TestClient client = broker.client(id).keep();
        client.userName = user;
        return client;
    }

    private static List<String> rest(TestClient client) {
        List<String> all = client.connect().received();
        assertTrue(all.get(0).startsWith("CONNACK SUCCESS present"), all.toString());
        return all.subList(1, all.size());
    }

    @Test
    void whatIsInFlightDoesNotGoToAnotherUser() {
        TestClient alice = as("alice", "c").in().subscribe("#");
        TestClient publisher = broker.client("p").in();
        publisher.publish("secret", "1", 1, 1).publish("open", "2", 1, 2).publish("secret", "3", 2, 3).publish("open", "4", 2, 4).publish("secret", "5", 2, 5);
        assertEquals(5, alice.received().size());
        alice.ack(PacketType.PUBREC, 5).gets("PUBREL 5");
        blind.add("bob");
        TestClient bob = as("bob", "c");
        // the client may still know what came as number 3: it is told that this number is over before it means another message
        assertEquals(List.of("open 2 q1 m2 dup", "PUBREL 3", "open 4 q2 m4 dup", "PUBREL 5"), rest(bob));
        bob.ack(PacketType.PUBCOMP, 3, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND).ack(PacketType.PUBACK, 2).ack(PacketType.PUBREC, 4).gets("PUBREL 4")
            .ack(PacketType.PUBCOMP, 4).ack(PacketType.PUBCOMP, 5).getsNothing();
        publisher.publish("open", "6", 1, 6);
        bob.gets("open 6 q1 m6");
        assertEquals(1, broker.broker.session("c").stored());
    }

    @Test
    void aTightenedAclHoldsForWhatIsInFlightAndWaits() {
        TestClient alice = as("alice", "c").in().subscribe("#");
        alice.lose();
        broker.client("p").in().publish("secret", "1", 1, 1).publish("secret", "2", 2, 2);
        TestClient again = as("alice", "c");
        assertEquals(2, rest(again).size());
        again.lose();
        blind.add("alice");
        assertEquals(List.of("PUBREL 2"), rest(as("alice", "c")));
    }

    @Test
    void theRetainedBacklogIsAskedForAgain() {
        TestClient publisher = broker.client("p").in().retain("secret", "1").retain("open", "2");
        publisher.publish("secret/q", "3".getBytes(), 1, true, 1, mqttq.mqtt.Properties.EMPTY, 0, true, false);
        TestClient alice = as("alice", "c").in();
        alice.pipe.room(0);
        alice.subscribe(77, 0, SubscriptionOptions.of(2), "#");
        blind.add("alice");
        alice.pipe.more(10_000);
        List<String> all = alice.received();
        assertEquals(List.of("SUBACK 77 [GRANTED_QOS_2]", "open 2 q0 retain"), all);
    }

    @Test
    void qos0ThatWaitedForTheLinkIsAskedForAgain() {
        TestClient alice = as("alice", "c").in().subscribe("#");
        alice.pipe.room(1);
        TestClient publisher = broker.client("p").in();
        for (int i = 0; i < 3; i++) publisher.publish("secret", "x");
        publisher.publish("open", "y");
        blind.add("alice");
        alice.pipe.more(10_000);
        List<String> all = alice.received();
        assertEquals("open y q0", all.get(all.size() - 1));
        assertTrue(all.size() <= 2, all.toString()); // the first was on its way
    }

    // ---- share groups

    @Test
    void membersThatMayNotReadSwallowNothing() {
        for (int i = 0; i < 20; i++) as("blind", "blind" + i).in().subscribe("$share/g/#");
        TestClient sees = as("sees", "sees").in().subscribe("$share/g/#");
        blind.add("blind");
        TestClient publisher = broker.client("p").in();
        for (int i = 1; i <= 5; i++) publisher.publish("secret", "" + i, 1, i);
        assertEquals(5, sees.received().size());
        sees.lose();
        for (int i = 6; i <= 10; i++) publisher.publish("secret", "" + i, 1, i);
        assertEquals(10, rest(as("sees", "sees")).size()); // five of them once more
    }

    /** Those that are waited for by others too: what the journal held back for them. */
    @Test
    void norIsAFaultWhenTheJournalHasGoneOn() throws mqttq.journal.JournalException {
        broker.keep();
        TestClient bad = broker.client("bad").keep().connect(), publisher = broker.client("p").connect();
        broker.sync();
        bad.subscribe(1, 0, SubscriptionOptions.of(2), "t");
        broker.sync();
        publisher.received();
        publisher.publish("t", "1", 2, 1).getsNothing();
        bad.pipe.fault = true;
        broker.sync();
        publisher.gets("PUBREC 1");
        assertTrue(bad.pipe.closing);
        publisher.publish("t", "2", 1, 2).getsNothing();
        broker.sync();
        publisher.gets("PUBACK 2");
    }

    @Test
    void whatTheJournalHeldBackIsAskedForAgain() throws mqttq.journal.JournalException {
        broker.keep();
        TestClient alice = as("alice", "c").connect(), publisher = broker.client("p").connect();
        broker.sync();
        alice.subscribe(1, 0, SubscriptionOptions.of(2), "#");
        broker.sync();
        alice.received();
        publisher.publish("secret", "1", 2, 1).publish("open", "2", 2, 2);
        blind.add("alice");
        broker.sync();
        alice.gets("PUBREL 1", "open 2 q2 m2");
    }

    @Test
    void manyMembersThatDoNotTakeAMessageAreNotAllAsked() {
        int[] asked = new int[1];
        for (int i = 0; i < 20; i++) {
            broker.broker.localClient((client, message, qos, retain) -> asked[0]++ < 0).subscribe("$share/g/#", 2, false, false);
        }
        broker.client("p").in().publish("t", "1");
        assertEquals(ShareGroup.MAX_ATTEMPTS, asked[0]);
    }

    @Test
    void thoseAwayTakeTurns() {
        for (String id : new String[] {"a", "b", "c"}) as("u", id).in().subscribe("$share/g/#").lose();
        as("blind", "x").in().subscribe("$share/g/#");
        blind.add("blind");
        TestClient publisher = broker.client("p").in();
        for (int i = 1; i <= 6; i++) publisher.publish("secret", "" + i, 1, i);
        for (String id : new String[] {"a", "b", "c"}) assertEquals(2, rest(as("u", id)).size(), id);
    }

    @Test
    void whatMayNotBeReadTakesNoPlaceAmongTheRetainedMessages() {
        TestBroker small = new TestBroker(settings -> settings.maxRetainedBacklog = 1);
        small.authorizer = broker.authorizer;
        TestClient publisher = small.client("p").in().retain("open", "o");
        for (int i = 0; i < 20; i++) publisher.retain("secret/" + i, "s");
        blind.add("null");
        small.client("c").in().subscribe2("#").gets("SUBACK 77 [GRANTED_QOS_2]", "open o q0 retain");
        assertEquals(0, small.broker.stats().publishDropped);
    }

    // ---- mount points

    private void listener(String mount) {
        broker.listen(new ListenerSettings("m", new TestBroker.Anyone(), Authorizer.ALL, -1, true, "auto-", false, 2, 10, 10, 0b111000, mount));
    }

    @Test
    void whatIsNotUnderTheMountPointIsNotDelivered() {
        TestClient publisher = broker.client("p").in();
        listener("a/");
        broker.client("c").keep().in().subscribe("x/#", "long/topic/#").lose();
        publisher.publish("a/x/1", "away", 1, 1).publish("a/long/topic/1", "away", 2, 2);
        listener("a/long/");
        TestClient c = broker.client("c").keep();
        // resumed under a longer mount point: what fits it goes out without it, the rest does not
        assertEquals(List.of("topic/1 away q2 m2"), rest(c));
        publisher.publish("a/x/1", "q0").publish("a/x/1", "q1", 1, 3).publish("a/long/topic/2", "q0").publish("a/x", "q2", 2, 4)
            .publish("a/long/topic/3", "q1", 1, 5);
        c.gets("topic/2 q0 q0", "topic/3 q1 q1 m3");
        publisher.gets("PUBACK 1", "PUBREC 2", "PUBACK 3", "PUBREC 4", "PUBACK 5");
        c.subscribe("#");
        publisher.publish("a/long/", "none is left", 0, 0).publish("a/long/", "none is left", 1, 6);
        c.getsNothing();
        publisher.gets("PUBACK 6");
        c.lose();
        listener("b/long/");
        assertEquals(List.of("PUBREL 2"), rest(broker.client("c").keep()), "nor what is in flight");
        publisher.publish("a/x/1", "x", 1, 7).gets("PUBACK 7");
    }

    // ---- faults

    @Test
    void aFaultInOneSubscriberIsNoOthers() {
        List<String> heard = new ArrayList<>();
        Authorizer sound = broker.authorizer;
        broker.authorizer = (id, user) -> (access, topic, offset, length) -> { if (access == Access.READ) throw new IllegalStateException("rights"); return true; };
        TestClient noRights = broker.client("no rights").in().subscribe("#", "$share/g/#");
        broker.authorizer = sound;
        broker.broker.localClient((client, message, qos, retain) -> { throw new IllegalStateException("local"); }).subscribe("#", 2, false, false);
        LocalClient shared = broker.broker.localClient((client, message, qos, retain) -> { throw new IllegalStateException("shared"); });
        shared.subscribe("$share/g/#", 2, false, false);
        broker.broker.localClient((client, message, qos, retain) -> heard.add(message.topic())).subscribe("#", 2, false, false);
        TestClient member = broker.client("member").in().subscribe("$share/g/#");
        TestClient bad = broker.client("bad").in().subscribe("t", "u");
        TestClient good = broker.client("good").in().subscribe("t");
        bad.pipe.fault = true;
        TestClient publisher = broker.client("p").in().publish("t", "1", 1, 1).publish("t", "2").publish("t", "3", 2, 3);
        publisher.gets("PUBACK 1", "PUBREC 3");
        good.gets("t 1 q1 m1", "t 2 q0", "t 3 q2 m2");
        assertEquals(List.of("t", "t", "t"), heard);
        assertEquals(3, member.received().size());
        assertTrue(noRights.pipe.closing);
        assertTrue(bad.pipe.closing, "it has lost something: it begins anew");
        assertTrue(broker.loop.lines().stream().anyMatch(line -> line.contains("IllegalStateException: local")), "with a trace");
        broker.broker.publish(Message.of("t", new byte[0], 1, false));
        assertEquals(4, heard.size());
    }
}
