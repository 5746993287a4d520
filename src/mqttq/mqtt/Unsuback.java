package mqttq.mqtt;

import java.util.List;

/** UNSUBACK; a code a filter in UNSUBSCRIBE's order, in MQTT 3 none. */
public record Unsuback(int packetId, Properties properties, List<ReasonCode> reasonCodes) {
    public Unsuback {
        reasonCodes = List.copyOf(reasonCodes);
    }
}
