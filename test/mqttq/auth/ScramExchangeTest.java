package mqttq.auth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import mqttq.config.SecuritySettings;
import mqttq.wire.Digests;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScramExchangeTest {
    /** Of RFC 7677 §3: user "user", password "pencil". */
    private static final String ENTRY = "$scram-sha-256$4096$W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qbB88vBwTqdNaFMCZDu2XYp6iJYY+VmpDFKuZ8/AOXZ1Q==";
    private final LoginGuard guard = new LoginGuard((task, done) -> { }, () -> 0, new SecureRandom());
    private ListenerAccess access;

    @TempDir
    Path dir;

    @BeforeEach
    void load() throws Exception {
        Path file = Files.writeString(dir.resolve("pw"), "user:" + ENTRY + "\nold:" + PasswordHash.create(new byte[] {'x'}, 5, false, new SecureRandom()) + "\n");
        access = new ListenerAccess(ListenerAccessTest.settings(false), new AccessControl(new SecuritySettings(file.toString(), null, null), guard), null);
    }

    private Authenticator.Exchange begin() throws Exception {
        return access.exchange("SCRAM-SHA-256", new ConnectInfo("c", null, null, InetAddress.getByName("192.0.2.9"), null));
    }

    private static String say(Authenticator.Exchange exchange, String text) {
        byte[] answer = exchange.answer(text.getBytes(StandardCharsets.UTF_8));
        return answer == null ? null : new String(answer, StandardCharsets.UTF_8);
    }

    /** What a client says last. */
    private static String proof(String first, String challenge, String password) throws Exception {
        String[] parts = challenge.split(",");
        byte[] salt = Base64.getDecoder().decode(parts[1].substring(2));
        PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), salt, Integer.parseInt(parts[2].substring(2)), 256);
        byte[] key = Digests.hmac(SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded(), "Client Key");
        String without = "c=biws," + parts[0];
        byte[] signature = Digests.hmac(MessageDigest.getInstance("SHA-256").digest(key), first.substring(3) + "," + challenge + "," + without);
        for (int i = 0; i < 32; i++) key[i] ^= signature[i];
        return without + ",p=" + Base64.getEncoder().encodeToString(key);
    }

    /** Costs no hash. */
    private static String wrong(String challenge) {
        return "c=biws," + challenge.split(",")[0] + ",p=" + Base64.getEncoder().encodeToString(new byte[32]);
    }

    @Test
    void rfc7677ExampleHolds() {
        PasswordHash hash = PasswordHash.parse(ENTRY);
        String nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        String message = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=" + nonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=" + nonce;
        assertTrue(hash.proves(Base64.getDecoder().decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="), message));
        assertEquals("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Base64.getEncoder().encodeToString(hash.serverSignature(message)));
        assertTrue(hash.matches("pencil".getBytes(StandardCharsets.UTF_8)));
        assertFalse(hash.matches("pencils".getBytes(StandardCharsets.UTF_8)));
        assertEquals(ENTRY, hash.toString());
    }

    @Test
    void whoKnowsThePasswordIsLetInAndStaysAfterAReload() throws Exception {
        Authenticator.Exchange exchange = begin();
        String challenge = say(exchange, "n,,n=user,r=abcdefgh");
        assertNull(exchange.login());
        assertTrue(say(exchange, proof("n,,n=user,r=abcdefgh", challenge, "pencil")).startsWith("v="));
        assertEquals("user", exchange.login().userName());
        assertNull(say(exchange, "n,,n=user,r=abcdefgh"));
        boolean[] stays = new boolean[1];
        access.recheck(exchange.login(), new Authenticator.Result() {
            @Override public void accepted(Login login) { stays[0] = true; }
            @Override public void refused(Authenticator.Refusal why) { }
        });
        assertTrue(stays[0]);
    }

    @Test
    void whoDoesNotIsRefusedAtTheEndAndUnknownUsersLookLikeOthers() throws Exception {
        for (String user : new String[] {"user", "nobody", "old"}) {
            Authenticator.Exchange exchange = begin();
            String first = "n,,n=" + user + ",r=abcdefgh", challenge = say(exchange, first);
            assertTrue(challenge.matches("r=abcdefgh.{24},s=.{16,24},i=[0-9]+"), challenge);
            assertNull(say(exchange, proof(first, challenge, "wrong")));
            assertNull(exchange.login());
        }
        String salt = say(begin(), "n,,n=nobody,r=abcdefgh").split(",")[1];
        assertEquals(salt, say(begin(), "n,,n=nobody,r=abcdefgh").split(",")[1]);
        assertNull(access.exchange("PLAIN", null));
    }

    @Test
    void aProofOfAnotherExchangeIsNone() throws Exception {
        for (String[] change : new String[][] {{"c=biws", "c=eSws"}, {"r=abcdefgh", "r=abcdefgi"}, {",p=", ",x=1,p="}}) {
            Authenticator.Exchange exchange = begin();
            String proof = proof("n,,n=user,r=abcdefgh", say(exchange, "n,,n=user,r=abcdefgh"), "pencil");
            assertNull(say(exchange, proof.replace(change[0], change[1])), change[1]);
            assertNull(exchange.login());
        }
    }

    @Test
    void clientIdsNeedTheirPrefixHereToo() throws Exception {
        SecuritySettings settings = new SecuritySettings(dir.resolve("pw").toString(), null, "d");
        access.apply(ListenerAccessTest.settings(false), new AccessControl(settings, guard));
        assertNull(begin());
        assertNotNull(access.exchange("SCRAM-SHA-256", new ConnectInfo("d", null, null, null, null)));
    }

    @Test
    void nobodyGuessesForLong() throws Exception {
        for (int i = 0; i < LoginGuard.BURST; i++) {
            Authenticator.Exchange exchange = begin();
            assertNull(say(exchange, wrong(say(exchange, "n,,n=user,r=abcdefgh"))));
        }
        assertNull(say(begin(), "n,,n=user,r=abcdefgh"));
    }

    @Test
    void exchangesThatBeganBeforeTheFirstFailureCountToo() throws Exception {
        List<Authenticator.Exchange> begun = new ArrayList<>();
        List<String> challenges = new ArrayList<>();
        for (int i = 0; i < 350; i++) {
            begun.add(begin());
            challenges.add(say(begun.get(i), "n,,n=user,r=abcdefgh"));
        }
        for (int i = 0; i < 350; i++) {
            String challenge = challenges.get(i);
            assertNull(say(begun.get(i), i == 300 ? proof("n,,n=user,r=abcdefgh", challenge, "pencil") : wrong(challenge)));
            boolean guessed = i < LoginGuard.BURST;
            assertEquals(guessed ? Authenticator.Refusal.NOT_AUTHORIZED : Authenticator.Refusal.TRY_LATER, begun.get(i).refusal());
        }
        assertNotNull(say(begin(), "n,,n=other,r=abcdefgh"), "another user may");
    }

    @Test
    void whoWasRightIsLetInWhileANeighbourGuesses() throws Exception {
        Authenticator.Exchange exchange = begin();
        assertNotNull(say(exchange, proof("n,,n=user,r=abcdefgh", say(exchange, "n,,n=user,r=abcdefgh"), "pencil")));
        for (int i = 0; i < 200; i++) {
            exchange = access.exchange("SCRAM-SHA-256", new ConnectInfo("guesser", null, null, InetAddress.getByName("192.0.2.9"), null));
            String challenge = say(exchange, "n,,n=user,r=abcdefgh");
            if (challenge != null) assertNull(say(exchange, wrong(challenge)));
        }
        for (int i = 0; i <= LoginGuard.BURST; i++) {
            exchange = begin();
            assertNotNull(say(exchange, proof("n,,n=user,r=abcdefgh", say(exchange, "n,,n=user,r=abcdefgh"), "pencil")));
        }
    }

    @Test
    void aProofCountsOnlyWithWhatIsInForceNow() throws Exception {
        boolean[] admitted = {true};
        Path file = dir.resolve("pw");
        AccessControl control = new AccessControl(new SecuritySettings(file.toString(), null, null), guard);
        access = new ListenerAccess(ListenerAccessTest.settings(false), control, certificate -> admitted[0]);
        ConnectInfo info = new ConnectInfo("c", null, null, InetAddress.getByName("192.0.2.9"), CertificateNamesTest.FULL);
        for (boolean good : new boolean[] {true, false}) {
            admitted[0] = good;
            Authenticator.Exchange exchange = access.exchange("SCRAM-SHA-256", info);
            String last = say(exchange, proof("n,,n=user,r=abcdefgh", say(exchange, "n,,n=user,r=abcdefgh"), "pencil"));
            assertEquals(good, last != null, "a certificate that is revoked");
            assertEquals(good, exchange.login() != null);
        }
        admitted[0] = true;
        Authenticator.Exchange exchange = access.exchange("SCRAM-SHA-256", info);
        String last = proof("n,,n=user,r=abcdefgh", say(exchange, "n,,n=user,r=abcdefgh"), "pencil");
        Files.writeString(file, "");
        access.apply(ListenerAccessTest.settings(false), new AccessControl(new SecuritySettings(file.toString(), null, null), guard));
        assertNull(say(exchange, last), "a user who was taken out meanwhile");
    }

    @Test
    void madeUpUsersLookLikeSomeUserOfTheFile() throws Exception {
        SecureRandom random = new SecureRandom();
        Files.writeString(dir.resolve("pw"), "user:" + ENTRY + "\nslow:" + PasswordHash.create(new byte[1], 9000, true, random) + "\nplain:"
            + PasswordHash.create(new byte[1], 50_000, false, random) + "\n");
        AccessControl control = new AccessControl(new SecuritySettings(dir.resolve("pw").toString(), null, null), guard);
        Set<String> real = Set.of("16 4096", "12 9000"), seen = new HashSet<>();
        for (int i = 0; i < 64; i++) {
            PasswordHash made = control.scramOf("nobody" + i);
            seen.add(made.salt.length + " " + made.iterations);
            assertArrayEquals(made.salt, control.scramOf("nobody" + i).salt);
        }
        assertEquals(real, seen);
        assertTrue(real.contains(control.scramOf("plain").salt.length + " " + control.scramOf("plain").iterations));
    }

    @Test
    void rubbishIsRefused() throws Exception {
        for (String text : new String[] {"", "n,,", "p=tls-unique,,n=user,r=abcdefgh", "n,a=x,n=user,r=abcdefgh", "n,,r=abcdefgh,n=user", "n,,n=user,r=short"}) {
            assertNull(say(begin(), text), text);
        }
        Random random = new Random(7);
        for (int i = 0; i < 2000; i++) {
            Authenticator.Exchange exchange = begin();
            if (i % 2 == 0) assertNotNull(say(exchange, "n,,n=user,r=abcdefgh"));
            byte[] data = new byte[random.nextInt(60)];
            random.nextBytes(data);
            assertNull(exchange.answer(data));
        }
    }
}
