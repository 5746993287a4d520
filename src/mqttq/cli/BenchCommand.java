package mqttq.cli;

import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import mqttq.client.core.ClientSettings;
import mqttq.link.LinkContext;
import mqttq.loop.Loop;
import mqttq.loop.Timers;
import mqttq.loop.nio.NioLoop;
import mqttq.transport.Transport;
import mqttq.wire.Json;

/**
 * {@code bench}: many clients on one loop, that publish, subscribe, connect, or wait for their own messages. Latency counts from the time
 * a message was due, so that a broker that stalls is not spared; the warm-up is left out; errors and losses are counted.
 */
final class BenchCommand implements Runnable {
    private enum Phase { CONNECTING, WARMING, MEASURING, LEAVING }

    private static final long SECOND = 1_000_000_000L, MILLISECOND = 1_000_000L;
    /** Without anything happening for so long the rest is lost; a message of {@code rtt} for so long. */
    private static final long GIVE_UP = 10 * SECOND, MESSAGE_LOST = 5 * SECOND;
    /** How long {@code sub} waits for its first message. */
    private static final long FIRST_MESSAGE = 60 * SECOND;
    private static final int ERRORS_SHOWN = 5;

    final BenchOptions options;
    final NioLoop loop = NioLoop.open();
    final LinkContext context = new LinkContext(loop);
    final long run = loop.entropy().nextLong();
    final String prefix = "bench-" + Long.toHexString(run >>> 44) + "-";
    final byte[] payload;
    Transport transport;
    private final PrintStream err;
    private final ClientSettings.Endpoint endpoint;
    private InetAddress[] addresses;
    private int address;
    private final BenchClient[] clients;

    private Phase phase = Phase.CONNECTING;
    private final ArrayDeque<BenchClient> waiting = new ArrayDeque<>();
    private final List<BenchClient> watched = new ArrayList<>();
    private int connecting, connected, ready, gone, left;
    private boolean anyConnected;

    private final Histogram latencies = new Histogram();
    /** Whether all messages said when they were due, by a clock like ours. */
    private boolean timed = true;
    /** From the loop's time to µs since 1970. */
    private long wallOffset = loop.wallMicros() - loop.now() / 1000;
    private final Timers.Timer tick, look, pace;
    private long started, ended, events, eventsBefore, quietSince, paceBase, paced, expected;
    private long messages, bytes, lost, errors;

    private BenchCommand(BenchOptions options, PrintStream err) throws UsageException {
        this.options = options;
        this.err = err;
        payload = new byte[options.size];
        for (int i = 0; i < payload.length; i++) payload[i] = (byte) ('a' + i % 26);
        endpoint = ClientTransports.endpoint(loop, options.connection, options.connection.transport, options.connection.port, err);
        transport = endpoint.transport();
        clients = new BenchClient[options.clients];
        for (int i = 0; i < clients.length; i++) clients[i] = new BenchClient(this, i + 1);
        tick = loop.timer(this);
        look = loop.timer(this::look);
        pace = loop.timer(this::connectMore);
    }

    static int run(String[] args, PrintStream out, PrintStream err) {
        try {
            return new BenchCommand(BenchOptions.parse(args), err).measureAll(out);
        } catch (UsageException e) {
            return ClientRun.usage("bench", err, e);
        }
    }

    private int measureAll(PrintStream out) {
        loop.onShutdown(this::leave);
        loop.resolve(endpoint.host(), new Loop.Resolved() {
            @Override public void resolved(InetAddress[] found, String error) {
                if (found.length == 0) {
                    error(error);
                    loop.stop();
                    return;
                }
                addresses = found;
                quietSince = loop.now();
                tick.at(loop.now() + SECOND);
                if (options.mode == BenchOptions.Mode.CONN) connectAll(Phase.WARMING, options.warmup, 1);
                else connectAll(Phase.CONNECTING, clients.length, 1);
            }
        });
        loop.run();
        out.print(options.json ? json() : table());
        out.flush();
        int code = anyConnected ? 0 : 1;
        loop.exitStatus(code);
        loop.close();
        return code;
    }

    InetSocketAddress address() { return new InetSocketAddress(addresses[address], endpoint.port()); }

    // ---- connecting

    private void connectAll(Phase phase, int count, int times) {
        this.phase = phase;
        expected = (long) count * times;
        ready = 0;
        paced = 0;
        paceBase = started = loop.now();
        for (int i = 0; i < count; i++) {
            clients[i].again = times - 1;
            waiting.add(clients[i]);
        }
        if (expected == 0) connectsDone();
        else connectMore();
    }

