package mqttq.client.core;

import static mqttq.client.core.ClientWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mqttq.Statement;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Message;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import org.junit.jupiter.api.Test;

/** What a client's session keeps over lost connections, and what it does when the broker has lost it. */
class ClientSessionTest {
    private static final Connack PRESENT = new Connack(true, ReasonCode.SUCCESS, Properties.EMPTY);
    private final ClientWorld world = new ClientWorld();
    private final ScriptedBroker broker = world.broker;

    private void comesBack(Connack connack) {
        broker.packets();
        world.told.clear();
        broker.connack = connack;
        broker.lose();
        world.world.runFor(2 * SECOND);
        assertEquals(2, world.told.size(), world.told.toString());
        world.told.clear();
    }

    @Test
    @Statement({"MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-4.6.0-1"})
    void resendsInOrderWithDupWhenTheSessionIsThere() {
        world.client(ClientWorld.v5()).connected();
        world.publish("1", 1);
        world.publish("2", 2);
        world.publish("3", 1);
        world.run();
        broker.expect("PUBLISH t 1 q1 m1", "PUBLISH t 2 q2 m2", "PUBLISH t 3 q1 m3");
        comesBack(PRESENT);
        broker.expect("CONNECT c resume", "PUBLISH t 1 q1 m1 dup", "PUBLISH t 2 q2 m2 dup", "PUBLISH t 3 q1 m3 dup");
    }

    @Test
    @Statement({"MQTT-4.3.3-4", "MQTT-4.3.3-5", "MQTT-4.3.3-6"})
    void resendsPubrelAloneAfterPubrec() {
        world.client(ClientWorld.v311()).connected();
        world.publish("1", 2);
        world.publish("2", 2);
        world.run();
        broker.ack(PacketType.PUBREC, 1);
        world.run();
        broker.expect("PUBLISH t 1 q2 m1", "PUBLISH t 2 q2 m2", "PUBREL m1");
        comesBack(PRESENT);
        broker.expect("CONNECT c resume", "PUBREL m1", "PUBLISH t 2 q2 m2 dup");
        broker.ack(PacketType.PUBCOMP, 1);
        world.run();
        world.told("1 SUCCESS");
    }

    @Test
    void startsAnewInOrderWhenTheSessionIsLost() {
        world.client(ClientWorld.v5()).connected();
        world.publish("1", 1);
        world.publish("2", 2);
        world.publish("3", 2);
        world.run();
        broker.ack(PacketType.PUBREC, 2);
        world.run();
        broker.packets();
        broker.connack = new Connack(false, ReasonCode.SUCCESS, Properties.EMPTY);
        broker.lose();
        world.run();
        world.publish("4", 1);
        world.world.runFor(2 * SECOND);
        broker.expect("CONNECT c resume", "PUBLISH t 1 q1 m4", "PUBLISH t 3 q2 m5", "PUBLISH t 4 q1 m6");
        assertTrue(world.told.contains("2 SUCCESS"), world.told.toString()); // the broker had it
    }

    @Test
    void subscribesAgainWhenTheSessionIsLostWithWhatWasAskedFor() {
        world.client(ClientWorld.v5()).connected();
        broker.answers = true;
        world.subscribe("a", 0);
        world.subscribe("b", 1, Properties.builder().put(Property.SUBSCRIPTION_IDENTIFIER, 7).build());
        world.subscribe("a", 2);
        world.subscribe("c", 0);
        world.run();
        world.client.unsubscribe(java.util.List.of("c"), Properties.EMPTY, null);
        world.run();
        comesBack(new Connack(false, ReasonCode.SUCCESS, Properties.EMPTY));
        broker.expect("CONNECT c resume", "SUBSCRIBE m6 b q1 id 7", "SUBSCRIBE m7 a q2");
        comesBack(PRESENT);
        broker.expect("CONNECT c resume");
    }

    @Test
    void doesNotInsistOnSubscriptionsThatWereRefused() {
        world.client(ClientWorld.v5()).connected();
        world.subscribe("a", 0);
        world.run();
        broker.suback(1, ReasonCode.NOT_AUTHORIZED);
        world.run();
        world.told("a [NOT_AUTHORIZED]");
        comesBack(new Connack(false, ReasonCode.SUCCESS, Properties.EMPTY));
        broker.expect("CONNECT c resume");
    }

