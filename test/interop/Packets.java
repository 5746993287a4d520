import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** MQTT packets as hex, written from the standard and without any class of mqttq, so that this is a second opinion. */
final class Packets {
    private Packets() { }

    static String connect311(String clientId) {
        return packet(0x10, text("MQTT"), bytes(4, 2, 0, 60), text(clientId));
    }

    static String connect31(String clientId) {
        return packet(0x10, text("MQIsdp"), bytes(3, 2, 0, 60), text(clientId));
    }

    static String connect5(String clientId) {
        return packet(0x10, text("MQTT"), bytes(5, 2, 0, 60, 0), text(clientId));
    }

    static String subscribe311(int id, String filter, int qos) {
        return packet(0x82, bytes(id >> 8, id & 255), text(filter), bytes(qos));
    }

    static String publish311(String topic, int qos, int id, String payload) {
        byte[] identifier = qos == 0 ? new byte[0] : bytes(id >> 8, id & 255);
        return packet(0x30 | qos << 1, text(topic), identifier, payload.getBytes(StandardCharsets.UTF_8));
    }

    /** PUBACK (4), PUBREC (5), PUBREL (6), PUBCOMP (7). */
    static String acknowledgement(int type, int id) {
        return packet(type << 4 | (type == 6 ? 2 : 0), bytes(id >> 8, id & 255));
    }

    static final String DISCONNECT = "e000", PINGREQ = "c000", PINGRESP = "d000", CONNACK311 = "20020000";

    private static String packet(int first, byte[]... parts) {
        ByteArrayOutputStream body = new ByteArrayOutputStream(), all = new ByteArrayOutputStream();
        for (byte[] part : parts) body.writeBytes(part);
        all.write(first);
        int length = body.size();
        do {
            all.write(length % 128 | (length >= 128 ? 128 : 0));
            length /= 128;
        } while (length > 0);
        all.writeBytes(body.toByteArray());
        return HexFormat.of().formatHex(all.toByteArray());
    }

    private static byte[] text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8), out = new byte[2 + utf8.length];
        out[0] = (byte) (utf8.length >> 8);
        out[1] = (byte) utf8.length;
        System.arraycopy(utf8, 0, out, 2, utf8.length);
        return out;
    }

    private static byte[] bytes(int... values) {
        byte[] out = new byte[values.length];
        for (int i = 0; i < values.length; i++) out[i] = (byte) values[i];
        return out;
    }
}
