package mqttq.quic.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import mqttq.quic.packet.QuicVersion;
import mqttq.tls.CipherSuite;

/**
 * Packet protection without cryptography, for simulations that want speed: nothing is hidden, and the tag is a sum over key, packet number,
 * header and payload, so that wrong keys, wrong numbers and damage are still noticed. Allocates nothing per packet.
 */
public final class PlainProtection implements PacketProtection {
    public static final ProtectionFactory FACTORY = (suite, version, secret) -> new PlainProtection(key(suite, version, secret));
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final long ODD = 0x9e37_79b9_7f4a_7c15L;
    private static final int SAMPLE_END = 4 + 16;
    private final long key;

    private PlainProtection(long key) {
        this.key = key;
    }

    private static long key(CipherSuite suite, QuicVersion version, byte[] secret) {
        return (Arrays.hashCode(secret) * 31L + suite.id) * ODD + version.id;
    }

    @Override public int unmask(byte[] packet, int start, int pnOffset, int end) {
        return end - pnOffset < SAMPLE_END ? -1 : (packet[start] & 3) + 1;
    }

    @Override public void mask(byte[] packet, int start, int pnOffset) { }

    @Override public int seal(byte[] packet, int start, int payload, int end, long packetNumber) {
        LONG.set(packet, end, key + packetNumber);
        LONG.set(packet, end + 8, sum(packet, start, end));
        return end + TAG_LENGTH;
    }

    @Override public int open(byte[] packet, int start, int payload, int end, long packetNumber) {
        int tag = end - TAG_LENGTH;
        if (tag < payload) return -1;
        boolean same = (long) LONG.get(packet, tag) == key + packetNumber && (long) LONG.get(packet, tag + 8) == sum(packet, start, tag);
        return same ? tag : -1;
    }

    private long sum(byte[] packet, int from, int to) {
        long sum = key;
        int i = from;
        for (; i + 8 <= to; i += 8) sum = (sum ^ (long) LONG.get(packet, i)) * ODD;
        for (; i < to; i++) sum = (sum ^ packet[i]) * ODD;
        return sum ^ sum >>> 32;
    }

    @Override public PacketProtection next() {
        return new PlainProtection(key * ODD + 1);
    }

    @Override public long confidentialityLimit() {
        return Long.MAX_VALUE;
    }

    @Override public long integrityLimit() {
        return Long.MAX_VALUE;
    }

    @Override public void dropCiphers() { }
}
