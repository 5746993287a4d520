package mqttq.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** Reads PEM files: certificate chains, and private keys as PKCS#8, PKCS#1 (RSA) or SEC1 (EC). Errors are one line that names the file. */
public final class Pem {
    private static final String BEGIN = "-----BEGIN ", END = "-----END ", DASHES = "-----";
    /** The OIDs 1.2.840.113549.1.1.1, 1.2.840.10045.2.1 and 1.3.101.112, as DER. */
    private static final byte[] RSA = hex("06092a864886f70d010101"), EC = hex("06072a8648ce3d0201"), ED25519 = hex("06032b6570");

    private Pem() { }

    /** All certificates of the file, in its order; at least one. */
    public static List<X509Certificate> certificates(Path file) throws IOException {
        List<X509Certificate> found = certificates(read(file), file.toString());
        if (found.isEmpty()) throw new IOException(file + ": no certificate in it (a PEM file with -----BEGIN CERTIFICATE----- is needed)");
        return found;
    }

    /** All certificates of a PEM text, maybe none; {@code name} is for errors. */
    public static List<X509Certificate> certificates(String text, String name) throws IOException {
        List<X509Certificate> found = new ArrayList<>();
        for (Block block : blocks(text, name)) {
            if (!block.label.equals("CERTIFICATE") && !block.label.equals("X509 CERTIFICATE")) continue;
            try {
                found.add((X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(block.der)));
            } catch (CertificateException e) {
                throw new IOException(name + ": certificate " + (found.size() + 1) + " is damaged: " + e.getMessage());
            }
        }
        return found;
    }

    /** The first private key of the file: RSA, EC or Ed25519, not encrypted. */
    public static PrivateKey privateKey(Path file) throws IOException { return privateKey(read(file), file.toString()); }

    /** The first private key of a PEM text; {@code name} is for errors. */
    public static PrivateKey privateKey(String text, String name) throws IOException {
        byte[] curve = null;
        for (Block block : blocks(text, name)) {
            if (block.encrypted || block.label.equals("ENCRYPTED PRIVATE KEY")) {
                throw new IOException(name + ": the private key is encrypted; make one that is not: openssl pkey -in " + name
                    + " -out plain.key");
            }
            switch (block.label) {
                case "EC PARAMETERS" -> curve = block.der;
                case "PRIVATE KEY" -> {
                    return key(block.der, name);
                }
                case "RSA PRIVATE KEY" -> {
                    return key(pkcs8(der(0x30, RSA, new byte[] {5, 0}), block.der), name);
                }
                case "EC PRIVATE KEY" -> {
                    byte[] inside = curveOf(block.der);
                    if (inside == null && curve == null) throw new IOException(name + ": the EC private key does not say its curve");
                    return key(pkcs8(der(0x30, EC, inside != null ? inside : curve), block.der), name);
                }
                default -> { }
            }
        }
        throw new IOException(name + ": no private key in it (a PEM file with -----BEGIN PRIVATE KEY----- is needed)");
    }

    static String read(Path file) throws IOException {
        try {
            if (Files.size(file) > TlsLimits.PEM_FILE) throw new IOException(file + ": too large for a PEM file");
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": no such file");
        } catch (AccessDeniedException e) {
            throw new IOException(file + ": not readable for this user");
        }
    }

    private static PrivateKey key(byte[] pkcs8, String name) throws IOException {
        try {
            String algorithm = indexOf(pkcs8, RSA) >= 0 ? "RSA" : indexOf(pkcs8, EC) >= 0 ? "EC" : indexOf(pkcs8, ED25519) >= 0 ? "Ed25519"
                : null;
            if (algorithm == null) {
                throw new IOException(name + ": private key of an unknown kind (known: RSA, EC on P-256 or P-384, Ed25519)");
            }
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new IOException(name + ": the private key is damaged or of a kind that Java cannot use: " + e.getMessage());
        }
    }

    private record Block(String label, byte[] der, boolean encrypted) { }

    private static List<Block> blocks(String text, String name) throws IOException {
        List<Block> blocks = new ArrayList<>();
        for (int at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at)) {
            int labelEnd = text.indexOf(DASHES, at + BEGIN.length());
            String label = labelEnd < 0 ? "" : text.substring(at + BEGIN.length(), labelEnd);
            int end = labelEnd < 0 ? -1 : text.indexOf(END + label + DASHES, labelEnd);
            if (end < 0) throw new IOException(name + ": -----BEGIN " + label + "----- without its END");
            String body = text.substring(labelEnd + DASHES.length(), end);
            // RFC 1421 headers, as openssl writes them above encrypted keys
            int headers = body.lastIndexOf(": ");
            boolean encrypted = headers >= 0 && body.contains("ENCRYPTED");
            if (headers >= 0) body = body.substring(Math.max(body.indexOf("\n\n", headers), body.indexOf("\r\n\r\n", headers)) + 1);
            try {
                blocks.add(new Block(label, Base64.getMimeDecoder().decode(body), encrypted));
            } catch (IllegalArgumentException e) {
                throw new IOException(name + ": damaged base64 in " + label);
            }
            at = end;
        }
        return blocks;
    }

    // ---- the little DER that old key formats need (RFC 5208 around RFC 8017 appendix A.1.2 and RFC 5915)

    private static byte[] pkcs8(byte[] algorithm, byte[] key) { return der(0x30, new byte[] {2, 1, 0}, algorithm, der(4, key)); }

    /** The curve's OID with its tag, from element [0] of an ECPrivateKey; null if absent or damaged. */
    private static byte[] curveOf(byte[] sec1) {
        TlsReader in = new TlsReader(sec1, 0, sec1.length);
        try {
            in.u8();
            length(in);
            while (in.hasMore()) {
                int tag = in.u8();
                byte[] content = in.bytes(length(in));
                if (tag == 0xa0) return content;
            }
        } catch (TlsAlertException e) {
            return null;
        }
        return null;
    }

    private static int length(TlsReader in) throws TlsAlertException {
        int first = in.u8();
        return first < 0x80 ? first : first == 0x81 ? in.u8() : in.u16();
    }

    private static byte[] der(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) length += part.length;
        TlsWriter out = new TlsWriter(length + 4).u8(tag);
        if (length > 0xff) out.u8(0x82).u16(length);
        else if (length > 0x7f) out.u8(0x81).u8(length);
        else out.u8(length);
        for (byte[] part : parts) out.bytes(part);
        return out.toArray();
    }

    private static byte[] hex(String text) { return HexFormat.of().parseHex(text); }

    /** Where the algorithm's OID stands near the start, -1 if nowhere. */
    private static int indexOf(byte[] pkcs8, byte[] oid) {
        for (int i = 0; i + oid.length <= Math.min(pkcs8.length, 40); i++) {
            if (Arrays.equals(pkcs8, i, i + oid.length, oid, 0, oid.length)) return i;
        }
        return -1;
    }
}
