package mqttq.broker;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import mqttq.auth.Access;
import mqttq.auth.Permissions;
import mqttq.config.BrokerSettings;
import mqttq.loop.Log;
import mqttq.loop.Timers;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Connect;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Will;
import mqttq.session.Inflight;
import mqttq.session.PacketIds;
import mqttq.session.Received;

/**
 * What the broker keeps of a client (MQTT 5.0 §4.1), connected or not: subscriptions, messages in flight and waiting, identifiers
 * received, a will that waits. Sends through the {@link Connection} while there is one.
 */
final class Session extends Subscriber {
    /** A message's own flags here: QoS in bits 0 and 1, and RETAIN. */
    static final int QOS = 3, RETAIN = 4;
    /** Bytes of a payload that is not large: {@link #memoryFor}. */
    private static final int SMALL = 16 << 10;
    /** What part of the memory limit the messages of one client may take. */
    static final int SHARE = 8;
    /** ns; how often at most the log says that a client's messages are dropped. */
    private static final long MINUTE = 60_000_000_000L;

    final Broker broker;
    final String clientId;
    final Inflight<StoredMessage> inflight = new Inflight<>(new PacketIds(), 0);
    final Received received = new Received();
    /** In the journal; 0: it is not there. */
    int number;
    /** The last snapshot that has it, or during which it began. */
    int reached;
    private Permissions permissions;
    private byte[] mountPoint;
    /** Seconds that the session outlives a connection. */
    private long expiry;
    private Connection connection;
    /** Waiting for room in flight, for the link, or for the client to come back. */
    private final MessageQueue queue;
    /** Retained messages for new subscriptions; before {@link #queue}. */
    private final MessageQueue backlog;
    /** QoS 0, waiting for the link alone. */
    private final MessageQueue fast;
    private long inflightBytes;
    /** Up to here of the journal what the client sent with QoS 2 may not be safe, though nobody waits for it any more. */
    long unsure;
    private boolean dropping;
    /** Will of the last connection, waiting for its delay; when it is due and when the session ends (loop time, ns). */
    private Will will;
    private long willAt = Long.MAX_VALUE, endsAt = Long.MAX_VALUE;
    private Timers.Timer timer;

    /** @param of the client's own session, where this is a further stream's; or null */
    Session(Broker broker, String clientId, Session of) {
        this.broker = broker;
        this.clientId = clientId;
        queue = new MessageQueue(of == null ? null : of.queue);
        backlog = new MessageQueue(of == null ? null : of.backlog);
        fast = new MessageQueue(of == null ? null : of.fast);
        if (of != null) client = of;
    }

    /** Whether there is anything to be sent as soon as that is possible. */
    boolean waiting() { return queue.size() + backlog.size() + fast.size() > 0; }

    // Who it is

    @Override boolean isSame(Subscriber other) {
        return this == other || connection != null && other instanceof Session session && session.connection != null
            && connection.control() == session.connection.control();
    }

    Connection connection() { return connection; }
    Permissions permissions() { return permissions; }

    /** Prefix of its topics, null for none. */
    byte[] mountPoint() { return mountPoint; }
    long expiry() { return expiry; }

    /** Seconds; from DISCONNECT. */
    void expiry(long seconds) {
        expiry = seconds;
        tell();
    }

    private void tell() {
        if (kept()) broker.state().session(this);
        else if (number != 0) broker.state().sessionEnded(this);
    }

    /** Whether it outlives a connection. */
    boolean kept() { return expiry > 0; }
    @Override boolean online() { return connection != null; }

    /** Messages waiting or in flight. */
    int stored() { return queue.size() + backlog.size() + fast.size() + inflight.size(); }

    // Connecting and parting

