package mqttq.kafka;

import java.nio.ByteBuffer;

/** Which partition a key belongs to: as the Java client and all that follow it have it, MurmurHash2 with a seed of its own. */
public final class Partitioner {
    private Partitioner() { }

    /** 0 to {@code partitions} - 1. */
    public static int partition(ByteBuffer key, int partitions) { return (murmur2(key) & 0x7fff_ffff) % partitions; }

    static int murmur2(ByteBuffer key) {
        int m = 0x5bd1e995, start = key.position(), length = key.remaining(), h = 0x9747b28c ^ length, i = 0;
        for (; i + 4 <= length; i += 4) {
            int k = Integer.reverseBytes(key.getInt(start + i)) * m;
            h = h * m ^ (k ^ k >>> 24) * m;
        }
        if (i < length) {
            for (int n = length - 1; n >= i; n--) h ^= (key.get(start + n) & 0xff) << 8 * (n - i);
            h *= m;
        }
        h = (h ^ h >>> 13) * m;
        return h ^ h >>> 15;
    }
}
