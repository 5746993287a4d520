package mqttq.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import mqttq.client.core.ClientCore;
import mqttq.client.core.ClientHandler;
import mqttq.client.core.ClientSettings;
import mqttq.loop.nio.NioLoop;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.Message;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Will;
import mqttq.transport.Pipe;

/** What {@code pub}, {@code sub} and {@code rr} share: one client on a loop of its own, until there is an exit code. */
abstract class ClientRun implements ClientHandler {
    static final int BAD = 1, TIMED_OUT = 27;
    /** How long the broker may take to end the stream, in ns; less when somebody waits who pressed Ctrl-C. */
    private static final long GOODBYE = 5_000_000_000L, INTERRUPTED_GOODBYE = 1_000_000_000L;
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    final ClientOptions options;
    final PrintStream err;
    final NioLoop loop = NioLoop.open();
    ClientCore client;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private boolean outDeferred;
    private final Runnable flush = new Runnable() {
        @Override public void run() { flushOut(); }
    };
    private int exitCode;
    private boolean stopping;

    ClientRun(ClientOptions options, PrintStream err) {
        this.options = options;
        this.err = err;
    }

    /** Connects and runs until {@link #exit}; returns the exit code. {@code reconnect}: when a connection that stood is lost. */
    final int run(int queueLimit, boolean reconnect) throws UsageException {
        ClientSettings settings = ClientSettings.of(ClientTransports.endpoint(loop, options, options.transport, options.port, err),
            connect())
            .withReconnect(reconnect).withStreams(options.streams)
            .withLimits(options.maxInflight, queueLimit, (int) options.properties.publish.build().number(Property.TOPIC_ALIAS, 0));
        if (options.fallback) settings = settings.withFallback(ClientTransports.fallback(loop, options, err));
        client = new ClientCore(loop, settings, this);
        loop.onShutdown(new Runnable() {
            @Override public void run() { exit(0, INTERRUPTED_GOODBYE); }
        });
        client.start();
        loop.run();
        flushOut();
        loop.exitStatus(exitCode);
        loop.close();
        return exitCode;
    }

    /** After {@code nanos} says {@code Timed out} and ends with this code. */
    final void limit(long nanos, int code) {
        if (nanos == 0) return;
        loop.timer(new Runnable() {
            @Override public void run() {
                if (stopping) return;
                say("Timed out");
                exit(code);
            }
        }).at(loop.now() + nanos);
    }

    /** Says goodbye to the broker, then ends with this code. */
    final void exit(int code) { exit(code, GOODBYE); }

    private void exit(int code, long within) {
        if (stopping) return;
        stopping = true;
        exitCode = code;
        client.disconnect(new Disconnect(ReasonCode.NORMAL_DISCONNECTION, options.properties.disconnect.build()), within);
    }

    final boolean stopping() { return stopping; }
    @Override public void onConnected(Connack connack, Pipe pipe) { connected(connack, pipe); }

    abstract void connected(Connack connack, Pipe pipe);

    @Override public void onMessage(Publish publish) throws MqttException { }

    @Override public void onDisconnected(Loss loss, boolean again) {
        Connack refusal = loss.refusal();
        if (refusal != null) {
            say("Connection error: " + refusal(refusal));
            exitCode = options.version == ProtocolVersion.MQTT_5 ? refusal.reasonCode().value : refusal.reasonCode().v3ReturnCode();
        } else {
            say(again ? "Connection lost: " + loss.reason() + ". Reconnecting." : "Error: " + loss.reason());
            exitCode = BAD;
        }
        if (!again) loop.stop();
    }

    /** Mosquitto's words for a CONNACK's code. */
    private String refusal(Connack connack) {
        ReasonCode code = connack.reasonCode();
        if (options.version == ProtocolVersion.MQTT_5) {
            String said = connack.reasonString() == null ? "" : " (" + connack.reasonString() + ")";
            boolean tooOld = code == ReasonCode.UNSUPPORTED_PROTOCOL_VERSION;
            return words(code) + said + (tooOld ? ". Try connecting to an MQTT v5 broker, or use MQTT v3.x mode." : "");
        }
        return switch (code.v3ReturnCode()) {
            case 1 -> "Connection Refused: unacceptable protocol version.";
            case 2 -> "Connection Refused: identifier rejected.";
            case 3 -> "Connection Refused: broker unavailable.";
            case 4 -> "Connection Refused: bad user name or password.";
            case 5 -> "Connection Refused: not authorised.";
            default -> "Connection Refused: unknown reason.";
        };
    }

