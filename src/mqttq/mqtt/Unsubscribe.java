package mqttq.mqtt;

import java.util.List;

/** UNSUBSCRIBE; at least one filter. */
public record Unsubscribe(int packetId, Properties properties, List<String> topicFilters) implements Packet {
    public Unsubscribe {
        topicFilters = List.copyOf(topicFilters);
    }
    @Override public PacketType type() { return PacketType.UNSUBSCRIBE; }
    @Override public Unsubscribe with(Properties other) { return new Unsubscribe(packetId, other, topicFilters); }
}
