package mqttq.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import mqttq.client.core.ClientSettings;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.Topics;
import mqttq.wire.BrokerUrl;

/**
 * What {@code pub}, {@code sub} and {@code rr} are told: the options of mosquitto_pub, mosquitto_sub and mosquitto_rr, from an options file
 * and the command line.
 */
final class ClientOptions {
    enum Tool { PUB, SUB, RR, BENCH }

    /** Where the payload of {@code pub} comes from. */
    enum Source { NONE, MESSAGE, FILE, LINES, STDIN, NULL }

    private static final long NEVER_EXPIRES = 0xffff_ffffL;
    /** Of a payload, so that it fits a packet with any topic and properties there are. */
    private static final int LARGEST_PAYLOAD = 268_435_455 - 65_537;

    final Tool tool;
    String host = "localhost", transport, bindAddress, unixPath;
    int port = -1;
    boolean fallback;
    int fallbackPort = BrokerUrl.defaultPort("tls");
    ClientSettings.Streams streams = ClientSettings.Streams.SINGLE;
    String clientId, clientIdPrefix, userName;
    byte[] password;
    int keepAlive = 60, maxInflight = 20;
    ProtocolVersion version;
    boolean cleanStart = true;
    private long sessionExpiry = -1;
    int qos;
    boolean retain, debug, quiet;
    final List<String> topics = new ArrayList<>();
    final PropertyOptions properties = new PropertyOptions();

    Source source = Source.NONE;
    byte[] payload;
    private String file;
    int repeat = 1;
    long repeatDelay;
    String responseTopic;

    final List<String> filterOut = new ArrayList<>(), unsubscribe = new ArrayList<>();
    String format;
    int retainHandling = SubscriptionOptions.SEND;
    boolean verbose, noNewline, pretty, noRetained, messageRate, retainedOnly, retainAsPublished, removeRetained, exitAfterSubscribe;
    int count, randomFilter = 10_000;
    /** ns; 0: none. */
    long timeout;

    String willTopic;
    byte[] willPayload;
    int willQos;
    boolean willRetain, willQosGiven;

    String caFile, caPath, certFile, keyFile, alpn, tlsVersion, ciphers;
    boolean insecure, systemRoots, webSocket;

    ClientOptions(Tool tool) {
        this.tool = tool;
        version = tool == Tool.RR ? ProtocolVersion.MQTT_5 : ProtocolVersion.MQTT_3_1_1;
    }

    /** Parses a whole command line, after the options file of this command where there is one. */
    static ClientOptions parse(Tool tool, String[] args, Map<String, String> environment) throws UsageException {
        ClientOptions options = new ClientOptions(tool);
        if (!List.of(args).contains("-o")) options.optionsFile(environment);
        options.forget();
        Arguments rest = new Arguments(args);
        for (String option = rest.next(); option != null; option = rest.next()) options.take(option, rest);
        options.check();
        return options;
    }

    /** {@code $XDG_CONFIG_HOME/mqttq/pub}, else {@code ~/.config/mqttq/pub}: an option with its value a line. */
    private void optionsFile(Map<String, String> environment) throws UsageException {
        String base = environment.get("XDG_CONFIG_HOME"), home = environment.get("HOME");
        if (base == null || !base.startsWith("/")) base = home == null ? null : home + "/.config";
        if (base == null) return;
        Path path = Path.of(base, "mqttq", tool == Tool.PUB ? "pub" : tool == Tool.SUB ? "sub" : "rr");
        if (Files.isReadable(path)) optionsFile(path);
    }

