package mqttq.client.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Subscription;

/**
 * A client's streams: the control stream and, over QUIC where the settings say so, those beside it; and which of them takes what. Loop
 * thread.
 */
final class Flows {
    /** With the control stream as many as deployed brokers allow at least. The first topics have a stream each, further ones share them. */
    static final int MAX_DATA_STREAMS = 9;

    private final ClientCore client;
    private final ClientSettings settings;
    final Flow control;
    /** The control stream, and the data streams in the order of what they are for. */
    private final List<Flow> all = new ArrayList<>(1);
    private final List<String> keys = new ArrayList<>(0);

    Flows(ClientCore client, ClientSettings settings) {
        this.client = client;
        this.settings = settings;
        all.add(control = new Flow(client, settings, true));
    }

    private boolean single() { return settings.streams() == ClientSettings.Streams.SINGLE; }

    /** Which takes a message to this topic, or a subscription to this filter. */
    Flow of(String topic, int qos) {
        if (single()) return control;
        String key = settings.streams() == ClientSettings.Streams.QOS ? String.valueOf(qos) : topic;
        int i = keys.indexOf(key);
        if (i < 0 && keys.size() == MAX_DATA_STREAMS) i = Math.floorMod(key.hashCode(), MAX_DATA_STREAMS);
        if (i < 0) {
            i = keys.size();
            keys.add(key);
            all.add(new Flow(client, settings, false));
        }
        Flow flow = all.get(i + 1);
        if (!client.isConnected() || flow.link() != null) return flow;
        // Where it had to do without a stream, what went over the control stream is not to be overtaken.
        if (control.outbox.pending() > 0 || !client.open(flow)) return control;
        client.begin(flow, true);
        return flow;
    }

    private Flow holder(String filter, int qos) {
        for (Flow flow : all) if (flow.subscriptions.has(filter)) return flow;
        return of(filter, qos);
    }

    /**
     * Asks each stream for its part; the request's {@code granted} is told when all have answered, with the last one's identifier and
     * properties.
     */
    void request(Subscriptions.Request request) {
        Flow[] to = new Flow[request.each().size()];
        for (int i = 0; i < to.length; i++) to[i] = holder(request.filter(i), request.each().get(i).options().qos());
        Set<Flow> flows = new LinkedHashSet<>(Arrays.asList(to));
        ClientCore.Granted granted = request.granted();
        if (flows.size() == 1) {
            to[0].subscriptions.take(request);
            return;
        }
        ReasonCode[] codes = new ReasonCode[to.length];
        int[] left = {flows.size()};
        for (Flow flow : flows) {
            List<Subscription> part = new ArrayList<>();
            List<Integer> places = new ArrayList<>();
            for (int i = 0; i < to.length; i++) {
                if (to[i] != flow) continue;
                part.add(request.each().get(i));
                places.add(i);
            }
            flow.subscriptions.take(new Subscriptions.Request(0, request.subscribe(), part, request.properties(), granted == null ? null
                : (packetId, some, properties) -> {
                for (int i = 0; i < some.size(); i++) codes[places.get(i)] = some.get(i);
                if (--left[0] == 0) granted.granted(packetId, List.of(codes), properties);
            }));
        }
    }

    /** CONNACK came: opens the data streams. What gets none goes the control stream's way. */
    void connected() {
        for (int i = 1; i < all.size(); i++) { // there may be more when somebody is called back
            Flow flow = all.get(i);
            if (flow.link() != null || client.open(flow)) continue;
            flow.outbox.moveTo(control.outbox);
            flow.subscriptions.moveTo(control.subscriptions);
        }
    }

    /** Sends what waited. {@code lost}: the broker has not the control stream's subscriptions. */
    void begin(boolean lost) {
        for (int i = 0; i < all.size(); i++) if (all.get(i).link() != null) client.begin(all.get(i), i > 0 || lost);
    }

    void disconnected() { for (Flow flow : all) flow.disconnected(); }
    void detached() { for (Flow flow : all) flow.detached(); }
    void abandon() { for (int i = 0; i < all.size(); i++) all.get(i).abandon(); }

    /** Ends the data streams in order; false while some have not. */
    boolean finish() {
        boolean over = true;
        for (Flow flow : all) {
            if (flow == control || flow.link() == null) continue;
            over = false;
            flow.link().close(null, 0, "closed");
        }
        return over;
    }

    void read(boolean on) { for (Flow flow : all) if (flow.link() != null) flow.link().read(on); }

    int pending() {
        int n = 0;
        for (Flow flow : all) n += flow.outbox.pending();
        return n;
    }

    int waiting() {
        int n = 0;
        for (Flow flow : all) n += flow.outbox.waiting();
        return n;
    }

    int requests() {
        int n = 0;
        for (Flow flow : all) n += flow.subscriptions.pending();
        return n;
    }

    long unsent() {
        long n = 0;
        for (Flow flow : all) n += flow.link() == null ? 0 : flow.link().unsent();
        return n;
    }
}