    /** The standard's name for a reason code, "Not authorized". */
    static String words(ReasonCode code) {
        String name = code.name().replace('_', ' ').replace("USER NAME", "USERNAME");
        return (name.charAt(0) + name.substring(1).toLowerCase(Locale.ROOT)).replaceFirst("^Qos", "QoS");
    }

    @Override public void onClosed() { loop.stop(); }
    @Override public boolean traces() { return options.debug; }

    @Override public void trace(String line) {
        out.writeBytes(line.getBytes(StandardCharsets.UTF_8));
        out.write('\n');
        flushLater();
    }

    final void say(String line) {
        flushOut();
        if (!options.quiet) err.println(line);
    }

    /** Where to write what is for standard output; {@link #flushLater} sends it there when this turn of the loop ends. */
    final ByteArrayOutputStream out() { return out; }

    final void flushLater() {
        if (outDeferred) return;
        outDeferred = true;
        loop.defer(flush);
    }

    private void flushOut() {
        outDeferred = false;
        if (out.size() == 0) return;
        System.out.write(out.toByteArray(), 0, out.size());
        out.reset();
        if (System.out.checkError() && client != null) exit(BAD); // nobody reads any more
    }

    /** The properties for a packet of this version. */
    final Properties properties(Properties.Builder given) {
        return options.version == ProtocolVersion.MQTT_5 ? given.build() : Properties.EMPTY;
    }

    final Message message(byte[] payload, Properties properties) {
        return Message.of(options.topics.get(0), payload, options.qos, options.retain, properties);
    }

    private Connect connect() throws UsageException {
        Will will = options.willTopic == null ? null : new Will(options.willTopic, options.willPayload == null ? new byte[0]
            : options.willPayload, options.willQos,
            options.willRetain, properties(options.properties.will));
        return new Connect(options.version, false, clientId(), options.cleanStart, options.keepAlive, will, options.userName,
            options.password,
            properties(options.properties.connect));
    }

    /** As given; a prefix and the process id; else made up where the version needs one, or empty, for the broker to assign. */
    private String clientId() {
        if (options.clientId != null) return options.clientId;
        if (options.clientIdPrefix != null) return options.clientIdPrefix + ProcessHandle.current().pid();
        if (options.version != ProtocolVersion.MQTT_3_1) return "";
        StringBuilder id = new StringBuilder("mqttq-"); // at most 23 characters
        for (int i = 0; i < 17; i++) id.append(LETTERS.charAt(loop.entropy().nextInt(LETTERS.length())));
        return id.toString();
    }

    /** Whether a person is there: 0, 1, 2 are standard input, output and error. */
    static boolean terminal(int descriptor) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString().matches("/dev/(pts/|tty|console).*");
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    /** One line for what the operator got wrong. */
    static int usage(String command, PrintStream err, UsageException e) {
        err.println(e.getMessage() + "\n\nUse 'java -jar mqttq.jar " + command + " --help' to see usage.");
        return BAD;
    }

    static byte[] standardInput() throws UsageException {
        try {
            return System.in.readAllBytes();
        } catch (IOException e) {
            throw new UsageException("Error: Unable to read standard input: " + e.getMessage());
        }
    }

    /** The payload that the options name. */
    static byte[] payload(ClientOptions options) throws UsageException {
        if (options.source == ClientOptions.Source.STDIN) return standardInput();
        return options.payload == null ? new byte[0] : options.payload;
    }

    /** What became of SUBSCRIBE, in mosquitto_sub's words; false where all was denied. */
    final boolean subscribed(int packetId, List<ReasonCode> codes) {
        StringBuilder line = new StringBuilder("Subscribed (mid: ").append(packetId).append("): ");
        boolean any = false;
        for (int i = 0; i < codes.size(); i++) {
            line.append(i == 0 ? "" : ", ").append(codes.get(i).value);
            any |= !codes.get(i).isFailure();
        }
        if (options.debug) trace(line.toString());
        if (!any) say("All subscription requests were denied.");
        return any;
    }
}
