package mqttq.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import mqttq.Statement;
import mqttq.loop.Loop;
import mqttq.loop.TcpPort;
import mqttq.loop.nio.LogWriter;
import mqttq.loop.nio.NioLoop;
import mqttq.sim.SimEntropy;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What TCP, TLS and WebSocket have to do alike, in the simulator and once on real sockets. */
class PipeTransportsTest {
    private static final long MS = 1_000_000, S = 1_000 * MS;
    private static final TransportLimits LIMITS = TransportLimits.DEFAULT;

    private final SimWorld world = new SimWorld(11);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
    private final List<String> seen = new ArrayList<>();

    private static SSLParameters parameters(String... protocols) {
        SSLParameters parameters = new SSLParameters();
        if (protocols.length > 0) parameters.setProtocols(protocols);
        return parameters;
    }

    private static Transport client(String name, String host) {
        Transport tcp = new TcpTransport(LIMITS);
        SSLParameters parameters = name.equals("tls12") ? parameters("TLSv1.2") : parameters();
        TlsSetup setup = TlsSetup.client(TestIdentity.KEY, TestIdentity.TRUST, new SimEntropy(1), host, 8883, true, parameters);
        Transport tls = new TlsTransport(tcp, setup, LIMITS);
        return switch (name) {
            case "tcp" -> tcp;
            case "ws" -> new WebSocketTransport(tcp, WebSocketSetup.client(host, "/mqtt"), LIMITS);
            case "wss" -> new WebSocketTransport(tls, WebSocketSetup.client(host, "mqtt"), LIMITS);
            default -> tls;
        };
    }

    private static Transport server(String name) {
        return server(name, parameters(), List.of());
    }

    private static Transport server(String name, SSLParameters parameters, List<String> origins) {
        Transport tcp = new TcpTransport(LIMITS);
        Transport tls = new TlsTransport(tcp, TlsSetup.server(TestIdentity.KEY, TestIdentity.TRUST, new SimEntropy(2), parameters), LIMITS);
        return switch (name) {
            case "tcp" -> tcp;
            case "ws" -> new WebSocketTransport(tcp, WebSocketSetup.server(origins), LIMITS);
            case "wss" -> new WebSocketTransport(tls, WebSocketSetup.server(origins), LIMITS);
            default -> tls;
        };
    }

    /** Echoes everything, pausing its reader while it cannot write; ends when the peer has. */
    private final class Echo implements Pipe.Handler {
        final Pipe pipe;

        Echo(Pipe pipe) {
            this.pipe = pipe;
        }

        @Override
        public void onData(ByteBuffer data) {
            pipe.write(data);
            if (data.hasRemaining()) pipe.read(false);
        }

        @Override
        public void onWritable() {
            pipe.read(true);
        }

        @Override
        public void onEnd() {
            pipe.close(0, "done", 5 * S);
        }

        @Override
        public void onClosed(String reason) {
            seen.add("server " + reason);
        }
    }

    /** Sends so many bytes, checks what comes back, then closes. */
    private class Sender implements Pipe.Handler {
        final Pipe pipe;
        final Loop loop;
        final ByteBuffer data;
        int got, wrong;
        boolean full;

        Sender(Pipe pipe, Loop loop, int length) {
            this.pipe = pipe;
            this.loop = loop;
            data = ByteBuffer.allocate(length);
            for (int i = 0; i < length; i++) data.put((byte) (i % 251));
            data.flip();
            onWritable();
        }

        @Override
        public void onWritable() {
            pipe.write(data);
            full |= data.hasRemaining();
        }

        @Override
        public void onData(ByteBuffer in) {
            // Takes it in bites, to see that nothing is lost on the way.
            for (int n = Math.min(7000, in.remaining()); n > 0; n--) if (in.get() != (byte) (got++ % 251)) wrong++;
            if (in.hasRemaining()) {
                pipe.read(false);
                loop.timer(() -> pipe.read(true)).at(loop.now() + 100_000);
            }
            if (got == data.limit()) pipe.finish();
        }

        @Override
        public void onEnd() {
            pipe.close(0, "bye", S);
        }

        @Override
        public void onClosed(String reason) {
            seen.add("client " + reason + " " + got + " " + wrong);
        }
    }

    private Transport.Connected connected(java.util.function.Function<Pipe, Pipe.Handler> handler) {
        return new Transport.Connected() {
            @Override
            public Pipe.Handler onConnected(Pipe pipe) {
                return handler.apply(pipe);
            }

            @Override
            public void onFailed(String reason) {
                seen.add("failed " + reason);
            }
        };
    }

