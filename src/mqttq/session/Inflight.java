package mqttq.session;

/**
 * The sending side of QoS 1 and 2 (MQTT 5.0 §4.3, §4.4, §4.9): what was sent and not yet acknowledged, in order of first sending.
 * Outlives network connections. Entries live in a ring and are named by an index that holds until the next {@link #begin}.
 * @param <M> the message kept for resending
 */
public final class Inflight<M> {
    /** State of an entry: waiting for PUBACK, PUBREC or PUBCOMP. */
    public static final int AWAIT_PUBACK = 1, AWAIT_PUBREC = 2, AWAIT_PUBCOMP = 3;
    public static final int NONE = -1;

    private final PacketIds packetIds;
    private final int most;
    private short[] ids = new short[0];
    private byte[] states = new byte[0], flags = new byte[0];
    private Object[] messages = new Object[0], notes;
    private int head, length, live;
    private int window;
    /** Ring offset from head of the next entry to be sent again; all before it were sent on this connection. */
    private int resend;
    /** PUBLISHes sent on this connection that still hold a place of the peer's Receive Maximum. */
    private int outstanding;

    /** @param most own limit of entries, 1..65535; the peer's Receive Maximum comes with {@link #connected} */
    public Inflight(PacketIds packetIds, int most) {
        this.packetIds = packetIds;
        this.most = most <= 0 ? 0xffff : Math.min(most, 0xffff);
        this.window = this.most;
    }

    /** A network connection begins: all entries wait to be sent again, in order. {@code receiveMaximum}: the peer's, 1..65535. */
    public void connected(int receiveMaximum) {
        window = Math.min(most, receiveMaximum);
        resend = 0;
        outstanding = 0;
    }

    /** The peer's Receive Maximum, of a connection on which there was sending before it was known. */
    public void window(int receiveMaximum) { window = Math.min(most, receiveMaximum); }

    /** Entries not yet completed. */
    public int size() { return live; }

    /** Whether a new message may be sent: nothing waits to be sent again, and own limit and the peer's quota have room. */
    public boolean room() { return live < window && resend == length; }

    /**
     * Takes a new message and the packet identifier for it; ask {@link #room} before.
     * @param flags kept for the caller, returned by {@link #flags}
     * @param note kept for the caller, may be null
     */
    public int begin(M message, int qos, int flags, Object note) {
        int id = packetIds.allocate();
        if (id == 0) throw new IllegalStateException("no packet identifier is free");
        append(id, qos == 1 ? AWAIT_PUBACK : AWAIT_PUBREC, message, flags, note);
        resend = length;
        outstanding++;
        return id;
    }

    /** Leaves an identifier out: that of a message which was dropped before it was sent. */
    public void skip() { packetIds.release(packetIds.allocate()); }

    /** Puts back an entry of a kept session, in order, before {@link #connected}; {@code message} null for {@link #AWAIT_PUBCOMP}. */
    public void restore(int id, int state, M message, int flags, Object note) {
        if (packetIds.claim(id)) append(id, state, message, flags, note);
    }

    /** The entry with this identifier, or {@link #NONE}. */
    public int find(int id) {
        if (live == 0) return NONE;
        int guess = (id - ids[head] & 0xffff);
        if (guess < length && at(guess, id)) return head + guess & ids.length - 1;
        for (int i = 0; i < length; i++) {
            if (at(i, id)) return head + i & ids.length - 1;
        }
        return NONE;
    }

    public int id(int entry) { return ids[entry] & 0xffff; }
    public int state(int entry) { return states[entry]; }

    /** The message; null once the entry awaits PUBCOMP. */
    @SuppressWarnings("unchecked")
    public M message(int entry) { return (M) messages[entry]; }
    public int flags(int entry) { return flags[entry] & 0xff; }
    public Object note(int entry) { return notes == null ? null : notes[entry]; }

    /** PUBREC came: the message is let go, PUBREL follows ([MQTT-4.3.3-6]). */
    public void released(int entry) {
        states[entry] = AWAIT_PUBCOMP;
        messages[entry] = null;
    }

