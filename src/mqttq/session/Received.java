package mqttq.session;

import java.util.Arrays;

/**
 * The receiving side of QoS 2 (MQTT 5.0 §4.3.3) and the count against the Receive Maximum that this side gave: identifiers received and
 * not yet released, so that each message is taken exactly once. Outlives network connections.
 */
public final class Received {
    /** Outcome of {@link #publish}. */
    public static final int NEW = 0, DUPLICATE = 1, TOO_MANY = 2;

    private final IdSet now = new IdSet(), earlier = new IdSet();
    private int maximum = 0xffff;
    private int held;

    /** A network connection begins; what is left of earlier ones does not count against {@code receiveMaximum} (1..65535). */
    public void connected(int receiveMaximum) {
        maximum = receiveMaximum;
        held = 0;
        now.drainTo(earlier);
    }

    /** A PUBLISH of QoS 2 came: {@link #NEW} (take it), {@link #DUPLICATE} (answer only), or {@link #TOO_MANY} ([MQTT-3.3.4-8]). */
    public int publish(int id) {
        if (now.contains(id)) return DUPLICATE;
        if (now.size() + held >= maximum) return TOO_MANY;
        boolean known = earlier.remove(id);
        now.add(id);
        return known ? DUPLICATE : NEW;
    }

    /** A PUBLISH of QoS 1 came whose PUBACK must wait; false where that is one too many. */
    public boolean hold() {
        if (now.size() + held >= maximum) return false;
        held++;
        return true;
    }

    /** The PUBACK that waited has gone. */
    public void unhold() { if (held > 0) held--; }

    /** PUBREL came, or PUBREC went out with an error: the identifier is free. False where it was unknown. */
    public boolean release(int id) { return now.remove(id) || earlier.remove(id); }

    /** Puts back an identifier of a kept session. */
    public void restore(int id) { earlier.add(id); }
    public boolean contains(int id) { return now.contains(id) || earlier.contains(id); }
    public int size() { return now.size() + earlier.size(); }

    /** All identifiers not yet released, for a snapshot. */
    public int[] ids() {
        int[] a = now.toArray(), b = earlier.toArray();
        int[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    public void clear() {
        now.clear();
        earlier.clear();
        held = 0;
    }
}
