package mqttq.client.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import mqttq.link.MqttLink;
import mqttq.mqtt.Connack;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.Packet;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Subscribe;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.Topics;
import mqttq.mqtt.Unsubscribe;
import mqttq.mqtt.codec.PacketEncoder;
import mqttq.session.PacketIds;

/** What a client has subscribed to, to be made again when the broker lost the session, and the requests not yet answered. Loop thread. */
final class Subscriptions {
    /** Filters in one SUBSCRIBE when many are made again. */
    private static final int MAX_FILTERS = 50;

    private record Kept(Subscription subscription, Properties properties) { }

    /** A SUBSCRIBE or UNSUBSCRIBE not yet acknowledged (of {@code each} the filters alone); sent anew on a new connection. */
    record Request(int packetId, boolean subscribe, List<Subscription> each, Properties properties, ClientCore.Granted granted) {
        String filter(int i) { return each.get(i).topicFilter(); }
        Packet packet() {
            return subscribe ? new Subscribe(packetId, properties, each)
                : new Unsubscribe(packetId, properties, each.stream().map(Subscription::topicFilter).toList());
        }
    }

    private final Flow flow;
    private final ProtocolVersion version;
    private final PacketIds packetIds;
    private final List<Kept> kept = new ArrayList<>();
    private final List<Request> requests = new ArrayList<>();
    /** Null while nothing may be sent. */
    private MqttLink link;
    private Connack connack;

    Subscriptions(Flow flow, ProtocolVersion version, PacketIds packetIds) {
        this.flow = flow;
        this.version = version;
        this.packetIds = packetIds;
    }

    int pending() { return requests.size(); }

    /** Whether requests go out. */
    boolean begun() { return link != null; }

    /** Whether this filter was subscribed to here. */
    boolean has(String filter) {
        for (Kept each : kept) if (each.subscription.topicFilter().equals(filter)) return true;
        return false;
    }

    /** Hands everything over, to be asked for there: there is no stream for it. */
    void moveTo(Subscriptions other) {
        List<Request> waiting = List.copyOf(requests);
        subscribeAgain(new ArrayList<>(waiting));
        for (int i = waiting.size(); i < requests.size(); i++) other.take(requests.get(i));
        for (Request request : waiting) other.take(request);
        for (Request request : requests) packetIds.release(request.packetId());
        requests.clear();
        kept.clear();
    }

    void take(Request request) {
        for (Subscription each : request.each) {
            forget(each.topicFilter());
            if (request.subscribe) kept.add(new Kept(each, request.properties));
        }
        add(request.subscribe, request.each, request.properties, request.granted);
    }

    private void add(boolean subscribe, List<Subscription> each, Properties properties, ClientCore.Granted granted) {
        Request request = new Request(packetIds.allocate(), subscribe, each, properties, granted);
        requests.add(request);
        if (link != null) send(request);
    }

    /** CONNACK came: what was not answered is asked again, and everything where the broker has lost it. */
    void connected(MqttLink link, Connack connack, boolean lost) {
        this.link = link;
        this.connack = connack;
        List<Request> waiting = new ArrayList<>(requests);
        if (lost) subscribeAgain(waiting);
        for (Request request : waiting) {
            if (this.link == link) send(request);
        }
    }

    /** Puts together the SUBSCRIBEs for what is not asked for by a waiting request; those come after, in their order. */
    private void subscribeAgain(List<Request> waiting) {
        for (int i = 0; i < kept.size() && requests.size() < ClientCore.MAX_REQUESTS; ) {
            Properties properties = kept.get(i).properties;
            List<Subscription> batch = new ArrayList<>();
            while (i < kept.size() && batch.size() < MAX_FILTERS && kept.get(i).properties.equals(properties)) {
                Subscription subscription = kept.get(i++).subscription;
                boolean asked = false;
                for (Request request : waiting) asked |= request.subscribe && request.each.contains(subscription);
                if (!asked) batch.add(subscription);
            }
            if (!batch.isEmpty()) add(true, batch, properties, null);
        }
    }

    void disconnected() { link = null; }

    private void send(Request request) {
        ReasonCode unfit = unfit(request);
        if (unfit != null) {
            finish(request, Collections.nCopies(request.each.size(), unfit), Properties.EMPTY);
            return;
        }
        if (flow.traces()) trace(request);
        link.send(request.packet());
    }

    /** What this broker would not take (MQTT 5 §3.2.2.3.11 to 13, [MQTT-3.2.2-15], [MQTT-3.2.2-21]); null: nothing. */
    private ReasonCode unfit(Request request) {
        if (PacketEncoder.size(version, request.packet()) > connack.maximumPacketSize()) return ReasonCode.PACKET_TOO_LARGE;
        if (!request.subscribe) return null;
        if (request.properties.has(Property.SUBSCRIPTION_IDENTIFIER) && !connack.subscriptionIdentifiersAvailable()) {
            return ReasonCode.SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED;
        }
        for (int i = 0; i < request.each.size(); i++) {
            if (Topics.isShared(request.filter(i)) && !connack.sharedSubscriptionAvailable()) {
                return ReasonCode.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
            }
            if (Topics.hasWildcard(request.filter(i)) && !connack.wildcardSubscriptionAvailable()) {
                return ReasonCode.WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED;
            }
        }
        return null;
    }

    private void trace(Request request) {
        for (int i = 0; i < request.each.size(); i++) {
            StringBuilder line = new StringBuilder("sending ").append(request.subscribe ? "SUBSCRIBE" : "UNSUBSCRIBE");
            line.append(" (Mid: ").append(request.packetId()).append(", Topic: ").append(request.filter(i));
            if (request.subscribe) {
                int options = request.each.get(i).options().toByte();
                line.append(", QoS: ").append(options & 3).append(", Options: 0x").append(Character.forDigit(options >> 4, 16))
                    .append(Character.forDigit(options & 12, 16));
            }
            flow.trace(line.append(')').toString());
        }
    }

    /** SUBACK or UNSUBACK came. */
    void answered(int packetId, boolean subscribe, List<ReasonCode> codes, Properties properties) throws MqttException {
        for (int i = 0; i < requests.size(); i++) {
            Request request = requests.get(i);
            if (request.packetId() != packetId || request.subscribe != subscribe) continue;
            if (!subscribe && version != ProtocolVersion.MQTT_5) codes = Collections.nCopies(request.each.size(), ReasonCode.SUCCESS);
            if (codes.size() != request.each.size()) { // [MQTT-3.8.4-6]; MQTT 5 §3.11.3
                throw MqttException.protocolError(codes.size() + " codes for " + request.each.size() + " filters");
            }
            finish(request, codes, properties);
            return;
        }
    }

    private void finish(Request request, List<ReasonCode> codes, Properties properties) {
        requests.remove(request);
        packetIds.release(request.packetId());
        for (int i = 0; i < codes.size(); i++) {
            if (request.subscribe && codes.get(i).isFailure()) forget(request.filter(i));
        }
        if (request.granted != null) request.granted.granted(request.packetId(), codes, properties);
    }

    private void forget(String filter) {
        for (int i = 0; i < kept.size(); i++) {
            if (kept.get(i).subscription.topicFilter().equals(filter)) kept.remove(i--);
        }
    }

    /** The client will never send again: everybody who waits is told so. */
    void abandon(ReasonCode code) {
        link = null;
        while (!requests.isEmpty()) finish(requests.get(0), Collections.nCopies(requests.get(0).each.size(), code), Properties.EMPTY);
    }
}
