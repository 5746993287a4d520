/**
 * MQTT packets to bytes and back. Not exported.
 *
 * <p><b>In</b>: chunks of any size into {@link mqttq.mqtt.codec.PacketDecoder}, which cuts them into packets; a packet that is whole in a
 * chunk is read in place, only one that a chunk's end cuts is gathered. {@link mqttq.mqtt.codec.PacketReader} reads the bodies. <b>Out</b>:
 * a {@link mqttq.mqtt.codec.PacketHandler} gets the packets in order.
 *
 * <p><b>Writing</b>: {@link mqttq.mqtt.codec.PacketEncoder}: first the size, which is compared with what the peer takes, then the bytes
 * into room that the caller has.
 *
 * <p><b>Must not know</b> who is connected or what a packet means. Every length that a peer sends is checked before memory is spent on it.
 */
package mqttq.mqtt.codec;