    private void optionsFile(Path path) throws UsageException {
        List<String> lines;
        try {
            lines = Files.readAllLines(path);
        } catch (IOException e) {
            throw new UsageException("Error: Unable to read options file \"" + path + "\".");
        }
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) continue;
            int space = line.indexOf(' ');
            String option = space < 0 ? line : line.substring(0, space), value = space < 0 ? "" : line.substring(space + 1).strip();
            Arguments rest = value.isEmpty() ? new Arguments() : new Arguments(value);
            if (option.equals("-D") || option.equals("--property")) {
                rest = new Arguments(value.split(" +", value.contains("user-property") ? 4 : 3));
            }
            try {
                take(option, rest);
                if (rest.left() > 0) throw new UsageException("Error: Unknown option '" + option + "'.");
            } catch (UsageException e) {
                throw new UsageException(e.getMessage() + " (" + path + ", line " + (i + 1) + ")");
            }
        }
    }

    /** What a command line may only give once may be given by it again. */
    private void forget() { source = Source.NONE; }

    void take(String option, Arguments rest) throws UsageException {
        switch (option) {
            case "-h", "--host" -> host = rest.value(option, "host");
            case "-p", "--port" -> port = rest.number(option, "port", 1, 65535, "Invalid port given: $");
            case "--transport" -> transport = rest.value(option, "transport");
            case "--fallback" -> fallback = true;
            case "--fallback-port" -> {
                fallback = true;
                fallbackPort = rest.number(option, "port", 1, 65535, "Invalid port given: $");
            }
            case "--streams" -> streams = switch (rest.value(option, "distribution")) {
                case "single" -> ClientSettings.Streams.SINGLE;
                case "topic" -> ClientSettings.Streams.TOPIC;
                case "qos" -> ClientSettings.Streams.QOS;
                default -> throw new UsageException("Error: Invalid --streams argument given, it must be single, topic or qos.");
            };
            case "-L", "--url" -> url(rest.value(option, "URL"));
            case "-A" -> bindAddress = rest.value(option, "address");
            case "--unix" -> unixPath = rest.value(option, "socket path");
            case "-i", "--id" -> clientId = once(clientIdPrefix, rest.value(option, "id"));
            case "-I", "--id-prefix" -> clientIdPrefix = once(clientId, rest.value(option, "id prefix"));
            case "-u", "--username" -> userName = rest.value(option, "username");
            case "-P", "--pw" -> password = bytes(rest.value(option, "password"));
            case "-k", "--keepalive" -> keepAlive = rest.number(option, "keepalive", 5, 65535,
                "Invalid keepalive given, it must be between 5 and 65535 inclusive.");
            case "-M" -> maxInflight = rest.number(option, "max_inflight", 1, 60_000, "Maximum inflight messages must be greater than 0.");
            case "-V", "--protocol-version" -> version(rest.value(option, "version"));
            case "-c", "--disable-clean-session" -> cleanStart = false;
            case "-x", "--session-expiry-interval" -> sessionExpiry(rest.value(option, "session expiry interval"));
            case "-D", "--property" -> {
                properties.take(rest);
                version = ProtocolVersion.MQTT_5;
            }
            case "-o", "--options-file" -> optionsFile(Path.of(rest.value(option, "options file")));
            case "-q", "--qos" -> qos = rest.number(option, "QoS", 0, 2, "Invalid QoS given: $");
            case "-t", "--topic" -> topic(rest.value(option, "topic"));
            case "-d", "--debug" -> debug = true;
            case "--quiet" -> quiet = true;
            case "--will-topic" -> willTopic = topicName("will", rest.value(option, "will topic"));
            case "--will-payload" -> willPayload = bytes(rest.value(option, "will payload"));
            case "--will-qos" -> {
                willQos = rest.number(option, "will QoS", 0, 2, "Invalid will QoS $.");
                willQosGiven = true;
            }
            case "--will-retain" -> willRetain = true;
            case "--cafile" -> caFile = rest.value(option, "file");
            case "--capath" -> caPath = rest.value(option, "directory");
            case "--cert" -> certFile = rest.value(option, "file");
            case "--key" -> keyFile = rest.value(option, "file");
            case "--keyform" -> {
                if (!rest.value(option, "keyform").equals("pem")) {
                    throw new UsageException("Error: --keyform engine is not supported by mqttq.");
                }
            }
            case "--insecure" -> insecure = true;
            case "--ciphers" -> ciphers = rest.value(option, "ciphers");
            case "--tls-alpn" -> alpn = rest.value(option, "protocol");
            case "--tls-version" -> tlsVersion = rest.value(option, "version");
            case "--tls-use-os-certs" -> systemRoots = true;
            case "--no-tls" -> {
                caFile = caPath = certFile = keyFile = null;
                systemRoots = false;
            }
            case "--ws" -> webSocket = true;
            case "--nodelay" -> { }
            case "-S", "--mptcp", "-w", "--watch", "--psk", "--psk-identity", "--tls-engine", "--tls-engine-kpass-sha1", "--proxy" ->
                throw new UsageException("Error: " + option + " is not supported by mqttq.");
            default -> {
                boolean taken = switch (tool) {
                    case PUB -> takePayload(option, rest) || takePub(option, rest);
                    case SUB -> takeOutput(option, rest) || takeSub(option, rest);
                    case RR -> takePayload(option, rest) || takeOutput(option, rest) || takeRr(option, rest);
                    case BENCH -> false;
                };
                if (!taken) throw new UsageException("Error: Unknown option '" + option + "'.");
            }
        }
    }

    private boolean takePayload(String option, Arguments rest) throws UsageException {
        switch (option) {
            case "-m", "--message" -> {
                source(Source.MESSAGE);
                payload = bytes(rest.value(option, "message"));
            }
            case "-f", "--file" -> {
                source(Source.FILE);
                file = rest.value(option, "file");
            }
            case "-s", "--stdin-file" -> source(Source.STDIN);
            case "-n", "--null-message" -> source(Source.NULL);
            case "-r", "--retain" -> retain = true;
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean takePub(String option, Arguments rest) throws UsageException {
        switch (option) {
            case "-l", "--stdin-line" -> source(Source.LINES);
            case "--repeat" -> repeat = rest.number(option, "count", 1, Integer.MAX_VALUE, "--repeat argument must be >0.");
            case "--repeat-delay" -> repeatDelay = rest.nanos(option, "time", "--repeat-delay argument must be >=0.0.");
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean takeRr(String option, Arguments rest) throws UsageException {
        if (!option.equals("-e") && !option.equals("--response-topic")) return false;
        responseTopic = topicName("response", rest.value(option, "response topic"));
        return true;
    }

    private boolean takeOutput(String option, Arguments rest) throws UsageException {
        switch (option) {
            case "-v", "--verbose" -> verbose = true;
            case "-N" -> noNewline = true;
            case "-F" -> format = rest.value(option, "format");
            case "--pretty" -> pretty = true;
            case "-R" -> noRetained = true;
            case "-W" -> {
                timeout = rest.nanos(option, "timeout", "Invalid timeout \"$\".");
                if (timeout == 0) throw new UsageException("Error: Invalid timeout \"0\".");
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean takeSub(String option, Arguments rest) throws UsageException {
        switch (option) {
            case "-C" -> count = rest.number(option, "count", 1, Integer.MAX_VALUE, "Invalid message count \"$\".");
            case "-E" -> exitAfterSubscribe = true;
            case "-T", "--filter-out" -> filterOut.add(filter("filter", rest.value(option, "topic filter")));
            case "-U", "--unsubscribe" -> unsubscribe.add(filter("unsubscribe", rest.value(option, "unsubscribe topic")));
            case "--retained-only" -> retainedOnly = true;
            case "--retain-as-published" -> retainAsPublished = true;
            case "--remove-retained" -> removeRetained = true;
            case "--message-rate" -> messageRate = true;
            case "--retain-handling" -> retainHandling = switch (rest.value(option, "retain handling")) {
                case "always" -> SubscriptionOptions.SEND;
                case "new" -> SubscriptionOptions.SEND_IF_NEW;
                case "never" -> SubscriptionOptions.DO_NOT_SEND;
                default -> throw new UsageException("Error: Invalid --retain-handling argument given, it must be always, new or never.");
            };
            case "--random-filter" -> {
                String error = "--random-filter chance must be between 0.1-100.0";
                long chance = rest.nanos(option, "chance", error) / 10_000_000;
                if (chance < 10 || chance > 10_000) throw new UsageException("Error: " + error);
                randomFilter = (int) chance;
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void check() throws UsageException {
        boolean id = clientId != null && !clientId.isEmpty();
        if (!cleanStart && !id) throw new UsageException("Error: You must provide a client id if you are using the -c option.");
        switch (tool) {
            case PUB -> {
                if (topics.isEmpty() || source == Source.NONE) throw new UsageException("Error: Both topic and message must be supplied.");
            }
            case SUB -> {
                if (topics.isEmpty()) throw new UsageException("Error: You must specify a topic to subscribe to.");
                if (noRetained && retainedOnly) throw new UsageException("Error: Combining '-R' and '--retained-only' makes no sense.");
            }
            case RR -> {
                if (topics.isEmpty() || source == Source.NONE || responseTopic == null) {
                    throw new UsageException("Error: All of topic, message, and response topic must be supplied.");
                }
            }
            case BENCH -> { }
        }
        if ((certFile == null) != (keyFile == null)) {
            throw new UsageException("Error: Both certfile and keyfile must be provided if one of them is set.");
        }
        if (willTopic == null && willPayload != null) throw new UsageException("Error: Will payload given, but no will topic given.");
        if (willTopic == null && willRetain) throw new UsageException("Error: Will retain given, but no will topic given.");
        if (willTopic == null && properties.willGiven) throw new UsageException("Error: Will properties given, but no will topic given.");
        if (password != null && userName == null && version != ProtocolVersion.MQTT_5) {
            throw new UsageException("Error: Problem setting username and/or password.");
        }
        if (version == ProtocolVersion.MQTT_5) sessionExpiry(id);
        Properties connect = properties.connect.build();
        boolean scram = "SCRAM-SHA-256".equals(connect.string(Property.AUTHENTICATION_METHOD))
            && !connect.has(Property.AUTHENTICATION_DATA);
        if (scram && (userName == null || password == null)) {
            throw new UsageException("Error: SCRAM-SHA-256 takes a user name (-u) and a password (-P).");
        }
        transport();
        if (source == Source.FILE) payload = read(file);
        if (payload != null && payload.length > LARGEST_PAYLOAD) throw new UsageException("Error: Message payload is too large.");
    }

    /** As mosquitto_pub: {@code -c} alone means a session that never expires. */
    private void sessionExpiry(boolean id) throws UsageException {
        if (sessionExpiry < 0 && !cleanStart) sessionExpiry = NEVER_EXPIRES;
        if (sessionExpiry == NEVER_EXPIRES && !id) {
            throw new UsageException("Error: You must provide a client id if you are using an infinite session expiry interval.");
        }
        if (sessionExpiry <= 0 || properties.connect.build().has(Property.SESSION_EXPIRY_INTERVAL)) return;
        properties.connect.put(Property.SESSION_EXPIRY_INTERVAL, sessionExpiry);
    }

    /** Settles transport and port. */
    void transport() throws UsageException {
        boolean tls = caFile != null || caPath != null || certFile != null || systemRoots;
        if (unixPath != null) {
            if (transport != null && !transport.equals("tcp") || tls || fallback) {
                throw new UsageException("Error: --unix is plain MQTT without TLS.");
            }
            transport = "tcp";
            host = "127.0.0.1"; // not asked
        }
        if (webSocket && transport == null && port != 8084) transport = tls ? "wss" : "ws";
        if (transport == null) {
            transport = BrokerUrl.transportOfPort(port);
            // who names certificates wants TLS, as with mosquitto_pub
            if (tls && transport.equals("tcp")) transport = "tls";
            if (tls && transport.equals("ws")) transport = "wss";
        }
        try {
            if (port < 0) port = BrokerUrl.defaultPort(transport);
            else BrokerUrl.defaultPort(transport);
        } catch (IllegalArgumentException e) {
            throw new UsageException("Error: " + e.getMessage());
        }
        if (fallback && !transport.equals("quic")) throw new UsageException("Error: --fallback is for --transport quic.");
        if (fallback && tool == Tool.BENCH) throw new UsageException("Error: bench measures one transport, without --fallback.");
        if (streams != ClientSettings.Streams.SINGLE && !transport.equals("quic")) {
            throw new UsageException("Error: --streams is for --transport quic.");
        }
        if (tls && (transport.equals("tcp") || transport.equals("ws"))) {
            throw new UsageException("Error: Certificates are given, but --transport " + transport
                + " has no TLS; it must be quic, tls or wss.");
        }
        if (tlsVersion == null) return;
        boolean known = tlsVersion.equals("tlsv1.3") || tlsVersion.equals("tlsv1.2") && !transport.equals("quic");
        if (!known) throw new UsageException("Error: --tls-version takes tlsv1.3" + (transport.equals("quic") ? "." : " or tlsv1.2."));
    }

    private void url(String text) throws UsageException {
        BrokerUrl url;
        try {
            url = BrokerUrl.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException("Error: " + e.getMessage());
        }
        if (url.topic() == null || url.topic().isEmpty()) {
            throw new UsageException("Error: Invalid URL for -L argument specified - topic missing.");
        }
        transport = url.transport();
        host = url.host();
        port = url.port();
        if (url.userName() != null) userName = url.userName();
        if (url.password() != null) password = bytes(url.password());
        topic(url.topic());
    }

    private void version(String text) throws UsageException {
        version = switch (text) {
            case "mqttv31", "31" -> ProtocolVersion.MQTT_3_1;
            case "mqttv311", "311" -> ProtocolVersion.MQTT_3_1_1;
            case "mqttv5", "5" -> ProtocolVersion.MQTT_5;
            default -> throw new UsageException("Error: Invalid protocol version argument given.");
        };
    }

    private void sessionExpiry(String text) throws UsageException {
        try {
            sessionExpiry = text.equals("∞") || text.equals("-1") ? NEVER_EXPIRES : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new UsageException("Error: session-expiry-interval not a number.");
        }
        if (sessionExpiry < 0 || sessionExpiry > NEVER_EXPIRES) throw new UsageException("Error: session-expiry-interval out of range.");
    }

    private void topic(String text) throws UsageException {
        if (tool == Tool.SUB) {
            topics.add(filter("subscription", text));
            return;
        }
        topics.clear();
        topics.add(topicName("publish", text));
    }

    private void source(Source chosen) throws UsageException {
        if (source != Source.NONE) throw new UsageException("Error: Only one type of message can be sent at once.");
        source = chosen;
    }

    private static String once(String other, String value) throws UsageException {
        if (other != null) throw new UsageException("Error: -i and -I argument cannot be used together.");
        return value;
    }

    private static String topicName(String what, String text) throws UsageException {
        if (!Topics.isName(text)) throw new UsageException("Error: Invalid " + what + " topic '" + text + "', does it contain '+' or '#'?");
        return text;
    }

    private static String filter(String what, String text) throws UsageException {
        if (!Topics.isFilter(text)) {
            throw new UsageException("Error: Invalid " + what + " topic '" + text + "', are all '+' and '#' wildcards correct?");
        }
        return text;
    }

    private static byte[] read(String file) throws UsageException {
        try {
            if (Files.size(Path.of(file)) > LARGEST_PAYLOAD) throw new UsageException("Error: File must be less than 268435455 bytes.");
            return Files.readAllBytes(Path.of(file));
        } catch (IOException | RuntimeException e) {
            throw new UsageException("Error: Unable to open file \"" + file + "\".");
        }
    }

    static byte[] bytes(String text) { return text.getBytes(StandardCharsets.UTF_8); }
}
