package mqttq.broker;

import mqttq.mqtt.ApplicationMessage;

/**
 * Who subscriptions belong to: a client's session, or a part of the broker's own process. Finds its subscriptions by their place in the
 * tree.
 */
abstract class Subscriber {
    private static final Subscription[] NONE = new Subscription[0];
    private Subscription[] table = NONE;
    private int count, total;
    /** Whose limits hold: of a further stream its client's. */
    Subscriber client = this;
    /** Heap bytes of the client's subscriptions, about; kept by {@link SubscriptionTree}. */
    long subscriptionBytes;
    /** The routing of which this subscriber was last hit, and where in its list ({@link Router}). */
    long stamp;
    int hit;

    /** Whether both are one client. */
    boolean isSame(Subscriber other) { return this == other; }

    /** Whether a shared subscription should rather choose this one. */
    abstract boolean online();

    /** Whether it may have this message, asked before {@link #deliver}. */
    boolean mayTake(ApplicationMessage message) { return true; }

    /** {@link #deliver} threw, which is nobody else's matter. */
    void broken() { }

    /**
     * Takes a message that is a view during this call, to be kept as {@link Router#kept}; the first {@code count} of {@code identifiers}
     * (scratch) are the subscription identifiers. False: it was neither sent nor kept.
     */
    abstract boolean deliver(ApplicationMessage message, int qos, boolean retain, int[] identifiers, int count, Router router);

    /** Heap bytes, about, of the messages that all the client's streams keep, as if nobody else kept them. */
    long held;

    /** Until then the log says no more of what is dropped for the client, on any of its streams; loop time, ns. */
    long quietUntil;

    /** Whether it is to keep a message, and has no place that memory_limit does not count. */
    boolean lacks(ApplicationMessage message, int qos) { return false; }
    final int subscriptions() { return count; }

    /** Those of all the client's streams. */
    final int clientSubscriptions() { return client.total; }

    /** The subscription at a place in the tree, or null. */
    final Subscription subscription(Subscription.Place place) {
        if (count == 0) return null;
        int mask = table.length - 1;
        for (int slot = place.placeHash() & mask; table[slot] != null; slot = slot + 1 & mask) {
            if (table[slot].place == place) return table[slot];
        }
        return null;
    }

    /** All of them, in a repeatable order. */
    final Subscription[] allSubscriptions() {
        Subscription[] all = new Subscription[count];
        int n = 0;
        for (Subscription subscription : table) {
            if (subscription != null) all[n++] = subscription;
        }
        return all;
    }

    final void add(Subscription subscription) {
        if (count * 4 >= table.length * 3) {
            Subscription[] old = table;
            table = new Subscription[Math.max(4, old.length * 2)];
            for (Subscription each : old) {
                if (each != null) insert(each);
            }
        }
        insert(subscription);
        count++;
        client.total++;
    }

    private void insert(Subscription subscription) {
        int mask = table.length - 1, slot = subscription.place.placeHash() & mask;
        while (table[slot] != null) slot = slot + 1 & mask;
        table[slot] = subscription;
    }

    final void remove(Subscription subscription) {
        int mask = table.length - 1, hole = subscription.place.placeHash() & mask;
        while (table[hole] != subscription) hole = hole + 1 & mask;
        for (int next = hole + 1 & mask; table[next] != null; next = next + 1 & mask) {
            if ((next - table[next].place.placeHash() & mask) >= (next - hole & mask)) {
                table[hole] = table[next];
                hole = next;
            }
        }
        table[hole] = null;
        client.total--;
        if (--count == 0) table = NONE;
    }

    /** Tells shared subscriptions that {@link #online} changed. */
    final void onlineChanged() {
        if (count == 0) return;
        boolean online = online();
        for (Subscription subscription : table) {
            if (subscription != null && subscription.place instanceof ShareGroup group) group.online(subscription, online);
        }
    }
}