    /** A connection takes the session up; {@link #pump} follows when the CONNACK has been sent. */
    void attach(Connection to, Permissions rights, String mount, long expirySeconds, int receiveMaximum) {
        cancelWill();
        endsAt = Long.MAX_VALUE;
        if (timer != null) timer.cancel();
        connection = to;
        broker.state().moved(clientId);
        permissions = rights;
        mountPoint = mount == null ? null : mount.getBytes(StandardCharsets.UTF_8);
        expiry = expirySeconds;
        BrokerSettings settings = broker.settings();
        inflight.connected(Math.min(receiveMaximum, settings.maxInflightMessages));
        received.connected(to.receiveMaximum());
        tell();
        onlineChanged();
    }

    /** The connection is gone. {@code left}: its will where that is to be published, or null. */
    void detach(Will left) {
        connection = null;
        broker.state().moved(clientId);
        onlineChanged();
        if (!broker.settings().queueQos0Messages) drop(fast);
        else while (fast.size() > 0) moveToQueue();
        if (left != null && (left.delayInterval() == 0 || expiry == 0)) {
            broker.publishWill(left, this);
            left = null;
        }
        if (expiry == 0) {
            broker.end(this, false);
            return;
        }
        will = left;
        broker.holds(broker.weight(will));
        away(broker.now());
        tell();
        setTimer();
    }

    /** The will that waits, or null. */
    Will will() { return will; }

    /** Since when the client is away, where that matters; loop time, ns. */
    long awaySince() {
        if (endsAt < Long.MAX_VALUE) return endsAt - expiry * 1_000_000_000L;
        return willAt < Long.MAX_VALUE ? willAt - will.delayInterval() * 1_000_000_000L : broker.now();
    }

    private void away(long since) {
        willAt = will == null ? Long.MAX_VALUE : since + will.delayInterval() * 1_000_000_000L;
        endsAt = expiry == Connect.SESSION_NEVER_EXPIRES ? Long.MAX_VALUE : since + expiry * 1_000_000_000L;
    }

    private void moveToQueue() {
        StoredMessage message = fast.message();
        unstored(fast, message);
        int[] identifiers = fast.identifiers();
        int flags = fast.flags();
        fast.remove();
        enqueue(queue, message, flags, identifiers, identifiers == null ? 0 : identifiers.length);
    }

    private void setTimer() {
        long at = Math.min(willAt, endsAt);
        if (at == Long.MAX_VALUE) return;
        if (timer == null) timer = broker.loop().timer(this::onTimer);
        timer.at(at);
    }

    private void onTimer() {
        if (connection != null) return;
        long now = broker.now();
        if (now >= endsAt) {
            broker.end(this, true); // publishes the will
            return;
        }
        if (now >= willAt) {
            publishWill();
            tell();
        }
        setTimer();
    }

    /** Publishes the will that waits, because the session ends or its time has come. */
    void publishWill() {
        Will due = will;
        cancelWill();
        if (due != null) broker.publishWill(due, this);
    }

    /** A client with this identifier came before its time. */
    void cancelWill() {
        broker.holds(-broker.weight(will));
        will = null; // [MQTT-3.1.3-9]
        willAt = Long.MAX_VALUE;
    }

    /** Lets go of everything; called by {@link Broker#end}. */
    void clear() {
        if (timer != null) timer.cancel();
        drop(queue);
        drop(backlog);
        drop(fast);
        for (int entry = inflight.first(); entry != Inflight.NONE; entry = inflight.next(entry)) {
            if (inflight.message(entry) != null) unstored(null, inflight.message(entry));
        }
        inflight.clear();
        inflightBytes = 0;
        received.clear();
    }

    private void drop(MessageQueue waiting) {
        while (waiting.size() > 0) {
            unstored(waiting, waiting.message());
            waiting.remove();
        }
    }

    // Messages to the client

