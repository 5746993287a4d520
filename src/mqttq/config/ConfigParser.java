package mqttq.config;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import mqttq.config.ListenerDraft.SecurityDraft;
import mqttq.wire.BrokerUrl;
import mqttq.wire.Values;

/** mosquitto.conf(5): what each key means. The one table of keys is {@link #take}. */
final class ConfigParser extends ConfigReader {
    /** Bits of {@link LogSettings#types}. */
    private static final List<String> LOG_TYPES = List.of("error", "warning", "notice", "information", "debug", "subscribe", "unsubscribe",
        "websockets");
    private static final int DEFAULT_LOG_TYPES = 0b1111, ALL_LOG_TYPES = 0b1111_1111;
    private static final int NO_PACKET_LIMIT = 268_435_460;

    private final List<String> warnings = new ArrayList<>();
    private final List<ListenerDraft> listeners = new ArrayList<>();
    private ListenerDraft listener, defaultListener;
    /** What Mosquitto 2.0 takes before any listener, for the default one. */
    private final ListenerDraft early = new ListenerDraft("", null, 0);
    private final SecurityDraft security = new SecurityDraft();
    private boolean perListener, accessSet;
    private String clientIdPrefix;
    private int headerSize = 4096;

    private final BrokerSettings broker = new BrokerSettings();

    private boolean persistence, autosaveOnChanges;
    private String persistenceFile, persistenceLocation;
    private int autosaveInterval = 1800;
    private PersistenceSettings.Sync sync = PersistenceSettings.Sync.ALWAYS;

    private boolean logDestSet, logStdout, logStderr, logTopic, logTimestamp = true;
    private String logFile, logTimestampFormat;
    private int logTypes = -1;

    private boolean retry, earlyData = true;
    private int idleTimeout = 120, maxStreams = 16;
    private final List<InetSocketAddress> preferredAddresses = new ArrayList<>();
    private String congestionControl = "cubic", qlogDirectory, keyLogFile, pidFile, user;

    static ServerSettings parse(StartOptions options) throws ConfigException {
        ConfigParser parser = new ConfigParser();
        if (options.configFile() != null) parser.readMain(options.configFile());
        return parser.build(options);
    }

