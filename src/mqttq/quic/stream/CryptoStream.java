package mqttq.quic.stream;

import java.nio.ByteBuffer;
import mqttq.quic.packet.QuicException;
import mqttq.quic.recovery.SentPacket;
import mqttq.wire.BufferPool;

/** The handshake bytes of one encryption level, both ways (RFC 9000 §7.5, §19.6). */
public final class CryptoStream {
    /** Takes handshake bytes in order; must consume all of {@code data}. */
    public interface Consumer {
        void onCrypto(ByteBuffer data) throws QuicException;
    }

    /** Bytes buffered out of order as a server, and as a client or where certificates are asked of clients. Stops memory before authentication. */
    public static final int SERVER_LIMIT = 1 << 14, CLIENT_LIMIT = 1 << 16;

    /** @param limit how far beyond what was delivered the peer may send, bytes; at least 4096 */
    public CryptoStream(BufferPool pool, int limit, Consumer consumer) {
        throw new UnsupportedOperationException();
    }

    /** Queues our handshake bytes. */
    public void send(ByteBuffer data) {
        throw new UnsupportedOperationException();
    }

    /** A CRYPTO frame came. Consumes {@code data}. @throws QuicException CRYPTO_BUFFER_EXCEEDED, or what the consumer throws */
    public void onCrypto(long offset, ByteBuffer data) throws QuicException {
        throw new UnsupportedOperationException();
    }

    /** Whether {@link #write} has something to send. */
    public boolean pending() {
        throw new UnsupportedOperationException();
    }

    /** Writes CRYPTO frames up to the limit of {@code packet} and notes them; returns whether it wrote any. */
    public boolean write(ByteBuffer packet, SentPacket record) {
        throw new UnsupportedOperationException();
    }

    /** A packet of this level's space was acknowledged. */
    public void onAcked(SentPacket packet) {
        throw new UnsupportedOperationException();
    }

    /** A packet of this level's space was lost, or is to be sent again as a probe. */
    public void onLost(SentPacket packet) {
        throw new UnsupportedOperationException();
    }

    /** Whether everything sent was acknowledged. */
    public boolean idle() {
        throw new UnsupportedOperationException();
    }

    /** Whether bytes wait for a gap to be filled: a key change in the middle of them would be an error. */
    public boolean gap() {
        throw new UnsupportedOperationException();
    }

    /** Sends everything again from the start: after a Retry. */
    public void rewind() {
        throw new UnsupportedOperationException();
    }

    /** The keys of the level are gone: gives all buffers back. */
    public void close() {
        throw new UnsupportedOperationException();
    }
}
