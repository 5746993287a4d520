package mqttq.broker;

import java.util.Arrays;
import mqttq.link.MqttLink;
import mqttq.loop.Log;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Message;
import mqttq.mqtt.Publish;

/**
 * Brings one message to all whose subscriptions match: each subscriber once, with the highest QoS and all identifiers of its matching
 * subscriptions ([MQTT-3.3.4-2], [MQTT-3.3.4-4]), and one member of each matching share group. Makes no object.
 */
final class Router implements SubscriptionTree.Visitor {
    /** Larger lists are given back after use. */
    private static final int KEPT = 1024;
    private final Broker broker;
    private Subscriber[] hits = new Subscriber[16];
    /** Granted QoS in bits 0 and 1, retain-as-published in bit 3; index of the last identifier plus one. */
    private byte[] options = new byte[16];
    private int[] lastIdentifier = new int[16];
    private int count;
    /** Subscriptions that match and want nothing of their own client's. */
    private int silent;
    private ShareGroup[] groups = new ShareGroup[4];
    private int groupCount;
    private int[] identifier = new int[8], previous = new int[8], scratch = new int[8];
    private int identifiers;
    private long stamp;
    private boolean namedOnly;
    private ApplicationMessage message;
    private StoredMessage kept, last;
    private Subscriber origin;
    /** There is memory for all who are to keep the message: nobody need look again. */
    private boolean decided;

    Router(Broker broker) { this.broker = broker; }

    /** Whether a message is under way: another one must wait. */
    boolean busy() { return message != null; }

    /** Finds who is to get {@code routed}; {@link #end} must follow. {@code from}: whose it is, or null. */
    void match(ApplicationMessage routed, Subscriber from) {
        message = routed;
        origin = from;
        namedOnly = SysTopics.ofOneClient(routed);
        stamp++;
        broker.subscriptions.match(routed.topicArray(), routed.topicOffset(), routed.topicLength(), this);
    }

    /** Delivers the message and returns how many were to get it. */
    int deliver() {
        boolean once = message.qos() == 2;
        long before = message.retain() || once && keeps(origin) ? -1 : broker.state().position();
        for (int i = 0; i < count; i++) if (!once || keeps(hits[i])) hit(i);
        // who keeps nothing gets it once too: not before the publisher is told that it is taken
        if (once && count + groupCount > 0 && broker.state().position() > before) kept().safeAt = broker.state().position();
        for (int i = 0; i < groupCount; i++) share(groups[i]);
        for (int i = 0; once && i < count; i++) if (!keeps(hits[i])) hit(i);
        return count + groupCount + silent;
    }

    private static boolean keeps(Subscriber subscriber) { return subscriber instanceof Session session && session.kept(); }

    private void hit(int i) {
        boolean retain = message.retain() && (options[i] & 8) != 0; // [MQTT-3.3.1-12], [MQTT-3.3.1-13]
        try {
            if (!hits[i].mayTake(message)) return;
            hits[i].deliver(message, qos(options[i] & 3), retain, scratch, gather(lastIdentifier[i]), this);
        } catch (RuntimeException e) {
            broken(hits[i], e);
        }
    }

    /** The last message that somebody keeps, once, or null. */
    StoredMessage taken() {
        StoredMessage taken = last;
        last = null;
        return taken;
    }

    private int qos(int granted) { return broker.settings().upgradeOutgoingQos ? granted : Math.min(message.qos(), granted); }

    /**
     * Whether everybody who is to keep a client's PUBLISH of QoS 1 or 2 finds memory for it. Otherwise nobody may get it: its publisher is
     * told and sends it again, which must not be a duplicate anywhere.
     */
    boolean fits() {
        if (message.qos() == 0 || !(message instanceof Publish)) return true; // nobody sends it again
        long left = broker.memoryLeft() - message.footprint() - (message.retain() ? RetainedMessages.cost(message.topicLength()) : 0);
        if (left >= (long) StoredMessage.PLACE * (count + groupCount)) return decided = true;
        int wanting = 0;
        for (int i = 0; i < count; i++) if (hits[i].lacks(message, qos(options[i] & 3))) wanting++;
        for (int i = 0; i < groupCount; i++) {
            Subscription member;
            boolean lacks = false;
            for (int n = 0, asked = 0; (member = groups[i].peek(n)) != null; n++) {
                if (asked > 0 && !lacks || asked == ShareGroup.MAX_ATTEMPTS) break;
                if (!member.subscriber.mayTake(message)) continue;
                asked++;
                lacks = member.subscriber.lacks(message, qos(member.qos()));
            }
            if (lacks) wanting++;
        }
        return decided = wanting == 0 || left >= (long) StoredMessage.PLACE * wanting;
    }

