package mqttq.kafka;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import mqttq.loop.Loop;
import mqttq.loop.Timers;

/**
 * What is known of a Kafka: its brokers, with a connection to each that is needed, and who leads which partition. Finds its way back by
 * itself, with pauses that grow. Loop thread.
 */
public final class Cluster {
    /** Told, in a turn's end, that connections or metadata are others than before. */
    interface Watcher {
        void onChange();
    }

    /** An address where a broker may be, and the connection there. */
    private final class Node implements KafkaLink.Owner {
        final String host;
        final int port;
        final boolean bootstrap;
        KafkaLink link;
        private int failures;
        private long notBefore;
        private String said;

        Node(String host, int port, boolean bootstrap) {
            this.host = host;
            this.port = port;
            this.bootstrap = bootstrap;
        }

        /** A link that takes requests, or null: one is on its way, or will be. */
        KafkaLink ready() {
            if (link == null && !closed) {
                if (loop.now() < notBefore) wakeAt(notBefore);
                else link = new KafkaLink(loop, settings, host, port, this);
            }
            return isReady() ? link : null;
        }

        boolean isReady() { return link != null && link.isReady(); }

        @Override public void onReady() {
            failures = 0;
            if (said != null) notes.accept(this + ": connected again");
            said = null;
            changed();
        }

        @Override public void onGone(String reason, boolean refused) {
            link = null;
            notBefore = loop.now() + (reason == null ? settings.backoffMin : refused ? settings.backoffMax : backoff(failures++));
            if (closed || reason == null) return;
            if (!reason.equals(said)) notes.accept(this + ": " + reason);
            said = reason;
            refresh();
            changed();
        }

        @Override public String toString() { return host + ":" + port; }
    }

    /** What is known of a topic. */
    private static final class Topic {
        /** Null until a broker has said something. */
        KafkaError error;
        /** Broker ids; -1: nobody leads it now. */
        int[] leaders = {};
        boolean creating;
        String said;
    }

    private final Loop loop;
    private final KafkaSettings settings;
    private final Consumer<String> notes;
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Map<Integer, Node> byId = new LinkedHashMap<>();
    private final Map<String, Topic> topics = new LinkedHashMap<>();
    private final List<Watcher> watchers = new ArrayList<>();
    private final Timers.Timer timer;
    private long wake = Long.MAX_VALUE, due = Long.MAX_VALUE, earliest;
    private int controller = -1, failures;
    private boolean asking, changed, closed;
    private String said;

    /** @param notes takes lines for the log, one a change for the worse or the better */
    public Cluster(Loop loop, KafkaSettings settings, Consumer<String> notes) {
        this.loop = loop;
        this.settings = settings;
        this.notes = notes;
        timer = loop.timer(this::woken);
        for (KafkaSettings.Address each : settings.bootstrap) node(each.host(), each.port(), true);
    }

    void watch(Watcher watcher) { watchers.add(watcher); }

    /** Ends all connections; nothing happens any more. */
    public void close() {
        closed = true;
        timer.cancel();
        for (Node node : nodes.values()) if (node.link != null) node.link.close();
    }

    boolean isClosed() { return closed; }
    void note(String line) { notes.accept(line); }

    /** How many connections take requests now. */
    public int connections() { return (int) nodes.values().stream().filter(Node::isReady).count(); }

    /** From now on this topic's partitions and leaders are wanted. */
    void want(String topic) { if (topics.putIfAbsent(topic, new Topic()) == null) refreshAt(loop.now()); }

    /** How many partitions a topic has; 0: that is not known yet. */
    int partitions(String topic) {
        Topic known = topics.get(topic);
        return known == null ? 0 : known.leaders.length;
    }

    boolean isLed(String topic, int partition) { return byId.containsKey(leaderOf(topic, partition)); }

    private int leaderOf(String topic, int partition) {
        Topic known = topics.get(topic);
        return known == null || partition >= known.leaders.length ? -1 : known.leaders[partition];
    }

    /** A link to who leads the partition, or null: not now; watchers are told. */
    KafkaLink leader(String topic, int partition) { return broker(leaderOf(topic, partition)); }

    /** A link to a broker, or null: not now. */
    KafkaLink broker(int id) {
        Node node = byId.get(id);
        if (node != null) return node.ready();
        refresh();
        return null;
    }

    KafkaLink controller() { return broker(controller); }

    /** A link to any broker, or null: not now. */
    KafkaLink any() {
        Node next = null;
        boolean coming = false;
        for (Node node : nodes.values()) {
            if (node.isReady()) return node.link;
            if (node.link != null) coming = true;
            else if (next == null || node.notBefore < next.notBefore) next = node;
        }
        if (!coming && next != null) next.ready();
        return null;
    }

    /** What is known may be wrong: asks again, after a pause where it was asked a moment ago. */
    void refresh() { refreshAt(Math.max(loop.now(), earliest)); }

    private void refreshAt(long at) {
        if (at >= due) return;
        due = at;
        if (due <= loop.now()) changed();
        else wakeAt(due);
    }

    /** ns: {@link KafkaSettings#backoffMin} doubled so many times, but for the jitter. */
    long backoff(int failures) {
        long pause = Math.min(settings.backoffMax, settings.backoffMin << Math.min(failures, 16));
        return pause + (long) (pause * (loop.entropy().nextDouble() - 0.5) * 0.4);
    }

