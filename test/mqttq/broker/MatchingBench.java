package mqttq.broker;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Message;

/**
 * Measures ({@code make matching}), decides nothing: what it takes to publish a message to the one subscriber among 1,000 and among 100,000
 * subscriptions, and to find the one retained message that a new subscription matches among as many. Prints ns, the best of some rounds.
 */
public final class MatchingBench {
    private static final int ROUNDS = 9, MESSAGES = 200_000;
    private static int delivered;

    private MatchingBench() { }

    public static void main(String[] args) {
        measure(1000); // for the compilers
        double[] few = measure(1000), many = measure(100_000);
        System.out.printf("%-34s %10s %10s %8s%n", "", "of 1,000", "of 100,000", "ratio");
        String[] names = {"publish, any of 1,000 topics", "publish, any of all topics", "retained, any of 1,000 filters", "retained, any of all filters"};
        for (int i = 0; i < names.length; i++) System.out.printf("%-34s %7.0f ns %7.0f ns %8.2f%n", names[i], few[i], many[i], many[i] / few[i]);
    }

    private static double[] measure(int count) {
        Broker broker = new TestBroker(settings -> settings.maxRetainedMessages = 0).broker;
        LocalClient client = broker.localClient(new LocalClient.Listener() {
            @Override
            public boolean onMessage(LocalClient client, ApplicationMessage message, int qos, boolean retain) {
                delivered++;
                return true;
            }
        });
        for (int i = 0; i < count; i++) {
            client.subscribe(i % 10 == 0 ? "house/" + i + "/+" : i % 10 == 1 ? "house/" + i + "/temperature/#" : "house/" + i + "/temperature", 0, false, false);
            broker.publish(Message.of("kept/" + i + "/temperature", new byte[16], 0, true));
        }
        double[] nanos = new double[4];
        Arrays.fill(nanos, Double.MAX_VALUE);
        for (int round = 0; round < ROUNDS; round++) {
            for (int kind = 0; kind < 2; kind++) {
                int topics = kind == 0 ? 1000 : count;
                List<Message> messages = new ArrayList<>();
                List<byte[]> filters = new ArrayList<>();
                Random random = new Random(round);
                for (int i = 0; i < 10_000; i++) {
                    int which = random.nextInt(topics);
                    messages.add(Message.of("house/" + which + "/temperature", new byte[16], 0, false));
                    filters.add(("kept/" + which + "/+").getBytes(StandardCharsets.UTF_8));
                }
                delivered = 0;
                long start = System.nanoTime();
                for (int i = 0; i < MESSAGES; i++) broker.publish(messages.get(i % 10_000));
                nanos[kind] = Math.min(nanos[kind], (System.nanoTime() - start) / (double) MESSAGES);
                if (delivered != MESSAGES) throw new IllegalStateException(delivered + " delivered");
                start = System.nanoTime();
                for (int i = 0; i < MESSAGES; i++) {
                    byte[] filter = filters.get(i % 10_000);
                    broker.retained.match(filter, 0, filter.length, (message, source) -> {
                        delivered++;
                        return true;
                    });
                }
                nanos[kind + 2] = Math.min(nanos[kind + 2], (System.nanoTime() - start) / (double) MESSAGES);
                if (delivered != 2 * MESSAGES) throw new IllegalStateException(delivered + " found");
            }
        }
        return nanos;
    }
}
