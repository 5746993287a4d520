package mqttq.quic.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import mqttq.quic.frame.FrameType;
import mqttq.quic.packet.QuicException;
import mqttq.quic.recovery.SentPacket;
import mqttq.wire.BufferPool;
import org.junit.jupiter.api.Test;

/** What peers leave unfinished: bounded in all, by address, by connection before it is let in, and in time. */
class ReceiveMemoryTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Limits NARROW = new Limits(1 << 14, 1 << 20, 1 << 14, 16, 3, 64, 1 << 16, 1 << 18, 3 << 15);

    private final Budget budget = new Budget(1 << 20);

    /** A server's end of a connection. */
    private final class Peer implements Streams.Owner, StreamHandler {
        final String address;
        final Streams streams = new Streams(false, NARROW, new BufferPool(0), budget, this);
        boolean crowdedOut;
        long got;

        Peer(String address) {
            this.address = address;
            streams.peerLimits(1 << 20, 1 << 20, 1 << 20, 1 << 20, 16, 16);
        }

        /** All of {@code bytes} from the start of a stream but the first. */
        Peer leavesOut(int stream, int bytes) throws QuicException {
            streams.onStream(stream, 1, ByteBuffer.allocate(bytes - 1), false);
            return this;
        }

        @Override public void wake() { }
        @Override public StreamHandler onOpened(QuicStream stream) { return this; }
        @Override public Object address() { return address; }

        @Override public void crowdedOut() {
            crowdedOut = true;
            streams.close("");
        }

        @Override public void onData(QuicStream stream, ByteBuffer data) {
            got += data.remaining();
            data.position(data.limit());
        }

        @Override public void onEnd(QuicStream stream) { }
        @Override public void onClosed(QuicStream stream, String reason) { }
    }

    @Test
    void whoIsNotLetInMaySendSixteenKibibytesOnAllStreamsTogether() throws QuicException {
        Peer peer = new Peer("a").leavesOut(4, 8000).leavesOut(8, 8000);
        assertThrows(QuicException.class, () -> peer.leavesOut(12, 1000));
        assertThrows(QuicException.class, () -> new Peer("a").leavesOut(0, (1 << 14) + 1));
        assertEquals(3 << 13, new Peer("b").leavesOut(0, 1 << 14).streams.held + 8192);
    }

    @Test
    void windowsGrowWhenAPeerIsLetInAndNotBefore() throws QuicException {
        Peer peer = new Peer("a");
        ByteBuffer out = ByteBuffer.allocate(1200);
        for (int i = 0; i < 20; i++) {
            peer.streams.onStream(0, i * 8000L, ByteBuffer.allocate(8000), false);
            peer.streams.write(i, SECOND, out.clear(), new SentPacket.Pool(1).take());
        }
        assertThrows(QuicException.class, () -> peer.streams.onStream(0, 20 * 8000L + 8000, ByteBuffer.allocate(9000), false));
        assertEquals(1 << 20, budget.left());
        peer.streams.admit();
        assertTrue(peer.streams.pending());
        peer.streams.write(30, SECOND, out.clear(), new SentPacket.Pool(1).take());
        peer.streams.onStream(0, 20 * 8000L + 4, ByteBuffer.allocate((1 << 16) - 4), false);
        peer.streams.onStream(4, 0, ByteBuffer.allocate(10_000), false);
        peer.streams.write(31, SECOND, out.clear(), new SentPacket.Pool(1).take());
        peer.streams.onStream(4, 10_004, ByteBuffer.allocate(20_000), false);
        peer.streams.close("");
        assertEquals(1 << 20, budget.left());
        assertEquals(0, budget.held());
    }

    @Test
    void allTogetherHoldSoMuchAndTheOldestGivesWay() throws QuicException {
        Peer[] peers = new Peer[100];
        for (int i = 0; i < 100; i++) {
            peers[i] = new Peer("address " + i).leavesOut(0, 16_000);
            assertTrue(budget.held() <= 1 << 20);
        }
        for (int i = 0; i < 100; i++) assertEquals(i < 36, peers[i].crowdedOut, "peer " + i);
        peers[99].streams.onStream(0, 0, ByteBuffer.allocate(1), false);
        assertEquals(16_000, peers[99].got);
        assertEquals(0, peers[99].streams.held);
        assertEquals(63 << 14, budget.held());
    }

    @Test
    void oneAddressHoldsAQuarterAndNobodyElseGivesWay() throws QuicException {
        Peer other = new Peer("b").leavesOut(0, 16_000);
        Peer[] peers = new Peer[30];
        for (int i = 0; i < 30; i++) peers[i] = new Peer("a").leavesOut(0, 16_000);
        for (int i = 0; i < 30; i++) assertEquals(i < 14, peers[i].crowdedOut, "peer " + i);
        assertFalse(other.crowdedOut);
        for (Peer each : peers) each.streams.close("");
        assertEquals(1 << 14, budget.held());
        other.streams.onResetStream(0, 0, 16_000);
        assertEquals(0, budget.held());
    }

    @Test
    void aGapIsFilledInTimeOrTheConnectionEnds() throws QuicException {
        Peer peer = new Peer("a").leavesOut(0, 1000);
        for (int i = 0; i <= 20; i++) peer.streams.onReceived(i * SECOND);
        peer.streams.onReceived(1000 * SECOND); // there was no network
        peer.streams.onStream(0, 0, ByteBuffer.allocate(1), false);
        peer.streams.onReceived(1001 * SECOND);
        peer.streams.onStream(0, 1001, ByteBuffer.allocate(10), false);
        for (int i = 1002; i < 1032; i++) peer.streams.onReceived(i * SECOND);
        QuicException late = assertThrows(QuicException.class, () -> peer.streams.onReceived(1032 * SECOND));
        assertEquals(FrameType.STREAM, late.frameType());
    }

    @Test
    void handshakeBytesAndWhatIsSentCountToo() throws QuicException {
        Peer peer = new Peer("a");
        CryptoStream crypto = new CryptoStream(new BufferPool(0), 1 << 14, data -> data.position(data.limit()), peer.streams);
        crypto.onCrypto(1, ByteBuffer.allocate(8000));
        assertEquals(1 << 13, peer.streams.held);
        crypto.onCrypto(0, ByteBuffer.allocate(1));
        assertEquals(0, budget.held());
        peer.streams.open(true, peer).write(ByteBuffer.allocate(8000));
        assertEquals(1 << 13, budget.held());
        crypto.onCrypto(8010, ByteBuffer.allocate(8000));
        assertEquals(2 << 13, budget.held());
        for (int i = 0; i < 20; i++) new Peer("a").leavesOut(0, 16_000);
        assertTrue(peer.crowdedOut);
        crypto.close();
        assertEquals(16 << 14, budget.held());
        Peer[] others = new Peer[17];
        for (int i = 0; i < others.length; i++) {
            others[i] = new Peer("b");
            new CryptoStream(new BufferPool(0), 1 << 14, data -> { }, others[i].streams).onCrypto(1, ByteBuffer.allocate(16_000));
        }
        assertTrue(others[0].crowdedOut);
    }
}
