package mqttq.tls;

import java.security.AlgorithmConstraints;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** What one side of TLS is set up with; immutable, shared by all its connections. Built by {@link #builder}. */
public final class TlsConfig {
    /** Whether a server asks for a client certificate, and whether it insists. */
    public enum ClientAuth { NONE, WANT, NEED }

    final SecureRandom random;
    final LongSupplier epochMillis;
    final X509ExtendedKeyManager keyManager;
    final X509ExtendedTrustManager trustManager;
    final List<String> applicationProtocols;
    final String serverName;
    final boolean identifyEndpoint;
    final ClientAuth clientAuth;
    final List<CipherSuite> cipherSuites;
    final List<NamedGroup> groups, shares;
    final AlgorithmConstraints constraints;
    final TicketKeys ticketKeys;
    final Consumer<String> keyLog;
    /** What was asked for last, which sessions of many clients share. */
    private List<SNIServerName> lastNames = List.of();

    private TlsConfig(Builder from) {
        random = from.random;
        epochMillis = from.epochMillis;
        keyManager = from.keyManager;
        trustManager = from.trustManager;
        applicationProtocols = from.applicationProtocols;
        serverName = from.serverName;
        identifyEndpoint = from.identifyEndpoint;
        clientAuth = from.clientAuth;
        cipherSuites = from.cipherSuites;
        groups = from.groups;
        shares = from.shares;
        constraints = from.constraints;
        ticketKeys = from.ticketKeys;
        keyLog = from.keyLog;
        if (clientAuth != ClientAuth.NONE && trustManager == null) {
            throw new IllegalArgumentException("client certificates need a trust manager");
        }
        if (!groups.containsAll(shares)) throw new IllegalArgumentException("a key share for a group that is not offered");
    }

    /** Which tickets of {@link Builder#ticketKeys} have brought 0-RTT, wherever that was. */
    public UsedTickets usedTickets() { return ticketKeys.used; }

    List<SNIServerName> names(SNIServerName one) {
        if (one == null) return List.of();
        if (!lastNames.contains(one)) lastNames = List.of(one);
        return lastNames;
    }

    /**
     * @param random      the only source of randomness: hello randoms, key shares, signatures, tickets
     * @param epochMillis wall-clock milliseconds since 1970, for the age of tickets only
     */
    public static Builder builder(SecureRandom random, LongSupplier epochMillis) { return new Builder(random, epochMillis); }

    /** Defaults: no identity, no trust (a client must be given trust), all suites and groups, a share for X25519 only. */
    public static final class Builder {
        private final SecureRandom random;
        private final LongSupplier epochMillis;
        private X509ExtendedKeyManager keyManager;
        private X509ExtendedTrustManager trustManager;
        private List<String> applicationProtocols = List.of();
        private String serverName;
        private boolean identifyEndpoint = true;
        private ClientAuth clientAuth = ClientAuth.NONE;
        private List<CipherSuite> cipherSuites =
            List.of(CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_AES_256_GCM_SHA384, CipherSuite.TLS_CHACHA20_POLY1305_SHA256);
        private List<NamedGroup> groups = List.of(NamedGroup.X25519, NamedGroup.SECP256R1, NamedGroup.SECP384R1);
        private List<NamedGroup> shares = List.of(NamedGroup.X25519);
        private AlgorithmConstraints constraints;
        private TicketKeys ticketKeys;
        private Consumer<String> keyLog;

        private Builder(SecureRandom random, LongSupplier epochMillis) {
            this.random = random;
            this.epochMillis = epochMillis;
        }

        /** The own certificates: needed by a server, asked of a client only if the server wants one. See {@link Identity}. */
        public Builder keyManager(X509ExtendedKeyManager value) { keyManager = value; return this; }

        /** Who is believed; needed by a client, and by a server that wants client certificates. See {@link Trust}. */
        public Builder trustManager(X509ExtendedTrustManager value) { trustManager = value; return this; }

        /** ALPN names, best first, each 1 to 255 US-ASCII bytes; QUIC always negotiates one. */
        public Builder applicationProtocols(String... names) { applicationProtocols = List.of(names); return this; }

        /** Client: the name for SNI and certificate checks instead of the peer host; an IP address is checked but not sent. */
        public Builder serverName(String name) { serverName = name; return this; }

        /** Client: whether the certificate must name the host (default) or any that is trusted will do. */
        public Builder identifyEndpoint(boolean on) { identifyEndpoint = on; return this; }

        /** Server: whether it asks for a client certificate; WANT and NEED need a trust manager. */
        public Builder clientAuth(ClientAuth value) { clientAuth = value; return this; }

        /** Best first; a server follows its own order, so ChaCha20 first where the processor has no AES instructions. */
        public Builder cipherSuites(CipherSuite... bestFirst) { cipherSuites = List.of(bestFirst); return this; }

        /** Best first. */
        public Builder groups(NamedGroup... bestFirst) {
            groups = List.of(bestFirst);
            shares = groups.contains(NamedGroup.X25519) ? List.of(NamedGroup.X25519) : groups.subList(0, 1);
            return this;
        }

        /** Client: the groups for which a key share goes into the first ClientHello (may be none); call after {@link #groups}. */
        public Builder shares(NamedGroup... some) { shares = Arrays.asList(some.clone()); return this; }

        /** Further constraints on signature schemes and certificates, besides the JDK's own for TLS and paths; null for none. */
        public Builder constraints(AlgorithmConstraints value) { constraints = value; return this; }

        /** Server: seals session tickets; null (default): none are issued or taken. */
        public Builder ticketKeys(TicketKeys value) { ticketKeys = value; return this; }

        /** Takes lines in NSS key log format (SSLKEYLOGFILE); null (default): none are made. */
        public Builder keyLog(Consumer<String> sink) { keyLog = sink; return this; }

        /** @throws IllegalArgumentException where the settings contradict each other */
        public TlsConfig build() { return new TlsConfig(this); }
    }
}
