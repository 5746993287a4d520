package mqttq.mqtt;

import java.util.List;

/** SUBACK; a code a subscription in SUBSCRIBE's order: the granted QoS or a failure, in MQTT 3 always {@code UNSPECIFIED_ERROR}. */
public record Suback(int packetId, Properties properties, List<ReasonCode> reasonCodes) implements Packet {
    public Suback {
        reasonCodes = List.copyOf(reasonCodes);
    }
    @Override public PacketType type() { return PacketType.SUBACK; }
    @Override public Suback with(Properties other) { return new Suback(packetId, other, reasonCodes); }
}
