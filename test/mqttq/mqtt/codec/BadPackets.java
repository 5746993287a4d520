package mqttq.mqtt.codec;

import java.util.ArrayList;
import java.util.List;
import mqttq.mqtt.ProtocolVersion;

/** Of {@link RawPacketsTest}'s table what a client must not send. */
public final class BadPackets {
    /** @param version what the connection speaks; null: this comes in place of a good CONNECT; @param code the reason code the standard names */
    public record Bad(String name, ProtocolVersion version, byte[] bytes, int code) {
        @Override
        public String toString() {
            return name;
        }
    }

    private BadPackets() { }

    public static List<Bad> toServer() {
        List<Bad> all = new ArrayList<>();
        for (RawPacketsTest.Raw raw : RawPacketsTest.TABLE) {
            if (!raw.server() || raw.error() == 0) continue;
            byte[] bytes = Wire.bytes(raw.wire());
            all.add(new Bad(raw.name(), (bytes[0] & 0xf0) == 0x10 ? null : raw.version(), bytes, raw.error()));
        }
        return all;
    }
}
