package mqttq.tls;

import java.io.ByteArrayInputStream;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.PKIXReason;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Certificate chains on the wire (RFC 9846 §4.4.2), and what a refusal is called. */
final class Certificates {
    private Certificates() { }

    /** Reads a certificate_list to its end: leaf first, empty if there is none. */
    static X509Certificate[] read(byte[] buf, TlsReader in, long offered) throws TlsAlertException {
        List<X509Certificate> chain = new ArrayList<>();
        TlsReader list = in.vector(3, 0);
        while (list.hasMore()) {
            byte[] der = list.vector(3, 1).rest();
            Extensions.read(buf, list, Extensions.CT, offered);
            if (chain.size() == TlsLimits.CHAIN_CERTIFICATES) {
                throw new TlsAlertException(Alert.BAD_CERTIFICATE, "more than " + TlsLimits.CHAIN_CERTIFICATES + " certificates");
            }
            chain.add(parse(der));
        }
        return chain.toArray(new X509Certificate[0]);
    }

    static X509Certificate parse(byte[] der) throws TlsAlertException {
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            X509Certificate certificate = (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
            if (certificate != null && certificate.getEncoded().length == der.length) {
                certificate.getPublicKey();
                return certificate;
            }
        } catch (CertificateException | RuntimeException e) {
            // RuntimeException: what the JDK's parser makes of some damaged encodings
        }
        throw new TlsAlertException(Alert.BAD_CERTIFICATE, "damaged certificate");
    }

    /** Writes the certificate_list, without extensions. */
    static void write(TlsWriter out, X509Certificate[] chain) throws CertificateEncodingException {
        int list = out.open(3);
        for (X509Certificate certificate : chain) out.vector(3, certificate.getEncoded()).u16(0);
        out.close(list, 3);
    }

    /** Bytes of all certificates together; 0 for null. */
    static int length(X509Certificate[] chain) {
        int length = 0;
        try {
            if (chain != null) for (X509Certificate certificate : chain) length += certificate.getEncoded().length;
            return length;
        } catch (CertificateEncodingException e) {
            return Integer.MAX_VALUE;
        }
    }

    /** The alert and one line for a chain that the trust manager refused (RFC 9846 §6.2). */
    static TlsAlertException refused(X509Certificate leaf, Exception refusal) {
        Alert alert = Alert.BAD_CERTIFICATE; // no cause: it does not name the host
        Throwable last = refusal;
        for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
            last = cause;
            alert = alertFor(cause, alert);
        }
        return new TlsAlertException(alert, "certificate of " + printable(leaf.getSubjectX500Principal().getName()) + " refused: "
            + printable(last.getMessage()));
    }

    /** What a stranger wrote, fit for one line of a log. */
    private static String printable(String text) {
        if (text == null) return "no reason given";
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length() && i < 200; i++) out.append(text.charAt(i) < ' ' || text.charAt(i) > '~' ? '?' : text.charAt(i));
        return out.toString();
    }

    private static Alert alertFor(Throwable cause, Alert before) {
        if (cause instanceof CertificateExpiredException || cause instanceof CertificateNotYetValidException) {
            return Alert.CERTIFICATE_EXPIRED;
        }
        if (cause instanceof CertPathBuilderException) return Alert.UNKNOWN_CA;
        if (!(cause instanceof CertPathValidatorException invalid)) return before;
        CertPathValidatorException.Reason reason = invalid.getReason();
        if (reason == BasicReason.EXPIRED || reason == BasicReason.NOT_YET_VALID) return Alert.CERTIFICATE_EXPIRED;
        if (reason == BasicReason.REVOKED) return Alert.CERTIFICATE_REVOKED;
        if (reason == PKIXReason.NO_TRUST_ANCHOR) return Alert.UNKNOWN_CA;
        if (reason == BasicReason.INVALID_SIGNATURE || reason == BasicReason.ALGORITHM_CONSTRAINED) return Alert.BAD_CERTIFICATE;
        return Alert.CERTIFICATE_UNKNOWN;
    }
}
