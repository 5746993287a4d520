package mqttq.broker;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * All subscriptions by the levels of their filters. A topic finds those that match in a walk whose length depends on the topic's levels
 * and on how many filters share its wildcards, not on the number of subscriptions. Works on UTF-8 bytes; makes no object while matching.
 */
final class SubscriptionTree {
    /** Takes what matches; the tree must not be changed meanwhile. */
    interface Visitor {
        void subscription(Subscription subscription);

        void shared(ShareGroup group);
    }

    private static final Subscription[] NO_SUBSCRIPTIONS = new Subscription[0];
    /** Heap bytes of a node with its place in a table, about. */
    private static final int NODE = 96;
    private static final byte[] PLUS = {'+'}, MULTI = {'#'};

    /** A level of a filter; {@code +} and {@code #} have a place of their own. */
    static final class Node extends TopicNode implements Subscription.Place {
        Node plus, multi;
        private Subscription[] subscriptions = NO_SUBSCRIPTIONS;
        private int count;
        private ShareGroup[] groups;
        private final int placeHash;

        Node(Node parent, byte[] level, int hash, int placeHash) {
            super(parent, level, hash);
            this.placeHash = placeHash;
        }

        @Override public int placeHash() { return placeHash; }
        @Override public Node node() { return this; }

        private void add(Subscription subscription) {
            if (count == subscriptions.length) subscriptions = Arrays.copyOf(subscriptions, Math.max(1, count * 2));
            subscription.index = count;
            subscriptions[count++] = subscription;
        }

        private void remove(Subscription subscription) {
            Subscription last = subscriptions[--count];
            subscriptions[count] = null;
            if (last != subscription) {
                last.index = subscription.index;
                subscriptions[last.index] = last;
            }
            if (count == 0) subscriptions = NO_SUBSCRIPTIONS;
        }

        private ShareGroup group(byte[] filter, int from, int to) {
            for (int i = 0; groups != null && i < groups.length; i++) {
                if (Arrays.equals(groups[i].name, 0, groups[i].name.length, filter, from, to)) return groups[i];
            }
            return null;
        }

        private boolean unused() { return count == 0 && groups == null && plus == null && multi == null && !hasChildren(); }

        private void visit(Visitor visitor) {
            for (int i = 0; i < count; i++) visitor.subscription(subscriptions[i]);
            if (groups != null) {
                for (ShareGroup group : groups) visitor.shared(group);
            }
        }
    }

    private final LevelHash hash;
    private final Node root = new Node(null, TopicNode.ROOT, 0, 0);
    private int size, shared;
    private long bytes;
    private int places;
    /** Nodes looked at by {@link #match} so far. */
    long visited;

    SubscriptionTree(SecureRandom entropy) { hash = new LevelHash(entropy); }

    /** Subscriptions, shared ones included. */
    int size() { return size; }

    /** Heap bytes of all subscriptions, about: see {@link #cost}. */
    long bytes() { return bytes; }

    /** Heap bytes that a subscription may take, about: its nodes, were they its own, and itself. */
    static int cost(int length, int levels) { return 128 + length + NODE * levels; }
    int sharedSize() { return shared; }

    /** The subscription of {@code subscriber} to a valid filter ({@code $share/…} too), or null. */
    Subscription find(Subscriber subscriber, byte[] filter, int offset, int length) {
        Subscription.Place place = place(filter, offset, offset + length, false);
        return place == null ? null : subscriber.subscription(place);
    }

    /**
     * The same, made where there is none; its options are for the caller to set. The filter must be valid and have no more levels than
     * allowed.
     */
    Subscription subscribe(Subscriber subscriber, byte[] filter, int offset, int length) {
        Subscription.Place place = place(filter, offset, offset + length, true);
        Subscription subscription = subscriber.subscription(place);
        if (subscription != null) return subscription;
        subscription = new Subscription(subscriber, place);
        subscriber.add(subscription);
        size++;
        charge(subscription, 1);
        if (place instanceof ShareGroup group) {
            group.add(subscription);
            shared++;
        } else {
            ((Node) place).add(subscription);
        }
        return subscription;
    }

