package mqttq.client.core;

import java.util.ArrayDeque;
import mqttq.link.MqttLink;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Message;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ReasonCode;
import mqttq.session.Inflight;
import mqttq.session.OutgoingAliases;
import mqttq.session.PacketIds;

/**
 * A client's messages on their way to the broker: waiting, then in flight until acknowledged, in order. Outlives connections. Loop thread.
 */
final class Outbox {
    private record Outgoing(Message message, ClientCore.Completion completion) { }

    private final Flow flow;
    private final ClientSettings settings;
    private final Inflight<Outgoing> inflight;
    private final ArrayDeque<Outgoing> queue = new ArrayDeque<>();
    /** Null while nothing may be sent. */
    private MqttLink link;
    /** Whether CONNACK is still to come; whose QoS 0 messages went out before it did. */
    private boolean early;
    private final ArrayDeque<ClientCore.Completion> handed = new ArrayDeque<>();
    private OutgoingAliases aliases = new OutgoingAliases(0);
    private int maximumQoS;
    private boolean retainAvailable, pumping;

    Outbox(Flow flow, ClientSettings settings, PacketIds packetIds) {
        this.flow = flow;
        this.settings = settings;
        inflight = new Inflight<>(packetIds, settings.receiveMaximum());
    }

    int pending() { return queue.size() + inflight.size() + handed.size(); }
    int waiting() { return queue.size(); }

    void add(Message message, ClientCore.Completion completion) {
        queue.add(new Outgoing(message, completion));
        pump();
    }

    /**
     * CONNACK came; {@link #pump} starts to send. Before it came, with that of the last connection, where {@link MqttLink#early}.
     * {@code kept}: the broker has the session in which messages are in flight.
     */
    void connected(MqttLink link, Connack connack, boolean kept) {
        boolean begun = this.link != null;
        this.link = link;
        early = !begun && link.early();
        if (!begun && !kept) startAnew();
        maximumQoS = connack.maximumQoS();
        retainAvailable = connack.retainAvailable();
        aliases = new OutgoingAliases(Math.min(settings.topicAliases(), connack.topicAliasMaximum()));
        // what was in flight before is sent again on this connection already, whether the broker has the session or not
        if (begun) inflight.window(connack.receiveMaximum());
        else inflight.connected(connack.receiveMaximum());
        while (!early && !handed.isEmpty()) complete(handed.remove(), ReasonCode.SUCCESS, Properties.EMPTY);
    }

    void disconnected() { link = null; }

    /** The broker knows nothing of what was in flight: it is sent as new, in the old order. What it had taken on (PUBREC) it has. */
    private void startAnew() {
        ArrayDeque<Outgoing> again = new ArrayDeque<>();
        ArrayDeque<ClientCore.Completion> taken = new ArrayDeque<>();
        for (int entry = inflight.first(); entry != Inflight.NONE; entry = inflight.next(entry)) {
            Outgoing outgoing = inflight.message(entry);
            if (outgoing != null) again.add(outgoing);
            else if (inflight.note(entry) != null) taken.add((ClientCore.Completion) inflight.note(entry));
        }
        inflight.clear();
        while (!again.isEmpty()) queue.addFirst(again.removeLast());
        while (!taken.isEmpty()) complete(taken.remove(), ReasonCode.SUCCESS, Properties.EMPTY);
    }

    /** Hands everything over, in its order: there is no stream for it. */
    void moveTo(Outbox other) {
        startAnew();
        other.queue.addAll(queue);
        queue.clear();
    }

    /** Sends what may be sent: first again what a former connection left, then what waits, as long as the link has room. */
    void pump() {
        if (pumping) return;
        pumping = true;
        try {
            while (link != null && link.ready() && (resendNext() || sendNext())) { }
        } finally {
            pumping = false;
        }
    }

    private boolean resendNext() {
        int entry = inflight.nextResend();
        if (entry == Inflight.NONE) return false;
        int id = inflight.id(entry);
        if (inflight.state(entry) == Inflight.AWAIT_PUBCOMP) {
            flow.acknowledge(PacketType.PUBREL, id, ReasonCode.SUCCESS);
            return true;
        }
        Outgoing outgoing = inflight.message(entry);
        ReasonCode unfit = unfit(outgoing.message);
        if (unfit == null) {
            send(outgoing.message, id, true);
        } else {
            inflight.done(entry);
            complete(outgoing.completion, unfit, Properties.EMPTY);
        }
        return true;
    }