    @Test
    void asksAgainWhatWasNotAnswered() {
        world.client(ClientWorld.v5()).connected();
        world.subscribe("a", 0);
        world.client.unsubscribe(java.util.List.of("b"), Properties.EMPTY, (id, codes, p) -> world.told.add("b " + codes));
        world.run();
        comesBack(new Connack(false, ReasonCode.SUCCESS, Properties.EMPTY));
        broker.expect("CONNECT c resume", "SUBSCRIBE m1 a q0", "UNSUBSCRIBE m2 b");
        broker.unsuback(2, ReasonCode.NO_SUBSCRIPTION_EXISTED);
        broker.suback(1, ReasonCode.GRANTED_QOS_0);
        world.run();
        world.told("b [NO_SUBSCRIPTION_EXISTED]", "a [SUCCESS]");
    }

    @Test
    void subscribesAgainIn31WhichDoesNotTellAboutTheSession() {
        world.client(ClientWorld.connect(ProtocolVersion.MQTT_3_1, false, Properties.EMPTY)).connected();
        broker.answers = true;
        world.subscribe("a", 1);
        world.run();
        broker.answers = false;
        world.publish("1", 1);
        world.run();
        comesBack(broker.connack);
        broker.expect("CONNECT c resume", "SUBSCRIBE m3 a q1", "PUBLISH t 1 q1 m2 dup");
    }

    @Test
    void aCleanSessionOfMqtt3StartsAnewEachTime() {
        world.client(ClientWorld.connect(ProtocolVersion.MQTT_3_1_1, true, Properties.EMPTY)).connected();
        world.publish("1", 1);
        world.run();
        comesBack(broker.connack);
        broker.expect("CONNECT c clean", "PUBLISH t 1 q1 m2");
    }

    @Test
    void comesBackUnderTheIdentifierItWasGiven() {
        broker.connack = new Connack(false, ReasonCode.SUCCESS, Properties.builder().put(Property.ASSIGNED_CLIENT_IDENTIFIER, "auto").build());
        Properties keep = Properties.builder().put(Property.SESSION_EXPIRY_INTERVAL, 10).build();
        world.client(new mqttq.mqtt.Connect(ProtocolVersion.MQTT_5, false, "", true, 60, null, null, null, keep)).connected();
        assertEquals("auto", world.client.clientId());
        comesBack(PRESENT);
        broker.expect("CONNECT auto resume");
    }

    @Test
    @Statement({"MQTT-4.6.0-2", "MQTT-4.6.0-3", "MQTT-4.6.0-4"})
    void acknowledgesInTheOrderOfWhatCame() {
        world.client(ClientWorld.v5()).connected();
        for (int id = 1; id <= 6; id++) broker.publish("a", "" + id, id % 2 + 1, id);
        world.run();
        broker.expect("PUBREC m1", "PUBACK m2", "PUBREC m3", "PUBACK m4", "PUBREC m5", "PUBACK m6");
        for (int i = 0; i < 3; i++) world.publish("x", 2);
        world.run();
        broker.expect("PUBLISH t x q2 m1", "PUBLISH t x q2 m2", "PUBLISH t x q2 m3");
        broker.ack(PacketType.PUBREC, 3);
        broker.ack(PacketType.PUBREC, 1);
        broker.ack(PacketType.PUBREC, 2);
        world.run();
        broker.expect("PUBREL m3", "PUBREL m1", "PUBREL m2");
    }

    @Test
    @Statement({"MQTT-4.3.3-9", "MQTT-4.3.3-10", "MQTT-4.3.3-11", "MQTT-4.5.0-2"})
    void deliversQos2OnceOverReconnects() {
        world.client(ClientWorld.v5()).connected();
        broker.publish("a", "x", 2, 5);
        world.run();
        world.told("a=x");
        broker.expect("PUBREC m5");
        comesBack(PRESENT);
        broker.publish("a", "x", 2, 5, true, 0, true);
        world.run();
        broker.ack(PacketType.PUBREL, 5);
        world.run();
        broker.expect("CONNECT c resume", "PUBREC m5", "PUBCOMP m5");
        world.told();
        broker.publish("a", "y", 2, 5);
        world.run();
        world.told("a=y");
    }

