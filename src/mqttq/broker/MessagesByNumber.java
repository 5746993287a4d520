package mqttq.broker;

import java.util.function.Consumer;

/** The messages of a journal while it is read back, by their numbers: an open table, 6 to 12 bytes of heap a message. */
final class MessagesByNumber {
    private StoredMessage[] table = new StoredMessage[64];
    private int size;

    int size() { return size; }

    /** Null where it is not there. */
    StoredMessage get(long number) { return table[slot(number)]; }

    /** Takes a message whose number is not there. */
    void add(StoredMessage message) {
        if (3 * ++size > 2 * table.length) {
            StoredMessage[] old = table;
            table = new StoredMessage[2 * old.length];
            for (StoredMessage each : old) if (each != null) table[slot(each.number)] = each;
        }
        table[slot(message.number)] = message;
    }

    void remove(long number) {
        int hole = slot(number), mask = table.length - 1;
        if (table[hole] == null) return;
        size--;
        for (int at = hole + 1 & mask; table[at] != null; at = at + 1 & mask) {
            if ((at - home(table[at].number) & mask) < (at - hole & mask)) continue; // it is found without passing the hole
            table[hole] = table[at];
            hole = at;
        }
        table[hole] = null;
    }

    void forEach(Consumer<StoredMessage> to) { for (StoredMessage each : table) if (each != null) to.accept(each); }

    private int slot(long number) {
        int at = home(number);
        while (table[at] != null && table[at].number != number) at = at + 1 & table.length - 1;
        return at;
    }

    /** Spread by Fibonacci hashing: numbers come in runs. */
    private int home(long number) { return (int) (number * 0x9E37_79B9_7F4A_7C15L >>> 32) & table.length - 1; }
}
