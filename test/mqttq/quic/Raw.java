package mqttq.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import mqttq.quic.crypto.AeadProtection;
import mqttq.quic.crypto.InitialSecrets;
import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.HeaderWriter;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.recovery.PacketNumberSpace;
import mqttq.quic.recovery.SentPacket;
import mqttq.wire.Varint;

/** Packets that no honest peer sends, under the keys of one that has a connection or of one that has none. */
final class Raw {
    private Raw() { }

    /** Bytes of varints, one after the other. */
    static byte[] varints(long... values) {
        ByteBuffer out = ByteBuffer.allocate(8 * values.length);
        for (long value : values) Varint.put(out, value);
        return Arrays.copyOf(out.array(), out.position());
    }

    static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) length += part.length;
        ByteBuffer out = ByteBuffer.allocate(length);
        for (byte[] part : parts) out.put(part);
        return out.array();
    }

    /** A 1-RTT packet of {@code c} with these frames, under its keys and its next number. */
    static byte[] packet(Connection c, byte... frames) {
        return packet(c, c.phases.write(), c.phases.phase(), c.remoteCids.id(c.paths.active().cid), frames);
    }

    static byte[] packet(Connection c, PacketProtection keys, boolean phase, ConnectionId destination, byte... frames) {
        ByteBuffer out = ByteBuffer.allocate(frames.length + 64);
        HeaderWriter writer = new HeaderWriter();
        long number = c.loss.nextNumber(PacketNumberSpace.APPLICATION);
        SentPacket record = c.loss.packet();
        writer.beginShort(out, destination, false, phase, number, 4);
        out.put(frames);
        writer.end(out, PacketProtection.TAG_LENGTH);
        int end = keys.protect(out.array(), writer.start(), writer.packetNumberOffset(), writer.payload(), out.position(), number);
        c.loss.onSent(c.now, PacketNumberSpace.APPLICATION, record, end);
        return Arrays.copyOf(out.array(), end);
    }

    /** An Initial or Handshake packet of {@code c} with these frames, from the connection id {@code source}, padded to {@code size}. */
    static byte[] packet(Connection c, PacketType type, ConnectionId source, int size, byte... frames) {
        ByteBuffer out = ByteBuffer.allocate(2048);
        HeaderWriter writer = new HeaderWriter();
        int space = PacketNumberSpace.of(type.level);
        long number = c.loss.nextNumber(space);
        SentPacket record = c.loss.packet();
        writer.beginLong(out, type, c.version, c.remoteCids.id(c.paths.active().cid), source, new byte[0], number, 4);
        out.put(frames);
        while (out.position() < size - PacketProtection.TAG_LENGTH) out.put((byte) 0);
        writer.end(out, PacketProtection.TAG_LENGTH);
        int end = c.spaces[space].write.protect(out.array(), writer.start(), writer.packetNumberOffset(), writer.payload(), out.position(), number);
        c.loss.onSent(c.now, space, record, end);
        return Arrays.copyOf(out.array(), end);
    }

    /** Delivers a datagram to a host at once, as if it had come from {@code remote}. */
    static void deliver(QuicHost to, byte[] datagram, InetSocketAddress remote) {
        to.endpoint.receive(to.loop.now(), ByteBuffer.wrap(datagram.clone()), to.port.local(), remote);
        to.flushLater();
    }

    /** Frames of {@code from}'s connection arrive at {@code to}. */
    static void inject(QuicHost from, Connection c, QuicHost to, byte... frames) {
        deliver(to, packet(c, frames), from.port.local());
    }

    /** A client's Initial datagram, padded to {@code size}, with these frames. */
    static byte[] initial(QuicVersion version, ConnectionId destination, ConnectionId source, byte[] token, int size, byte... frames) {
        ByteBuffer out = ByteBuffer.allocate(2048);
        HeaderWriter writer = new HeaderWriter();
        writer.beginLong(out, PacketType.INITIAL, version, destination, source, token, 0, 1);
        out.put(frames);
        while (out.position() < size - PacketProtection.TAG_LENGTH) out.put((byte) 0);
        writer.end(out, PacketProtection.TAG_LENGTH);
        PacketProtection keys = AeadProtection.FACTORY.create(InitialSecrets.SUITE, version, new InitialSecrets(version, destination).client);
        int end = keys.protect(out.array(), writer.start(), writer.packetNumberOffset(), writer.payload(), out.position(), 0);
        return Arrays.copyOf(out.array(), end);
    }
}
