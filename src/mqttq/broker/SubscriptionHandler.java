package mqttq.broker;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mqttq.auth.Access;
import mqttq.config.BrokerSettings;
import mqttq.loop.Log;
import mqttq.mqtt.Message;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Suback;
import mqttq.mqtt.Subscribe;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.Topics;
import mqttq.mqtt.Unsuback;
import mqttq.mqtt.Unsubscribe;
import mqttq.mqtt.Utf8;

/** SUBSCRIBE and UNSUBSCRIBE of one connection. */
final class SubscriptionHandler {
    private final Broker broker;
    private final Connection connection;
    private final Session session;
    private final String name;
    private final int maxQos;
    /** A bridge of MQTT 3: as with no-local and retain-as-published. */
    private final boolean bridge;

    SubscriptionHandler(Broker broker, Connection connection, Session session, String name, int maxQos, boolean bridge) {
        this.broker = broker;
        this.connection = connection;
        this.session = session;
        this.name = name;
        this.maxQos = maxQos;
        this.bridge = bridge;
    }

    void onSubscribe(Subscribe subscribe) throws MqttException {
        int identifier = subscribe.subscriptionIdentifier(), count = subscribe.subscriptions().size();
        List<ReasonCode> codes = new ArrayList<>(count);
        List<Subscription> retained = null;
        long before = broker.state().position();
        for (int i = 0; i < count; i++) {
            mqttq.mqtt.Subscription wanted = subscribe.subscriptions().get(i);
            byte[] filter = filter(wanted.topicFilter());
            // as Mosquitto
            if (!broker.levelsFit(Topics.levels(filter, 0, filter.length))) throw MqttException.malformed("filter with too many levels");
            SubscriptionOptions options = wanted.options();
            if (options.noLocal() && Topics.isShared(wanted.topicFilter())) { // [MQTT-3.8.3-4]
                throw MqttException.protocolError("no-local on a shared subscription");
            }
            ReasonCode code = mayNotSubscribe(wanted.topicFilter(), filter, identifier);
            if (code == null) {
                int qos = Math.min(options.qos(), maxQos); // [MQTT-3.2.2-10]
                code = ReasonCode.granted(qos);
                Subscription subscription = subscribe(filter, options, qos, identifier, wanted.topicFilter());
                if (subscription != null) (retained == null ? retained = new ArrayList<>() : retained).add(subscription);
            }
            codes.add(code);
        }
        connection.answer(new Suback(subscribe.packetId(), Properties.EMPTY, codes), before);
        for (int i = 0; retained != null && i < retained.size(); i++) sendRetained(retained.get(i));
        if (retained != null) session.pump();
    }

    /** The filter as the tree has it. */
    private byte[] filter(String wanted) {
        byte[] mount = session.mountPoint();
        if (mount == null) return Utf8.bytes(wanted);
        String share = Topics.shareName(wanted);
        byte[] filter = Utf8.bytes(Topics.withoutShare(wanted)), prefix = share == null ? new byte[0]
            : Utf8.bytes(Topics.SHARE + share + "/");
        byte[] mounted = Arrays.copyOf(prefix, prefix.length + mount.length + filter.length);
        System.arraycopy(mount, 0, mounted, prefix.length, mount.length);
        System.arraycopy(filter, 0, mounted, prefix.length + mount.length, filter.length);
        return mounted;
    }

    private ReasonCode mayNotSubscribe(String wanted, byte[] filter, int identifier) {
        BrokerSettings limits = broker.settings();
        if (session.kept() && broker.state().error() != null) return ReasonCode.QUOTA_EXCEEDED;
        if (!limits.wildcardSubscriptions && Topics.hasWildcard(wanted)) return ReasonCode.WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED;
        if (!limits.sharedSubscriptions && Topics.isShared(wanted)) return ReasonCode.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
        if (!limits.subscriptionIdentifiers && identifier != 0) return ReasonCode.SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED;
        if (!session.permissions().allowed(Access.SUBSCRIBE, filter, 0, filter.length)) return ReasonCode.NOT_AUTHORIZED;
        if (broker.subscriptions.find(session, filter, 0, filter.length) != null) return null;
        int cost = SubscriptionTree.cost(filter.length, Topics.levels(filter, 0, filter.length));
        boolean room = (limits.maxSubscriptions == 0 || session.clientSubscriptions() < limits.maxSubscriptions)
            && (limits.maxSubscriptionBytes == 0 || session.client.subscriptionBytes + cost <= limits.maxSubscriptionBytes);
        if (!room) broker.stats.hit(Limit.MAX_SUBSCRIPTIONS);
        return room && broker.memoryFor(cost, Broker.ANYTHING) ? null : ReasonCode.QUOTA_EXCEEDED;
    }

