package mqttq.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import mqttq.quic.crypto.InitialSecrets;
import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.frame.FrameHandler;
import mqttq.quic.frame.FrameParser;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.PacketHeader;
import mqttq.quic.packet.PacketNumber;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.stream.CryptoStream;

/** Datagrams of a client of which nothing is known yet, until they make a whole ClientHello: all that an attempt costs until then. */
final class PendingHello {
    /** Datagrams that a ClientHello may come in: a 16 KiB one does. */
    private static final int MAX_DATAGRAMS = 14;
    private static final int CLIENT_HELLO = 1, MESSAGE_HEADER = 4;

    final QuicVersion version;
    final InetSocketAddress local, remote;
    /** Of the client's Initial, and what proves them later (RFC 9000 §7.3). */
    final ConnectionId destination, source, originalDcid, retryScid;
    final boolean addressValidated;
    final long created;
    private final PacketProtection keys;
    private final CryptoStream crypto;
    private final Frames frames = new Frames();
    private byte[][] datagrams = new byte[1][];
    private int count;
    /** In-order bytes so far, and the first four of them. */
    private long delivered;
    private int start;

    PendingHello(Endpoint endpoint, long now, PacketHeader header, InetSocketAddress local, InetSocketAddress remote,
        boolean addressValidated,
            ConnectionId originalDcid, ConnectionId retryScid) {
        version = header.version();
        destination = header.destination();
        source = header.source();
        this.local = local;
        this.remote = remote;
        this.addressValidated = addressValidated;
        this.originalDcid = originalDcid;
        this.retryScid = retryScid;
        created = now;
        keys = endpoint.protection.create(InitialSecrets.SUITE, version, new InitialSecrets(version, destination).client);
        crypto = new CryptoStream(endpoint.pool, CryptoStream.SERVER_LIMIT, frames);
    }

    /** A whole ClientHello is there. */
    boolean complete() { return delivered >= MESSAGE_HEADER && delivered >= MESSAGE_HEADER + (start & 0xff_ffff); }

    /**
     * A datagram of this client.
     * @param scratch where it can be opened: a copy is kept as it came
     * @return false where there is nothing in it that could ever become a handshake
     */
    boolean onDatagram(ByteBuffer datagram, InetSocketAddress from, byte[] scratch) {
        int length = datagram.remaining();
        if (!from.equals(remote) || count == MAX_DATAGRAMS || length > scratch.length) return count > 0;
        datagram.get(datagram.position(), scratch, 0, length);
        boolean opened = complete() || open(scratch, length);
        if (!opened || delivered >= MESSAGE_HEADER && start >>> 24 != CLIENT_HELLO) return count > 0 && !opened;
        keep(datagram);
        return true;
    }

    /** One that may bring 0-RTT data, which nobody can read yet. */
    void keep(ByteBuffer datagram) {
        if (count == MAX_DATAGRAMS) return;
        if (count == datagrams.length) datagrams = Arrays.copyOf(datagrams, Math.min(2 * count, MAX_DATAGRAMS));
        byte[] copy = new byte[datagram.remaining()];
        datagram.get(datagram.position(), copy);
        datagrams[count++] = copy;
    }

    private boolean open(byte[] array, int length) {
        PacketHeader header = new PacketHeader();
        header.datagram(ByteBuffer.wrap(array, 0, length), LocalCids.LENGTH);
        boolean any = false;
        while (header.next()) {
            if (header.type() != PacketType.INITIAL || header.version() != version) continue;
            int pn = header.packetNumberOffset(), pnLength = keys.unmask(array, header.start(), pn, header.end());
            if (pnLength < 0) continue;
            long number = PacketNumber.decode(-1, PacketNumber.read(array, pn, pnLength), pnLength);
            int end = keys.open(array, header.start(), pn + pnLength, header.end(), number);
            if (end < 0) continue;
            try {
                FrameParser.parse(ByteBuffer.wrap(array, pn + pnLength, end - pn - pnLength), PacketType.INITIAL, false, 0, frames);
                any = true;
            } catch (QuicException e) {
                return false;
            }
        }
        return any;
    }

    /** The datagrams in the order in which they came. */
    byte[][] datagrams() { return Arrays.copyOf(datagrams, count); }
    void close() { crypto.close(); }

    private final class Frames implements FrameHandler, CryptoStream.Consumer {
        /** In order: enough to know where the message ends. */
        @Override public void onCrypto(ByteBuffer data) {
            while (data.hasRemaining() && delivered < MESSAGE_HEADER) {
                start = start << 8 | data.get() & 0xff;
                delivered++;
            }
            delivered += data.remaining();
            data.position(data.limit());
        }

        @Override public void onCrypto(long offset, ByteBuffer data) throws QuicException { crypto.onCrypto(offset, data); }
    }
}
