package mqttq.system;

import static mqttq.system.MqttWorld.MS;
import static mqttq.system.MqttWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import mqttq.Unlimited;
import mqttq.auth.Authorizer;
import mqttq.config.BrokerSettings;
import mqttq.broker.ListenerSettings;
import mqttq.client.core.ClientCore;
import mqttq.client.core.ClientHandler;
import mqttq.client.core.ClientSettings;
import mqttq.loop.Log;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.Message;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.quic.crypto.AeadProtection;
import mqttq.sim.SimLink;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.transport.Pipe;
import mqttq.transport.TcpTransport;
import mqttq.transport.TransportLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The client with several streams of one QUIC connection, against the broker. */
class ClientStreamsTest {
    private static final int TCP_PORT = 1883, LARGE = 4 << 20;

    private final BrokerSettings settings = Unlimited.settings();
    private MqttWorld w;
    private final List<Peer> peers = new ArrayList<>();

    private final class Peer implements ClientHandler {
        final SimLoop loop;
        final ClientCore client;
        final List<String> came = new ArrayList<>(), codes = new ArrayList<>();
        /** When each message came. */
        final List<Long> at = new ArrayList<>();
        int connects, done, large;
        String lost, transport;
        Pipe pipe;
        boolean over;

        Peer(int host, String id, ClientSettings.Streams streams) {
            loop = w.clientHost(host);
            Properties properties = Properties.builder().put(Property.SESSION_EXPIRY_INTERVAL, 3600).build();
            Connect connect = new Connect(ProtocolVersion.MQTT_5, false, id, true, 60, null, null, null, properties);
            client = new ClientCore(loop, ClientSettings.of(new ClientSettings.Endpoint(w.transport(loop), "localhost", MqttWorld.PORT), connect)
                .withFallback(new ClientSettings.Endpoint(new TcpTransport(TransportLimits.DEFAULT), "localhost", TCP_PORT))
                .withStreams(streams).withLimits(20, 100_000, 0), this);
            peers.add(this);
        }

        Peer start() {
            client.start();
            until(() -> connects == 1);
            return this;
        }

        Peer subscribe(int qos, String... filters) {
            List<Subscription> wanted = new ArrayList<>();
            for (String filter : filters) wanted.add(new Subscription(filter, SubscriptionOptions.of(qos)));
            assertTrue(client.subscribe(wanted, Properties.EMPTY, (id, answer, properties) -> codes.add(answer.toString())));
            until(() -> connects == 0 || client.requests() == 0);
            return this;
        }

        void publish(String topic, String payload, int qos) { publish(topic, payload.getBytes(StandardCharsets.UTF_8), qos); }

        void publish(String topic, byte[] payload, int qos) {
            client.publish(Message.of(topic, payload, qos, false), (code, properties) -> {
                assertFalse(code.isFailure(), code.toString());
                done++;
            });
        }

        @Override public void onConnected(Connack connack, Pipe made) {
            connects++;
            transport = made.transport();
            pipe = made;
        }

        @Override public void onMessage(Publish publish) {
            if (publish.payloadLength() == LARGE) {
                large++;
                return;
            }
            came.add(publish.topic() + " " + new String(publish.array(), publish.payloadOffset(), publish.payloadLength(), StandardCharsets.UTF_8));
            at.add(w.world.now());
        }

        @Override public void onDisconnected(Loss loss, boolean again) {
            lost = loss.reason();
            over |= !again;
        }

        @Override public void onClosed() { over = true; }
    }

    private void world() {
        w = new MqttWorld(1, AeadProtection.FACTORY, settings);
        w.host.logLevel(Log.Level.SUBSCRIBE, true);
        new TcpTransport(TransportLimits.DEFAULT).listen(w.host, SimWorld.address("10.0.0.1", TCP_PORT),
            w.broker.listener(new ListenerSettings("tcp", new MqttWorld.Anyone(), Authorizer.ALL)));
    }

    private Peer peer(int host, String id, ClientSettings.Streams streams) {
        if (w == null) world();
        return new Peer(host, id, streams);
    }

