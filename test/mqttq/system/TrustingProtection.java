package mqttq.system;

import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.crypto.ProtectionFactory;

/** Packet protection that believes everything, so that damaged packets reach what lies behind the cipher. */
class TrustingProtection implements PacketProtection {
    static final ProtectionFactory FACTORY = (suite, version, secret) -> new TrustingProtection();
    private static final int SAMPLE_END = 4 + 16;

    @Override public int unmask(byte[] packet, int start, int pnOffset, int end) {
        return end - pnOffset < SAMPLE_END ? -1 : (packet[start] & 3) + 1;
    }

    @Override public void mask(byte[] packet, int start, int pnOffset) { }

    @Override public int seal(byte[] packet, int start, int payload, int end, long packetNumber) {
        return end + TAG_LENGTH;
    }

    @Override public int open(byte[] packet, int start, int payload, int end, long packetNumber) {
        return end - TAG_LENGTH < payload ? -1 : end - TAG_LENGTH;
    }

    @Override public PacketProtection next() {
        return this;
    }

    @Override public long confidentialityLimit() {
        return Long.MAX_VALUE;
    }

    @Override public long integrityLimit() {
        return Long.MAX_VALUE;
    }

    @Override public void dropCiphers() { }
}
