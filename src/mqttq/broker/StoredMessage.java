package mqttq.broker;

import mqttq.mqtt.Message;

/** A message that somebody keeps, and how many places do: queues, messages in flight, the retained messages. Its memory counts once. */
final class StoredMessage {
    /** Heap bytes that each further place costs, about. */
    static final int PLACE = 16;
    final Message message;
    /** Places that keep it; {@link BrokerStats} counts. */
    int places;
    /** Of the journal ({@link Keeper}): the snapshot since which it has been written, 0 for never; and its number there. */
    int written;
    long number;
    /** What the journal must have before it goes out with QoS 2: a position; and whether its publisher was told that it is not taken. */
    long safeAt;
    boolean refused;

    /** Heap bytes that it costs whoever keeps it alone. */
    int cost() { return PLACE + message.footprint(); }
    StoredMessage(Message message) { this.message = message; }
}
