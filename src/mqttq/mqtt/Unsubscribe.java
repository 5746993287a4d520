package mqttq.mqtt;

import java.util.List;

/** UNSUBSCRIBE; at least one filter. */
public record Unsubscribe(int packetId, Properties properties, List<String> topicFilters) {
    public Unsubscribe {
        topicFilters = List.copyOf(topicFilters);
    }
}