    void unsubscribe(Subscription subscription) {
        subscription.subscriber.remove(subscription);
        size--;
        charge(subscription, -1);
        Node node = subscription.place.node();
        if (subscription.place instanceof ShareGroup group) {
            shared--;
            group.remove(subscription);
            if (group.size() == 0) removeGroup(node, group);
        } else {
            node.remove(subscription);
        }
        for (Node parent; node.unused() && (parent = (Node) node.parent) != null; node = parent) {
            if (parent.plus == node) parent.plus = null;
            else if (parent.multi == node) parent.multi = null;
            else parent.remove(node);
        }
    }

    private void charge(Subscription subscription, int sign) {
        Node node = subscription.place.node();
        int cost = sign * cost(node.pathLength(), node.depth());
        bytes += cost;
        subscription.subscriber.client.subscriptionBytes += cost;
    }

    void unsubscribeAll(Subscriber subscriber) { for (Subscription each : subscriber.allSubscriptions()) unsubscribe(each); }

    /** Shows {@code visitor} each subscription and share group whose filter matches this valid topic name. */
    void match(byte[] topic, int offset, int length, Visitor visitor) {
        // [MQTT-4.7.2-1]: filters that start with a wildcard do not match topics that start with $.
        match(root, topic, offset, offset + length, topic[offset] != '$', visitor);
    }

    private void match(Node node, byte[] topic, int from, int end, boolean wildcards, Visitor visitor) {
        while (true) {
            visited++;
            if (wildcards && node.multi != null) {
                visited++;
                node.multi.visit(visitor);
            }
            if (from > end) {
                node.visit(visitor);
                return;
            }
            int to = from;
            while (to < end && topic[to] != '/') to++;
            if (wildcards && node.plus != null) match(node.plus, topic, to + 1, end, true, visitor);
            if (!node.hasChildren()) return;
            node = (Node) node.child(topic, from, to - from, hash.of(topic, from, to));
            if (node == null) return;
            from = to + 1;
            wildcards = true;
        }
    }

    private Subscription.Place place(byte[] filter, int from, int end, boolean make) {
        int share = -1, shareEnd = -1;
        if (isShared(filter, from, end)) {
            share = from + 7;
            for (shareEnd = share; filter[shareEnd] != '/'; ) shareEnd++;
            from = shareEnd + 1;
        }
        Node node = root;
        while (from <= end) {
            int to = from;
            while (to < end && filter[to] != '/') to++;
            Node next = child(node, filter, from, to, make);
            if (next == null) return null;
            node = next;
            from = to + 1;
        }
        if (share < 0) return node;
        ShareGroup group = node.group(filter, share, shareEnd);
        if (group == null && make) {
            group = new ShareGroup(node, Arrays.copyOfRange(filter, share, shareEnd), mix(++places));
            node.groups = node.groups == null ? new ShareGroup[1] : Arrays.copyOf(node.groups, node.groups.length + 1);
            node.groups[node.groups.length - 1] = group;
        }
        return group;
    }

    private Node child(Node node, byte[] filter, int from, int to, boolean make) {
        if (to - from == 1 && filter[from] == '+') {
            if (node.plus == null && make) node.plus = new Node(node, PLUS, 0, mix(++places));
            return node.plus;
        }
        if (to - from == 1 && filter[from] == '#') {
            if (node.multi == null && make) node.multi = new Node(node, MULTI, 0, mix(++places));
            return node.multi;
        }
        int levelHash = hash.of(filter, from, to);
        Node child = (Node) node.child(filter, from, to - from, levelHash);
        if (child == null && make) node.add(child = new Node(node, Arrays.copyOfRange(filter, from, to), levelHash, mix(++places)));
        return child;
    }

    private static void removeGroup(Node node, ShareGroup group) {
        if (node.groups.length == 1) {
            node.groups = null;
            return;
        }
        ShareGroup[] left = new ShareGroup[node.groups.length - 1];
        int n = 0;
        for (ShareGroup each : node.groups) {
            if (each != group) left[n++] = each;
        }
        node.groups = left;
    }

    static boolean isShared(byte[] filter, int from, int end) {
        return end - from > 7 && filter[from] == '$' && filter[from + 1] == 's' && filter[from + 2] == 'h' && filter[from + 3] == 'a'
            && filter[from + 4] == 'r' && filter[from + 5] == 'e' && filter[from + 6] == '/';
    }

    private static int mix(int n) {
        n *= 0x9e3779b1;
        return n ^ n >>> 15;
    }
}