    /** Watchers are told at this time, too. */
    void wakeAt(long at) {
        if (at >= wake) return;
        wake = at;
        timer.at(at);
    }

    private void woken() {
        wake = Long.MAX_VALUE;
        changed();
    }

    private void changed() {
        if (changed || closed) return;
        changed = true;
        loop.defer(() -> {
            changed = false;
            if (closed) return;
            ask();
            for (Watcher watcher : watchers) watcher.onChange();
        });
    }

    // ---- metadata

    private void ask() {
        if (asking || due == Long.MAX_VALUE) return;
        if (due > loop.now()) {
            wakeAt(due);
            return;
        }
        KafkaLink link = any();
        if (link == null) return;
        asking = true;
        due = Long.MAX_VALUE;
        link.call(new Call(Api.METADATA, (out, version) -> {
            out.i32(topics.size());
            for (String topic : topics.keySet()) out.string(topic);
            out.i8(settings.autoCreate ? 1 : 0);
            if (version >= 8) out.i16(0);
        }, (in, version) -> {
            asking = false;
            due = Long.MAX_VALUE; // whoever asked for it meanwhile has it
            learn(in, version);
        }, reason -> {
            asking = false;
            due = Long.MAX_VALUE;
            retry(reason.startsWith("this Kafka") ? reason : null);
        }));
    }

    private void retry(String reason) {
        if (reason != null && !reason.equals(said)) notes.accept("metadata: " + reason);
        said = reason;
        earliest = loop.now() + backoff(failures++);
        refreshAt(earliest);
    }

    private void learn(ByteBuffer in, int version) {
        in.getInt();
        Map<Integer, Node> brokers = new LinkedHashMap<>();
        for (int left = Frame.readCount(in); left > 0; left--) {
            int id = in.getInt();
            String host = Frame.readString(in);
            int port = in.getInt();
            if (host == null || port < 1 || port > 65_535) throw new IllegalArgumentException("a broker at " + host + ":" + port);
            brokers.put(id, node(host, port, false));
            Frame.readString(in);
        }
        Frame.readString(in);
        controller = in.getInt();
        byId.clear();
        byId.putAll(brokers);
        boolean whole = !byId.isEmpty();
        for (int left = Frame.readCount(in); left > 0; left--) whole &= topic(in, version);
        nodes.values().removeIf(node -> {
            boolean old = !node.bootstrap && !byId.containsValue(node);
            if (old && node.link != null) node.link.close();
            return old;
        });
        if (whole) {
            failures = 0;
            earliest = loop.now() + backoff(0);
            refreshAt(loop.now() + settings.metadataAge);
        } else {
            retry(null);
        }
        changed();
    }

    private Node node(String host, int port, boolean bootstrap) {
        return nodes.computeIfAbsent(host + ":" + port, key -> new Node(host, port, bootstrap));
    }

    /** Whether all is well with it. */
    private boolean topic(ByteBuffer in, int version) {
        KafkaError error = KafkaError.of(in.getShort());
        String name = Frame.readString(in);
        in.get();
        int count = Frame.readCount(in);
        int[] leaders = new int[count];
        Arrays.fill(leaders, -1);
        boolean whole = error.code() == KafkaError.NONE && count > 0;
        for (int left = count; left > 0; left--) {
            in.getShort();
            int index = in.getInt(), leader = in.getInt();
            if (version >= 7) in.getInt();
            Frame.skipInts(in);
            Frame.skipInts(in);
            if (version >= 5) Frame.skipInts(in);
            if (index < 0 || index >= count) throw new IllegalArgumentException("partition " + index + " of " + count);
            leaders[index] = leader;
            whole &= byId.containsKey(leader);
        }
        if (version >= 8) in.getInt();
        Topic topic = topics.get(name);
        if (topic == null) return true;
        topic.error = error;
        // partitions never become fewer: a broker that has not heard of them yet, or of the topic, is behind
        if (count >= topic.leaders.length) topic.leaders = leaders;
        String says = whole ? null : error.code() == KafkaError.NONE ? "a partition without a leader" : error.name();
        if (says != null && !says.equals(topic.said)) notes.accept("topic " + name + ": " + says);
        else if (says == null && topic.said != null) notes.accept("topic " + name + ": all is well again");
        topic.said = says;
        if (error.code() == KafkaError.UNKNOWN_TOPIC && settings.createPartitions > 0 && !topic.creating) create(name, topic);
        return whole;
    }

    private void create(String name, Topic topic) {
        KafkaLink link = controller();
        if (link == null) return; // asked again with the next metadata
        topic.creating = true;
        link.call(new Call(Api.CREATE_TOPICS, (out, version) -> {
            out.i32(1).string(name).i32(settings.createPartitions).i16(settings.createReplicas).i64(0);
            out.i32((int) (settings.requestTimeout / 1_000_000)).i8(0);
        }, (in, version) -> {
            topic.creating = false;
            Frame.skip(in, 8);
            Frame.readString(in);
            KafkaError error = KafkaError.of(in.getShort());
            String message = Frame.readString(in), reason = error.name() + (message == null ? "" : ", " + message);
            boolean done = error.code() == KafkaError.NONE || error.code() == KafkaError.TOPIC_EXISTS;
            notes.accept("topic " + name + (done ? ": created" : ": not created: " + reason));
            refresh();
        }, reason -> topic.creating = false));
    }
}
