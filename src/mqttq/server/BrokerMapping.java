package mqttq.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import mqttq.auth.Authenticator;
import mqttq.auth.Authorizer;
import mqttq.broker.BrokerSettings;
import mqttq.broker.ListenerSettings;
import mqttq.config.MqttSettings;
import mqttq.config.ServerSettings;
import mqttq.loop.Loop;

/** From what the configuration says to what the broker takes. */
final class BrokerMapping {
    private BrokerMapping() { }

    static BrokerSettings broker(ServerSettings settings) {
        MqttSettings mqtt = settings.mqtt();
        BrokerSettings.Builder to = new BrokerSettings.Builder();
        to.maxConnections = mqtt.maxConnections();
        if (mqtt.maxClients() >= 0) to.maxClients = mqtt.maxClients();
        to.checkRetainSource = mqtt.checkRetainSource();
        to.maxInflightMessages = mqtt.maxInflightMessages();
        to.maxInflightBytes = mqtt.maxInflightBytes();
        to.maxQueuedMessages = mqtt.maxQueuedMessages();
        to.maxQueuedBytes = mqtt.maxQueuedBytes();
        to.queueQos0Messages = mqtt.queueQos0();
        // queues of slow clients must not end the process
        to.memoryLimit = mqtt.memoryLimit() > 0 ? mqtt.memoryLimit() : Runtime.getRuntime().maxMemory() / 2;
        to.maxPacketSize = mqtt.maxPacketSize();
        to.messageSizeLimit = mqtt.messageSizeLimit();
        to.maxKeepAlive = mqtt.maxKeepAlive();
        to.persistentClientExpiration = mqtt.persistentClientExpiration();
        to.retainAvailable = mqtt.retainAvailable();
        if (mqtt.retainExpiryInterval() > 0) to.retainExpiryInterval = mqtt.retainExpiryInterval();
        to.upgradeOutgoingQos = mqtt.upgradeOutgoingQos();
        to.sysInterval = mqtt.sysInterval();
        to.connectionMessages = settings.log().connectionMessages();
        return to.build();
    }

    static ListenerSettings listener(mqttq.config.ListenerSettings from, Authenticator authenticator, Authorizer authorizer, String name) {
        return new ListenerSettings(name, authenticator, authorizer, from.maxConnections(), from.allowZeroLengthClientId(), from.autoIdPrefix(), from.useUserNameAsClientId(),
            from.maxQos(), from.maxTopicAlias(), from.maxTopicAliasBroker(), from.protocolVersions(), from.mountPoint());
    }

    static String name(mqttq.config.ListenerSettings listener, List<InetAddress> addresses) {
        return BoundListener.url(listener.transport(), addresses.isEmpty() ? Loop.unixSocket(listener.unixPath()) : new InetSocketAddress(addresses.get(0), listener.port()));
    }
}
