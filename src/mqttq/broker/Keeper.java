package mqttq.broker;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import mqttq.auth.Permissions;
import mqttq.journal.Journal;
import mqttq.journal.JournalException;
import mqttq.loop.Storage;
import mqttq.mqtt.Message;
import mqttq.mqtt.Utf8;
import mqttq.mqtt.Will;
import mqttq.session.Inflight;
import mqttq.wire.Varint;

/**
 * Writes every change of what is kept into the journal, and all of it into snapshots; {@link Restore} reads it. A message is written once
 * for all that keep it.
 */
final class Keeper implements StateListener, Journal.Owner {
    /** Bytes that the kind and five numbers take at most, and a session or message beside its texts and bytes. */
    static final int SMALL = 48, HEAD = 96;
    private final Broker broker;
    final Journal journal;
    final Whereabouts whereabouts;
    private Restore restore;
    private long lastMessage;
    private int lastSession;
    /** Snapshots begun; messages written since the last one need not be written again. */
    private int snapshot = 1;
    /** A snapshot is being written: sessions that it has not reached are not known to whoever begins to read with it. */
    private boolean snapshotting;
    private List<Session> toWrite = List.of();
    private int nextToWrite;

    Keeper(Broker broker, String directory, Storage storage, Journal.Sync sync) {
        this.broker = broker;
        journal = new Journal(broker.loop(), directory, storage, sync, this);
        whereabouts = new Whereabouts(broker, this);
    }

    /** Puts back what the journal has. */
    void open() throws JournalException {
        restore = new Restore(broker, journal, whereabouts);
        journal.open();
        lastMessage = restore.lastMessage;
        lastSession = restore.lastSession;
        restore.finish(snapshot, this);
        whereabouts.opened();
        restore = null;
        broker.stats.unkept = this::unkept;
    }

    // ---- changes

    ByteBuffer begin(int kind, int bytes) {
        whereabouts.write(); // theirs costs no sync of its own then
        return journal.room(bytes).put((byte) kind);
    }

    /** Changes before were lost: until the snapshot reaches the session the journal has it as it was before them. */
    private boolean passedOver(Session session) {
        if (!journal.lost() || session.reached == snapshot) return false;
        Varint.put(begin(Records.UNKEPT, SMALL), 0); // names none, but what is acknowledged waits for the snapshot
        return true;
    }

    private void change(int kind, Session session, int number) {
        if (passedOver(session)) return;
        ByteBuffer out = begin(kind, SMALL);
        Varint.put(out, session.number);
        Varint.put(out, number);
    }

    /** The number of a message that is written by then. */
    private long number(StoredMessage stored) {
        if (stored.written == snapshot) return stored.number;
        if (stored.number == 0) stored.number = ++lastMessage;
        stored.written = snapshot;
        Message message = stored.message;
        ByteBuffer out = begin(Records.MESSAGE, HEAD + message.array().length);
        Varint.put(out, stored.number);
        Varint.put(out, Math.max(0, journal.time() - (broker.now() - message.receivedAt()) / 1_000_000));
        Varint.put(out, message.qos() | (message.retain() ? Session.RETAIN : 0) | (snapshotting ? Records.AHEAD : 0));
        Varint.put(out, message.messageExpiryInterval() + 1);
        Varint.put(out, message.topicLength());
        Varint.put(out, message.propertiesSize());
        Records.put(out, message.array());
        return stored.number;
    }

    private void unkept(StoredMessage message) {
        if (!snapshotting || message.written != snapshot) return;
        Varint.put(begin(Records.UNKEPT, SMALL), message.number);
        message.written = 0; // whoever keeps it once more writes it once more
    }

    /** What was written ahead has found who keeps it. */
    void settled() {
        begin(Records.SETTLED, SMALL);
        snapshotting = false;
    }