    private boolean sendNext() {
        Outgoing next = queue.peek();
        if (next == null) return false;
        int qos = next.message.qos();
        ReasonCode unfit = unfit(next.message);
        if (unfit == null && qos > 0 && !inflight.room()) return false;
        queue.poll();
        if (unfit != null) {
            complete(next.completion, unfit, Properties.EMPTY);
        } else if (qos == 0) {
            send(next.message, 0, false);
            // who hears of it may think that all is over
            if (early && next.completion != null) handed.add(next.completion);
            else complete(next.completion, ReasonCode.SUCCESS, Properties.EMPTY);
        } else {
            send(next.message, inflight.begin(next, qos, 0, next.completion), false);
        }
        return true;
    }

    /** What this broker would not take in a PUBLISH ([MQTT-3.2.2-11], [MQTT-3.2.2-14], [MQTT-3.2.2-15]); null: nothing. */
    private ReasonCode unfit(Message message) {
        if (message.qos() > maximumQoS) return ReasonCode.QOS_NOT_SUPPORTED;
        if (message.retain() && !retainAvailable) return ReasonCode.RETAIN_NOT_SUPPORTED;
        return size(message, 0, true) < 0 ? ReasonCode.PACKET_TOO_LARGE : null;
    }

    private void send(Message message, int packetId, boolean dup) {
        if (flow.traces()) {
            flow.trace("sending PUBLISH (d" + (dup ? 1 : 0) + ", q" + message.qos() + ", r" + (message.retain() ? 1 : 0) + ", m" + packetId
                + ", '"
                + message.topic() + "', ... (" + message.payloadLength() + " bytes))");
        }
        int alias = 0;
        boolean withTopic = true;
        if (size(message, 1, true) >= 0) { // a new alias makes it longer, and must be sent once it was looked up
            int found = aliases.lookup(message.topicArray(), message.topicOffset(), message.topicLength());
            alias = found & ~OutgoingAliases.NEW;
            withTopic = alias == 0 || (found & OutgoingAliases.NEW) != 0;
        }
        link.publish(message, message.qos(), dup, message.retain(), packetId, alias, withTopic, message.messageExpiryInterval(), null, 0,
            size(message, alias, withTopic));
    }

    private int size(Message message, int alias, boolean withTopic) {
        return link.sizePublish(message, message.qos(), alias, withTopic, message.messageExpiryInterval(), null, 0);
    }

    /** PUBACK, PUBREC or PUBCOMP came. What does not fit the state of its packet identifier is of an exchange that is over. */
    void onAck(PacketType type, int packetId, ReasonCode reasonCode, Properties properties) {
        int entry = inflight.find(packetId), state = entry == Inflight.NONE ? 0 : inflight.state(entry);
        boolean received = type == PacketType.PUBREC && !reasonCode.isFailure();
        if (received && (state == Inflight.AWAIT_PUBREC || state == Inflight.AWAIT_PUBCOMP)) {
            if (state == Inflight.AWAIT_PUBREC) inflight.released(entry);
            flow.acknowledge(PacketType.PUBREL, packetId, ReasonCode.SUCCESS);
        } else if (received && state == 0) {
            // of a session before this process: the broker is to finish (MQTT 5 §4.3.3)
            flow.acknowledge(PacketType.PUBREL, packetId, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND);
        } else if (type == PacketType.PUBACK && state == Inflight.AWAIT_PUBACK || type == PacketType.PUBREC
            && state == Inflight.AWAIT_PUBREC
                || type == PacketType.PUBCOMP && state == Inflight.AWAIT_PUBCOMP) {
            ClientCore.Completion completion = (ClientCore.Completion) inflight.note(entry);
            inflight.done(entry);
            // "Packet Identifier not found" in PUBCOMP: the broker had let go of it, thus has it (MQTT 5 §3.7.2.1)
            complete(completion, type == PacketType.PUBCOMP ? ReasonCode.SUCCESS : reasonCode, properties);
            pump();
        }
    }

    /** The client will never send again: everybody who waits is told so. */
    void abandon(ReasonCode code) {
        link = null;
        ArrayDeque<ClientCore.Completion> told = new ArrayDeque<>();
        for (int entry = inflight.first(); entry != Inflight.NONE; entry = inflight.next(entry)) {
            if (inflight.note(entry) != null) told.add((ClientCore.Completion) inflight.note(entry));
        }
        for (Outgoing outgoing : queue) if (outgoing.completion != null) told.add(outgoing.completion);
        inflight.clear();
        queue.clear();
        told.addAll(handed);
        handed.clear();
        while (!told.isEmpty()) complete(told.remove(), code, Properties.EMPTY);
    }

    private static void complete(ClientCore.Completion completion, ReasonCode code, Properties properties) {
        if (completion != null) completion.completed(code, properties);
    }
}
