package mqttq.mqtt.codec;

import java.nio.ByteBuffer;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.ProtocolVersion;
import mqttq.wire.BufferPool;

/**
 * Cuts a stream of bytes, in chunks of any size, into control packets and hands them to a {@link PacketHandler}. A packet that is whole in
 * a chunk is read in place; only one that a chunk's end cuts is gathered in a pooled buffer, which grows by what arrives. Loop thread.
 */
public final class PacketDecoder {
    /** The largest packet that MQTT can express: 268,435,455 bytes and the fixed header. */
    public static final int LARGEST_PACKET = 268_435_460;

    private PacketDecoder() { }

    /** For a server's end: the first packet must be CONNECT, which sets the version. {@code limit}: bytes, see {@link #limit(int)}. */
    public static PacketDecoder server(BufferPool pool, int limit) {
        throw new UnsupportedOperationException();
    }

    /** For a server's end of a further stream of a connection, where no CONNECT comes. */
    public static PacketDecoder server(ProtocolVersion version, BufferPool pool, int limit) {
        throw new UnsupportedOperationException();
    }

    /** For a client's end. */
    public static PacketDecoder client(ProtocolVersion version, BufferPool pool, int limit) {
        throw new UnsupportedOperationException();
    }

    /** The most bytes of a packet, fixed header included; what claims more is refused with 0x95 before it is gathered. Set at any time. */
    public void limit(int bytes) {
        throw new UnsupportedOperationException();
    }

    /**
     * The version in use. Null at a server as long as no CONNECT has named a protocol: then nothing can be answered. When {@link #decode}
     * refused the first packet and this is not null, a CONNACK in this version is the answer.
     */
    public ProtocolVersion version() {
        throw new UnsupportedOperationException();
    }

    /** Whether a packet has begun and not ended: a deadline is due, an end of the stream would cut it. */
    public boolean midPacket() {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads packets until the chunk is used up or the handler is not {@link PacketHandler#ready}: then the chunk's rest is left unread, to
     * be offered again.
     * @throws MqttException what is wrong with the stream, which cannot go on; 0x81, 0x82, 0x84, 0x85, 0x94, 0x95, or what the handler threw
     */
    public void decode(ByteBuffer chunk, PacketHandler handler) throws MqttException {
        throw new UnsupportedOperationException();
    }

    /** Gives back what is held, when the connection ends. */
    public void close() {
        throw new UnsupportedOperationException();
    }
}