    boolean decided() { return decided; }

    /** The message as one that stays: shared by all that keep it. */
    StoredMessage kept() {
        if (kept == null) kept = new StoredMessage(message instanceof Message stays ? stays : ((Publish) message).message(broker.now()));
        return kept;
    }

    void end() {
        Arrays.fill(hits, 0, count, null);
        Arrays.fill(groups, 0, groupCount, null);
        if (hits.length > KEPT) {
            hits = new Subscriber[16];
            options = new byte[16];
            lastIdentifier = new int[16];
        }
        if (identifier.length > KEPT) {
            identifier = new int[8];
            previous = new int[8];
            scratch = new int[8];
        }
        count = silent = groupCount = identifiers = 0;
        decided = false;
        message = null;
        last = kept;
        kept = null;
        origin = null;
    }

    @Override public void subscription(Subscription subscription) {
        Subscriber subscriber = subscription.subscriber;
        if (namedOnly && !SysTopics.named(subscription.place)) return;
        if (subscription.noLocal() && subscriber.isSame(origin)) { // [MQTT-3.8.3-3]
            silent++;
            return;
        }
        int hit;
        if (subscriber.stamp != stamp) {
            if (count == hits.length) growHits();
            subscriber.stamp = stamp;
            subscriber.hit = hit = count++;
            hits[hit] = subscriber;
            options[hit] = (byte) (subscription.options & 11);
            lastIdentifier[hit] = 0;
        } else {
            hit = subscriber.hit;
            options[hit] = (byte) ((options[hit] | subscription.options) & 8 | Math.max(options[hit] & 3, subscription.qos()));
        }
        if (subscription.identifier != 0) {
            if (identifiers == identifier.length) {
                identifier = Arrays.copyOf(identifier, identifiers * 2);
                previous = Arrays.copyOf(previous, identifiers * 2);
            }
            identifier[identifiers] = subscription.identifier;
            previous[identifiers++] = lastIdentifier[hit];
            lastIdentifier[hit] = identifiers;
        }
    }

    @Override public void shared(ShareGroup group) {
        if (namedOnly && !SysTopics.named(group)) return;
        if (groupCount == groups.length) groups = Arrays.copyOf(groups, groupCount * 2);
        groups[groupCount++] = group;
    }

    private void share(ShareGroup group) {
        Subscription member;
        for (int attempt = 0, asked = 0; asked < ShareGroup.MAX_ATTEMPTS && (member = group.next(attempt)) != null; attempt++) {
            scratch[0] = member.identifier;
            int ids = member.identifier == 0 ? 0 : 1;
            try {
                if (!member.subscriber.mayTake(message)) continue;
                asked++;
                boolean retain = message.retain() && member.retainAsPublished();
                if (member.subscriber.deliver(message, qos(member.qos()), retain, scratch, ids, this)) return;
            } catch (RuntimeException e) {
                broken(member.subscriber, e);
            }
        }
    }

    /** A fault of a subscriber's is its own: neither the publisher nor the others hear of it. */
    private void broken(Subscriber subscriber, RuntimeException e) {
        broker.log(Log.Level.ERROR, MqttLink.trace(e));
        subscriber.broken();
    }

    /** Puts a hit's identifiers into scratch, in the order they were found, and returns how many. */
    private int gather(int last) {
        if (last == 0) return 0;
        int n = 0;
        for (int i = last; i != 0; i = previous[i - 1]) n++;
        if (n > scratch.length) scratch = new int[Integer.highestOneBit(n) * 2];
        int at = n;
        for (int i = last; i != 0; i = previous[i - 1]) scratch[--at] = identifier[i - 1];
        return n;
    }

    private void growHits() {
        hits = Arrays.copyOf(hits, count * 2);
        options = Arrays.copyOf(options, count * 2);
        lastIdentifier = Arrays.copyOf(lastIdentifier, count * 2);
    }
}
