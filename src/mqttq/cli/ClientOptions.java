package mqttq.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mqttq.config.BrokerUrl;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Topics;

/** What {@code pub}, {@code sub} and {@code rr} are told on the command line: the options of mosquitto_pub, mosquitto_sub and mosquitto_rr. */
final class ClientOptions {
    enum Tool { PUB, SUB, RR }

    /** Where the payload of {@code pub} comes from. */
    enum Source { NONE, MESSAGE, FILE, LINES, STDIN, NULL }

    final Tool tool;
    String host = "localhost", transport, bindAddress;
    int port = -1;
    boolean portGiven;
    String clientId, clientIdPrefix, userName;
    byte[] password;
    int keepAlive = 60;
    ProtocolVersion version = ProtocolVersion.MQTT_3_1_1;
    private boolean versionGiven;
    boolean cleanStart = true;
    long sessionExpiry = -1;
    int qos;
    boolean retain, debug, quiet;
    final List<String> topics = new ArrayList<>();

    Source source = Source.NONE;
    byte[] payload;
    String file;
    int repeat = 1;
    long repeatDelayMillis;

    final List<String> filterOut = new ArrayList<>(), unsubscribe = new ArrayList<>();
    String format;
    boolean verbose, noNewline, noRetained, retainedOnly, retainAsPublished, removeRetained, exitAfterSubscribe;
    int count, randomFilter = 10_000;
    double timeoutSeconds;

    String willTopic;
    byte[] willPayload;
    int willQos;
    boolean willRetain;

    String caFile, caPath, certFile, keyFile, alpn, tlsVersion;
    boolean insecure;

    ClientOptions(Tool tool) {
        this.tool = tool;
    }

    /** Parses a whole command line. */
    static ClientOptions parse(Tool tool, String[] args) throws UsageException {
        ClientOptions options = new ClientOptions(tool);
        Arguments rest = new Arguments(args);
        for (String option = rest.next(); option != null; option = rest.next()) options.take(option, rest);
        options.check();
        return options;
    }

    private void take(String option, Arguments rest) throws UsageException {
        switch (option) {
            case "-h", "--host" -> host = rest.value(option, "host");
            case "-p", "--port" -> {
                port = rest.number(option, "port", 1, 65535);
                portGiven = true;
            }
            case "--transport" -> transport = rest.value(option, "transport");
            case "-L", "--url" -> url(rest.value(option, "URL"));
            case "-A" -> bindAddress = rest.value(option, "address");
            case "-i", "--id" -> clientId = rest.value(option, "id");
            case "-I", "--id-prefix" -> clientIdPrefix = rest.value(option, "id prefix");
            case "-u", "--username" -> userName = rest.value(option, "username");
            case "-P", "--pw" -> password = bytes(rest.value(option, "password"));
            case "-k", "--keepalive" -> keepAlive = rest.number(option, "keepalive", 5, 65535);
            case "-V", "--protocol-version" -> version(rest.value(option, "protocol version"));
            case "-c", "--disable-clean-session" -> cleanStart = false;
            case "-x", "--session-expiry-interval" -> sessionExpiry(rest.value(option, "session expiry interval"));
            case "-q", "--qos" -> qos = rest.number(option, "QoS", 0, 2);
            case "-t", "--topic" -> topic(rest.value(option, "topic"));
            case "-d", "--debug" -> debug = true;
            case "--quiet" -> quiet = true;
            case "--will-topic" -> willTopic = topicName(option, rest.value(option, "will topic"));
            case "--will-payload" -> willPayload = bytes(rest.value(option, "will payload"));
            case "--will-qos" -> willQos = rest.number(option, "will QoS", 0, 2);
            case "--will-retain" -> willRetain = true;
            case "--cafile" -> caFile = rest.value(option, "file");
            case "--capath" -> caPath = rest.value(option, "directory");
            case "--cert" -> certFile = rest.value(option, "file");
            case "--key" -> keyFile = rest.value(option, "file");
            case "--insecure" -> insecure = true;
            case "--tls-alpn" -> alpn = rest.value(option, "protocol");
            case "--tls-version" -> tlsVersion = rest.value(option, "version");
            case "--nodelay", "--tls-use-os-certs" -> { }
            case "-S", "--psk", "--psk-identity", "--tls-engine", "--tls-engine-kpass-sha1", "--proxy", "--keyform" ->
                throw new UsageException("Error: " + option + " is not supported by mqttq.");
            default -> {
                boolean taken = tool == Tool.PUB ? takePub(option, rest) : takeSub(option, rest);
                if (!taken) throw new UsageException("Error: Unknown option '" + option + "'.");
            }
        }
    }

