package mqttq.mqtt;

import java.util.List;

/** UNSUBACK; a code a filter in UNSUBSCRIBE's order, in MQTT 3 none. */
public record Unsuback(int packetId, Properties properties, List<ReasonCode> reasonCodes) implements Packet {
    public Unsuback {
        reasonCodes = List.copyOf(reasonCodes);
    }
    @Override public PacketType type() { return PacketType.UNSUBACK; }
    @Override public Unsuback with(Properties other) { return new Unsuback(packetId, other, reasonCodes); }
}