    @Override public void session(Session session) {
        if (session.number == 0) {
            session.number = ++lastSession;
            session.reached = snapshot;
        }
        if (passedOver(session)) return;
        Rights rights = session.permissions() instanceof Rights known ? known : null;
        byte[] client = Utf8.bytes(session.clientId), listener = bytes(rights == null ? null : rights.listener()),
            user = bytes(rights == null ? null : rights.userName());
        Will will = session.online() ? session.connection().will() : session.will();
        byte[] topic = will == null ? null : Utf8.bytes(will.topic());
        int size = HEAD + client.length + length(listener) + length(user) + length(session.mountPoint())
            + (will == null ? 0 : topic.length + will.properties().size() + will.payload().length);
        ByteBuffer out = begin(Records.SESSION, size);
        Varint.put(out, session.number);
        Records.put(out, client);
        Records.putOrNull(out, listener);
        Records.putOrNull(out, user);
        Records.putOrNull(out, session.mountPoint());
        Varint.put(out, session.expiry());
        Varint.put(out, session.online() ? 0 : 1 + Math.max(0, journal.time() - (broker.now() - session.awaySince()) / 1_000_000));
        Varint.put(out, will == null ? 0 : 1);
        if (will == null) return;
        Varint.put(out, will.qos() | (will.retain() ? Session.RETAIN : 0));
        Records.put(out, topic);
        Varint.put(out, will.properties().size());
        will.properties().write(out);
        Records.put(out, will.payload());
    }

    private static byte[] bytes(String text) { return text == null ? null : Utf8.bytes(text); }
    private static int length(byte[] bytes) { return bytes == null ? 0 : bytes.length; }

    @Override public void sessionEnded(Session session) {
        if (session.number == 0) return;
        Varint.put(begin(Records.ENDED, SMALL), session.number);
        session.number = 0;
    }

    @Override public void subscribed(Session session, Subscription subscription) {
        if (passedOver(session)) return;
        byte[] filter = subscription.filter();
        ByteBuffer out = begin(Records.SUBSCRIBED, SMALL + filter.length);
        Varint.put(out, session.number);
        Records.put(out, filter);
        Varint.put(out, subscription.options);
        Varint.put(out, subscription.identifier);
    }

    @Override public void unsubscribed(Session session, Subscription subscription) {
        if (passedOver(session)) return;
        byte[] filter = subscription.filter();
        ByteBuffer out = begin(Records.UNSUBSCRIBED, SMALL + filter.length);
        Varint.put(out, session.number);
        Records.put(out, filter);
    }

    @Override public void retained(StoredMessage message, Permissions source) {
        if (isSys(message)) return;
        long number = number(message);
        Rights rights = source instanceof Rights known ? known : null;
        byte[] client = bytes(rights == null ? null : rights.clientId()), listener = bytes(rights == null ? null : rights.listener()),
            user = bytes(rights == null ? null : rights.userName());
        ByteBuffer out = begin(Records.RETAINED, SMALL + length(client) + length(listener) + length(user));
        Varint.put(out, number);
        Records.putOrNull(out, client);
        Records.putOrNull(out, listener);
        Records.putOrNull(out, user);
    }

    @Override public void retainedRemoved(StoredMessage message) {
        if (isSys(message)) return;
        Message kept = message.message;
        ByteBuffer out = begin(Records.UNRETAINED, SMALL + kept.topicLength());
        Varint.put(out, kept.topicLength());
        out.put(kept.topicArray(), kept.topicOffset(), kept.topicLength());
    }

    /** What the broker says of itself is said anew by the next process. */
    private static boolean isSys(StoredMessage message) {
        return Broker.isSys(message.message.topicArray(), message.message.topicOffset(), message.message.topicLength());
    }

    @Override public void queued(Session session, StoredMessage message, int flags, int[] identifiers, int in) {
        if (passedOver(session)) return;
        long number = number(message);
        kept(begin(Records.QUEUED, room(identifiers)), session, -1, number, flags, identifiers, in);
    }

    @Override public void sent(Session session, int packetId, StoredMessage message, int flags, int[] identifiers, int from) {
        if (passedOver(session)) return;
        long number = number(message);
        kept(begin(Records.SENT, room(identifiers)), session, packetId, number, flags, identifiers, from);
    }

    private static int room(int[] identifiers) { return SMALL + (identifiers == null ? 0 : 4 * identifiers.length); }

    private static void kept(ByteBuffer out, Session session, int packetId, long message, int flags, int[] identifiers, int place) {
        Varint.put(out, session.number);
        if (packetId >= 0) Varint.put(out, packetId);
        Varint.put(out, message);
        Varint.put(out, flags);
        Records.putOrNull(out, identifiers);
        Varint.put(out, place);
    }

