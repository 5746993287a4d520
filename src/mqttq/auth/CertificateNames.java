package mqttq.auth;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Map;
import javax.security.auth.x500.X500Principal;

/** The user name that a client certificate stands for. */
final class CertificateNames {
    private static final Map<String, String> OPENSSL_NAMES = Map.of("1.2.840.113549.1.9.1", "emailAddress", "2.5.4.5", "serialNumber");

    private CertificateNames() { }

    /** The whole subject, most specific part first: {@code CN=client,OU=Production,O=Server,C=GB}; null where it is empty. */
    static String subject(X509Certificate certificate) {
        String name = certificate.getSubjectX500Principal().getName(X500Principal.RFC2253, OPENSSL_NAMES);
        return name.isEmpty() ? null : name;
    }

    /** The subject's first common name; null where there is none, or one with control characters. */
    static String commonName(X509Certificate certificate) {
        try {
            return commonName(certificate.getSubjectX500Principal().getEncoded());
        } catch (CharacterCodingException | RuntimeException e) {
            return null; // not DER that we can read: no name
        }
    }

    /** Name ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value } (RFC 5280 §4.1.2.4). */
    private static String commonName(byte[] der) throws CharacterCodingException {
        ByteBuffer names = element(ByteBuffer.wrap(der));
        while (names.hasRemaining()) {
            ByteBuffer set = element(names);
            while (set.hasRemaining()) {
                ByteBuffer attribute = element(set), type = element(attribute);
                if (type.remaining() != 3 || type.get() != 0x55 || type.get() != 4 || type.get() != 3) continue;
                Charset charset = switch (attribute.get(attribute.position())) {
                    case 0x1e -> StandardCharsets.UTF_16BE;
                    case 0x14 -> StandardCharsets.ISO_8859_1;
                    default -> StandardCharsets.UTF_8;
                };
                String name = charset.newDecoder().decode(element(attribute)).toString();
                for (int i = 0; i < name.length(); i++) if (Character.isISOControl(name.charAt(i))) return null;
                return name.isEmpty() ? null : name;
            }
        }
        return null;
    }

    /** The content of the next element; the JDK has checked the encoding. */
    private static ByteBuffer element(ByteBuffer in) {
        in.get();
        int length = in.get() & 0xff;
        if (length >= 0x80) {
            int bytes = length & 0x7f;
            for (length = 0; bytes > 0; bytes--) length = length << 8 | in.get() & 0xff;
        }
        ByteBuffer content = in.slice(in.position(), length);
        in.position(in.position() + length);
        return content;
    }
}
