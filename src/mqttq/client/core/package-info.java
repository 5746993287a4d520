/**
 * One MQTT client as a state machine on the loop thread: connects, keeps its session over lost connections, comes back by itself, and
 * delivers what it took at its QoS.
 *
 * <p><b>In</b>: what the application wants sent or subscribed to; packets from an {@link mqttq.link.MqttLink}. <b>Out</b>: packets; news to
 * a {@link mqttq.client.core.ClientHandler}.
 *
 * <p><b>Parts</b>: {@link mqttq.transport.Dialer} finds a way to one host (Happy Eyeballs), {@link mqttq.client.core.FallbackDialer} goes
 * from QUIC to TLS where the network insists; {@link mqttq.client.core.Flow} is one stream of packets with its
 * {@link mqttq.client.core.Outbox} (waiting, in flight) and {@link mqttq.client.core.Subscriptions}; {@link mqttq.client.core.Flows} has
 * one, or over QUIC one a topic.
 *
 * <p><b>Must not know</b> files, command lines, or the API's threads. The tools, the API and the bridges use it. Start with
 * {@link mqttq.client.core.ClientCore}.
 */
package mqttq.client.core;
