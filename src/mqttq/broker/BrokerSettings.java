package mqttq.broker;

/**
 * The broker's limits and options; the names are mosquitto.conf's where it has them. Immutable: a reload hands in a new one.
 * Counts and sizes of 0 mean "no limit" where the text says so. Make one with {@link Builder}.
 * @param maxConnections network connections at once, all listeners together; -1: no limit
 * @param maxConnectionsPerAddress of those from one address (IPv6: one /64); one more is told 0x97; -1: no limit
 * @param maxConnectRate connections a second from one address, on average over 20 s; one more is told 0x9F; 0: no limit
 * @param maxPending connections at once that have not been let in yet; beyond, the oldest gives way
 * @param maxClients sessions kept, connected or not; a new client beyond is told 0x97; -1: no limit
 * @param checkRetainSource whether a retained message whose publisher lost its right to the topic is withheld
 * @param maxInflightMessages QoS 1 and 2 messages in flight, each way and client, 1..65535; also the Receive Maximum given to clients
 * @param maxInflightBytes payload bytes in flight to a client; 0: no limit
 * @param maxQueuedMessages messages waiting for one client; further ones are dropped; 0: no limit
 * @param maxQueuedBytes payload bytes waiting for one client; 0: no limit
 * @param queueQos0Messages whether messages of QoS 0 wait for clients that are not connected
 * @param memoryLimit heap bytes, about, of all that clients make the broker keep ({@link BrokerStats#keptBytes}); beyond it nothing new is
 *     kept;
 *     0: no limit. At seven eighths of it messages of QoS 0 are dropped, at fifteen sixteenths new clients are told 0x97
 * @param maxUnfinishedBytes of packets that have begun and not ended, all connections together; beyond, the oldest such connection is ended
 *     with 0x97
 * @param maxPacketSize bytes of the largest packet taken; told to v5 clients unless it is {@link #MAX_PACKET_SIZE}; 0: no limit but the
 *     protocol's
 * @param preAuthPacketSize bytes of the largest packet taken before a client is let in
 * @param messageSizeLimit bytes of the largest payload taken; 0: no limit
 * @param maxKeepAlive seconds; v5 clients with more (or none) are told this, others refused; 0: no limit
 * @param connectTimeout seconds from the start of a connection to its CONNECT
 * @param persistentClientExpiration seconds after which a session that never expires is dropped all the same; 0: never
 * @param retainAvailable whether retained messages are kept at all
 * @param retainExpiryInterval minutes between sweeps of expired retained messages; 0: only when they are looked at
 * @param wildcardSubscriptions whether filters may have + and #
 * @param sharedSubscriptions whether {@code $share} is served
 * @param subscriptionIdentifiers whether subscriptions may have an identifier
 * @param maxRetainedMessages topics with a retained message; a further one is refused with 0x97; 0: no limit
 * @param maxRetainedBytes heap bytes, about, of those; 0: no limit
 * @param maxRetainedBacklog retained messages waiting to be sent to one client after its SUBSCRIBEs; further ones are dropped
 * @param maxTopicLevels levels of a topic or filter, 1..1000
 * @param maxSubscriptions subscriptions of one client; a further one is refused with 0x97; 0: no limit
 * @param maxSubscriptionBytes heap bytes of one client's subscriptions, about: long filters and many levels cost more; 0: no limit
 * @param upgradeOutgoingQos whether messages go out with the subscription's QoS instead of the smaller of both
 * @param sysInterval seconds between updates of {@code $SYS}; 0: none
 * @param connectionMessages whether connects and disconnects are logged
 */
