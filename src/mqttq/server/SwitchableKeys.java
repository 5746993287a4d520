package mqttq.server;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import mqttq.tls.Identity;

/** An identity that can be replaced while handshakes run: an alias keeps to the identity that gave it. */
final class SwitchableKeys extends X509ExtendedKeyManager {
    private record Generation(int number, Identity identity, Identity before) { }

    private Generation now;

    SwitchableKeys(Identity identity) {
        now = new Generation(0, identity, null);
    }

    void use(Identity identity) {
        now = new Generation(now.number + 1, identity, now.identity);
    }

    Identity identity() {
        return now.identity;
    }

    private static String alias(Generation of, String alias) {
        return alias == null ? null : of.number + "/" + alias;
    }

    private Identity of(String alias) {
        Generation generation = now;
        return alias.startsWith(generation.number + "/") || generation.before == null ? generation.identity : generation.before;
    }

    private static String inner(String alias) {
        return alias.substring(alias.indexOf('/') + 1);
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        Generation generation = now;
        return alias(generation, generation.identity.chooseEngineServerAlias(keyType, issuers, engine));
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        return chooseEngineServerAlias(keyType, issuers, null);
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        String alias = chooseEngineServerAlias(keyType, issuers, null);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return of(alias).getCertificateChain(inner(alias));
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return of(alias).getPrivateKey(inner(alias));
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
        return null; // a listener is never a client
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return null;
    }
}
