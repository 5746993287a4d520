/**
 * MQTT packets over a pipe: {@link mqttq.link.MqttLink} is one stream of packets each way.
 *
 * <p><b>In</b>: bytes of a {@link mqttq.transport.Pipe}, cut by the decoder and handed to a handler packet by packet; a packet that stays
 * unfinished too long, or too much of them together, ends the link. <b>Out</b>: packets that are written while there is room and wait in
 * one buffer when there is not; what one turn of the loop produced leaves together.
 *
 * <p><b>Limits</b>: the packet size before and after a client is let in, unfinished bytes of all links together
 * ({@link mqttq.link.LinkContext} is what they share), and deadlines for a packet that has begun.
 *
 * <p><b>Ends</b> with a reason: a DISCONNECT that still leaves, then the pipe's own close.
 *
 * <p><b>Must not know</b> sessions or who may do what. Shared by broker, client and bridges. Start with {@code MqttLink.onData}.
 */
package mqttq.link;