    @Override public void unqueued(Session session, int from) { change(Records.UNQUEUED, session, from); }
    @Override public void released(Session session, int packetId) { change(Records.RELEASED, session, packetId); }
    @Override public void completed(Session session, int packetId) { change(Records.COMPLETED, session, packetId); }
    @Override public void received(Session session, int packetId) { change(Records.RECEIVED, session, packetId); }
    @Override public void receivedReleased(Session session, int packetId) { change(Records.RECEIVED_RELEASED, session, packetId); }

    @Override public void moved(String clientId) { whereabouts.moved(clientId); }

    @Override public void withdrawn(List<StoredMessage> messages) {
        for (StoredMessage each : messages) if (each.number > 0) Varint.put(begin(Records.WITHDRAWN, SMALL), each.number);
        Varint.put(begin(Records.WITHDRAWN, SMALL), 0);
    }

    @Override public long durable() { return journal.durable(); }
    @Override public long position() { return journal.position(); }
    @Override public void awaited() { journal.awaited(); }
    @Override public String error() { return journal.error(); }
    @Override public boolean stuck() { return journal.stuck(); }

    // ---- for the journal

    @Override public void replay(ByteBuffer changes) throws JournalException { restore.replay(changes); }
    @Override public void hole() { restore.hole(); }
    @Override public void safe() {
        broker.durable();
        whereabouts.safe();
    }

    @Override public void cannotWrite(String why) { broker.journalSays(why); }

    @Override public long alive() {
        BrokerStats stats = broker.stats();
        return stats.storedBytes + 64L * stats.stored + 160L * (stats.connected + stats.disconnected) + broker.subscriptions.bytes() / 4;
    }

    @Override public void snapshot() {
        if (snapshotting) settled(); // the one before was given up
        snapshot++;
        snapshotting = true;
        broker.retained.rewind();
        toWrite = broker.sessions();
        nextToWrite = 0;
        whereabouts.snapshot();
    }

    @Override public boolean slice(int bytes) {
        long until = journal.position() + bytes;
        whereabouts.slice(until);
        while (journal.position() < until && broker.retained.next(this::retained)) { }
        for (; nextToWrite < toWrite.size() && journal.position() < until; nextToWrite++) {
            Session session = toWrite.get(nextToWrite);
            if (session.number == 0) continue;
            if (!ahead(session, until)) return false;
            whole(session);
        }
        if (journal.position() >= until) return false;
        settled();
        return true;
    }

    /** Writes the messages that the session keeps; false: not all of them, it was too much. */
    private boolean ahead(Session session, long until) {
        for (int entry = session.inflight.first(); entry != Inflight.NONE; entry = session.inflight.next(entry)) {
            StoredMessage message = session.inflight.message(entry);
            if (message != null) number(message);
            if (journal.position() >= until) return false;
        }
        for (int place = QUEUE; place <= BACKLOG; place++) {
            MessageQueue queue = session.queue(place);
            for (int i = 0; i < queue.size(); i++) {
                if ((queue.flags(i) & Session.QOS) == 0 || queue.message(i).written == snapshot) continue;
                number(queue.message(i));
                if (journal.position() >= until) return false;
            }
        }
        return true;
    }

    private void whole(Session session) {
        session.reached = snapshot;
        Varint.put(begin(Records.FRESH, SMALL), session.number);
        session(session);
        for (Subscription each : session.allSubscriptions()) subscribed(session, each);
        for (int id : session.received.ids()) received(session, id);
        Inflight<StoredMessage> inflight = session.inflight;
        for (int entry = inflight.first(); entry != Inflight.NONE; entry = inflight.next(entry)) {
            StoredMessage message = inflight.message(entry);
            if (message == null) released(session, inflight.id(entry));
            else sent(session, inflight.id(entry), message, inflight.flags(entry), (int[]) inflight.note(entry), ROUTED);
        }
        for (int place = QUEUE; place <= BACKLOG; place++) {
            MessageQueue queue = session.queue(place);
            for (int i = 0; i < queue.size(); i++) {
                if ((queue.flags(i) & Session.QOS) > 0) queued(session, queue.message(i), queue.flags(i), queue.identifiers(i), place);
            }
        }
    }
}
