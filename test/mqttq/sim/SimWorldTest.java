package mqttq.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mqttq.loop.TcpListener;
import mqttq.loop.TcpPort;
import mqttq.loop.Timers;
import mqttq.loop.UdpPort;
import org.junit.jupiter.api.Test;

class SimWorldTest {
    private static final long MS = 1_000_000;

    private final SimWorld world = new SimWorld(42);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
    private final List<String> seen = new ArrayList<>();

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(ByteBuffer data) {
        byte[] copy = new byte[data.remaining()];
        data.get(copy);
        return new String(copy, StandardCharsets.US_ASCII);
    }

    /** Writes down what comes, and answers "x" with "re:x". */
    private UdpPort.Handler echo(SimLoop host, UdpPort[] self, boolean answer) {
        return new UdpPort.Handler() {
            @Override
            public void onDatagram(long now, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
                String text = text(datagram);
                seen.add(now / MS + " " + local.getAddress().getHostAddress() + " from " + remote.getAddress().getHostAddress() + " " + text);
                if (answer) self[0].send(bytes("re:" + text), local, remote);
            }

            @Override
            public void onError(String reason) {
                seen.add(host.now() / MS + " " + reason);
            }
        };
    }

    private UdpPort open(SimLoop host, String address, int port, boolean answer) {
        UdpPort[] self = new UdpPort[1];
        return self[0] = host.udp(SimWorld.address(address, port), echo(host, self, answer));
    }

    @Test
    void datagramsTakeTheTimeOfTheLink() {
        world.link(a, b).delayMillis(20);
        UdpPort client = open(a, "0.0.0.0", 0, false), server = open(b, "0.0.0.0", 99, true);
        client.send(bytes("hi"), SimWorld.address("10.0.0.2", 99));
        world.run(1000 * MS);
        assertEquals(List.of("20 10.0.0.2 from 10.0.0.1 hi", "40 10.0.0.1 from 10.0.0.2 re:hi"), seen);
        client.close();
        assertTrue(world.leaks().contains("1 UDP sockets"));
        server.close();
        assertEquals("", world.leaks());
    }

    @Test
    void wildcardAnswersFromTheAddressThatWasAsked() {
        b.addAddress("10.0.0.3");
        open(b, "0.0.0.0", 99, true);
        open(a, "0.0.0.0", 0, false).send(bytes("hi"), SimWorld.address("10.0.0.3", 99));
        world.run(MS);
        assertEquals("0 10.0.0.1 from 10.0.0.3 re:hi", seen.get(1));
    }

    @Test
    void closedPortIsNoticedOnAConnectedSocketOnly() {
        world.link(a, b).delayMillis(5);
        UdpPort client = open(a, "0.0.0.0", 0, false);
        client.send(bytes("hi"), SimWorld.address("10.0.0.2", 99));
        world.run(100 * MS);
        assertEquals(List.of(), seen);
        client.connect(SimWorld.address("10.0.0.2", 99));
        client.send(bytes("hi"), SimWorld.address("10.0.0.2", 99));
        world.run(200 * MS);
        assertEquals(List.of("110 port unreachable"), seen);
    }

    @Test
    void bandwidthAndFiniteQueueShapeTheFlow() {
        // 972 bytes of payload make 1000 on the wire: 8 ms each at 1 Mbit/s.
        world.link(a, b).bandwidth(1_000_000, 10);
        open(b, "0.0.0.0", 99, false);
        UdpPort client = open(a, "0.0.0.0", 0, false);
        for (int i = 0; i < 15; i++) client.send(ByteBuffer.allocate(972), SimWorld.address("10.0.0.2", 99));
        world.run(1000 * MS);
        assertEquals(10, seen.size());
        assertTrue(seen.get(0).startsWith("8 ") && seen.get(9).startsWith("80 "), seen.toString());
        assertEquals(5, world.link(a, b).from(a).queueDrops());
    }

    @Test
    void lossComesInBurstsOfTheAskedLength() {
        world.link(a, b).bursts(0.3, 3);
        open(b, "0.0.0.0", 99, false);
        UdpPort client = open(a, "0.0.0.0", 0, false);
        int bursts = 0;
        SimLink.Path path = world.link(a, b).from(a);
        boolean losing = false;
        for (int i = 0; i < 20_000; i++) {
            long before = path.lost();
            client.send(bytes("x"), SimWorld.address("10.0.0.2", 99));
            boolean lost = path.lost() > before;
            if (lost && !losing) bursts++;
            losing = lost;
        }
        assertEquals(0.3, path.lost() / 20_000.0, 0.02);
        assertEquals(3, path.lost() / (double) bursts, 0.2);
    }

