package mqttq.system;

import static mqttq.system.MqttWorld.MS;
import static mqttq.system.MqttWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import mqttq.Unlimited;
import mqttq.broker.Limit;
import mqttq.quic.frame.FrameHandler;
import mqttq.quic.frame.FrameParser;
import mqttq.quic.frame.FrameWriter;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicException;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.transport.Pipe;
import org.junit.jupiter.api.Test;

/** Clients over QUIC that leave out the first byte of a data stream, at a broker with the options of the real one. */
class UnfinishedTest {
    private static final String CONNECT = "100e00044d5154540502000000000161", PINGREQ = "c000";

    private MqttWorld w;
    private int hosts;

    /** What a client sends, without the first frame of its data streams. */
    private static final class Leaky extends TrustingProtection {
        @Override public int seal(byte[] packet, int start, int payload, int end, long packetNumber) {
            try {
                if (packet[start] >= 0) FrameParser.parse(ByteBuffer.wrap(packet, payload, end - payload), PacketType.ONE_RTT, false, 0, new FrameHandler() {
                    @Override public void onStream(long id, long offset, ByteBuffer data, boolean fin) {
                        int from = data.position() - FrameWriter.streamHeaderSize(id, offset, data.remaining());
                        if (id > 0 && offset == 0) Arrays.fill(packet, from, data.limit(), (byte) 0);
                    }
                });
            } catch (QuicException e) {
                throw new AssertionError(e);
            }
            return super.seal(packet, start, payload, end, packetNumber);
        }
    }

    private void world(long heap) {
        w = new MqttWorld(1, TrustingProtection.FACTORY, Unlimited.settings(), heap);
        w.protection = (suite, version, secret) -> new Leaky();
        w.world.links().delay(5 * MS);
    }

    private RawClient client(SimLoop on, String broker) {
        RawClient client = new RawClient(w, on, broker);
        w.world.runFor(100 * MS);
        assertNotNull(client.pipe, client.failed);
        return client;
    }

    private RawClient client() { return client(w.clientHost(++hosts), "10.0.0.1"); }

    /** Sends all of a data stream but its first byte. */
    private RawClient gap(RawClient client, int bytes) {
        Pipe stream = client.pipe.openStream();
        stream.handler(client);
        stream.write(ByteBuffer.allocate(1));
        w.world.runFor(50 * MS);
        stream.write(ByteBuffer.allocate(bytes - 1));
        w.world.runFor(300 * MS);
        return client;
    }

    private RawClient connected() {
        RawClient client = client();
        client.send(CONNECT.substring(0, 30) + (60 + hosts));
        w.world.runFor(100 * MS);
        assertTrue(client.bytes > 4);
        return client;
    }

    private long evicted() { return w.broker.stats().hits(Limit.UNFINISHED_STREAMS); }

    @Test
    void whatIsHeldCountsAndIsLittleBeforeConnect() {
        world(512 << 20);
        RawClient stranger = client(), friend = connected();
        long before = w.broker.memoryUsed();
        for (int i = 0; i < 3; i++) gap(stranger, 16_000);
        long strangers = w.broker.memoryUsed() - before;
        assertTrue(strangers >= 16 << 10 && strangers <= 17 << 10, strangers + " bytes");
        for (int i = 0; i < 3; i++) gap(friend, 16_000);
        assertEquals(strangers + 3 * (18 << 10), w.broker.memoryUsed() - before, "with what the broker has of each stream");
        assertEquals(0, evicted());
    }

    @Test
    void aGapThatIsNotFilledEndsTheConnection() {
        world(512 << 20);
        RawClient client = connected(), other = connected();
        gap(client, 1000);
        for (int i = 0; i < 40; i++) {
            if (i == 29) assertNull(client.closed);
            if (client.closed == null) client.send(PINGREQ);
            other.send(PINGREQ);
            w.world.runFor(SECOND);
        }
        assertTrue(client.closed != null && client.closed.contains("gap"), client.closed);
        assertNull(other.closed);
        assertEquals(1, evicted());
    }

    @Test
    void oneAddressTakesAQuarterAndGivesWayToItself() {
        world(1 << 20);
        RawClient other = gap(client(), 16_000);
        SimLoop host = w.clientHost(50);
        RawClient[] same = new RawClient[3];
        for (int i = 0; i < 3; i++) same[i] = gap(client(host, "10.0.0.1"), 16_000);
        assertEquals(List.of(true, false, false), closed(same));
        assertNull(other.closed);
        assertEquals(1, evicted());
    }

    @Test
    void addressesOfOneNetworkOfIpv6AreOne() {
        world(1 << 20);
        w.transport.listen(w.host, new InetSocketAddress(SimWorld.address("fd00::1", 1).getAddress(), MqttWorld.PORT), w.door);
        RawClient[] clients = new RawClient[4];
        for (int i = 0; i < 4; i++) clients[i] = gap(client(w.world.host("fd01:0:0:" + (i == 0 ? "2" : "1") + "::" + i), "fd00::1"), 16_000);
        assertEquals(List.of(false, true, false, false), closed(clients));
    }

    @Test
    void allTogetherTakeAnEighthOfTheHeapAndTheOldestGivesWay() {
        world(1 << 20);
        RawClient[] clients = new RawClient[10];
        for (int i = 0; i < 10; i++) clients[i] = gap(client(), 16_000);
        assertEquals(List.of(true, true, false, false, false, false, false, false, false, false), closed(clients));
        assertEquals(2, evicted());
    }

    private static List<Boolean> closed(RawClient[] clients) { return Arrays.stream(clients).map(each -> each.closed != null).toList(); }
}
