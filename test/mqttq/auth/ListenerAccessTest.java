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

    @Test
    void theQueueOfHashesIsBounded() {
        for (int i = 0; i <= PasswordChecker.MAX_PENDING; i++) access.authenticate(info("u" + i, "x", address), result);
        assertEquals(List.of("TRY_LATER"), results);
        assertEquals(PasswordChecker.MAX_PENDING, work.size());
        work();
        assertEquals("accepted alice", connectFrom("192.0.2.9", "alice"));
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
        AddressBuckets failures = new AddressBuckets(LoginGuard.BURST, LoginGuard.REFILL);
        for (int i = 0; i < LoginGuard.BURST; i++) failures.did(InetAddress.getByName("2001:db8::" + i), 0);
        assertTrue(!failures.may(InetAddress.getByName("2001:db8::ffff"), 0) && failures.may(InetAddress.getByName("2001:db8:0:1::1"), 0));
        for (int i = 0; i < 3 * AddressBuckets.MAX_ADDRESSES; i++) failures.did(InetAddress.getByAddress(new byte[] {10, 0, (byte) (i >> 8), (byte) i}), 0);
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
