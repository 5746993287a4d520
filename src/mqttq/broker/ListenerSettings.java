package mqttq.broker;

import mqttq.auth.Authenticator;
import mqttq.auth.Authorizer;

/**
 * What differs from listener to listener. Immutable.
 * @param name for log lines, such as {@code quic://0.0.0.0:14567}
 * @param authenticator who is let in; may answer later
 * @param authorizer what clients may do
 * @param maxConnections network connections at once through this listener; -1: no limit
 * @param allowZeroLengthClientId whether a client may come without an identifier and is given one
 * @param autoIdPrefix before the identifiers that are given, such as {@code auto-}
 * @param useUserNameAsClientId the user name (of CONNECT or the certificate) replaces the client identifier
 * @param maxQos 0..2; told to v5 clients
 * @param maxTopicAlias Topic Alias Maximum given to clients, 0..65535
 * @param maxTopicAliasBroker topic aliases used towards a client, at most what it allows, 0..65535
 * @param protocolVersions bits 3, 4 and 5 for MQTT 3.1, 3.1.1 and 5.0
 * @param mountPoint prefix of all topics of its clients, invisible to them; null: none
 */
public record ListenerSettings(String name, Authenticator authenticator, Authorizer authorizer, int maxConnections,
        boolean allowZeroLengthClientId, String autoIdPrefix, boolean useUserNameAsClientId, int maxQos, int maxTopicAlias,
        int maxTopicAliasBroker, int protocolVersions, String mountPoint) {

    /** Mosquitto's defaults. */
    public ListenerSettings(String name, Authenticator authenticator, Authorizer authorizer) {
        this(name, authenticator, authorizer, -1, true, "auto-", false, 2, 10, 10, 0b111000, null);
    }
}