    @Test
    void takesAnIdentifierForNewWhenTheSessionWasLost() {
        world.client(ClientWorld.v5()).connected();
        broker.publish("a", "x", 2, 5);
        world.run();
        comesBack(new Connack(false, ReasonCode.SUCCESS, Properties.EMPTY));
        broker.publish("a", "y", 2, 5);
        world.run();
        world.told("a=y");
    }

    @Test
    void answersPubrelAndPubrecOfASessionFromBefore() {
        broker.connack = PRESENT;
        world.client(ClientWorld.connect(ProtocolVersion.MQTT_5, false, Properties.EMPTY));
        world.client.start();
        world.run();
        broker.ack(PacketType.PUBREL, 9);
        broker.ack(PacketType.PUBREC, 10);
        broker.ack(PacketType.PUBACK, 11);
        broker.ack(PacketType.PUBCOMP, 12);
        world.run();
        broker.expect("CONNECT c resume", "PUBCOMP m9 PACKET_IDENTIFIER_NOT_FOUND", "PUBREL m10 PACKET_IDENTIFIER_NOT_FOUND");
        world.told("connected, session present");
    }

    @Test
    @Statement("MQTT-4.4.0-2")
    void qos2EndsWithPubrecOfAFailure() {
        world.client(ClientWorld.v5()).connected();
        world.publish("1", 2);
        world.run();
        broker.ack(PacketType.PUBREC, 1, ReasonCode.QUOTA_EXCEEDED);
        world.run();
        broker.expect("PUBLISH t 1 q2 m1");
        world.told("1 QUOTA_EXCEEDED");
        assertEquals(0, world.client.pending());
    }

    @Test
    void keepsWithinTheReceiveMaximum() {
        broker.connack = new Connack(false, ReasonCode.SUCCESS, Properties.builder().put(Property.RECEIVE_MAXIMUM, 2).build());
        world.client(ClientWorld.v5()).connected();
        for (int i = 1; i <= 4; i++) world.publish("" + i, i == 1 ? 2 : 1);
        world.publish("5", 0);
        world.run();
        broker.expect("PUBLISH t 1 q2 m1", "PUBLISH t 2 q1 m2");
        broker.ack(PacketType.PUBREC, 1); // keeps its place until PUBCOMP
        world.run();
        broker.expect("PUBREL m1");
        broker.ack(PacketType.PUBACK, 2);
        broker.ack(PacketType.PUBCOMP, 1);
        world.run();
        broker.expect("PUBLISH t 3 q1 m3", "PUBLISH t 4 q1 m4", "PUBLISH t 5 q0");
        // a broker that takes less after a reconnect gets the rest later
        broker.connack = new Connack(true, ReasonCode.SUCCESS, Properties.builder().put(Property.RECEIVE_MAXIMUM, 1).build());
        comesBack(broker.connack);
        broker.expect("CONNECT c resume", "PUBLISH t 3 q1 m3 dup");
        broker.ack(PacketType.PUBACK, 3);
        world.run();
        broker.expect("PUBLISH t 4 q1 m4 dup");
    }

    @Test
    @Statement({"MQTT-3.2.2-11", "MQTT-3.2.2-14", "MQTT-3.2.2-15", "MQTT-3.2.2-21"})
    void sendsNothingThatTheBrokerDoesNotTake() {
        broker.connack = new Connack(false, ReasonCode.SUCCESS, Properties.builder().put(Property.MAXIMUM_PACKET_SIZE, 40).put(Property.MAXIMUM_QOS, 1)
            .put(Property.RETAIN_AVAILABLE, 0).put(Property.WILDCARD_SUBSCRIPTION_AVAILABLE, 0).put(Property.SHARED_SUBSCRIPTION_AVAILABLE, 0)
            .put(Property.SUBSCRIPTION_IDENTIFIER_AVAILABLE, 0).build());
        world.client(ClientWorld.v5()).connected();
        world.publish("0123456789012345678901234567890123456789", 0);
        world.publish("2", 2);
        world.client.publish(Message.of("t", new byte[1], 0, true), (code, p) -> world.told.add("retained " + code));
        world.publish("3", 1);
        world.subscribe("a/#", 0);
        world.subscribe("$share/g/a", 0);
        world.subscribe("b", 0, Properties.builder().put(Property.SUBSCRIPTION_IDENTIFIER, 1).build());
        world.subscribe("0123456789012345678901234567890123456789", 0);
        world.subscribe("ok", 0);
        world.run();
        world.told("0123456789012345678901234567890123456789 PACKET_TOO_LARGE", "2 QOS_NOT_SUPPORTED", "retained RETAIN_NOT_SUPPORTED",
            "a/# [WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED]", "$share/g/a [SHARED_SUBSCRIPTIONS_NOT_SUPPORTED]",
            "b [SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED]", "0123456789012345678901234567890123456789 [PACKET_TOO_LARGE]");
        broker.expect("PUBLISH t 3 q1 m1", "SUBSCRIBE m6 ok q0");
    }

