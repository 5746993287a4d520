package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import mqttq.Seeds;
import mqttq.Statement;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Topics;
import mqttq.sim.SimWorld;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.api.Test;

class SubscriptionTreeTest {
    private final SubscriptionTree tree = new SubscriptionTree(new SimWorld(1).host("1.1.1.1").entropy());

    private static final class Someone extends Subscriber {
        final String name;
        boolean online;

        Someone(String name) {
            this.name = name;
        }

        @Override
        boolean online() {
            return online;
        }

        @Override
        boolean deliver(ApplicationMessage message, int qos, boolean retain, int[] identifiers, int count, Router router) {
            return true;
        }
    }

    private Subscription subscribe(Subscriber who, String filter) {
        byte[] bytes = filter.getBytes();
        return tree.subscribe(who, bytes, 0, bytes.length);
    }

    private boolean unsubscribe(Subscriber who, String filter) {
        byte[] bytes = filter.getBytes();
        Subscription found = tree.find(who, bytes, 0, bytes.length);
        if (found != null) tree.unsubscribe(found);
        return found != null;
    }

    private List<String> match(String topic) {
        List<String> found = new ArrayList<>();
        byte[] bytes = ("xx" + topic + "yy").getBytes();
        tree.match(bytes, 2, bytes.length - 4, new SubscriptionTree.Visitor() {
            @Override
            public void subscription(Subscription subscription) {
                found.add(((Someone) subscription.subscriber).name + ':' + new String(subscription.filter()));
            }

            @Override
            public void shared(ShareGroup group) {
                Subscription member = group.next(0);
                found.add("group of " + group.size() + ':' + new String(member.filter()));
            }
        });
        found.sort(null);
        return found;
    }

    @Test
    @Statement({"MQTT-4.7.1-1", "MQTT-4.7.1-2", "MQTT-4.7.2-1", "MQTT-4.7.3-4"})
    void examplesOfTheStandard() {
        Someone a = new Someone("a");
        for (String filter : new String[] {"sport/tennis/player1/#", "sport/#", "#", "sport/tennis/+", "sport/+", "+/+", "/+", "+", "$SYS/#", "$SYS/monitor/+"}) {
            subscribe(a, filter);
        }
        assertEquals(List.of("a:#", "a:sport/#", "a:sport/tennis/+", "a:sport/tennis/player1/#"), match("sport/tennis/player1"));
        assertEquals(List.of("a:#", "a:sport/#", "a:sport/tennis/player1/#"), match("sport/tennis/player1/ranking"));
        assertEquals(List.of("a:#", "a:+", "a:sport/#"), match("sport"));
        assertEquals(List.of("a:#", "a:+/+", "a:sport/#", "a:sport/+"), match("sport/"));
        assertEquals(List.of("a:#", "a:+/+", "a:/+"), match("/finance"));
        assertEquals(List.of("a:$SYS/#", "a:$SYS/monitor/+"), match("$SYS/monitor/Clients"));
        assertEquals(List.of("a:#", "a:+"), match("ACCOUNTS"));
        assertEquals(List.of("a:#", "a:+/+"), match("a/b"));
    }

    @Test
    void subscribingTwiceIsOneSubscription() {
        Someone a = new Someone("a");
        assertSame(subscribe(a, "t/+"), subscribe(a, "t/+"));
        assertEquals(1, tree.size());
        assertTrue(unsubscribe(a, "t/+"));
        assertEquals(0, tree.size());
        assertEquals(List.of(), match("t/x"));
    }

    @Test
    void membersOfAGroupTakeTurnsAndThoseOnlineFirst() {
        Someone[] members = new Someone[5];
        Subscription[] all = new Subscription[5];
        for (int i = 0; i < 5; i++) all[i] = subscribe(members[i] = new Someone("m" + i), "$share/g/t");
        subscribe(members[0], "$share/h/t");
        assertEquals(6, tree.sharedSize());
        ShareGroup group = (ShareGroup) all[0].place;
        TreeSet<String> seen = new TreeSet<>();
        for (int i = 0; i < 5; i++) seen.add(((Someone) group.next(0).subscriber).name);
        assertEquals(5, seen.size());
        for (int i : new int[] {4, 1}) {
            members[i].online = true;
            members[i].onlineChanged();
        }
        seen.clear();
        for (int i = 0; i < 6; i++) seen.add(((Someone) group.next(0).subscriber).name);
        assertEquals(new TreeSet<>(List.of("m1", "m4")), seen);
        seen.clear();
        for (int i = 0; i < 6; i++) seen.add(((Someone) group.next(2).subscriber).name);
        assertEquals(new TreeSet<>(List.of("m0", "m2", "m3")), seen, "those away are asked when those online are not to be had");
        assertNull(group.next(5));
        tree.unsubscribeAll(members[4]);
        members[1].online = false;
        members[1].onlineChanged();
        assertNotNull(group.next(3));
        for (Someone each : members) tree.unsubscribeAll(each);
        assertEquals(0, tree.size());
        assertEquals(0, tree.sharedSize());
    }

