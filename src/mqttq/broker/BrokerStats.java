package mqttq.broker;

import java.util.function.Consumer;

/** Counters since the start, and gauges, for {@code $SYS}, bench and tests. Read on the loop thread. */
public final class BrokerStats {
    /** Network connections accepted, and CONNECTs that were let in. */
    public long socketConnections, clientsLetIn;
    /** Clients connected now, and the most there ever were. */
    public int connected, maximumConnected;
    /** Sessions of clients that are not connected now; sessions that ran out. */
    public int disconnected;
    public long expired;
    /** MQTT packets and bytes, all kinds. */
    public long packetsReceived, packetsSent, bytesReceived, bytesSent;
    /** PUBLISHes and their payload bytes; those not delivered because a queue was full or its client too slow. */
    public long publishReceived, publishSent, publishDropped, publishBytesReceived, publishBytesSent;
    /** Subscriptions now, of them shared ones; topics with a retained message. */
    public int subscriptions, sharedSubscriptions, retained;
    /** Messages kept in queues, in flight and as retained, each counted once, and their payload bytes. */
    public int stored;
    public long storedBytes;
    /** Heap bytes, about, of what clients made the broker keep: messages, places in queues, subscriptions, retained topics. */
    public long keptBytes;
    /** That of the messages and their places, and of the retained messages alone. */
    long messageBytes, retainedBytes;
    /** Told of each message of the journal's that no place keeps any more; null: nobody is. */
    Consumer<StoredMessage> unkept;
    private final long[] hits = new long[Limit.values().length];

    /** How often this limit was hit. */
    public long hits(Limit limit) { return hits[limit.ordinal()]; }
    void hit(Limit limit) { hits[limit.ordinal()]++; }

    /** One more place keeps {@code message}. */
    void stored(StoredMessage message) {
        if (message.places++ > 0) {
            messageBytes += StoredMessage.PLACE;
            return;
        }
        stored++;
        storedBytes += message.message.payloadLength();
        messageBytes += StoredMessage.PLACE + message.message.footprint();
    }

    void unstored(StoredMessage message) {
        messageBytes -= StoredMessage.PLACE;
        if (--message.places > 0) return;
        stored--;
        storedBytes -= message.message.payloadLength();
        messageBytes -= message.message.footprint();
        if (message.number != 0 && unkept != null) unkept.accept(message);
    }
}
