package mqttq.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;

/** The ready-made certificates of {@code pem/}, read once. */
final class Pems {
    static final Path DIR = Path.of("test/mqttq/tls/pem");
    private static final Map<String, Identity> IDENTITIES = new LinkedHashMap<>();

    private Pems() { }

    static synchronized Identity identity(String name) {
        return IDENTITIES.computeIfAbsent(name, n -> {
            try {
                return Identity.ofPem(DIR.resolve(n + ".pem"), DIR.resolve((n.contains("self-signed") || n.equals("expired") ? "ec256" : n) + ".key"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    static X509Certificate certificate(String name) {
        try {
            return Pem.certificates(DIR.resolve(name + ".pem")).get(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