    private void until(BooleanSupplier what) { assertTrue(w.world.runUntil(what, w.world.now() + 100 * SECOND), () -> "not in time: " + w.host.lines()); }

    /** The streams on which something was subscribed to so far: "a", "a#1"… */
    private Set<String> subscribers() {
        Set<String> names = new TreeSet<>();
        for (String line : w.host.lines()) if (line.matches("\\S+ [012] \\S+")) names.add(line.substring(0, line.indexOf(' ')));
        return names;
    }

    private void ends() {
        for (Peer peer : peers) {
            peer.client.disconnect(new Disconnect(ReasonCode.NORMAL_DISCONNECTION, Properties.builder().put(Property.SESSION_EXPIRY_INTERVAL, 0).build()), 10 * SECOND);
        }
        until(() -> peers.stream().allMatch(peer -> peer.over));
        w.world.runFor(10 * SECOND);
        assertEquals(0, w.broker.openConnections());
        assertEquals(0, w.broker.stats().subscriptions);
    }

    @Test
    void eachFilterHasAStreamAndOneAnswerComesForAll() {
        Peer a = peer(1, "a", ClientSettings.Streams.TOPIC).start().subscribe(1, "one", "two", "three/#");
        assertEquals(List.of("[GRANTED_QOS_1, GRANTED_QOS_1, GRANTED_QOS_1]"), a.codes);
        assertEquals(Set.of("a#1", "a#2", "a#3"), subscribers());
        for (String topic : List.of("one", "two", "three/x", "none")) a.publish(topic, topic, 2);
        until(() -> a.done == 4 && a.came.size() == 3);
        assertEquals(Set.of("one one", "two two", "three/x three/x"), new LinkedHashSet<>(a.came));
        a.client.unsubscribe(List.of("one", "three/#", "four"), Properties.EMPTY, (id, answer, properties) -> a.codes.add(answer.toString()));
        until(() -> a.codes.size() == 2);
        assertEquals("[SUCCESS, SUCCESS, NO_SUBSCRIPTION_EXISTED]", a.codes.get(1));
        assertEquals(1, w.broker.stats().subscriptions);
        ends();
    }

    @Test
    void eachQosHasAStream() {
        Peer a = peer(1, "a", ClientSettings.Streams.QOS).start().subscribe(0, "x").subscribe(2, "y").subscribe(2, "z").subscribe(0, "z");
        assertEquals(Set.of("a#1", "a#2"), subscribers());
        assertEquals(3, w.broker.stats().subscriptions, "z was taken again where it was");
        for (int qos = 0; qos <= 2; qos++) a.publish("y", "q" + qos, qos);
        until(() -> a.done == 3 && a.came.size() == 3);
        ends();
    }

    @Test
    void moreTopicsThanStreamsShareThem() {
        Peer a = peer(1, "a", ClientSettings.Streams.TOPIC).start();
        for (int i = 0; i < 50; i++) a.subscribe(2, "t/" + i);
        assertEquals(9, subscribers().size());
        for (int n = 0; n < 20; n++) for (int i = 0; i < 50; i++) a.publish("t/" + i, i + "." + n, 2);
        until(() -> a.done == 1000 && a.came.size() == 1000);
        assertEquals(1000, new LinkedHashSet<>(a.came).size());
        for (int i = 0; i < 50; i++) {
            String topic = "t/" + i + " ";
            List<String> own = a.came.stream().filter(line -> line.startsWith(topic)).toList();
            for (int n = 0; n < 20; n++) assertEquals(topic + i + "." + n, own.get(n), "in order");
        }
        ends();
    }

