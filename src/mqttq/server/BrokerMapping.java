package mqttq.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import mqttq.auth.Authenticator;
import mqttq.auth.Authorizer;
import mqttq.broker.BrokerSettings;
import mqttq.broker.ListenerSettings;
import mqttq.config.LimitSettings;
import mqttq.config.MqttSettings;
import mqttq.config.ServerSettings;
import mqttq.loop.Loop;

/** From what the configuration says to what the broker takes. */
final class BrokerMapping {
    private BrokerMapping() { }

    /** The limits as the operator set them, or as {@code heap} bytes allow: each alone leaves room for the others. */
    static LimitSettings fit(LimitSettings from, long heap) {
        return new LimitSettings(fit(from.maxConnections(), heap >> 12), fit(from.maxConnectionsPerAddress(), heap >> 13),
            from.maxConnectRate(),
            fit(from.maxHandshakes(), Math.max(256, Math.min(4000, heap >> 16))), from.maxConnectPacketSize(), from.maxSubscriptions(),
            from.maxTopicLevels(), from.maxRetainedMessages(), from.maxRetainedBytes() == LimitSettings.FIT ? heap / 4
                : from.maxRetainedBytes());
    }

    private static int fit(int value, long fitting) {
        return value == LimitSettings.FIT ? (int) Math.min(fitting, Integer.MAX_VALUE) : value;
    }

    /** @param heap bytes that there may be at most */
    static BrokerSettings broker(ServerSettings settings, long heap) {
        MqttSettings mqtt = settings.mqtt();
        LimitSettings limits = fit(mqtt.limits(), heap);
        BrokerSettings.Builder to = new BrokerSettings.Builder();
        to.maxConnections = limits.maxConnections();
        to.maxConnectionsPerAddress = limits.maxConnectionsPerAddress();
        to.maxConnectRate = limits.maxConnectRate();
        to.maxPending = limits.maxHandshakes();
        to.preAuthPacketSize = limits.maxConnectPacketSize();
        to.maxSubscriptions = limits.maxSubscriptions();
        to.maxTopicLevels = limits.maxTopicLevels();
        to.maxRetainedMessages = limits.maxRetainedMessages();
        to.maxRetainedBytes = limits.maxRetainedBytes();
        // one packet of the largest size always finds room
        to.maxUnfinishedBytes = Math.max(heap / 8, Math.max(mqtt.maxPacketSize(), limits.maxConnectPacketSize()));
        if (mqtt.maxClients() >= 0) to.maxClients = mqtt.maxClients();
        to.checkRetainSource = mqtt.checkRetainSource();
        to.maxInflightMessages = mqtt.maxInflightMessages();
        to.maxInflightBytes = mqtt.maxInflightBytes();
        to.maxQueuedMessages = mqtt.maxQueuedMessages();
        to.maxQueuedBytes = mqtt.maxQueuedBytes();
        to.queueQos0Messages = mqtt.queueQos0();
        // queues of slow clients must not end the process; what transports buffer and what is garbage has the rest
        to.memoryLimit = mqtt.memoryLimit() > 0 ? mqtt.memoryLimit() : heap / 8 * 5;
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
        return new ListenerSettings(name, authenticator, authorizer, from.maxConnections(), from.allowZeroLengthClientId(),
            from.autoIdPrefix(), from.useUserNameAsClientId(),
            from.maxQos(), from.maxTopicAlias(), from.maxTopicAliasBroker(), from.protocolVersions(), from.mountPoint());
    }

    static String name(mqttq.config.ListenerSettings listener, List<InetAddress> addresses) {
        return BoundListener.url(listener.transport(), addresses.isEmpty() ? Loop.unixSocket(listener.unixPath())
            : new InetSocketAddress(addresses.get(0), listener.port()));
    }
}
