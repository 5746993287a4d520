package mqttq.config;

import java.util.List;

/**
 * One listener.
 * @param transport "quic", "tcp", "tls", "ws" or "wss"
 * @param host address or name to bind to; null for all addresses, and for a Unix-domain socket
 * @param port 0 for any free one
 * @param unixPath path of a Unix-domain socket ("tcp" or "ws" alone), or null
 * @param bindInterface the network interface to whose addresses it is bound, or null
 * @param family the addresses that {@code host} or its absence may mean
 * @param mayFail whether to do without where the address does not exist: ::1 in local only mode
 * @param maxConnections -1 without a limit
 * @param protocolVersions bits 3, 4 and 5 for MQTT 3.1, 3.1.1 and 5.0
 * @param allowZeroLengthClientId whether the broker makes up an id, {@code autoIdPrefix} and a UUID, for a client without
 * @param useUserNameAsClientId whether the user name replaces the client id
 * @param identity where the user name comes from
 * @param mountPoint prefix of all topics of its clients, or null
 * @param headerSize bytes that a WebSocket request may have before it is an upgrade
 * @param origins allowed Origin headers; empty for all
 * @param tls null without TLS
 * @param where FILE:LINE or option, for errors
 */
public record ListenerSettings(String transport, String host, int port, String unixPath, String bindInterface, Family family,
    boolean mayFail,
                               int maxConnections, int maxQos, int maxTopicAlias, int maxTopicAliasBroker, int protocolVersions,
                               boolean allowAnonymous, boolean allowZeroLengthClientId, String autoIdPrefix, boolean useUserNameAsClientId,
                               UserNameSource identity, String mountPoint, int headerSize, List<String> origins,
                               TlsSettings tls, SecuritySettings security, String where) {
    /** {@code socket_domain}. */
    public enum Family { ANY, IPV4, IPV6 }

    /** CONNECT, or the client certificate's common name, or its whole subject. */
    public enum UserNameSource { CONNECT, COMMON_NAME, SUBJECT }
}
