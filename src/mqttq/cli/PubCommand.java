package mqttq.cli;

import java.io.PrintStream;
import mqttq.client.core.ClientCore;
import mqttq.loop.Timers;
import mqttq.loop.nio.LineReader;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ReasonCode;
import mqttq.transport.Pipe;

/** {@code pub}: mosquitto_pub. */
final class PubCommand extends ClientRun implements LineReader.Handler, ClientCore.Completion {
    /** Lines of standard input that wait to be sent; further ones are left unread. */
    private static final int QUEUE = 1000;
    private static final int LONGEST_LINE = 16 << 20;

    private final byte[] payload;
    private final Properties properties;
    private final Timers.Timer repeat;
    private final Runnable goOn = new Runnable() {
        @Override public void run() {
            deferred = false;
            goOn();
        }
    };
    private LineReader reader;
    private boolean started, inputEnded, deferred;
    private int left, completed, code;

    private PubCommand(ClientOptions options, PrintStream err, byte[] payload) {
        super(options, err);
        this.payload = payload;
        properties = properties(options.properties.publish);
        repeat = loop.timer(goOn);
        left = options.repeat;
    }

    static int run(String[] args, PrintStream err) {
        try {
            ClientOptions options = ClientOptions.parse(ClientOptions.Tool.PUB, args, System.getenv());
            return new PubCommand(options, err, payload(options)).run(QUEUE, options.source == ClientOptions.Source.LINES);
        } catch (UsageException e) {
            return usage("pub", err, e);
        }
    }

    @Override void connected(Connack connack, Pipe pipe) {
        if (started) return;
        started = true;
        if (options.source == ClientOptions.Source.LINES) reader = new LineReader(loop, System.in, LONGEST_LINE, this);
        goOn();
    }

    /** Publishes what there is, as much as the client takes, and ends when all of it is done. */
    private void goOn() {
        if (stopping()) return;
        if (reader != null) lines();
        else repeat();
        if (inputEnded && client.pending() == 0) exit(code);
    }

    private void lines() {
        while (!inputEnded && client.takes()) {
            byte[] line = reader.next();
            if (line == null) return;
            client.publish(message(line, properties), this);
        }
    }

    private void repeat() {
        while (left > 0 && client.takes()) {
            left--;
            client.publish(message(payload, properties), this);
            if (left > 0 && options.repeatDelay > 0) {
                repeat.at(loop.now() + options.repeatDelay);
                return;
            }
        }
        inputEnded = left == 0;
    }

    @Override public void onReadable() { goOn(); }

    @Override public void onEnd(String error) {
        if (error != null) {
            say("Error: Unable to read standard input: " + error + ".");
            code = BAD;
        }
        inputEnded = true;
        goOn();
    }

    @Override public void completed(ReasonCode reason, Properties ignored) {
        completed++;
        if (reason.isFailure() && !stopping()) {
            switch (reason) {
                case PACKET_TOO_LARGE -> failed("Error: Message payload is too large.");
                case QOS_NOT_SUPPORTED -> failed("Error: Message QoS not supported on broker, try a lower QoS.");
                case RETAIN_NOT_SUPPORTED -> failed("Error: Retained messages are not supported on broker.");
                default -> say("Warning: Publish " + completed + " failed: " + words(reason) + ".");
            }
        }
        if (deferred || options.repeatDelay > 0 && left > 0) return;
        deferred = true;
        loop.defer(goOn);
    }

    private void failed(String line) {
        say(line);
        code = BAD;
    }
}
