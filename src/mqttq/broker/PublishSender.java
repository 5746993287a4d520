package mqttq.broker;

import java.util.Arrays;
import mqttq.link.MqttLink;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Message;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.Publish;
import mqttq.session.OutgoingAliases;

/**
 * Sends PUBLISHes to one client: with topic aliases, the rest of their expiry, without the client's mount point, which their topics must
 * have ({@link Session#mayTake}), never too large.
 */
final class PublishSender {
    private final Broker broker;
    private final MqttLink link;
    private final String name;
    private final boolean v5;
    /** Bytes of the mount point. */
    private final int mount;
    private final OutgoingAliases aliases;

    PublishSender(Broker broker, MqttLink link, String name, boolean v5, int mount, int aliases) {
        this.broker = broker;
        this.link = link;
        this.name = name;
        this.v5 = v5;
        this.mount = mount;
        this.aliases = aliases == 0 ? null : new OutgoingAliases(aliases);
    }

    /** Sends a message of QoS 0 where that goes without keeping it; true also where it is larger than the client takes. */
    boolean sendAtOnce(ApplicationMessage message, boolean retain, int[] identifiers, int count) {
        if (!link.ready()) return false;
        if (mount > 0 && !(message instanceof Publish)) return false;
        Publish shortened = mount == 0 ? null : (Publish) message;
        if (shortened != null) shortened.topic(message.topicArray(), message.topicOffset() + mount, message.topicLength() - mount);
        try {
            int largest = link.sizePublish(message, 0, aliases == null ? 0 : 1, true, expiry(message), identifiers, count);
            boolean done = largest >= 0 && link.fits(largest);
            if (done) write(message, 0, false, retain, 0, identifiers, count);
            return done;
        } finally { // others get it too, whatever happens here
            if (shortened != null) shortened.topic(message.topicArray(), message.topicOffset() - mount, message.topicLength() + mount);
        }
    }

    /** Sends a message while the link is ready; false where it is larger than the client takes. */
    boolean send(Message message, int qos, boolean dup, boolean retain, int packetId, int[] identifiers) {
        return write(mount == 0 ? message : unmounted(message, mount), qos, dup, retain, packetId, identifiers,
            identifiers == null ? 0 : identifiers.length);
    }

    private boolean write(ApplicationMessage message, int qos, boolean dup, boolean retain, int packetId, int[] identifiers, int count) {
        long expiry = expiry(message);
        int alias = 0;
        boolean withTopic = true;
        if (aliases != null && link.sizePublish(message, qos, 1, true, expiry, identifiers, count) >= 0) {
            int found = aliases.lookup(message.topicArray(), message.topicOffset(), message.topicLength());
            alias = found & 0xffff;
            withTopic = alias == 0 || (found & OutgoingAliases.NEW) != 0;
        }
        int size = link.sizePublish(message, qos, alias, withTopic, expiry, identifiers, count);
        if (size < 0) {
            broker.stats.publishDropped++;
            return false;
        }
        if (broker.packets.on()) broker.packets.sending(name, message, qos, dup, retain, packetId);
        broker.stats.publishSent++;
        broker.stats.publishBytesSent += message.payloadLength();
        link.publish(message, qos, dup, retain, packetId, alias, withTopic, expiry, identifiers, count, size);
        return true;
    }

    /** [MQTT-3.3.2-6]; what was kept until it is sent again has at least a second. */
    private long expiry(ApplicationMessage message) {
        if (!v5 || message.messageExpiryInterval() < 0) return -1;
        return message instanceof Message kept ? Math.max(1, kept.remainingExpiry(broker.now())) : message.messageExpiryInterval();
    }

    private static Message unmounted(Message message, int prefix) {
        byte[] array = Arrays.copyOfRange(message.array(), prefix, message.array().length);
        try {
            return Message.restore(array, message.topicLength() - prefix, message.propertiesSize(), message.qos(), message.retain(),
                message.messageExpiryInterval(), message.receivedAt());
        } catch (MqttException e) {
            throw new IllegalStateException(e); // it was valid with the prefix
        }
    }
}
