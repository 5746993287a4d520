package mqttq.quic.packet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** SipHash-2-4 (Aumasson and Bernstein, 2012): a short-input hash under a 128-bit key that resists chosen collisions. */
final class SipHash {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private SipHash() { }

    static long hash(long k0, long k1, byte[] array, int offset, int length) {
        long v0 = k0 ^ 0x736f6d6570736575L, v1 = k1 ^ 0x646f72616e646f6dL, v2 = k0 ^ 0x6c7967656e657261L, v3 = k1 ^ 0x7465646279746573L;
        int words = length >> 3, rounds = 2;
        for (int word = 0; word <= words + 1; word++) {
            long m;
            if (word < words) m = (long) LONG.get(array, offset + 8 * word);
            else if (word == words) m = tail(array, offset + 8 * words, length);
            else {
                m = 0;
                v2 ^= 0xff;
                rounds = 4;
            }
            v3 ^= m;
            for (int i = 0; i < rounds; i++) {
                v0 += v1;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v0 = Long.rotateLeft(v0, 32);
                v2 += v3;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 += v3;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 += v1;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v2 = Long.rotateLeft(v2, 32);
            }
            v0 ^= m;
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static long tail(byte[] array, int at, int length) {
        long m = (long) length << 56;
        for (int i = 0; i < (length & 7); i++) m |= (array[at + i] & 0xffL) << 8 * i;
        return m;
    }
}