    @Override void take() throws ConfigException {
        switch (key) {
            // access: of all listeners, or with per_listener_settings of one
            case "per_listener_settings" -> perListenerSettings();
            case "allow_anonymous" -> access().allowAnonymous = bool();
            case "allow_zero_length_clientid" -> access().allowZeroLengthClientId = bool();
            case "auto_id_prefix" -> access().autoIdPrefix = text(access().autoIdPrefix);
            case "password_file" -> access().passwordFile = text(access().passwordFile);
            case "acl_file" -> access().aclFile = text(access().aclFile);
            case "clientid_prefixes" -> clientIdPrefix = text(clientIdPrefix);

            // listeners
            case "listener" -> newListener();
            case "port" -> defaultListener().port = integer(0, 65535);
            case "bind_address" -> defaultListener().host = text(defaultListener().host);
            case "bind_interface" -> listener().bindInterface = text(listener().bindInterface);
            case "socket_domain" -> listener().family = choice("ipv4", "ipv6").equals("ipv4") ? ListenerSettings.Family.IPV4
                : ListenerSettings.Family.IPV6;
            case "protocol" -> protocol();
            case "accept_protocol_versions" -> protocolVersions();
            case "listener_allow_anonymous" -> listener().allowAnonymous = bool();
            case "listener_auto_id_prefix" -> listener().autoIdPrefix = text(listener().autoIdPrefix);
            case "max_connections" -> (listener == null ? early : listener).maxConnections = integer(-1, Integer.MAX_VALUE);
            case "max_qos", "maximum_qos" -> listener().maxQos = integer(0, 2);
            case "max_topic_alias" -> listener().maxTopicAlias = integer(0, 65535);
            case "max_topic_alias_broker" -> listener().maxTopicAliasBroker = integer(0, 65535);
            case "mount_point" -> mountPoint();
            case "use_username_as_clientid" -> listener().useUserNameAsClientId = bool();
            case "websockets_origin" -> listener().origins.add(text());
            case "packet_buffer_size", "websockets_headers_size" -> headerSize = Math.max(256, integer(0, 65535));

            // TLS of a listener
            case "cafile" -> listener().caFile = text(listener().caFile);
            case "capath" -> listener().caPath = text(listener().caPath);
            case "certfile" -> listener().certFile = text(listener().certFile);
            case "keyfile" -> listener().keyFile = text(listener().keyFile);
            case "crlfile" -> listener().crlFile = text(listener().crlFile);
            case "require_certificate" -> listener().requireCertificate = bool();
            case "use_identity_as_username" -> listener().identityAsUserName = bool();
            case "use_subject_as_username" -> listener().subjectAsUserName = bool();
            case "tls_version" -> listener().tlsVersion = choice("tlsv1.2", "tlsv1.3");
            case "tls_keyform" -> onlyDefault("pem", "keys come from PEM files");
            case "ciphers" -> listener().tls12Suites = suites(true);
            case "ciphers_tls1.3" -> listener().tls13Suites = suites(false);
            case "disable_client_cert_date_checks" -> listener().anyDate = bool();

            // the broker as a whole
            case "check_retain_source" -> broker.checkRetainSource = bool();
            case "max_inflight_messages" -> broker.maxInflightMessages = orMost(integer(0, 65535), 65_535);
            case "max_inflight_bytes" -> broker.maxInflightBytes = number(0, Long.MAX_VALUE);
            case "max_queued_messages" -> broker.maxQueuedMessages = integer(0, Integer.MAX_VALUE);
            case "max_queued_bytes" -> broker.maxQueuedBytes = number(0, Long.MAX_VALUE);
            case "max_keepalive" -> broker.maxKeepAlive = integer(0, 65535);
            case "max_packet_size" -> broker.maxPacketSize = integer(20, NO_PACKET_LIMIT);
            case "message_size_limit" -> broker.messageSizeLimit = integer(0, 268_435_455);
            case "memory_limit" -> broker.memoryLimit = number(0, Long.MAX_VALUE);
            case "queue_qos0_messages" -> broker.queueQos0Messages = bool();
            case "retain_available" -> broker.retainAvailable = bool();
            case "retain_expiry_interval" -> broker.retainExpiryInterval = orMost(integer(0, 1_000_000), 10);
            case "persistent_client_expiration" -> broker.persistentClientExpiration = duration();
            case "upgrade_outgoing_qos" -> broker.upgradeOutgoingQos = bool();
            case "set_tcp_nodelay" -> bool(); // always: a turn of the loop writes at once what belongs together
            case "sys_interval" -> broker.sysInterval = integer(0, 65535);
            case "global_max_clients" -> broker.maxClients = integer(-1, Integer.MAX_VALUE);
            case "global_max_connections" -> broker.maxConnections = integer(-1, Integer.MAX_VALUE);
            case "enable_control_api" -> onlyDefault("false", "there is no $CONTROL/broker API");

            // kept state, log, process
            case "persistence", "retained_persistence" -> persistence = bool();
            case "persistence_file" -> persistenceFile = text(persistenceFile);
            case "persistence_location" -> persistenceLocation = text(persistenceLocation);
            case "persistence_sync" -> sync = sync();
            case "autosave_interval" -> autosaveInterval = integer(0, Integer.MAX_VALUE);
            case "autosave_on_changes" -> autosaveOnChanges = bool();
            case "log_dest" -> logDestination();
            case "log_type" -> logTypes = logType();
            case "log_timestamp" -> logTimestamp = bool();
            case "log_timestamp_format" -> logTimestampFormat = text(logTimestampFormat);
            case "connection_messages" -> broker.connectionMessages = bool();
            case "pid_file" -> pidFile = text(pidFile);
            case "user" -> user = text(user);

            // mqttq's own
            case "max_connections_per_address" -> broker.maxConnectionsPerAddress = integer(-1, Integer.MAX_VALUE);
            case "max_connect_rate" -> broker.maxConnectRate = integer(0, 1_000_000);
            case "max_handshakes" -> broker.maxHandshakes = integer(4, 1_000_000);
            case "max_connect_packet_size" -> broker.maxConnectPacketSize = integer(100, NO_PACKET_LIMIT);
            case "max_subscriptions" -> broker.maxSubscriptions = integer(0, Integer.MAX_VALUE);
            case "max_topic_levels" -> broker.maxTopicLevels = integer(1, 1000);
            case "max_retained_messages" -> broker.maxRetainedMessages = integer(0, Integer.MAX_VALUE);
            case "max_retained_backlog" -> broker.maxRetainedBacklog = integer(1, Integer.MAX_VALUE);
            case "max_subscription_bytes" -> broker.maxSubscriptionBytes = integer(0, Integer.MAX_VALUE);
            case "connect_timeout" -> broker.connectTimeout = integer(1, 3600);
            case "wildcard_subscriptions" -> broker.wildcardSubscriptions = bool();
            case "shared_subscriptions" -> broker.sharedSubscriptions = bool();
            case "subscription_identifiers" -> broker.subscriptionIdentifiers = bool();
            case "max_retained_bytes" -> broker.maxRetainedBytes = number(0, Long.MAX_VALUE);
            case "quic_retry" -> retry = bool();
            case "quic_idle_timeout" -> idleTimeout = integer(1, 86_400);
            case "quic_max_streams" -> maxStreams = integer(1, 1000);
            case "quic_early_data" -> earlyData = bool();
            case "quic_congestion_control" -> congestionControl = congestionControl();
            case "quic_preferred_address" -> preferredAddresses.add(preferredAddress());
            case "quic_qlog_dir" -> qlogDirectory = text(qlogDirectory);
            case "sslkeylogfile" -> keyLogFile = text(keyLogFile);

            // known, and not done
            case "plugin", "global_plugin", "plugin_load", "plugin_use", "auth_plugin", "auth_plugin_deny_special_chars" ->
                throw unsupported("plugins are written in C; password_file and acl_file, or client certificates, do without");
            case "psk_file", "psk_hint" -> throw unsupported("pre-shared keys are left out; use certfile and keyfile");
            case "tls_engine", "tls_engine_kpass_sha1" -> throw unsupported("keys come from PEM files");
            case "dhparamfile" -> throw unsupported("the JDK brings its own DH groups; remove the line");
            case "http_dir" -> throw unsupported("files are not served; use a web server");
            case "enable_proxy_protocol" -> throw unsupported("let clients connect directly");
            case "proxy_protocol_v2_require_tls", "mptcp" -> onlyDefault("false", "remove the line");
            case "admin_listeners_only" -> onlyDefault("false", "remove the line");
            case "websockets_log_level", "log_facility", "retry_interval", "store_clean_interval",
                "trace_level" -> number(0, Integer.MAX_VALUE);
            case "allow_duplicate_messages" -> bool();
            case "connection", "address", "addresses", "topic", "clientid", "remote_clientid", "username", "remote_username", "password",
                "remote_password", "local_clientid", "local_username", "local_password", "cleansession", "local_cleansession",
                "keepalive_interval", "idle_timeout", "threshold", "notifications", "notifications_local_only", "notification_topic",
                "restart_timeout", "round_robin", "start_type", "try_private" ->
                throw unsupported("there are no bridges yet; remove the section");
            default -> {
                if (key.startsWith("bridge_")) throw unsupported("there are no bridges yet; remove the section");
                if (key.startsWith("plugin_opt_") || key.startsWith("auth_opt_")) {
                    throw unsupported("plugins are written in C; remove the line");
                }
                throw error("Unknown configuration variable '" + key + "'; see mosquitto.conf(5).");
            }
        }
        switch (key) {
            case "per_listener_settings", "port", "bind_address", "maximum_qos", "clientid_prefixes", "auto_id_prefix",
                "retained_persistence",
                 "allow_duplicate_messages", "websockets_log_level", "log_facility", "retry_interval", "store_clean_interval",
                     "trace_level" -> deprecated();
            default -> { }
        }
    }

