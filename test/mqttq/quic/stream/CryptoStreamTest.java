package mqttq.quic.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.TransportError;
import mqttq.quic.recovery.SentPacket;
import mqttq.wire.BufferPool;
import org.junit.jupiter.api.Test;

class CryptoStreamTest {
    private final BufferPool pool = new BufferPool(1 << 16);
    private final SentPacket.Pool records = new SentPacket.Pool(10);
    private final StringBuilder seen = new StringBuilder();
    private final CryptoStream stream = new CryptoStream(pool, CryptoStream.SERVER_LIMIT, data -> {
        seen.append(new String(data.array(), data.arrayOffset() + data.position(), data.remaining()));
        data.position(data.limit());
    });

    private static ByteBuffer text(String text) {
        return StreamPair.text(text);
    }

    private SentPacket write(int room) {
        SentPacket record = records.take();
        stream.write(ByteBuffer.allocate(room), record);
        return record;
    }

    private static String ranges(SentPacket record) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < record.size(); i++) text.append(record.value(i)).append('+').append(record.length(i)).append(' ');
        return text.toString().trim();
    }

    @Test void deliversInOrder() throws QuicException {
        stream.onCrypto(3, text("def"));
        assertTrue(stream.gap());
        stream.onCrypto(0, text("abcd"));
        assertEquals("abcdef", seen.toString());
        assertFalse(stream.gap());
        stream.onCrypto(0, text("abcdefgh"));
        assertEquals("abcdefgh", seen.toString());
    }

    /** RFC 9001 §4.1.3: keys change from within the delivery; what is being delivered is no gap then, what lies beyond it is one. */
    @Test void whatIsBeingDeliveredIsNoGap() throws QuicException {
        StringBuilder gaps = new StringBuilder();
        CryptoStream[] self = new CryptoStream[1];
        CryptoStream asking = self[0] = new CryptoStream(pool, CryptoStream.SERVER_LIMIT, data -> {
            gaps.append(data.remaining()).append(self[0].gap() ? "+ " : " ");
            data.position(data.limit());
        });
        asking.onCrypto(2, text("cd"));
        asking.onCrypto(0, text("ab"));
        asking.onCrypto(6, text("gh"));
        asking.onCrypto(4, text("efgh"));
        asking.onCrypto(12, text("x"));
        asking.onCrypto(9, text("j"));
        asking.onCrypto(8, text("i"));
        assertEquals("2+ 2 4 1+ 1+ ", gaps.toString());
        assertTrue(asking.gap());
    }

    @Test void buffersNoMoreThanItsLimit() throws QuicException {
        stream.onCrypto(CryptoStream.SERVER_LIMIT - 1, text("x"));
        QuicException e = assertThrows(QuicException.class, () -> stream.onCrypto(CryptoStream.SERVER_LIMIT, text("x")));
        assertEquals(TransportError.CRYPTO_BUFFER_EXCEEDED, e.code());
    }

    @Test void countsItsGaps() throws QuicException {
        for (int i = 1; i <= 64; i++) stream.onCrypto(2 * i, text("x"));
        assertThrows(QuicException.class, () -> stream.onCrypto(1000, text("x")));
    }

    @Test void retransmitsOnlyWhatWasLost() {
        stream.send(StreamPair.zeros(2500));
        SentPacket a = write(1000), b = write(1000), c = write(1000);
        assertEquals("0+996", ranges(a));
        assertFalse(stream.pending());
        stream.onLost(b);
        assertEquals(ranges(b), ranges(write(1000)));
        stream.onAcked(a);
        stream.onAcked(b);
        assertFalse(stream.idle());
        stream.onAcked(c);
        assertTrue(stream.idle());
    }

    @Test void fillsAPacketWithSeveralLostRanges() {
        stream.send(StreamPair.zeros(300));
        SentPacket a = write(104);
        write(104);
        SentPacket c = write(200);
        stream.onLost(a);
        stream.onLost(c);
        assertEquals(ranges(a) + " " + ranges(c), ranges(write(1000)));
    }

    @Test void closedItIsSilent() throws QuicException {
        stream.send(StreamPair.zeros(300));
        stream.close();
        assertFalse(stream.pending());
        stream.onCrypto(0, text("x"));
        assertEquals("", seen.toString());
    }
}
