package mqttq.session;

/**
 * Keep-alive timing of one connection (MQTT 5.0 §3.1.2.10), in nanoseconds of the loop's clock. Set no timer per packet: ask when it fires.
 */
public final class KeepAlive {
    private static final long SECOND = 1_000_000_000L;
    private final long interval;
    private final boolean client;
    private long received, sent, pinged = Long.MAX_VALUE;

    private KeepAlive(int seconds, boolean client, long now) {
        interval = seconds * SECOND;
        this.client = client;
        received = sent = now;
    }

    /** The server's side: one and a half times {@code seconds} without a packet end the connection; 0 is never. */
    public static KeepAlive server(int seconds, long now) { return new KeepAlive(seconds, false, now); }

    /**
     * The client's side: a PINGREQ when {@code seconds} passed without a packet either way, and as long again for any answer; 0 is never.
     */
    public static KeepAlive client(int seconds, long now) { return new KeepAlive(seconds, true, now); }

    /** A control packet came. */
    public void received(long now) {
        received = now;
        pinged = Long.MAX_VALUE;
    }

    /** A control packet went out. */
    public void sent(long now) { sent = now; }

    /** A PINGREQ went out. */
    public void pinged(long now) {
        sent = now;
        if (pinged == Long.MAX_VALUE) pinged = now;
    }

    /** When to look again; {@code Long.MAX_VALUE}: never. It may have moved on by then. */
    public long deadline() {
        if (interval == 0) return Long.MAX_VALUE;
        if (!client) return received + interval + interval / 2;
        return pinged != Long.MAX_VALUE ? pinged + interval : Math.min(sent, received) + interval;
    }

    /** Whether the peer has been silent for too long. */
    public boolean expired(long now) { return interval > 0 && (!client || pinged != Long.MAX_VALUE) && now >= deadline(); }

    /** Client: whether it is time for a PINGREQ. */
    public boolean pingDue(long now) { return client && interval > 0 && pinged == Long.MAX_VALUE && now >= deadline(); }
}
