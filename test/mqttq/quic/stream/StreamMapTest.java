package mqttq.quic.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamMapTest {
    @Test void isWhatAMapIs() {
        Random random = new Random(3);
        StreamMap streams = new StreamMap();
        Map<Long, QuicStream> model = new HashMap<>();
        for (int i = 0; i < 100_000; i++) {
            long id = random.nextInt(64);
            if (random.nextBoolean()) {
                if (model.containsKey(id)) continue;
                QuicStream stream = new QuicStream(null, id, true, null, null);
                model.put(id, stream);
                streams.put(stream);
            } else {
                model.remove(id);
                streams.remove(id);
            }
            assertEquals(model.size(), streams.size());
            long other = random.nextInt(64);
            assertSame(model.get(other), streams.get(other));
        }
    }
}
