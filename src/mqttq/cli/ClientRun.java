package mqttq.cli;

import java.io.PrintStream;
import mqttq.client.core.ClientCore;
import mqttq.client.core.ClientHandler;
import mqttq.client.core.ClientSettings;
import mqttq.loop.nio.NioLoop;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Will;
import mqttq.transport.Pipe;

/** What {@code pub} and {@code sub} share: one client on a loop of its own, until there is an exit code. */
abstract class ClientRun implements ClientHandler {
    static final int BAD = 1, TIMED_OUT = 27;
    /** How long the broker may take to end the stream, ns. */
    private static final long GOODBYE = 5_000_000_000L;
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    final ClientOptions options;
    final PrintStream err;
    final NioLoop loop;
    ClientCore client;
    private int exitCode;
    private boolean stopping;

    ClientRun(ClientOptions options, PrintStream err) {
        this.options = options;
        this.err = err;
        loop = NioLoop.open();
    }

    /** Connects and runs until {@link #exit}; returns the exit code. */
    final int run(int queueLimit) throws UsageException {
        ClientSettings.Endpoint endpoint = new ClientSettings.Endpoint(ClientTransports.of(loop, options, err), options.host, options.port);
        ClientSettings settings = ClientSettings.of(endpoint, connect()).withQueueLimit(queueLimit);
        client = new ClientCore(loop, settings, this);
        loop.onShutdown(this::interrupted);
        client.start();
        loop.run();
        return exitCode;
    }

    /** Says goodbye to the broker, then ends with this code. */
    final void exit(int code) {
        if (stopping) return;
        stopping = true;
        exitCode = code;
        client.disconnect(Disconnect.NORMAL, GOODBYE);
    }

    private void interrupted() {
        exit(0);
    }

    final boolean stopping() {
        return stopping;
    }

    @Override public void onConnected(Connack connack, Pipe pipe) {
        connected(connack);
    }

    abstract void connected(Connack connack);

    @Override public void onMessage(Publish publish) throws MqttException { }

    @Override public void onDisconnected(Loss loss, boolean again) {
        Connack connack = loss.refusal();
        String reason = loss.reason();
        if (connack != null) {
            say("Connection error: " + refusal(connack.reasonCode()) + ".");
            exitCode = options.version == ProtocolVersion.MQTT_5 ? connack.reasonCode().value : connack.reasonCode().v3ReturnCode();
        } else {
            say(again ? "Connection lost: " + reason + ". Reconnecting." : "Error: " + reason);
            exitCode = BAD;
        }
        if (!again) loop.stop();
    }

    /** Mosquitto's words for a CONNACK's code. */
    private String refusal(ReasonCode code) {
        if (options.version == ProtocolVersion.MQTT_5) return code.toString();
        return switch (code.v3ReturnCode()) {
            case 1 -> "Connection Refused: unacceptable protocol version";
            case 2 -> "Connection Refused: identifier rejected";
            case 3 -> "Connection Refused: broker unavailable";
            case 4 -> "Connection Refused: bad user name or password";
            case 5 -> "Connection Refused: not authorised";
            default -> "Connection Refused: unknown reason";
        };
    }

    @Override public void onClosed() {
        loop.stop();
    }

    @Override public boolean traces() {
        return options.debug;
    }

    @Override public void trace(String line) {
        System.out.println(line);
    }

    final void say(String line) {
        if (!options.quiet) err.println(line);
    }

    private Connect connect() {
        Properties.Builder properties = Properties.builder();
        if (options.version == ProtocolVersion.MQTT_5 && options.sessionExpiry >= 0) properties.put(Property.SESSION_EXPIRY_INTERVAL, options.sessionExpiry);
        Will will = options.willTopic == null ? null
            : new Will(options.willTopic, options.willPayload == null ? new byte[0] : options.willPayload, options.willQos, options.willRetain, Properties.EMPTY);
        return new Connect(options.version, false, clientId(), options.cleanStart, options.keepAlive, will, options.userName, options.password, properties.build());
    }

    /** As given; else made up where the version needs one or a prefix was given; else empty, for the broker to assign. */
    private String clientId() {
        if (options.clientId != null) return options.clientId;
        if (options.clientIdPrefix == null && options.version != ProtocolVersion.MQTT_3_1) return "";
        StringBuilder id = new StringBuilder(options.clientIdPrefix == null ? "mqttq-" : options.clientIdPrefix);
        for (int i = 0; i < 12; i++) id.append(LETTERS.charAt(loop.entropy().nextInt(LETTERS.length())));
        return id.toString();
    }

    /** Runs {@code body}, turning what the operator got wrong into one line and exit code 1. */
    static int guarded(String command, PrintStream err, Body body) {
        try {
            return body.run();
        } catch (UsageException e) {
            err.println(e.getMessage() + "\n\nUse 'java -jar mqttq.jar " + command + " --help' to see usage.");
            return BAD;
        }
    }

    interface Body {
        int run() throws UsageException;
    }
}
