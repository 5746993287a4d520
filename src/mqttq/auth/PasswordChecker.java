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
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks passwords off the loop, one at a time, since each takes a hash on purpose slow. Clients that show the same name and password at
 * the same time share one check, and a pair found right is remembered by a keyed digest, so that a fleet that reconnects costs little.
 * Whose address failed lately waits for the others, from where nobody was let in yet for those of known addresses, and of equals the
 * newest comes first: under a flood the oldest has given up already.
 */
final class PasswordChecker {
    /** Checks waiting or running, of all and of one address; a flood of logins beyond is told to try later. */
    static final int MAX_PENDING = 100, MAX_PER_ADDRESS = 4;
    /** Pairs remembered, the one used longest ago forgotten first; and clients sharing one check. */
    static final int MAX_REMEMBERED = 1024, MAX_SHARING = 10_000;
    /** Of clients that are connected: before all others, and never turned away. */
    private static final long FIRST = -2;

    /** Outcome, on the loop. */
    interface Outcome {
        void checked(Verdict verdict);
    }

    enum Verdict { RIGHT, WRONG, BUSY }

    /** One password being checked, and who waits for it. */
    private final class Check implements Runnable {
        final ByteBuffer digest;
        final PasswordHash hash;
        private final PasswordHash[] work;
        private final byte[] password;
        private final Object address;
        final List<Outcome> waiting = new ArrayList<>();
        /** By address: a password is tried once, however many of its clients show it. */
        final Map<Object, LoginGuard.Booking> bookings = new HashMap<>();
        private long rank = Long.MAX_VALUE;
        private boolean right;

        Check(ByteBuffer digest, PasswordHash hash, PasswordHash[] work, ConnectInfo info) {
            this.digest = digest;
            this.hash = hash;
            this.work = work;
            password = info.password();
            address = AddressBuckets.key(info.address());
        }

        void join(Object from, LoginGuard.Booking booking, long rank, Outcome outcome) {
            if (booking != null) bookings.put(from, booking);
            this.rank = Math.min(this.rank, rank);
            waiting.add(outcome);
        }

        /** On the helper thread. */
        @Override public void run() { for (int i = 0; i < work.length && !right; i++) right = work[i].matches(password); }

        void done() {
            running = null;
            if (right) remembered.put(digest, hash);
            end(right ? Verdict.RIGHT : Verdict.WRONG);
            next();
        }

        private void end(Verdict verdict) {
            checks.remove(this);
            pending.remove(digest, this);
            if (verdict != Verdict.WRONG) for (LoginGuard.Booking booking : bookings.values()) booking.giveBack();
            for (Outcome outcome : waiting) outcome.checked(verdict);
        }
    }

    private final LoginGuard guard;
    private final Offload offload;
    private final Mac mac;
    private final Map<ByteBuffer, Check> pending = new HashMap<>();
    /** Oldest first, with the one that is {@code running}, or null. */
    private final List<Check> checks = new ArrayList<>();
    private Check running;
    private final LinkedHashMap<ByteBuffer, PasswordHash> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override protected boolean removeEldestEntry(Map.Entry<ByteBuffer, PasswordHash> eldest) { return size() > MAX_REMEMBERED; }
    };

    PasswordChecker(LoginGuard guard, Offload offload, SecureRandom random) {
        this.guard = guard;
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

    /** Whether this pair was found right before and {@code hash} is still the user's; takes as long where it is null. */
    boolean knows(String user, byte[] password, PasswordHash hash) {
        PasswordHash was = remembered.get(digest(user, password));
        return hash != null && hash.sameAs(was);
    }

    /**
     * @param hash the user's, or null for one that does not exist
     * @param work what a wrong password costs, {@code hash} first
     * @param connected whether it is a client that was let in before: never told to try later
     */
    void check(ConnectInfo info, String user, PasswordHash hash, PasswordHash[] work, boolean connected, Outcome outcome) {
        ByteBuffer digest = digest(user, info.password());
        Object from = AddressBuckets.key(info.address());
        Check check = pending.get(digest);
        boolean shared = check != null && check.hash == hash;
        LoginGuard.Booking booking = null;
        if (!connected && !(shared && check.bookings.containsKey(from))) booking = guard.book(info, user);
        long rank = connected ? FIRST : booking == null ? Long.MAX_VALUE : booking.rank;
        if (!connected && (shared ? check.waiting.size() >= MAX_SHARING || booking == null && !check.bookings.containsKey(from)
            : booking == null || !booking.known && of(from) >= MAX_PER_ADDRESS || !room(rank))) {
            if (booking != null) booking.giveBack();
            outcome.checked(Verdict.BUSY);
            return;
        }
        if (!shared) {
            check = new Check(digest, hash, work, info);
            pending.put(digest, check);
            checks.add(check);
        }
        check.join(from, booking, rank, outcome);
        next();
    }

    private int of(Object address) {
        int count = 0;
        for (Check check : checks) if (Objects.equals(check.address, address)) count++;
        return count;
    }

    /** Whether there is a place for one more of this rank: the last in the queue makes it, unless that is the new one itself. */
    private boolean room(long rank) {
        if (checks.size() < MAX_PENDING) return true;
        Check last = null;
        for (Check check : checks) if (check != running && (last == null || check.rank > last.rank)) last = check;
        if (last == null || last.rank < rank) return false;
        last.end(Verdict.BUSY);
        return true;
    }

    private void next() {
        if (running != null) return;
        for (Check check : checks) if (running == null || check.rank <= running.rank) running = check;
        if (running != null) offload.offload(running, running::done);
    }

    private ByteBuffer digest(String user, byte[] password) {
        byte[] name = user.getBytes(StandardCharsets.UTF_8);
        mac.update(ByteBuffer.allocate(4).putInt(name.length).flip());
        mac.update(name);
        return ByteBuffer.wrap(mac.doFinal(password));
    }
}
