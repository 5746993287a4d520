/**
 * Byte pipes with one interface over QUIC streams, TCP, TLS and WebSocket.
 *
 * <p><b>A {@link mqttq.transport.Transport}</b> listens or connects and hands over a {@link mqttq.transport.Pipe} once all its handshakes
 * are done. <b>A pipe</b> takes bytes until it is full and says when there is room, brings bytes to its handler, closes with or without
 * lingering, and knows who the peer is.
 *
 * <p><b>Layers</b>: {@link mqttq.transport.TcpTransport} at the bottom, {@link mqttq.transport.TlsTransport} (the JDK's SSLEngine) and
 * {@link mqttq.transport.WebSocketTransport} over any other pipe. {@link mqttq.transport.QuicTransport} drives an
 * {@link mqttq.quic.Endpoint} over UDP ports; its first bidirectional stream is the pipe, further ones are data streams.
 *
 * <p><b>For clients</b> {@link mqttq.transport.TransportFactory} makes all of them from one description of trust and identity, and
 * {@link mqttq.transport.Dialer} finds an address that answers.
 *
 * <p><b>Must not know</b> MQTT. What a peer can make grow is in {@link mqttq.transport.TransportLimits}. Start with {@code Pipe}.
 */
package mqttq.transport;
