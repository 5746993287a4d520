package mqttq.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.PrintStream;
import mqttq.loop.Timers;
import mqttq.loop.nio.LineReader;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Message;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ReasonCode;

/** {@code pub}: mosquitto_pub. */
final class PubCommand extends ClientRun implements LineReader.Handler {
    /** Lines of standard input that wait to be sent; further ones are left unread. */
    private static final int QUEUE = 100;
    private static final int LONGEST_LINE = 16 << 20;

    private final Timers.Timer repeat;
    private LineReader reader;
    private boolean started, inputEnded, starved;
    private int left;

    private PubCommand(ClientOptions options, PrintStream err) {
        super(options, err);
        repeat = loop.timer(this::publishNext);
        left = options.repeat;
    }

    static int run(String[] args, PrintStream err) {
        return guarded("pub", err, () -> {
            ClientOptions options = ClientOptions.parse(ClientOptions.Tool.PUB, args);
            if (options.source == ClientOptions.Source.STDIN) options.payload = standardInput();
            return new PubCommand(options, err).run(QUEUE);
        });
    }

    private static byte[] standardInput() throws UsageException {
        try {
            return System.in.readAllBytes();
        } catch (IOException e) {
            throw new UsageException("Error: Unable to read standard input: " + e.getMessage());
        }
    }

    @Override void connected(Connack connack) {
        if (started) return;
        started = true;
        if (options.source == ClientOptions.Source.LINES) {
            reader = new LineReader(loop, new BufferedInputStream(System.in), LONGEST_LINE, this);
            reader.more();
        } else {
            publishNext();
        }
    }

    private void publishNext() {
        while (left > 0 && client.takes()) {
            left--;
            publish(options.payload == null ? new byte[0] : options.payload);
            if (left > 0 && options.repeatDelayMillis > 0) {
                repeat.at(loop.now() + options.repeatDelayMillis * 1_000_000);
                return;
            }
        }
        inputEnded = left == 0;
        finishIfDone();
    }

    @Override public void onLine(byte[] line) {
        publish(line);
        if (client.takes()) reader.more();
        else starved = true;
    }

    @Override public void onEnd(String error) {
        if (error != null) say("Error: Unable to read standard input: " + error + ".");
        inputEnded = true;
        finishIfDone();
    }

    private void publish(byte[] payload) {
        client.publish(Message.of(options.topics.get(0), payload, options.qos, options.retain), this::completed);
    }

    private void completed(ReasonCode code, Properties properties) {
        if (code.isFailure()) say("Warning: Publish failed: " + code + ".");
        else if (code == ReasonCode.NO_MATCHING_SUBSCRIBERS && options.debug) trace("no subscriber matched");
        if (left > 0 && options.repeatDelayMillis == 0) loop.defer(this::publishNext);
        else if (starved && client.takes()) reader.more();
        starved &= !client.takes();
        loop.defer(this::finishIfDone);
    }

    private void finishIfDone() {
        if (started && inputEnded && client.pending() == 0) exit(0);
    }
}