    @Test
    void afterALostConnectionWhatWasOnDataStreamsIsDoneAnew() {
        Peer a = peer(1, "a", ClientSettings.Streams.TOPIC), b = peer(2, "b", ClientSettings.Streams.SINGLE);
        b.start().subscribe(1, "from/#");
        a.subscribe(1, "one", "two"); // before it is connected
        a.publish("from/a", "0", 1);
        a.start();
        until(() -> a.done == 1 && w.broker.stats().subscriptions == 3);
        w.world.link(a.loop, w.host).up(false);
        a.publish("from/a", "1", 1);
        a.publish("from/b", "2", 2);
        w.world.runFor(MS);
        a.pipe.abort(0, "");
        a.publish("from/a", "3", 1);
        w.world.runFor(3 * SECOND);
        w.world.link(a.loop, w.host).up(true);
        until(() -> a.connects == 2 && a.done == 4 && w.broker.stats().subscriptions == 3);
        until(() -> b.came.size() == 4);
        assertEquals(List.of("from/a 0", "from/a 1", "from/a 3"), b.came.stream().filter(line -> line.startsWith("from/a")).toList());
        b.publish("two", "again", 1);
        until(() -> a.came.equals(List.of("two again")));
        ends();
    }

    @Test
    void withoutStreamsEverythingGoesOverTheOneThereIsAndLaterOverStreamsAgain() {
        Peer a = peer(1, "a", ClientSettings.Streams.TOPIC).start().subscribe(1, "one");
        w.quic(false);
        a.pipe.abort(0, "");
        a.publish("two", "0", 1);
        a.client.subscribe(List.of(new Subscription("two", SubscriptionOptions.of(1))), Properties.EMPTY, null);
        until(() -> a.connects == 2 && a.done == 1 && a.client.requests() == 0);
        assertEquals("tcp", a.transport);
        assertEquals(Set.of("a#1", "a"), subscribers());
        a.publish("one", "1", 1);
        a.publish("two", "2", 1);
        until(() -> a.done == 3 && a.came.containsAll(List.of("one 1", "two 2")));
        w.quic(true);
        a.pipe.abort(0, "");
        until(() -> a.connects == 3);
        assertEquals("quic", a.transport);
        a.subscribe(1, "three").publish("three", "3", 1);
        a.publish("one", "4", 1);
        until(() -> a.done == 5 && a.came.containsAll(List.of("one 4", "three 3")));
        assertTrue(w.host.lines().contains("a#1 1 three"), "a stream again");
        assertEquals(3, w.broker.stats().subscriptions);
        ends();
    }

    @Test
    void aDataStreamThatTheBrokerEndsIsOpenedAgainWhereItWasOfUse() {
        Peer a = peer(1, "a", ClientSettings.Streams.QOS).start().subscribe(0, "x").subscribe(1, "y");
        a.publish("/".repeat(300), "more levels than the broker takes", 0);
        w.world.runFor(SECOND);
        assertTrue(w.host.logged("Client a#1 disconnected"), () -> w.host.lines().toString());
        a.publish("x", "1", 0);
        until(() -> a.came.equals(List.of("x 1")));
        assertEquals(1, a.connects);
        assertEquals(2, w.broker.stats().subscriptions);
        ends();
    }

    @Test
    void aDataStreamThatIsOfNoUseEndsTheConnectionForAPause() {
        Peer a = peer(1, "a", ClientSettings.Streams.QOS).start().subscribe(1, "y");
        a.publish("/".repeat(300), "", 0);
        until(() -> a.connects == 2);
        assertTrue(a.lost.startsWith("a data stream was lost"), a.lost);
        a.publish("y", "1", 1);
        until(() -> a.came.equals(List.of("y 1")));
        ends();
    }

    @ParameterizedTest
    @EnumSource
    void goodbyeComesAfterWhatIsOnItsWayOverDataStreams(ClientSettings.Streams streams) {
        Peer a = peer(1, "a", streams), b = peer(2, "b", ClientSettings.Streams.SINGLE);
        w.world.link(a.loop, w.host).delayMillis(20).bandwidth(1_000_000, 100);
        b.start().subscribe(0, "#");
        a.start();
        for (int i = 0; i < 200; i++) a.publish("t/" + i % 7, "x".repeat(500), 0);
        until(() -> a.done == 200);
        a.client.disconnect(Disconnect.NORMAL, 10 * SECOND);
        until(() -> a.over);
        until(() -> b.came.size() == 200);
    }