    @Test
    void blackoutsReorderingDuplicatesCorruptionMtuAndFilters() {
        open(b, "0.0.0.0", 99, false);
        UdpPort client = open(a, "0.0.0.0", 0, false);
        InetSocketAddress to = SimWorld.address("10.0.0.2", 99);
        SimLink link = world.link(a, b).blackouts(5000 * MS, 2000 * MS);
        Timers.Timer[] timer = new Timers.Timer[1];
        timer[0] = a.timer(() -> {
            client.send(bytes("t"), to);
            if (a.now() < 13_500 * MS) timer[0].at(a.now() + 500 * MS);
        });
        timer[0].at(0);
        world.run(20_000 * MS);
        assertEquals(20, seen.size());
        seen.clear();
        link.blackouts(0, 0).reorder(1, 10 * MS);
        client.send(bytes("1"), to);
        link.reorder(0, 0).duplicate(1);
        client.send(bytes("2"), to);
        link.duplicate(0).corrupt(1);
        client.send(bytes("333333"), to);
        link.corrupt(0).mtu(1280);
        client.send(ByteBuffer.allocate(1252), to);
        client.send(ByteBuffer.allocate(1253), to);
        link.from(a).drop(1, 2);
        for (int i = 0; i < 4; i++) client.send(bytes("d" + i), to);
        world.runFor(1000 * MS);
        String all = String.join("|", seen).replaceAll("\\d+ 10.0.0.2 from 10.0.0.1 ", "");
        assertTrue(all.matches("(?s)2\\|[^|]{6}\\|.{1252}\\|d0\\|d3\\|2\\|1"), all);
        assertFalse(all.contains("333333"));
    }

    @Test
    void natMapsRebindsAndForgets() {
        SimLoop inside = world.host("192.168.1.2");
        SimNat nat = inside.nat("203.0.113.1").timeout(30_000 * MS);
        UdpPort server = open(b, "0.0.0.0", 99, true);
        InetSocketAddress[] peer = new InetSocketAddress[1];
        UdpPort probe = b.udp(SimWorld.address("0.0.0.0", 98), (now, d, local, remote) -> peer[0] = remote);
        UdpPort client = open(inside, "0.0.0.0", 0, false);
        client.send(bytes("a"), SimWorld.address("10.0.0.2", 99));
        client.send(bytes("a"), SimWorld.address("10.0.0.2", 98));
        world.run(MS);
        assertEquals(List.of("0 10.0.0.2 from 203.0.113.1 a", "0 192.168.1.2 from 10.0.0.2 re:a"), seen);
        InetSocketAddress old = peer[0];
        nat.rebind("203.0.113.9");
        client.send(bytes("b"), SimWorld.address("10.0.0.2", 98));
        world.run(2 * MS);
        assertNotEquals(old, peer[0]);
        assertEquals("203.0.113.9", peer[0].getAddress().getHostAddress());
        seen.clear();
        probe.send(bytes("in"), old);
        probe.send(bytes("in"), peer[0]);
        world.run(29_000 * MS);
        assertEquals(1, seen.size());
        world.run(60_000 * MS);
        probe.send(bytes("late"), peer[0]);
        world.run(61_000 * MS);
        assertEquals(1, seen.size());
        server.close();
    }

    @Test
    void deferRunsAfterTheTurnAndExecuteInALaterOne() {
        a.execute(() -> {
            a.execute(() -> seen.add("later"));
            a.defer(() -> {
                seen.add("deferred");
                a.defer(() -> seen.add("deferred again"));
            });
            seen.add("now");
        });
        a.execute(() -> seen.add("same turn"));
        world.run(0);
        assertEquals(List.of("now", "same turn", "deferred", "deferred again", "later"), seen);
        a.defer(() -> seen.add("outside"));
        world.run(0);
        assertEquals("outside", seen.get(5));
    }

    @Test
    void timersFireInOrderAndOnce() {
        Timers.Timer late = a.timer(() -> seen.add("late")), early = a.timer(() -> seen.add("early")), never = a.timer(() -> seen.add("never"));
        late.at(50);
        never.at(20);
        early.at(99);
        early.at(10);
        never.cancel();
        never.at(Long.MAX_VALUE);
        world.run(1000);
        assertEquals(List.of("early", "late"), seen);
        assertEquals(0, a.setTimers());
    }

