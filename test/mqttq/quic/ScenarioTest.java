package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import mqttq.Seeds;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.stream.QuicStream;
import mqttq.quic.stream.StreamHandler;
import mqttq.sim.SimLink;
import mqttq.sim.SimLoop;
import mqttq.sim.SimNat;
import mqttq.sim.SimWorld;
import mqttq.tls.CipherSuite;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The scenarios of the QUIC interop runner, each with its pass conditions, on its network: 15 ms one way, 10 Mbit/s, a queue of 25 packets.
 * The client asks for files on streams, the server sends them.
 */
class ScenarioTest {
    private static final int MB = 1 << 20;

    static LongStream seeds() {
        return Seeds.of(3, 50);
    }

    /** Sends as many bytes as the number on the stream says. */
    private static final class FileServer extends App {
        @Override
        public StreamHandler onStream(Connection c, QuicStream stream) {
            streams.add(stream);
            return new StreamHandler() {
                private long wanted, done;

                @Override public void onData(QuicStream s, ByteBuffer data) {
                    while (data.hasRemaining()) wanted = wanted * 10 + data.get() - '0';
                }

                @Override public void onEnd(QuicStream s) {
                    onWritable(s);
                }

                @Override public void onWritable(QuicStream s) {
                    byte[] chunk = new byte[8192];
                    while (done < wanted) {
                        int n = (int) Math.min(chunk.length, wanted - done);
                        for (int i = 0; i < n; i++) chunk[i] = pattern(done + i);
                        int took = s.write(ByteBuffer.wrap(chunk, 0, n));
                        done += took;
                        if (took < n) return;
                    }
                    s.finish();
                }

                @Override public void onReset(QuicStream s, long code) { }

                @Override public void onStopSending(QuicStream s, long code) { }

                @Override public void onFinished(QuicStream s) { }

                @Override public void onClosed(QuicStream s, String reason) { }
            };
        }
    }

    /** Asks for files as fast as the server allows streams, and checks what comes. */
    private static class Getter extends App {
        private final int[] sizes;
        private int asked;
        int complete;

        Getter(int... sizes) {
            this.sizes = sizes;
        }

        private void ask() {
            while (asked < sizes.length) {
                int size = sizes[asked];
                QuicStream stream = connection.open(true, new File(size));
                if (stream == null) return;
                asked++;
                stream.write(ByteBuffer.wrap(Integer.toString(size).getBytes()));
                stream.finish();
            }
        }

        @Override
        public void onHandshakeComplete(Connection c) {
            super.onHandshakeComplete(c);
            ask();
        }

        @Override
        public void onOpenable(Connection c, boolean bidirectional) {
            ask();
        }

        boolean done() {
            return complete == sizes.length || closed != null;
        }

        private final class File implements StreamHandler {
            private final int size;
            private long got;

            File(int size) {
                this.size = size;
            }

            @Override public void onData(QuicStream s, ByteBuffer data) {
                received += data.remaining();
                while (data.hasRemaining()) if (data.get() != pattern(got++)) wrong++;
            }

            @Override public void onEnd(QuicStream s) {
                assertEquals(size, got);
                complete++;
            }

            @Override public void onReset(QuicStream s, long code) {
                resets++;
            }

            @Override public void onWritable(QuicStream s) { }

            @Override public void onStopSending(QuicStream s, long code) { }

            @Override public void onFinished(QuicStream s) { }

            @Override public void onClosed(QuicStream s, String reason) { }
        }
    }

    /** The runner's network, with a server on it. */
    private static final class Net {
        final SimWorld world;
        final SimLoop a, b;
        final QuicHost client, server;

        Net(long seed) {
            this(seed, "10.0.0.1", "10.0.0.2", tls -> tls);
        }

        Net(long seed, String from, String to, java.util.function.UnaryOperator<mqttq.tls.TlsConfig.Builder> tls) {
            world = new SimWorld(seed);
            a = world.host(from);
            b = world.host(to);
            link().delayMillis(15).bandwidth(10_000_000, 25);
            server = new QuicHost(b, QuicHost.PORT).serve(ConnectionOptions.SERVER, tls);
            server.accept = FileServer::new;
            client = new QuicHost(a, 0);
        }

