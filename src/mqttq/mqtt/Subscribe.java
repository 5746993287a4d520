package mqttq.mqtt;

import java.util.List;

/** SUBSCRIBE; at least one subscription. */
public record Subscribe(int packetId, Properties properties, List<Subscription> subscriptions) implements Packet {
    public Subscribe {
        subscriptions = List.copyOf(subscriptions);
    }

    /** 1 to 268,435,455, or 0: none. */
    public int subscriptionIdentifier() { return (int) properties.number(Property.SUBSCRIPTION_IDENTIFIER, 0); }
    @Override public PacketType type() { return PacketType.SUBSCRIBE; }
    @Override public Subscribe with(Properties other) { return new Subscribe(packetId, other, subscriptions); }
}
