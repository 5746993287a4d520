package mqttq.quic.packet;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Stateless resets (RFC 9000 §10.3). */
public final class StatelessReset {
    public static final int TOKEN_LENGTH = 16;
    /** Bytes: below this a datagram cannot be one. */
    public static final int MIN_LENGTH = 21;
    /** Bytes: above this a reset need not be to look like any other packet. */
    private static final int MAX_LENGTH = 43;

    private StatelessReset() { }

    /**
     * The token of a connection id: HMAC-SHA-256 under a key used for nothing else, cut to 16 bytes (RFC 9000 §10.3.2).
     * @param key secret, kept across restarts
     */
    public static byte[] token(byte[] key, byte[] array, int offset, int length) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update(array, offset, length);
            return Arrays.copyOf(mac.doFinal(), TOKEN_LENGTH);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static byte[] token(byte[] key, ConnectionId id) { return token(key, id.array(), 0, id.length()); }

    /**
     * Writes a reset in answer to a datagram of {@code triggerLength} bytes.
     * @return false where the trigger is too short to answer; then nothing was written
     */
    public static boolean write(ByteBuffer out, byte[] token, int triggerLength, RandomGenerator entropy) {
        // RFC 9000 §10.3.3: strictly shorter than what it answers, so that two endpoints do not reset each other for ever.
        int length = Math.min(triggerLength - 1, MAX_LENGTH);
        if (length < MIN_LENGTH || out.remaining() < length) return false;
        put(out, token, length, entropy);
        return true;
    }

    /** Writes a reset of {@code length} bytes. */
    public static void put(ByteBuffer out, byte[] token, int length, RandomGenerator entropy) {
        byte[] unpredictable = new byte[length - TOKEN_LENGTH];
        entropy.nextBytes(unpredictable);
        unpredictable[0] = (byte) (unpredictable[0] & 0x3f | 0x40);
        out.put(unpredictable).put(token);
    }

    /**
     * Whether the datagram {@code array[from..to)} ends with this token; in constant time. Look before opening the packet in place, which
     * may destroy it; act on it only where no packet of the datagram could be opened.
     */
    public static boolean matches(byte[] array, int from, int to, byte[] token) {
        if (to - from < MIN_LENGTH) return false;
        int difference = 0;
        for (int i = 0; i < TOKEN_LENGTH; i++) difference |= array[to - TOKEN_LENGTH + i] ^ token[i];
        return difference == 0;
    }
}
