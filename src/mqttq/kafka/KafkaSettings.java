package mqttq.kafka;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import mqttq.transport.Transport;

/** How Kafka is reached and used. Fields are set before they are used by a {@link Cluster}. Times in ns, sizes in bytes. */
public final class KafkaSettings {
    private static final long MS = 1_000_000L, SECOND = 1000 * MS;

    /** Where to ask first. @param host a name or an address, an IPv6 one without brackets */
    public record Address(String host, int port) { }

    public final List<Address> bootstrap = new ArrayList<>();
    /** Makes the transport (TCP, or TLS that checks the host's name) to a host and port. */
    public BiFunction<String, Integer, Transport> transport;
    public String clientId = "mqttq";
    /** "PLAIN", "SCRAM-SHA-256" or "SCRAM-SHA-512" with {@link #user} and {@link #password}; null: no SASL. */
    public String mechanism;
    public String user;
    public byte[] password;
    /** For DNS, TCP, TLS together. */
    public long connectTimeout = 10 * SECOND;
    /** Without a byte in either direction while an answer is due: the connection is given up. */
    public long requestTimeout = 30 * SECOND;
    /** Pauses after failures: the first, doubled up to the longest, each a fifth more or less by chance. */
    public long backoffMin = 100 * MS, backoffMax = 5 * SECOND;
    /** How old metadata may become. */
    public long metadataAge = 300 * SECOND;
    /** The largest response that is read. */
    public int responseLimit = 8 << 20;
    /** Whether brokers may create missing topics by their own defaults. */
    public boolean autoCreate;
    /** Above 0: missing topics are created with so many partitions. */
    public int createPartitions;
    /** Replicas of topics that are created; -1: the broker's default (Kafka 2.4). */
    public int createReplicas = -1;

    // Producer

    /** -1: all replicas in sync have it, 1: the leader has it. Fewer than all lose messages where a leader fails. */
    public int acks = -1;
    /** A batch is closed at this size. */
    public int batchBytes = 64 << 10;
    /** Batches go out together up to this size. */
    public int requestBytes = 1 << 20;
    /** How long a batch may wait for more records. */
    public long linger = 5 * MS;
    public boolean gzip;
    /** For how long Kafka remembers a producer that sends nothing: its producer.id.expiration.ms. */
    public long producerExpiry = 86_400 * SECOND;
    /** The most that records may take in memory; no single record may be larger. */
    public long buffered = 8 << 20;

    // Consumer

    /** The most that one partition answers with; a single larger batch comes all the same. */
    public int fetchBytes = 1 << 20;
    /** How long a broker may wait for something to send. */
    public long fetchWait = 500 * MS;
    /** The most that a compressed batch may become. */
    public int unpackedLimit = 16 << 20;
}
