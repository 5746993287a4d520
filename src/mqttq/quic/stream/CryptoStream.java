package mqttq.quic.stream;

import java.nio.ByteBuffer;
import mqttq.quic.frame.FrameType;
import mqttq.quic.frame.FrameWriter;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.TransportError;
import mqttq.quic.recovery.SentPacket;
import mqttq.wire.BufferPool;

/** The handshake bytes of one encryption level, both ways (RFC 9000 §7.5, §19.6). */
public final class CryptoStream {
    /** Takes handshake bytes in order, all of {@code data}. */
    public interface Consumer {
        void onCrypto(ByteBuffer data) throws QuicException;
    }

    /**
     * Bytes buffered out of order as a server, and as a client or where certificates are asked of clients. Stops memory before
     * authentication.
     */
    public static final int SERVER_LIMIT = 1 << 14, CLIENT_LIMIT = 1 << 16;
    /** Holes in what was received. Stops tiny frames at even offsets. */
    private static final int MAX_GAPS = 64;

    private final Streams streams;
    private final int limit;
    private final Consumer consumer;
    private final SendBuffer out;
    private final ReceiveBuffer in;
    private int held;
    private boolean delivering, closed;
    /** Offset behind what the consumer has, with what it is being given. */
    private long given;

    /** As the next, for a peer that has no connection yet. */
    public CryptoStream(BufferPool pool, int limit, Consumer consumer) { this(pool, limit, consumer, null); }

    /**
     * @param streams whose received bytes these count among
     * @param limit how far beyond what was delivered the peer may send, bytes; at least 4096
     */
    public CryptoStream(BufferPool pool, int limit, Consumer consumer, Streams streams) {
        this.streams = streams;
        this.limit = limit;
        this.consumer = consumer;
        out = new SendBuffer(pool);
        in = new ReceiveBuffer(pool);
    }

    /** Queues our handshake bytes. */
    public void send(ByteBuffer data) { if (!closed && data.hasRemaining()) out.write(data, data.remaining()); }

    /** A CRYPTO frame came. Consumes {@code data}. @throws QuicException CRYPTO_BUFFER_EXCEEDED, or what the consumer throws */
    public void onCrypto(long offset, ByteBuffer data) throws QuicException {
        long end = offset + data.remaining();
        if (!closed && end > in.start()) {
            if (end - in.start() > limit) throw exceeded("CRYPTO data beyond the buffer");
            if (offset <= in.start() && in.readable() == 0 && !delivering) {
                data.position(data.position() + (int) (in.start() - offset));
                deliver(data);
            } else {
                in.insert(offset, data);
                account(true);
                if (in.stretches() > MAX_GAPS) throw exceeded("too many gaps in CRYPTO data");
            }
            while (!closed && !delivering && (streams == null || !streams.closed()) && in.readable() > 0) deliver(in.view());
        }
        data.position(data.limit());
    }

    private void deliver(ByteBuffer data) throws QuicException {
        int n = data.remaining();
        given = in.start() + n;
        delivering = true;
        try {
            consumer.onCrypto(data);
        } finally {
            delivering = false;
        }
        if (closed) return;
        in.skip(n);
        account(false);
    }

    private void account(boolean more) {
        if (streams == null) return;
        held = streams.holds(in, held);
        if (more) streams.crowd();
    }

    private static QuicException exceeded(String reason) {
        return new QuicException(TransportError.CRYPTO_BUFFER_EXCEEDED, FrameType.CRYPTO, reason);
    }

    /** Whether {@link #write} has something to send. */
    public boolean pending() { return out.hasLost() || out.hasUnsent(); }

    /** Writes CRYPTO frames up to the limit of {@code packet} and notes them; returns whether it wrote any. */
    public boolean write(ByteBuffer packet, SentPacket record) {
        boolean wrote = false;
        while (pending()) {
            long offset = out.nextOffset();
            int n = (int) Math.min(out.nextLength(), FrameWriter.dataRoom(packet.remaining(), FrameWriter.cryptoHeaderSize(offset, 0)));
            if (n <= 0 || !FrameWriter.crypto(packet, offset, n)) break;
            out.take(n, packet);
            record.addCrypto(offset, n);
            wrote = true;
        }
        return wrote;
    }

    /** A packet of this level's space was acknowledged. */
    public void onAcked(SentPacket packet) {
        if (closed || !packet.has(FrameType.CRYPTO)) return;
        for (int i = 0; i < packet.size(); i++)
            if (packet.type(i) == FrameType.CRYPTO) out.onAcked(packet.value(i), packet.length(i));
    }

    /** A packet of this level's space was lost, or is to be sent again as a probe. */
    public void onLost(SentPacket packet) {
        if (closed || !packet.has(FrameType.CRYPTO)) return;
        for (int i = 0; i < packet.size(); i++)
            if (packet.type(i) == FrameType.CRYPTO) out.onLost(packet.value(i), packet.length(i));
    }

    /** Whether everything sent was acknowledged. */
    public boolean idle() { return out.unacknowledged() == 0; }

    /**
     * Whether there are bytes beyond those that the consumer has or is being given: a change of keys before them would be an error. May be
     * asked by the consumer, while what it reads is still kept.
     */
    public boolean gap() { return in.end() > given; }

    /** The keys of the level are gone: gives all buffers back. */
    public void close() {
        closed = true;
        out.free();
        in.free(delivering);
        account(false);
    }
}
