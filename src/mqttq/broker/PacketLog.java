package mqttq.broker;

import mqttq.loop.Log;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Utf8;

/** Lines about packets, in Mosquitto's words. Ask {@link #on} before building anything. */
final class PacketLog {
    private final Log log;

    PacketLog(Log log) { this.log = log; }

    /** Whether packets are logged at all. */
    boolean on() { return log.logs(Log.Level.DEBUG); }
    void debug(String line) { log.log(Log.Level.DEBUG, line); }
    void received(String type, String clientId) { debug("Received " + type + " from " + clientId); }
    void sending(String type, String clientId) { debug("Sending " + type + " to " + clientId); }

    void received(String clientId, Publish publish) {
        debug("Received PUBLISH from " + clientId + publish(publish, publish.qos(), publish.dup(), publish.retain(), publish.packetId()));
    }

    void denied(String clientId, Publish publish) {
        debug("Denied PUBLISH from " + clientId + publish(publish, publish.qos(), publish.dup(), publish.retain(), publish.packetId()));
    }

    void sending(String clientId, ApplicationMessage message, int qos, boolean dup, boolean retain, int packetId) {
        debug("Sending PUBLISH to " + clientId + publish(message, qos, dup, retain, packetId));
    }

    void receivedAck(String clientId, PacketType type, int packetId, ReasonCode reason) {
        boolean end = type == PacketType.PUBACK || type == PacketType.PUBCOMP;
        debug("Received " + type + " from " + clientId + " (Mid: " + packetId + (end ? ", RC:" + reason.value + ")" : ")"));
    }

    void sendingAck(String clientId, PacketType type, int packetId, ReasonCode reason) {
        boolean code = type == PacketType.PUBACK || type == PacketType.PUBREC;
        debug("Sending " + type + " to " + clientId + " (m" + packetId + (code ? ", rc" + reason.value + ")" : ")"));
    }

    private static String publish(ApplicationMessage message, int qos, boolean dup, boolean retain, int packetId) {
        return " (d" + (dup ? 1 : 0) + ", q" + qos + ", r" + (retain ? 1 : 0) + ", m" + packetId + ", '" + clean(message.topic())
            + "', ... ("
            + message.payloadLength() + " bytes))";
    }

    /** Text of a peer for a log line: control characters shown as {@code ?}, cut at 200 characters. */
    static String clean(String text) {
        int length = Math.min(text.length(), 200);
        boolean clean = length == text.length();
        for (int i = 0; clean && i < length; i++) clean = !Character.isISOControl(text.charAt(i));
        if (clean) return text;
        StringBuilder out = new StringBuilder(length);
        for (int i = 0; i < length; i++) out.append(Character.isISOControl(text.charAt(i)) ? '?' : text.charAt(i));
        return out.toString();
    }

    static String clean(byte[] text) { return clean(Utf8.string(text, 0, text.length)); }
}
