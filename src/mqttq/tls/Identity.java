package mqttq.tls;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * One's own certificate chains and keys (say an EC and an RSA one), as a key manager for {@link TlsConfig} and for the JDK's TLS on TCP
 * alike. Immutable; any thread.
 */
public final class Identity extends X509ExtendedKeyManager {
    private record Entry(String alias, X509Certificate[] chain, PrivateKey key) { }

    private final List<Entry> entries;

    private Identity(List<Entry> entries) { this.entries = List.copyOf(entries); }

    /** Reads a PEM chain (leaf first) and its key; the two files may be the same. Fails where key and leaf do not belong together. */
    public static Identity ofPem(Path chain, Path key) throws IOException {
        List<X509Certificate> certificates = Pem.certificates(chain);
        PrivateKey privateKey = Pem.privateKey(key);
        if (!belongTogether(certificates.get(0).getPublicKey(), privateKey)) {
            throw new IOException(key + ": not the key of the first certificate in " + chain);
        }
        return of(certificates, privateKey);
    }

    /** Leaf first. */
    public static Identity of(List<X509Certificate> chain, PrivateKey key) {
        return new Identity(List.of(new Entry("0", chain.toArray(new X509Certificate[0]), key)));
    }

    /** This and another; what fits the peer is used, this first. */
    public Identity and(Identity other) {
        List<Entry> all = new ArrayList<>(entries);
        for (Entry entry : other.entries) all.add(new Entry(Integer.toString(all.size()), entry.chain, entry.key));
        return new Identity(all);
    }

    /** The first chain, leaf first. */
    public List<X509Certificate> chain() { return List.of(entries.get(0).chain); }

    private static boolean belongTogether(PublicKey publicKey, PrivateKey key) {
        if (!publicKey.getAlgorithm().equals(key.getAlgorithm())) return false;
        if (publicKey instanceof RSAKey a && key instanceof RSAKey b) return a.getModulus().equals(b.getModulus());
        try {
            Signature signature = Signature.getInstance("EC".equals(key.getAlgorithm()) ? "SHA256withECDSA" : "Ed25519");
            signature.initSign(key);
            signature.update((byte) 1); // JDK 17 does not verify its own Ed25519 signature of an empty message
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update((byte) 1);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** The first of these key types; among equals one from an issuer the peer asked for, else any: the peer may still know better. */
    private String choose(String[] keyTypes, Principal[] issuers) {
        for (String type : keyTypes) {
            String any = null;
            for (Entry entry : entries) {
                if (!isOf(entry, type)) continue;
                if (issuers == null || issuers.length == 0 || issuedBy(entry, issuers)) return entry.alias;
                if (any == null) any = entry.alias;
            }
            if (any != null) return any;
        }
        return null;
    }

    private static boolean isOf(Entry entry, String type) {
        int suffix = type.indexOf('_'); // EC_RSA: an EC key, signed with RSA
        return entry.key.getAlgorithm().equals(suffix < 0 ? type : type.substring(0, suffix));
    }

    private static boolean issuedBy(Entry entry, Principal[] issuers) {
        List<Principal> asked = Arrays.asList(issuers);
        for (X509Certificate certificate : entry.chain) if (asked.contains(certificate.getIssuerX500Principal())) return true;
        return false;
    }

    private String[] aliases(String type) {
        List<String> aliases = new ArrayList<>();
        for (Entry entry : entries) if (isOf(entry, type)) aliases.add(entry.alias);
        return aliases.isEmpty() ? null : aliases.toArray(new String[0]);
    }

    private Entry entry(String alias) {
        for (Entry entry : entries) if (entry.alias.equals(alias)) return entry;
        return null;
    }

    /** Not a copy, which every connection would keep: not to be changed. */
    @Override public X509Certificate[] getCertificateChain(String alias) {
        Entry entry = entry(alias);
        return entry == null ? null : entry.chain;
    }

    @Override public PrivateKey getPrivateKey(String alias) {
        Entry entry = entry(alias);
        return entry == null ? null : entry.key;
    }

    @Override public String chooseEngineClientAlias(String[] keyTypes, Principal[] issuers, SSLEngine engine) {
        return choose(keyTypes, issuers);
    }

    @Override public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        return choose(new String[] {keyType}, issuers);
    }

    @Override public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) { return choose(keyTypes, issuers); }
    @Override public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        return choose(new String[] {keyType}, issuers);
    }
    @Override public String[] getClientAliases(String keyType, Principal[] issuers) { return aliases(keyType); }
    @Override public String[] getServerAliases(String keyType, Principal[] issuers) { return aliases(keyType); }
}
