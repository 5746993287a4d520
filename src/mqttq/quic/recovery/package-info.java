/**
 * What was sent and not yet acknowledged, what is lost, and how much may be in flight (RFC 9002).
 *
 * <p><b>In</b>: packets as they are sent, ACK frames, time. <b>Out</b>: which packets are lost or acknowledged (to
 * {@link mqttq.quic.Sender}, which says again what is not stale), when a probe is due, whether more may leave now.
 * {@link mqttq.quic.recovery.ReceivedPackets} is the other direction: what we owe acknowledgements for, and when.
 *
 * <p><b>The window</b> is decided by a {@link mqttq.quic.recovery.CongestionController} ({@link mqttq.quic.recovery.NewReno},
 * {@link mqttq.quic.recovery.Cubic}), one for each path; {@link mqttq.quic.recovery.LossDetector} keeps bytes in flight against it and
 * {@link mqttq.quic.recovery.Pacer} spreads them over the round trip.
 *
 * <p><b>Must not know</b> what is in a packet: {@link mqttq.quic.recovery.SentPacket} carries flags and ranges, no frames. Start with
 * {@code LossDetector}, one long file because it is one idea.
 */
package mqttq.quic.recovery;
