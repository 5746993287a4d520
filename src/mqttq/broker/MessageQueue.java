package mqttq.broker;

/**
 * Messages waiting for one client, oldest first: a ring of shared messages with what is the subscriber's own. Next to nothing while empty.
 */
final class MessageQueue {
    private static final StoredMessage[] NONE = new StoredMessage[0];
    /** Places that an empty queue keeps. */
    private static final int KEPT = 16;
    private StoredMessage[] messages = NONE;
    private byte[] flags = {};
    /** Subscription identifiers, null where nobody uses them. */
    private int[][] identifiers;
    private int head, size;
    private long bytes;
    /** Counts for all streams of a client together; and what it has counted. */
    private final MessageQueue all;
    private int total;
    private long totalBytes;

    /** @param of the client's own, where this is a further stream's; or null */
    MessageQueue(MessageQueue of) { all = of == null ? this : of; }

    int size() { return size; }

    /** Payload bytes. */
    long bytes() { return bytes; }

    /** Messages in the queues of all the client's streams, and their payload bytes. */
    int total() { return all.total; }
    long totalBytes() { return all.totalBytes; }

    void add(StoredMessage message, int flag, int[] ids) {
        if (size == messages.length) grow();
        int at = head + size++ & messages.length - 1;
        messages[at] = message;
        flags[at] = (byte) flag;
        if (ids != null && identifiers == null) identifiers = new int[messages.length][];
        if (identifiers != null) identifiers[at] = ids;
        count(1, message.message.payloadLength());
    }

    private void count(int more, long moreBytes) {
        bytes += moreBytes;
        all.total += more;
        all.totalBytes += moreBytes;
    }

    /** The oldest; there must be one. */
    StoredMessage message() { return message(0); }
    int flags() { return flags(0); }
    int[] identifiers() { return identifiers(0); }

    /** The oldest but {@code i}. */
    StoredMessage message(int i) { return messages[head + i & messages.length - 1]; }
    int flags(int i) { return flags[head + i & messages.length - 1] & 0xff; }
    int[] identifiers(int i) { return identifiers == null ? null : identifiers[head + i & messages.length - 1]; }

    /** Removes the oldest. */
    void remove() {
        count(-1, -messages[head].message.payloadLength());
        messages[head] = null;
        if (identifiers != null) identifiers[head] = null;
        head = head + 1 & messages.length - 1;
        if (--size == 0 && messages.length > KEPT) clear();
    }

    /** Takes out what was refused. */
    long withdraw(BrokerStats stats) {
        long cost = 0;
        int n = size;
        while (n > 0 && !message(n - 1).refused) n--;
        for (int all = n > 0 ? size : 0; all > 0; all--) {
            StoredMessage message = message();
            int flag = flags();
            int[] ids = identifiers();
            remove();
            if (!message.refused) {
                add(message, flag, ids);
                continue;
            }
            stats.unstored(message);
            cost += message.cost();
        }
        return cost;
    }

    void clear() {
        count(-size, -bytes);
        messages = NONE;
        flags = new byte[0];
        identifiers = null;
        head = size = 0;
    }

    private void grow() {
        int old = messages.length, capacity = Math.max(4, old * 2);
        StoredMessage[] newMessages = new StoredMessage[capacity];
        byte[] newFlags = new byte[capacity];
        int[][] newIdentifiers = identifiers == null ? null : new int[capacity][];
        for (int i = 0; i < size; i++) {
            int from = head + i & old - 1;
            newMessages[i] = messages[from];
            newFlags[i] = flags[from];
            if (newIdentifiers != null) newIdentifiers[i] = identifiers[from];
        }
        messages = newMessages;
        flags = newFlags;
        identifiers = newIdentifiers;
        head = 0;
    }
}
