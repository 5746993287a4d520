package mqttq.broker;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Message;
import mqttq.mqtt.Topics;

/** A client inside the broker's own process: a bridge, a proxy. Subscribes and publishes without a connection. Loop thread only. */
public final class LocalClient extends Subscriber {
    /** Takes messages. */
    public interface Listener {
        /**
         * {@code message} is valid during the call; {@link #kept} makes one that stays. What is published from within goes out afterwards.
         * False: it was not taken (a shared subscription then tries another member).
         */
        boolean onMessage(LocalClient client, ApplicationMessage message, int qos, boolean retain);
    }

    private final Broker broker;
    private final Listener listener;
    private Router router;

    LocalClient(Broker broker, Listener listener) {
        this.broker = broker;
        this.listener = listener;
    }

    /**
     * Subscribes, or changes a subscription; matching retained messages come at once.
     * @param noLocal not to get what this client publishes
     * @param retainAsPublished to get RETAIN as it was published
     */
    public void subscribe(String filter, int qos, boolean noLocal, boolean retainAsPublished) {
        if (!Topics.isFilter(filter)) throw new IllegalArgumentException("not a topic filter: " + filter);
        byte[] bytes = filter.getBytes(StandardCharsets.UTF_8);
        Subscription subscription = broker.subscriptions.subscribe(this, bytes, 0, bytes.length);
        subscription.options = (byte) (qos | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0));
        if (Topics.isShared(filter)) return;
        List<StoredMessage> found = new ArrayList<>();
        broker.retained.match(bytes, 0, bytes.length, (message, source) -> found.add(message));
        for (StoredMessage each : found) {
            Message message = each.message;
            if (message.remainingExpiry(broker.now()) != 0) listener.onMessage(this, message, Math.min(qos, message.qos()), true);
        }
    }

    public void unsubscribe(String filter) {
        byte[] bytes = filter.getBytes(StandardCharsets.UTF_8);
        Subscription subscription = Topics.isFilter(filter) ? broker.subscriptions.find(this, bytes, 0, bytes.length) : null;
        if (subscription != null) broker.subscriptions.unsubscribe(subscription);
    }

    /** Publishes as this client. */
    public void publish(Message message) { broker.publish(message, this, null); }

    /** During {@link Listener#onMessage}: the message as one that stays, shared with others that keep it. */
    public Message kept(ApplicationMessage message) { return message instanceof Message stays ? stays : router.kept().message; }

    /** Removes all its subscriptions. */
    public void close() { broker.subscriptions.unsubscribeAll(this); }
    @Override boolean online() { return true; }

    @Override boolean deliver(ApplicationMessage message, int qos, boolean retain, int[] identifiers, int count, Router from) {
        router = from;
        return listener.onMessage(this, message, qos, retain);
    }
}