    /** With a rate at their times; else as many at once as {@code --parallel} says. */
    private void connectMore() {
        boolean timed = options.mode == BenchOptions.Mode.CONN && options.rate > 0 && phase == Phase.MEASURING;
        int most = !anyConnected ? 1 : timed ? Integer.MAX_VALUE : options.parallel; // the first finds the address that answers
        while (phase != Phase.LEAVING && !waiting.isEmpty() && connecting < most) {
            long at = loop.now();
            if (timed) {
                at = paceBase + (long) (paced * SECOND / (options.rate * clients.length));
                if (at > loop.now()) {
                    pace.at(at);
                    return;
                }
                paced++;
            }
            connecting++;
            waiting.poll().connect(at);
        }
    }

    /** CONNACK, and SUBACK where it subscribes, have come. */
    void ready(BenchClient client, long asked) {
        events++;
        connecting--;
        connected++;
        anyConnected = true;
        ready++;
        if (options.mode == BenchOptions.Mode.CONN) {
            latency(loop.now() - asked);
            // a client that is to connect again, and one of the warm-up, leaves; the others stay
            if (phase == Phase.WARMING || client.again > 0) client.disconnect();
        }
        connectMore();
        if (ready == expected) connectsDone();
    }

    /** The transport did not come about. */
    void failed(BenchClient client, String reason) {
        connecting--;
        if (!anyConnected && address + 1 < addresses.length) {
            address++;
            waiting.addFirst(client);
            connectMore();
            return;
        }
        error(reason);
        missed();
        if (client.again-- > 0) waiting.add(client);
        if (anyConnected) connectMore();
        else while (waiting.poll() != null) missed(); // it would be the same for all
    }

    /** One connection fewer to wait for. */
    private void missed() {
        if (options.mode == BenchOptions.Mode.CONN) lost++;
        else if (options.mode != BenchOptions.Mode.SUB) lost += options.messages;
        expected--;
        if (ready == expected && phase != Phase.LEAVING) connectsDone();
    }

    private void connectsDone() {
        if (options.mode != BenchOptions.Mode.CONN) {
            if (connected == 0) leave();
            else if (options.mode == BenchOptions.Mode.SUB) measure();
            else round(Phase.WARMING, options.warmup);
        } else if (phase == Phase.MEASURING) {
            leave();
        } else if (connected == 0) {
            measure();
        }
    }

    // ---- rounds

    private void round(Phase phase, int count) {
        this.phase = phase;
        quietSince = started = loop.now();
        left = connected;
        if (count == 0 || left == 0) {
            roundEnded();
            return;
        }
        for (BenchClient client : clients) {
            if (client.connected()) client.round(count, started + MILLISECOND, phase == Phase.WARMING ? "/warmup" : "");
        }
    }

    private void measure() {
        if (options.mode == BenchOptions.Mode.CONN) {
            connectAll(Phase.MEASURING, clients.length, options.messages);
        } else if (options.mode == BenchOptions.Mode.SUB) {
            phase = Phase.MEASURING;
            expected = (long) options.messages * connected;
            quietSince = loop.now();
            say("Subscribed.");
        } else {
            round(Phase.MEASURING, options.messages);
        }
    }

    void roundDone() { if (--left == 0) roundEnded(); }
    private void roundEnded() { loop.defer(phase == Phase.WARMING ? this::measure : this::leave); }

    /** Looks each millisecond whether the transport has delivered what the client sent: then its round is done. */
    void watch(BenchClient client) {
        if (watched.contains(client)) return;
        watched.add(client);
        if (watched.size() == 1) look.at(loop.now() + MILLISECOND);
    }

    private void look() {
        for (int i = watched.size(); i-- > 0; ) {
            BenchClient client = watched.get(i);
            if (!client.delivered()) continue;
            watched.remove(i);
            if (!client.connected()) continue;
            if (phase == Phase.MEASURING) ended = loop.now();
            roundDone();
        }
        if (!watched.isEmpty()) look.at(loop.now() + MILLISECOND);
    }

    // ---- what is counted

    /** A message is through, or a connection stands, after {@code nanos}. */
    void latency(long nanos) {
        events++;
        if (phase != Phase.MEASURING) return;
        latencies.record(nanos);
        messages++;
        bytes += options.mode == BenchOptions.Mode.CONN ? 0 : payload.length;
        ended = loop.now();
    }

    long wallMicros(long at) { return wallOffset + at / 1000; }

    /** {@code sub} has one more message, which was due at {@code micros} (since 1970), or -1. */
    void received(int length, long micros) {
        events++;
        if (phase != Phase.MEASURING || options.mode != BenchOptions.Mode.SUB) return;
        if (messages++ == 0) started = loop.now();
        bytes += length;
        long nanos = (loop.wallMicros() - micros) * 1000; // this turn of the loop may have begun before it was sent
        if (micros >= 0 && nanos > -MILLISECOND) latencies.record(nanos);
        else timed = false;
        ended = loop.now();
        if (messages == expected) leave();
    }

    void lost(long count) { lost += count; }

    void error(String what) {
        if (errors++ < ERRORS_SHOWN) err.println("Error: " + what + (errors == ERRORS_SHOWN ? "; further errors are only counted." : ""));
    }

