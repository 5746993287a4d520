package mqttq.quic.crypto;

/**
 * The first words of one ChaCha20 block (RFC 8439 §2.3), for header protection. The JDK's cipher refuses to use a nonce twice (which a
 * duplicate packet does), and setting it up for five bytes costs more than the block.
 */
final class ChaCha20Block {
    private static final int ROUNDS = 20;
    private final int[] key = new int[8];
    private final int[] x = new int[16];

    ChaCha20Block(byte[] key) { for (int i = 0; i < 8; i++) this.key[i] = int32(key, 4 * i); }

    /** RFC 9001 §5.4.4: block counter and nonce are the sample at {@code array[at..at+16)}; five bytes of key stream go to {@code mask}. */
    void mask(byte[] array, int at, byte[] mask) {
        x[0] = 0x61707865;
        x[1] = 0x3320646e;
        x[2] = 0x79622d32;
        x[3] = 0x6b206574;
        System.arraycopy(key, 0, x, 4, 8);
        for (int i = 0; i < 4; i++) x[12 + i] = int32(array, at + 4 * i);
        for (int i = 0; i < ROUNDS; i += 2) {
            quarterRound(0, 4, 8, 12);
            quarterRound(1, 5, 9, 13);
            quarterRound(2, 6, 10, 14);
            quarterRound(3, 7, 11, 15);
            quarterRound(0, 5, 10, 15);
            quarterRound(1, 6, 11, 12);
            quarterRound(2, 7, 8, 13);
            quarterRound(3, 4, 9, 14);
        }
        int first = x[0] + 0x61707865;
        for (int i = 0; i < 4; i++) mask[i] = (byte) (first >>> 8 * i);
        mask[4] = (byte) (x[1] + 0x3320646e);
    }

    private void quarterRound(int a, int b, int c, int d) {
        int va = x[a], vb = x[b], vc = x[c], vd = x[d];
        va += vb;
        vd = Integer.rotateLeft(vd ^ va, 16);
        vc += vd;
        vb = Integer.rotateLeft(vb ^ vc, 12);
        va += vb;
        vd = Integer.rotateLeft(vd ^ va, 8);
        vc += vd;
        vb = Integer.rotateLeft(vb ^ vc, 7);
        x[a] = va;
        x[b] = vb;
        x[c] = vc;
        x[d] = vd;
    }

    private static int int32(byte[] array, int at) {
        return array[at] & 0xff | (array[at + 1] & 0xff) << 8 | (array[at + 2] & 0xff) << 16 | array[at + 3] << 24;
    }
}
