package mqttq.quic.stream;

/** Flow control of what the peer sends, on a stream or the whole connection (RFC 9000 §4.1): absolute offsets. */
final class ReceiveWindow {
    /** What the peer sent at most, what was consumed of it, and the limit it knows (or will). */
    long received, consumed, advertised;
    int window;
    private long updated = -1;

    ReceiveWindow(int window) {
        this.window = window;
        advertised = window;
    }

    boolean allows(long more) { return received + more <= advertised; }

    /** Whether half of the window is consumed: time for an update. */
    boolean due() { return advertised - consumed <= window / 2; }

    /** Whether the last update was so short ago that the window holds back the sender. */
    boolean tight(long now, long smoothedRtt) { return updated >= 0 && now - updated < 2 * smoothedRtt; }

    /** The limit to advertise now. */
    long update(long now) {
        updated = now;
        advertised = Math.max(advertised, consumed + window);
        return advertised;
    }
}
