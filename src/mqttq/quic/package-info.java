/**
 * QUIC (RFC 8999, 9000, 9001, 9002, 9221, 9368, 9369) without any I/O. {@link mqttq.quic.Endpoint} holds many connections;
 * {@link mqttq.quic.Connection} is one of them and what applications see.
 *
 * <p><b>Four doors</b>, all on {@code Endpoint}: {@code receive(now, datagram, local, remote)}, {@code transmit(now, sink)},
 * {@code deadline()}, {@code onTimeout(now)}. Call {@code transmit} after each of the others; nothing happens in between. Applications use
 * {@code Connection} and its streams, and hear from it through {@link mqttq.quic.ConnectionListener}.
 *
 * <p><b>A datagram in</b>: {@code Endpoint} finds the connection by its destination connection id, or asks {@link mqttq.quic.Doorkeeper}
 * (server: nothing is kept of a client before its ClientHello is whole) or {@link mqttq.quic.Stateless} (Version Negotiation, Retry,
 * stateless reset). {@link mqttq.quic.Receiver} opens the packets and hands their frames to the parts: streams ({@link mqttq.quic.stream}),
 * acknowledgements ({@link mqttq.quic.recovery}), CRYPTO ({@link mqttq.quic.Handshake}), paths ({@link mqttq.quic.Paths}), connection ids
 * ({@link mqttq.quic.LocalCids}, {@link mqttq.quic.RemoteCids}).
 *
 * <p><b>A datagram out</b>: {@link mqttq.quic.Sender} asks what there is to say, {@link mqttq.quic.Parts} puts packets of several levels
 * into one datagram and protects them last. How much may be in flight is the congestion controller's of the path.
 *
 * <p><b>Who owns what</b>: the endpoint owns the table of ids, the heap of deadlines and the shared {@code Receiver} and {@code Parts} (one
 * for all connections: a Pi's memory); a connection owns its keys, streams, paths; its end is {@link mqttq.quic.Closing} (RFC 9000 §10).
 *
 * <p><b>Errors</b>: a peer's is a {@link mqttq.quic.packet.QuicException} and ends its connection. Every size and rate that a peer could
 * drive is in {@link mqttq.quic.Limits}.
 *
 * <p><b>Must not know</b> sockets, threads, clocks or MQTT. Start with {@code Endpoint}, then {@code Receiver} and {@code Sender}.
 */
package mqttq.quic;
