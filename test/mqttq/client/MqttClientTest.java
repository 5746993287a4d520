package mqttq.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import mqttq.Unlimited;
import mqttq.auth.Authenticator;
import mqttq.auth.Authorizer;
import mqttq.auth.ConnectInfo;
import mqttq.auth.Login;
import mqttq.broker.Broker;
import mqttq.config.BrokerSettings;
import mqttq.broker.ListenerSettings;
import mqttq.client.core.ClientSettings;
import mqttq.mqtt.Message;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.transport.TcpTransport;
import mqttq.transport.Transport;
import mqttq.transport.TransportLimits;
import org.junit.jupiter.api.Test;

/** The public client on virtual time, with the real broker at the other end. */
class MqttClientTest {
    private static final long MS = 1_000_000L, SECOND = 1000 * MS;

    private final SimWorld world = new SimWorld(11);
    private final SimLoop host = world.host("10.0.0.1"), server = world.host("10.0.0.2");
    private final Broker broker;
    private final Transport.Bound bound;
    private final List<String> told = new ArrayList<>();
    private boolean stopped;

    MqttClientTest() {
        world.links().delayMillis(10);
        BrokerSettings settings = Unlimited.settings();
        settings.sysInterval = 0;
        broker = new Broker(server, settings, "test");
        bound = new TcpTransport(TransportLimits.DEFAULT).listen(server, new InetSocketAddress(server.address(), 1883), broker.listener(new ListenerSettings("test", new Users(), Authorizer.ALL)));
    }

    /** Everybody but "nobody". */
    private static final class Users implements Authenticator {
        @Override public void authenticate(ConnectInfo info, Result result) {
            if ("nobody".equals(info.userName())) result.refused(Authenticator.Refusal.NOT_AUTHORIZED);
            else result.accepted(Login.of(info, info.userName()));
        }

        @Override public void recheck(Login login, Result result) {
            result.accepted(login);
        }
    }

    private final class Told implements MqttClient.Listener {
        @Override public void onMessage(Message message) {
            told.add(message.topic() + "=" + new String(message.payload()));
            if (message.topic().equals("boom")) throw new IllegalStateException("boom");
        }

        @Override public void onConnected(boolean sessionPresent, String transport) {
            told.add(transport + (sessionPresent ? " resumed" : " connected"));
        }

        @Override public void onDisconnected(String reason, boolean again) {
            told.add(again ? "lost" : "over");
        }
    }

    private MqttClient.Builder builder() {
        return MqttClient.builder("mqtt://10.0.0.2").clientId("c").listener(new Told());
    }

    private CompletableFuture<MqttClient> start(MqttClient.Builder builder) {
        ClientSettings.Endpoint endpoint = new ClientSettings.Endpoint(new TcpTransport(TransportLimits.DEFAULT), "10.0.0.2", 1883);
        return new MqttClient(host, () -> stopped = true, builder.settings(endpoint, null, builder.packet()), builder.listener()).start();
    }

    private MqttClient connect(MqttClient.Builder builder) {
        CompletableFuture<MqttClient> connecting = start(builder);
        assertFalse(connecting.isDone());
        return done(connecting);
    }

    private <T> T done(CompletableFuture<T> future) {
        world.runUntil(future::isDone, world.now() + 20 * SECOND);
        assertTrue(future.isDone());
        return future.join();
    }

    private MqttException failure(CompletableFuture<?> future) {
        return (MqttException) assertThrows(CompletionException.class, () -> done(future)).getCause();
    }

    private void told(String... lines) {
        assertEquals(List.of(lines), told);
        told.clear();
    }

    @Test
    void publishesAndSubscribes() {
        MqttClient client = connect(builder());
        assertEquals("c tcp", client.clientId() + " " + client.transport());
        assertEquals(ReasonCode.GRANTED_QOS_2, done(client.subscribe("a/#", 2)));
        for (int qos = 0; qos < 3; qos++) assertEquals(ReasonCode.SUCCESS, done(client.publish("a/" + qos, "x".getBytes(), qos, false)));
        assertEquals(ReasonCode.NO_MATCHING_SUBSCRIBERS, done(client.publish("b", new byte[0], 1, false)));
        assertEquals(List.of(ReasonCode.SUCCESS, ReasonCode.NO_SUBSCRIPTION_EXISTED), done(client.unsubscribe("a/#", "z")));
        world.runFor(SECOND);
        told("tcp connected", "a/0=x", "a/1=x", "a/2=x");
        done(client.close(Duration.ofSeconds(1)));
        assertTrue(stopped);
        assertNull(client.transport());
    }

    @Test
    void comesBackAndGoesOnWithItsSession() {
        MqttClient client = connect(builder());
        done(client.subscribe("a", 1));
        server.resetConnections();
        CompletableFuture<ReasonCode> published = client.publish("a", "while away".getBytes(), 1, false);
        assertEquals(ReasonCode.SUCCESS, done(published));
        world.runFor(SECOND);
        told("tcp connected", "lost", "tcp resumed", "a=while away");
    }

    @Test
    void aFirstConnectionThatIsRefusedFails() {
        assertEquals(ReasonCode.NOT_AUTHORIZED, failure(start(builder().credentials("nobody", null))).reasonCode());
        assertTrue(stopped);
        told();
    }

    @Test
    void aFirstConnectionThatDoesNotComeAboutFails() {
        bound.close();
        MqttException failure = failure(start(builder()));
        assertEquals("SERVER_UNAVAILABLE Connection refused", failure.reasonCode() + " " + failure.getMessage());
    }

