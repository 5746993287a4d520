/**
 * Packet protection (RFC 9001 §5): keys of one direction, level and key phase as a {@link mqttq.quic.crypto.PacketProtection}, on the JDK's
 * AEADs.
 *
 * <p><b>In and out</b>: packets in place in an array. Received: unmask the header, decode the number, choose the phase, open. Sent:
 * protect. {@link mqttq.quic.crypto.HeaderProtector} is shared by all phases of a level.
 *
 * <p><b>The JDK's traps</b> are handled here and nowhere else: ciphers that refuse a nonce twice, buffers destroyed by a failed open (JDK
 * 25), the cost of making and keying a cipher. An idle connection gives its ciphers back and keeps only secrets.
 *
 * <p>{@link mqttq.quic.crypto.ProtectionFactory} lets the simulator do without encryption. <b>Must not know</b> frames or connections.
 */
package mqttq.quic.crypto;
