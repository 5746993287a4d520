package mqttq.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.X509ExtendedTrustManager;

/** Who is believed: trust managers for {@link TlsConfig} and for the JDK's TLS on TCP alike. */
public final class Trust {
    private Trust() { }

    /** Believes what these certificates signed, and themselves, for any host name they carry. */
    public static X509ExtendedTrustManager of(Collection<X509Certificate> anchors) {
        throw new IllegalStateException();
    }

    /** As {@link #of}, from a PEM file with one or more certificates, or from all files of a directory that are PEM certificates. */
    public static X509ExtendedTrustManager ofPem(Path fileOrDirectory) throws IOException {
        throw new IOException();
    }

    /** The JDK's default roots, read at the first check and not before (80 to 120 ms). */
    public static X509ExtendedTrustManager defaultRoots() {
        throw new IllegalStateException();
    }

    /** The default roots and these: a peer is believed if either does. */
    public static X509ExtendedTrustManager defaultRootsAnd(Collection<X509Certificate> anchors) {
        throw new IllegalStateException();
    }

    /** Believes anybody, as {@code --insecure} asks for. The peer still has to prove that it holds the key of its certificate. */
    public static X509ExtendedTrustManager insecure() {
        throw new IllegalStateException();
    }
}