    // ---- the end

    /** A client's connection has gone; {@code was}: after CONNACK. */
    void closed(BenchClient client, boolean was, String reason) {
        if (!was) connecting--;
        else connected--;
        if (phase == Phase.LEAVING) {
            if (connected == 0) loop.stop();
            return;
        }
        if (options.mode == BenchOptions.Mode.CONN && was) {
            if (phase == Phase.WARMING && connected == 0 && ready == expected) {
                measure();
            } else if (phase == Phase.MEASURING && client.again-- > 0) {
                waiting.add(client);
                connectMore();
            }
            return;
        }
        if (!was || phase == Phase.CONNECTING) {
            missed();
            connectMore();
            return;
        }
        error("a connection was lost: " + reason);
        if (options.mode == BenchOptions.Mode.SUB) return;
        lost += client.missing() + (phase == Phase.WARMING ? options.messages : 0);
        watched.remove(client);
        roundDone();
    }

    private void leave() {
        if (phase == Phase.LEAVING) return;
        if (options.mode == BenchOptions.Mode.SUB) lost += Math.max(0, expected - messages);
        else if (options.mode != BenchOptions.Mode.CONN && phase == Phase.MEASURING && left > 0) for (BenchClient client
            : clients) lost += client.missing();
        phase = Phase.LEAVING;
        waiting.clear();
        tick.at(loop.now() + 3 * SECOND);
        for (BenchClient client : clients) client.disconnect();
        if (connected == 0) loop.stop();
    }

    /** Each second: progress, PINGREQs, and whether there is still anything to wait for. */
    @Override public void run() {
        if (phase == Phase.LEAVING) {
            loop.stop();
            return;
        }
        long now = loop.now();
        wallOffset = loop.wallMicros() - now / 1000; // clocks are slewed
        tick.at(now + SECOND);
        if (!options.json) {
            say(now / SECOND + " s: " + connected + " connected, " + messages
                + (options.mode == BenchOptions.Mode.CONN ? " connects, " : " messages, ") + (events - eventsBefore)
                + "/s" + (phase == Phase.WARMING ? " (warm-up), " : ", ") + lost + " lost, " + errors + " errors");
        }
        if (events != eventsBefore) quietSince = now;
        eventsBefore = events;
        long keepAlive = options.connection.keepAlive * SECOND;
        for (BenchClient client : clients) client.ping(now - keepAlive / 2);
        if (options.mode == BenchOptions.Mode.RTT && phase != Phase.CONNECTING) {
            for (BenchClient client : clients) client.giveUp(MESSAGE_LOST);
        }
        long patience = options.mode == BenchOptions.Mode.SUB && messages == 0 ? FIRST_MESSAGE : GIVE_UP;
        if (options.rate > 0) patience += (long) (2 * SECOND / options.rate);
        if (now - quietSince < patience || phase == Phase.LEAVING) return;
        if (options.mode != BenchOptions.Mode.SUB || messages == 0) error("nothing happened for " + patience / SECOND + " s");
        leave();
    }

    private void say(String line) { if (!options.json) err.println(line); }
    private double seconds() { return Math.max(0, ended - started) / 1e9; }
    private double rate() { return seconds() > 0 ? messages / seconds() : 0; }

    private String json() {
        Json json = new Json().object().field("transport", options.connection.transport).field("clients", options.clients)
            .field("messages", messages).field("bytes", bytes).name("seconds").raw(decimal(seconds(), 6)).name("rate_per_s")
            .raw(decimal(rate(), 1)).object("latency_us").name("p50").raw(quantile(0.5)).name("p90").raw(quantile(0.9)).name("p99")
            .raw(quantile(0.99)).name("p999").raw(quantile(0.999)).name("max").raw(quantile(1)).end();
        return json.field("lost", lost).field("errors", errors).end() + "\n";
    }

    private String table() {
        return "transport  " + options.connection.transport + "\nclients    " + options.clients
            + (options.mode == BenchOptions.Mode.CONN ? "\nconnects   " : "\nmessages   ") + messages
            + "\nbytes      " + bytes + "\nseconds    " + decimal(seconds(), 3) + "\nrate       " + decimal(rate(), 1) + " /s"
                + (!timed || messages == 0 ? "" : "\nlatency    p50 "
            + quantile(0.5) + " us, p90 " + quantile(0.9) + " us, p99 " + quantile(0.99) + " us, p99.9 " + quantile(0.999) + " us, max "
                + quantile(1) + " us")
            + "\nlost       " + lost + "\nerrors     " + errors + "\n";
    }

    /** A quantile, or the word null. */
    private String quantile(double part) {
        return timed && messages > 0 ? String.valueOf(part == 1 ? latencies.max() : latencies.quantile(part)) : "null";
    }
    private static String decimal(double value, int digits) { return String.format(Locale.ROOT, "%." + digits + "f", value); }
}
