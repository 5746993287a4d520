package mqttq.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VarintTest {
    /** RFC 9000 appendix A.1, and every edge of RFC 9000 table 4. */
    @ParameterizedTest @CsvSource({
        "c2197c5eff14e88c, 151288809941952652", "9d7f3e7d, 494878333", "7bbd, 15293", "25, 37",
        "00, 0", "3f, 63", "4040, 64", "7fff, 16383", "80004000, 16384", "bfffffff, 1073741823", "c000000040000000, 1073741824",
        "ffffffffffffffff, 4611686018427387903"})
    void isWrittenInTheShortestFormAndReadBack(String hex, long value) {
        ByteBuffer out = ByteBuffer.allocate(8);
        Varint.put(out, value);
        assertEquals(hex, HexFormat.of().formatHex(out.array(), 0, out.position()));
        assertEquals(hex.length() / 2, Varint.size(value));
        assertEquals(value, Varint.get(out.flip()));
        assertEquals(0, out.remaining());
    }

    @ParameterizedTest @CsvSource({"4025, 37", "80000025, 37", "c000000000000025, 37", "4000, 0"})
    void isReadInLongerFormsToo(String hex, long value) {
        assertEquals(value, Varint.get(ByteBuffer.wrap(HexFormat.of().parseHex(hex))));
    }

    @ParameterizedTest @ValueSource(strings = {"", "40", "80", "800000", "c0", "c0000000000000"})
    void isMinusOneWhereTheBufferEndsInsideAndThePositionStays(String hex) {
        ByteBuffer in = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        assertEquals(-1, Varint.get(in));
        assertEquals(0, in.position());
    }

    @Test void refusesWhatDoesNotFit() {
        ByteBuffer out = ByteBuffer.allocate(8);
        assertThrows(IllegalArgumentException.class, () -> Varint.put(out, -1));
        assertThrows(IllegalArgumentException.class, () -> Varint.put(out, Varint.MAX + 1));
        assertEquals(0, out.position());
    }

    @Test void anyValueOfAnySizeComesBack() {
        Random random = new Random(4);
        ByteBuffer buffer = ByteBuffer.allocate(8);
        for (int i = 0; i < 100_000; i++) {
            long value = random.nextLong() >>> 2 + random.nextInt(62);
            Varint.put(buffer.clear(), value);
            assertEquals(Varint.size(value), buffer.position());
            assertEquals(value, Varint.get(buffer.flip()));
        }
    }
}