    private Transport.Acceptor echo() {
        return new Transport.Acceptor() {
            @Override
            public Pipe.Handler onPipe(Pipe pipe) {
                return new Echo(pipe);
            }

            @Override
            public void onRefused(InetSocketAddress remote, String reason) {
                seen.add("refused " + reason);
            }
        };
    }

    @ParameterizedTest
    @CsvSource({"tcp,0", "tls,0", "tls12,0", "ws,0", "wss,0", "tcp,0.03", "tls,0.03", "ws,0.03", "wss,0.03"})
    @Statement("MQTT-4.2-1")
    void carriesEverythingBothWaysUnderBackPressureAndClosesCleanly(String name, double loss) {
        world.link(a, b).delayMillis(10).loss(loss).bandwidth(100_000_000, 0);
        Transport.Bound bound = server(name).listen(b, SimWorld.address("10.0.0.2", 1), echo());
        Sender[] sender = new Sender[1];
        client(name, "broker.test").connect(a, SimWorld.address("10.0.0.2", 1), connected(pipe -> sender[0] = new Sender(pipe, a, 1 << 20)));
        assertTrue(world.runUntil(() -> seen.size() == 2, 600 * S), () -> seen + world.leaks());
        assertTrue(seen.contains("client bye 1048576 0") && seen.contains("server done"), seen.toString());
        assertTrue(sender[0].full);
        assertEquals(name.startsWith("tls") ? "tls" : name, sender[0].pipe.transport());
        if (name.equals("tcp") || name.equals("ws")) assertNull(sender[0].pipe.session());
        else assertEquals(name.equals("tls12") ? "TLSv1.2" : "TLSv1.3", sender[0].pipe.session().getProtocol());
        bound.close();
        world.runFor(S);
        assertEquals("", world.leaks());
        assertTrue(b.lines().isEmpty() && a.lines().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "tls", "tls12", "ws", "wss"})
    void worksOnRealSockets(String name) throws Exception {
        NioLoop loop = NioLoop.open(new LogWriter());
        Thread thread = loop.start("transport-test");
        try {
            CompletableFuture<Boolean> done = new CompletableFuture<>();
            loop.execute(() -> {
                Transport.Bound bound = server(name).listen(loop, new InetSocketAddress("127.0.0.1", 0), echo());
                client(name, "localhost").connect(loop, bound.local(), connected(pipe -> new Sender(pipe, loop, 500_000) {
                    @Override
                    public void onClosed(String reason) {
                        super.onClosed(reason);
                        bound.close();
                        loop.execute(() -> done.complete(true));
                    }
                }));
            });
            done.get(60, TimeUnit.SECONDS);
            assertTrue(seen.contains("client bye 500000 0"), seen.toString());
        } finally {
            loop.stop();
            thread.join(5000);
            loop.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "tls", "ws", "wss"})
    void lastWordsArriveBeforeTheClose(String name) {
        world.link(a, b).delayMillis(10);
        StringBuilder words = new StringBuilder();
        server(name).listen(b, SimWorld.address("10.0.0.2", 1), pipe -> {
            pipe.write(ByteBuffer.wrap("not authorised".getBytes()));
            pipe.close(0, "refused", S);
            assertEquals(0, pipe.write(ByteBuffer.allocate(1)));
            return new Echo(pipe);
        });
        client(name, "broker.test").connect(a, SimWorld.address("10.0.0.2", 1), connected(pipe -> new Sender(pipe, a, 60_000) {
            @Override
            public void onData(ByteBuffer in) {
                words.append(StandardCharsets.US_ASCII.decode(in));
            }
        }));
        world.run(20 * S);
        assertEquals("not authorised", words.toString());
        assertEquals(2, seen.size(), seen.toString());
        assertTrue(seen.contains("server refused"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "tls", "ws", "wss"})
    void aPeerThatReadsNothingIsLeftAfterTheLinger(String name) {
        server(name).listen(b, SimWorld.address("10.0.0.2", 1), pipe -> {
            Echo echo = new Echo(pipe);
            pipe.write(ByteBuffer.allocate(60_000));
            b.timer(() -> {
                while (pipe.write(ByteBuffer.allocate(60_000)) > 0);
                pipe.close(0, "enough", 2 * S);
            }).at(b.now() + S);
            return echo;
        });
        client(name, "broker.test").connect(a, SimWorld.address("10.0.0.2", 1), connected(pipe -> {
            pipe.read(false);
            return new Sender(pipe, a, 0);
        }));
        assertTrue(world.runUntil(() -> seen.contains("server enough"), 20 * S), seen.toString());
        assertTrue(world.now() < 4 * S, world.now() + "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls", "ws", "wss"})
    void silentPeersRunIntoTheDeadlineAndTheirNumberIsLimited(String name) {
        Transport server = few(name);
        Transport.Bound bound = server.listen(b, SimWorld.address("10.0.0.2", 1), echo());
        List<String> raw = new ArrayList<>();
        for (int i = 0; i < 8; i++) raw(raw, new byte[] {22, 3});
        world.run(2 * S);
        assertEquals(3, raw.size(), raw.toString());
        world.run(5 * S);
        assertEquals(8, raw.size(), raw.toString());
        List<String> told = new ArrayList<>(Collections.nCopies(3, "refused too many handshakes in progress"));
        told.addAll(Collections.nCopies(5, "refused handshake timed out"));
        assertEquals(told, seen);
        bound.close();
        assertEquals("", world.leaks());
        Transport.Bound again = server.listen(b, SimWorld.address("10.0.0.2", 1), echo());
        client(name, "broker.test").connect(a, SimWorld.address("10.0.0.2", 1), connected(pipe -> new Sender(pipe, a, 10)));
        assertTrue(world.runUntil(() -> seen.contains("client bye 10 0"), 20 * S), seen.toString());
        again.close();
    }

    /** Takes five handshakes at once, each for 3 s. */
    private Transport few(String name) {
        TransportLimits few = new TransportLimits(65536, 3 * S, 5, 4096);
        Transport tcp = new TcpTransport(few);
        TlsSetup setup = TlsSetup.server(TestIdentity.KEY, null, new SimEntropy(2), parameters());
        return name.equals("tls") ? new TlsTransport(tcp, setup, few)
            : new WebSocketTransport(name.equals("ws") ? tcp : new TlsTransport(tcp, setup, few), WebSocketSetup.server(List.of()), few);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls", "ws", "wss"})
    void silentPeersDoNotShutTheDoorForWhoComesAfterThem(String name) {
        Transport.Bound bound = few(name).listen(b, SimWorld.address("10.0.0.2", 1), echo());
        List<String> raw = new ArrayList<>();
        for (int i = 0; i < 50; i++) raw(raw, new byte[0]);
        world.run(S / 2);
        assertEquals(45, raw.size());
        client(name, "broker.test").connect(a, SimWorld.address("10.0.0.2", 1), connected(pipe -> new Sender(pipe, a, 10)));
        for (int i = 0; i < 8; i++) {
            world.runFor(name.equals("tls") ? MS / 10 : 0);
            raw(raw, new byte[0]);
        }
        assertTrue(world.runUntil(() -> seen.contains("client bye 10 0"), S), seen.toString());
        bound.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls", "ws", "wss"})
    void whoMayNotComeInIsAskedBeforeItsHandshakeAndOnce(String name) {
        List<String> asked = new ArrayList<>();
        Transport.Acceptor echo = echo(), door = new Transport.Acceptor() {
            @Override
            public Transport.Acceptor onComing(InetSocketAddress remote) {
                asked.add(remote.getAddress().getHostAddress());
                return asked.size() == 1 ? null : echo;
            }

            @Override
            public Pipe.Handler onPipe(Pipe pipe) {
                throw new AssertionError("onComing said who takes it");
            }
        };
        Transport.Bound bound = few(name).listen(b, SimWorld.address("10.0.0.2", 1), door);
        List<String> raw = new ArrayList<>();
        raw(raw, new byte[] {22, 3});
        world.run(S / 2);
        assertEquals(1, raw.size(), "closed at once");
        raw(raw, new byte[] {22, 3});
        client(name, "broker.test").connect(a, SimWorld.address("10.0.0.2", 1), connected(pipe -> new Sender(pipe, a, 10)));
        assertTrue(world.runUntil(() -> seen.contains("client bye 10 0") && seen.contains("refused handshake timed out"), 5 * S), seen.toString());
        assertEquals(List.of("10.0.0.1", "10.0.0.1", "10.0.0.1"), asked);
        bound.close();
    }

    /** A TCP connection that sends these bytes and notes what comes back, as text, and its end. */
    private TcpPort raw(List<String> notes, byte[] first) {
        StringBuilder got = new StringBuilder();
        TcpPort[] port = new TcpPort[1];
        return port[0] = a.tcp(SimWorld.address("10.0.0.2", 1), new TcpPort.Handler() {
            @Override
            public void onConnected() {
                port[0].write(ByteBuffer.wrap(first));
            }

            @Override
            public void onData(ByteBuffer data) {
                got.append(StandardCharsets.ISO_8859_1.decode(data));
            }

            @Override
            public void onEnd() {
                notes.add(got.toString());
                port[0].close();
            }

            @Override
            public void onWritable() { }

            @Override
            public void onClosed(String reason) {
                if (reason != null) notes.add(reason);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "tls", "ws", "wss"})
    void refusalsAndCancelledAttemptsAreTold(String name) {
        Transport client = client(name, "broker.test");
        client.connect(a, SimWorld.address("10.0.0.2", 1), connected(pipe -> null));
        world.run(S);
        assertEquals(List.of("failed Connection refused"), seen);
        Transport.Bound bound = server(name).listen(b, SimWorld.address("10.0.0.2", 1), echo());
        for (long wait : new long[] {0, 5 * MS, 15 * MS, 25 * MS, 35 * MS, 100 * MS}) {
            seen.clear();
            world.link(a, b).delayMillis(10);
            boolean[] stands = new boolean[1];
            Transport.Attempt attempt = client.connect(a, SimWorld.address("10.0.0.2", 1), connected(pipe -> {
                stands[0] = true;
                return new Sender(pipe, a, 10);
            }));
            world.runFor(wait);
            boolean stood = stands[0];
            attempt.cancel();
            world.runFor(5 * S);
            assertEquals(stood, seen.contains("client bye 10 0"), wait + seen.toString());
            assertEquals(stood, stands[0]);
            assertTrue(!seen.toString().contains("failed"), wait + seen.toString());
        }
        bound.close();
        world.runFor(5 * S);
        assertEquals("", world.leaks());
    }

    @Test
    void certificatesAreCheckedAndRefusalsNamed() {
        server("tls").listen(b, SimWorld.address("10.0.0.2", 1), echo());
        client("tls", "other.test").connect(a, SimWorld.address("10.0.0.2", 1), connected(pipe -> new Sender(pipe, a, 10)));
        world.run(5 * S);
        assertEquals(2, seen.size(), seen.toString());
        assertTrue(seen.stream().anyMatch(s -> s.startsWith("failed TLS: ") && s.contains("other.test")), seen.toString());
        assertTrue(seen.stream().anyMatch(s -> s.startsWith("refused TLS: ") && s.contains("certificate_unknown")), seen.toString());
    }

    @Test
    void clientCertificatesAreAskedForAndShown() {
        SSLParameters need = parameters();
        need.setNeedClientAuth(true);
        Pipe[] accepted = new Pipe[1];
        server("tls", need, List.of()).listen(b, SimWorld.address("10.0.0.2", 1), pipe -> new Echo(accepted[0] = pipe));
        client("tls", "broker.test").connect(a, SimWorld.address("10.0.0.2", 1), connected(pipe -> new Sender(pipe, a, 10)));
        assertTrue(world.runUntil(() -> seen.contains("client bye 10 0"), 5 * S), seen.toString());
        assertNotNull(accepted[0]);
        try {
            assertEquals("CN=broker.test", accepted[0].session().getPeerPrincipal().getName());
        } catch (javax.net.ssl.SSLPeerUnverifiedException e) {
            throw new AssertionError(e);
        }
        seen.clear();
        TlsSetup without = TlsSetup.client(null, TestIdentity.TRUST, new SimEntropy(1), "broker.test", 1, true, parameters());
        new TlsTransport(new TcpTransport(LIMITS), without, LIMITS).connect(a, SimWorld.address("10.0.0.2", 1),
            connected(pipe -> new Sender(pipe, a, 10)));
        world.runFor(5 * S);
        assertTrue(seen.stream().anyMatch(s -> s.contains("bad_certificate") || s.contains("certificate_required")), seen.toString());
    }

    @Test
    void rubbishInsteadOfTlsIsAnOutcomeNotATrace() {
        server("tls").listen(b, SimWorld.address("10.0.0.2", 1), echo());
        List<String> raw = new ArrayList<>();
        raw(raw, "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes());
        raw(raw, new byte[] {22, 3, 1, (byte) 0xff, (byte) 0xff, 1, 2, 3});
        raw(raw, new byte[] {22, 3, 1, 0, 0, 22, 3, 1, 0, 0});
        java.util.Random random = new java.util.Random(3);
        for (int i = 0; i < 200; i++) {
            byte[] bytes = new byte[1 + random.nextInt(300)];
            random.nextBytes(bytes);
            bytes[0] = 22;
            byte[] plausible = {22, 3, 3, 0, (byte) (bytes.length - 5), 1, 0, 0, (byte) (bytes.length - 9)};
            if (i % 2 == 0 && bytes.length > 10) System.arraycopy(plausible, 0, bytes, 0, plausible.length);
            raw(raw, bytes);
        }
        world.run(60 * S);
        assertEquals(203, seen.size(), seen.toString());
        assertEquals("[][]", a.lines().toString() + b.lines());
    }
}