    @Override boolean deliver(ApplicationMessage message, int qos, boolean retain, int[] identifiers, int count, Router router) {
        int flags = qos | (retain ? RETAIN : 0);
        if (connection == null) {
            if (qos == 0 && !broker.settings().queueQos0Messages) return false;
            return enqueue(queue, router.kept(), flags, identifiers, count);
        }
        if (qos == 0) {
            if (fast.size() == 0 && connection.writable() && connection.sender().sendAtOnce(message, retain, identifiers, count)) {
                return true;
            }
            if (!enqueue(fast, router.kept(), flags, identifiers, count)) return false;
            pump();
            return true;
        }
        StoredMessage kept = router.kept();
        if (queue.size() == 0 && backlog.size() == 0 && mayBegin(kept) && hasShare(message) && connection.writable()
            && memoryFor(kept, qos)) {
            begin(kept, flags, copy(identifiers, count), StateListener.ROUTED);
            return true;
        }
        return enqueue(queue, kept, flags, identifiers, count);
    }

    /** A retained message for a new subscription; false where there are too many. */
    boolean addRetained(StoredMessage message, int qos, int identifier) {
        if (backlog.total() >= broker.settings().maxRetainedBacklog
            || !broker.memoryFor(message, qos == 0 ? Broker.QOS_0 : Broker.ANYTHING)) {
            dropped(message);
            return false;
        }
        int[] identifiers = identifier == 0 ? null : new int[] {identifier};
        backlog.add(message, qos | RETAIN, identifiers);
        stored(backlog, message);
        if (kept() && qos > 0) broker.state().queued(this, message, qos | RETAIN, identifiers, StateListener.BACKLOG);
        return true;
    }

    /** Sends what may be sent: first what must be sent again, then what waits. Called whenever there may be room. */
    void pump() {
        if (connection == null) return;
        for (int entry; connection.writable() && (entry = inflight.nextResend()) != Inflight.NONE; ) {
            if (inflight.state(entry) == Inflight.AWAIT_PUBCOMP) {
                connection.sendAck(PacketType.PUBREL, inflight.id(entry));
            } else {
                sendWhereAllowed(entry, true);
            }
        }
        drain(backlog);
        drain(queue);
        drain(fast);
    }

    private void drain(MessageQueue waiting) {
        int place = waiting == backlog ? StateListener.BACKLOG : StateListener.QUEUE;
        while (waiting.size() > 0 && connection.writable()) {
            StoredMessage message = waiting.message();
            int flags = waiting.flags();
            boolean expired = message.message.remainingExpiry(broker.now()) == 0; // [MQTT-3.3.2-5]
            boolean dropped = expired || !mayTake(message.message); // its rights may have changed, or whose it is
            if (!dropped && (flags & QOS) > 0 && !mayBegin(message)) return;
            int[] identifiers = waiting.identifiers();
            waiting.remove();
            if (waiting != backlog) dropping = false;
            if ((flags & QOS) == 0) {
                if (!dropped) connection.sender().send(message.message, 0, false, (flags & RETAIN) != 0, 0, identifiers);
            } else if (dropped) {
                inflight.skip(); // Mosquitto gives a message its identifier when it queues it
                if (kept()) broker.state().unqueued(this, place);
            } else {
                begin(message, flags, identifiers, place);
            }
            unstored(waiting, message); // last: it may be in flight now, and be kept by nobody else
        }
    }

    /** Whether the client may read it, and its topic is one below the client's mount point. */
    @Override boolean mayTake(ApplicationMessage message) {
        byte[] topic = message.topicArray();
        int offset = message.topicOffset(), length = message.topicLength();
        return (mountPoint == null || length > mountPoint.length && Broker.starts(topic, offset, offset + length, mountPoint))
            && permissions.allowed(Access.READ, topic, offset, length);
    }

    @Override void broken() { if (connection != null) connection.broken(); }

    private boolean mayBegin(StoredMessage message) {
        long most = broker.settings().maxInflightBytes;
        return inflight.room() && (most == 0 || inflight.size() == 0 || inflightBytes + message.message.payloadLength() <= most);
    }

