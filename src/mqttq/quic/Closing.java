package mqttq.quic;

import java.net.InetSocketAddress;
import java.util.Arrays;

/** The end of a connection: what is left of it while late packets may still come (RFC 9000 §10.2). */
final class Closing {
    /** Copies of the last datagram answer the 1st, 2nd, 4th, 8th, ... that comes. */
    private long received, answerAt = 1;
    private long bytesReceived, bytesSent;
    private byte[] last;
    /** When everything is forgotten, ns. */
    long until;
    final InetSocketAddress local, remote;
    boolean answerDue;

    Closing(long until, InetSocketAddress local, InetSocketAddress remote) {
        this.until = until;
        this.local = local;
        this.remote = remote;
    }

    /** Keeps the datagram with CONNECTION_CLOSE that was just sent; the time begins now. */
    void sent(byte[] array, int length, long until) {
        last = Arrays.copyOf(array, length);
        this.until = until;
    }

    /** Draining: nothing is sent any more (RFC 9000 §10.2.2). */
    boolean silent() { return last == null; }

    /** A datagram came for what was closed. */
    void onReceived(int bytes, InetSocketAddress from) {
        if (last == null || !remote.equals(from)) return;
        bytesReceived += bytes;
        if (++received < answerAt) return;
        // RFC 9000 §10.2.1: without keys anything is answered, so less and less often, and never amplified.
        if (bytesSent + last.length > 3 * bytesReceived) return;
        answerAt = 2 * received;
        answerDue = true;
    }

    byte[] answer() {
        answerDue = false;
        bytesSent += last.length;
        return last;
    }
}
