package mqttq.client.core;

import static mqttq.client.core.ClientWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import mqttq.Statement;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import org.junit.jupiter.api.Test;

/** How a client connects, stays connected, comes back, and says goodbye. */
class ClientConnectionTest {
    private final ClientWorld world = new ClientWorld();
    private final ScriptedBroker broker = world.broker;

    @Test
    @Statement({"MQTT-3.1.2-20", "MQTT-3.1.2-21"})
    void pingsWhenTheConnectionIsIdle() {
        broker.answers = true;
        world.client(ClientWorld.v311()).connected();
        world.world.runFor(130 * SECOND);
        broker.expect("PINGREQ 60", "PINGREQ 120");
    }

    @Test
    void takesTheServersKeepAlive() {
        broker.answers = true;
        broker.connack = new Connack(false, ReasonCode.SUCCESS, Properties.builder().put(Property.SERVER_KEEP_ALIVE, 10).build());
        world.client(ClientWorld.v5()).connected();
        world.world.runFor(25 * SECOND);
        broker.expect("PINGREQ 10", "PINGREQ 20");
    }

    @Test
    void comesBackWhenPingsAreNotAnswered() {
        world.client(ClientWorld.v311()).connected();
        world.world.runFor(119 * SECOND);
        broker.expect("PINGREQ 60");
        world.world.runFor(3 * SECOND);
        broker.expect("end", "CONNECT c resume");
        world.told("lost: no answer to PINGREQ", "connected");
    }

    @Test
    void aPingBehindMuchDataIsNotTakenForLost() {
        broker.answers = true;
        world.client(ClientWorld.connect(ProtocolVersion.MQTT_3_1_1, true, Properties.EMPTY)).connected();
        world.world.link(world.host, world.server).bandwidth(16_000, 100); // 2 kB/s
        world.client.publish(mqttq.mqtt.Message.of("t", new byte[300_000], 1, false), (code, p) -> world.told.add("done " + code));
        world.world.runFor(400 * SECOND);
        world.told("done SUCCESS");
    }

    @Test
    void aFirstConnectionThatFailsIsFinal() {
        broker.bound.close();
        world.client(ClientWorld.v5());
        world.client.start();
        world.run();
        world.told("over: Connection refused");
        assertEquals("", world.leaks());
    }

    @Test
    void anUnknownNameIsFinal() {
        world.name = "nowhere";
        world.client(ClientWorld.v5());
        world.client.start();
        world.run();
        world.told("over: nowhere: Name or service not known");
    }

    @Test
    void aRefusalIsTold() {
        broker.connack = new Connack(false, ReasonCode.NOT_AUTHORIZED, Properties.EMPTY);
        world.client(ClientWorld.v311());
        world.client.start();
        world.run();
        world.told("over: Connection Refused: NOT_AUTHORIZED");
        assertEquals("", world.leaks());
    }

    @Test
    void noConnackInTimeIsAFailure() {
        broker.connack = null;
        world.client(ClientWorld.v5());
        world.client.start();
        world.world.runFor(29 * SECOND);
        world.told();
        world.world.runFor(2 * SECOND);
        world.told("over: no CONNACK in time");
        assertEquals("", world.leaks());
    }

    @Test
    void nothingMayComeBeforeConnack() {
        broker.connack = null;
        world.client(ClientWorld.v5());
        world.client.start();
        world.run();
        broker.publish("a", "x", 0, 0);
        world.run();
        world.told("over: the broker broke the protocol: a packet before CONNACK");
        broker.expect("CONNECT c clean", "DISCONNECT PROTOCOL_ERROR", "end");
    }

    @Test
    @Statement({"MQTT-3.2.2-4", "MQTT-3.2.2-5"})
    void aSessionThatWasNotAskedForEndsTheConnection() {
        broker.connack = new Connack(true, ReasonCode.SUCCESS, Properties.EMPTY);
        world.client(ClientWorld.v5());
        world.client.start();
        world.run();
        world.told("over: the broker broke the protocol: a session where a clean one was asked for");
    }

    @Test
    void mqtt3HasNoDisconnectForErrorsSoThatTheWillIsPublished() {
        world.client(ClientWorld.v311()).connected();
        broker.raw(0xf0, 0);
        world.run();
        assertEquals(List.of(), broker.packets().stream().filter(line -> line.startsWith("DISCONNECT")).toList());
        assertTrue(world.told.get(0).startsWith("lost: the broker broke the protocol"), world.told.toString());
    }

