package mqttq.kafka;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import mqttq.loop.Loop;

/**
 * Tells Kafka how far a group's topics have been read, so that tools which show lag see it. Nothing depends on it: what is told is the
 * latest, when it can be. Loop thread.
 */
public final class GroupOffsets implements Cluster.Watcher {
    private final Loop loop;
    private final Cluster cluster;
    private final String group;
    private final long pause;
    private Map<String, Map<Integer, Long>> news = new LinkedHashMap<>();
    private int coordinator = -1;
    private long earliest;
    private boolean asking;

    /** @param pause ns from one commit to the next */
    public GroupOffsets(Loop loop, Cluster cluster, String group, long pause) {
        this.loop = loop;
        this.cluster = cluster;
        this.group = group;
        this.pause = pause;
        cluster.watch(this);
    }

    /** The offset of the next record that will be read. */
    public void read(String topic, int partition, long next) {
        if (news.isEmpty()) cluster.wakeAt(earliest);
        news.computeIfAbsent(topic, name -> new TreeMap<>()).put(partition, next);
    }

    @Override public void onChange() {
        if (asking || news.isEmpty()) return;
        if (loop.now() < earliest) cluster.wakeAt(earliest);
        else if (coordinator < 0) find(cluster.any());
        else commit(cluster.broker(coordinator));
    }

    private void over(boolean done) {
        asking = false;
        earliest = loop.now() + pause;
        if (!done) coordinator = -1;
        cluster.wakeAt(earliest);
    }

    private void find(KafkaLink link) {
        if (link == null) return;
        asking = true;
        link.call(new Call(Api.FIND_COORDINATOR, (out, version) -> {
            out.string(group);
            if (version >= 1) out.i8(0);
        }, (in, version) -> {
            if (version >= 1) in.getInt();
            boolean found = in.getShort() == KafkaError.NONE;
            if (version >= 1) Frame.readString(in);
            if (!found) over(false);
            asking = false;
            if (found) coordinator = in.getInt();
            onChange();
        }, reason -> over(false)));
    }

    private void commit(KafkaLink link) {
        if (link == null) coordinator = -1; // asked for again with the next change, since it may be another by then
        if (link == null) return;
        asking = true;
        Map<String, Map<Integer, Long>> told = news;
        news = new LinkedHashMap<>();
        link.call(new Call(Api.OFFSET_COMMIT, (out, version) -> {
            out.string(group).i32(-1).string("");
            if (version >= 7) out.string(null);
            if (version <= 4) out.i64(-1);
            out.i32(told.size());
            told.forEach((topic, offsets) -> {
                out.string(topic).i32(offsets.size());
                offsets.forEach((partition, offset) -> {
                    out.i32(partition).i64(offset);
                    if (version >= 6) out.i32(-1);
                    out.string("");
                });
            });
        }, (in, version) -> {
            if (version >= 3) in.getInt();
            boolean done = true;
            for (int left = Frame.readCount(in); left > 0; left--) {
                Frame.readString(in);
                for (int more = Frame.readCount(in); more > 0; more--) {
                    in.getInt();
                    done &= in.getShort() == KafkaError.NONE;
                }
            }
            over(done);
        }, reason -> over(false)));
    }
}
