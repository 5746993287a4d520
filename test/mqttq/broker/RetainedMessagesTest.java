package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import mqttq.Seeds;
import mqttq.mqtt.Message;
import mqttq.mqtt.Topics;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RetainedMessagesTest {
    private final RetainedMessages retained = new RetainedMessages(new SimWorld(1).host("1.1.1.1").entropy());

    static java.util.stream.LongStream seeds() {
        return Seeds.of(5, 500);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void findsWhatANaiveMatcherFinds(long seed) {
        Random random = new Random(seed);
        Map<String, StoredMessage> model = new TreeMap<>();
        for (int step = 0; step < 3000; step++) {
            String topic = SubscriptionTreeTest.random(random, false);
            byte[] bytes = topic.getBytes();
            if (random.nextInt(3) > 0) {
                StoredMessage message = new StoredMessage(Message.of(topic, new byte[] {1}, 0, true));
                assertEquals(model.put(topic, message), retained.put(bytes, 0, bytes.length, message, null));
            } else {
                assertEquals(model.remove(topic), retained.remove(bytes, 0, bytes.length));
            }
            if (random.nextInt(300) == 0) {
                char gone = (char) ('a' + random.nextInt(3));
                int before = model.size();
                model.keySet().removeIf(each -> each.indexOf(gone) >= 0);
                assertEquals(before - model.size(), retained.sweep(message -> message.message.topic().indexOf(gone) >= 0));
            }
            assertEquals(model.size(), retained.size());
            assertEquals(model.get(topic), retained.get(bytes, 0, bytes.length));
            String filter = SubscriptionTreeTest.random(random, true);
            byte[] pattern = filter.getBytes();
            List<String> found = new ArrayList<>();
            retained.match(pattern, 0, pattern.length, (message, source) -> found.add(message.message.topic()));
            found.sort(null);
            assertEquals(model.keySet().stream().filter(each -> Topics.matches(filter, each)).toList(), found, filter);
        }
        retained.sweep(message -> true);
        long before = retained.visited;
        retained.match("#".getBytes(), 0, 1, (message, source) -> true);
        assertTrue(retained.visited - before <= 2, "nothing is left");
        assertEquals(0, retained.bytes());
    }

    @Test
    void theWalkEndsWhenTheVisitorHasEnough() {
        for (int i = 0; i < 100; i++) {
            byte[] topic = ("t/" + i % 10 + '/' + i).getBytes();
            retained.put(topic, 0, topic.length, new StoredMessage(Message.of("t", new byte[] {1}, 0, true)), null);
        }
        for (String filter : new String[] {"#", "t/+/+", "t/#", "+/+/+"}) {
            int[] count = {0};
            retained.match(filter.getBytes(), 0, filter.length(), (message, source) -> ++count[0] < 5);
            assertEquals(5, count[0], filter);
        }
    }

    @Test
    void anExactFilterLooksAtItsLevelsAlone() {
        for (int i = 0; i < 10_000; i++) {
            byte[] topic = ("t/" + i).getBytes();
            retained.put(topic, 0, topic.length, new StoredMessage(Message.of("t", new byte[] {1}, 0, true)), null);
        }
        long before = retained.visited;
        retained.match("t/77".getBytes(), 0, 4, (message, source) -> true);
        assertEquals(3, retained.visited - before);
    }
}
