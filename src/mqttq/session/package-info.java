/**
 * What both ends of an MQTT session need and neither owns: packet identifiers, messages in flight, topic aliases, keep-alive. Pure data
 * structures and state machines; no I/O, no time but what is handed in.
 *
 * <p>{@link mqttq.session.Inflight} is the sending side of QoS 1 and 2: what was sent, in order, until it is acknowledged, and what to send
 * again on the next connection. {@link mqttq.session.IdSet} is the receiving side of QoS 2.
 *
 * <p>{@link mqttq.session.IncomingAliases} and {@link mqttq.session.OutgoingAliases} are the two sides of topic aliases,
 * {@link mqttq.session.KeepAlive} says when silence has lasted too long and when to ping.
 *
 * <p><b>Outlives</b> network connections, except for aliases, which belong to one. <b>Must not know</b> packets' bytes, pipes, broker or
 * client. Start with {@code Inflight}.
 */
package mqttq.session;
