/**
 * TLS 1.3 for QUIC (RFC 9846 as amended by RFC 9001), and identity and trust for every transport.
 *
 * <p><b>In</b>: handshake bytes of one encryption level, by {@link mqttq.tls.QuicTlsEngine#receive}. <b>Out</b>: handshake bytes by
 * {@link mqttq.tls.QuicTlsEngine#transmit}, traffic secrets and the peer's transport parameters by its listener. No record is ever wrapped:
 * QUIC protects its own packets.
 *
 * <p><b>Ours</b> are messages, transcript, key schedule, tickets and 0-RTT ({@link mqttq.tls.ClientHandshake},
 * {@link mqttq.tls.ServerHandshake}, what they share in {@link mqttq.tls.Handshake}). <b>The JDK's</b> are the primitives and the question
 * whom to believe: {@link mqttq.tls.Trust} and {@link mqttq.tls.Identity} make trust and key managers that TLS over TCP uses too, and the
 * engine is an {@code SSLEngine} so that these managers can ask it.
 *
 * <p><b>Errors</b>: what a peer did wrong is a {@link mqttq.tls.TlsAlertException} without a stack trace. Sizes that a peer could grow are
 * in {@link mqttq.tls.TlsLimits}.
 *
 * <p><b>Must not know</b> packets, sockets, clocks (the wall clock comes in as a function) or MQTT. Start with {@code QuicTlsEngine}, then
 * the state machine of one role.
 */
package mqttq.tls;