    /** PUBACK, PUBCOMP, or PUBREC with an error came: the entry is gone and its identifier free. */
    public void done(int entry) {
        int offset = entry - head & ids.length - 1;
        if (offset < resend && outstanding > 0) outstanding--;
        packetIds.release(ids[entry] & 0xffff);
        states[entry] = 0;
        messages[entry] = null;
        if (notes != null) notes[entry] = null;
        live--;
        while (length > 0 && states[head] == 0) {
            head = head + 1 & ids.length - 1;
            length--;
            if (resend > 0) resend--;
        }
        while (length > 0 && states[head + length - 1 & ids.length - 1] == 0) length--;
        resend = Math.min(resend, length);
    }

    /**
     * The next entry to be sent again on this connection, or {@link #NONE}: nothing is left, or the peer's Receive Maximum is used up
     * (ask again after {@link #done}). PUBRELs need no quota (MQTT 5.0 §4.9).
     */
    public int nextResend() {
        while (resend < length) {
            int entry = head + resend & ids.length - 1;
            if (states[entry] != 0) {
                if (states[entry] != AWAIT_PUBCOMP && outstanding >= window) return NONE;
                outstanding++;
                resend++;
                return entry;
            }
            resend++;
        }
        return NONE;
    }

    /** Takes back what {@link #nextResend} just gave, because it could not be sent now. */
    public void unsent(int entry) {
        resend = entry - head & ids.length - 1;
        outstanding--;
    }

    /** The first entry in order, or {@link #NONE}; go on with {@link #next}. */
    public int first() { return length == 0 ? NONE : head; }

    public int next(int entry) {
        int mask = ids.length - 1;
        for (int i = (entry - head & mask) + 1; i < length; i++) {
            if (states[head + i & mask] != 0) return head + i & mask;
        }
        return NONE;
    }

    /** Forgets everything. */
    public void clear() {
        for (int i = 0; i < length; i++) {
            int entry = head + i & ids.length - 1;
            if (states[entry] != 0) packetIds.release(ids[entry] & 0xffff);
        }
        ids = new short[0];
        states = new byte[0];
        flags = new byte[0];
        messages = new Object[0];
        notes = null;
        head = length = live = resend = outstanding = 0;
    }

    private boolean at(int offset, int id) {
        int entry = head + offset & ids.length - 1;
        return states[entry] != 0 && (ids[entry] & 0xffff) == id;
    }

    private void append(int id, int state, M message, int flag, Object note) {
        if (length == ids.length) repack();
        int entry = head + length++ & ids.length - 1;
        ids[entry] = (short) id;
        states[entry] = (byte) state;
        flags[entry] = (byte) flag;
        messages[entry] = message;
        if (note != null && notes == null) notes = new Object[ids.length];
        if (notes != null) notes[entry] = note;
        live++;
    }

    /** Closes the gaps that acknowledgements out of order left, or doubles the ring. */
    private void repack() {
        int capacity = live * 2 > ids.length || ids.length == 0 ? Math.max(4, ids.length * 2) : ids.length;
        short[] newIds = new short[capacity];
        byte[] newStates = new byte[capacity], newFlags = new byte[capacity];
        Object[] newMessages = new Object[capacity], newNotes = notes == null ? null : new Object[capacity];
        int n = 0, sent = 0;
        for (int i = 0; i < length; i++) {
            int from = head + i & ids.length - 1;
            if (states[from] == 0) continue;
            newIds[n] = ids[from];
            newStates[n] = states[from];
            newFlags[n] = flags[from];
            newMessages[n] = messages[from];
            if (notes != null) newNotes[n] = notes[from];
            n++;
            if (i < resend) sent++;
        }
        ids = newIds;
        states = newStates;
        flags = newFlags;
        messages = newMessages;
        notes = newNotes;
        head = 0;
        length = n;
        resend = sent;
    }
}