        SimLink link() {
            return world.link(a, b);
        }

        Getter start(int... sizes) {
            Getter getter = new Getter(sizes);
            client.connect(server, ConnectionOptions.CLIENT, tls -> tls, getter);
            return getter;
        }

        /** All files come, whole, in one connection. */
        Getter get(long seconds, int... sizes) {
            int before = server.apps.size();
            Getter getter = finish(start(sizes), seconds);
            assertEquals(before + 1, server.apps.size(), "handshakes");
            return getter;
        }

        Getter finish(Getter getter, long seconds) {
            boolean done = world.runUntil(getter::done, world.now() + seconds * SECOND);
            assertNull(getter.closed, () -> "closed: " + getter.closed);
            assertTrue(done, () -> getter.complete + " files, " + getter.received + " bytes after " + seconds + " s: " + getter.connection.stats());
            assertEquals(0, getter.wrong + getter.resets);
            return getter;
        }

        void close(App getter) {
            getter.connection.close(0, "");
            world.runFor(100 * MS);
        }

        /** Loses this share at random, no more than three in a row, both ways. */
        void lose(double share, long seed) {
            link().from(a).filter(losses(share, seed));
            link().from(b).filter(losses(share, seed + 1000));
        }

        private static SimLink.Filter losses(double share, long seed) {
            Random random = new Random(seed);
            int[] row = new int[1];
            return (number, datagram) -> {
                row[0] = random.nextDouble() < share && row[0] < 3 ? row[0] + 1 : 0;
                return row[0] == 0;
            };
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void handshake(long seed) {
        Net net = new Net(seed);
        Getter getter = net.get(1, 1024);
        assertEquals(1, getter.handshakes);
        assertEquals(0, getter.connection.token.length, "a Retry");
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void transferFillsTheLink(long seed) {
        Net net = new Net(seed);
        long start = net.world.now();
        net.get(60, 2 * MB, 3 * MB, 5 * MB);
        double mbits = 80.0 * MB / (net.world.now() - start) * 1000;
        assertTrue(mbits >= 9.0, mbits + " Mbit/s, lost " + net.server.apps.get(0).connection.stats());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void longrtt(long seed) {
        Net net = new Net(seed);
        net.link().delayMillis(750);
        net.get(30, 1024);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void multiplexing(long seed) {
        Net net = new Net(seed);
        int[] files = new int[1999];
        java.util.Arrays.fill(files, 32);
        assertTrue(ConnectionOptions.SERVER.streams().bidiStreams() <= 1000);
        net.get(60, files);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void blackhole(long seed) {
        Net net = new Net(seed);
        Getter getter = net.start(10 * MB);
        net.link().blackouts(5 * SECOND, 2 * SECOND);
        net.finish(getter, 60);
        assertEquals(1, net.server.apps.size());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void keyupdate(long seed) {
        Net net = new Net(seed);
        Getter getter = net.start(3 * MB);
        net.world.runUntil(() -> getter.received > MB, 10 * SECOND);
        getter.connection.updateKeys();
        net.finish(getter, 60);
        assertTrue(getter.connection.stats().keyUpdates() > 0);
        assertEquals(getter.connection.stats().keyUpdates(), net.server.apps.get(0).connection.stats().keyUpdates());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void amplificationlimit(long seed) {
        Net net = new Net(seed, "10.0.0.1", "10.0.0.2", tls -> tls.keyManager(QuicHost.longChain(9)));
        long[] bytes = new long[2];
        net.link().from(net.a).filter((number, datagram) -> {
            boolean pass = number < 1 || number > 6;
            if (pass) bytes[0] += datagram.remaining();
            return pass;
        });
        net.link().from(net.b).filter((number, datagram) -> {
            bytes[1] += datagram.remaining();
            boolean validated = !net.server.apps.isEmpty() && net.server.apps.get(0).connection.paths.active().validated;
            assertTrue(validated || bytes[1] <= 3 * bytes[0]);
            return true;
        });
        net.get(60, 1024);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void handshakeloss(long seed) {
        Net net = new Net(seed);
        net.lose(0.3, seed);
        for (int i = 0; i < 50; i++) net.close(net.get(60, 1024));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void transferloss(long seed) {
        Net net = new Net(seed);
        net.lose(0.02, seed);
        net.get(60, 2 * MB);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void handshakecorruption(long seed) {
        Net net = new Net(seed);
        net.link().corrupt(0.3);
        for (int i = 0; i < 50; i++) {
            Getter getter = net.start(1024);
            net.world.runUntil(getter::done, net.world.now() + 60 * SECOND);
            // A damaged Initial is answered by a list of versions, and that, damaged too, has to be believed (RFC 9000 §6.2).
            if (getter.closed != null && getter.closed.kind() == CloseReason.Kind.VERSION_NEGOTIATION) i--;
            else net.close(net.finish(getter, 1));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void transfercorruption(long seed) {
        Net net = new Net(seed);
        net.link().corrupt(0.02);
        net.finish(net.start(2 * MB), 60);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void ipv6(long seed) {
        new Net(seed, "fd00::1", "fd00::2", tls -> tls).get(30, 10 * 1024);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void rebindPort(long seed) {
        rebind(seed, false);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void rebindAddr(long seed) {
        rebind(seed, true);
    }

    /** First after one second, then every five; the server challenges each new path before it has sent more than it may. */
    private static void rebind(long seed, boolean address) {
        Net net = new Net(seed);
        SimNat nat = net.a.nat("10.9.0.1");
        Getter getter = net.start(10 * MB);
        net.world.runFor(SECOND);
        List<InetSocketAddress> seen = new ArrayList<>();
        for (int i = 2; !getter.done() && i < 20; i++) {
            if (address) nat.rebind("10.9.0." + i);
            else nat.rebind();
            net.world.runUntil(getter::done, net.world.now() + 5 * SECOND);
            Connection c = net.server.apps.get(0).connection;
            assertTrue(c.paths.active().validated);
            assertFalse(seen.contains(c.remote()));
            seen.add(c.remote());
        }
        net.finish(getter, 60);
        assertTrue(seen.size() >= 2);
        assertEquals(1, net.server.apps.size());
    }

    /** RFC 9000 §9: the client goes from one interface to another in the middle, with another connection id, and is followed. */
    @ParameterizedTest
    @MethodSource("seeds")
    void connectionmigration(long seed) {
        Net net = new Net(seed);
        net.a.addAddress("10.0.0.3");
        Getter getter = net.start(4 * MB);
        net.world.runUntil(() -> getter.received > MB, 20 * SECOND);
        Connection c = getter.connection;
        long before = c.paths.active().cid;
        InetSocketAddress other = net.client.alsoAt("10.0.0.3");
        assertTrue(c.probe(net.world.now(), other, c.remote(), true));
        net.client.flushLater();
        net.finish(getter, 60);
        assertEquals(other, c.local());
        assertEquals(other, net.server.apps.get(0).connection.remote());
        assertTrue(net.server.apps.get(0).connection.paths.active().validated);
        assertTrue(before != c.paths.active().cid);
        assertEquals(1, net.server.apps.size());
    }

    /** RFC 9000 §9.6: the server would rather be talked to at another address of its host; the runner's form of migration. */
    @ParameterizedTest
    @MethodSource("seeds")
    void preferredAddress(long seed) {
        Net net = new Net(seed);
        net.b.addAddress("10.0.0.7");
        InetSocketAddress other = net.server.alsoAt("10.0.0.7");
        net.server.serve(ConnectionOptions.SERVER.withPreferred(other), tls -> tls);
        net.a.addAddress("10.0.0.3");
        InetSocketAddress socket = net.client.alsoAt("10.0.0.3");
        Getter getter = new Getter(4 * MB) {
            @Override public void onPreferredAddress(Connection c, InetSocketAddress preferred) {
                assertEquals(other, preferred);
                assertTrue(c.probe(net.world.now(), socket, preferred, true));
            }
        };
        net.client.connect(net.server, ConnectionOptions.CLIENT, tls -> tls, getter);
        net.finish(getter, 60);
        assertEquals(other, getter.connection.remote());
        assertEquals(other, net.server.apps.get(0).connection.local());
        assertEquals(1, net.server.apps.size());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void twoEqualFlowsShareTheLink(long seed) {
        Net net = new Net(seed);
        Getter one = net.start(24 * MB), two = net.start(24 * MB);
        net.world.runFor(8 * SECOND);
        long first = one.received, second = two.received;
        net.world.runUntil(() -> one.done() || two.done(), 30 * SECOND);
        first = one.received - first;
        second = two.received - second;
        double share = (double) first / (first + second);
        assertTrue(share > 0.4 && share < 0.6, share + " for one of two");
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void chacha20(long seed) {
        Net net = new Net(seed, "10.0.0.1", "10.0.0.2", tls -> tls.cipherSuites(CipherSuite.TLS_CHACHA20_POLY1305_SHA256));
        assertEquals(CipherSuite.TLS_CHACHA20_POLY1305_SHA256, net.get(60, 3 * MB).connection.cipherSuite());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void retry(long seed) {
        Net net = new Net(seed);
        QuicHost strict = new QuicHost(net.b, 2000, Limits.DEFAULT.withRetryAbove(0)).serve();
        strict.accept = FileServer::new;
        Getter getter = new Getter(1024);
        net.client.connect(strict, ConnectionOptions.CLIENT, tls -> tls, getter);
        net.finish(getter, 10);
        assertTrue(getter.connection.token.length > 0);
    }

    private static Net withTickets(long seed) {
        mqttq.tls.TicketKeys keys = new mqttq.tls.TicketKeys(new mqttq.sim.SimEntropy(seed), 86_400_000);
        Net net = new Net(seed);
        mqttq.quic.stream.Limits d = mqttq.quic.stream.Limits.DEFAULT;
        net.server.serve(ConnectionOptions.SERVER.withStreams(new mqttq.quic.stream.Limits(d.streamWindow(), d.maxStreamWindow(), d.connectionWindow(), 100,
            d.uniStreams(), d.gaps(), d.sendBuffer(), d.maxSendBuffer())), tls -> tls.ticketKeys(keys));
        return net;
    }

    private static Getter resumed(Net net, ConnectionOptions options, int... sizes) {
        Getter first = net.get(10, 32);
        net.world.runFor(100 * MS);
        net.close(first);
        Getter getter = new Getter(sizes);
        getter.memory = first.memory;
        net.client.connect(net.server, options, tls -> tls, getter);
        return getter;
    }

    /** The second handshake shows no certificate: the server's whole flight is one datagram. */
    @ParameterizedTest
    @MethodSource("seeds")
    void resumption(long seed) {
        Net net = withTickets(seed);
        Getter getter = resumed(net, ConnectionOptions.CLIENT.withEarlyData(false), 5 * 1024, 10 * 1024);
        long before = net.server.datagramsSent;
        net.world.runUntil(() -> getter.handshakes == 1, net.world.now() + SECOND);
        assertEquals(1, net.server.datagramsSent - before);
        net.finish(getter, 10);
        assertEquals(2, net.server.apps.size());
    }

    /** All requests go, and arrive, in 0-RTT. */
    @ParameterizedTest
    @MethodSource("seeds")
    void zerortt(long seed) {
        Net net = withTickets(seed);
        int[] files = new int[40];
        java.util.Arrays.fill(files, 32);
        Getter getter = resumed(net, ConnectionOptions.CLIENT, files);
        assertTrue(getter.connection.isEarly());
        getter.ask();
        assertTrue(net.world.runUntil(() -> net.server.apps.size() == 2 && net.server.apps.get(1).streams.size() == 40, net.world.now() + 25 * MS));
        assertTrue(net.server.apps.get(1).connection.isEarly());
        net.finish(getter, 10);
        assertEquals(2, net.server.apps.size());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void v2(long seed) {
        Net net = new Net(seed);
        Getter getter = net.start(1024);
        assertEquals(QuicVersion.V1, getter.connection.version());
        net.finish(getter, 10);
        assertEquals(QuicVersion.V2, getter.connection.version());
        assertEquals(QuicVersion.V2, net.server.apps.get(0).connection.version());
    }
}
