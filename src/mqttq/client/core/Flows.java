package mqttq.client.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Subscription;

/** A client's streams: the control stream and, over QUIC where the settings say so, those beside it; and which of them takes what. Loop thread. */
final class Flows {
    /** With the control stream as many as deployed brokers allow at least. The first topics have a stream each, further ones share them. */
    static final int MAX_DATA_STREAMS = 9;

    private interface Sender<T> {
        void send(Flow flow, List<T> part, ClientCore.Granted granted);
    }

    private final ClientCore client;
    private final ClientSettings settings;
    final Flow control;
    private final Flow[] data;
    private final List<String> topics = new ArrayList<>(0);
    private boolean begun;

    Flows(ClientCore client, ClientSettings settings) {
        this.client = client;
        this.settings = settings;
        control = new Flow(client, settings, true);
        data = new Flow[switch (settings.streams()) {
            case SINGLE -> 0;
            case TOPIC -> MAX_DATA_STREAMS;
            case QOS -> 3;
        }];
    }

    /** Which takes a message to this topic, or a subscription to this filter. */
    Flow of(String topic, int qos) {
        if (data.length == 0) return control;
        int i = settings.streams() == ClientSettings.Streams.QOS ? qos : topics.indexOf(topic);
        if (i < 0 && topics.size() < MAX_DATA_STREAMS) {
            i = topics.size();
            topics.add(topic);
        } else if (i < 0) {
            i = Math.floorMod(topic.hashCode(), MAX_DATA_STREAMS);
        }
        if (data[i] == null) data[i] = new Flow(client, settings, false);
        Flow flow = data[i];
        if (!client.isConnected() || flow.link() != null) return flow;
        // Where it had to do without a stream, what went over the control stream is not to be overtaken.
        if (control.outbox.pending() > 0 || !client.open(flow)) return control;
        if (begun) client.begin(flow, true);
        return flow;
    }

    private Flow holder(String filter, int qos) {
        if (control.subscriptions.has(filter)) return control;
        for (Flow flow : data) if (flow != null && flow.subscriptions.has(filter)) return flow;
        return of(filter, qos);
    }

    void subscribe(List<Subscription> wanted, Properties properties, ClientCore.Granted granted) {
        if (data.length == 0) {
            control.subscriptions.subscribe(wanted, properties, granted);
            return;
        }
        Flow[] to = new Flow[wanted.size()];
        for (int i = 0; i < to.length; i++) to[i] = holder(wanted.get(i).topicFilter(), wanted.get(i).options().qos());
        spread(wanted, to, granted, (flow, part, then) -> flow.subscriptions.subscribe(part, properties, then));
    }

    void unsubscribe(List<String> filters, Properties properties, ClientCore.Granted granted) {
        if (data.length == 0) {
            control.subscriptions.unsubscribe(filters, properties, granted);
            return;
        }
        Flow[] to = new Flow[filters.size()];
        for (int i = 0; i < to.length; i++) to[i] = holder(filters.get(i), 0);
        spread(filters, to, granted, (flow, part, then) -> flow.subscriptions.unsubscribe(part, properties, then));
    }

    /** Asks each stream for its part; {@code granted} is told when all have answered, with the last one's identifier and properties. */
    private static <T> void spread(List<T> all, Flow[] to, ClientCore.Granted granted, Sender<T> sender) {
        Set<Flow> flows = new LinkedHashSet<>(Arrays.asList(to));
        ReasonCode[] codes = new ReasonCode[to.length];
        int[] left = {flows.size()};
        for (Flow flow : flows) {
            List<T> part = new ArrayList<>();
            List<Integer> places = new ArrayList<>();
            for (int i = 0; i < to.length; i++) {
                if (to[i] != flow) continue;
                part.add(all.get(i));
                places.add(i);
            }
            sender.send(flow, part, granted == null ? null : (packetId, some, properties) -> {
                for (int i = 0; i < some.size(); i++) codes[places.get(i)] = some.get(i);
                if (--left[0] == 0) granted.granted(packetId, List.of(codes), properties);
            });
        }
    }

    /** CONNACK came: opens the data streams. What gets none goes the control stream's way. */
    void connected() {
        begun = false;
        for (Flow flow : data) {
            if (flow == null || client.open(flow)) continue;
            flow.outbox.moveTo(control.outbox);
            flow.subscriptions.moveTo(control.subscriptions);
        }
    }

    /** Sends what waited. {@code lost}: the broker has not the control stream's subscriptions. */
    void begin(boolean lost) {
        begun = true;
        client.begin(control, lost);
        for (Flow flow : data) if (flow != null && flow.link() != null) client.begin(flow, true);
    }

    void disconnected() {
        control.disconnected();
        for (Flow flow : data) if (flow != null) flow.disconnected();
    }

    void detached() {
        control.detached();
        for (Flow flow : data) if (flow != null) flow.detached();
    }

    void abandon() {
        control.abandon();
        for (Flow flow : data) if (flow != null) flow.abandon();
    }

    /** Ends the data streams in order; false while some have not. */
    boolean finish() {
        boolean over = true;
        for (Flow flow : data) {
            if (flow == null || flow.link() == null) continue;
            over = false;
            flow.link().close(null, 0, "closed");
        }
        return over;
    }

    void read(boolean on) {
        if (control.link() != null) control.link().read(on);
        for (Flow flow : data) if (flow != null && flow.link() != null) flow.link().read(on);
    }

    int pending() {
        int n = control.outbox.pending();
        for (Flow flow : data) if (flow != null) n += flow.outbox.pending();
        return n;
    }

    int waiting() {
        int n = control.outbox.waiting();
        for (Flow flow : data) if (flow != null) n += flow.outbox.waiting();
        return n;
    }

    int requests() {
        int n = control.subscriptions.pending();
        for (Flow flow : data) if (flow != null) n += flow.subscriptions.pending();
        return n;
    }

    long unsent() {
        long n = control.link() == null ? 0 : control.link().unsent();
        for (Flow flow : data) if (flow != null && flow.link() != null) n += flow.link().unsent();
        return n;
    }
}
