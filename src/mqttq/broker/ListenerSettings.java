package mqttq.broker;

import mqttq.auth.Authenticator;
import mqttq.auth.Authorizer;

/**
 * What differs from listener to listener. Immutable.
 * @param name for log lines, such as {@code quic://0.0.0.0:14567}
 * @param authenticator who is let in; may answer later
 * @param authorizer what clients may do
 * @param maxConnections clients connected at once through this listener; 0: no limit
 * @param allowZeroLengthClientId whether a client may come without an identifier and is given one
 * @param autoIdPrefix before the identifiers that are given, such as {@code auto-}
 * @param useUserNameAsClientId the user name (of CONNECT or the certificate) replaces the client identifier
 * @param maxQos 0..2; told to v5 clients
 * @param maxTopicAlias Topic Alias Maximum given to clients, 0..65535
 * @param maxTopicAliasBroker topic aliases used towards a client, at most what it allows, 0..65535
 * @param minVersion the oldest protocol level accepted: 3 (MQTT 3.1), 4 (3.1.1) or 5
 * @param maxVersion the newest protocol level accepted
 */
public record ListenerSettings(String name, Authenticator authenticator, Authorizer authorizer, int maxConnections,
        boolean allowZeroLengthClientId, String autoIdPrefix, boolean useUserNameAsClientId, int maxQos, int maxTopicAlias,
        int maxTopicAliasBroker, int minVersion, int maxVersion) {

    /** Mosquitto's defaults. */
    public ListenerSettings(String name, Authenticator authenticator, Authorizer authorizer) {
        this(name, authenticator, authorizer, 0, true, "auto-", false, 2, 10, 10, 3, 5);
    }
}
