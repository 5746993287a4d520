package mqttq.mqtt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import mqttq.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {
    private static boolean valid(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return Utf8.isValid(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "7f", "01", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbf", "efbbbf", "f0908080", "f48fbfbf", "41c3a942"})
    void takesWellFormedCharacters(String hex) {
        assertTrue(valid(hex));
    }

    @ParameterizedTest
    @ValueSource(strings = {"00", "80", "bf", "c080", "c1bf", "c2", "c27f", "c2c0", "e08080", "e09fbf", "e0a0", "eda080", "edbfbf",
        "edafbfedbfbf", "e1807f",
        "f0808080", "f08fbfbf", "f4908080", "f5808080", "f09080", "f0908041", "ff", "fe", "f8a0808080", "6100", "c28080"})
    @Statement({"MQTT-1.5.4-1", "MQTT-1.5.4-2"})
    void refusesWhatIsNoUtf8OrUnwanted(String hex) {
        assertFalse(valid(hex));
    }

    @Test
    void payloadsMayHaveU0000() {
        assertTrue(Utf8.isWellFormed(new byte[] {0, 'a', 0}, 0, 3));
        assertFalse(Utf8.isWellFormed(new byte[] {0, (byte) 0xc0, 0}, 0, 3));
    }

    @Test
    void agreesWithTheJdkOnRandomBytes() {
        Random random = new Random(1);
        byte[] bytes = new byte[6];
        for (int i = 0; i < 200_000; i++) {
            random.nextBytes(bytes);
            for (int j = 0; j < 6; j++) if (random.nextBoolean()) bytes[j] = (byte) (0x80 | bytes[j] & 0x3f);
            if (random.nextBoolean()) bytes[0] = (byte) (0xe0 | bytes[0] & 0x1f);
            boolean jdk;
            try {
                StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).decode(ByteBuffer.wrap(bytes));
                jdk = true;
            } catch (CharacterCodingException e) {
                jdk = false;
            }
            assertEquals(jdk, Utf8.isWellFormed(bytes, 0, bytes.length), HexFormat.of().formatHex(bytes));
        }
    }

    @Test
    void writesEveryCharacterAsTheJdkDoes() {
        ByteBuffer out = ByteBuffer.allocate(8);
        for (int c = 1; c <= 0x10ffff; c++) {
            if (c >= 0xd800 && c < 0xe000) continue;
            String text = Character.toString(c);
            byte[] expected = text.getBytes(StandardCharsets.UTF_8);
            assertEquals(expected.length, Utf8.size(text));
            Utf8.put(out.clear(), text);
            out.flip();
            assertEquals(expected.length, out.getShort());
            for (byte b : expected) assertEquals(b, out.get());
            assertFalse(out.hasRemaining());
        }
    }

    @Test
    void refusesToWriteWhatMayNotBeSent() {
        assertThrows(IllegalArgumentException.class, () -> Utf8.size("a\0"));
        assertThrows(IllegalArgumentException.class, () -> Utf8.size("\ud800"));
        assertThrows(IllegalArgumentException.class, () -> Utf8.size("\ud800a"));
        assertThrows(IllegalArgumentException.class, () -> Utf8.size("\udc00\ud800"));
        assertThrows(IllegalArgumentException.class, () -> Utf8.bytes("x".repeat(65_536)));
        assertEquals(65_535, Utf8.size("x".repeat(65_535)));
        assertEquals("", CharBuffer.wrap("").toString());
    }

    @Test
    void variableByteIntegersAreTheShortestAndHaveFourBytesAtMost() {
        ByteBuffer out = ByteBuffer.allocate(4);
        for (int[] each : new int[][] {{0, 1}, {127, 1}, {128, 2}, {16_383, 2}, {16_384, 3}, {2_097_151, 3}, {2_097_152, 4}, {268_435_455, 4}}) {
            VariableByteInteger.put(out.clear(), each[0]);
            assertEquals(each[1], out.position());
            assertEquals(each[1], VariableByteInteger.size(each[0]));
            assertEquals(each[0], VariableByteInteger.get(out.array(), 0, each[1]));
            if (each[1] > 1) assertEquals(-1, VariableByteInteger.get(out.array(), 0, each[1] - 1));
        }
        assertArrayEquals(new byte[] {-1, -1, -1, 127}, out.array());
        assertThrows(IllegalArgumentException.class, () -> VariableByteInteger.put(out.clear(), 268_435_456));
        assertThrows(IllegalArgumentException.class, () -> VariableByteInteger.put(out.clear(), -1));
        assertEquals(-2, VariableByteInteger.get(new byte[] {-1, -1, -1, -1, 1}, 0, 5));
        assertEquals(-2, VariableByteInteger.get(new byte[] {-128, 0}, 0, 2));
        assertEquals(-2, VariableByteInteger.get(new byte[] {-127, -128, 0}, 0, 3));
        assertEquals(-1, VariableByteInteger.get(new byte[0], 0, 0));
    }
}
