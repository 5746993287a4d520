package mqttq.auth;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import mqttq.wire.Digests;

/**
 * A server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding, names and passwords as they come (no SASLprep). Costs two
 * HMACs; whoever is unknown, or has no SCRAM password, is led to the end and refused there.
 */
final class ScramExchange implements Authenticator.Exchange {
    static final String METHOD = "SCRAM-SHA-256";
    private static final int MAX_MESSAGE = 4096, NONCE = 18;

    private final AccessControl control;
    private final ConnectInfo info;
    private String header, user, nonce, authMessage;
    private PasswordHash hash;
    private Login login;

    ScramExchange(AccessControl control, ConnectInfo info) {
        this.control = control;
        this.info = info;
    }

    @Override public Login login() { return login; }

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
        if (!control.guard.failures.may(info.address(), control.guard.clock.getAsLong())) return null;
        String[] parts = text.substring(3).split(",", -1);
        if (parts.length < 2 || !parts[0].startsWith("n=") || !parts[1].startsWith("r=") || parts[1].length() < 10) return null;
        header = text.substring(0, 3);
        user = parts[0].substring(2).replace("=2C", ",").replace("=3D", "=");
        byte[] own = new byte[NONCE];
        control.guard.random.nextBytes(own);
        nonce = parts[1].substring(2) + base64(own);
        PasswordHash found = control.passwordOf(user);
        hash = found != null && found.scram ? found : null;
        byte[] salt = hash != null ? hash.salt : Arrays.copyOf(Digests.hmac(control.guard.secret, user), PasswordHash.SALT_LENGTH);
        String challenge = "r=" + nonce + ",s=" + base64(salt) + ",i="
            + (hash != null ? hash.iterations : Math.max(4096, control.decoy().iterations));
        authMessage = text.substring(3) + "," + challenge + ",";
        return challenge;
    }

    /** {@code c=header,r=nonce,p=proof} */
    private String last(String text) {
        int end = text.lastIndexOf(",p=");
        String without = "c=" + base64(header.getBytes(StandardCharsets.UTF_8)) + ",r=" + nonce;
        if (end < 0 || !text.substring(0, end).equals(without)) return null;
        authMessage += without;
        if (hash == null || !hash.proves(Base64.getDecoder().decode(text.substring(end + 3)), authMessage)) {
            control.guard.failures.did(info.address(), control.guard.clock.getAsLong());
            return null;
        }
        login = new Login(info, user, hash);
        return "v=" + base64(hash.serverSignature(authMessage));
    }

    private static String base64(byte[] data) { return Base64.getEncoder().encodeToString(data); }
}
