package mqttq.loop.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import mqttq.loop.UdpPort;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NioUdpTest {
    private final OnLoop on = new OnLoop();

    @AfterEach
    void close() {
        on.close();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(ByteBuffer data) {
        byte[] copy = new byte[data.remaining()];
        data.get(copy);
        return new String(copy, StandardCharsets.US_ASCII);
    }

    private UdpPort bind(String address, int port, boolean echo) {
        return on.call(() -> {
            UdpPort[] self = new UdpPort[1];
            return self[0] = on.loop.udp(new InetSocketAddress(address, port), new UdpPort.Handler() {
                @Override
                public void onDatagram(long now, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
                    if (echo) self[0].send(datagram, local, remote);
                    else on.events.add(remote.getAddress().getHostAddress() + " " + text(datagram));
                }

                @Override
                public void onError(String reason) {
                    on.events.add(reason);
                }

                @Override
                public void onUnsent(String reason) {
                    on.events.add("unsent");
                }

                @Override
                public void onRouteChanged() {
                    on.events.add("another route");
                }
            });
        });
    }

    private boolean send(UdpPort port, String text, InetSocketAddress to) {
        return on.call(() -> port.send(bytes(text), to));
    }

    private static InetSocketAddress at(String host, UdpPort port) {
        return new InetSocketAddress(host, port.local().getPort());
    }

    @Test
    void datagramsGoThereAndBackEmptyOnesToo() {
        UdpPort server = bind("127.0.0.1", 0, true), client = bind("127.0.0.1", 0, false);
        assertTrue(send(client, "hello", server.local()));
        assertEquals("127.0.0.1 hello", on.next());
        send(client, "", server.local());
        assertEquals("127.0.0.1 ", on.next());
    }

    /** As when the network has gone: nobody has reached the peer, so nothing can be written to it. */
    @Test
    void whereThePeerCannotBeReachedEachDatagramIsLostWithoutAFault() {
        UdpPort port = bind("127.0.0.1", 0, false);
        InetSocketAddress peer = new InetSocketAddress("2001:db8::1", 1);
        on.run(() -> port.connect(peer));
        assertTrue(send(port, "lost", peer));
        on.next(); // why, in the JDK's words
        assertEquals("unsent", on.next());
        assertEquals("", on.log.toString());
    }

    @Test
    void closedPortIsNoticedOnAConnectedSocket() {
        UdpPort gone = bind("127.0.0.1", 0, false);
        InetSocketAddress nowhere = gone.local();
        on.run(gone::close);
        UdpPort client = bind("0.0.0.0", 0, false);
        on.run(() -> client.connect(nowhere));
        assertEquals("127.0.0.1", client.local().getAddress().getHostAddress());
        send(client, "anyone?", nowhere);
        assertEquals("port unreachable", on.next());
        on.run(() -> client.connect(null));
        UdpPort server = bind("127.0.0.1", 0, true);
        send(client, "after all", server.local());
        assertEquals("127.0.0.1 after all", on.next());
    }

    @Test
    void wildcardAnswersFromTheAddressThatWasAsked() {
        UdpPort server = bind("0.0.0.0", 0, true), client = bind("0.0.0.0", 0, false);
        for (InetAddress address : LocalAddresses.list()) {
            if (!(address instanceof Inet4Address)) continue;
            // Unlike a connected socket this one would see the wrong address.
            send(client, "hi", new InetSocketAddress(address, server.local().getPort()));
            assertEquals(address.getHostAddress() + " hi", on.next());
        }
    }

    /** The address that Debian and Raspberry Pi OS give the machine's own name, which no interface has. */
    @Test
    void wildcardAnswersFromTheAddressOfTheMachinesName() {
        for (String wildcard : new String[] {"0.0.0.0", "::"}) {
            UdpPort server = bind(wildcard, 0, true), client = bind("127.0.0.1", 0, false);
            send(client, "hi", at("127.0.1.1", server));
            assertEquals("127.0.1.1 hi", on.next());
        }
    }

    @Test
    void addressesWithNamesAreThoseOfTheLoopbackNetwork() throws IOException {
        java.util.Set<InetAddress> found = new java.util.LinkedHashSet<>();
        LocalAddresses.named("127.0.0.1\tlocalhost\n 127.0.5.5 broker # 127.0.6.6 x\n#127.0.7.7 no\n127.0.8.8\n::1 six\n127.0.0.999 no\n"
            + "127.0.0.1.example no\n10.0.0.1 no\n127.0.9.9", found);
        assertEquals("[/127.0.1.1, /127.0.0.1, /127.0.5.5, /127.0.8.8]", found.toString());
    }

    /** As of a prefix that is routed to the host: nothing can tell to which address it came. */
    @Test
    void whatComesToAnAddressThatNobodyHasIsNotAnsweredAndSaidOnce() {
        UdpPort server = bind("0.0.0.0", 0, true), client = bind("0.0.0.0", 0, false);
        String line = "UDP port " + server.local().getPort() + ": what comes for an address that no interface of this host has";
        // the first has the addresses looked at, those after that say that it was in vain
        for (long end = System.nanoTime() + 5_000_000_000L; !on.log.toString().contains(line); Thread.onSpinWait()) {
            send(client, "who?", at("127.0.0.7", server));
            assertTrue(System.nanoTime() < end, on.log.toString());
        }
        for (int i = 0; i < 10; i++) send(client, "who?", at("127.0.0.7", server));
        send(client, "you", at("127.0.0.1", server));
        assertEquals("127.0.0.1 you", on.next());
        assertEquals(on.log.toString().indexOf(line), on.log.toString().lastIndexOf(line));
    }

    @Test
    void bothWildcardsOfOnePortAnswer() {
        assertTrue(LocalAddresses.list().length > 0);
        UdpPort four = bind("0.0.0.0", 0, true), six;
        try {
            six = bind("::", four.local().getPort(), true);
        } catch (UncheckedIOException e) {
            for (InetAddress address : LocalAddresses.list()) assertTrue(!(address instanceof Inet6Address), "IPv6 is there: " + e);
            return;
        }
        UdpPort client = bind("::", 0, false);
        send(client, "six", at("::1", six));
        assertTrue(on.next().endsWith(" six"));
        UdpPort client4 = bind("0.0.0.0", 0, false);
        send(client4, "four", at("127.0.0.1", four));
        assertEquals("127.0.0.1 four", on.next());
    }

    @Test
    void nobodyElseGetsThePort() {
        UdpPort server = bind("0.0.0.0", 0, true);
        on.run(() -> { });
        int port = server.local().getPort();
        for (String address : new String[] {"0.0.0.0", "127.0.0.1"}) {
            UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> bind(address, port, true));
            assertEquals("Address already in use", e.getCause().getMessage());
        }
        on.run(server::close);
        bind("0.0.0.0", port, true);
    }

    @Test
    void addressesThatComeAndGoAreFollowed() throws IOException {
        UdpPort server = bind("0.0.0.0", 0, true), client = bind("0.0.0.0", 0, false);
        // The loopback network has more addresses than its interface says.
        InetAddress other = InetAddress.getByName("127.0.0.7"), home = InetAddress.getByName("127.0.0.1");
        on.run(() -> ((NioUdp) server).update(new InetAddress[] {home, other}));
        send(client, "one", at("127.0.0.7", server));
        assertEquals("127.0.0.7 one", on.next());
        on.run(() -> ((NioUdp) server).update(new InetAddress[] {home}));
        send(client, "two", at("127.0.0.7", server));
        send(client, "three", at("127.0.0.1", server));
        assertEquals("127.0.0.1 three", on.next(), "two was not answered, least of all from another address");
    }

    @Test
    void aConnectedPortHearsOnceThatAnotherSocketWouldLeaveFromElsewhere() throws IOException {
        UdpPort server = bind("127.0.0.1", 0, true), client = bind("0.0.0.0", 0, false);
        on.run(() -> client.connect(server.local()));
        InetAddress home = Routes.source(server.local()), other = InetAddress.getByName("127.0.0.7");
        assertEquals("127.0.0.1", home.getHostAddress());
        on.run(() -> {
            NioUdp port = (NioUdp) client;
            port.onRoute(home);
            port.onRoute(null);
            port.onRoute(other);
            port.onRoute(other);
            port.onRoute(home);
            on.events.add("looked");
        });
        assertEquals("another route", on.next());
        assertEquals("looked", on.next());
    }

    @Test
    void thereIsNoRouteToNowhere() {
        assertEquals(null, Routes.source(new InetSocketAddress("127.0.0.1", 0)));
    }

    @Test
    void sendErrorsAreLostPackets() {
        UdpPort client = bind("127.0.0.1", 0, false);
        assertTrue(on.call(() -> client.send(ByteBuffer.allocate(65535), new InetSocketAddress("127.0.0.1", 9))));
        assertTrue(on.call(() -> client.send(ByteBuffer.allocate(70_000), new InetSocketAddress("127.0.0.1", 9))));
        assertTrue(send(client, "x", new InetSocketAddress("::1", 9)));
        assertTrue(send(client, "x", InetSocketAddress.createUnresolved("nowhere.invalid", 9)));
        assertTrue(send(client, "x", new InetSocketAddress("127.0.0.1", 0)));
        on.run(client::close);
        assertTrue(send(client, "x", new InetSocketAddress("127.0.0.1", 9)));
        assertTrue(on.log.size() == 0, on.log.toString());
    }

    @Test
    void markedDatagramsArriveAsOthers() {
        for (String address : new String[] {"127.0.0.1", "::1"}) {
            UdpPort sink = on.call(() -> on.loop.udp(new InetSocketAddress(address, 0), (now, d, local, remote) -> on.events.add("" + d.remaining())));
            UdpPort client = bind(address, 0, false);
            assertTrue(client.marks());
            for (int i = 1; i < 5; i++) {
                int length = i;
                on.run(() -> client.send(ByteBuffer.allocate(length), null, sink.local(), (length & 1) != 0));
                assertEquals("" + length, on.next());
            }
            assertTrue(client.marks());
        }
    }

    @Test
    void aFloodDoesNotKeepTheLoopFromOthers() {
        int[] arrived = new int[1];
        UdpPort sink = on.call(() -> on.loop.udp(new InetSocketAddress("127.0.0.1", 0), (now, d, local, remote) -> arrived[0]++));
        List<Integer> turns = new ArrayList<>();
        UdpPort client = bind("127.0.0.1", 0, false);
        on.run(() -> {
            for (int i = 0; i < 200; i++) client.send(ByteBuffer.allocate(0), sink.local());
            on.loop.defer(new Runnable() {
                @Override
                public void run() {
                    turns.add(arrived[0]);
                    if (arrived[0] < 200) on.loop.execute(() -> on.loop.defer(this));
                    else on.events.add("all");
                }
            });
        });
        assertEquals("all", on.next());
        int most = 0;
        for (int i = 1; i < turns.size(); i++) most = Math.max(most, turns.get(i) - turns.get(i - 1));
        assertTrue(most <= 64, turns.toString());
    }

    @Test
    void oneHandlerThatThrowsDoesNotLoseTheNextDatagram() {
        int[] count = new int[1];
        UdpPort sink = on.call(() -> on.loop.udp(new InetSocketAddress("127.0.0.1", 0), (now, d, local, remote) -> {
            if (count[0]++ == 0) throw new IllegalStateException("first");
            on.events.add("second");
        }));
        UdpPort client = bind("127.0.0.1", 0, false);
        on.run(() -> {
            client.send(bytes("1"), sink.local());
            client.send(bytes("2"), sink.local());
        });
        assertEquals("second", on.next());
    }
}