    private void perListenerSettings() throws ConfigException {
        perListener = broker.ownAccess = bool();
        if (accessSet || listener != null) {
            throw error("'per_listener_settings' must come before the first listener and the first access setting.");
        }
    }

    private SecurityDraft access() throws ConfigException {
        accessSet = true;
        return perListener ? listener().security : security;
    }

    private ListenerDraft listener() throws ConfigException {
        if (listener == null) {
            throw error("The '" + key + "' option requires a listener to be defined first: put it after a 'listener PORT' line.");
        }
        return listener;
    }

    private ListenerDraft defaultListener() {
        if (defaultListener == null) {
            defaultListener = new ListenerDraft(where(), null, 1883);
            defaultListener.maxConnections = early.maxConnections;
            listeners.add(defaultListener);
            if (listener == null) listener = defaultListener;
        }
        return defaultListener;
    }

    private void newListener() throws ConfigException {
        if (value.isEmpty()) throw error("Empty 'listener port' value in configuration.");
        int blank = value.indexOf(' ');
        String first = blank < 0 ? value : value.substring(0, blank), second = blank < 0 ? null : value.substring(blank + 1).trim();
        long port = Values.number(first);
        if (port < 0 || port > 65535) throw error("Invalid 'listener' port (" + first + "): it must be between 0 and 65535.");
        listener = new ListenerDraft(where(), second, (int) port);
        if (port == 0 && second != null && !Values.isAddress(second)) {
            listener.unixPath = second;
            listener.host = null;
        }
        listeners.add(listener);
    }

