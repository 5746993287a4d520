package mqttq.broker;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mqttq.mqtt.Message;
import mqttq.mqtt.Will;

/** All that a broker keeps, as text: the same before a restart and after it. */
final class Kept {
    private Kept() { }

    static String text(Broker broker) {
        List<String> lines = new ArrayList<>();
        for (Session session : broker.sessions()) if (session.kept()) lines.add(text(session));
        broker.retained.rewind();
        while (broker.retained.next((message, source) -> lines.add("retained " + text(message.message) + (source == null)))) { }
        lines.sort(null);
        lines.add(broker.stats().stored + " messages of " + broker.stats().storedBytes + " bytes");
        return String.join("\n", lines);
    }

    private static String text(Session session) {
        StringBuilder text = new StringBuilder("session ").append(session.clientId).append(' ').append(session.expiry());
        List<String> filters = new ArrayList<>();
        for (Subscription each : session.allSubscriptions()) filters.add(' ' + new String(each.filter()) + ' ' + each.options + ' ' + each.identifier);
        filters.sort(null);
        Will will = session.online() ? session.connection().will() : session.will();
        text.append(filters).append(will == null ? "" : " will " + new String(will.payload())).append("\n  in flight");
        var inflight = session.inflight;
        for (int e = inflight.first(); e >= 0; e = inflight.next(e)) {
            text.append(" m").append(inflight.id(e)).append('=').append(inflight.message(e) == null ? "released" : text(inflight.message(e).message) + inflight.flags(e));
        }
        int[] ids = session.received.ids();
        Arrays.sort(ids);
        text.append("\n  received ").append(Arrays.toString(ids));
        for (int place = StateListener.QUEUE; place <= StateListener.BACKLOG; place++) {
            text.append("\n  waiting");
            MessageQueue queue = session.queue(place);
            for (int i = 0; i < queue.size(); i++) if ((queue.flags(i) & Session.QOS) > 0) text.append(' ').append(text(queue.message(i).message)).append(queue.flags(i));
        }
        return text.toString();
    }

    /** Topic, a number for its bytes, QoS and RETAIN. */
    private static String text(Message message) { return message.topic() + '#' + Integer.toHexString(message.hashCode()) + (message.retain() ? "r" : "q") + message.qos() + ':'; }
}
