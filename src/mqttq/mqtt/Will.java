package mqttq.mqtt;

import java.nio.charset.StandardCharsets;

/**
 * The will in CONNECT.
 * @param payload shared, not copied: do not write to it
 * @param qos 0 to 2
 * @param properties as in the packet, with delay and expiry
 */
public record Will(String topic, byte[] payload, int qos, boolean retain, Properties properties) {
    /** Seconds after the connection's end until the will is published, at most until the session ends; 0 where absent. */
    public long delayInterval() { return properties.number(Property.WILL_DELAY_INTERVAL, 0); }

    /** The message to publish; its expiry counts from {@code now} (ns). */
    public Message message(long now) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        return Message.of(name, 0, name.length, payload, qos, retain, properties, now);
    }
}
