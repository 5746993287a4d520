package mqttq.tls;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.XECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EllipticCurve;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import javax.crypto.KeyAgreement;

/** One ephemeral key pair of an (EC)DHE exchange (RFC 9846 §4.2.8.2, §7.4.2). Used for one connection only. */
final class KeyShare {
    final NamedGroup group;
    private final KeyPair pair;

    KeyShare(NamedGroup group, KeyPair pair) {
        this.group = group;
        this.pair = pair;
    }

    static KeyShare generate(NamedGroup group, SecureRandom random) {
        try {
            boolean x25519 = group == NamedGroup.X25519;
            KeyPairGenerator generator = KeyPairGenerator.getInstance(x25519 ? "XDH" : "EC");
            String curve = group == NamedGroup.SECP256R1 ? "secp256r1" : "secp384r1";
            generator.initialize(x25519 ? NamedParameterSpec.X25519 : new ECGenParameterSpec(curve), random);
            return new KeyShare(group, generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The public key as it goes on the wire. */
    byte[] publicBytes() {
        byte[] out = new byte[group.shareLength];
        if (group == NamedGroup.X25519) {
            put(((XECPublicKey) pair.getPublic()).getU(), out, 0, out.length);
            reverse(out);
        } else {
            ECPoint w = ((ECPublicKey) pair.getPublic()).getW();
            int size = out.length / 2;
            out[0] = 4;
            put(w.getAffineX(), out, 1, size);
            put(w.getAffineY(), out, 1 + size, size);
        }
        return out;
    }

    /** The shared secret with the peer's public key; illegal_parameter for one that is not on the curve or of small order. */
    byte[] agree(byte[] peer) throws TlsAlertException {
        if (peer.length != group.shareLength) throw invalid();
        try {
            KeyAgreement agreement = KeyAgreement.getInstance(group == NamedGroup.X25519 ? "XDH" : "ECDH");
            agreement.init(pair.getPrivate());
            agreement.doPhase(group == NamedGroup.X25519 ? x25519(peer) : ec(peer), true);
            byte[] shared = agreement.generateSecret();
            // RFC 9846 §7.4.2: an all-zero X25519 result means a point of small order
            int bits = 0;
            for (byte b : shared) bits |= b;
            if (bits == 0) throw invalid();
            return shared;
        } catch (GeneralSecurityException | IllegalStateException e) {
            throw invalid(); // the JDK, too, refuses a point of small order
        }
    }

    private static PublicKey x25519(byte[] peer) throws GeneralSecurityException {
        byte[] bigEndian = peer.clone();
        reverse(bigEndian);
        bigEndian[0] &= 0x7f; // RFC 7748 §5: the top bit is ignored
        return KeyFactory.getInstance("XDH").generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, bigEndian)));
    }

    /** RFC 9846 §4.2.8.2: checks the encoding, the range and the curve equation. */
    private PublicKey ec(byte[] peer) throws GeneralSecurityException, TlsAlertException {
        int size = peer.length / 2;
        if (peer[0] != 4) throw invalid();
        BigInteger x = new BigInteger(1, Arrays.copyOfRange(peer, 1, 1 + size));
        BigInteger y = new BigInteger(1, Arrays.copyOfRange(peer, 1 + size, peer.length));
        ECParameterSpec params = ((ECPublicKey) pair.getPublic()).getParams();
        EllipticCurve curve = params.getCurve();
        BigInteger p = ((ECFieldFp) curve.getField()).getP();
        BigInteger right = x.multiply(x).add(curve.getA()).multiply(x).add(curve.getB()).mod(p);
        if (x.compareTo(p) >= 0 || y.compareTo(p) >= 0 || !y.multiply(y).mod(p).equals(right)) throw invalid();
        return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(new ECPoint(x, y), params));
    }

    private TlsAlertException invalid() { return new TlsAlertException(Alert.ILLEGAL_PARAMETER, "invalid key share for " + group); }

    private static void put(BigInteger value, byte[] out, int offset, int size) {
        byte[] bytes = value.toByteArray();
        int skip = Math.max(0, bytes.length - size), n = bytes.length - skip;
        System.arraycopy(bytes, skip, out, offset + size - n, n);
    }

    private static void reverse(byte[] bytes) {
        for (int i = 0, j = bytes.length - 1; i < j; i++, j--) {
            byte swap = bytes[i];
            bytes[i] = bytes[j];
            bytes[j] = swap;
        }
    }
}
