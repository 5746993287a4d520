package mqttq.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import mqttq.auth.Authenticator;
import mqttq.auth.Authorizer;
import mqttq.broker.ListenerSettings;
import mqttq.loop.Loop;

/** From what the configuration says to what the broker takes. */
final class BrokerMapping {
    private BrokerMapping() { }

    static ListenerSettings listener(mqttq.config.ListenerSettings from, Authenticator authenticator, Authorizer authorizer, String name) {
        return new ListenerSettings(name, authenticator, authorizer, from.maxConnections(), from.allowZeroLengthClientId(),
            from.autoIdPrefix(), from.useUserNameAsClientId(),
            from.maxQos(), from.maxTopicAlias(), from.maxTopicAliasBroker(), from.protocolVersions(), from.mountPoint());
    }

    static String name(mqttq.config.ListenerSettings listener, List<InetAddress> addresses) {
        return BoundListener.url(listener.transport(), addresses.isEmpty() ? Loop.unixSocket(listener.unixPath())
            : new InetSocketAddress(addresses.get(0), listener.port()));
    }
}
