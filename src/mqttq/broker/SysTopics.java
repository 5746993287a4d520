package mqttq.broker;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import mqttq.loop.Timers;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Message;
import mqttq.mqtt.Topics;
import mqttq.mqtt.Utf8;
import mqttq.wire.Json;

/** The {@code $SYS/broker/…} topics of Mosquitto: retained, published when they changed. */
final class SysTopics {
    private static final String[] PERIODS = {"1min", "5min", "15min"};
    private static final String[] LOADS = {"messages/received", "messages/sent", "publish/dropped", "publish/received", "publish/sent",
        "bytes/received", "bytes/sent", "sockets", "connections"};
    private static final String CLIENTS = "$SYS/broker/quic/clients/";
    private static final byte[] ONE_CLIENT = Utf8.bytes(CLIENTS), QUIC = Utf8.bytes("$SYS/broker/quic/"), NOTHING = {};
    private static final Limit[] LIMITS = Limit.values();
    private final Broker broker;
    private final String version;
    private final Timers.Timer timer;
    private final Map<String, String> published = new LinkedHashMap<>();
    private final double[][] load = new double[LOADS.length][PERIODS.length];
    private final long[] before = new long[LOADS.length];
    private long lastUpdate;
    private Consumer<BiConsumer<String, Object>> figures = to -> { };

    SysTopics(Broker broker, String version) {
        this.broker = broker;
        this.version = version;
        timer = broker.loop().timer(this::update);
    }

    void schedule() {
        if (broker.settings().sysInterval == 0) {
            timer.cancel();
            return;
        }
        if (published.isEmpty()) {
            lastUpdate = broker.now();
            put("version", version);
            put("uptime", "0 seconds");
        }
        timer.at(broker.now() + broker.settings().sysInterval * 1_000_000_000L);
    }

    void stop() { timer.cancel(); }
    /** What the journal says, from now on. */
    void journal(String error) {
        if (broker.settings().sysInterval > 0) put("journal/state", error == null ? "writing" : "cannot write: " + error);
    }

    void figures(Consumer<BiConsumer<String, Object>> source) { figures = source; }

    private void update() {
        long now = broker.now();
        BrokerStats stats = broker.stats();
        put("uptime", now / 1_000_000_000L + " seconds");
        put("clients/total", stats.connected + stats.disconnected);
        put("clients/maximum", stats.maximumConnected);
        put("clients/connected", stats.connected);
        put("clients/active", stats.connected);
        put("clients/disconnected", stats.disconnected);
        put("clients/inactive", stats.disconnected);
        put("clients/expired", stats.expired);
        put("messages/received", stats.packetsReceived);
        put("messages/sent", stats.packetsSent);
        put("messages/stored", stats.stored);
        put("store/messages/count", stats.stored);
        put("store/messages/bytes", stats.storedBytes);
        put("subscriptions/count", stats.subscriptions);
        put("shared_subscriptions/count", stats.sharedSubscriptions);
        put("retained messages/count", stats.retained);
        put("publish/messages/received", stats.publishReceived);
        put("publish/messages/sent", stats.publishSent);
        put("publish/messages/dropped", stats.publishDropped);
        put("publish/bytes/received", stats.publishBytesReceived);
        put("publish/bytes/sent", stats.publishBytesSent);
        put("bytes/received", stats.bytesReceived);
        put("bytes/sent", stats.bytesSent);
        put("heap/current", broker.memoryUsed());
        for (Limit limit : LIMITS) if (stats.hits(limit) > 0) put(limit.topic, stats.hits(limit));
        loads(stats, (now - lastUpdate) / 1e9);
        lastUpdate = now;
        figures.accept((name, value) -> put("quic/" + name, (Long) value));
        broker.clients(this::client);
        schedule();
    }

    /** Whether it says who a client is, and where: that is for filters that name {@link #QUIC} literally, not for every {@code $SYS/#}. */
    static boolean ofOneClient(ApplicationMessage message) {
        int from = message.topicOffset();
        byte[] topic = message.topicArray();
        return topic[from] == '$' && Broker.starts(topic, from, from + message.topicLength(), ONE_CLIENT);
    }

    /** Whether the filter of a subscription names it. */
    static boolean named(Subscription.Place place) {
        byte[] filter = place.node().path();
        return Broker.starts(filter, 0, filter.length, QUIC);
    }

    /** Whether anybody is subscribed to such a message. */
    static boolean asked(Broker broker, ApplicationMessage message) {
        boolean[] any = new boolean[1];
        broker.subscriptions.match(message.topicArray(), message.topicOffset(), message.topicLength(), new SubscriptionTree.Visitor() {
            @Override public void subscription(Subscription subscription) { any[0] |= named(subscription.place); }
            @Override public void shared(ShareGroup group) { any[0] |= named(group); }
        });
        return any[0];
    }

    /** What QUIC says of one client, as JSON: for who is subscribed, and not kept. */
    private void client(Connection client) {
        String topic = CLIENTS + client.session().clientId;
        if (!Topics.isName(topic) || !asked(broker, Message.of(topic, NOTHING, 0, false))) return;
        Json json = new Json().object();
        client.figures((name, value) -> {
            if (value instanceof Long number) json.field(name, number);
            else json.field(name, value.toString());
        });
        if (json.length() > 1) broker.publish(Message.of(topic, json.end().toByteArray(), 0, false));
    }

    /** Moving averages of what happens in a minute, over 1, 5 and 15. */
    private void loads(BrokerStats stats, double seconds) {
        long[] current = {stats.packetsReceived, stats.packetsSent, stats.publishDropped, stats.publishReceived, stats.publishSent,
            stats.bytesReceived, stats.bytesSent, stats.socketConnections, stats.clientsLetIn};
        for (int i = 0; i < LOADS.length; i++) {
            double rate = (current[i] - before[i]) * 60 / seconds;
            before[i] = current[i];
            for (int p = 0; p < PERIODS.length; p++) {
                double minutes = p == 0 ? 1 : p == 1 ? 5 : 15;
                load[i][p] = rate + Math.exp(-seconds / (60 * minutes)) * (load[i][p] - rate);
                long cents = Math.round(load[i][p] * 100);
                put("load/" + LOADS[i] + "/" + PERIODS[p], cents / 100 + (cents % 100 < 10 ? ".0" : ".") + cents % 100);
            }
        }
    }

    private void put(String name, long value) { put(name, Long.toString(value)); }

    private void put(String name, String value) {
        if (value.equals(published.put(name, value))) return;
        broker.publish(Message.of("$SYS/broker/" + name, value.getBytes(StandardCharsets.US_ASCII), 2, true));
    }
}
