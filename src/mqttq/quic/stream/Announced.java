package mqttq.quic.stream;

/** A value that the peer is to learn: sent until acknowledged, again when lost, never when stale (RFC 9000 §13.3). */
final class Announced {
    /** Stands for one that was never set; {@link #set}, {@link #request} and {@link #once} return the one to keep. */
    static final Announced NEVER = new Announced();
    private static final byte NOTHING = 0, PENDING = 1, SENT = 2, ACKED = 3;
    private long value = -1;
    private byte state = NOTHING;

    /** Must be sent. */
    Announced set(long newValue) {
        Announced a = this == NEVER ? new Announced() : this;
        a.value = newValue;
        a.state = PENDING;
        return a;
    }

    /** As {@link #set} with a value that is only known when it is sent. */
    Announced request() { return set(-1); }

    /** As {@link #set}, unless this value was said already. */
    Announced once(long newValue) { return value == newValue ? this : set(newValue); }
    boolean pending() { return state == PENDING; }
    long value() { return value; }

    void sent(long value) {
        this.value = value;
        state = SENT;
    }

    /** Whether this acknowledges the value that holds now. */
    boolean acked(long value) {
        if (value != this.value || state == NOTHING) return false;
        state = ACKED;
        return true;
    }

    /** A packet that said {@code value} was lost; a later one is on its way where it differs. */
    void lost(long value) { if (state == SENT && value == this.value) state = PENDING; }

    /** What was sent never arrived: 0-RTT rejected. */
    void rewind() { if (state == SENT) state = PENDING; }

    /** Need not be said any more. */
    void cancel() { if (state == PENDING || state == SENT) state = NOTHING; }
}
