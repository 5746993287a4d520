package mqttq.broker;

import java.util.Locale;

/**
 * What holds clients back. {@code $SYS/broker/limits/NAME} counts how often each did; the names are the configuration's keys where there is
 * one. The README's table says what each does and what a client is told.
 */
public enum Limit {
    MAX_CONNECTIONS, GLOBAL_MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS, MAX_CONNECT_RATE, MAX_HANDSHAKES, GLOBAL_MAX_CLIENTS,
        FAILED_LOGINS, UNFINISHED_STREAMS,
    MAX_CONNECT_PACKET_SIZE, MAX_PACKET_SIZE, MESSAGE_SIZE_LIMIT, MAX_TOPIC_LEVELS, MAX_SUBSCRIPTIONS, MAX_RETAINED_MESSAGES,
        MAX_RETAINED_BYTES,
    MAX_QUEUED_MESSAGES, MAX_QUEUED_BYTES, CLIENT_MEMORY, MEMORY_LIMIT;

    private final String key = name().toLowerCase(Locale.ROOT);
    final String topic = "limits/" + key;

    @Override public String toString() { return key; }
}
