package mqttq.quic.recovery;

/** Packets of one space sent with ECT(0), and what the peer reports of them (RFC 9000 §13.4.2). */
final class Ecn {
    long sent;
    private long ect0, ce;

    boolean experienced(long reported) { return reported > ce; }

    /**
     * Takes the counts of an ACK that newly acknowledged {@code marked} packets sent with ECT(0); whether they can be (RFC 9000 §13.4.2.1).
     */
    boolean take(int marked, long newEct0, long newEct1, long newCe) {
        if (newEct0 < 0) return marked == 0;
        if (newEct0 < ect0 || newCe < ce || newEct0 - ect0 + newCe - ce < marked || newEct1 > 0 || newEct0 > sent) return false;
        ect0 = newEct0;
        ce = newCe;
        return true;
    }
}
