package mqttq.auth;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Predicate;

/**
 * A server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding, names and passwords as they come (no SASLprep). Costs two
 * HMACs; whoever is unknown, or has no SCRAM password, is led to the end and refused there.
 */
final class ScramExchange implements Authenticator.Exchange {
    static final String METHOD = "SCRAM-SHA-256";
    private static final int MAX_MESSAGE = 4096, NONCE = 18;

    private final AccessControl control;
    private final Predicate<Login> stands;
    private final ConnectInfo info;
    private String header, user, nonce, authMessage;
    private PasswordHash hash;
    private Login login;
    private Authenticator.Refusal refusal = Authenticator.Refusal.NOT_AUTHORIZED;

    /** @param stands whether who has proved a password is let in, all else considered */
    ScramExchange(AccessControl control, Predicate<Login> stands, ConnectInfo info) {
        this.control = control;
        this.stands = stands;
        this.info = info;
    }

    @Override public Login login() { return login; }
    @Override public Authenticator.Refusal refusal() { return refusal; }

    @Override public byte[] answer(byte[] data) {
        String answer = null;
        try {
            if (data.length <= MAX_MESSAGE && login == null) {
                String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
                answer = nonce == null ? first(text) : last(text);
            }
        } catch (CharacterCodingException | IllegalArgumentException e) {
            // not UTF-8, not base64: refused
        }
        return answer == null ? null : answer.getBytes(StandardCharsets.UTF_8);
    }

    /** {@code n,,n=user,r=nonce} */
    private String first(String text) {
        if (!text.startsWith("n,,") && !text.startsWith("y,,")) return null; // no channel binding, nobody else's name
        String[] parts = text.substring(3).split(",", -1);
        if (parts.length < 2 || !parts[0].startsWith("n=") || !parts[1].startsWith("r=") || parts[1].length() < 10) return null;
        header = text.substring(0, 3);
        user = parts[0].substring(2).replace("=2C", ",").replace("=3D", "=");
        if (!control.guard.may(info, user)) return tryLater();
        byte[] own = new byte[NONCE];
        control.guard.random.nextBytes(own);
        nonce = parts[1].substring(2) + base64(own);
        hash = control.scramOf(user);
        String challenge = "r=" + nonce + ",s=" + base64(hash.salt) + ",i=" + hash.iterations;
        authMessage = text.substring(3) + "," + challenge + ",";
        return challenge;
    }

    /** {@code c=header,r=nonce,p=proof} */
    private String last(String text) {
        int end = text.lastIndexOf(",p=");
        String without = "c=" + base64(header.getBytes(StandardCharsets.UTF_8)) + ",r=" + nonce;
        if (end < 0 || !text.substring(0, end).equals(without)) return null;
        authMessage += without;
        LoginGuard.Booking booking = control.guard.book(info, user); // many exchanges may have begun before the first of them failed
        if (booking == null) return tryLater();
        if (!hash.proves(Base64.getDecoder().decode(text.substring(end + 3)), authMessage)) return null;
        booking.giveBack();
        Login proved = new Login(info, user, hash);
        if (!stands.test(proved)) return null;
        control.guard.right(info, user);
        login = proved;
        return "v=" + base64(hash.serverSignature(authMessage));
    }

    private String tryLater() {
        refusal = Authenticator.Refusal.TRY_LATER;
        return null;
    }

    private static String base64(byte[] data) { return Base64.getEncoder().encodeToString(data); }
}
