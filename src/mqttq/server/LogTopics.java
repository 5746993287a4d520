package mqttq.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import mqttq.broker.Broker;
import mqttq.loop.Log;
import mqttq.loop.Loop;
import mqttq.mqtt.Message;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;

/** {@code log_dest topic}: log lines as messages under {@code $SYS/broker/log}, as Mosquitto has them. */
final class LogTopics implements Log, Runnable {
    /** Lines that wait for the next turn; further ones are left out, since the other destinations have them. */
    private static final int WAITING = 1000;
    private static final Properties EXPIRY = Properties.builder().put(Property.MESSAGE_EXPIRY_INTERVAL, 20).build();

    private final Loop loop;
    private final Broker broker;
    private final ArrayDeque<Message> waiting = new ArrayDeque<>();
    private boolean publishing;

    LogTopics(Loop loop, Broker broker) {
        this.loop = loop;
        this.broker = broker;
    }

    @Override public boolean logs(Level level) { return level != Level.DEBUG && level != Level.WEBSOCKETS; }

    /** Any thread. */
    @Override public void log(Level level, String line) {
        // what publishing a line logs is not published in its turn: it would never end
        if (!logs(level) || publishing) return;
        String topic = switch (level) {
            case ERROR -> "E";
            case WARNING -> "W";
            case NOTICE -> "N";
            case INFO -> "I";
            case SUBSCRIBE -> "M/subscribe";
            default -> "M/unsubscribe";
        };
        Message message = Message.of("$SYS/broker/log/" + topic, line.getBytes(StandardCharsets.UTF_8), 2, false, EXPIRY);
        loop.execute(() -> add(message));
    }

    private void add(Message message) {
        if (waiting.size() >= WAITING) return;
        if (waiting.isEmpty()) loop.defer(this);
        waiting.add(message);
    }

    @Override public void run() {
        publishing = true;
        for (Message message = waiting.poll(); message != null; message = waiting.poll()) broker.publish(message);
        publishing = false;
    }
}