    @Test
    void fullSocketSaysSoAndTellsWhenThereIsRoom() {
        a.sendRoom(2);
        int[] sent = new int[1];
        UdpPort[] self = new UdpPort[1];
        self[0] = a.udp(SimWorld.address("0.0.0.0", 0), new UdpPort.Handler() {
            @Override
            public void onDatagram(long now, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) { }

            @Override
            public void onWritable() {
                while (sent[0] < 7 && self[0].send(bytes("x"), SimWorld.address("10.0.0.2", 99))) sent[0]++;
            }
        });
        open(b, "0.0.0.0", 99, false);
        while (self[0].send(bytes("x"), SimWorld.address("10.0.0.2", 99))) sent[0]++;
        assertEquals(2, sent[0]);
        world.run(MS);
        assertEquals(7, seen.size());
    }

    @Test
    void tcpCarriesAMegabyteAgainstLossAndBackPressure() {
        world.link(a, b).delayMillis(10).loss(0.05).bandwidth(50_000_000, 50);
        byte[] sent = new byte[1 << 20];
        for (int i = 0; i < sent.length; i++) sent[i] = (byte) (i * 31 >> 3);
        byte[] got = new byte[sent.length];
        int[] at = new int[1];
        TcpListener listener = b.listen(SimWorld.address("0.0.0.0", 1883), port -> new TcpPort.Handler() {
            @Override
            public void onConnected() { }

            @Override
            public void onData(ByteBuffer data) {
                int n = Math.min(data.remaining(), 10_000);
                data.get(got, at[0], n);
                at[0] += n;
                if (!data.hasRemaining()) return;
                port.read(false);
                Timers.Timer pause = b.timer(() -> port.read(true));
                pause.at(b.now() + MS);
            }

            @Override
            public void onEnd() {
                seen.add("end");
                port.close();
            }

            @Override
            public void onWritable() { }

            @Override
            public void onClosed(String reason) {
                seen.add("server " + reason);
            }
        });
        ByteBuffer data = ByteBuffer.wrap(sent);
        TcpPort[] client = new TcpPort[1];
        client[0] = a.tcp(SimWorld.address("10.0.0.2", 1883), new TcpPort.Handler() {
            @Override
            public void onConnected() {
                onWritable();
            }

            @Override
            public void onData(ByteBuffer d) { }

            @Override
            public void onEnd() {
                client[0].close();
            }

            @Override
            public void onWritable() {
                client[0].write(data);
                if (!data.hasRemaining()) client[0].finish();
            }

            @Override
            public void onClosed(String reason) {
                seen.add("client " + reason);
            }
        });
        world.run(60_000 * MS);
        assertArrayEquals(sent, got);
        assertEquals(List.of("end", "server null", "client null"), seen);
        listener.close();
        assertEquals("", world.leaks());
    }

    private TcpPort.Handler noting(String name) {
        return new TcpPort.Handler() {
            @Override
            public void onConnected() {
                seen.add(name + " connected");
            }

            @Override
            public void onData(ByteBuffer data) {
                seen.add(name + " got " + text(data));
            }

            @Override
            public void onEnd() {
                seen.add(name + " end");
            }

            @Override
            public void onWritable() {
                seen.add(name + " writable");
            }

            @Override
            public void onClosed(String reason) {
                seen.add(name + " closed " + reason);
            }
        };
    }

    @Test
    void tcpRefusesResetsAndSurvivesCrashes() {
        a.tcp(SimWorld.address("10.0.0.2", 1), noting("a"));
        a.tcp(SimWorld.address("10.9.9.9", 1), noting("b"));
        world.run(MS);
        assertEquals(List.of("b closed No route to host", "a closed Connection refused"), seen);
        seen.clear();
        b.listen(SimWorld.address("10.0.0.2", 2), port -> noting("server"));
        TcpPort c = a.tcp(SimWorld.address("10.0.0.2", 2), noting("c"));
        world.run(2 * MS);
        c.write(bytes("hello"));
        world.run(3 * MS);
        b.crash();
        world.run(4 * MS);
        c.write(bytes("anyone?"));
        world.run(5 * MS);
        assertEquals(List.of("c connected", "server got hello", "c closed Connection reset by peer"), seen);
        assertEquals("", world.leaks());
        seen.clear();
        b.listen(SimWorld.address("10.0.0.2", 2), port -> null);
        a.tcp(SimWorld.address("10.0.0.2", 2), noting("d"));
        world.run(6 * MS);
        assertEquals(List.of("d connected", "d closed Connection reset by peer"), seen);
    }

