package mqttq.loop.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import mqttq.loop.TcpListener;
import mqttq.loop.TcpPort;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NioTcpTest {
    private final OnLoop on = new OnLoop();

    @AfterEach
    void close() {
        on.close();
    }

    private static String text(ByteBuffer data) {
        byte[] copy = new byte[data.remaining()];
        data.get(copy);
        return new String(copy, StandardCharsets.US_ASCII);
    }

    /** Notes what happens; subclasses do more. */
    private class Noting implements TcpPort.Handler {
        final String name;
        TcpPort port;

        Noting(String name) {
            this.name = name;
        }

        @Override
        public void onConnected() {
            on.events.add(name + " connected");
        }

        @Override
        public void onData(ByteBuffer data) {
            on.events.add(name + " got " + text(data));
        }

        @Override
        public void onEnd() {
            on.events.add(name + " end");
        }

        @Override
        public void onWritable() {
            on.events.add(name + " writable");
        }

        @Override
        public void onClosed(String reason) {
            on.events.add(name + " closed " + reason);
        }
    }

    private TcpListener listen(TcpListener.Handler handler) {
        return on.call(() -> on.loop.listen(new InetSocketAddress("127.0.0.1", 0), handler));
    }

    private Noting at(TcpPort port, Noting handler) {
        handler.port = port;
        return handler;
    }

    private <H extends Noting> H connect(InetSocketAddress to, H handler) {
        on.run(() -> handler.port = on.loop.tcp(to, handler));
        return handler;
    }

    @Test
    void whoLeftIsGoneBeforeWhoComesIsThere() throws Exception {
        TcpListener listener = listen(accepted -> {
            on.events.add("accepted");
            return at(accepted, new Noting("server"));
        });
        java.util.ArrayDeque<java.net.Socket> left = new java.util.ArrayDeque<>();
        for (int i = 0; i < 10; i++) {
            left.add(new java.net.Socket("127.0.0.1", listener.local().getPort()));
            assertEquals("accepted", on.next());
        }
        on.run(() -> {
            try {
                while (!left.isEmpty()) left.remove().close();
                left.add(new java.net.Socket("127.0.0.1", listener.local().getPort()));
            } catch (java.io.IOException e) {
                on.events.add(e.toString());
            }
        });
        for (int i = 0; i < 10; i++) assertEquals("server end", on.next());
        assertEquals("accepted", on.next());
        left.remove().close();
    }

    @Test
    void echoesAndEndsInBothDirections() {
        TcpListener listener = listen(accepted -> at(accepted, new Noting("server") {
            @Override
            public void onData(ByteBuffer data) {
                port.write(data);
            }

            @Override
            public void onEnd() {
                super.onEnd();
                port.finish();
                port.close();
            }
        }));
        Noting client = connect(listener.local(), new Noting("client"));
        assertEquals("client connected", on.next());
        on.run(() -> client.port.write(ByteBuffer.wrap("hello".getBytes())));
        assertEquals("client got hello", on.next());
        on.run(client.port::finish);
        assertEquals("server end", on.next());
        assertEquals("server closed null", on.next());
        assertEquals("client end", on.next());
        on.run(client.port::close);
        assertEquals("client closed null", on.next());
        assertEquals(listener.local(), client.port.remote());
    }

    @Test
    void refusalAndOddAddressesComeToTheHandler() {
        TcpListener listener = listen(port -> null);
        connect(listener.local(), new Noting("a"));
        assertEquals("a connected", on.next());
        on.run(listener::close);
        String end = on.next();
        connect(listener.local(), new Noting("b"));
        String refused = on.next();
        if (refused.equals("a closed null") || refused.startsWith("a ")) refused = on.next();
        assertTrue(end.startsWith("a end") || end.startsWith("a closed"), end);
        assertEquals("b closed Connection refused", refused);
        connect(InetSocketAddress.createUnresolved("nowhere.invalid", 1), new Noting("c"));
        assertEquals("c closed nowhere.invalid: Name or service not known", on.next());
    }

    @Test
    void backPressureReachesTheWriterAndNothingIsLost() {
        int total = 20 << 20;
        long[] seen = new long[2];
        Noting[] server = new Noting[1];
        TcpListener listener = listen(port -> {
            server[0] = new Noting("server") {
                @Override
                public void onData(ByteBuffer data) {
                    // Takes a part, leaves the rest, and pauses.
                    int n = Math.min(data.remaining(), 50_000);
                    for (int i = 0; i < n; i++) if (data.get() != (byte) (seen[0]++ % 251)) seen[1]++;
                    if (data.hasRemaining()) {
                        port.read(false);
                        on.loop.timer(() -> port.read(true)).at(on.loop.now() + 100_000);
                    }
                }
            };
            server[0].port = port;
            port.read(false);
            return server[0];
        });
        ByteBuffer data = ByteBuffer.allocate(total);
        for (int i = 0; i < total; i++) data.put((byte) (i % 251));
        data.flip();
        int[] full = new int[1];
        Noting client = connect(listener.local(), new Noting("client") {
            @Override
            public void onConnected() {
                onWritable();
            }

            @Override
            public void onWritable() {
                port.write(data);
                if (data.hasRemaining() && full[0]++ == 0) on.events.add("full at " + (data.position() < total / 2));
                else if (!data.hasRemaining()) port.finish();
            }
        });
        assertEquals("full at true", on.next());
        for (boolean there = false; !there; ) there = on.call(() -> server[0] != null);
        on.run(() -> server[0].port.read(true));
        assertEquals("server end", on.next());
        assertEquals(total, seen[0]);
        assertEquals(0, seen[1]);
        on.run(client.port::close);
    }

    @Test
    void whatIsLeftIsOfferedTogetherWithWhatCame() {
        TcpListener listener = listen(port -> new Noting("server") {
            @Override
            public void onData(ByteBuffer data) {
                String all = text(data.duplicate());
                if (all.endsWith(".")) data.position(data.limit());
                on.events.add(all);
            }
        });
        Noting client = connect(listener.local(), new Noting("client"));
        on.next();
        for (String part : new String[] {"half", " a frame."}) {
            on.run(() -> client.port.write(ByteBuffer.wrap(part.getBytes())));
            assertEquals(part.equals("half") ? "half" : "half a frame.", on.next());
        }
    }

    /** Whoever pauses and goes on within one callback gets what it left, without more having to come. */
    @Test
    void readingThatGoesOnFromWithinACallbackIsNotForgotten() {
        TcpListener listener = listen(there -> new Noting("server") {
            @Override
            public void onData(ByteBuffer data) {
                on.events.add(text(data.duplicate()));
                there.read(false);
                data.get();
                there.read(true);
            }
        });
        Noting client = connect(listener.local(), new Noting("client"));
        on.next();
        on.run(() -> client.port.write(ByteBuffer.wrap("xyz".getBytes())));
        for (String part : new String[] {"xyz", "yz", "z"}) assertEquals(part, on.next());
    }

    @Test
    void writingBeforeTheConnectionStandsWaits() {
        TcpListener listener = listen(port -> new Noting("server"));
        Noting client = new Noting("client");
        on.run(() -> {
            client.port = on.loop.tcp(listener.local(), client);
            on.events.add("took " + client.port.write(ByteBuffer.allocate(10)));
        });
        assertEquals("took 0", on.next());
        assertEquals("client connected", on.next());
        assertEquals("client writable", on.next());
    }

    @Test
    void aPortInUseIsAnError() {
        TcpListener listener = listen(port -> null);
        UncheckedIOException e = assertThrows(UncheckedIOException.class,
            () -> on.call(() -> on.loop.listen(listener.local(), port -> null)));
        assertEquals("Address already in use", e.getCause().getMessage());
    }

    @Test
    void aHandlerThatThrowsLosesItsConnectionOnly() {
        TcpListener listener = listen(port -> new Noting("server") {
            @Override
            public void onData(ByteBuffer data) {
                throw new IllegalStateException("oops");
            }
        });
        Noting client = connect(listener.local(), new Noting("client"));
        assertEquals("client connected", on.next());
        on.run(() -> client.port.write(ByteBuffer.allocate(1)));
        assertEquals("server closed internal error", on.next());
        assertEquals("client end", on.next());
        connect(listener.local(), new Noting("second"));
        assertEquals("second connected", on.next());
    }
}
