package mqttq.broker;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import mqttq.auth.Permissions;
import mqttq.journal.Journal;
import mqttq.journal.JournalException;
import mqttq.mqtt.Message;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Topics;
import mqttq.mqtt.Utf8;
import mqttq.mqtt.Will;
import mqttq.session.Inflight;

/**
 * Puts back what {@link Keeper} wrote. The journal may begin in the middle of history: changes of what is not known are passed over, since
 * a snapshot has it whole later on.
 */
final class Restore {
    private final Broker broker;
    private final Journal journal;
    /** Those that somebody keeps, those written ahead of who keeps them ({@code written}: 1), and those of this batch: no more than ran. */
    final MessagesByNumber messages = new MessagesByNumber();
    /** To be looked at when the batch ends: perhaps nobody keeps them. */
    private final List<StoredMessage> idle = new ArrayList<>();
    private boolean ahead;
    private final Whereabouts whereabouts;
    private final Map<Integer, Session> sessions = new HashMap<>();
    long lastMessage;
    int lastSession;

    Restore(Broker broker, Journal journal, Whereabouts whereabouts) {
        this.broker = broker;
        this.journal = journal;
        broker.stats.unkept = idle::add;
        this.whereabouts = whereabouts;
    }

    /** The changes of one batch. */
    void replay(ByteBuffer in) throws JournalException {
        try {
            while (in.hasRemaining()) change(in.get(), in);
        } catch (BufferUnderflowException | IllegalArgumentException | MqttException e) {
            throw new JournalException("a record that cannot be understood: " + e.getMessage());
        }
        for (StoredMessage each : idle) if (each.places == 0 && each.written == 0) messages.remove(each.number);
        idle.clear();
    }

    /** Changes are missing: of QoS 2 under way nobody knows any more how far it had come, and once more would be twice. */
    void hole() {
        for (Session session : sessions.values()) session.forgetFlows();
    }

    private void change(int kind, ByteBuffer in) throws MqttException {
        switch (kind) {
            case Records.MESSAGE -> message(in);
            case Records.SESSION -> session(in);
            case Records.RETAINED -> {
                StoredMessage message = messages.get(Records.number(in));
                String client = Records.textOrNull(in), listener = Records.textOrNull(in), user = Records.textOrNull(in);
                if (message != null) putRetained(message, client == null ? null : broker.rights(client, user, listener));
            }
            case Records.UNRETAINED -> {
                byte[] topic = Records.bytes(in);
                StoredMessage old = broker.retained.remove(topic, 0, topic.length);
                if (old != null) broker.unretained(old);
            }
            case Records.UNKEPT -> settled(messages.get(Records.number(in)));
            case Records.SETTLED -> {
                messages.forEach(this::settled);
                ahead = false;
            }
            case Records.PLACE -> whereabouts.replay(in);
            case Records.TOLD -> whereabouts.replayTold();
            case Records.WITHDRAWN -> { // those that follow each other with 0 at their end, at once
                long number = Records.number(in);
                StoredMessage message = messages.get(number);
                if (message != null) message.refused = true;
                if (number == 0) for (Session session : sessions.values()) session.withdraw();
            }
            default -> {
                if (kind < Records.FRESH || kind > Records.RECEIVED_RELEASED) throw new IllegalArgumentException("kind " + kind);
                int number = Records.small(in);
                change(kind, in, number, sessions.get(number));
            }
        }
    }

    /** {@code session}: null where it is not known. */
    private void change(int kind, ByteBuffer in, int number, Session session) {
        switch (kind) {
            case Records.FRESH, Records.ENDED -> {
                if (sessions.remove(number) != null) broker.forget(session);
            }
            case Records.SUBSCRIBED -> {
                byte[] filter = filter(in);
                byte options = (byte) Records.small(in);
                int identifier = Records.small(in);
                if (session == null) return;
                Subscription subscription = broker.subscriptions.subscribe(session, filter, 0, filter.length);
                subscription.options = options;
                subscription.identifier = identifier;
            }
            case Records.UNSUBSCRIBED -> {
                byte[] filter = filter(in);
                Subscription subscription = session == null ? null : broker.subscriptions.find(session, filter, 0, filter.length);
                if (subscription != null) broker.subscriptions.unsubscribe(subscription);
            }
            case Records.QUEUED -> {
                StoredMessage message = messages.get(Records.number(in));
                int flags = Records.small(in);
                int[] identifiers = Records.numbersOrNull(in);
                int place = place(in);
                if (session != null && message != null) session.putQueued(message, flags, identifiers, place);
            }
            case Records.UNQUEUED -> {
                int place = place(in);
                if (session != null) session.dropQueued(place);
            }
            case Records.SENT -> {
                int id = id(in);
                StoredMessage message = messages.get(Records.number(in));
                int flags = Records.small(in);
                int[] identifiers = Records.numbersOrNull(in);
                int from = Records.small(in);
                if (session == null || message == null) return;
                session.putInflight(id, message, flags, identifiers);
                if (from != StateListener.ROUTED) session.dropQueued(from);
            }
            default -> {
                int id = id(in);
                if (session != null) flow(kind, session, id);
            }
        }
    }

