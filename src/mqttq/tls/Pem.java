package mqttq.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** Reads PEM files: certificate chains, and private keys as PKCS#8, PKCS#1 (RSA) or SEC1 (EC). Errors are one line that names the file. */
public final class Pem {
    private Pem() { }

    /** All certificates of the file, in its order; at least one. */
    public static List<X509Certificate> certificates(Path file) throws IOException {
        throw new IOException();
    }

    /** The first private key of the file: RSA, EC or Ed25519, not encrypted. */
    public static PrivateKey privateKey(Path file) throws IOException {
        throw new IOException();
    }
}
