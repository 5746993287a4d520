package mqttq.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import mqttq.quic.packet.QuicVersion;
import mqttq.tls.Hkdf;
import mqttq.tls.UsedTickets;

/**
 * Address validation tokens (RFC 9000 §8.1, §8.1.1, §8.1.4): sealed with AES-GCM under a key of this process, bound to the client's
 * address, and of two kinds, so that one is never taken for the other. Each opens once. Everything that does not open is no token.
 */
final class AddressTokens {
    /** What a token says about the address that it came from. */
    enum Verdict { NONE, VALID, INVALID_RETRY }

    private static final int RETRY = 0x01, NEW_TOKEN = 0x02, NONCE = 12, TAG = 16;
    private static final byte[] NOTHING = {};
    private final SecretKeySpec retryKey, newTokenKey;
    private final SecureRandom entropy;
    private final long retryLife, newTokenLife;
    private final Cipher cipher;
    /** Those that opened, by their nonces. */
    private final UsedTickets usedRetry, usedNewToken;
    /** From the last valid Retry token: the connection ids that the transport parameters must prove (RFC 9000 §7.3). */
    private byte[] originalDcid = NOTHING, retryScid = NOTHING;

    AddressTokens(byte[] secret, SecureRandom entropy, long retryLife, long newTokenLife) {
        this.entropy = entropy;
        this.retryLife = retryLife;
        this.newTokenLife = newTokenLife;
        usedRetry = new UsedTickets(retryLife);
        usedNewToken = new UsedTickets(newTokenLife);
        retryKey = new SecretKeySpec(Hkdf.expandLabel("HmacSHA256", secret, "mqttq retry", NOTHING, 16), "AES");
        newTokenKey = new SecretKeySpec(Hkdf.expandLabel("HmacSHA256", secret, "mqttq new token", NOTHING, 16), "AES");
        try {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A token for a Retry packet that answers an Initial sent to {@code originalDcid}; the client's next goes to {@code retryScid}. */
    byte[] retry(long now, QuicVersion version, InetSocketAddress client, byte[] originalDcid, byte[] retryScid) {
        ByteBuffer plain = ByteBuffer.allocate(9 + originalDcid.length + retryScid.length).putLong(now + retryLife);
        return seal(RETRY, plain.put((byte) originalDcid.length).put(originalDcid).put(retryScid).array(), version, client);
    }

    /**
     * A token for NEW_TOKEN: lets a later connection from this address skip the Retry, once the address is that of old, whatever the port.
     */
    byte[] newToken(long now, QuicVersion version, InetSocketAddress client) {
        return seal(NEW_TOKEN, ByteBuffer.allocate(8).putLong(now + newTokenLife).array(), version, client);
    }

    /**
     * Judges the token of an Initial packet; after VALID, {@link #originalDcid} and {@link #retryScid} hold what a Retry token said, or
     * nothing.
     */
    Verdict open(long now, QuicVersion version, byte[] in, int offset, int length, InetSocketAddress client) {
        originalDcid = retryScid = NOTHING;
        if (length == 0) return Verdict.NONE;
        int kind = in[offset];
        // RFC 9000 §8.1.3: what cannot be understood counts as absent, but a client that was told to Retry will not take another one.
        Verdict bad = kind == RETRY ? Verdict.INVALID_RETRY : Verdict.NONE;
        if (kind != RETRY && kind != NEW_TOKEN || length < 1 + NONCE + 8 + TAG) return bad;
        try {
            cipher.init(Cipher.DECRYPT_MODE, kind == RETRY ? retryKey : newTokenKey, new GCMParameterSpec(8 * TAG, in, offset + 1, NONCE));
            cipher.updateAAD(bound(kind, version, client));
            byte[] plain = cipher.doFinal(in, offset + 1 + NONCE, length - 1 - NONCE);
            if (now > ByteBuffer.wrap(plain).getLong()) return bad;
            // RFC 9000 §8.1.4: a replayed one would prove an address to which the client may no longer have access.
            UsedTickets used = kind == RETRY ? usedRetry : usedNewToken;
            if (!used.use(now, Arrays.copyOfRange(in, offset + 1, offset + 1 + NONCE))) return bad;
            if (kind == RETRY) {
                int n = plain[8];
                originalDcid = Arrays.copyOfRange(plain, 9, 9 + n);
                retryScid = Arrays.copyOfRange(plain, 9 + n, plain.length);
            }
            return Verdict.VALID;
        } catch (GeneralSecurityException e) {
            return bad;
        }
    }

    byte[] originalDcid() { return originalDcid; }
    byte[] retryScid() { return retryScid; }

    private byte[] seal(int kind, byte[] plain, QuicVersion version, InetSocketAddress client) {
        byte[] nonce = new byte[NONCE], token = new byte[1 + NONCE + plain.length + TAG];
        entropy.nextBytes(nonce);
        token[0] = (byte) kind;
        System.arraycopy(nonce, 0, token, 1, NONCE);
        try {
            cipher.init(Cipher.ENCRYPT_MODE, kind == RETRY ? retryKey : newTokenKey, new GCMParameterSpec(8 * TAG, nonce));
            cipher.updateAAD(bound(kind, version, client));
            cipher.doFinal(plain, 0, plain.length, token, 1 + NONCE);
            return token;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** RFC 9369 §5: a token is good for the version that it was given in. */
    private static byte[] bound(int kind, QuicVersion version, InetSocketAddress client) {
        byte[] ip = client.getAddress().getAddress();
        // The port counts for a Retry: the client is to answer from the same socket.
        int port = kind == RETRY ? client.getPort() : 0;
        return ByteBuffer.allocate(ip.length + 4).put(ip).put((byte) kind).putShort((short) port).put((byte) version.ordinal()).array();
    }
}
