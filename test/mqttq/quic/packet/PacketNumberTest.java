package mqttq.quic.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacketNumberTest {
    /** RFC 9000 §17.1 and appendix A.2, and the edges. */
    @ParameterizedTest @CsvSource({
        "0xac5c02, 0xabe8b3, 2", "0xace8fe, 0xabe8b3, 3", "0, -1, 1", "126, -1, 1", "127, -1, 2", "127, 0, 1", "128, 0, 2",
        "32767, 0, 2", "32768, 0, 3", "8388607, 0, 3", "8388608, 0, 4", "4611686018427387903, 4611686018427387902, 1"})
    void takesTheBytesItNeeds(String number, String acked, int length) {
        assertEquals(length, PacketNumber.length(Long.decode(number), Long.decode(acked)));
    }

    /** RFC 9000 appendix A.3, and the edges of the window and of the numbers. */
    @ParameterizedTest @CsvSource({
        "0xa82f30ea, 0x9b32, 2, 0xa82f9b32", "-1, 0, 1, 0", "-1, 255, 1, 255", "0, 255, 1, 255", "254, 0, 1, 256", "127, 0, 1, 256", "126, 0, 1, 0",
        "511, 127, 1, 639", "511, 129, 1, 385", "0xffffffff, 5, 4, 0x100000005", "0x3fffffffffffffff, 255, 1, 0x3fffffffffffffff",
        "0x3ffffffffffffffe, 0, 1, 0x3fffffffffffff00", "0x3fffffffffffffff, 0, 4, 0x3fffffff00000000"})
    void isDecodedToTheNearest(String largest, String truncated, int length, String number) {
        assertEquals(Long.decode(number), PacketNumber.decode(Long.decode(largest), Long.decode(truncated), length));
    }

    @Test void whatWasWrittenWithTheBytesItNeedsIsDecodedWhateverArrived() {
        Random random = new Random(7);
        for (int i = 0; i < 200_000; i++) {
            long number = random.nextLong() >>> 2 + random.nextInt(61);
            long acked = Math.max(-1, number - 1 - (random.nextLong() >>> 36 + random.nextInt(26)) % (1 << 28));
            int length = PacketNumber.length(number, acked);
            byte[] bytes = new byte[6];
            PacketNumber.write(bytes, 1, length, number);
            assertEquals(0, bytes[0] | bytes[1 + length]);
            long truncated = PacketNumber.read(bytes, 1, length);
            // The receiver may have seen anything from the largest we know it acknowledged to this packet's predecessors.
            long largest = acked + (long) ((number - 1 - acked) * random.nextDouble());
            assertEquals(number, PacketNumber.decode(largest, truncated, length));
        }
    }

    @Test void decodingNeverLeavesTheNumbers() {
        Random random = new Random(8);
        for (int i = 0; i < 200_000; i++) {
            int length = 1 + random.nextInt(4);
            long largest = (random.nextLong() >>> 2 + random.nextInt(62)) - random.nextInt(2), truncated = random.nextLong() & (1L << 8 * length) - 1;
            if (random.nextBoolean()) largest = PacketNumber.MAX - Math.max(0, largest >>> 20);
            long number = PacketNumber.decode(largest, truncated, length);
            assertEquals(truncated, number & (1L << 8 * length) - 1);
            assertEquals(number & PacketNumber.MAX, number);
        }
    }

    @Test void isWrittenBigEndian() {
        byte[] bytes = new byte[4];
        PacketNumber.write(bytes, 0, 4, 0x1_0203_0405L);
        assertArrayEquals(new byte[] {2, 3, 4, 5}, bytes);
        assertEquals(0x02030405, PacketNumber.read(bytes, 0, 4));
        assertEquals(0xffL, PacketNumber.read(new byte[] {-1}, 0, 1));
    }
}
