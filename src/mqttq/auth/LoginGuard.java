package mqttq.auth;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import mqttq.wire.Digests;

/**
 * What all listeners of a process share against guessing, and keep through reloads: password checks under way, and who failed lately. Loop
 * thread.
 */
public final class LoginGuard {
    /** Failures of an address with one user name at once, and ns until one more is forgiven; the same for all its user names together. */
    static final int BURST = 20, ADDRESS_BURST = 100;
    static final long REFILL = 2_000_000_000L, ADDRESS_REFILL = 500_000_000L;
    /** ns for which each failure of an address puts its checks behind those of others. */
    private static final long GRUDGE = 60_000_000_000L;

    final PasswordChecker checker;
    private final AddressBuckets failures = new AddressBuckets(BURST, REFILL), grudges = new AddressBuckets(1, GRUDGE);
    private final AddressBuckets addresses = new AddressBuckets(ADDRESS_BURST, ADDRESS_REFILL);
    /** Clients that were let in lately, whom a neighbour that guesses does not lock out, and their addresses, each with the name 0. */
    private final LinkedHashMap<Who, Boolean> right = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override protected boolean removeEldestEntry(Map.Entry<Who, Boolean> eldest) { return size() > AddressBuckets.MAX_ADDRESSES; }
    };
    private final LongSupplier clock;
    final SecureRandom random;
    /** Makes up salts for SCRAM users who do not exist. */
    final byte[] secret = new byte[32];

    /** What failures count by: an address, and a digest of a user name, or of that and a client identifier. */
    private record Who(Object address, long name) { }

    /** A try that counts as a failure of its address until it is given back. */
    final class Booking {
        private final Who who;
        private final Object address;
        /** The client was right lately, from the same address: it has a bucket of its own. */
        final boolean known;
        /** Checks of the lowest come first: ns. */
        final long rank;

        private Booking(Who who, Object address, boolean known) {
            this.who = who;
            this.address = address;
            this.known = known;
            long now = clock.getAsLong(), grudge = grudges.debt(address, now);
            rank = known ? -1 : grudge > 0 ? grudge : right.get(new Who(address, 0)) != null ? 0 : 1;
            failures.did(who, now);
            if (known) return;
            addresses.did(address, now);
            grudges.did(address, now);
        }

        void giveBack() {
            failures.undo(who);
            if (known) return;
            addresses.undo(address);
            grudges.undo(address);
        }
    }

    /**
     * @param offload where passwords are hashed
     * @param clock monotonic ns
     */
    public LoginGuard(Offload offload, LongSupplier clock, SecureRandom random) {
        this.checker = new PasswordChecker(this, offload, random);
        this.clock = clock;
        this.random = random;
        random.nextBytes(secret);
    }

    private Who who(ConnectInfo info, String name) {
        Object address = AddressBuckets.key(info.address());
        return address == null ? null : new Who(address, ByteBuffer.wrap(Digests.hmac(secret, name)).getLong());
    }

    /** MQTT text has no U+0000. */
    private Who client(ConnectInfo info, String user) { return who(info, user + '\0' + info.clientId()); }

    /** Whether this client may try a password; nothing is booked. */
    boolean may(ConnectInfo info, String user) {
        Who client = client(info, user);
        long now = clock.getAsLong();
        return right.containsKey(client) ? failures.may(client, now)
            : failures.may(who(info, user), now) && addresses.may(AddressBuckets.key(info.address()), now);
    }

    /** Books a try; null: too many failed lately. */
    Booking book(ConnectInfo info, String user) {
        if (!may(info, user)) return null;
        Who client = client(info, user);
        boolean known = right.get(client) != null;
        return new Booking(known ? client : who(info, user), AddressBuckets.key(info.address()), known);
    }

    /** This client had the right password. */
    void right(ConnectInfo info, String user) {
        Who client = client(info, user);
        if (client == null) return;
        right.put(client, true);
        right.put(new Who(client.address, 0), true);
    }
}
