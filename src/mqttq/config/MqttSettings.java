package mqttq.config;

/**
 * What the broker as a whole does and keeps; defaults are Mosquitto 2.1's.
 * @param checkRetainSource whether a retained message whose publisher lost its right to the topic is withheld
 * @param maxInflightMessages 1 to 65535
 * @param maxInflightBytes 0 without a limit, as {@code maxQueuedMessages}, {@code maxQueuedBytes}, {@code messageSizeLimit} and {@code
 *     memoryLimit} (bytes)
 * @param maxKeepAlive seconds; 0 without a limit
 * @param maxPacketSize bytes
 * @param persistentClientExpiration seconds that the session of an absent client is kept; 0 for ever
 * @param retainExpiryInterval minutes between sweeps of expired retained messages; 0: only when they are looked at
 * @param sysInterval seconds between updates of $SYS; 0: none
 * @param maxClients sessions; -1 without a limit
 */
public record MqttSettings(boolean checkRetainSource, int maxInflightMessages, long maxInflightBytes, int maxQueuedMessages,
    long maxQueuedBytes,
                           boolean queueQos0, int maxKeepAlive, int maxPacketSize, int messageSizeLimit, long memoryLimit,
                           long persistentClientExpiration, boolean retainAvailable, int retainExpiryInterval, boolean upgradeOutgoingQos,
                           int sysInterval, int maxClients, LimitSettings limits) {
}