    /** Makes or replaces a subscription ([MQTT-3.8.4-3]) and returns it where retained messages are to be sent. */
    private Subscription subscribe(byte[] filter, SubscriptionOptions options, int qos, int identifier, String wanted) {
        int before = session.subscriptions();
        Subscription subscription = broker.subscriptions.subscribe(session, filter, 0, filter.length);
        boolean existed = session.subscriptions() == before;
        subscription.options = (byte) (qos | (options.noLocal() || bridge ? 4 : 0) | (options.retainAsPublished() || bridge ? 8 : 0));
        subscription.identifier = identifier;
        if (session.kept()) broker.state().subscribed(session, subscription);
        if (broker.packets.on()) broker.packets.debug("\t" + PacketLog.clean(wanted) + " (QoS " + qos + ")");
        if (broker.logs(Log.Level.SUBSCRIBE)) broker.log(Log.Level.SUBSCRIBE, name + " " + qos + " " + PacketLog.clean(wanted));
        // §4.8.2: a shared subscription gets no retained messages. [MQTT-3.3.1-9] to [MQTT-3.3.1-11]
        boolean send = !Topics.isShared(wanted) && (options.retainHandling() == SubscriptionOptions.SEND
            || options.retainHandling() == SubscriptionOptions.SEND_IF_NEW && !existed);
        return send ? subscription : null;
    }

    private void sendRetained(Subscription subscription) {
        if (broker.retained.size() == 0) return;
        byte[] filter = subscription.filter();
        boolean checkSource = broker.settings().checkRetainSource;
        broker.retained.match(filter, 0, filter.length, (stored, source) -> {
            Message message = stored.message;
            byte[] topic = message.topicArray();
            int offset = message.topicOffset(), length = message.topicLength();
            if (message.remainingExpiry(broker.now()) == 0 || !session.permissions().allowed(Access.READ, topic, offset, length)) {
                return true;
            }
            if (checkSource && source != null && !source.allowed(Access.WRITE, topic, offset, length)) return true;
            int qos = broker.settings().upgradeOutgoingQos ? subscription.qos() : Math.min(message.qos(), subscription.qos());
            return session.addRetained(stored, qos, subscription.identifier);
        });
    }

    void onUnsubscribe(Unsubscribe unsubscribe, boolean v5) throws MqttException {
        int count = unsubscribe.topicFilters().size();
        long before = broker.state().position();
        List<ReasonCode> codes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String wanted = unsubscribe.topicFilters().get(i);
            byte[] filter = filter(wanted);
            ReasonCode code = ReasonCode.NO_SUBSCRIPTION_EXISTED;
            Subscription subscription = broker.subscriptions.find(session, filter, 0, filter.length);
            if (subscription != null && !session.permissions().allowed(Access.UNSUBSCRIBE, filter, 0, filter.length)) {
                code = ReasonCode.NOT_AUTHORIZED;
            } else if (subscription != null && session.kept() && broker.state().stuck()) {
                if (!v5) throw new MqttException(ReasonCode.QUOTA_EXCEEDED, "the journal cannot write"); // its UNSUBACK can only say yes
                code = ReasonCode.UNSPECIFIED_ERROR;
            } else if (subscription != null) {
                if (session.kept()) broker.state().unsubscribed(session, subscription);
                broker.subscriptions.unsubscribe(subscription);
                code = ReasonCode.SUCCESS;
            }
            if (broker.packets.on()) broker.packets.debug("\t" + PacketLog.clean(wanted));
            if (broker.logs(Log.Level.UNSUBSCRIBE)) broker.log(Log.Level.UNSUBSCRIBE, name + " " + PacketLog.clean(wanted));
            codes.add(code);
        }
        connection.answer(new Unsuback(unsubscribe.packetId(), Properties.EMPTY, codes), before);
    }
}
