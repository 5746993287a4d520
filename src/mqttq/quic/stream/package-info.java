/**
 * Streams (RFC 9000 §2 to §4) of one connection, and the handshake's byte streams.
 *
 * <p><b>In</b>: STREAM, RESET_STREAM, STOP_SENDING, MAX_* and *_BLOCKED frames, from {@link mqttq.quic.Receiver} to
 * {@link mqttq.quic.stream.Streams}. <b>Out</b>: data to a {@link mqttq.quic.stream.StreamHandler}, in order and in place where it came in
 * order; frames to {@link mqttq.quic.Sender} on request; what was lost comes back and is said again unless it is stale.
 *
 * <p><b>Halves</b>: a {@link mqttq.quic.stream.QuicStream} has a {@link mqttq.quic.stream.SendStream}, a
 * {@link mqttq.quic.stream.ReceiveStream} or both. Buffers exist while there is something in them: {@link mqttq.quic.stream.SendBuffer}
 * from write to acknowledgement, {@link mqttq.quic.stream.ReceiveBuffer} for what came out of order.
 *
 * <p><b>Limits</b>: what a peer may make us hold follows from the windows that we promise, which {@link mqttq.quic.stream.Limits} bounds
 * for a connection and {@link mqttq.quic.stream.Budget} for all of them.
 *
 * <p><b>Must not know</b> packets, paths or TLS. {@link mqttq.quic.stream.CryptoStream} has the same buffers without flow control. Start
 * with {@code Streams}.
 */
package mqttq.quic.stream;
