package mqttq.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Base64;
import org.junit.jupiter.api.Test;

class ScramTest {
    private static final String NONCE = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

    @Test
    void theExampleOfRfc7677Holds() {
        check(Scram.SHA_256, "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    /** Computed from RFC 5802 by another program, with the same words. */
    @Test
    void theSameWithSha512() {
        check(Scram.SHA_512,
            "gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==",
            "ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw==");
    }

    @Test
    void whatIsNoChallengeIsRefused() {
        Scram scram = new Scram(Scram.SHA_512, "user", new byte[0], new byte[18]);
        String said = assertThrows(IllegalArgumentException.class, () -> scram.challenge("r=x,s=AA==,i=4096".getBytes())).getMessage();
        assertEquals("not a challenge of SCRAM-SHA-512", said);
    }

    private static void check(String mechanism, String proof, String signature) {
        Scram scram = new Scram(mechanism, "user", "pencil".getBytes(), Base64.getDecoder().decode("rOprNGfwEbeRWgbNEkqO"));
        assertEquals("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", new String(scram.first()));
        scram.challenge(("r=" + NONCE + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096").getBytes());
        scram.compute();
        byte[] right = ("v=" + signature).getBytes();
        assertFalse(scram.isProvedBy(right), "before the client's own proof");
        assertEquals("c=biws,r=" + NONCE + ",p=" + proof, new String(scram.proof()));
        assertTrue(scram.isProvedBy(right));
        assertFalse(scram.isProvedBy(("v=7" + signature.substring(1)).getBytes()));
        assertFalse(scram.isProvedBy(null));
    }
}
