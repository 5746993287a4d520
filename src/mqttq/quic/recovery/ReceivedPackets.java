package mqttq.quic.recovery;

import java.nio.ByteBuffer;

/**
 * The packets received in one packet number space: which numbers (at most {@link #MAX_RANGES} ranges), when an acknowledgment is due
 * (RFC 9000 §13.2), and the ACK frame. Times in ns.
 */
public final class ReceivedPackets {
    /** Ranges remembered and reported; older ones are dropped and packets below them count as duplicates. Stops ACK-state exhaustion by gaps. */
    public static final int MAX_RANGES = 32;

    /**
     * @param space {@link PacketNumberSpace}: Initial and Handshake packets are acknowledged at once
     * @param maxAckDelay what our max_ack_delay transport parameter promises, ns
     */
    public ReceivedPackets(int space, long maxAckDelay) {
        throw new UnsupportedOperationException();
    }

    /** Whether {@code number} was received before, or is so old that nobody knows: such a packet must be dropped. */
    public boolean isDuplicate(long number) {
        throw new UnsupportedOperationException();
    }

    /** A packet was opened and all its frames were processed. {@code ce}: it was marked Congestion Experienced. */
    public void onReceived(long now, long number, boolean ackEliciting, boolean ce) {
        throw new UnsupportedOperationException();
    }

    /** The largest number received, -1 before the first: for decoding truncated packet numbers. */
    public long largest() {
        throw new UnsupportedOperationException();
    }

    /** When an ACK must be sent at the latest; 0 where at once, {@code Long.MAX_VALUE} where nothing asks for one. */
    public long deadline() {
        throw new UnsupportedOperationException();
    }

    /** Whether ack-eliciting packets came since the last ACK frame: worth adding one to a packet that is sent anyway. */
    public boolean pending() {
        throw new UnsupportedOperationException();
    }

    /**
     * Writes an ACK frame of at most {@code room} bytes with the newest ranges that fit, and clears {@link #deadline}.
     * @param ackDelayExponent ours, 0 to 20; 3 in Initial and Handshake packets
     * @return Largest Acknowledged (for {@link SentPacket#addAck}), or -1 where nothing was received or it does not fit
     */
    public long writeAck(long now, ByteBuffer out, int room, int ackDelayExponent) {
        throw new UnsupportedOperationException();
    }

    /** The peer has an ACK frame of ours with this Largest Acknowledged: what it said need not be said again (RFC 9000 §13.2.4). */
    public void onAckAcked(long largest) {
        throw new UnsupportedOperationException();
    }
}