    private boolean takePub(String option, Arguments rest) throws UsageException {
        switch (option) {
            case "-m", "--message" -> {
                source(Source.MESSAGE);
                payload = bytes(rest.value(option, "message"));
            }
            case "-f", "--file" -> {
                source(Source.FILE);
                file = rest.value(option, "file");
            }
            case "-l", "--stdin-line" -> source(Source.LINES);
            case "-s", "--stdin-file" -> source(Source.STDIN);
            case "-n", "--null-message" -> source(Source.NULL);
            case "-r", "--retain" -> retain = true;
            case "--repeat" -> repeat = rest.number(option, "repeat count", 1, Integer.MAX_VALUE);
            case "--repeat-delay" -> repeatDelayMillis = Math.round(seconds(option, rest) * 1000);
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean takeSub(String option, Arguments rest) throws UsageException {
        switch (option) {
            case "-v", "--verbose" -> verbose = true;
            case "-N" -> noNewline = true;
            case "-C" -> count = rest.number(option, "count", 1, Integer.MAX_VALUE);
            case "-W" -> timeoutSeconds = seconds(option, rest);
            case "-E" -> exitAfterSubscribe = true;
            case "-F" -> format = rest.value(option, "format");
            case "-R" -> noRetained = true;
            case "-T", "--filter-out" -> filterOut.add(filter(option, rest.value(option, "topic filter")));
            case "-U", "--unsubscribe" -> unsubscribe.add(filter(option, rest.value(option, "unsubscribe topic")));
            case "--retained-only" -> retainedOnly = true;
            case "--retain-as-published" -> retainAsPublished = true;
            case "--remove-retained" -> removeRetained = true;
            case "--random-filter" -> randomFilter = (int) Math.round(percent(option, rest) * 100);
            default -> {
                return false;
            }
        }
        return true;
    }

    private void check() throws UsageException {
        if (clientId != null && clientIdPrefix != null) throw new UsageException("Error: -i and -I argument cannot be used together.");
        if (!cleanStart && clientId == null) throw new UsageException("Error: You must provide a client id if you are using the -c option.");
        if (tool == Tool.PUB) {
            if (topics.isEmpty() || source == Source.NONE) throw new UsageException("Error: Both topic and message must be supplied.");
        } else if (topics.isEmpty()) {
            throw new UsageException("Error: You must specify a topic to subscribe to.");
        }
        if ((certFile == null) != (keyFile == null)) throw new UsageException("Error: Both certfile and keyfile must be provided if one of them is set.");
        if (willTopic == null && willPayload != null) throw new UsageException("Error: Will payload given, but no will topic given.");
        if (willTopic == null && willRetain) throw new UsageException("Error: Will retain given, but no will topic given.");
        if (password != null && userName == null && version != ProtocolVersion.MQTT_5 && !quiet) {
            throw new UsageException("Error: Not using password since username not set.");
        }
        if (transport == null) transport = BrokerUrl.transportOfPort(portGiven ? port : -1);
        if (port < 0) port = BrokerUrl.defaultPort(transport);
        if (port < 0) throw new UsageException("Error: Unknown transport '" + transport + "': quic, tcp, tls, ws or wss.");
        if (source == Source.FILE) payload = read(file);
    }

    private void url(String text) throws UsageException {
        BrokerUrl url;
        try {
            url = BrokerUrl.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException("Error: " + e.getMessage());
        }
        transport = url.transport();
        host = url.host();
        port = url.port();
        if (url.userName() != null) userName = url.userName();
        if (url.password() != null) password = bytes(url.password());
        if (url.topic() == null || url.topic().isEmpty()) throw new UsageException("Error: Invalid URL for -L argument specified - topic missing.");
        topic(url.topic());
    }

    private void version(String text) throws UsageException {
        version = switch (text) {
            case "mqttv31", "31" -> ProtocolVersion.MQTT_3_1;
            case "mqttv311", "311" -> ProtocolVersion.MQTT_3_1_1;
            case "mqttv5", "5" -> ProtocolVersion.MQTT_5;
            default -> throw new UsageException("Error: Invalid protocol version argument given.");
        };
        versionGiven = true;
    }

    private void sessionExpiry(String text) throws UsageException {
        try {
            sessionExpiry = text.equals("∞") ? 0xffff_ffffL : Long.parseLong(text);
        } catch (NumberFormatException e) {
            sessionExpiry = -2;
        }
        if (sessionExpiry == -1) sessionExpiry = 0xffff_ffffL;
        if (sessionExpiry < 0 || sessionExpiry > 0xffff_ffffL) throw new UsageException("Error: session-expiry-interval out of range.");
        if (!versionGiven) version = ProtocolVersion.MQTT_5;
    }

    private void topic(String text) throws UsageException {
        if (tool == Tool.PUB) topics.add(topicName("-t", text));
        else topics.add(filter("-t", text));
    }

    private void source(Source chosen) throws UsageException {
        if (source != Source.NONE) throw new UsageException("Error: Only one type of message can be sent at once.");
        source = chosen;
    }

    private static String topicName(String option, String text) throws UsageException {
        if (!Topics.isName(text)) {
            throw new UsageException("Error: Invalid publish topic '" + text + "' for " + option + ", does it contain '+' or '#'?");
        }
        return text;
    }

    private static String filter(String option, String text) throws UsageException {
        if (!Topics.isFilter(text)) {
            throw new UsageException("Error: Invalid subscription topic '" + text + "' for " + option + ", are all '+' and '#' wildcards correct?");
        }
        return text;
    }

    private static double seconds(String option, Arguments rest) throws UsageException {
        String value = rest.value(option, "seconds");
        try {
            double seconds = Double.parseDouble(value);
            if (seconds >= 0 && seconds < 1e9) return seconds;
        } catch (NumberFormatException e) {
            // said below
        }
        throw new UsageException("Error: Invalid seconds given for " + option + ": " + value);
    }

    private static double percent(String option, Arguments rest) throws UsageException {
        double percent = seconds(option, rest);
        if (percent <= 0.09999 || percent > 100) throw new UsageException("Error: --random-filter takes 0.1 to 100.0");
        return percent;
    }

    private static byte[] read(String file) throws UsageException {
        try {
            byte[] content = Files.readAllBytes(Path.of(file));
            if (content.length > 268_435_455 - 65_540) throw new UsageException("Error: File must be less than 268435455 bytes.");
            return content;
        } catch (IOException | RuntimeException e) {
            throw new UsageException("Error: Unable to open file \"" + file + "\".");
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
