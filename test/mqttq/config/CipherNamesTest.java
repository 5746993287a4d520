package mqttq.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.NoSuchAlgorithmException;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

class CipherNamesTest {
    @Test
    void namesBecomeThoseOfTheJdk() {
        assertEquals(List.of("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
                "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
            CipherNames.tls12("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-SHA384:DHE-RSA-CHACHA20-POLY1305"));
    }

    @Test
    void theJdkHasAllOfThem() throws NoSuchAlgorithmException {
        List<String> supported = List.of(SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites());
        for (String suite : CipherNames.tls12("ALL")) assertTrue(supported.contains(suite), suite);
        for (String suite : CipherNames.tls13("TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256")) assertTrue(supported.contains(suite), suite);
    }

    @Test
    void wordsSelectRemoveAndReorder() {
        List<String> all = CipherNames.tls12("DEFAULT:!aNULL:!eNULL:!LOW:!EXPORT:!SSLv2:@STRENGTH");
        assertEquals(21, all.size());
        List<String> modern = CipherNames.tls12("ECDHE+AESGCM:ECDHE+CHACHA20");
        assertEquals(6, modern.size());
        assertEquals("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", modern.get(5));
        assertFalse(CipherNames.tls12("HIGH:!kRSA:!SHA1").stream().anyMatch(s -> s.startsWith("TLS_RSA") || s.endsWith("_SHA")));
        assertEquals("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", CipherNames.tls12("ALL:+DHE").get(0));
        assertEquals(List.of("TLS_DHE_RSA_WITH_AES_256_CBC_SHA"), CipherNames.tls12("DHE-RSA-AES256-SHA:!AES128:HIGH:-ALL:DHE-RSA-AES256-SHA"));
    }

    @Test
    void whatTheJdkLacksIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> CipherNames.tls12("RC4-MD5"));
        assertThrows(IllegalArgumentException.class, () -> CipherNames.tls12("AES128-SHA"));
        assertThrows(IllegalArgumentException.class, () -> CipherNames.tls12("ALL:!ALL"));
        assertThrows(IllegalArgumentException.class, () -> CipherNames.tls13("TLS_AES_128_CCM_SHA256"));
        assertThrows(IllegalArgumentException.class, () -> CipherNames.tls13(""));
    }
}
