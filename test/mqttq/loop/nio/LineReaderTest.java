package mqttq.loop.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class LineReaderTest {
    private final List<String> lines = new ArrayList<>();

    /** Reads it all, {@code batch} lines a turn. */
    private void read(InputStream in, int largest, int batch) {
        try (NioLoop loop = NioLoop.open()) {
            LineReader[] reader = new LineReader[1];
            LineReader.Handler handler = new LineReader.Handler() {
                @Override
                public void onReadable() {
                    byte[] line = null;
                    for (int i = 0; i < batch && (line = reader[0].next()) != null; i++) lines.add(new String(line, StandardCharsets.UTF_8));
                    if (line != null) loop.defer(this::onReadable);
                }

                @Override
                public void onEnd(String error) {
                    lines.add(error == null ? "end" : "error: " + error);
                    loop.stop();
                }
            };
            reader[0] = new LineReader(loop, in, largest, handler);
            loop.run();
        }
    }

    private static InputStream of(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void givesLinesWithoutTheirEndsAndAlsoALastOneWithoutEnd() {
        read(of("a\n\nb c\r\né"), 100, 1);
        assertEquals(List.of("a", "", "b c\r", "é", "end"), lines);
    }

    @Test
    void anEmptyStreamHasNoLines() {
        read(of(""), 100, 10);
        assertEquals(List.of("end"), lines);
    }

    @Test
    void linesMayBeLongerThanAChunkAndLieAcrossTwo() {
        String longLine = "x".repeat(200_000);
        read(of("a\n" + longLine + "\nb\n"), 1 << 20, 10);
        assertEquals(List.of("a", longLine, "b", "end"), lines);
    }

    @Test
    void aLineBeyondTheLimitEndsTheReading() {
        read(of("ok\n" + "x".repeat(200_000) + "\nb\n"), 1000, 10);
        assertEquals(List.of("ok", "error: a line is longer than 1000 bytes"), lines);
    }

    @Test
    void everyLineComesOnceInOrderHoweverTheyAreTaken() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 50_000; i++) text.append(i).append('\n');
        read(of(text.toString()), 100, 7);
        assertEquals(50_001, lines.size());
        for (int i = 0; i < 50_000; i++) assertEquals(String.valueOf(i), lines.get(i));
    }

    @Test
    void aStreamThatFailsSaysSo() {
        read(new InputStream() {
            private int left = 2;

            @Override
            public int read() throws IOException {
                throw new IOException("broken");
            }

            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                if (left-- == 0) throw new IOException("broken");
                to[offset] = 'a';
                to[offset + 1] = '\n';
                return 2;
            }
        }, 100, 10);
        assertEquals(List.of("a", "a", "error: broken"), lines);
    }
}
