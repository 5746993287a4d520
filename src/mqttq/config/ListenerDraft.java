package mqttq.config;

import java.util.ArrayList;
import java.util.List;

/** A listener while the file is read; null and -1 where it says nothing. */
final class ListenerDraft {
    final String where;
    int port;
    String host, unixPath, bindInterface;
    String protocol = "mqtt";
    ListenerSettings.Family family = ListenerSettings.Family.ANY;
    boolean mayFail;

    int maxConnections = -1, maxQos = 2, maxTopicAlias = 10, maxTopicAliasBroker = 10, protocolVersions = 1 << 3 | 1 << 4 | 1 << 5;
    String mountPoint;
    boolean useUserNameAsClientId, identityAsUserName, subjectAsUserName;
    final List<String> origins = new ArrayList<>();

    String caFile, caPath, certFile, keyFile, crlFile, tlsVersion;
    List<String> tls12Suites, tls13Suites;
    boolean requireCertificate, anyDate, ownCertificate;

    final SecurityDraft security = new SecurityDraft();
    Boolean allowAnonymous;
    String autoIdPrefix;

    ListenerDraft(String where, String host, int port) {
        this.where = where;
        this.host = host;
        this.port = port;
    }

    /** Access settings: of all listeners, or of one with {@code per_listener_settings}. */
    static final class SecurityDraft {
        String passwordFile, aclFile, autoIdPrefix;
        Boolean allowAnonymous, allowZeroLengthClientId;
    }

    /**
     * @param access what else decides about access: the draft's own, or that of all listeners
     * @param files the same for all listeners where {@code access} is
     */
    ListenerSettings build(SecurityDraft access, SecuritySettings files, boolean anonymousByDefault, int headerSize)
        throws ConfigException {
        boolean quic = protocol.equals("quic"), webSocket = protocol.equals("websockets");
        if (quic && unixPath != null) throw error("a quic listener cannot use a Unix-domain socket; give it a port.");
        if (!origins.isEmpty() && !webSocket) throw error("'websockets_origin' needs 'protocol websockets'.");
        TlsSettings tls = tls(quic);
        String transport = quic ? "quic" : webSocket ? tls == null ? "ws" : "wss" : tls == null ? "tcp" : "tls";
        boolean anonymous = allowAnonymous != null ? allowAnonymous : access.allowAnonymous != null ? access.allowAnonymous
            : anonymousByDefault;
        String prefix = autoIdPrefix != null ? autoIdPrefix : access.autoIdPrefix != null ? access.autoIdPrefix : "auto-";
        ListenerSettings.UserNameSource identity = identityAsUserName ? ListenerSettings.UserNameSource.COMMON_NAME
            : subjectAsUserName ? ListenerSettings.UserNameSource.SUBJECT : ListenerSettings.UserNameSource.CONNECT;
        return new ListenerSettings(transport, host, port, unixPath, bindInterface, family, mayFail,
            maxConnections, maxQos, maxTopicAlias, maxTopicAliasBroker, protocolVersions,
            anonymous, access.allowZeroLengthClientId == null || access.allowZeroLengthClientId, prefix, useUserNameAsClientId,
            identity, mountPoint, headerSize, List.copyOf(origins), tls, files, where);
    }

    private TlsSettings tls(boolean quic) throws ConfigException {
        if ((certFile == null) != (keyFile == null)) throw error("Both certfile and keyfile must be provided to enable a TLS listener.");
        if (certFile == null && !quic && !ownCertificate) {
            String alone = caFile != null ? "cafile" : caPath != null ? "capath" : crlFile != null ? "crlfile" : requireCertificate
                ? "require_certificate"
                : tlsVersion != null ? "tls_version" : tls12Suites != null ? "ciphers" : tls13Suites != null ? "ciphers_tls1.3" : null;
            if (alone != null) throw error("'" + alone + "' needs certfile and keyfile, which enable TLS.");
            return null;
        }
        if (requireCertificate && caFile == null && caPath == null) {
            throw error("'require_certificate true' needs cafile or capath, to check client certificates with.");
        }
        if (quic && tls12Suites != null) throw error("'ciphers' is for TLS 1.2, and QUIC has TLS 1.3 only; use ciphers_tls1.3.");
        return new TlsSettings(caFile, caPath, certFile, keyFile, crlFile, requireCertificate, anyDate,
            quic || "tlsv1.3".equals(tlsVersion) ? "TLSv1.3" : "TLSv1.2", tls12Suites, tls13Suites);
    }

    private ConfigException error(String text) { return new ConfigException(where + ": " + text); }
}
