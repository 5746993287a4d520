package mqttq.quic.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RangeSetTest {
    private final RangeSet set = new RangeSet();

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < set.size(); i++) text.append(set.start(i)).append('-').append(set.end(i)).append(' ');
        return text.toString().trim();
    }

    @Test void joinsNeighbours() {
        set.add(0, 5);
        set.add(10, 15);
        assertEquals("0-5 10-15", text());
        set.add(5, 10);
        assertEquals("0-15", text());
    }

    @Test void swallowsWhatItCovers() {
        set.add(2, 3);
        set.add(5, 6);
        set.add(8, 9);
        set.add(1, 8);
        assertEquals("1-9", text());
    }

    @Test void removingSplits() {
        set.add(0, 10);
        set.remove(3, 4);
        assertEquals("0-3 4-10", text());
        set.remove(0, 3);
        assertEquals("4-10", text());
    }

    @Test void emptyRangesChangeNothing() {
        set.add(3, 3);
        set.remove(0, 10);
        assertTrue(set.isEmpty());
    }

    @Test void isWhatABitSetIs() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            RangeSet ranges = new RangeSet();
            BitSet bits = new BitSet();
            for (int i = 0; i < 200; i++) {
                int start = random.nextInt(120), end = start + random.nextInt(20);
                if (random.nextInt(3) > 0) {
                    ranges.add(start, end);
                    bits.set(start, end);
                } else {
                    ranges.remove(start, end);
                    bits.clear(start, end);
                }
                int at = 0;
                for (int r = 0; r < ranges.size(); r++) {
                    assertEquals(bits.nextSetBit(at), ranges.start(r));
                    at = bits.nextClearBit((int) ranges.start(r));
                    assertEquals(at, ranges.end(r));
                }
                assertEquals(-1, bits.nextSetBit(at));
            }
        }
    }
}
