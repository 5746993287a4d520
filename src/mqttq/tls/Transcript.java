package mqttq.tls;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The running hash of all handshake messages (RFC 9846 §4.4.1), read by cloning. */
final class Transcript {
    private final MessageDigest digest;

    Transcript(CipherSuite suite) { digest = digest(suite.hash); }
    void update(byte[] buf, int offset, int length) { digest.update(buf, offset, length); }
    byte[] hash() { return copy().digest(); }

    /** The hash as if these bytes had been added. */
    byte[] hashWith(byte[] buf, int offset, int length) {
        MessageDigest copy = copy();
        copy.update(buf, offset, length);
        return copy.digest();
    }

    /** RFC 9846 §4.4.1: before a HelloRetryRequest, the first ClientHello is replaced by a message that holds its hash. */
    void replaceByMessageHash() {
        byte[] hash = digest.digest();
        digest.update(new byte[] {(byte) HandshakeType.MESSAGE_HASH, 0, 0, (byte) hash.length});
        digest.update(hash);
    }

    static MessageDigest digest(String hash) {
        try {
            return MessageDigest.getInstance(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private MessageDigest copy() {
        try {
            return (MessageDigest) digest.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }
}