    @Test
    void pausesLongerAndLongerWithSomeChance() {
        world.client(ClientWorld.v5()).connected();
        broker.bound.close();
        broker.lose();
        world.world.runFor(10 * SECOND);
        int early = world.told.size();
        assertTrue(early == 4, world.told.toString()); // after about 0, 1, 3 and 7 s
        world.world.runFor(190 * SECOND);
        assertTrue(world.told.size() >= early + 6 && world.told.size() <= early + 8, world.told.size() + ""); // then every 30 to 36 s
        world.close();
        world.run();
        assertEquals("closed", world.told.get(world.told.size() - 1));
        assertEquals("", world.leaks());
    }

    @Test
    void doesNotComeBackWhenAnotherTookTheSessionOver() {
        world.client(ClientWorld.v5()).connected();
        broker.disconnect(ReasonCode.SESSION_TAKEN_OVER);
        world.world.runFor(60 * SECOND);
        world.told("over: the broker disconnected: SESSION_TAKEN_OVER");
        broker.expect("end");
    }

    @Test
    void comesBackWhenTheBrokerWentDown() {
        world.client(ClientWorld.v5()).connected();
        broker.disconnect(ReasonCode.SERVER_SHUTTING_DOWN);
        world.world.runFor(3 * SECOND);
        world.told("lost: the broker disconnected: SERVER_SHUTTING_DOWN", "connected");
    }

    @Test
    void aRefusalForGoodEndsComingBackAndAPassingOneDoesNot() {
        world.client(ClientWorld.v5()).connected();
        broker.connack = new Connack(false, ReasonCode.SERVER_BUSY, Properties.EMPTY);
        broker.lose();
        world.world.runFor(2 * SECOND);
        broker.connack = new Connack(false, ReasonCode.BANNED, Properties.EMPTY);
        world.world.runFor(10 * SECOND);
        assertEquals(List.of("lost: Connection Refused: SERVER_BUSY", "over: Connection Refused: BANNED"), world.told.subList(1, 3));
        assertEquals("", world.leaks());
    }

    @Test
    void saysGoodbyeAfterWhatWasPublishedAndWaitsForTheEnd() {
        world.client(ClientWorld.v5()).connected();
        world.publish("1", 0);
        world.close();
        broker.publish("a", "x", 0, 0); // on its way when DISCONNECT is: to be discarded
        world.run();
        broker.expect("PUBLISH t 1 q0", "DISCONNECT", "end");
        world.told("1 SUCCESS", "closed");
        assertEquals("", world.leaks());
    }

    @Test
    void aGoodbyeFromWithinAMessageIsSaidAfterItsAcknowledgement() {
        world.client(ClientWorld.v5()).connected();
        world.onMessage = world::close;
        broker.publish("a", "1", 1, 1);
        broker.publish("a", "2", 1, 2);
        world.run();
        world.told("a=1", "closed");
        broker.expect("PUBACK m1", "DISCONNECT", "end");
    }

    @Test
    void aGoodbyeEndsInTimeWhenTheNetworkIsGone() {
        world.client(ClientWorld.v5()).connected();
        world.server.down(true);
        world.close();
        world.world.runFor(4 * SECOND);
        world.told();
        world.world.runFor(2 * SECOND);
        world.told("closed");
    }

    @Test
    void closesInEveryState() {
        for (long when : new long[] {0, 2, 8, 12, 18, 30}) {
            ClientWorld one = new ClientWorld();
            one.client(ClientWorld.v5());
            if (when > 0) one.client.start();
            one.world.runFor(when * ClientWorld.MS);
            one.close();
            one.close();
            one.run();
            assertEquals("closed", one.told.get(one.told.size() - 1), "after " + when);
            assertEquals("", one.leaks(), "after " + when);
        }
    }

    @Test
    void doesNotReconnectWhereItIsNotWanted() {
        world.client(ClientWorld.v5(), settings -> settings.withReconnect(false)).connected();
        world.publish("1", 1);
        world.run();
        broker.lose();
        world.world.runFor(10 * SECOND);
        assertEquals("1 UNSPECIFIED_ERROR", world.told.get(0));
        assertTrue(world.told.get(1).startsWith("over: "), world.told.toString());
        assertEquals(1, broker.connections);
    }

    @Test
    void queuesWhileThereIsNoConnectionUpToItsLimit() {
        world.client(ClientWorld.v5(), settings -> settings.withLimits(20, 2, 0));
        world.publish("1", 0);
        world.publish("2", 1);
        world.publish("3", 0);
        assertEquals(2, world.client.pending());
        world.client.start();
        world.run();
        broker.expect("CONNECT c clean", "PUBLISH t 1 q0", "PUBLISH t 2 q1 m1");
    }
}
