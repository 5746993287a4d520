package mqttq.client.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.Message;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.transport.Pipe;
import mqttq.transport.TcpTransport;
import mqttq.transport.TransportLimits;

/** A client and a scripted broker, 5 ms from one another, over simulated TCP; what the client tells its owner as text. */
final class ClientWorld implements ClientHandler {
    static final long MS = 1_000_000L, SECOND = 1000 * MS;

    final SimWorld world = new SimWorld(7);
    final SimLoop host = world.host("10.0.0.1"), server = world.host("10.0.0.2");
    final ScriptedBroker broker;
    final List<String> told = new ArrayList<>();
    ClientCore client;
    String name = "broker";
    /** Run at each message. */
    Runnable onMessage = () -> { };

    ClientWorld() {
        world.links().delayMillis(5);
        world.name("broker", "10.0.0.2");
        broker = new ScriptedBroker(server);
    }

    static Connect connect(ProtocolVersion version, boolean clean, Properties properties) {
        return new Connect(version, false, "c", clean, 60, null, null, null, properties);
    }

    /** One whose session outlives its connections. */
    static Connect v5() {
        return connect(ProtocolVersion.MQTT_5, true, Properties.builder().put(Property.SESSION_EXPIRY_INTERVAL, 3600).build());
    }

    static Connect v311() {
        return connect(ProtocolVersion.MQTT_3_1_1, false, Properties.EMPTY);
    }

    ClientWorld client(Connect connect) {
        return client(connect, settings -> settings);
    }

    ClientWorld client(Connect connect, UnaryOperator<ClientSettings> with) {
        TcpTransport tcp = new TcpTransport(TransportLimits.DEFAULT);
        client = new ClientCore(host, with.apply(ClientSettings.of(new ClientSettings.Endpoint(tcp, name, ScriptedBroker.PORT), connect)), this);
        return this;
    }

    /** Starts, and takes CONNECT and onConnected. */
    ClientWorld connected() {
        client.start();
        run();
        assertEquals(1, broker.packets().size());
        told("connected");
        return this;
    }

    void run() {
        world.runFor(100 * MS);
    }

    void publish(String payload, int qos) {
        client.publish(Message.of("t", payload.getBytes(StandardCharsets.UTF_8), qos, false), (code, properties) -> told.add(payload + " " + code));
    }

    void subscribe(String filter, int qos) {
        subscribe(filter, qos, Properties.EMPTY);
    }

    void subscribe(String filter, int qos, Properties properties) {
        client.subscribe(List.of(new Subscription(filter, SubscriptionOptions.of(qos))), properties, (id, codes, p) -> told.add(filter + " " + codes));
    }

    /** Takes what the client told. */
    void told(String... lines) {
        assertEquals(List.of(lines), told);
        told.clear();
    }

    /** What is left over when both have closed. */
    String leaks() {
        broker.bound.close();
        world.runFor(30 * SECOND);
        return world.leaks();
    }

    @Override public void onConnected(Connack connack, Pipe pipe) {
        told.add(connack.sessionPresent() ? "connected, session present" : "connected");
    }

    @Override public void onMessage(Publish publish) {
        told.add(publish.topic() + "=" + new String(publish.payload(), StandardCharsets.UTF_8));
        onMessage.run();
    }

    @Override public void onDisconnected(Loss loss, boolean again) {
        told.add((again ? "lost: " : "over: ") + loss.reason());
    }

    @Override public void onClosed() {
        told.add("closed");
    }

    void close() {
        client.disconnect(Disconnect.NORMAL, 5 * SECOND);
    }
}