public record BrokerSettings(int maxConnections, int maxConnectionsPerAddress, int maxConnectRate, int maxPending, int maxClients,
        boolean checkRetainSource, int maxInflightMessages, long maxInflightBytes, int maxQueuedMessages, long maxQueuedBytes,
        boolean queueQos0Messages, long memoryLimit, long maxUnfinishedBytes, int maxPacketSize, int preAuthPacketSize,
        int messageSizeLimit, int maxKeepAlive, int connectTimeout, long persistentClientExpiration, boolean retainAvailable,
        int retainExpiryInterval, boolean wildcardSubscriptions, boolean sharedSubscriptions, boolean subscriptionIdentifiers,
        int maxRetainedMessages, long maxRetainedBytes, int maxRetainedBacklog, int maxTopicLevels, int maxSubscriptions,
            int maxSubscriptionBytes,
        boolean upgradeOutgoingQos, int sysInterval, boolean connectionMessages) {

    /** Mosquitto's defaults, and where it has none, limits for a Pi. */
    public static final BrokerSettings DEFAULT = new Builder().build();

    /** What stands when the operator says nothing, in bytes: a guard for the Pi's memory, which clients of Mosquitto 2.0 do not hear of. */
    public static final int MAX_PACKET_SIZE = 2_000_000;

    boolean tellsMaxPacketSize() { return maxPacketSize > 0 && maxPacketSize != MAX_PACKET_SIZE; }

    /** The expiry that a session may have: {@code seconds}, or less where the operator says so. */
    long capExpiry(long seconds) { return persistentClientExpiration == 0 ? seconds : Math.min(seconds, persistentClientExpiration); }

    /** Values to change before {@link #build}; the fields are those of the record. */
    public static final class Builder {
        public int maxConnections = -1, maxConnectionsPerAddress = -1, maxConnectRate, maxPending = 1000, maxClients = 100_000;
        public boolean checkRetainSource = true;
        public int maxInflightMessages = 20;
        public long maxInflightBytes;
        public int maxQueuedMessages = 1000;
        public long maxQueuedBytes;
        public boolean queueQos0Messages;
        public long memoryLimit, maxUnfinishedBytes = 16 << 20, maxRetainedBytes;
        public int maxPacketSize = MAX_PACKET_SIZE, preAuthPacketSize = 100_000, messageSizeLimit;
        public int maxKeepAlive, connectTimeout = 10;
        public long persistentClientExpiration;
        public int retainExpiryInterval = 10;
        public boolean retainAvailable = true, wildcardSubscriptions = true, sharedSubscriptions = true, subscriptionIdentifiers = true;
        public int maxRetainedMessages = 100_000, maxRetainedBacklog = 20_000;
        public int maxTopicLevels = 201, maxSubscriptions = 10_000, maxSubscriptionBytes = 8 << 20;
        public boolean upgradeOutgoingQos;
        public int sysInterval = 10;
        public boolean connectionMessages = true;

        /** @throws IllegalArgumentException for a value out of its range, with a text for the operator */
        public BrokerSettings build() {
            if (maxInflightMessages < 0 || maxInflightMessages > 65_535) {
                throw new IllegalArgumentException("max_inflight_messages must be 0 to 65535");
            }
            if (maxPacketSize != 0 && maxPacketSize < 20) throw new IllegalArgumentException("max_packet_size must be at least 20");
            if (maxKeepAlive < 0 || maxKeepAlive > 65_535) throw new IllegalArgumentException("max_keepalive must be 0 to 65535");
            if (maxTopicLevels < 1 || maxTopicLevels > 1000) throw new IllegalArgumentException("topic levels must be 1 to 1000");
            return new BrokerSettings(maxConnections, maxConnectionsPerAddress, maxConnectRate, maxPending, maxClients, checkRetainSource,
                maxInflightMessages == 0 ? 65_535 : maxInflightMessages, maxInflightBytes, maxQueuedMessages, maxQueuedBytes,
                queueQos0Messages, memoryLimit, maxUnfinishedBytes, maxPacketSize, preAuthPacketSize, messageSizeLimit, maxKeepAlive,
                    connectTimeout,
                persistentClientExpiration, retainAvailable, retainExpiryInterval, wildcardSubscriptions, sharedSubscriptions,
                subscriptionIdentifiers, maxRetainedMessages, maxRetainedBytes, maxRetainedBacklog, maxTopicLevels, maxSubscriptions,
                maxSubscriptionBytes, upgradeOutgoingQos, sysInterval, connectionMessages);
        }
    }
}
