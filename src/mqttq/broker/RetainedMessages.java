package mqttq.broker;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.BiConsumer;
import mqttq.auth.Permissions;

/** The retained message of each topic, found by filter. Works on UTF-8 bytes. */
final class RetainedMessages {
    /** Takes what matches; the tree must not be changed meanwhile. */
    interface Visitor {
        /** False ends the walk. {@code source}: the rights of who published it, or null. */
        boolean retained(StoredMessage message, Permissions source);
    }

    /** Says which messages to drop. */
    interface Expired {
        boolean expired(StoredMessage message);
    }

    /** Heap bytes of a node with its place in a table, about. */
    private static final int NODE = 96;

    private static final class Node extends TopicNode {
        private StoredMessage message;
        private Permissions source;
        /** Among those that have a message, oldest topic first. */
        private Node before, after;

        Node(Node parent, byte[] level, int hash) { super(parent, level, hash); }
    }

    private final LevelHash hash;
    private final Node root = new Node(null, TopicNode.ROOT, 0);
    private Node first, last, cursor;
    private int size;
    private long bytes;
    /** Nodes looked at by {@link #match} so far. */
    long visited;

    RetainedMessages(SecureRandom entropy) { hash = new LevelHash(entropy); }
    int size() { return size; }

    /** Heap bytes of the tree, about, without the messages. */
    long bytes() { return bytes; }

    /** The retained message of a topic, or null. */
    StoredMessage get(byte[] topic, int offset, int length) {
        Node node = find(topic, offset, offset + length, false);
        return node == null ? null : node.message;
    }

    /** The rights of who published it, or null. */
    Permissions source(byte[] topic, int offset, int length) {
        Node node = find(topic, offset, offset + length, false);
        return node == null ? null : node.source;
    }

    /** Sets the retained message of a valid topic and returns the one it replaces, or null. */
    StoredMessage put(byte[] topic, int offset, int length, StoredMessage message, Permissions source) {
        Node node = find(topic, offset, offset + length, true);
        StoredMessage old = node.message;
        node.message = message;
        node.source = source;
        if (old == null) link(node);
        return old;
    }

    /** Removes the retained message of a topic and returns it, or null where there was none. */
    StoredMessage remove(byte[] topic, int offset, int length) {
        Node node = find(topic, offset, offset + length, false);
        if (node == null || node.message == null) return null;
        StoredMessage old = node.message;
        unlink(node);
        prune(node);
        return old;
    }

    /** Shows {@code visitor} the messages whose topic matches this valid filter (without {@code $share/…}). */
    void match(byte[] filter, int offset, int length, Visitor visitor) { match(root, filter, offset, offset + length, visitor); }

    /** Drops what has expired and returns how many. */
    int sweep(Expired test) {
        int before = size;
        sweep(root, test);
        return before - size;
    }

    /** Begins a walk through all that may go on while messages come and go. */
    void rewind() { cursor = first; }

    /** Shows the next message of that walk; false: there is none. */
    boolean next(BiConsumer<StoredMessage, Permissions> to) {
        Node node = cursor;
        if (node == null) return false;
        cursor = node.after;
        to.accept(node.message, node.source);
        return true;
    }

    private void link(Node node) {
        size++;
        node.before = last;
        if (last == null) first = node;
        else last.after = node;
        last = node;
    }

    private void unlink(Node node) {
        size--;
        node.message = null;
        node.source = null;
        if (cursor == node) cursor = node.after;
        if (node.before == null) first = node.after;
        else node.before.after = node.after;
        if (node.after == null) last = node.before;
        else node.after.before = node.before;
        node.before = node.after = null;
    }

    private boolean match(Node node, byte[] filter, int from, int end, Visitor visitor) {
        visited++;
        if (from > end) return node.message == null || visitor.retained(node.message, node.source);
        int to = from;
        while (to < end && filter[to] != '/') to++;
        if (to - from == 1 && filter[from] == '#') return all(node, visitor);
        if (to - from == 1 && filter[from] == '+') {
            for (int i = 0; i < node.slots(); i++) {
                Node child = (Node) node.slot(i);
                if (child != null && !hidden(child) && !match(child, filter, to + 1, end, visitor)) return false;
            }
            return true;
        }
        Node child = (Node) node.child(filter, from, to - from, hash.of(filter, from, to));
        return child == null || match(child, filter, to + 1, end, visitor);
    }

    private boolean all(Node node, Visitor visitor) {
        visited++;
        if (node.message != null && !visitor.retained(node.message, node.source)) return false;
        for (int i = 0; i < node.slots(); i++) {
            Node child = (Node) node.slot(i);
            if (child != null && !hidden(child) && !all(child, visitor)) return false;
        }
        return true;
    }

    /** [MQTT-4.7.2-1]: a wildcard at the first level does not match topics that start with $. */
    private boolean hidden(Node node) { return node.parent == root && node.level.length > 0 && node.level[0] == '$'; }

    private boolean sweep(Node node, Expired test) {
        if (node.message != null && test.expired(node.message)) {
            unlink(node);
        }
        for (int i = 0; i < node.slots(); ) {
            Node child = (Node) node.slot(i);
            if (child != null && sweep(child, test)) remove(child); // another may have moved into the slot
            else i++;
        }
        return node.message == null && !node.hasChildren();
    }

    private void prune(Node node) {
        while (node.message == null && !node.hasChildren() && node.parent != null) {
            Node parent = (Node) node.parent;
            remove(node);
            node = parent;
        }
    }

    /** Heap bytes that a topic of so many bytes takes here at most. */
    static int cost(int topicLength) { return StoredMessage.PLACE + (NODE + 1) * (topicLength + 1); }

    private void remove(Node node) {
        node.parent.remove(node);
        bytes -= NODE + node.level.length;
    }

    private Node find(byte[] topic, int from, int end, boolean make) {
        Node node = root;
        while (from <= end) {
            int to = from;
            while (to < end && topic[to] != '/') to++;
            int levelHash = hash.of(topic, from, to);
            Node child = (Node) node.child(topic, from, to - from, levelHash);
            if (child == null) {
                if (!make) return null;
                node.add(child = new Node(node, Arrays.copyOfRange(topic, from, to), levelHash));
                bytes += NODE + to - from;
            }
            node = child;
            from = to + 1;
        }
        return node;
    }
}