    private void protocol() throws ConfigException {
        if (text().equals("http_api")) throw unsupported("there is no HTTP API");
        listener().protocol = choice("mqtt", "websockets", "quic");
    }

    private void protocolVersions() throws ConfigException {
        int versions = 0;
        ListenerDraft of = listener();
        for (String version : text().split("[, ]+")) {
            if (!version.equals("3") && !version.equals("4") && !version.equals("5")) {
                throw invalid("a list of 3, 4 and 5, separated by commas");
            }
            versions |= 1 << version.charAt(0) - '0';
        }
        of.protocolVersions = versions;
    }

    private void mountPoint() throws ConfigException {
        ListenerDraft of = listener();
        String prefix = text(of.mountPoint);
        if (prefix.indexOf('+') >= 0 || prefix.indexOf('#') >= 0) {
            throw error("Invalid 'mount_point' value (" + prefix + "). Does it contain a wildcard character?");
        }
        of.mountPoint = prefix;
    }

    private List<String> suites(boolean tls12) throws ConfigException {
        ListenerDraft of = listener();
        if ((tls12 ? of.tls12Suites : of.tls13Suites) != null) throw error("Duplicate '" + key + "' value in configuration.");
        try {
            return tls12 ? CipherNames.tls12(text()) : CipherNames.tls13(text());
        } catch (IllegalArgumentException e) {
            throw error("Invalid '" + key + "' value (" + value + "): " + e.getMessage() + ".");
        }
    }

    private long duration() throws ConfigException {
        long seconds = Values.duration(text());
        if (seconds < 0) throw invalid("a number followed by s, h, d, w, m or y (seconds, hours, days, weeks, months, years)");
        return seconds;
    }

    private PersistenceSettings.Sync sync() throws ConfigException {
        return switch (choice("always", "interval", "never")) {
            case "always" -> PersistenceSettings.Sync.ALWAYS;
            case "never" -> PersistenceSettings.Sync.NEVER;
            default -> PersistenceSettings.Sync.INTERVAL;
        };
    }

