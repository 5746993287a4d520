package mqttq.mqtt;

import java.util.List;

/** SUBACK; a code a subscription in SUBSCRIBE's order: the granted QoS or a failure, in MQTT 3 always {@code UNSPECIFIED_ERROR}. */
public record Suback(int packetId, Properties properties, List<ReasonCode> reasonCodes) {
    public Suback {
        reasonCodes = List.copyOf(reasonCodes);
    }
}