    @Test
    void powerCutKeepsWhatWasSyncedAndTearsTheRest() {
        SimDisk disk = a.disk("/data");
        byte[] block = new byte[4096];
        Arrays.fill(block, (byte) 1);
        int torn = 0;
        for (int i = 0; i < 50; i++) {
            String name = "f" + i;
            disk.write(name, 0, ByteBuffer.wrap(block), error -> seen.add(String.valueOf(error)));
            disk.sync(name, error -> seen.add(String.valueOf(error)));
            disk.write(name, 4096, ByteBuffer.wrap(block), error -> seen.add(String.valueOf(error)));
            world.runFor(100 * MS);
            a.crash();
            byte[] left = disk.content(name);
            assertArrayEquals(block, Arrays.copyOf(left, 4096));
            int ones = 0;
            for (byte x : left) ones += x;
            if (ones > 4096 && ones < 8192) torn++;
        }
        assertEquals(150, seen.size());
        assertTrue(torn > 5 && torn < 40, torn + " torn");
        disk.failSync("I/O error").write("g", 0, ByteBuffer.wrap(block), error -> { });
        disk.sync("g", error -> seen.add(error));
        disk.capacity(10).write("h", 0, ByteBuffer.wrap(block), error -> seen.add(error));
        world.runFor(100 * MS);
        assertEquals(List.of("I/O error", "No space left on device"), seen.subList(150, 152));
    }

    /** A chatty exchange over a bad link; its hash must never change by itself, in no JVM. */
    private static SimWorld chatter(long seed) {
        SimWorld world = new SimWorld(seed);
        SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
        world.link(a, b).delayMillis(5).jitter(MS).loss(0.1).reorder(0.1, 3 * MS).duplicate(0.05).corrupt(0.02);
        UdpPort[] ports = new UdpPort[2];
        int[] count = new int[1];
        UdpPort.Handler handler = (now, d, local, remote) -> {
            if (count[0]++ > 5000) return;
            int from = local.getPort() == 1 ? 0 : 1;
            byte[] data = new byte[20 + (from == 0 ? a : b).entropy().nextInt(1000)];
            b.entropy().nextBytes(data);
            ports[from].send(ByteBuffer.wrap(data), remote);
            if (d.remaining() % 3 == 0) ports[from].send(ByteBuffer.wrap(data, 5, 10), remote);
        };
        ports[0] = a.udp(SimWorld.address("0.0.0.0", 1), handler);
        ports[1] = b.udp(SimWorld.address("0.0.0.0", 2), handler);
        ports[0].send(bytes("go"), SimWorld.address("10.0.0.2", 2));
        ports[0].send(bytes("go"), SimWorld.address("10.0.0.2", 2));
        world.run(Long.MAX_VALUE - 1);
        return world;
    }

    @Test
    void sameSeedSameHashInEveryJvm() {
        assertEquals(chatter(7).hash(), chatter(7).hash());
        assertNotEquals(chatter(7).hash(), chatter(8).hash());
        assertEquals(902923980401312390L, chatter(7).hash());
    }

    @Test
    void entropyIsTheSameOnEveryJdk() {
        SimEntropy entropy = new SimEntropy(1);
        assertEquals("-332592495 40 6797395270207443960 false",
            entropy.nextInt() + " " + entropy.nextInt(100) + " " + entropy.nextLong() + " " + entropy.nextBoolean());
    }

    @Test
    void carryingADatagramAllocatesNothing() {
        world.link(a, b).delayMillis(1).bandwidth(1_000_000_000, 1000);
        UdpPort[] ports = new UdpPort[2];
        long[] count = new long[1];
        ByteBuffer ping = ByteBuffer.allocate(1200);
        ports[0] = a.udp(SimWorld.address("10.0.0.1", 1), (now, d, local, remote) -> ports[0].send(ping.clear(), remote));
        ports[1] = b.udp(SimWorld.address("10.0.0.2", 2), (now, d, local, remote) -> {
            count[0]++;
            ports[1].send(d, local, remote);
        });
        for (int i = 0; i < 50; i++) ports[0].send(ping.clear(), ports[1].local());
        world.runFor(2000 * MS);
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        threads.getCurrentThreadAllocatedBytes();
        long before = threads.getCurrentThreadAllocatedBytes(), packets = count[0];
        world.runFor(10_000 * MS);
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(count[0] - packets > 200_000);
        assertTrue(bytes < 10_000, bytes + " bytes");
    }
}
