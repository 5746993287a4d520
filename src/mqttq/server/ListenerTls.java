package mqttq.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CRL;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import mqttq.config.TlsSettings;
import mqttq.tls.Identity;
import mqttq.tls.Trust;

/** Key, trust and revocation lists of one listener with TLS, as last read. Loop thread. */
final class ListenerTls {
    /** What one reading of the files gave; {@code trust} is null where no client certificates are asked for. */
    record Content(TlsSettings settings, Identity identity, X509ExtendedTrustManager trust, Collection<? extends CRL> revoked) {
        Content with(Identity renewed) { return new Content(settings, renewed, trust, revoked); }
    }

    private Content content;

    ListenerTls(Content content) { this.content = content; }
    Content content() { return content; }
    void use(Content content) { this.content = content; }

    /**
     * Reads the files that the settings name. @param own the certificate that the broker made, for settings that name none @param
     * wallMillis the time
     */
    static Content read(TlsSettings settings, Identity own, LongSupplier wallMillis) throws IOException {
        try {
            Set<X509Certificate> anchors = new LinkedHashSet<>();
            if (settings.caFile() != null) anchors.addAll(Trust.certificates(Path.of(settings.caFile())));
            if (settings.caPath() != null) anchors.addAll(Trust.certificates(Path.of(settings.caPath())));
            Identity identity = settings.certFile() == null ? own
                : completed(Identity.ofPem(Path.of(settings.certFile()), Path.of(settings.keyFile())), anchors);
            if (!settings.requireCertificate()) return new Content(settings, identity, null, List.of());
            Collection<? extends CRL> lists = settings.crlFile() == null ? List.of() : revocationLists(Path.of(settings.crlFile()));
            X509ExtendedTrustManager trust = settings.anyDate() ? Trust.ofAnyDate(anchors, wallMillis) // and the lists when it connects
                : lists.isEmpty() ? Trust.of(anchors) : trust(anchors, lists, settings.crlFile());
            return new Content(settings, identity, trust, lists);
        } catch (InvalidPathException e) {
            throw new IOException(e.getInput() + ": " + e.getReason());
        }
    }

    /**
     * As OpenSSL in Mosquitto, adds the intermediate certificates that {@code certfile} lacks and {@code cafile} or {@code capath} has; no
     * root.
     */
    private static Identity completed(Identity identity, Set<X509Certificate> known) {
        List<X509Certificate> chain = new ArrayList<>(identity.chain());
        for (boolean more = true; more; ) {
            more = false;
            X509Certificate last = chain.get(chain.size() - 1);
            for (X509Certificate issuer : known) {
                if (chain.contains(issuer) || isSelfIssued(last) || isSelfIssued(issuer) || !issued(issuer, last)) continue;
                more = chain.add(issuer);
                break;
            }
        }
        return chain.size() == identity.chain().size() ? identity : Identity.of(chain, identity.getPrivateKey("0"));
    }

    private static boolean isSelfIssued(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }

    private static boolean issued(X509Certificate issuer, X509Certificate certificate) {
        try {
            if (!issuer.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) return false;
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Whether a certificate that a handshake once accepted still stands: sessions are resumed, and connections outlive a reload. */
    boolean admits(X509Certificate certificate) {
        for (CRL list : content.revoked) {
            if (list instanceof X509CRL crl && crl.getIssuerX500Principal().equals(certificate.getIssuerX500Principal())
                && crl.isRevoked(certificate)) {
                return false;
            }
        }
        return true;
    }

    private static Collection<? extends CRL> revocationLists(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends CRL> lists = CertificateFactory.getInstance("X.509").generateCRLs(in);
            if (lists.isEmpty()) {
                throw new IOException(file + ": no revocation list in it (a PEM file with -----BEGIN X509 CRL----- is needed)");
            }
            return lists;
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": no such file");
        } catch (GeneralSecurityException e) {
            throw new IOException(file + ": the revocation list is damaged: " + e.getMessage());
        }
    }

    /** As OpenSSL in Mosquitto: the client's own certificate must stand in no list, and its issuer's list must be there and in date. */
    private static X509ExtendedTrustManager trust(Set<X509Certificate> certificates, Collection<? extends CRL> lists, String name)
        throws IOException {
        try {
            Set<TrustAnchor> anchors = new LinkedHashSet<>();
            for (X509Certificate certificate : certificates) anchors.add(new TrustAnchor(certificate, null));
            PKIXRevocationChecker checker = (PKIXRevocationChecker) CertPathBuilder.getInstance("PKIX").getRevocationChecker();
            checker.setOptions(EnumSet.of(PKIXRevocationChecker.Option.ONLY_END_ENTITY, PKIXRevocationChecker.Option.PREFER_CRLS,
                PKIXRevocationChecker.Option.NO_FALLBACK));
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
            parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(new ArrayList<>(lists))));
            parameters.addCertPathChecker(checker);
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(new CertPathTrustManagerParameters(parameters));
            return Trust.of(certificates, (X509ExtendedTrustManager) factory.getTrustManagers()[0]);
        } catch (GeneralSecurityException e) {
            throw new IOException(name + ": " + e.getMessage());
        }
    }
}