    static java.util.stream.LongStream seeds() {
        return Seeds.of(5, 500);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void matchesWhatANaiveMatcherMatches(long seed) {
        Random random = new Random(seed);
        Map<String, Someone> model = new LinkedHashMap<>();
        Someone[] people = new Someone[8];
        for (int i = 0; i < people.length; i++) people[i] = new Someone("p" + i);
        for (int step = 0; step < 4000; step++) {
            Someone who = people[random.nextInt(people.length)];
            String filter = random(random, true);
            if (random.nextInt(8) == 0) filter = "$share/" + (char) ('a' + random.nextInt(2)) + "/" + filter;
            String key = who.name + ':' + filter;
            if (random.nextInt(5) < 3) {
                subscribe(who, filter);
                model.put(key, who);
            } else {
                assertEquals(model.remove(key) != null, unsubscribe(who, filter));
            }
            if (random.nextInt(500) == 0) {
                tree.unsubscribeAll(who);
                model.values().removeIf(other -> other == who);
            }
            assertEquals(model.size(), tree.size());
            if (step % 4 > 0) continue;
            String topic = random(random, false);
            List<String> expected = new ArrayList<>();
            Map<String, Integer> groups = new LinkedHashMap<>();
            for (String each : model.keySet()) {
                String its = each.substring(each.indexOf(':') + 1);
                if (!Topics.matches(its, topic)) continue;
                if (its.startsWith("$share/")) groups.merge(its, 1, Integer::sum);
                else expected.add(each);
            }
            groups.forEach((its, count) -> expected.add("group of " + count + ':' + its));
            expected.sort(null);
            assertEquals(expected, match(topic), topic);
        }
        for (Someone each : people) tree.unsubscribeAll(each);
        long before = tree.visited;
        match("a/b/c/d");
        assertEquals(1, tree.visited - before, "nothing is left of what was subscribed");
        assertEquals(0, tree.bytes());
    }

    static String random(Random random, boolean filter) {
        StringBuilder text = new StringBuilder();
        int levels = 1 + random.nextInt(4);
        for (int i = 0; i < levels; i++) {
            if (i > 0) text.append('/');
            int kind = random.nextInt(filter ? 10 : 7);
            if (kind < 5) text.append((char) ('a' + random.nextInt(3)));
            else if (kind == 5) text.append(random.nextBoolean() ? "" : "äö");
            else if (kind == 6) text.append(i == 0 ? "$x" : "long level " + random.nextInt(2));
            else if (kind < 9) text.append('+');
            else if (i == levels - 1) text.append('#');
            else text.append("b");
        }
        return text.length() == 0 ? "a" : text.toString();
    }

    @Test
    void theCostOfMatchingDoesNotGrowWithTheNumberOfSubscriptions() {
        Someone[] people = new Someone[100];
        for (int i = 0; i < people.length; i++) people[i] = new Someone("p" + i);
        long[] cost = new long[2];
        for (int round = 0; round < 2; round++) {
            int count = round == 0 ? 1000 : 100_000;
            for (int i = 0; i < count; i++) {
                String filter = switch (i % 10) {
                    case 0 -> "house/" + i + "/+";
                    case 1 -> "house/" + i + "/temperature/#";
                    default -> "house/" + i + "/temperature/" + i % 7;
                };
                subscribe(people[i % 100], filter);
            }
            long before = tree.visited;
            for (int i = 0; i < 1000; i++) match("house/" + i * 7 % 1000 + "/temperature/" + i % 7);
            cost[round] = tree.visited - before;
        }
        assertEquals(cost[0], cost[1]);
    }

    @Test
    void levelsThatCollideUnderAKnownHashAreSpread() {
        LevelHash hash = new LevelHash(new SimWorld(1).host("1.1.1.1").entropy());
        String[] parts = {"Aa", "BB"};
        TreeSet<Integer> slots = new TreeSet<>();
        for (int i = 0; i < 1 << 14; i++) {
            StringBuilder level = new StringBuilder();
            for (int bit = 0; bit < 14; bit++) level.append(parts[i >> bit & 1]); // all have the same String.hashCode
            slots.add(hash.of(level.toString().getBytes(), 0, 28) & (1 << 14) - 1);
        }
        assertTrue(slots.size() > 10_000, slots.size() + " of 16384 slots used"); // at random: 1 - 1/e of them
    }

    @Test
    void matchingMakesNoObject() {
        Someone a = new Someone("a");
        for (int i = 0; i < 1000; i++) subscribe(a, "house/" + i + "/+");
        byte[] topic = "house/77/x".getBytes();
        int[] found = {0};
        SubscriptionTree.Visitor count = new SubscriptionTree.Visitor() {
            @Override
            public void subscription(Subscription subscription) {
                found[0]++;
            }

            @Override
            public void shared(ShareGroup group) { }
        };
        for (int i = 0; i < 20_000; i++) tree.match(topic, 0, topic.length, count);
        com.sun.management.ThreadMXBean bean = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long before = bean.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) tree.match(topic, 0, topic.length, count);
        assertTrue(bean.getCurrentThreadAllocatedBytes() - before < 10_000);
        assertEquals(120_000, found[0]);
    }

    @Test
    void aFilterIsWrittenBackAsItWas() {
        Someone a = new Someone("a");
        for (String filter : new String[] {"a", "/", "//", "a/", "/a", "+", "#", "+/#", "$share/g/a/+/#", "a//b/äö"}) {
            assertEquals(filter, new String(subscribe(a, filter).filter()));
        }
        assertEquals(10, Arrays.stream(a.allSubscriptions()).distinct().count());
    }
}
