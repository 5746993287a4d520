package mqttq.config;

import java.util.ArrayList;
import java.util.List;

/**
 * TLS of one listener, or of a bridge.
 * @param caFile PEM file of certificates that are trusted to sign the peer's, or null
 * @param caPath directory of such files, or null
 * @param certFile PEM chain, leaf first, or null: the certificate that the broker made for itself
 * @param keyFile PEM key, or null together with {@code certFile}
 * @param crlFile PEM file of revocation lists, or null
 * @param requireCertificate whether a client must show one
 * @param anyDate whether the client's may have expired, or not be valid yet
 * @param minimumVersion "TLSv1.2" or "TLSv1.3"
 * @param tls12Suites allowed cipher suites of TLS 1.2, JSSE's names, best first; null for the JDK's
 * @param tls13Suites those of TLS 1.3; null for all
 */
public record TlsSettings(String caFile, String caPath, String certFile, String keyFile, String crlFile, boolean requireCertificate,
    boolean anyDate,
                          String minimumVersion, List<String> tls12Suites, List<String> tls13Suites) {
    /**
     * Both versions' suites for the JDK's TLS, where the settings name some of either: the other's are then all that keep forward secrecy.
     * Null for the JDK's own.
     */
    public List<String> suites() {
        if (tls12Suites == null && tls13Suites == null) return null;
        List<String> suites = new ArrayList<>(tls13Suites != null ? tls13Suites : CipherNames.TLS13);
        suites.addAll(tls12Suites != null ? tls12Suites : CipherNames.tls12("ECDHE:DHE"));
        return suites;
    }
}
