package mqttq.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimerHeapTest {
    private static final Comparator<TimerHeap.Entry> ORDER =
        Comparator.comparingLong(TimerHeap.Entry::deadline).thenComparingLong(TimerHeap.Entry::order);

    private static final class Entry extends TimerHeap.Entry { }

    @Test
    void agreesWithASortedListThroughRandomSetsAndRemovals() {
        Random random = new Random(5);
        TimerHeap heap = new TimerHeap();
        Entry[] all = new Entry[500];
        for (int i = 0; i < all.length; i++) all[i] = new Entry();
        List<TimerHeap.Entry> set = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            Entry one = all[random.nextInt(all.length)];
            set.remove(one);
            if (random.nextInt(3) == 0) {
                heap.remove(one);
            } else {
                heap.set(one, random.nextInt(1000));
                set.add(one);
            }
            assertEquals(set.size(), heap.size());
            if (step % 50 == 0 && !set.isEmpty()) {
                TimerHeap.Entry least = set.stream().min(ORDER).get();
                assertSame(least, heap.first());
            }
        }
        set.sort(ORDER);
        for (TimerHeap.Entry expected : set) {
            assertSame(expected, heap.first());
            heap.remove(expected);
            assertFalse(expected.isSet());
        }
        assertNull(heap.first());
    }

    @Test
    void neverMeansOut() {
        TimerHeap heap = new TimerHeap();
        Entry entry = new Entry();
        heap.set(entry, 5);
        heap.set(entry, Long.MAX_VALUE);
        assertEquals(0, heap.size());
        assertEquals(Long.MAX_VALUE, heap.next());
    }
}
