/**
 * The control packets of MQTT 3.1, 3.1.1 and 5.0 as values, with properties, reason codes, topic names and filters. Exported: the client's
 * users see these types.
 *
 * <p><b>Values</b>: packets are immutable records ({@link mqttq.mqtt.Connect}, {@link mqttq.mqtt.Connack}, …). A PUBLISH is special,
 * because it is what there is most of: {@link mqttq.mqtt.Publish} is a view of the buffer it came in and valid during a callback only,
 * {@link mqttq.mqtt.Message} is one that stays, its topic, properties and payload in one shared array. Both are
 * {@link mqttq.mqtt.ApplicationMessage}s.
 *
 * <p><b>Rules</b>: {@link mqttq.mqtt.Topics} says what is valid and what matches, {@link mqttq.mqtt.Utf8} which text is,
 * {@link mqttq.mqtt.Property} which property may stand where. {@link mqttq.mqtt.MqttException} carries the reason code that the peer is
 * told.
 *
 * <p><b>Must not know</b> connections or state. How packets stand on the wire is in {@link mqttq.mqtt.codec}. Start with
 * {@code ApplicationMessage}.
 */
package mqttq.mqtt;
