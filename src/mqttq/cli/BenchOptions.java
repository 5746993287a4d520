package mqttq.cli;

import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Topics;

/** What {@code bench} is told: its own options, and those of {@link ClientOptions} that concern the connection. */
final class BenchOptions {
    enum Mode { PUB, SUB, CONN, RTT }

    final Mode mode;
    final ClientOptions connection = new ClientOptions(ClientOptions.Tool.BENCH);
    int clients = 1, messages = -1, size = 16, inflight = 20, warmup = -1, parallel = 16;
    /** Messages (CONN: connections) a second of each client; 0: as many as go. */
    double rate;
    String topic;
    boolean json;

    private BenchOptions(Mode mode) { this.mode = mode; }

    static BenchOptions parse(String[] args) throws UsageException {
        Arguments rest = new Arguments(args);
        BenchOptions options = new BenchOptions(switch (rest.left() == 0 ? "" : rest.next()) {
            case "pub" -> Mode.PUB;
            case "sub" -> Mode.SUB;
            case "conn" -> Mode.CONN;
            case "rtt" -> Mode.RTT;
            default -> throw new UsageException("Error: bench needs one of pub, sub, conn and rtt.");
        });
        for (String option = rest.next(); option != null; option = rest.next()) options.take(option, rest);
        options.check();
        return options;
    }

    private void take(String option, Arguments rest) throws UsageException {
        switch (option) {
            case "-c", "--count" -> clients = rest.number(option, "number of clients", 1, 1_000_000, "Invalid number of clients: $");
            case "-n", "--messages" -> messages = rest.number(option, "number of messages", 1, Integer.MAX_VALUE,
                "Invalid number of messages: $");
            case "-s", "--size" -> size = rest.number(option, "size", 0, 100_000_000, "Invalid size: $");
            case "-R", "--rate" -> rate = rest.nanos(option, "rate", "Invalid rate: $") / 1e9;
            case "-M", "--inflight" -> inflight = rest.number(option, "number of messages", 1, 10_000,
                "Invalid number of messages in flight: $");
            case "-t", "--topic" -> topic = rest.value(option, "topic");
            case "--warmup" -> warmup = rest.number(option, "number of messages", 0, Integer.MAX_VALUE, "Invalid number of messages: $");
            case "--parallel" -> parallel = rest.number(option, "number of connections", 1, 10_000, "Invalid number of connections: $");
            case "--json" -> json = true;
            default -> connection.take(option, rest);
        }
    }

    private void check() throws UsageException {
        connection.transport();
        if (messages < 0) messages = mode == Mode.CONN ? 1 : 1000;
        if (topic == null) topic = "bench/%i";
        String example = topic(1);
        boolean valid = mode == Mode.SUB ? Topics.isFilter(example) : Topics.isName(example);
        if (!valid) throw new UsageException("Error: Invalid topic '" + topic + "', are all '+' and '#' wildcards correct?");
        if (connection.password != null && connection.userName == null && connection.version != ProtocolVersion.MQTT_5) {
            throw new UsageException("Error: Problem setting username and/or password.");
        }
        // enough for the just-in-time compilers of both ends, where it does not take long
        if (warmup < 0) warmup = mode == Mode.CONN ? Math.min(clients, 50) : Math.min(messages, Math.max(1, 20_000 / clients));
        if (mode != Mode.CONN && rate > 0) warmup = (int) Math.min(warmup, Math.max(1, 2 * rate));
        if (mode == Mode.RTT) size = Math.max(size, BenchClient.MARK);
    }

    /** The topic of client 1, 2, … */
    String topic(int client) { return topic.replace("%i", String.valueOf(client)); }
}
