package mqttq.system;

import java.nio.ByteBuffer;
import java.util.List;
import mqttq.client.core.ClientCore;
import mqttq.client.core.ClientHandler;
import mqttq.client.core.ClientSettings;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.Message;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.sim.SimLoop;
import mqttq.transport.Pipe;

/** One client that publishes numbered messages and counts what it receives, by QoS of the topic's first level ("1/…", "2/…"). */
final class MqttPeer implements ClientHandler {
    static final int MOST = 4096;
    private static final Disconnect END_OF_SESSION = new Disconnect(ReasonCode.NORMAL_DISCONNECTION, Properties.builder().put(Property.SESSION_EXPIRY_INTERVAL, 0).build());

    final SimLoop loop;
    private final ClientSettings settings;
    private String filter;
    ClientCore client;
    final String id;
    /** How often message n of QoS q came. */
    final int[][] received = new int[3][MOST];
    /** Own messages that the broker did not take. */
    final boolean[][] refused = new boolean[3][MOST];
    int connects, disconnects, subscribed, acknowledged, published, messages, disordered;
    private final int[] last = {-1, -1, -1};
    private boolean closed, started;
    /** Of the connection that stands, or stood. */
    Pipe pipe;
    String lastReason;

    MqttPeer(MqttWorld world, SimLoop loop, Connect connect) {
        this.loop = loop;
        id = connect.clientId();
        settings = ClientSettings.of(new ClientSettings.Endpoint(world.transport(loop), "localhost", MqttWorld.PORT), connect).withLimits(20, 100_000, 0);
        client = new ClientCore(loop, settings, this);
    }

    /** Connects, again and again until it stands, and subscribes to {@code filter} at QoS 2. */
    void start(String filter) {
        this.filter = filter;
        started = true;
        client.subscribe(List.of(new Subscription(filter, SubscriptionOptions.of(2))), Properties.EMPTY, (packetId, codes, properties) -> {
            if (!codes.get(0).isFailure()) subscribed++;
        });
        client.start();
    }

    /** Publishes {@code count} messages of this size to {@code topic}, prefixed by the QoS. */
    void publish(String topic, int qos, int count, int size) {
        publish(topic, qos, 0, count, size);
    }

    /** The same with numbers from {@code from} on. */
    void publish(String topic, int qos, int from, int count, int size) {
        for (int n = from; n < from + count; n++) {
            byte[] payload = new byte[size];
            ByteBuffer.wrap(payload).putInt(n);
            published++;
            int number = n;
            client.publish(Message.of(qos + "/" + topic, payload, qos, false), (code, properties) -> {
                if (code.isFailure()) refused[qos][number] = true;
                else acknowledged++;
            });
        }
    }

    /** Leaves, and its session stays. */
    void leave() { client.disconnect(new Disconnect(ReasonCode.NORMAL_DISCONNECTION, Properties.EMPTY), 10 * MqttWorld.SECOND); }

    void close() {
        if (started) client.disconnect(END_OF_SESSION, 10 * MqttWorld.SECOND);
        else closed = true;
    }

    boolean closed() {
        return closed;
    }

    /** Whether messages 0 to {@code count}-1 of this QoS have all come. */
    boolean has(int qos, int count) {
        for (int n = 0; n < count; n++) if (received[qos][n] == 0) return false;
        return true;
    }

    @Override public void onConnected(Connack connack, Pipe made) {
        connects++;
        pipe = made;
    }

    @Override public void onMessage(Publish publish) {
        int qos = publish.array()[publish.topicOffset()] - '0', n = ByteBuffer.wrap(publish.array(), publish.payloadOffset(), 4).getInt();
        received[qos][n]++;
        messages++;
        if (received[qos][n] == 1) {
            if (n < last[qos]) disordered++;
            last[qos] = n;
        }
    }

    @Override public void onDisconnected(Loss loss, boolean again) {
        disconnects++;
        lastReason = loss.reason();
        if (!again && connects == 0) { // a first connection that fails is for the application to try again
            client = new ClientCore(loop, settings, this);
            loop.execute(() -> start(filter));
        } else if (!again) {
            closed = true;
        }
    }

    @Override public void onClosed() {
        closed = true;
    }
}
