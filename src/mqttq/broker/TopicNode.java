package mqttq.broker;

import java.util.Arrays;

/** A topic level in a tree: its bytes, and its children in an open-addressing table (none while it has none). */
abstract class TopicNode {
    private static final TopicNode[] NO_CHILDREN = new TopicNode[0];
    static final byte[] ROOT = {};

    final TopicNode parent;
    final byte[] level;
    final int hash;
    private TopicNode[] table = NO_CHILDREN;
    private int children;

    TopicNode(TopicNode parent, byte[] level, int hash) {
        this.parent = parent;
        this.level = level;
        this.hash = hash;
    }

    /** The child whose level is these bytes, or null. */
    final TopicNode child(byte[] array, int offset, int length, int levelHash) {
        if (children == 0) return null;
        int mask = table.length - 1;
        for (int slot = levelHash & mask; table[slot] != null; slot = slot + 1 & mask) {
            TopicNode node = table[slot];
            if (node.hash == levelHash && Arrays.equals(node.level, 0, node.level.length, array, offset, offset + length)) return node;
        }
        return null;
    }

    final void add(TopicNode child) {
        if ((children + 1) * 4 > table.length * 3) {
            TopicNode[] old = table;
            table = new TopicNode[Math.max(2, old.length * 2)];
            for (TopicNode node : old) {
                if (node != null) insert(node);
            }
        }
        insert(child);
        children++;
    }

    private void insert(TopicNode node) {
        int mask = table.length - 1, slot = node.hash & mask;
        while (table[slot] != null) slot = slot + 1 & mask;
        table[slot] = node;
    }

    final void remove(TopicNode child) {
        int mask = table.length - 1, hole = child.hash & mask;
        while (table[hole] != child) hole = hole + 1 & mask;
        for (int next = hole + 1 & mask; table[next] != null; next = next + 1 & mask) {
            if ((next - table[next].hash & mask) >= (next - hole & mask)) {
                table[hole] = table[next];
                hole = next;
            }
        }
        table[hole] = null;
        if (--children == 0) table = NO_CHILDREN;
    }

    final boolean hasChildren() { return children > 0; }

    /** How many slots {@link #slot} knows; some are empty. */
    final int slots() { return table.length; }

    /** The child in a slot, or null. */
    final TopicNode slot(int i) { return table[i]; }

    /** Writes the topic or filter down to here, ending before {@code end}, and returns where it starts. */
    final int path(byte[] to, int end) {
        int at = end;
        for (TopicNode node = this; node.parent != null; node = node.parent) {
            if (node != this) to[--at] = '/';
            at -= node.level.length;
            System.arraycopy(node.level, 0, to, at, node.level.length);
        }
        return at;
    }

    /** Bytes of the topic or filter down to here. */
    final int pathLength() {
        int length = -1;
        for (TopicNode node = this; node.parent != null; node = node.parent) length += node.level.length + 1;
        return length;
    }

    /** Levels down to here. */
    final int depth() {
        int depth = 0;
        for (TopicNode node = this; node.parent != null; node = node.parent) depth++;
        return depth;
    }

    final byte[] path() {
        byte[] path = new byte[pathLength()];
        path(path, path.length);
        return path;
    }
}
