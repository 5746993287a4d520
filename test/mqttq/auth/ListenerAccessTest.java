package mqttq.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import mqttq.config.ListenerSettings;
import mqttq.config.ListenerSettings.UserNameSource;
import mqttq.config.SecuritySettings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListenerAccessTest {
    private static final String USERS = """
        alice:$7$101$mXEkeRAnRNAkU3zs$KLyLG7Jg0OzBHLaKd4OH2DYViWTKlFETKVndh86fWySkddt17M3gREu4uQhBPAcH3DpKQV6l5Oj5ao8QND+Thg==
        carol:$6$h/qPa7JjIexEOdbY$pGfMhHk+3rSGzUbqxwNQyULFE+E7QK7NYddtU3dhymUXZ5RIF27TfIzVG/DaT1VkCNBt2nx8HwroBO5xg8dlbQ==
        """;
    private final LoginGuard guard = new LoginGuard(this::offload, () -> this.now, new SecureRandom());
    private final ArrayDeque<Runnable[]> work = new ArrayDeque<>();
    private final List<String> results = new ArrayList<>();
    private Login login;
    private long now;
    private Path file;
    private AccessControl control;
    private ListenerAccess access;
    private InetAddress address;

    @TempDir
    Path dir;

    static ListenerSettings settings(boolean anonymous) {
        return settings(anonymous, UserNameSource.CONNECT, false);
    }

    private static ListenerSettings settings(boolean anonymous, UserNameSource source, boolean userNameAsClientId) {
        return new ListenerSettings("tcp", null, 1883, null, null, ListenerSettings.Family.ANY, false, -1, 2, 10, 10, 0b111000, anonymous, true, "auto-",
            userNameAsClientId, source, null, 4096, List.of(), null, null, "test");
    }

    @BeforeEach
    void load() throws Exception {
        file = Files.writeString(dir.resolve("pw"), USERS);
        control = new AccessControl(new SecuritySettings(file.toString(), null, null), guard);
        access = new ListenerAccess(settings(false), control, null);
        address = InetAddress.getByName("192.0.2.1");
    }

    private void offload(Runnable task, Runnable done) {
        work.add(new Runnable[] {task, done});
    }

    private void work() {
        for (Runnable[] one = work.poll(); one != null; one = work.poll()) {
            one[0].run();
            one[1].run();
        }
    }

    private final Authenticator.Result result = new Authenticator.Result() {
        @Override
        public void accepted(Login accepted) {
            login = accepted;
            results.add("accepted " + accepted.userName());
        }

        @Override
        public void refused(Authenticator.Refusal why) {
            results.add(why.toString());
        }
    };

    private static ConnectInfo info(String user, String password, InetAddress address) {
        return new ConnectInfo("client", user, password == null ? null : PasswordFileTest.bytes(password), address, null);
    }

    private String connect(String user, String password) {
        access.authenticate(info(user, password, address), result);
        work();
        return results.remove(results.size() - 1);
    }

    private String recheck(Login of) {
        access.recheck(of, result);
        work();
        return results.remove(results.size() - 1);
    }

    @Test
    void passwordsDecide() {
        assertEquals("accepted alice", connect("alice", "secret"));
        assertEquals("accepted carol", connect("carol", "secret"));
        assertEquals("NOT_AUTHORIZED", connect("alice", "wrong"));
        assertEquals("NOT_AUTHORIZED", connect("alice", null));
        assertEquals("NOT_AUTHORIZED", connect("alice", ""));
        assertEquals("NOT_AUTHORIZED", connect("mallory", "secret"));
        assertEquals("NOT_AUTHORIZED", connect(null, null));
    }

    @Test
    void anonymousClientsNeedPermission() throws Exception {
        access.apply(settings(true), control);
        assertEquals("accepted null", connect(null, null));
        assertEquals("NOT_AUTHORIZED", connect("alice", "wrong"));
        AccessControl open = new AccessControl(new SecuritySettings(null, null, null), guard);
        access.apply(settings(true), open);
        assertEquals("accepted anyone", connect("anyone", "x"));
        access.apply(settings(false), open);
        assertEquals("NOT_AUTHORIZED", connect("anyone", "x"));
        access.apply(settings(true, UserNameSource.CONNECT, true), open);
        assertEquals("NOT_AUTHORIZED", connect(null, null));
    }

    @Test
    void clientIdsNeedTheirPrefix() throws Exception {
        access.apply(settings(true), new AccessControl(new SecuritySettings(null, null, "secure-"), guard));
        assertEquals("NOT_AUTHORIZED", connect(null, null));
        access.authenticate(new ConnectInfo("secure-1", null, null, address, null), result);
        assertEquals(List.of("accepted null"), results);
    }

    @Test
    void certificatesReplaceUserAndPassword() {
        access.apply(settings(false, UserNameSource.COMMON_NAME, false), control);
        access.authenticate(new ConnectInfo("c", "root", null, address, CertificateNamesTest.FULL), result);
        access.authenticate(new ConnectInfo("c", "alice", null, address, CertificateNamesTest.NAMELESS), result);
        access.authenticate(new ConnectInfo("c", "alice", PasswordFileTest.bytes("secret"), address, null), result);
        access.apply(settings(false, UserNameSource.SUBJECT, false), control);
        access.authenticate(new ConnectInfo("c", null, null, address, CertificateNamesTest.NAMELESS), result);
        assertEquals(List.of("accepted test client", "BAD_USER_NAME", "BAD_USER_NAME", "accepted emailAddress=a@b,O=x"), results);
    }

    @Test
    void revokedCertificatesAreNoGood() {
        access = new ListenerAccess(settings(false, UserNameSource.COMMON_NAME, false), control, certificate -> certificate != CertificateNamesTest.FULL);
        access.authenticate(new ConnectInfo("c", null, null, address, CertificateNamesTest.FULL), result);
        access.authenticate(new ConnectInfo("c", null, null, address, CertificateNamesTest.THREE_NAMES), result);
        assertEquals(List.of("NOT_AUTHORIZED", "accepted first"), results);
    }

    @Test
    void aFleetWithOnePasswordCostsOneHash() {
        for (int i = 0; i < 1000; i++) access.authenticate(info("alice", "secret", address), result);
        assertEquals(1, work.size());
        work();
        assertEquals(1000, results.size());
        access.authenticate(info("alice", "secret", address), result);
        assertTrue(work.isEmpty());
        assertEquals("accepted alice", results.get(1000));
    }

    @Test
    void unknownUsersCostAHashToo() {
        access.authenticate(info("mallory", "secret", address), result);
        assertEquals(1, work.size());
    }

    private static InetAddress address(int host) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, (byte) (host >> 8), (byte) host});
        } catch (java.net.UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private void begin(String user, String password, InetAddress from) { access.authenticate(info(user, password, from), result); }

    /** Ends the check that runs, so that the next begins. */
    private void workOnce() {
        Runnable[] one = work.poll();
        one[0].run();
        one[1].run();
    }

    @Test
    void anAddressHasFewChecksPendingAndAllTogetherHaveABound() throws Exception {
        for (int i = 0; i < 100; i++) begin("u" + i, "x", address);
        assertEquals(Collections.nCopies(100 - PasswordChecker.MAX_PER_ADDRESS, "TRY_LATER"), results);
        assertEquals(1, work.size(), "one at a time");
        work();
        results.clear();
        for (int i = 0; i < PasswordChecker.MAX_PENDING; i++) begin("u", "x" + i, address(i));
        assertEquals(List.of(), results);
        List<Authenticator.Refusal> guesser = new ArrayList<>();
        access.authenticate(info("u", "y", address), new Authenticator.Result() {
            @Override public void accepted(Login accepted) { }
            @Override public void refused(Authenticator.Refusal why) { guesser.add(why); }
        });
        assertEquals(List.of(Authenticator.Refusal.TRY_LATER), guesser, "it has failed before, the others have not");
        assertEquals(List.of(), results);
        begin("alice", "secret", address(1000));
        assertEquals(List.of("TRY_LATER"), results, "a newcomer takes the place of the one that waits longest");
        workOnce();
        workOnce();
        assertEquals("accepted alice", results.get(2), "and is next");
    }

    @Test
    void whoGuessesWaitsForThoseWhoDoNot() {
        for (int wave = 0; wave < 2; wave++) { // 100 wrong ones at once, again and again, from 25 addresses
            for (int i = 0; i < 100; i++) begin("alice", "guess" + wave + "." + i, address(i / 4));
            for (int i = 0; i < 30; i++) workOnce();
        }
        results.clear();
        begin("alice", "secret", address);
        for (int i = 0; i < 100; i++) begin("alice", "again" + i, address(i / 4));
        workOnce();
        workOnce();
        assertTrue(results.contains("accepted alice"), results.toString());
    }

    @Test
    void whereSomebodyWasLetInComesBeforeWhereNobodyWas() {
        connect("carol", "secret");
        results.clear();
        begin("bob", "x", address(1));
        begin("alice", "secret", address);
        for (int i = 2; i < 50; i++) begin("bob", "x" + i, address(i));
        workOnce();
        workOnce();
        assertEquals(List.of("NOT_AUTHORIZED", "accepted alice"), results);
    }

    @Test
    void guessesCountWhileTheyAreChecked() throws Exception {
        int checked = 0;
        for (int i = 0; i < 1000; i++) begin("alice", "guess" + i, address(1));
        for (; !work.isEmpty(); checked++) {
            workOnce();
            for (int i = 0; i < 10; i++) begin("alice", "guess" + checked + "." + i, address(1));
        }
        assertEquals(LoginGuard.BURST, checked);
    }

    @Test
    void aFleetOnOneAddressIsBookedOnceAndWhatIsRightIsGivenBack() {
        begin("carol", "no", address);
        for (int i = 0; i < 1000; i++) begin("carol", "secret", address);
        for (int i = 0; i < 1000; i++) begin("alice", "secret", address(i));
        work();
        assertEquals(2000, results.stream().filter(one -> one.startsWith("accepted ")).count());
        results.clear();
        for (int i = 0; i <= LoginGuard.BURST; i++) {
            access.authenticate(new ConnectInfo("other", "carol", PasswordFileTest.bytes("guess" + i), address, null), result);
            work();
        }
        assertEquals(LoginGuard.BURST - 1, results.indexOf("TRY_LATER"));
    }

    @Test
    void aNeighbourThatGuessesLocksOutNobodyElse() {
        String[] clients = {"accepted alice", "accepted carol"};
        for (int i = 0; i < 60; i++) connect("pump", "old password");
        assertEquals("TRY_LATER", connect("pump", "old password"));
        assertEquals(clients[0], connect("alice", "secret"), "another user name");
        for (int i = 0; i < LoginGuard.BURST; i++) assertEquals("NOT_AUTHORIZED", connect("carol", "guess" + i));
        assertEquals("TRY_LATER", connect("carol", "secret"));
        assertEquals(clients[1], connectFrom("192.0.2.7", "carol"), "the same name elsewhere");
        assertEquals(clients[1], connect("carol", "secret"), "known to be right now");
        for (int i = 0; i < 2 * LoginGuard.ADDRESS_BURST; i++) connect("user" + i, "guess");
        assertEquals("TRY_LATER", connect("user", "guess"), "but an address may not try all names");
        assertEquals(clients[0], connect("alice", "secret"));
        now += LoginGuard.ADDRESS_REFILL;
        assertEquals("NOT_AUTHORIZED", connect("user", "guess"));
        assertEquals("TRY_LATER", connect("user", "guess"));
    }

    @Test
    void aClientThatWasRightHasABucketOfItsOwn() throws Exception {
        connect("alice", "secret");
        PasswordFile edited = PasswordFile.read(file);
        edited.set("alice", PasswordFileTest.bytes("secret"), 5, false, new SecureRandom());
        edited.save(file);
        for (int i = 0; i < 100; i++) {
            access.authenticate(new ConnectInfo("other", "alice", PasswordFileTest.bytes("guess" + i), address, null), result);
            work();
        }
        access.apply(settings(false), new AccessControl(new SecuritySettings(file.toString(), null, null), guard));
        for (int i = 0; i < 100; i++) {
            access.authenticate(new ConnectInfo("other", "user" + i, PasswordFileTest.bytes("guess" + i), address, null), result);
        }
        begin("alice", "secret", address);
        workOnce();
        results.clear();
        workOnce();
        assertEquals(List.of("accepted alice"), results, "with a hash that was not seen yet");
        for (int i = 0; i < LoginGuard.BURST; i++) assertEquals("NOT_AUTHORIZED", connect("alice", "guess" + i));
        assertEquals("TRY_LATER", connect("alice", "guess"));
    }

    /** Of what a wrong password costs: iterations of either kind. */
    private static String cost(PasswordHash[] work) {
        int[] sum = new int[2];
        for (PasswordHash hash : work) sum[hash.scram ? 1 : 0] += hash.iterations;
        return sum[0] + " " + sum[1];
    }

    @Test
    void everyWrongPasswordCostsTheSame() throws Exception {
        SecureRandom random = new SecureRandom();
        Files.writeString(file, USERS + "s:" + PasswordHash.create(new byte[] {'x'}, 300, true, random) + "\nt:"
            + PasswordHash.create(new byte[] {'x'}, 400, true, random) + "\nu:" + PasswordHash.create(new byte[] {'x'}, 7, false, random) + "\n");
        control = new AccessControl(new SecuritySettings(file.toString(), null, null), guard);
        for (String user : new String[] {"alice", "carol", "s", "t", "u", "nobody"}) {
            assertEquals("101 400", cost(control.work(control.passwordOf(user))), user);
            for (PasswordHash hash : control.work(null)) assertTrue(!hash.matches(new byte[] {'x'}));
        }
        access.apply(settings(false), control);
        assertEquals("accepted s", connect("s", "x"));
        assertEquals("NOT_AUTHORIZED", connect("s", "y"));
        Files.writeString(file, "");
        assertEquals("100000 0", cost(new AccessControl(new SecuritySettings(file.toString(), null, null), guard).work(null)));
    }

    @Test
    void clientsThatAreConnectedAreNeverTurnedAway() throws Exception {
        connect("alice", "secret");
        Login alice = login;
        PasswordFile edited = PasswordFile.read(file);
        edited.set("alice", PasswordFileTest.bytes("secret"), 5, false, new SecureRandom());
        edited.save(file);
        access.apply(settings(false), new AccessControl(new SecuritySettings(file.toString(), null, null), guard));
        results.clear();
        for (int i = 0; i < PasswordChecker.MAX_PENDING; i++) begin("u", "x" + i, address(i));
        access.recheck(alice, result);
        for (int i = 0; i < PasswordChecker.MAX_PENDING; i++) begin("v", "y" + i, address(1000 + i));
        assertTrue(results.stream().allMatch("TRY_LATER"::equals));
        workOnce();
        results.clear();
        workOnce();
        assertEquals(List.of("accepted alice"), results);
    }

    private String connectFrom(String from, String user) {
        try {
            access.authenticate(info(user, "secret", InetAddress.getByName(from)), result);
        } catch (java.net.UnknownHostException e) {
            throw new AssertionError(e);
        }
        work();
        return results.remove(results.size() - 1);
    }

    @Test
    void anAddressThatKeepsFailingHasToWait() {
        assertEquals("accepted carol", connect("carol", "secret"));
        for (int i = 0; i < LoginGuard.BURST; i++) assertEquals("NOT_AUTHORIZED", connect("alice", "guess" + i));
        assertEquals("TRY_LATER", connect("alice", "secret"));
        assertEquals("accepted carol", connect("carol", "secret"), "known to be right");
        assertEquals("accepted alice", connectFrom("192.0.2.2", "alice"));
        now += LoginGuard.REFILL;
        assertEquals("NOT_AUTHORIZED", connect("alice", "guess"));
        assertEquals("TRY_LATER", connect("alice", "guess"));
        now += LoginGuard.BURST * LoginGuard.REFILL;
        for (int i = 0; i < LoginGuard.BURST; i++) assertEquals("NOT_AUTHORIZED", connect("alice", "guess" + i));
        assertEquals("TRY_LATER", connect("alice", "guess"));
    }

    @Test
    void anIpv6HostIsOneAddressAndTheTableIsBounded() throws Exception {
        AddressBuckets failures = new AddressBuckets(20, 1);
        for (int i = 0; i < 20; i++) failures.did(AddressBuckets.key(InetAddress.getByName("2001:db8::" + i)), 0);
        assertTrue(!failures.may(AddressBuckets.key(InetAddress.getByName("2001:db8::ffff")), 0));
        assertTrue(failures.may(AddressBuckets.key(InetAddress.getByName("2001:db8:0:1::1")), 0));
        for (int i = 0; i < 3 * AddressBuckets.MAX_ADDRESSES; i++) failures.did(address(i), 0);
        assertEquals(AddressBuckets.MAX_ADDRESSES, failures.size());
        assertTrue(failures.may(null, 0));
    }

    @Test
    void aReloadDropsExactlyThoseNoLongerAllowed() throws Exception {
        connect("alice", "secret");
        Login alice = login;
        connect("carol", "secret");
        Login carol = login;
        assertEquals("accepted alice", recheck(alice));

        PasswordFile edited = PasswordFile.read(file);
        edited.set("alice", PasswordFileTest.bytes("secret"), 5, false, new SecureRandom());
        edited.set("carol", PasswordFileTest.bytes("changed"), 5, false, new SecureRandom());
        edited.save(file);
        access.apply(settings(false), new AccessControl(new SecuritySettings(file.toString(), null, null), guard));
        assertEquals("accepted alice", recheck(alice), "a new salt, the same password");
        assertEquals("NOT_AUTHORIZED", recheck(carol));

        edited.delete("alice");
        edited.save(file);
        access.apply(settings(false), new AccessControl(new SecuritySettings(file.toString(), null, null), guard));
        assertEquals("NOT_AUTHORIZED", recheck(login));
        assertEquals("NOT_AUTHORIZED", connect("alice", "secret"), "what was known is forgotten");
    }

    @Test
    void aReloadDuringACheckCounts() throws Exception {
        access.authenticate(info("alice", "secret", address), result);
        PasswordFile edited = PasswordFile.read(file);
        edited.delete("alice");
        edited.save(file);
        access.apply(settings(false), new AccessControl(new SecuritySettings(file.toString(), null, null), guard));
        work();
        assertEquals(List.of("NOT_AUTHORIZED"), results);
    }

    @Test
    void anonymousClientsGoWhenTheyAreNoLongerAllowed() {
        access.apply(settings(true), control);
        connect(null, null);
        assertNotNull(login);
        access.apply(settings(false), control);
        assertEquals("NOT_AUTHORIZED", recheck(login));
    }
}
