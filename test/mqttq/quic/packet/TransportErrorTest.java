package mqttq.quic.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TransportErrorTest {
    @Test void codesAndNamesAreThoseOfTheRfc() {
        assertEquals("NO_ERROR", TransportError.name(0x00));
        assertEquals("FINAL_SIZE_ERROR", TransportError.name(TransportError.FINAL_SIZE_ERROR));
        assertEquals("CRYPTO_BUFFER_EXCEEDED", TransportError.name(0x0d));
        assertEquals("NO_VIABLE_PATH", TransportError.name(0x10));
        assertEquals("VERSION_NEGOTIATION_ERROR", TransportError.name(TransportError.VERSION_NEGOTIATION_ERROR));
        assertEquals("CRYPTO_ERROR(40)", TransportError.name(0x0128));
        assertEquals("0x12", TransportError.name(0x12));
        assertEquals("0x3fffffffffffffff", TransportError.name((1L << 62) - 1));
    }

    @Test void alertsFillTheirRange() {
        assertEquals(0x0128, TransportError.crypto(40));
        assertTrue(TransportError.isCrypto(0x0100) && TransportError.isCrypto(0x01ff));
        assertFalse(TransportError.isCrypto(0xff) || TransportError.isCrypto(0x200));
    }

    @Test void exceptionsAreOutcomesNotTraces() {
        QuicException e = new QuicException(TransportError.PROTOCOL_VIOLATION, 0x1e, "frame not allowed");
        assertEquals(0, e.getStackTrace().length);
        assertEquals(0x1e, e.frameType());
        assertEquals("PROTOCOL_VIOLATION: frame not allowed", e.toString());
        e.addSuppressed(new RuntimeException());
        assertEquals(0, e.getSuppressed().length);
    }
}