    @Test
    void whatBecameTooLargeForTheBrokerIsNotSentAgain() {
        world.client(ClientWorld.v5()).connected();
        world.publish("0123456789012345678901234567890123456789", 1);
        world.publish("2", 1);
        world.run();
        comesBackTo(new Connack(true, ReasonCode.SUCCESS, Properties.builder().put(Property.MAXIMUM_PACKET_SIZE, 40).build()));
        broker.expect("CONNECT c resume", "PUBLISH t 2 q1 m2 dup");
        assertTrue(world.told.contains("0123456789012345678901234567890123456789 PACKET_TOO_LARGE"));
    }

    private void comesBackTo(Connack connack) {
        broker.packets();
        broker.connack = connack;
        broker.lose();
        world.world.runFor(2 * SECOND);
    }

    @Test
    @Statement({"MQTT-3.2.2-17", "MQTT-3.2.2-18"})
    void usesTopicAliasesWithinTheBrokersMaximum() {
        broker.connack = new Connack(false, ReasonCode.SUCCESS, Properties.builder().put(Property.TOPIC_ALIAS_MAXIMUM, 1).build());
        world.client(ClientWorld.v5(), settings -> settings.withLimits(20, 1000, 10)).connected();
        world.publish("1", 0);
        world.publish("2", 1);
        world.client.publish(Message.of("u", new byte[0], 0, false), null);
        world.run();
        broker.expect("PUBLISH #1 t 1 q0", "PUBLISH #1  2 q1 m1", "PUBLISH u  q0");
        comesBack(PRESENT);
        broker.expect("CONNECT c resume", "PUBLISH t 2 q1 m1 dup");
    }

    @Test
    void resolvesTheBrokersTopicAliases() {
        world.client(ClientWorld.connect(ProtocolVersion.MQTT_5, true, Properties.builder().put(Property.TOPIC_ALIAS_MAXIMUM, 3).build())).connected();
        broker.publish("a/b", "1", 0, 0, false, 3, true);
        broker.publish("a/b", "2", 1, 1, false, 3, false);
        world.run();
        world.told("a/b=1", "a/b=2");
        broker.expect("PUBACK m1");
        broker.publish("a/b", "3", 0, 0, false, 4, true);
        world.run();
        broker.expect("DISCONNECT TOPIC_ALIAS_INVALID", "end");
    }

    @Test
    @Statement("MQTT-3.3.4-9")
    void moreThanTheReceiveMaximumEndsTheConnection() {
        world.client(ClientWorld.connect(ProtocolVersion.MQTT_5, true, Properties.builder().put(Property.RECEIVE_MAXIMUM, 1).build())).connected();
        broker.publish("a", "1", 2, 1);
        broker.publish("a", "2", 2, 2);
        world.run();
        broker.expect("PUBREC m1", "DISCONNECT RECEIVE_MAXIMUM_EXCEEDED", "end");
    }

    @Test
    void whatWaitsIsCompletedWithAFailureWhenTheClientIsClosed() {
        world.client(ClientWorld.v5()).connected();
        world.publish("1", 1);
        world.subscribe("a", 0);
        world.run();
        world.close();
        assertTrue(!world.client.takes() && !world.client.publish(Message.of("t", new byte[0], 0, false), null));
        world.run();
        world.told("a [UNSPECIFIED_ERROR]", "1 UNSPECIFIED_ERROR", "closed");
        assertEquals("", world.leaks());
    }
}
