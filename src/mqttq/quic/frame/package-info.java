/**
 * Frames (RFC 9000 §19) between bytes and meaning: {@link mqttq.quic.frame.FrameParser} checks each by itself and shows it to a
 * {@link mqttq.quic.frame.FrameHandler}, {@link mqttq.quic.frame.FrameWriter} writes them where they fit.
 *
 * <p><b>In and out</b>: a buffer positioned at a frame; parsing goes on to the end of the packet or throws a QuicException with the frame's
 * type. Writing looks for room first and writes nothing where a frame does not fit, so that the sender can try the next one.
 *
 * <p>No frame is an object: the handler's methods take the fields, and data as a range of the datagram. Which frame may stand in which
 * packet is the table in {@link mqttq.quic.frame.FrameType}.
 *
 * <p><b>Must not know</b> connections: whether an offset or a stream id makes sense is decided by who handles the frame. Start with
 * {@code FrameType}, then {@code FrameHandler}.
 */
package mqttq.quic.frame;