    private void begin(StoredMessage message, int flags, int[] identifiers, int from) {
        int id = inflight.begin(message, flags & QOS, flags, identifiers);
        inflightBytes += message.message.payloadLength();
        stored(null, message);
        if (kept()) broker.state().sent(this, id, message, flags, identifiers, from);
        // or the identifier may come to mean another message while the client still has it for this one; or its publisher may be refused
        if ((flags & QOS) == 2 && connection.holds(id, kept() ? broker.state().position() : message.safeAt)) return;
        send(inflight.find(id), false);
    }

    /** The journal has it that this message goes out. */
    void sendHeld(int id) {
        int entry = inflight.find(id);
        if (entry != Inflight.NONE && inflight.state(entry) == Inflight.AWAIT_PUBREC) sendWhereAllowed(entry, false);
    }

    /** What was begun under other rights ends here. The client may have it already where it is of QoS 2: its identifier ends in order. */
    private void sendWhereAllowed(int entry, boolean again) {
        if (mayTake(inflight.message(entry).message)) {
            send(entry, again);
        } else if (inflight.state(entry) == Inflight.AWAIT_PUBACK) {
            complete(entry);
        } else {
            release(entry);
            connection.sendAck(PacketType.PUBREL, inflight.id(entry));
        }
    }

    private void send(int entry, boolean again) {
        int flags = inflight.flags(entry);
        boolean fits = connection.sender().send(inflight.message(entry).message, flags & QOS, again, (flags & RETAIN) != 0,
            inflight.id(entry),
            (int[]) inflight.note(entry));
        if (!fits) complete(entry); // [MQTT-3.1.2-25]
    }

    /** PUBREC came. */
    void release(int entry) {
        forget(inflight.message(entry));
        inflight.released(entry);
        if (kept()) broker.state().released(this, inflight.id(entry));
    }

    /** The flow of this entry is over. */
    void complete(int entry) {
        if (inflight.message(entry) != null) forget(inflight.message(entry));
        if (kept()) broker.state().completed(this, inflight.id(entry));
        inflight.done(entry);
    }

    private void forget(StoredMessage message) {
        inflightBytes -= message.message.payloadLength();
        unstored(null, message);
    }

    /** {@code in}: null: in flight. The retained messages that wait are kept as such too. */
    private void stored(MessageQueue in, StoredMessage message) {
        broker.stats.stored(message);
        if (in != backlog) client.held += message.cost();
    }

    private void unstored(MessageQueue in, StoredMessage message) {
        broker.stats.unstored(message);
        if (in != backlog) client.held -= message.cost();
    }

    /** Takes what was refused out of what waits. */
    void withdraw() {
        if (client == this && connection != null) connection.withdrawStreams();
        backlog.withdraw(broker.stats);
        client.held -= queue.withdraw(broker.stats) + fast.withdraw(broker.stats);
    }

    /** The same for a message that is in flight and has not been sent yet. */
    void withdraw(int id) {
        int entry = inflight.find(id);
        if (entry != Inflight.NONE && inflight.message(entry) != null && inflight.message(entry).refused) complete(entry);
    }

    private boolean enqueue(MessageQueue to, StoredMessage message, int flags, int[] identifiers, int count) {
        if (!roomIn(to, message, flags & QOS)) {
            dropped(message);
            return false;
        }
        int[] ids = copy(identifiers, count);
        to.add(message, flags, ids);
        stored(to, message);
        if (kept() && to == queue && (flags & QOS) > 0) broker.state().queued(this, message, flags, ids, StateListener.QUEUE);
        return true;
    }

    /**
     * A client that is there and has had all before may have one more at the memory limit, unless it is large: others fill the memory, not
     * it.
     */
    private boolean memoryFor(StoredMessage message, int qos) {
        return qos > 0 && broker.decided() || spared(message.message)
            || broker.memoryFor(message, qos == 0 ? Broker.QOS_0 : Broker.ANYTHING);
    }