    private String congestionControl() throws ConfigException {
        if (text().equals("bbr")) throw unsupported("use newreno or cubic");
        return choice("newreno", "cubic");
    }

    /** A literal address, so that nothing is looked up. */
    private InetSocketAddress preferredAddress() throws ConfigException {
        String rule = "ADDRESS:PORT, at most one of IPv4 and one of IPv6";
        int colon = text().lastIndexOf(':');
        long port = colon < 0 ? -1 : Values.number(value.substring(colon + 1));
        String host = colon < 0 ? "" : value.substring(0, colon);
        if (port < 1 || port > 65_535 || !host.matches("[0-9.]+|\\[[0-9a-fA-F:.]+]")) throw invalid(rule);
        InetSocketAddress address = new InetSocketAddress(host, (int) port);
        if (address.isUnresolved()) throw invalid(rule);
        for (InetSocketAddress other : preferredAddresses) {
            if (other.getAddress().getClass() == address.getAddress().getClass()) throw invalid(rule);
        }
        return address;
    }

    private void logDestination() throws ConfigException {
        logDestSet = true;
        int blank = text().indexOf(' ');
        switch (blank < 0 ? value : value.substring(0, blank)) {
            case "none" -> {
                logStdout = logStderr = logTopic = false;
                logFile = null;
            }
            case "stdout" -> logStdout = true;
            case "stderr" -> logStderr = true;
            case "topic" -> logTopic = true;
            case "file" -> {
                if (blank < 0) throw error("Empty 'log_dest file' value in configuration: name the file.");
                if (logFile != null) throw error("Duplicate 'log_dest file' value in configuration.");
                logFile = value.substring(blank + 1).trim();
            }
            case "syslog" ->
                throw unsupported("Java cannot reach the syslog socket; use 'log_dest stderr' under systemd, or 'log_dest file PATH'");
            case "dlt", "android" -> throw unsupported("use stderr, stdout, topic or file");
            default -> throw invalid("one of none, stdout, stderr, topic, file PATH");
        }
    }

    private int logType() throws ConfigException {
        int before = Math.max(0, logTypes);
        switch (text()) {
            case "none":
                return 0;
            case "all":
                return ALL_LOG_TYPES;
            default:
                int type = LOG_TYPES.indexOf(value);
                if (type < 0) throw invalid("one of " + String.join(", ", LOG_TYPES) + ", none, all");
                return before | 1 << type;
        }
    }

    /** 0 stands for {@code most}. */
    private static int orMost(int value, int most) { return value == 0 ? most : value; }

    /** For a key whose default value alone is supported. */
    private void onlyDefault(String supported, String why) throws ConfigException { if (!text().equals(supported)) throw unsupported(why); }

    private ConfigException unsupported(String remedy) {
        return error("'" + key + (key.equals("protocol") || key.equals("log_dest") || key.equals("quic_congestion_control")
            || key.equals("connection") ? " " + value : "") + "' is not supported: " + remedy + ".");
    }

    private void deprecated() {
        String instead = switch (key) {
            case "port", "bind_address" -> "use 'listener' instead";
            case "maximum_qos" -> "use 'max_qos' instead";
            case "per_listener_settings" -> "use 'listener_allow_anonymous' and 'listener_auto_id_prefix' where they are enough";
            case "clientid_prefixes" -> "use acl_file instead";
            case "auto_id_prefix" -> "use 'listener_auto_id_prefix' instead";
            case "retained_persistence" -> "use 'persistence' instead";
            case "allow_duplicate_messages" -> "a client gets each message once, however many of its subscriptions match";
            default -> "it has no effect; remove the line";
        };
        warnings.add("Warning: " + where() + ": '" + key + "' is deprecated: " + instead + ".");
    }

