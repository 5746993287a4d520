package mqttq.tls;

import java.security.AlgorithmConstraints;
import java.security.CryptoPrimitive;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Set;

/** Signature schemes (RFC 9846 §4.2.3), best first as we offer them. The PKCS #1 ones are for signatures inside certificates only. */
enum SignatureScheme {
    ECDSA_SECP256R1_SHA256(0x0403, "EC", "SHA256withECDSA", 256, null),
    ED25519(0x0807, "EdDSA", "Ed25519", 0, null),
    ECDSA_SECP384R1_SHA384(0x0503, "EC", "SHA384withECDSA", 384, null),
    RSA_PSS_RSAE_SHA256(0x0804, "RSA", "RSASSA-PSS", 32, MGF1ParameterSpec.SHA256),
    RSA_PSS_RSAE_SHA384(0x0805, "RSA", "RSASSA-PSS", 48, MGF1ParameterSpec.SHA384),
    RSA_PSS_RSAE_SHA512(0x0806, "RSA", "RSASSA-PSS", 64, MGF1ParameterSpec.SHA512),
    RSA_PKCS1_SHA256(0x0401, null, "SHA256withRSA", 0, null),
    RSA_PKCS1_SHA384(0x0501, null, "SHA384withRSA", 0, null),
    RSA_PKCS1_SHA512(0x0601, null, "SHA512withRSA", 0, null);

    private static final SignatureScheme[] ALL = values();
    private static final EnumSet<CryptoPrimitive> SIGNATURE = EnumSet.of(CryptoPrimitive.SIGNATURE);

    /** The value on the wire. */
    final int id;
    /** The JCA key algorithm, as key managers know it; null where it may not sign handshakes. */
    final String keyType;
    /** The JCA name of the signature. */
    final String jca;
    /** EC: bits of the curve's field; RSA: bytes of hash and salt. */
    private final int size;
    private final MGF1ParameterSpec mgf;

    SignatureScheme(int id, String keyType, String jca, int size, MGF1ParameterSpec mgf) {
        this.id = id;
        this.keyType = keyType;
        this.jca = jca;
        this.size = size;
        this.mgf = mgf;
    }

    /** The scheme with this wire value, or null. */
    static SignatureScheme of(int id) {
        for (SignatureScheme scheme : ALL) if (scheme.id == id) return scheme;
        return null;
    }

    /** JCA names of the known ones among these, as {@code ExtendedSSLSession} wants them. */
    static String[] jcaNames(int[] ids) {
        Set<String> names = new LinkedHashSet<>();
        for (int id : ids) {
            SignatureScheme scheme = of(id);
            if (scheme != null) names.add(scheme.jca);
        }
        return names.toArray(new String[0]);
    }

    /** The same for those that we accept. */
    static String[] jcaNames(AlgorithmConstraints constraints) {
        int[] ids = new int[ALL.length];
        for (int i = 0; i < ALL.length; i++) if (ALL[i].permitted(constraints, null)) ids[i] = ALL[i].id;
        return jcaNames(ids);
    }

    /** Writes the list that we accept: {@code signature_algorithms}. */
    static void writeAll(TlsWriter out, AlgorithmConstraints constraints) {
        int mark = out.open(2);
        for (SignatureScheme scheme : ALL) if (scheme.permitted(constraints, null)) out.u16(scheme.id);
        out.close(mark, 2);
    }

    /** Whether a handshake may be signed by this scheme with this key (private or public). */
    boolean fits(Key key, AlgorithmConstraints constraints) {
        if (keyType == null || !permitted(constraints, key)) return false;
        return switch (keyType) {
            case "EC" -> key instanceof ECKey ec && ec.getParams().getCurve().getField().getFieldSize() == size;
            case "RSA" -> key instanceof RSAKey rsa && "RSA".equals(key.getAlgorithm())
                && rsa.getModulus().bitLength() >= 8 * (2 * size + 2);
            default -> key instanceof EdECKey ed && NamedParameterSpec.ED25519.getName().equals(ed.getParams().getName());
        };
    }

    private boolean permitted(AlgorithmConstraints constraints, Key key) {
        return constraints == null || (key == null ? constraints.permits(SIGNATURE, jca, null)
            : constraints.permits(SIGNATURE, jca, key, null));
    }

    byte[] sign(PrivateKey key, SecureRandom random, byte[] content) throws GeneralSecurityException {
        Signature signature = signature();
        signature.initSign(key, random);
        signature.update(content);
        return signature.sign();
    }

    /** False also where the signature is malformed. */
    boolean verify(PublicKey key, byte[] content, byte[] signed) {
        try {
            Signature signature = signature();
            signature.initVerify(key);
            signature.update(content);
            return signature.verify(signed);
        } catch (GeneralSecurityException | RuntimeException e) {
            return false; // RuntimeException: what providers make of odd encodings
        }
    }

    private Signature signature() throws GeneralSecurityException {
        Signature signature = Signature.getInstance(jca);
        if (mgf != null) signature.setParameter(new PSSParameterSpec(mgf.getDigestAlgorithm(), "MGF1", mgf, size, 1));
        return signature;
    }
}
