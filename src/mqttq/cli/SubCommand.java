package mqttq.cli;

import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSession;
import mqttq.client.core.ClientCore;
import mqttq.loop.Timers;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Message;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.Topics;
import mqttq.transport.Pipe;

/** {@code sub}: mosquitto_sub. */
final class SubCommand extends ClientRun implements ClientCore.Granted, ClientCore.Completion, Runnable {
    /** Retained messages that wait to be cleared: as many as a broker may send at once. */
    private static final int QUEUE = 1_000_000;
    private static final long SECOND = 1_000_000_000L;

    private final MessageFormat format;
    private final boolean v5, terminal;
    private boolean subscribed, enough;
    private int printed;
    /** {@code --message-rate}: received since a number was last printed, each second. */
    private int rate;
    private final Timers.Timer second = loop.timer(this);

    private SubCommand(ClientOptions options, PrintStream err, MessageFormat format) {
        super(options, err);
        this.format = format;
        v5 = options.version == ProtocolVersion.MQTT_5;
        terminal = !options.debug && terminal(1) && terminal(2);
        limit(options.timeout, options.exitAfterSubscribe ? 0 : TIMED_OUT);
    }

    static int run(String[] args, PrintStream err) {
        try {
            ClientOptions options = ClientOptions.parse(ClientOptions.Tool.SUB, args, System.getenv());
            return new SubCommand(options, err, new MessageFormat(options.format, options.verbose, !options.noNewline, options.pretty))
                .run(QUEUE, true);
        } catch (UsageException e) {
            return usage("sub", err, e);
        }
    }

    @Override void connected(Connack connack, Pipe pipe) {
        if (terminal) {
            say(where(options, pipe) + (client.clientId().isEmpty() ? "" : " as " + client.clientId())
                + (connack.sessionPresent() ? ", session resumed." : "."));
        }
        if (subscribed) return;
        subscribed = true;
        if (options.messageRate) second.at(loop.now() + SECOND);
        int handling = !v5 ? SubscriptionOptions.SEND : options.noRetained ? SubscriptionOptions.DO_NOT_SEND : options.retainHandling;
        List<Subscription> wanted = new ArrayList<>();
        for (String filter : options.topics) {
            wanted.add(new Subscription(filter, new SubscriptionOptions(options.qos, false, v5 && options.retainAsPublished, handling)));
        }
        client.subscribe(wanted, properties(options.properties.subscribe), this);
        for (String filter : options.unsubscribe) client.unsubscribe(List.of(filter), properties(options.properties.unsubscribe), null);
    }

    /** For a person: to whom, how, and what keeps others from reading along. */
    static String where(ClientOptions options, Pipe pipe) {
        if (options.unixPath != null) return "Connected to " + options.unixPath;
        InetSocketAddress remote = pipe.remote();
        String address = remote.getAddress().getHostAddress(), shown = address.equals(options.host) ? "" : " (" + address + ")";
        SSLSession secure = pipe.session();
        return "Connected to " + options.host + shown + " port " + remote.getPort() + " over " + pipe.transport()
            + (secure == null ? ", not encrypted," : ", " + secure.getProtocol() + " " + secure.getCipherSuite() + ",");
    }

    @Override public void granted(int packetId, List<ReasonCode> codes, Properties properties) {
        if (stopping()) return;
        if (!subscribed(packetId, codes) || options.exitAfterSubscribe) exit(0);
    }

    @Override public void onMessage(Publish publish) {
        if (stopping() || enough) return;
        if (options.retainedOnly && !publish.retain()) {
            end();
            return;
        }
        for (int i = 0; i < options.filterOut.size(); i++) if (Topics.matches(options.filterOut.get(i), publish.topic())) return;
        if (options.removeRetained && publish.retain()) client.publish(Message.of(publish.topic(), new byte[0], 1, true), this);
        if (publish.retain() && options.noRetained) return;
        if (options.messageRate) rate++;
        else print(publish);
        if (++printed == options.count) end();
    }

    /** A second has passed. */
    @Override public void run() {
        second.at(loop.now() + SECOND);
        trace(String.valueOf(rate));
        rate = 0;
    }

    private void print(Publish publish) {
        if (options.randomFilter < 10_000 && loop.entropy().nextInt(10_000) >= options.randomFilter) return;
        int[] identifiers = v5 ? publish.subscriptionIdentifiers() : new int[0];
        String problem = format.write(out(), new MessageFormat.Received(publish, publish.packetId(), publish.topicAlias(), identifiers,
            loop.wallMicros()));
        if (problem != null) say(problem);
        flushLater();
    }

    /** Ends when the retained messages that were seen have been cleared. */
    private void end() {
        enough = true;
        if (client.pending() == 0) exit(0);
    }

    @Override public void completed(ReasonCode reason, Properties properties) {
        if (stopping()) return;
        if (reason.isFailure()) say("Warning: A retained message could not be cleared: " + words(reason) + ".");
        if (enough && client.pending() == 0) exit(0);
    }
}
