package mqttq.quic;

import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.TransportError;

/** The 1-RTT keys and their updates (RFC 9001 §6). */
final class KeyPhases {
    /** Packets sealed under one key before we update: far below every limit, but the first time early, so that it is exercised. */
    private static final int FIRST_AT_LEAST = 100, FIRST_AT_MOST = 1000;
    private static final long LATER = 1L << 20;

    private PacketProtection write, read, previousRead;
    /** Made before it is needed: to derive keys on receipt would show in the timing, and would be work that anybody can cause. */
    private PacketProtection nextRead;
    private boolean phase;
    /** Lowest packet number received in this phase, and sent in it; MAX_VALUE before the first. */
    private long firstReceived = Long.MAX_VALUE, firstSent = Long.MAX_VALUE;
    private long sealed, updateAfter;
    /** When the previous read keys go, ns; no update of ours before that. */
    private long previousUntil = Long.MAX_VALUE;
    private boolean updateWanted;
    private int updates;

    /** @param random 31 bits that spread the first update */
    KeyPhases(PacketProtection read, PacketProtection write, int random) {
        this.read = read;
        this.write = write;
        nextRead = read.next();
        updateAfter = FIRST_AT_LEAST + random % (FIRST_AT_MOST - FIRST_AT_LEAST);
    }

    // --- receiving

    /** What removes header protection, whatever the phase. */
    PacketProtection headerKeys() {
        // After a pause, and then for every packet whatever its phase: nobody learns anything from the time it takes.
        if (nextRead == null) nextRead = read.next();
        return read;
    }

    /**
     * Which keys open a packet with this Key Phase bit and number: RFC 9001 §6.5. RFC 9001 §5.5, §6.4: older keys open no number above
     * those that newer ones opened.
     */
    PacketProtection forOpening(boolean bit, long number) {
        if (bit == phase) return read;
        return previousRead != null && number < firstReceived ? previousRead : nextRead;
    }

    /** A packet was opened with {@code keys}. {@code pto} in ns. */
    void onOpened(long now, PacketProtection keys, long number, long pto) {
        if (keys == previousRead) return;
        // RFC 9001 §6.2: the peer has updated, and we follow before we acknowledge it.
        if (keys == nextRead) update();
        // RFC 9001 §6.5: the peer has moved on; what it sent before may still be under way.
        if (firstReceived == Long.MAX_VALUE && updates > 0) previousUntil = now + 3 * pto;
        firstReceived = Math.min(firstReceived, number);
    }

    /** When {@link #onTimeout} is to be called. */
    long deadline() { return previousUntil; }

    void onTimeout(long now) {
        if (now < previousUntil) return;
        previousRead = null;
        previousUntil = Long.MAX_VALUE;
    }

    // --- sending

    PacketProtection write() { return write; }
    boolean phase() { return phase; }

    /** Asks for an update as soon as it is allowed. */
    void wantUpdate() { updateWanted = true; }

    /**
     * Before each packet, once the handshake is confirmed: updates the keys when it is time and allowed.
     * @param largestAcked in the application space
     */
    void beforeSealing(long largestAcked) {
        if (sealed < updateAfter && !updateWanted) return;
        // RFC 9001 §6.1, §6.5: only after an acknowledgment in this phase, and some time after the last update.
        if (largestAcked < firstSent || previousRead != null || updates > 0 && firstReceived == Long.MAX_VALUE) return;
        update();
    }

    void onSealed(long number) throws QuicException {
        firstSent = Math.min(firstSent, number);
        // RFC 9001 §6.6: one packet is left for saying so.
        if (++sealed >= write.confidentialityLimit() - 1) {
            throw new QuicException(TransportError.AEAD_LIMIT_REACHED, "no key update in time");
        }
    }

    private void update() {
        write = write.next();
        previousRead = read;
        read = nextRead != null ? nextRead : read.next();
        nextRead = read.next();
        phase = !phase;
        firstReceived = firstSent = Long.MAX_VALUE;
        previousUntil = Long.MAX_VALUE;
        sealed = 0;
        updateAfter = LATER;
        updateWanted = false;
        updates++;
    }

    int updates() { return updates; }
    long integrityLimit() { return read.integrityLimit(); }

    void dropCiphers() {
        read.dropCiphers();
        write.dropCiphers();
        nextRead = null;
        if (previousRead != null) previousRead.dropCiphers();
    }
}