    @Test
    void closingDeliversWhatWasTakenAndTakesNoMore() {
        MqttClient client = connect(builder());
        List<CompletableFuture<ReasonCode>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) all.add(client.publish("a", new byte[100], i % 3, false));
        CompletableFuture<Void> closed = client.close(Duration.ofSeconds(5));
        assertEquals(ReasonCode.UNSPECIFIED_ERROR, failure(client.publish("a", new byte[0], 1, false)).reasonCode());
        assertFalse(closed.isDone());
        done(closed);
        for (CompletableFuture<ReasonCode> each : all) assertFalse(each.join().isFailure());
    }

    @Test
    void closingGivesUpInTimeAndSaysWhatWasNotDelivered() {
        MqttClient client = connect(builder());
        server.down(true);
        CompletableFuture<ReasonCode> published = client.publish("a", new byte[0], 1, false);
        CompletableFuture<List<ReasonCode>> subscribed = client.subscribe(List.of(new Subscription("b", SubscriptionOptions.of(0))), Properties.EMPTY);
        long before = world.now();
        done(client.close(Duration.ofSeconds(3)));
        assertEquals(8, (world.now() - before) / SECOND); // and 5 s for the goodbye
        assertEquals(ReasonCode.UNSPECIFIED_ERROR, failure(published).reasonCode());
        assertEquals(ReasonCode.UNSPECIFIED_ERROR, failure(subscribed).reasonCode());
        assertEquals(ReasonCode.UNSPECIFIED_ERROR, failure(client.unsubscribe("b")).reasonCode());
        done(client.close(Duration.ZERO));
    }

    @Test
    void tooMuchThatWaitsIsRefusedAtOnce() {
        MqttClient client = connect(builder().limits(20, 3));
        List<CompletableFuture<ReasonCode>> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) all.add(client.publish("a", new byte[0], 1, false));
        assertEquals(ReasonCode.QUOTA_EXCEEDED, failure(all.get(3)).reasonCode());
        done(all.get(2));
        done(client.publish("a", new byte[0], 1, false));
    }

    @Test
    void aListenerThatThrowsDoesNotEndTheClient() {
        MqttClient client = connect(builder());
        List<Throwable> uncaught = new ArrayList<>();
        Thread.UncaughtExceptionHandler before = Thread.currentThread().getUncaughtExceptionHandler();
        Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> uncaught.add(e));
        try {
            done(client.subscribe("#", 1));
            done(client.publish("boom", new byte[0], 1, false));
            done(client.publish("after", new byte[0], 1, false));
            world.runFor(SECOND);
        } finally {
            Thread.currentThread().setUncaughtExceptionHandler(before);
        }
        told("tcp connected", "boom=", "after=");
        assertEquals("boom", uncaught.get(0).getMessage());
    }

    @Test
    void aSessionTakenOverEndsTheClient() {
        MqttClient client = connect(builder());
        connect(builder());
        world.runFor(SECOND);
        assertEquals(ReasonCode.UNSPECIFIED_ERROR, failure(client.publish("a", new byte[0], 1, false)).reasonCode());
        assertTrue(told.contains("over"));
        done(client.close(Duration.ofSeconds(1)));
    }

    @Test
    void whatIsWrongIsRefusedBeforeItIsSent() {
        MqttClient client = connect(builder());
        assertThrows(IllegalArgumentException.class, () -> client.publish("a/#", new byte[0], 0, false));
        assertThrows(IllegalArgumentException.class, () -> client.publish("a", new byte[0], 3, false));
        assertThrows(IllegalArgumentException.class, () -> client.subscribe("a#", 0));
        assertThrows(IllegalArgumentException.class, () -> client.unsubscribe());
        assertThrows(IllegalArgumentException.class, () -> client.subscribe(List.of(), Properties.EMPTY));
        for (String url : List.of("http://h", "quic:h", "mqtt://h:99999", "h", "")) assertThrows(IllegalArgumentException.class, () -> MqttClient.builder(url), url);
        assertThrows(IllegalArgumentException.class, () -> MqttClient.builder("mqtt://h").fallback(8883));
        assertThrows(IllegalArgumentException.class, () -> builder().properties(Properties.builder().put(Property.TOPIC_ALIAS, 1).build()).packet());
        assertThrows(IllegalArgumentException.class, () -> builder().version(ProtocolVersion.MQTT_3_1_1).credentials(null, new byte[1]).packet());
    }

    @Test
    void overTcpAStreamPerTopicIsTheOneThereIs() {
        MqttClient client = connect(builder().streamPerTopic());
        assertEquals(List.of(ReasonCode.GRANTED_QOS_1, ReasonCode.GRANTED_QOS_2),
            done(client.subscribe(List.of(new Subscription("a", SubscriptionOptions.of(1)), new Subscription("b", SubscriptionOptions.of(2))), Properties.EMPTY)));
        for (String topic : List.of("a", "b")) assertEquals(ReasonCode.SUCCESS, done(client.publish(topic, topic.getBytes(), 2, false)));
        assertEquals(List.of(ReasonCode.SUCCESS, ReasonCode.SUCCESS), done(client.unsubscribe("a", "b")));
        told("tcp connected", "a=a", "b=b");
        done(client.close(Duration.ofSeconds(1)));
    }

    @Test
    void theFallbackIsTlsOnThePortGiven() {
        MqttClient.Builder address = MqttClient.builder("quic://h:9000");
        ClientSettings.Endpoint first = address.endpoint(host, "quic", 9000), fallback = address.endpoint(host, "tls", 9001);
        assertEquals("QuicTransport h 9000", first.transport().getClass().getSimpleName() + " " + first.host() + " " + first.port());
        assertEquals("TlsTransport h 9001", fallback.transport().getClass().getSimpleName() + " " + fallback.host() + " " + fallback.port());
    }
}
