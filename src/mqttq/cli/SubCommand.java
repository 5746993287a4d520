package mqttq.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Message;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.Topics;

/** {@code sub}: mosquitto_sub. */
final class SubCommand extends ClientRun {
    private final MessageFormat format;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private boolean subscribed;
    private int printed;

    private SubCommand(ClientOptions options, PrintStream err, MessageFormat format) {
        super(options, err);
        this.format = format;
        if (options.timeoutSeconds > 0) loop.timer(this::timedOut).at(loop.now() + (long) (options.timeoutSeconds * 1e9));
    }

    static int run(String[] args, PrintStream err) {
        return guarded("sub", err, () -> {
            ClientOptions options = ClientOptions.parse(ClientOptions.Tool.SUB, args);
            String format = options.format != null ? options.format + (options.noNewline ? "" : "\\n") : MessageFormat.plain(options.verbose, options.noNewline);
            return new SubCommand(options, err, new MessageFormat(format, ZoneId.systemDefault())).run(100);
        });
    }

    @Override void connected(Connack connack) {
        if (subscribed) return;
        subscribed = true;
        boolean v5 = options.version == ProtocolVersion.MQTT_5;
        int handling = v5 && options.noRetained ? SubscriptionOptions.DO_NOT_SEND : SubscriptionOptions.SEND;
        List<Subscription> wanted = new ArrayList<>();
        for (String filter : options.topics) {
            wanted.add(new Subscription(filter, new SubscriptionOptions(options.qos, false, v5 && options.retainAsPublished, handling)));
        }
        if (!options.unsubscribe.isEmpty()) client.unsubscribe(options.unsubscribe, Properties.EMPTY, null);
        client.subscribe(wanted, Properties.EMPTY, this::granted);
    }

    private void granted(int packetId, List<ReasonCode> codes, Properties properties) {
        StringBuilder line = new StringBuilder("Subscribed (mid: ").append(packetId).append("): ");
        boolean refused = true;
        for (int i = 0; i < codes.size(); i++) {
            line.append(i == 0 ? "" : ", ").append(codes.get(i).value);
            refused &= codes.get(i).isFailure();
            if (codes.get(i).isFailure()) say("Warning: Subscription to " + options.topics.get(i) + " was refused: " + codes.get(i) + ".");
        }
        if (options.debug) trace(line.toString());
        if (refused) {
            say("All subscription requests were denied.");
            exit(0);
        } else if (options.exitAfterSubscribe) {
            exit(0);
        }
    }

    @Override public void onMessage(Publish publish) {
        if (stopping()) return;
        if (options.removeRetained && publish.retain()) {
            client.publish(Message.of(publish.topic(), new byte[0], 1, true), null);
        }
        if (options.retainedOnly && !publish.retain()) {
            exit(0);
            return;
        }
        if (publish.retain() && options.noRetained) return;
        for (String filter : options.filterOut) if (Topics.matches(filter, publish.topic())) return;
        if (options.randomFilter < 10_000 && loop.entropy().nextInt(10_000) >= options.randomFilter) return;
        out.reset();
        int[] identifiers = options.version == ProtocolVersion.MQTT_5 ? publish.subscriptionIdentifiers() : new int[0];
        format.write(out, new MessageFormat.Received(publish, publish.packetId(), publish.topicAlias(), identifiers, loop.wallMillis()));
        System.out.write(out.toByteArray(), 0, out.size());
        if (System.out.checkError()) exit(BAD);
        if (++printed == options.count) exit(0);
    }

    private void timedOut() {
        say("Timed out");
        exit(options.exitAfterSubscribe ? 0 : TIMED_OUT);
    }
}
