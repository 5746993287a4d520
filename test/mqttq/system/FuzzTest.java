package mqttq.system;

import static mqttq.system.MqttWorld.MS;
import static mqttq.system.MqttWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import mqttq.Seeds;
import mqttq.Unlimited;
import mqttq.config.BrokerSettings;
import mqttq.loop.UdpPort;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Damaged packets of whole sessions, behind a cipher that lets everything pass: headers, frames, TLS messages and MQTT packets are all
 * reached. They end connections, never the loop, and leave nothing behind.
 */
@Isolated
class FuzzTest {
    /** Damaged packets into the open, and in sessions that got somewhere. */
    private static final int STRAY = 170_000, IN_SESSION = 30_000, TIMES = Seeds.SOAK ? 10 : 1;
    private static final long HEAP_SLACK = 8 << 20;

    private final Random random = new Random(Long.getLong("mqttq.seed", 1));
    private final MqttWorld w = new MqttWorld(random.nextLong(), TrustingProtection.FACTORY, Unlimited.settings());
    private final List<byte[]> captured = new ArrayList<>();
    private final SimLoop[] hosts = new SimLoop[20];
    private final SimLoop attacker = w.clientHost(201);
    private int sessions;

    @Test
    void damagedPacketsEndConnectionsNeverTheLoop() {
        capture();
        strays(STRAY / 10);
        long damaged = sessions(IN_SESSION / 10);
        long early = heap();
        strays(STRAY * TIMES);
        damaged += sessions(IN_SESSION * TIMES);
        assertTrue(damaged >= IN_SESSION * TIMES, damaged + " damaged packets in sessions");
        long grown = heap() - early;
        assertTrue(grown < HEAP_SLACK, "the heap grew by " + grown + " bytes");
        assertEquals(0, w.broker.openConnections());
        assertFalse(w.host.lines().toString().contains("Exception"), () -> w.host.lines().stream().filter(line -> line.contains("Exception")).findFirst().orElse(""));
        stillServes();
    }

    /** All that a client sends in a good session. */
    private void capture() {
        SimLoop host = w.clientHost(200);
        w.world.link(host, w.host).from(host).filter((number, datagram) -> {
            byte[] copy = new byte[datagram.remaining()];
            datagram.get(copy);
            captured.add(copy);
            return true;
        });
        RawClient client = session(host);
        w.world.runFor(SECOND);
        assertTrue(client.bytes > 100, "the session to be damaged works: " + client.bytes + " bytes, " + client.failed + client.closed);
        client.pipe.abort(0, "");
        w.world.runFor(10 * SECOND);
        assertTrue(captured.size() > 3, captured.size() + " datagrams captured");
    }

    private RawClient session(SimLoop host) {
        RawClient client = new RawClient(w, host);
        w.world.runUntil(() -> client.pipe != null || client.failed != null, w.world.now() + SECOND);
        if (client.pipe == null) return client;
        client.send("100d00044d5154540502003c000000");
        client.send("820a00010000047465737402" + "300b00047465737400414243" + "44");
        for (int i = 0; i < 5; i++) client.send("320d000474657374" + "000" + (i + 1) + "0041424344");
        client.send("340d0004746573740009" + "0041424344" + "62020009" + "c000");
        w.world.runFor(20 * MS);
        return client;
    }

    /** Captured datagrams, damaged, from ever new ports. */
    private void strays(int count) {
        InetSocketAddress target = SimWorld.address("10.0.0.1", MqttWorld.PORT);
        UdpPort.Handler deaf = (now, datagram, local, remote) -> { };
        for (int n = 0; n < count; ) {
            UdpPort port = attacker.udp(new InetSocketAddress(attacker.address(), 0), deaf);
            for (int i = 0; i < 20 && n < count; i++, n++) port.send(ByteBuffer.wrap(damage(captured.get(random.nextInt(captured.size())))), target);
            w.world.runFor(MS);
            port.close();
        }
        w.world.runFor(60 * SECOND);
    }

    private byte[] damage(byte[] datagram) {
        byte[] out = switch (random.nextInt(8)) {
            case 0 -> java.util.Arrays.copyOf(datagram, random.nextInt(datagram.length + 1));
            case 1 -> {
                byte[] longer = java.util.Arrays.copyOf(datagram, datagram.length + random.nextInt(100));
                random.nextBytes(longer);
                System.arraycopy(datagram, 0, longer, 0, Math.min(datagram.length, random.nextInt(1, 60)));
                yield longer;
            }
            default -> datagram.clone();
        };
        for (int i = random.nextInt(1, 5); i > 0 && out.length > 0; i--) out[random.nextInt(random.nextBoolean() ? out.length : Math.min(out.length, 80))] = (byte) random.nextInt(256);
        return out;
    }

    /** Sessions whose packets are damaged on the way; returns how many were. */
    private long sessions(int damagedPackets) {
        long damaged = 0;
        while (damaged < damagedPackets) {
            int h = sessions++ % hosts.length;
            if (hosts[h] == null) hosts[h] = w.clientHost(1 + h);
            SimLoop host = hosts[h];
            w.world.link(host, w.host).from(host).corrupt(0);
            RawClient client = session(host);
            w.world.link(host, w.host).from(host).corrupt(1);
            long before = w.world.link(host, w.host).from(host).sent();
            for (int i = 0; i < 40 && client.closed == null && client.pipe != null; i++) {
                client.send(random.nextBoolean() ? "320d00047465737400" + String.format("%02x", 16 + i) + "0041424344" : "c000");
                w.world.runFor(MS);
            }
            w.world.runFor(2 * SECOND);
            damaged += w.world.link(host, w.host).from(host).sent() - before;
            w.world.link(host, w.host).from(host).corrupt(0);
            if (client.pipe != null && client.closed == null) client.pipe.abort(0, "");
            w.world.runFor(SECOND);
        }
        w.world.runFor(200 * SECOND);
        return damaged;
    }

    private void stillServes() {
        RawClient client = session(w.clientHost(150));
        w.world.runFor(SECOND);
        assertTrue(client.bytes > 100, "served after all that: " + client.bytes + " bytes");
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
