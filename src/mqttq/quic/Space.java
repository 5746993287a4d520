package mqttq.quic;

import java.nio.ByteBuffer;
import java.util.Arrays;
import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.packet.PacketHeader;
import mqttq.quic.packet.QuicException;
import mqttq.quic.recovery.ReceivedPackets;
import mqttq.quic.stream.CryptoStream;

/** What a packet number space has of its own: keys, received packets, handshake bytes, and packets that came before their keys. */
final class Space implements CryptoStream.Consumer {
    private static final byte[][] NONE = {};
    /** Stands for a space whose keys are gone, in all connections. */
    static final Space GONE = new Space();

    private final Connection connection;
    final int index;
    final ReceivedPackets received;
    /** Null where nothing more is to come or go. */
    CryptoStream crypto;
    /** Of Initial and Handshake; 1-RTT packets have {@link KeyPhases}. Null before there are any and after they were discarded. */
    PacketProtection read, write;
    /** Keys are gone: whatever comes is dropped. */
    boolean discarded;
    /** A PING has to go out. */
    boolean ping;
    private byte[][] held = NONE;
    private int heldCount;

    Space(Connection connection, int index) {
        this.connection = connection;
        this.index = index;
        received = new ReceivedPackets(index, connection.options.maxAckDelay());
        crypto = new CryptoStream(connection.endpoint.pool, connection.options.cryptoBuffer(), this, connection.streams);
    }

    private Space() {
        connection = null;
        index = -1;
        received = null;
        crypto = null;
        discarded = true;
    }

    @Override public void onCrypto(ByteBuffer data) throws QuicException { connection.onCrypto(index, data); }

    /** Keeps a packet until its keys arrive (RFC 9001 §5.7); false where there are {@code most} already. */
    boolean hold(PacketHeader packet, int most) {
        if (heldCount == most) return false;
        if (held.length == 0) held = new byte[most][];
        held[heldCount++] = Arrays.copyOfRange(packet.array(), packet.start(), packet.end());
        return true;
    }

    boolean holds() { return heldCount > 0; }

    /** The packets kept, which are no longer; the array ends with nulls. */
    byte[][] release() {
        byte[][] packets = held;
        held = NONE;
        heldCount = 0;
        return packets;
    }

    void dropCrypto() {
        crypto.close();
        crypto = null;
    }

    void discard() {
        discarded = true;
        read = write = null;
        ping = false;
        release();
        if (crypto != null) crypto.close();
    }
}
