package mqttq.config;

/**
 * The broker's limits and options: one field a key of the configuration file, with its default. Where Mosquitto has the key, the name and
 * the default are its own; otherwise limits for a Pi. Written while it is made ({@link ConfigParser}, tests) and not any more once it was
 * handed over: a reload hands in a new one. Any thread may read it then.
 */
public final class BrokerSettings implements Cloneable {
    /** As the memory at hand allows: {@link #fit} replaces it. */
    public static final int FIT = -2;
    /** Bytes of the largest packet where the operator says nothing: a guard for the Pi's memory, of which clients are not told. */
    public static final int MAX_PACKET_SIZE = 2_000_000;

    /** {@code global_max_connections}: network connections at once, all listeners together; -1: no limit. */
    public int maxConnections = FIT;
    /** Of those from one address (IPv6: one /64); one more is told 0x97; -1: no limit. */
    public int maxConnectionsPerAddress = FIT;
    /** Connections a second from one address, on average over 20 s; one more is told 0x9F; 0: no limit. */
    public int maxConnectRate = 500;
    /** In progress at once: QUIC, and connections not let in yet; beyond, the oldest gives way. TLS and WebSocket have a quarter of it. */
    public int maxHandshakes = FIT;
    /** {@code global_max_clients}: sessions kept, connected or not; a new client beyond is told 0x97; -1: no limit. */
    public int maxClients = 100_000;
    /** {@code per_listener_settings}: whether the ACL of one listener says nothing about the clients of another. */
    public boolean ownAccess;
    /** Whether a retained message whose publisher lost its right to the topic is withheld. */
    public boolean checkRetainSource = true;
    /** QoS 1 and 2 messages in flight, each way and client, 1 to 65535; also the Receive Maximum given to clients. */
    public int maxInflightMessages = 20;
    /** Payload bytes in flight to a client; 0: no limit. */
    public long maxInflightBytes;
    /** Messages waiting for one client; further ones are dropped; 0: no limit. */
    public int maxQueuedMessages = 1000;
    /** Payload bytes waiting for one client; 0: no limit. */
    public long maxQueuedBytes;
    /** Whether messages of QoS 0 wait for clients that are not connected. */
    public boolean queueQos0Messages;
    /**
     * Heap bytes, about, of all that clients make the broker keep; beyond it nothing new is kept; 0: no limit ({@link #fit} makes one). At
     * seven eighths of it messages of QoS 0 are dropped, at fifteen sixteenths new clients are told 0x97.
     */
    public long memoryLimit;
    /** Bytes of packets that have begun and not ended, all connections together; beyond, the oldest such connection is ended with 0x97. */
    public long maxUnfinishedBytes = 16 << 20;
    /** Bytes of the largest packet taken; told to v5 clients unless it is {@link #MAX_PACKET_SIZE}; 0: no limit but the protocol's. */
    public int maxPacketSize = MAX_PACKET_SIZE;
    /** Bytes of the largest packet taken before a client is let in. */
    public int maxConnectPacketSize = 100_000;
    /** Bytes of the largest payload taken; 0: no limit. */
    public int messageSizeLimit;
    /** Seconds; v5 clients with more (or none) are told this, others refused; 0: no limit. */
    public int maxKeepAlive;
    /** Seconds from the start of a connection to its CONNECT. */
    public int connectTimeout = 10;
    /** Seconds after which a session that never expires is dropped all the same; 0: never. */
    public long persistentClientExpiration;
    /** Whether retained messages are kept at all. */
    public boolean retainAvailable = true;
    /** Minutes between sweeps of expired retained messages. */
    public int retainExpiryInterval = 10;
    /** Topics with a retained message; a further one is refused with 0x97; 0: no limit. */
    public int maxRetainedMessages = 100_000;
    /** Heap bytes, about, of those; 0: no limit. */
    public long maxRetainedBytes = FIT;
    /** Retained messages waiting to be sent to one client after its SUBSCRIBEs; further ones are dropped. */
    public int maxRetainedBacklog = 20_000;
    /** Whether filters may have {@code +} and {@code #}. */
    public boolean wildcardSubscriptions = true;
    /** Whether {@code $share} is served. */
    public boolean sharedSubscriptions = true;
    /** Whether subscriptions may have an identifier. */
    public boolean subscriptionIdentifiers = true;
    /** Levels of a topic or filter, 1 to 1000. */
    public int maxTopicLevels = 201;
    /** Subscriptions of one client; a further one is refused with 0x97; 0: no limit. */
    public int maxSubscriptions = 10_000;
    /** Heap bytes of one client's subscriptions, about: long filters and many levels cost more; 0: no limit. */
    public int maxSubscriptionBytes = 8 << 20;
    /** Whether messages go out with the subscription's QoS instead of the smaller of both. */
    public boolean upgradeOutgoingQos;
    /** Seconds between updates of {@code $SYS}; 0: none. */
    public int sysInterval = 10;
    /** Whether connects and disconnects are logged. */
    public boolean connectionMessages = true;

    /** The same where what follows the memory is as {@code heap} bytes allow: each limit alone leaves room for the others. */
    public BrokerSettings fit(long heap) {
        BrokerSettings fitted;
        try {
            fitted = (BrokerSettings) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
        fitted.maxConnections = (int) fit(maxConnections, Math.min(heap >> 12, Integer.MAX_VALUE));
        fitted.maxConnectionsPerAddress = (int) fit(maxConnectionsPerAddress, Math.min(heap >> 13, Integer.MAX_VALUE));
        fitted.maxHandshakes = (int) fit(maxHandshakes, Math.max(256, Math.min(4000, heap >> 16)));
        fitted.maxRetainedBytes = fit(maxRetainedBytes, heap / 4);
        // one packet of the largest size always finds room
        fitted.maxUnfinishedBytes = Math.max(heap / 8, Math.max(maxPacketSize, maxConnectPacketSize));
        // queues of slow clients must not end the process; what transports buffer and what is garbage has the rest
        if (memoryLimit == 0) fitted.memoryLimit = heap / 8 * 5;
        return fitted;
    }

    private static long fit(long value, long fitting) { return value == FIT ? fitting : value; }

    /** Whether v5 clients are told {@link #maxPacketSize}. */
    public boolean tellsMaxPacketSize() { return maxPacketSize > 0 && maxPacketSize != MAX_PACKET_SIZE; }

    /** The expiry that a session may have: {@code seconds}, or less where the operator says so. */
    public long capExpiry(long seconds) {
        return persistentClientExpiration == 0 ? seconds : Math.min(seconds, persistentClientExpiration);
    }
}