    private boolean spared(ApplicationMessage message) {
        return connection != null && stored() == 0 && message.payloadLength() <= SMALL;
    }

    @Override boolean lacks(ApplicationMessage message, int qos) {
        return qos > 0 && !spared(message) && mayTake(message) && passedBy(queue, message) == null;
    }

    private boolean roomIn(MessageQueue waiting, StoredMessage message, int qos) {
        Limit passed = passedBy(waiting, message.message);
        if (passed != null) broker.stats.hit(passed);
        return passed == null && memoryFor(message, qos);
    }

    /** Which of the client's own limits keeps a message from waiting, or null. */
    private Limit passedBy(MessageQueue waiting, ApplicationMessage message) {
        int most = broker.settings().maxQueuedMessages;
        long mostBytes = broker.settings().maxQueuedBytes;
        return most > 0 && waiting.total() >= most ? Limit.MAX_QUEUED_MESSAGES
            : mostBytes > 0 && waiting.totalBytes() + message.payloadLength() > mostBytes ? Limit.MAX_QUEUED_BYTES
            : hasShare(message) ? null : Limit.CLIENT_MEMORY;
    }

    /** One client has its share of the memory, so that others find room; one message always. */
    private boolean hasShare(ApplicationMessage message) {
        long limit = broker.settings().memoryLimit;
        return limit == 0 || client.held == 0 || client.held + StoredMessage.PLACE + message.footprint() <= limit / SHARE;
    }

    private void dropped(StoredMessage message) {
        broker.stats.publishDropped++;
        long now = broker.now();
        if (dropping || now < client.quietUntil) return;
        dropping = true;
        client.quietUntil = now + MINUTE;
        if (broker.logs(Log.Level.NOTICE)) broker.log(Log.Level.NOTICE, "Outgoing messages are being dropped for client " + clientId + ".");
    }

    // From the journal

    void restore(Permissions rights, byte[] mount, long expirySeconds, long awaySince, Will left) {
        permissions = rights;
        mountPoint = mount;
        expiry = expirySeconds;
        cancelWill();
        will = left;
        broker.holds(broker.weight(will));
        endsAt = awaySince;
    }

    /** Lets go of QoS 2 under way. */
    void forgetFlows() {
        received.clear();
        for (int entry = inflight.first(), next; entry != Inflight.NONE; entry = next) {
            next = inflight.next(entry);
            if (inflight.state(entry) == Inflight.AWAIT_PUBACK) continue;
            if (inflight.message(entry) != null) forget(inflight.message(entry));
            inflight.done(entry);
        }
    }

    /** All is there. True: the client was connected, and is away from now on. */
    boolean restored() {
        boolean wasConnected = endsAt == Long.MAX_VALUE;
        away(wasConnected ? broker.now() : endsAt);
        setTimer();
        return wasConnected;
    }

    MessageQueue queue(int place) { return place == StateListener.QUEUE ? queue : backlog; }

    void putQueued(StoredMessage message, int flags, int[] identifiers, int place) {
        queue(place).add(message, flags, identifiers);
        stored(queue(place), message);
    }

    void dropQueued(int place) {
        MessageQueue waiting = queue(place);
        if (waiting.size() == 0) return;
        unstored(waiting, waiting.message());
        waiting.remove();
    }

    void putInflight(int id, StoredMessage message, int flags, int[] identifiers) {
        if (inflight.find(id) != Inflight.NONE) return;
        inflight.restore(id, (flags & QOS) == 1 ? Inflight.AWAIT_PUBACK : Inflight.AWAIT_PUBREC, message, flags, identifiers);
        inflightBytes += message.message.payloadLength();
        stored(null, message);
    }

    private static int[] copy(int[] identifiers, int count) { return count == 0 ? null : Arrays.copyOf(identifiers, count); }
}