    private static void flow(int kind, Session session, int id) {
        int entry = session.inflight.find(id);
        switch (kind) {
            case Records.RELEASED -> {
                if (entry == Inflight.NONE) session.inflight.restore(id, Inflight.AWAIT_PUBCOMP, null, 0, null);
                else if (session.inflight.message(entry) != null) session.release(entry);
            }
            case Records.COMPLETED -> {
                if (entry != Inflight.NONE) session.complete(entry);
            }
            case Records.RECEIVED -> session.received.restore(id);
            default -> session.received.release(id);
        }
    }

    private void putRetained(StoredMessage stored, Permissions source) {
        Message message = stored.message;
        broker.putRetained(stored, message.topicArray(), message.topicOffset(), message.topicLength(), source);
    }

    private void message(ByteBuffer in) throws MqttException {
        long number = Records.number(in), received = Records.number(in);
        int flags = Records.small(in);
        long expiry = Records.number(in) - 1;
        int topic = Records.small(in), properties = Records.small(in);
        byte[] array = Records.bytes(in);
        StoredMessage stored = messages.get(number);
        if (stored == null) {
            stored = new StoredMessage(Message.restore(array, topic, properties, flags & Session.QOS, (flags & Session.RETAIN) != 0, expiry,
                journal.loopNanos(received)));
            stored.number = number;
            messages.add(stored);
            idle.add(stored);
            lastMessage = Math.max(lastMessage, number);
        }
        if ((flags & Records.AHEAD) == 0) return;
        stored.written = 1;
        ahead = true;
    }

    /** Who keeps this message is known; {@code null}: the message is not. */
    private void settled(StoredMessage message) {
        if (message == null) return;
        message.written = 0;
        idle.add(message);
    }

    private void session(ByteBuffer in) throws MqttException {
        int number = Records.small(in);
        String client = Records.text(in), listener = Records.textOrNull(in), user = Records.textOrNull(in), mount = Records.textOrNull(in);
        long expiry = Records.number(in), away = Records.number(in) - 1;
        Will will = null;
        if (Records.small(in) != 0) {
            int flags = Records.small(in);
            String topic = Records.text(in);
            byte[] properties = Records.bytes(in), payload = Records.bytes(in);
            if (!Topics.isName(topic)) throw new IllegalArgumentException("a will's topic");
            will = new Will(topic, payload, flags & Session.QOS, (flags & Session.RETAIN) != 0,
                Properties.parse(properties, 0, properties.length, null));
        }
        lastSession = Math.max(lastSession, number);
        Session session = sessions.get(number);
        if (session == null) {
            Session other = broker.session(client);
            if (other != null) {
                sessions.remove(other.number);
                broker.forget(other);
            }
            sessions.put(number, session = broker.newSession(client));
            session.number = number;
        }
        session.restore(broker.rights(client, user, listener), mount == null ? null : Utf8.bytes(mount), expiry, away < 0 ? Long.MAX_VALUE
            : journal.loopNanos(away), will);
    }

    private static byte[] filter(ByteBuffer in) {
        byte[] filter = Records.bytes(in);
        if (!Topics.isFilter(Utf8.string(filter, 0, filter.length))) throw new IllegalArgumentException("a topic filter");
        return filter;
    }

    private static int id(ByteBuffer in) {
        int id = Records.small(in);
        if (id < 1 || id > 0xffff) throw new IllegalArgumentException("packet identifier " + id);
        return id;
    }

    private static int place(ByteBuffer in) {
        int place = Records.small(in);
        if (place != StateListener.QUEUE && place != StateListener.BACKLOG) throw new IllegalArgumentException("place " + place);
        return place;
    }

    /** All is there: time goes on for those that are away. {@code snapshot}: what is written is in it. */
    void finish(int snapshot, Keeper keeper) {
        messages.forEach(message -> message.written = snapshot);
        if (ahead) keeper.settled(); // of a snapshot that was never finished
        for (Session session : broker.sessions()) if (session.restored()) keeper.session(session);
    }
}
