/**
 * The MQTT broker: sessions, subscriptions, routing, retained messages, wills, limits, {@code $SYS}. {@link mqttq.broker.Broker} is the
 * front; it is given pipes by listeners and can be embedded.
 *
 * <p><b>A packet in</b>: {@link mqttq.broker.Connection} takes the packets of one connection. {@link mqttq.broker.Admission} leads it from
 * CONNECT to CONNACK; {@link mqttq.broker.SubscriptionHandler} does SUBSCRIBE; a PUBLISH is checked and goes to
 * {@link mqttq.broker.Router}, which finds subscribers in the {@link mqttq.broker.SubscriptionTree} and delivers to each
 * {@link mqttq.broker.Session} once.
 *
 * <p><b>A message out</b>: the session sends at once through its connection, or keeps the message in its {@link mqttq.broker.MessageQueue}
 * until there is room, the client is back, or it expires.
 *
 * <p><b>What is kept</b>: each change of a session, of retained messages and of wills is told to a {@link mqttq.broker.StateListener};
 * {@link mqttq.broker.Keeper} writes it into the journal, and acknowledgements that promise it wait in {@link mqttq.broker.HeldAcks} until
 * the disk has it. {@link mqttq.broker.Restore} puts it back at the start.
 *
 * <p><b>Limits</b>: what clients make the broker hold is charged to one account ({@code Broker.holds}), by address in
 * {@link mqttq.broker.Doors}, each limit named in {@link mqttq.broker.Limit}.
 *
 * <p><b>Hot path</b>: forwarding a QoS 0 message makes no object; a payload for many subscribers is one array
 * ({@link mqttq.broker.StoredMessage}).
 *
 * <p><b>Must not know</b> which transport a pipe is, or files. Start with {@code Broker}, then {@code Connection.onPublish}.
 */
package mqttq.broker;
