/**
 * Packets as they stand on the wire: headers, numbers, ids, transport parameters, and the packets that need no connection (Retry, Version
 * Negotiation, stateless reset).
 *
 * <p><b>Reading</b>: {@link mqttq.quic.packet.PacketHeader} is one reusable view that walks the packets of a datagram and reads what is
 * readable before decryption. <b>Writing</b>: {@link mqttq.quic.packet.HeaderWriter} begins a packet and fills in its length and number
 * when the frames are there.
 *
 * <p>{@link mqttq.quic.packet.ConnectionIdMap} finds connections by ids that peers may choose, under a keyed hash.
 * {@link mqttq.quic.packet.TransportParameters} are parsed strictly: a mistake is TRANSPORT_PARAMETER_ERROR and never an exception of
 * another kind.
 *
 * <p><b>Must not know</b> keys beyond Retry's fixed one, connections, or time.
 */
package mqttq.quic.packet;
