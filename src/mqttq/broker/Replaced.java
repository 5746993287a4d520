package mqttq.broker;

import java.util.ArrayDeque;
import mqttq.auth.Permissions;
import mqttq.mqtt.Message;

/** What retained messages replaced whose publishers have not been told that they are safe: those may yet be refused. */
final class Replaced {
    /** {@code now} replaced {@code old}, or nothing, after the journal was at {@code position}. */
    private record Former(long position, StoredMessage now, StoredMessage old, Permissions source) { }

    private final Broker broker;
    private final ArrayDeque<Former> formers = new ArrayDeque<>();

    Replaced(Broker broker) { this.broker = broker; }

    /** {@code now} will be the retained message of its topic. */
    void remember(StoredMessage now) {
        if (broker.state() == StateListener.NONE) return;
        Message message = now.message;
        byte[] topic = message.topicArray();
        int offset = message.topicOffset(), length = message.topicLength();
        formers.add(new Former(broker.state().position(), now, broker.retained.get(topic, offset, length),
            broker.retained.source(topic, offset, length)));
    }

    /** What the journal had to do before {@code durable} is safe. */
    void forget(long durable) { while (!formers.isEmpty() && formers.peek().position < durable) formers.remove(); }

    /** Where a refused message is retained, the one before it is again, or none. */
    void putBack() {
        formers.descendingIterator().forEachRemaining(each -> {
            Message message = each.now.message;
            byte[] topic = message.topicArray();
            int offset = message.topicOffset(), length = message.topicLength();
            if (!each.now.refused || broker.retained.get(topic, offset, length) != each.now) return;
            if (each.old == null) {
                broker.unretained(broker.retained.remove(topic, offset, length));
                return;
            }
            broker.putRetained(each.old, topic, offset, length, each.source);
            broker.state().retained(each.old, each.source);
        });
    }
}
