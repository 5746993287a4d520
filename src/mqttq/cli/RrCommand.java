package mqttq.cli;

import java.io.PrintStream;
import java.util.List;
import mqttq.client.core.ClientCore;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.transport.Pipe;

/** {@code rr}: mosquitto_rr. Subscribes to the response topic, publishes the request, prints the first answer. */
final class RrCommand extends ClientRun implements ClientCore.Granted, ClientCore.Completion {
    private final MessageFormat format;
    private final byte[] payload;

    private RrCommand(ClientOptions options, PrintStream err, MessageFormat format, byte[] payload) {
        super(options, err);
        this.format = format;
        this.payload = payload;
        limit(options.timeout, TIMED_OUT);
    }

    static int run(String[] args, PrintStream err) {
        try {
            ClientOptions options = ClientOptions.parse(ClientOptions.Tool.RR, args, System.getenv());
            MessageFormat format = new MessageFormat(options.format, options.verbose, !options.noNewline, options.pretty);
            return new RrCommand(options, err, format, payload(options)).run(1, false);
        } catch (UsageException e) {
            return usage("rr", err, e);
        }
    }

    @Override void connected(Connack connack, Pipe pipe) {
        client.subscribe(List.of(new Subscription(options.responseTopic, SubscriptionOptions.of(options.qos))),
            properties(options.properties.subscribe), this);
    }

    @Override public void granted(int packetId, List<ReasonCode> codes, Properties properties) {
        if (stopping()) return;
        if (!subscribed(packetId, codes)) {
            exit(BAD);
            return;
        }
        Properties.Builder request = options.properties.publish;
        if (options.version == ProtocolVersion.MQTT_5 && !request.build().has(Property.RESPONSE_TOPIC)) {
            request.put(Property.RESPONSE_TOPIC, options.responseTopic);
        }
        client.publish(message(payload, properties(request)), this);
    }

    @Override public void completed(ReasonCode reason, Properties properties) {
        if (stopping() || !reason.isFailure()) return;
        say("Error: Publish failed: " + words(reason) + ".");
        exit(BAD);
    }

    @Override public void onMessage(Publish publish) {
        if (stopping() || publish.retain() && options.noRetained) return;
        int[] identifiers = options.version == ProtocolVersion.MQTT_5 ? publish.subscriptionIdentifiers() : new int[0];
        String problem = format.write(out(), new MessageFormat.Received(publish, publish.packetId(), publish.topicAlias(), identifiers,
            loop.wallMicros()));
        if (problem != null) say(problem);
        flushLater();
        exit(0);
    }
}
