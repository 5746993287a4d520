package mqttq.broker;

import mqttq.mqtt.Message;

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
    /** Messages waiting in queues or in flight to clients, and their payload bytes with those of retained messages. */
    public long stored, storedBytes;

    void stored(Message message) {
        stored++;
        storedBytes += message.payloadLength();
    }

    void unstored(Message message) {
        stored--;
        storedBytes -= message.payloadLength();
    }
}
