package mqttq.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.X509ExtendedTrustManager;

/** The ready-made certificates of {@code pem/}, read once. */
final class Pems {
    static final Path DIR = Path.of("test/mqttq/tls/pem");
    private static final Map<String, Identity> IDENTITIES = new LinkedHashMap<>();
    private static final Map<String, X509Certificate> CERTIFICATES = new LinkedHashMap<>();
    private static X509ExtendedTrustManager trust;

    private Pems() { }

    static synchronized Identity identity(String name) {
        return IDENTITIES.computeIfAbsent(name, n -> {
            try {
                return Identity.ofPem(DIR.resolve(n + ".pem"),
                    DIR.resolve((n.contains("self-signed") || n.equals("expired") ? "ec256" : n) + ".key"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    static synchronized X509Certificate certificate(String name) {
        return CERTIFICATES.computeIfAbsent(name, n -> {
            try {
                return Pem.certificates(DIR.resolve(n + ".pem")).get(0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Trust in the CA that signed most of them. */
    static synchronized X509ExtendedTrustManager trust() {
        return trust != null ? trust : (trust = Trust.of(List.of(certificate("ca"))));
    }
}
