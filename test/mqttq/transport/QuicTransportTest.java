package mqttq.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import mqttq.loop.UdpPort;
import mqttq.quic.ConnectionOptions;
import mqttq.quic.EndpointConfig;
import mqttq.sim.SimLoop;
import mqttq.sim.SimNat;
import mqttq.sim.SimWorld;
import mqttq.tls.Identity;
import mqttq.tls.Pem;
import mqttq.tls.TlsConfig;
import mqttq.tls.Trust;
import org.junit.jupiter.api.Test;

class QuicTransportTest {
    private static final long MS = 1_000_000, SECOND = 1000 * MS;
    private static final Path PEMS = Path.of("test/mqttq/tls/pem");

    private final SimWorld world = new SimWorld(1);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
    private final QuicTransport server = QuicTransport.server(EndpointConfig.of(b.entropy(), b), serverTls("ec256"), ConnectionOptions.SERVER);
    private final QuicTransport client = QuicTransport.client(EndpointConfig.of(a.entropy(), a), clientTls(), ConnectionOptions.CLIENT, "broker.example");
    private final List<End> accepted = new ArrayList<>();
    private Transport.Bound bound;

    private TlsConfig serverTls(String identity) {
        try {
            return TlsConfig.builder(b.entropy(), b::wallMillis).applicationProtocols("mqtt")
                .keyManager(Identity.ofPem(PEMS.resolve(identity + ".pem"), PEMS.resolve(identity + ".key"))).build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TlsConfig clientTls() {
        try {
            return TlsConfig.builder(a.entropy(), a::wallMillis).applicationProtocols("mqtt")
                .trustManager(Trust.of(Pem.certificates(PEMS.resolve("ca.pem")))).build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One end of a pipe. */
    private static class End implements Pipe.Handler, Transport.Connected {
        Pipe pipe;
        String failed, closed;
        boolean gone, takes = true;
        int ends, resets, calls;
        long code = -1;
        long received;
        final StringBuilder text = new StringBuilder();

        void say(String words) {
            pipe.write(ByteBuffer.wrap(words.getBytes(StandardCharsets.US_ASCII)));
        }

        @Override
        public Pipe.Handler onConnected(Pipe made) {
            calls++;
            pipe = made;
            return takes ? this : null;
        }

        @Override
        public void onFailed(String reason) {
            calls++;
            failed = reason;
        }

        @Override
        public void onData(ByteBuffer data) {
            if (gone) throw new AssertionError("data after the end");
            received += data.remaining();
            if (data.remaining() < 100) text.append(StandardCharsets.US_ASCII.decode(data));
            data.position(data.limit());
        }

        @Override
        public void onWritable() { }

        @Override
        public void onEnd() {
            ends++;
        }

        @Override
        public void onReset(long withCode) {
            resets++;
            code = withCode;
        }

        @Override
        public void onClosed(String reason) {
            if (gone) throw new AssertionError("closed twice");
            gone = true;
            closed = reason;
        }
    }

    private void listen() {
        world.link(a, b).delayMillis(10);
        bound = server.listen(b, SimWorld.address("10.0.0.2", 14567), pipe -> {
            End end = new End();
            end.pipe = pipe;
            accepted.add(end);
            return end;
        });
    }

    private End connect() {
        End end = new End();
        client.connect(a, bound.local(), end);
        assertEquals(0, end.calls);
        world.runFor(100 * MS);
        assertNull(end.failed);
        assertNotNull(end.pipe);
        return end;
    }

    private void nothingIsLeft() {
        bound.close();
        world.runFor(200 * SECOND);
        assertEquals("", world.leaks());
    }

    @Test
    void whatIsWrittenArrives() {
        listen();
        End end = connect();
        assertEquals(0, accepted.size(), "a pipe stands for the server when its client says something");
        end.say("hello");
        world.runFor(50 * MS);
        End other = accepted.get(0);
        assertEquals("hello", other.text.toString());
        other.say("welcome");
        world.runFor(50 * MS);
        assertEquals("welcome", end.text.toString());
        assertEquals("quic", end.pipe.transport());
        assertNotNull(end.pipe.session());
        assertEquals(new InetSocketAddress("10.0.0.1", end.pipe.local().getPort()), other.pipe.remote());
        assertEquals(0, end.pipe.unsent());
        end.pipe.abort(0, "");
        nothingIsLeft();
    }

    /** RFC 9000 §8.2, §9.3.1: what comes from there may have been sent by anybody. */
    @Test
    void anAddressCountsWhenItIsValidated() {
        SimNat nat = a.nat("10.0.0.8");
        listen();
        End end = connect();
        end.say("one");
        world.runFor(50 * MS);
        Pipe pipe = accepted.get(0).pipe;
        nat.rebind("10.0.0.9");
        end.say("two");
        world.runFor(11 * MS);
        assertEquals("onetwo", accepted.get(0).text.toString());
        assertEquals("10.0.0.8", pipe.remote().getAddress().getHostAddress());
        world.runFor(SECOND);
        assertEquals("10.0.0.9", pipe.remote().getAddress().getHostAddress());
        end.pipe.abort(0, "");
        nothingIsLeft();
    }

    @Test
    void connectionsWithoutAStreamAreFewAndEndSoon() {
        world.link(a, b).delayMillis(10);
        EndpointConfig config = EndpointConfig.of(b.entropy(), b);
        int[] crowded = {0};
        Transport few = QuicTransport.server(config.withLimits(config.limits().withMaxHandshakes(3)), serverTls("ec256"), ConnectionOptions.SERVER);
        bound = few.listen(b, SimWorld.address("10.0.0.2", 14567), new Transport.Acceptor() {
            @Override
            public Pipe.Handler onPipe(Pipe pipe) {
                End end = new End();
                end.pipe = pipe;
                accepted.add(end);
                return end;
            }

            @Override
            public void onCrowded() {
                crowded[0]++;
            }
        });
        List<End> silent = new ArrayList<>();
        for (int i = 0; i < 5; i++) silent.add(connect());
        world.runFor(100 * MS);
        assertEquals(2, crowded[0]);
        assertTrue(silent.get(0).gone && silent.get(1).gone && !silent.get(2).gone, "the oldest go");
        silent.get(4).say("hello");
        world.runFor(12 * SECOND);
        assertTrue(silent.get(2).gone && silent.get(3).gone && !silent.get(4).gone);
        assertEquals("hello", accepted.get(0).text.toString());
        silent.get(4).pipe.abort(0, "");
        nothingIsLeft();
    }

    /** The client's end of a further stream. */
    private static final class Further implements mqttq.quic.stream.StreamHandler {
        final StringBuilder text = new StringBuilder();
        int ends;
        long reset = -1, stopped = -1;

        @Override
        public void onData(mqttq.quic.stream.QuicStream stream, ByteBuffer data) { text.append(StandardCharsets.US_ASCII.decode(data)); }

        @Override
        public void onEnd(mqttq.quic.stream.QuicStream stream) { ends++; }

        @Override
        public void onReset(mqttq.quic.stream.QuicStream stream, long code) { reset = code; }

        @Override
        public void onStopSending(mqttq.quic.stream.QuicStream stream, long code) { stopped = code; }

        @Override
        public void onClosed(mqttq.quic.stream.QuicStream stream, String reason) { }
    }

    @Test
    void furtherStreamsAreTheHandlersAndEndAlone() {
        List<End> further = new ArrayList<>();
        world.link(a, b).delayMillis(10);
        bound = server.listen(b, SimWorld.address("10.0.0.2", 14567), pipe -> {
            End end = new End() {
                @Override
                public Pipe.Handler onStream(Pipe stream) {
                    if (further.size() == 10) return null;
                    End other = new End();
                    other.pipe = stream;
                    further.add(other);
                    return other;
                }
            };
            end.pipe = pipe;
            accepted.add(end);
            return end;
        });
        End end = connect();
        end.say("control");
        mqttq.quic.Connection connection = ((QuicPipe) end.pipe).connection;
        Further[] streams = new Further[11];
        mqttq.quic.stream.QuicStream[] opened = new mqttq.quic.stream.QuicStream[11];
        for (int i = 0; i < 11; i++) {
            opened[i] = connection.open(true, streams[i] = new Further());
            opened[i].write(ByteBuffer.wrap(("stream " + i).getBytes(StandardCharsets.US_ASCII)));
        }
        Further oneWay = new Further();
        connection.open(false, oneWay).write(ByteBuffer.wrap(new byte[] {1}));
        world.runFor(100 * MS);
        assertEquals(10, further.size());
        assertEquals("stream 9", further.get(9).text.toString());
        assertTrue(streams[10].stopped >= 0 && streams[10].reset >= 0, "refused");
        assertTrue(oneWay.stopped >= 0, "refused");
        further.get(0).say("welcome");
        further.get(1).pipe.close(0x81, "malformed", SECOND);
        opened[2].reset(5);
        world.runFor(SECOND);
        assertEquals("welcome", streams[0].text.toString());
        assertEquals(1, streams[1].ends);
        assertTrue(further.get(1).gone && further.get(2).gone && !further.get(0).gone);
        accepted.get(0).say("still here");
        world.runFor(100 * MS);
        assertEquals("still here", end.text.toString());
        accepted.get(0).pipe.close(0, "bye", SECOND);
        world.runFor(2 * SECOND);
        assertTrue(further.get(0).gone && end.gone);
        nothingIsLeft();
    }

    @Test
    void aControlStreamResetByTheClientEndsTheConnectionWithCode1() {
        listen();
        End end = connect();
        end.say("x");
        Further other = new Further();
        ((QuicPipe) end.pipe).connection.open(true, other).write(ByteBuffer.wrap(new byte[1]));
        world.runFor(50 * MS);
        ((QuicPipe) end.pipe).stream.reset(7);
        world.runFor(100 * MS);
        assertEquals(7, accepted.get(0).code);
        assertEquals("by the peer: APPLICATION 0x1 (control stream down)", end.closed);
        nothingIsLeft();
    }

    @Test
    void aControlStreamThatTheClientReadsNoMoreEndsTheConnectionWithCode1() {
        listen();
        End end = connect();
        end.say("x");
        world.runFor(50 * MS);
        ((QuicPipe) end.pipe).stream.stopSending(8);
        world.runFor(100 * MS);
        assertEquals(8, accepted.get(0).code);
        assertEquals("by the peer: APPLICATION 0x1 (control stream down)", end.closed);
        nothingIsLeft();
    }

    @Test
    void aTakeOverStopsTheClientWithCode142AfterWhatWasWritten() {
        listen();
        List<Long> stops = new ArrayList<>();
        End end = connect();
        ((QuicPipe) end.pipe).stream.handler(new mqttq.quic.stream.StreamHandler() {
            private final mqttq.quic.stream.StreamHandler pipe = ((QuicPipe) end.pipe).stream.handler();

            @Override
            public void onData(mqttq.quic.stream.QuicStream stream, ByteBuffer data) { pipe.onData(stream, data); }

            @Override
            public void onEnd(mqttq.quic.stream.QuicStream stream) { pipe.onEnd(stream); }

            @Override
            public void onClosed(mqttq.quic.stream.QuicStream stream, String reason) { pipe.onClosed(stream, reason); }

            @Override
            public void onStopSending(mqttq.quic.stream.QuicStream stream, long code) {
                stops.add(code);
                pipe.onStopSending(stream, code);
            }
        });
        end.say("x");
        world.runFor(50 * MS);
        accepted.get(0).say("DISCONNECT");
        accepted.get(0).pipe.close(Pipe.TAKEN_OVER, "taken over", SECOND);
        world.runFor(100 * MS);
        assertEquals(List.of(142L), stops);
        assertEquals("DISCONNECT", end.text.toString());
        assertEquals(1, end.ends);
        world.runFor(SECOND);
        assertTrue(end.gone);
        nothingIsLeft();
    }

    @Test
    void aStreamThatOvertakesTheControlStreamWaitsForIt() {
        List<End> further = new ArrayList<>();
        world.link(a, b).delayMillis(10);
        bound = server.listen(b, SimWorld.address("10.0.0.2", 14567), pipe -> {
            End end = new End() {
                @Override
                public Pipe.Handler onStream(Pipe stream) {
                    if (further.size() == 1) return null;
                    End other = new End();
                    other.pipe = stream;
                    further.add(other);
                    return other;
                }
            };
            end.pipe = pipe;
            accepted.add(end);
            return end;
        });
        End end = connect(), one = new End(), two = new End(), three = new End();
        for (End each : List.of(one, two, three)) {
            each.pipe = end.pipe.openStream();
            each.pipe.handler(each);
            each.say("data");
        }
        world.runFor(50 * MS);
        assertEquals(0, accepted.size());
        three.pipe.abort(9, "");
        world.runFor(50 * MS);
        end.say("control");
        world.runFor(200 * MS);
        assertEquals("control", accepted.get(0).text.toString());
        assertEquals("data", further.get(0).text.toString());
        assertFalse(one.gone);
        assertTrue(two.gone, "refused");
        assertTrue(three.gone, "reset before");
        assertEquals(1, further.size());
        end.pipe.abort(0, "");
        nothingIsLeft();
    }

    @Test
    void aClientOpensAsManyStreamsAsItsServerAllows() {
        listen();
        End end = connect();
        for (int i = 1; i < 16; i++) assertNotNull(end.pipe.openStream(), "stream " + i);
        assertNull(end.pipe.openStream());
        end.pipe.close(0, "", SECOND);
        assertNull(end.pipe.openStream());
        world.runFor(2 * SECOND);
        nothingIsLeft();
    }

    @Test
    void closeDeliversEverythingFirstThenEndsStreamAndConnection() {
        listen();
        world.link(a, b).bandwidth(1_000_000, 100);
        End end = connect();
        byte[] much = new byte[60_000];
        assertEquals(much.length, end.pipe.write(ByteBuffer.wrap(much)));
        end.pipe.close(0, "done", 10 * SECOND);
        assertEquals(0, end.pipe.write(ByteBuffer.wrap(much)));
        world.runFor(200 * MS);
        assertFalse(end.gone);
        world.runFor(800 * MS);
        End other = accepted.get(0);
        assertEquals(much.length, other.received);
        assertEquals(1, other.ends);
        assertFalse(other.gone, "the server may still write");
        other.pipe.close(0, "", SECOND);
        world.runFor(200 * MS);
        assertTrue(end.gone && other.gone);
        assertEquals("done", end.closed);
        nothingIsLeft();
    }

    @Test
    void aPeerThatNeverEndsItsDirectionIsNotWaitedForLong() {
        listen();
        End end = connect();
        end.say("bye");
        end.pipe.close(0, "done", 10 * SECOND);
        world.runFor(SECOND);
        assertTrue(end.gone);
        assertTrue(accepted.get(0).gone);
        assertTrue(accepted.get(0).closed.contains("APPLICATION"), accepted.get(0).closed);
        nothingIsLeft();
    }

    @Test
    void lingeringHasAnEnd() {
        listen();
        End end = connect();
        end.say("hello");
        world.runFor(50 * MS);
        world.link(a, b).up(false);
        end.say("lost");
        end.pipe.close(0, "done", 3 * SECOND);
        world.runFor(2900 * MS);
        assertFalse(end.gone);
        world.runFor(200 * MS);
        assertTrue(end.gone);
        nothingIsLeft();
    }

    @Test
    void abortTellsTheCodeAndCallsBackLater() {
        listen();
        End end = connect();
        end.say("hello");
        world.runFor(50 * MS);
        end.pipe.abort(0x95, "too large");
        assertFalse(end.gone, "no method calls back from within");
        world.runFor(50 * MS);
        assertTrue(end.gone);
        assertTrue(accepted.get(0).closed.contains("0x95"), accepted.get(0).closed);
        nothingIsLeft();
    }

    @Test
    void finishEndsOneDirectionOnly() {
        listen();
        End end = connect();
        end.say("question");
        end.pipe.finish();
        world.runFor(50 * MS);
        End other = accepted.get(0);
        assertEquals(1, other.ends);
        other.say("answer");
        world.runFor(50 * MS);
        assertEquals("answer", end.text.toString());
        other.pipe.finish();
        world.runFor(100 * MS);
        assertTrue(end.gone && other.gone);
        nothingIsLeft();
    }

    @Test
    void backPressureStopsTheWriter() {
        listen();
        End end = connect();
        end.say("hello");
        world.runFor(50 * MS);
        accepted.get(0).pipe.read(false);
        byte[] chunk = new byte[100_000];
        long took = 0;
        for (int i = 0; i < 100; i++) {
            took += end.pipe.write(ByteBuffer.wrap(chunk));
            world.runFor(20 * MS);
        }
        assertEquals(5, accepted.get(0).received);
        assertTrue(took < 3_000_000, "took " + took);
        accepted.get(0).pipe.read(true);
        world.runFor(5 * SECOND);
        assertEquals(5 + took, accepted.get(0).received);
        end.pipe.abort(0, "");
        nothingIsLeft();
    }

    @Test
    void nobodyListeningIsKnownAtOnce() {
        world.link(a, b).delayMillis(10);
        End end = new End();
        client.connect(a, SimWorld.address("10.0.0.2", 9), end);
        world.runFor(50 * MS);
        assertNotNull(end.failed);
        assertEquals(1, end.calls);
        world.runFor(SECOND);
        assertEquals("", world.leaks());
    }

    @Test
    void aServerThatIsNotTrustedIsARefusalToBoth() {
        world.link(a, b).delayMillis(10);
        List<String> refused = new ArrayList<>();
        bound = server.listen(b, SimWorld.address("10.0.0.2", 14567), new Transport.Acceptor() {
            @Override
            public Pipe.Handler onPipe(Pipe pipe) {
                throw new AssertionError();
            }

            @Override
            public void onRefused(InetSocketAddress remote, String reason) {
                refused.add(remote.getAddress().getHostAddress() + " " + reason);
            }
        });
        List<String> outcome = new ArrayList<>();
        QuicTransport.client(EndpointConfig.of(a.entropy(), a), clientTls(), ConnectionOptions.CLIENT, "other.example")
            .connect(a, bound.local(), new End() {
                @Override
                public void onRefused(String reason) {
                    outcome.add(reason);
                }
            });
        world.runFor(SECOND);
        assertEquals(1, outcome.size());
        assertEquals(1, refused.size());
        assertTrue(refused.get(0).startsWith("10.0.0.1 by the peer: TRANSPORT 0x1"), refused.get(0));
        nothingIsLeft();
    }

    @Test
    void cancelMeansSilence() {
        listen();
        End end = new End();
        Transport.Attempt attempt = client.connect(a, bound.local(), end);
        world.runFor(15 * MS);
        attempt.cancel();
        attempt.cancel();
        world.runFor(SECOND);
        assertEquals(0, end.calls);
        nothingIsLeft();
    }

    @Test
    void aHandlerThatDeclinesAbortsThePipe() {
        listen();
        End end = new End();
        end.takes = false;
        client.connect(a, bound.local(), end);
        world.runFor(SECOND);
        assertEquals(1, end.calls);
        nothingIsLeft();
    }

    @Test
    void whoOpensNoStreamIsShownOut() {
        listen();
        End end = connect();
        world.runFor(9 * SECOND);
        assertFalse(end.gone);
        world.runFor(2 * SECOND);
        assertTrue(end.gone);
        assertTrue(end.closed.contains("no stream"), end.closed);
        nothingIsLeft();
    }

    @Test
    void newCertificatesServeNewConnections() {
        listen();
        End before = connect();
        String first = publicKey(before);
        server.reload(serverTls("rsa"));
        End after = connect();
        assertEquals("EC", first);
        assertEquals("RSA", publicKey(after));
        before.say("still here");
        world.runFor(50 * MS);
        assertEquals("still here", accepted.get(0).text.toString());
        before.pipe.abort(0, "");
        after.pipe.abort(0, "");
        nothingIsLeft();
    }

    private static String publicKey(End end) {
        try {
            return end.pipe.session().getPeerCertificates()[0].getPublicKey().getAlgorithm();
        } catch (javax.net.ssl.SSLPeerUnverifiedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aClosedListenerServesWhoIsThere() {
        listen();
        End end = connect();
        end.say("one");
        world.runFor(50 * MS);
        bound.close();
        End late = new End();
        client.connect(a, bound.local(), late);
        end.say("two");
        world.runFor(50 * MS);
        assertEquals("onetwo", accepted.get(0).text.toString());
        end.pipe.abort(0, "");
        world.runFor(40 * SECOND);
        assertNotNull(late.failed);
        assertEquals("", world.leaks());
    }

    /** RFC 9000 §21.11: whoever has seen a connection id must not learn, at another address or port, the token that ends the connection. */
    @Test
    void noListenerGivesAwayAnothersResetTokens() {
        List<String> tokens = new ArrayList<>();
        UdpPort asking = a.udp(new InetSocketAddress(a.address(), 0), (now, datagram, local, remote) -> {
            byte[] token = new byte[16];
            datagram.get(datagram.limit() - 16, token);
            tokens.add(HexFormat.of().formatHex(token));
        });
        byte[] unknown = new byte[100];
        unknown[0] = 0x40;
        for (int port : new int[] {5001, 5002, 5001}) {
            Transport.Bound one = server.listen(b, new InetSocketAddress(b.address(), port), pipe -> null);
            asking.send(ByteBuffer.wrap(unknown), one.local());
            world.runFor(100 * MS);
            one.close();
            world.runFor(100 * MS);
        }
        assertEquals(3, tokens.size());
        assertEquals(tokens.get(0), tokens.get(2), "and keeps its own, whoever comes back finds it");
        assertNotEquals(tokens.get(0), tokens.get(1));
    }
}
