package mqttq.auth;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks passwords off the loop, since each takes a hash on purpose slow. Clients that show the same name and password at the same
 * time share one check, and a pair found right is remembered by a keyed digest, so that a fleet that reconnects costs little.
 */
final class PasswordChecker {
    /** Checks waiting or running; a flood of logins beyond is told to try later. */
    static final int MAX_PENDING = 100;
    /** Pairs remembered, the one used longest ago forgotten first; and clients sharing one check. */
    static final int MAX_REMEMBERED = 1024, MAX_SHARING = 10_000;

    /** Outcome, on the loop. */
    interface Outcome {
        void checked(Verdict verdict);
    }

    enum Verdict { RIGHT, WRONG, BUSY }

    /** One hash being computed, and who waits for it. */
    private final class Check implements Runnable {
        final ByteBuffer digest;
        final PasswordHash hash;
        final byte[] password;
        final List<Outcome> waiting = new ArrayList<>();
        private boolean right;

        Check(ByteBuffer digest, PasswordHash hash, byte[] password) {
            this.digest = digest;
            this.hash = hash;
            this.password = password;
        }

        /** On the helper thread. */
        @Override public void run() { right = hash.matches(password); }

        void done() {
            pending.remove(digest, this);
            if (right) remembered.put(digest, hash);
            for (Outcome outcome : waiting) outcome.checked(right ? Verdict.RIGHT : Verdict.WRONG);
        }
    }

    private final Offload offload;
    private final Mac mac;
    private final Map<ByteBuffer, Check> pending = new HashMap<>();
    private final LinkedHashMap<ByteBuffer, PasswordHash> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override protected boolean removeEldestEntry(Map.Entry<ByteBuffer, PasswordHash> eldest) { return size() > MAX_REMEMBERED; }
    };

    PasswordChecker(Offload offload, SecureRandom random) {
        this.offload = offload;
        byte[] key = new byte[32];
        random.nextBytes(key);
        try {
            mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether this pair was found right before and {@code hash} is still the user's. */
    boolean knows(String user, byte[] password, PasswordHash hash) {
        return hash != null && hash.sameAs(remembered.get(digest(user, password)));
    }

    /**
     * @param hash the user's, or a decoy for one that does not exist
     * @param connected whether it is a client that was let in before: never told to try later
     */
    void check(String user, byte[] password, PasswordHash hash, boolean connected, Outcome outcome) {
        ByteBuffer digest = digest(user, password);
        Check check = pending.get(digest);
        boolean shared = check != null && check.hash == hash;
        if (!connected && (shared ? check.waiting.size() >= MAX_SHARING : pending.size() >= MAX_PENDING)) {
            outcome.checked(Verdict.BUSY);
            return;
        }
        if (shared) {
            check.waiting.add(outcome);
            return;
        }
        Check started = new Check(digest, hash, password);
        started.waiting.add(outcome);
        pending.put(digest, started);
        offload.offload(started, started::done);
    }

    private ByteBuffer digest(String user, byte[] password) {
        byte[] name = user.getBytes(StandardCharsets.UTF_8);
        mac.update(ByteBuffer.allocate(4).putInt(name.length).flip());
        mac.update(name);
        return ByteBuffer.wrap(mac.doFinal(password));
    }
}
