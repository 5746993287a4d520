package mqttq.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;

/** One's own certificate chain and key, as a key manager for {@link TlsConfig} and for the JDK's TLS on TCP alike. Immutable; any thread. */
public abstract class Identity extends X509ExtendedKeyManager {
    Identity() { }

    /** Reads a PEM chain (leaf first) and its key; the two files may be the same. Fails where key and leaf do not belong together. */
    public static Identity ofPem(Path chain, Path key) throws IOException {
        throw new IOException();
    }

    public static Identity of(List<X509Certificate> chain, PrivateKey key) {
        throw new IllegalStateException();
    }
}
