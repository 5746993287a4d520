package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.SubscriptionOptions;
import org.junit.jupiter.api.Test;

/** What a journal is told, and what waits for it. */
class JournalSeamTest {
    private final TestBroker broker = new TestBroker();
    private final List<String> told = new ArrayList<>();
    private long position, durable;
    /** Whether what is told is only safe after {@link #sync}. */
    private boolean slow;

    JournalSeamTest() {
        broker.broker.state(new StateListener() {
            private void tell(String line) {
                told.add(line);
                position++;
            }

            @Override
            public void session(Session session) {
                tell("session " + session.clientId + ' ' + session.expiry());
            }

            @Override
            public void sessionEnded(Session session) {
                tell("ended " + session.clientId);
            }

            @Override
            public void subscribed(Session session, Subscription subscription) {
                tell("subscribed " + session.clientId + ' ' + new String(subscription.filter()));
            }

            @Override
            public void unsubscribed(Session session, Subscription subscription) {
                tell("unsubscribed " + session.clientId + ' ' + new String(subscription.filter()));
            }

            @Override
            public void retained(StoredMessage message, mqttq.auth.Permissions source) {
                tell("retained " + message.message.topic());
            }

            @Override
            public void retainedRemoved(StoredMessage message) {
                tell("unretained " + message.message.topic());
            }

            @Override
            public void queued(Session session, StoredMessage message, int flags, int[] identifiers, int in) {
                tell((in == BACKLOG ? "queued as retained " : "queued ") + session.clientId + ' ' + message.message.topic() + ' ' + flags);
            }

            @Override
            public void unqueued(Session session, int from) {
                tell("unqueued " + session.clientId);
            }

            @Override
            public void sent(Session session, int packetId, StoredMessage message, int flags, int[] identifiers, int from) {
                tell("sent " + session.clientId + " m" + packetId + (from == QUEUE ? " from queue" : from == BACKLOG ? " from retained" : ""));
            }

            @Override
            public void released(Session session, int packetId) {
                tell("released " + session.clientId + " m" + packetId);
            }

            @Override
            public void completed(Session session, int packetId) {
                tell("completed " + session.clientId + " m" + packetId);
            }

            @Override
            public void received(Session session, int packetId) {
                tell("received " + session.clientId + " m" + packetId);
            }

            @Override
            public void receivedReleased(Session session, int packetId) {
                tell("receivedReleased " + session.clientId + " m" + packetId);
            }

            @Override
            public long position() {
                return position;
            }

            @Override
            public long durable() {
                return slow ? durable : position;
            }
        });
    }

    private void sync() {
        durable = position;
        broker.broker.durable();
    }

    /** From now on the disk takes its time. */
    private void slow() {
        slow = true;
        durable = position;
    }

    private void told(String... lines) {
        assertEquals(List.of(lines), told);
        told.clear();
    }

    @Test
    void tellsAllOfAKeptSession() {
        TestClient a = broker.client("a").keep().in();
        told("session a 1000");
        a.subscribe(1, 0, SubscriptionOptions.of(2), "t");
        a.received();
        told("subscribed a t");
        TestClient b = broker.client("b").in();
        b.publish("t", "x", 2, 1);
        told("sent a m1");
        a.ack(PacketType.PUBREC, 1).ack(PacketType.PUBCOMP, 1);
        told("released a m1", "completed a m1");
        a.publish("u", "x", 2, 7).ack(PacketType.PUBREL, 7);
        told("received a m7", "receivedReleased a m7");
        a.lose();
        told("session a 1000");
        b.publish("t", "y", 1, 2);
        told("queued a t 1");
        broker.client("a").keep().in2();
        told("session a 1000", "sent a m2 from queue");
        b.publish("r", "x".getBytes(), 1, true, 9, Properties.EMPTY, 0, true, false);
        a = broker.client("a").keep().in2();
        a.subscribe(1, 1, SubscriptionOptions.of(2), "r");
        told("retained r", "session a 1000", "session a 1000", "subscribed a r", "queued as retained a r 5", "sent a m3 from retained");
        b.retain("r", "");
        told("unretained r");
        broker.client("a").keep().in2().unsubscribe(9, "t");
        told("session a 1000", "session a 1000", "unsubscribed a t");
        broker.seconds(1);
        broker.client("a").lose();
        broker.client("a").in();
        told("session a 1000", "ended a");
    }

    @Test
    void nothingIsToldOfWhatEndsWithItsConnection() {
        TestClient a = broker.client("a").in().subscribe("t");
        a.publish("t", "x", 2, 1).received();
        a.disconnect();
        told();
    }

    @Test
    void acknowledgementsWaitForWhatTheyPromiseAndKeepTheirOrder() {
        broker.client("kept").keep().in().subscribe2("t").lose();
        slow();
        TestClient b = broker.client("b").in();
        b.publish("nobody", "x", 1, 1).gets("PUBACK 1 NO_MATCHING_SUBSCRIBERS");
        b.publish("t", "x", 1, 2).getsNothing();
        b.publish("nobody", "x", 1, 3).publish("t", "y", 2, 4).hex("c000").gets("PINGRESP");
        broker.client("c").in().publish("nobody", "x", 1, 1).gets("PUBACK 1 NO_MATCHING_SUBSCRIBERS");
        sync();
        b.gets("PUBACK 2", "PUBACK 3 NO_MATCHING_SUBSCRIBERS", "PUBREC 4");
        TestClient k = broker.client("kept").keep().connect().getsNothing();
        sync();
        k.gets("CONNACK SUCCESS present {TOPIC_ALIAS_MAXIMUM=10, RECEIVE_MAXIMUM=20}", "t x q1 m1");
        sync();
        k.gets("t y q2 m2");
        k.subscribe(1, 0, SubscriptionOptions.of(0), "u");
        k.unsubscribe(2, "u");
        k.getsNothing();
        sync();
        k.gets("SUBACK 1 [SUCCESS]", "UNSUBACK 2 [SUCCESS]");
    }

    @Test
    void thoseThatWaitAreBounded() {
        broker.client("kept").v3().keep().in().subscribe2("t").lose();
        slow();
        TestClient b = broker.client("b").v3().in();
        for (int i = 1; i <= 2000; i++) b.publish("t", "x", 1, i);
        assertEquals(Connection.MAX_HELD_ACKS, told.stream().filter(line -> line.startsWith("queued")).count());
        sync();
        b.pipe.turn();
        sync();
        b.pipe.turn();
        assertEquals(2000, b.received().size());
    }

    @Test
    void aConnectionThatEndsMeanwhileTakesItsAcknowledgementsAlong() {
        broker.client("kept").keep().in().subscribe2("t").lose();
        slow();
        TestClient b = broker.client("b").in().publish("t", "x", 1, 1, Properties.EMPTY);
        b.lose();
        sync();
        b.getsNothing();
    }
}
