package mqttq.tls;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys under which a server seals its stateless session tickets, shared by its connections on one thread.
 * A new key takes over each rotation period; a ticket opens under the current and the previous one. They live and die with the process:
 * after a restart every ticket is unknown. Listeners may share them: a client certificate in a ticket is checked anew by the one that opens
 * it, and a ticket that brought 0-RTT to one of them brings none to the others.
 */
public final class TicketKeys {
    private static final int NAME = 16, KEY = 16, NONCE = 12, TAG = 16;
    /** Random nonces are safe for 2^32 seals under a key (NIST SP 800-38D §8.3). */
    private static final int SEALS = 1 << 30;
    private static final long LONGEST_MILLIS = TlsLimits.TICKET_LIFETIME_SECONDS * 1000L;

    /** Tickets that are older bring no 0-RTT, ns: so long the used ones have to be remembered. */
    public static final long EARLY_LIFE = 24 * 3600 * 1_000_000_000L;

    /** Kept with the keys: without them a ticket is nothing, and with them it counts everywhere (RFC 9846 §8.1). */
    final UsedTickets used = new UsedTickets(EARLY_LIFE);
    private final SecureRandom random;
    private final long rotationMillis;
    private Key current, previous;
    private int seals;

    /** @param rotationMillis how long a key seals, in milliseconds, 1 s to 7 days; a ticket lives as long */
    public TicketKeys(SecureRandom random, long rotationMillis) {
        if (rotationMillis < 1000 || rotationMillis > LONGEST_MILLIS) {
            throw new IllegalArgumentException("rotation of " + rotationMillis + " ms");
        }
        this.random = random;
        this.rotationMillis = rotationMillis;
    }

    int lifetimeSeconds() { return (int) (rotationMillis / 1000); }

    byte[] seal(ServerTicket ticket, long now) {
        if (current == null || now - current.sinceMillis >= rotationMillis || now < current.sinceMillis || seals == SEALS) {
            previous = current;
            current = new Key(bytes(NAME), bytes(KEY), now);
            seals = 0;
        }
        seals++;
        byte[] nonce = bytes(NONCE), plain = ticket.encode();
        byte[] sealed = Arrays.copyOf(current.name, NAME + NONCE + plain.length + TAG);
        System.arraycopy(nonce, 0, sealed, NAME, NONCE);
        try {
            current.cipher(Cipher.ENCRYPT_MODE, sealed).doFinal(plain, 0, plain.length, sealed, NAME + NONCE);
            return sealed;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The ticket in these bytes; null where it is not ours, altered, too old, or from the future. */
    ServerTicket open(byte[] sealed, long now) {
        if (sealed.length < NAME + NONCE + TAG) return null;
        Key key = current != null && current.named(sealed) ? current : previous != null && previous.named(sealed) ? previous : null;
        if (key == null) return null;
        try {
            byte[] plain = key.cipher(Cipher.DECRYPT_MODE, sealed).doFinal(sealed, NAME + NONCE, sealed.length - NAME - NONCE);
            ServerTicket ticket = ServerTicket.decode(plain);
            long age = now - ticket.issuedAt();
            // RFC 9846 §4.6.1: resumption must not prolong one authentication without end
            return age < 0 || age > rotationMillis || now - ticket.authenticatedAt() > LONGEST_MILLIS ? null : ticket;
        } catch (GeneralSecurityException | TlsAlertException e) {
            return null;
        }
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private record Key(byte[] name, byte[] key, long sinceMillis) {
        boolean named(byte[] sealed) { return MessageDigest.isEqual(name, Arrays.copyOf(sealed, NAME)); }

        Cipher cipher(int mode, byte[] sealed) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(8 * TAG, sealed, NAME, NONCE));
            cipher.updateAAD(name);
            return cipher;
        }
    }
}