    private ServerSettings build(StartOptions options) throws ConfigException {
        for (String url : options.listen()) listeners.add(ofUrl(url));
        boolean localOnly = listeners.isEmpty();
        if (localOnly) {
            if (options.ports().isEmpty()) loopbackListeners(14567, 1883);
            for (int port : options.ports()) loopbackListeners(port, port);
        } else if (!options.ports().isEmpty()) {
            warnings.add("Warning: -p " + options.ports().get(0) + " is ignored, since listeners are configured.");
        }
        if (options.allowAnonymous()) security.allowAnonymous = true;
        if (user != null && !user.equals(System.getProperty("user.name"))) {
            warnings.add("Warning: 'user " + user + "' has no effect: Java cannot change its user; start mqttq as " + user + ".");
        }

        SecuritySettings shared = new SecuritySettings(security.passwordFile, security.aclFile, clientIdPrefix);
        List<ListenerSettings> built = new ArrayList<>();
        for (ListenerDraft draft : listeners) {
            if (draft.useUserNameAsClientId && clientIdPrefix != null) {
                throw new ConfigException(draft.where
                    + ": 'use_username_as_clientid' and 'clientid_prefixes' cannot be used together; remove one.");
            }
            SecurityDraft own = perListener ? draft.security : security;
            SecuritySettings files = perListener ? new SecuritySettings(own.passwordFile, own.aclFile, clientIdPrefix) : shared;
            built.add(draft.build(own, files, localOnly || options.allowAnonymous(), headerSize));
        }
        String data = options.data() != null ? options.data() : StartOptions.defaultDataDirectory();
        String place = persistenceLocation != null ? persistenceLocation : data;
        String journal = (place.endsWith("/") ? place : place + "/") + (persistenceFile == null ? "journal" : persistenceFile + ".journal");
        int types = options.quiet() ? 0 : options.verbose() ? ALL_LOG_TYPES : logTypes < 0 ? DEFAULT_LOG_TYPES : logTypes;
        return new ServerSettings(List.copyOf(built), localOnly,
            broker,
            new PersistenceSettings(options.configFile() == null || persistence, journal, sync, autosaveInterval, autosaveOnChanges),
            new LogSettings(logStdout, logDestSet ? logStderr : true, logTopic, logFile, types, logTimestamp, logTimestampFormat),
            new QuicSettings(retry, idleTimeout, maxStreams, earlyData, congestionControl, qlogDirectory, List.copyOf(preferredAddresses)),
            data, pidFile, options.keyLogFile() != null ? options.keyLogFile() : keyLogFile != null ? keyLogFile
                : environment("SSLKEYLOGFILE"), List.copyOf(warnings));
    }

    /** One listener of {@code --listen}: with TLS it shows the certificate that the broker made for itself. */
    private static ListenerDraft ofUrl(String text) throws ConfigException {
        BrokerUrl url;
        try {
            url = BrokerUrl.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("--listen: " + e.getMessage());
        }
        if (url.userName() != null || url.topic() != null && !url.topic().isEmpty()) {
            throw new ConfigException("--listen " + BrokerUrl.shown(text) + ": an address to listen on has no user and no topic; write "
                + url.transport() + "://HOST:PORT.");
        }
        ListenerDraft draft = new ListenerDraft("--listen " + text, url.host(), url.port());
        switch (url.transport()) {
            case "quic" -> draft.protocol = "quic";
            case "ws", "wss" -> draft.protocol = "websockets";
            default -> { }
        }
        draft.ownCertificate = url.transport().equals("tls") || url.transport().equals("wss");
        return draft;
    }

    /** Local only mode: QUIC and TCP on both loopback addresses; ::1 may be missing. */
    private void loopbackListeners(int quic, int tcp) {
        for (String address : List.of("127.0.0.1", "::1")) {
            for (String protocol : List.of("quic", "mqtt")) {
                ListenerDraft draft = new ListenerDraft("local only mode", address, protocol.equals("quic") ? quic : tcp);
                draft.protocol = protocol;
                draft.maxConnections = early.maxConnections;
                draft.mayFail = address.equals("::1");
                listeners.add(draft);
            }
        }
    }

    static String environment(String name) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? null : value;
    }
}
