package mqttq.tls;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Who is believed: trust managers for {@link TlsConfig} and for the JDK's TLS on TCP alike. Used on one thread. */
public final class Trust {
    private Trust() { }

    /** Believes what these certificates signed, and themselves, for any host name they carry. */
    public static X509ExtendedTrustManager of(Collection<X509Certificate> anchors) {
        return of(anchors, at(null, anchors));
    }

    /** As {@link #of(Collection)}, where {@code paths} finds the way to an anchor by rules of its own. */
    public static X509ExtendedTrustManager of(Collection<X509Certificate> anchors, X509ExtendedTrustManager paths) {
        return new AnyOf(new X509ExtendedTrustManager[] {paths}, Set.copyOf(anchors));
    }

    /** As {@link #of}, but also a certificate that has expired or is not valid yet. @param wallMillis the time, ms since 1970 */
    public static X509ExtendedTrustManager ofAnyDate(Collection<X509Certificate> anchors, LongSupplier wallMillis) {
        return new Checked() {
            @Override void check(X509Certificate[] chain, String authType, Object with, boolean server) throws CertificateException {
                long from = chain[0].getNotBefore().getTime(), to = chain[0].getNotAfter().getTime();
                ask(at(new Date(Math.max(from, Math.min(to, wallMillis.getAsLong()))), anchors), chain, authType, with, server);
            }

            @Override public X509Certificate[] getAcceptedIssuers() { return anchors.toArray(new X509Certificate[0]); }
        };
    }

    private static X509ExtendedTrustManager at(Date date, Collection<X509Certificate> anchors) {
        Set<TrustAnchor> set = new LinkedHashSet<>();
        for (X509Certificate anchor : anchors) set.add(new TrustAnchor(anchor, null));
        try {
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(set, new X509CertSelector());
            parameters.setRevocationEnabled(false);
            parameters.setDate(date);
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(new CertPathTrustManagerParameters(parameters));
            return pkix(factory);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("no usable certificate to trust", e);
        }
    }

    /** As {@link #of}, from a PEM file with one or more certificates, or from all files of a directory that hold PEM certificates. */
    public static X509ExtendedTrustManager ofPem(Path fileOrDirectory) throws IOException { return of(certificates(fileOrDirectory)); }

    /** The certificates of a PEM file, or of all files of a directory that hold some; at least one. */
    public static List<X509Certificate> certificates(Path fileOrDirectory) throws IOException {
        if (!Files.isDirectory(fileOrDirectory)) return Pem.certificates(fileOrDirectory);
        Path[] files;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(fileOrDirectory)) {
            List<Path> found = new ArrayList<>();
            for (Path entry : entries) if (Files.isRegularFile(entry) && Files.size(entry) <= TlsLimits.PEM_FILE) found.add(entry);
            files = found.toArray(new Path[0]);
        }
        Arrays.sort(files);
        Set<X509Certificate> found = new LinkedHashSet<>(); // a directory of hashed links names each twice
        for (Path file : files) found.addAll(Pem.certificates(Pem.read(file), file.toString()));
        if (found.isEmpty()) throw new IOException(fileOrDirectory + ": no PEM certificate in this directory");
        return new ArrayList<>(found);
    }

    /** The JDK's default roots, read at the first check and not before (80 to 120 ms). */
    public static X509ExtendedTrustManager defaultRoots() { return new DefaultRoots(); }

    /** The default roots and these: a peer is believed if either does. */
    public static X509ExtendedTrustManager defaultRootsAnd(Collection<X509Certificate> anchors) {
        return new AnyOf(new X509ExtendedTrustManager[] {of(anchors), new DefaultRoots()}, Set.of());
    }

    /** Believes anybody, as {@code --insecure} asks for. The peer still has to prove that it holds the key of its certificate. */
    public static X509ExtendedTrustManager insecure() {
        return new Checked() {
            @Override void check(X509Certificate[] chain, String authType, Object with, boolean server) { }
            @Override public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
        };
    }

    private static X509ExtendedTrustManager pkix(TrustManagerFactory factory) {
        for (TrustManager manager : factory.getTrustManagers()) if (manager instanceof X509ExtendedTrustManager pkix) return pkix;
        throw new IllegalStateException("no PKIX trust manager in this Java");
    }

    /** Six methods that are one: {@code with} is a socket, an engine, or null. */
    private abstract static class Checked extends X509ExtendedTrustManager {
        abstract void check(X509Certificate[] chain, String authType, Object with, boolean server) throws CertificateException;

        static void ask(X509ExtendedTrustManager manager, X509Certificate[] chain, String authType, Object with, boolean server)
            throws CertificateException {
            if (with instanceof SSLEngine engine) {
                if (server) manager.checkServerTrusted(chain, authType, engine);
                else manager.checkClientTrusted(chain, authType, engine);
            } else if (with instanceof Socket socket) {
                if (server) manager.checkServerTrusted(chain, authType, socket);
                else manager.checkClientTrusted(chain, authType, socket);
            } else if (server) {
                manager.checkServerTrusted(chain, authType);
            } else {
                manager.checkClientTrusted(chain, authType);
            }
        }

        @Override public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) throws CertificateException {
            check(chain, authType, engine, false);
        }

        @Override public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) throws CertificateException {
            check(chain, authType, engine, true);
        }

        @Override public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) throws CertificateException {
            check(chain, authType, socket, false);
        }

        @Override public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) throws CertificateException {
            check(chain, authType, socket, true);
        }

        @Override public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            check(chain, authType, null, false);
        }

        @Override public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            check(chain, authType, null, true);
        }
    }

    /** The first that believes decides; else the first's refusal stands. */
    private static final class AnyOf extends Checked {
        private final X509ExtendedTrustManager[] managers;
        private final Set<X509Certificate> anchors;

        AnyOf(X509ExtendedTrustManager[] managers, Set<X509Certificate> anchors) {
            this.managers = managers;
            this.anchors = anchors;
        }

        @Override void check(X509Certificate[] chain, String authType, Object with, boolean server) throws CertificateException {
            // the JDK does not look at the dates of a leaf that is itself an anchor
            if (chain.length > 0 && anchors.contains(chain[0])) chain[0].checkValidity();
            CertificateException refusal = null;
            for (X509ExtendedTrustManager manager : managers) {
                try {
                    ask(manager, chain, authType, with, server);
                    return;
                } catch (CertificateException e) {
                    if (refusal == null) refusal = e;
                }
            }
            throw refusal;
        }

        @Override public X509Certificate[] getAcceptedIssuers() {
            List<X509Certificate> all = new ArrayList<>();
            for (X509ExtendedTrustManager manager : managers) all.addAll(Arrays.asList(manager.getAcceptedIssuers()));
            return all.toArray(new X509Certificate[0]);
        }
    }

    private static final class DefaultRoots extends Checked {
        private X509ExtendedTrustManager roots;

        private X509ExtendedTrustManager roots() {
            if (roots != null) return roots;
            try {
                TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
                factory.init((KeyStore) null);
                roots = pkix(factory);
                return roots;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override void check(X509Certificate[] chain, String authType, Object with, boolean server) throws CertificateException {
            ask(roots(), chain, authType, with, server);
        }

        @Override public X509Certificate[] getAcceptedIssuers() { return roots().getAcceptedIssuers(); }
    }
}
