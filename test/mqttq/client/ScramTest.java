package mqttq.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import mqttq.Unlimited;
import mqttq.auth.AccessControl;
import mqttq.auth.ListenerAccess;
import mqttq.auth.LoginGuard;
import mqttq.auth.PasswordFile;
import mqttq.broker.Broker;
import mqttq.config.BrokerSettings;
import mqttq.broker.ListenerSettings;
import mqttq.client.core.ClientSettings;
import mqttq.config.SecuritySettings;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.ReasonCode;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.transport.TcpTransport;
import mqttq.transport.TransportLimits;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The public client proves its password by SCRAM-SHA-256 to the real broker with a real password file. */
class ScramTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String NAME = "jo,e=x";

    private final SimWorld world = new SimWorld(3);
    private final SimLoop host = world.host("10.0.0.1"), server = world.host("10.0.0.2");
    private final LoginGuard guard = new LoginGuard(server::offload, server::now, server.entropy());
    private final List<String> told = new ArrayList<>();
    private ListenerAccess access;
    private Broker broker;

    @TempDir
    Path dir;

    @BeforeEach
    void listen() throws Exception {
        world.links().delayMillis(10);
        access = new ListenerAccess(settings(), users("pencil"), null);
        broker = new Broker(server, Unlimited.settings(), "test");
        new TcpTransport(TransportLimits.DEFAULT).listen(server, new InetSocketAddress(server.address(), 1883), broker.listener(new ListenerSettings("test", access, access)));
    }

    private static mqttq.config.ListenerSettings settings() {
        return new mqttq.config.ListenerSettings("tcp", null, 1883, null, null, mqttq.config.ListenerSettings.Family.ANY, false, -1, 2, 10, 10, 0b111000, false, true, "auto-",
            false, mqttq.config.ListenerSettings.UserNameSource.CONNECT, null, 4096, List.of(), null, null, "test");
    }

    private AccessControl users(String password) throws Exception {
        PasswordFile users = PasswordFile.empty();
        users.set(NAME, bytes(password), 4096, true, server.entropy());
        users.set("plain", bytes("pencil"), 10, false, server.entropy());
        users.save(dir.resolve("pw"));
        return new AccessControl(new SecuritySettings(dir.resolve("pw").toString(), null, null), guard);
    }

    private static byte[] bytes(String text) { return text.getBytes(StandardCharsets.UTF_8); }

    private CompletableFuture<MqttClient> start(String user, String password) {
        MqttClient.Builder builder = MqttClient.builder("mqtt://10.0.0.2").clientId("c").credentials(user, bytes(password)).scram().listener(new MqttClient.Listener() {
            @Override public void onMessage(mqttq.mqtt.Message message) { told.add(message.topic()); }
            @Override public void onConnected(boolean present, String transport) { told.add(present ? "resumed" : "connected"); }
            @Override public void onDisconnected(String reason, boolean again) { told.add(reason); }
        });
        ClientSettings.Endpoint endpoint = new ClientSettings.Endpoint(new TcpTransport(TransportLimits.DEFAULT), "10.0.0.2", 1883);
        return new MqttClient(host, () -> { }, builder.settings(endpoint, null, builder.packet()), builder.listener()).start();
    }

    private <T> T done(CompletableFuture<T> future) {
        world.runUntil(future::isDone, world.now() + 20 * SECOND);
        assertTrue(future.isDone());
        return future.join();
    }

    private ReasonCode failure(CompletableFuture<?> future) { return ((MqttException) assertThrows(CompletionException.class, () -> done(future)).getCause()).reasonCode(); }

    @Test
    void isLetInUnderTheNameItProved() {
        MqttClient client = done(start(NAME, "pencil"));
        assertTrue(server.logged("as c (p5, c1, k60, u'" + NAME + "')."), () -> server.lines().toString());
        done(client.subscribe("a", 1));
        done(client.publish("a", bytes("x"), 1, false));
        done(client.close(Duration.ofSeconds(5)));
        assertEquals(List.of("connected", "a"), told);
    }

    @Test
    void aWrongPasswordOrNameIsRefused() {
        assertEquals(ReasonCode.NOT_AUTHORIZED, failure(start(NAME, "pencils")));
        assertEquals(ReasonCode.NOT_AUTHORIZED, failure(start("nobody", "pencil")));
        assertEquals(ReasonCode.NOT_AUTHORIZED, failure(start("plain", "pencil")), "its password is not kept for SCRAM");
    }

    @Test
    void provesItAgainWhenItComesBack() {
        MqttClient client = done(start(NAME, "pencil"));
        done(client.subscribe("a", 1));
        server.resetConnections();
        done(client.publish("a", bytes("x"), 1, false));
        assertEquals("resumed", told.get(told.size() - 2));
    }

    @Test
    void authenticatesAgainAlsoWithANewPassword() throws Exception {
        MqttClient client = done(start(NAME, "pencil"));
        CompletableFuture<Void> again = client.reauthenticate(null);
        assertEquals(ReasonCode.UNSPECIFIED_ERROR, failure(client.reauthenticate(null)), "one at a time");
        done(again);
        access.apply(settings(), users("brush"));
        CompletableFuture<Void> brush = client.reauthenticate(bytes("brush"));
        done(client.publish("a", bytes("x"), 1, false)); // goes on meanwhile
        done(brush);
        assertEquals(List.of("connected"), told);
        server.resetConnections();
        world.runFor(5 * SECOND);
        assertEquals("resumed", told.get(2));
        assertEquals(ReasonCode.UNSPECIFIED_ERROR, failure(client.reauthenticate(bytes("pencil"))));
        assertEquals("the broker disconnected: NOT_AUTHORIZED", told.get(3));
    }

    @Test
    void withoutAUserOrWithoutMqtt5ThereIsNoScram() {
        MqttClient.Builder builder = MqttClient.builder("mqtt://h").scram();
        assertThrows(IllegalArgumentException.class, () -> builder.settings(null, null, builder.packet()));
        builder.credentials("a", bytes("b")).version(mqttq.mqtt.ProtocolVersion.MQTT_3_1_1);
        assertThrows(IllegalArgumentException.class, builder::packet);
        assertFalse(host.logged("Exception"));
    }
}