    @Test
    void overABadNetworkEveryStreamIsWholeAndInOrder() {
        Peer a = peer(1, "a", ClientSettings.Streams.TOPIC), b = peer(2, "b", ClientSettings.Streams.QOS);
        for (Peer each : List.of(a, b)) w.world.link(each.loop, w.host).delayMillis(20).bandwidth(4_000_000, 50).loss(0.05).reorder(0.1, 15 * MS).duplicate(0.05);
        a.start();
        b.start();
        String[] filters = {"q0", "q1", "q2", "large"};
        for (int qos = 0; qos < 4; qos++) b.subscribe(Math.min(qos, 2), filters[qos]);
        for (int n = 0; n < 300; n++) {
            for (int qos = 0; qos <= 2; qos++) a.publish("q" + qos, "" + n, qos);
            if (n % 50 == 0) a.publish("large", "x".repeat(50_000) + n, 2);
        }
        until(() -> a.done == 906 && b.came.size() == 906);
        for (int qos = 0; qos <= 2; qos++) {
            String topic = "q" + qos + " ";
            List<String> own = b.came.stream().filter(line -> line.startsWith(topic)).toList();
            for (int n = 0; n < 300; n++) assertEquals(topic + n, own.get(n));
        }
        assertEquals(1, a.connects + b.connects - 1, "one connection each");
        ends();
    }

    /** Millions of bytes a second, and what that means for one datagram. */
    private static void narrow(SimLink link) { link.delayMillis(10).bandwidth(8_000_000, 2000); }
    private static final long DATAGRAM = 1528 * 1000;

    /** Datagrams that left {@code from} and have not arrived. */
    private static long inFlight(SimLink link, SimLoop from) {
        SimLink.Path path = link.from(from);
        return path.sent() - path.delivered() - path.lost() - path.queueDrops();
    }

    /** Sends 4 MiB and then small messages; asserts when those arrive. {@code upwards}: it is the publisher's link that is narrow. */
    private void holdsUp(boolean upwards, ClientSettings.Streams streams, boolean small) {
        settings.maxPacketSize = 0;
        Peer publisher = peer(1, "publisher", streams), subscriber = peer(2, "subscriber", streams);
        SimLink link = w.world.link(upwards ? publisher.loop : subscriber.loop, w.host);
        narrow(link);
        publisher.start();
        subscriber.start().subscribe(1, "large").subscribe(1, "small");
        publisher.publish("large", new byte[LARGE], 1);
        w.world.runFor(SECOND);
        for (int n = 0; n < 8; n++) {
            assertEquals(0, subscriber.large, "it is on its way");
            long now = w.world.now(), before = inFlight(link, upwards ? publisher.loop : w.host), i = n;
            publisher.publish("small", "" + n, 1);
            if (!small) break;
            until(() -> subscriber.at.size() == i + 1);
            // its own datagram, one that the pacer or the other stream had begun; 10 ms on the narrow link, and two turns of the hosts without a delay
            long most = (before + 3) * DATAGRAM + 10 * MS + 2 * MS, took = subscriber.at.get(n) - now;
            assertTrue(took <= most, () -> "message " + i + " took " + took / 1000 + " us, with " + before + " datagrams in flight " + most / 1000);
            assertTrue(most < 400 * MS, () -> "a queue of " + before);
            w.world.runFor(50 * MS);
        }
        until(() -> subscriber.large == 1);
        if (small) return;
        until(() -> subscriber.at.size() == 1);
    }

    @Test
    void aLargeMessageToTheBrokerHoldsUpNoneOfAnotherTopic() { holdsUp(true, ClientSettings.Streams.TOPIC, true); }

    @Test
    void aLargeMessageFromTheBrokerHoldsUpNoneOfAnotherTopic() { holdsUp(false, ClientSettings.Streams.TOPIC, true); }

    @Test
    void withOneStreamItDoes() { holdsUp(true, ClientSettings.Streams.SINGLE, false); }
}
