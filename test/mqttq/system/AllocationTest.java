package mqttq.system;

import static mqttq.system.MqttWorld.MS;
import static mqttq.system.MqttWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import mqttq.Unlimited;
import mqttq.config.BrokerSettings;
import mqttq.loop.Timers;
import mqttq.quic.crypto.PlainProtection;
import org.junit.jupiter.api.Test;

/** What a message of QoS 0 costs in garbage on its way through the broker, datagram in to datagram out, with a cipher that only copies. */
class AllocationTest {
    private static final int A_TURN = 50, MESSAGES = 1_000_000;

    @Test
    void forwardingAMessageOf64BytesAllocatesAtMost32Bytes() {
        MqttWorld w = new MqttWorld(1, PlainProtection.FACTORY, Unlimited.settings());
        RawClient publisher = new RawClient(w, w.clientHost(1)), subscriber = new RawClient(w, w.clientHost(2));
        assertTrue(w.world.runUntil(() -> publisher.pipe != null && subscriber.pipe != null, 5 * SECOND));
        publisher.send("100d00044d5154540402003c000170");
        subscriber.send("100d00044d5154540402003c000173" + "820600010001" + "7400");
        w.world.runFor(SECOND);
        assertEquals(4, publisher.bytes);
        assertEquals(9, subscriber.bytes);
        ByteBuffer packet = ByteBuffer.allocate(2 + 3 + 64);
        packet.put((byte) 0x30).put((byte) (3 + 64)).putShort((short) 1).put((byte) 't').flip();
        packet.limit(packet.capacity());
        Pump pump = new Pump(publisher, packet);
        pump.run(w, MESSAGES / 10); // compiles, and fills the pools
        long[] before = {allocated(), subscriber.bytes};
        pump.run(w, MESSAGES);
        long garbage = allocated() - before[0], received = subscriber.bytes - before[1];
        assertEquals((long) MESSAGES * packet.capacity(), received, "bytes forwarded");
        double each = (double) garbage / MESSAGES;
        System.out.printf("allocated per forwarded QoS 0 PUBLISH of 64 bytes, both clients and the network included: %.1f bytes%n", each);
        assertTrue(each <= 32, each + " bytes a message");
    }

    /** Publishes a few messages a millisecond. */
    private static final class Pump {
        private final RawClient publisher;
        private final ByteBuffer packet;
        private final Timers.Timer tick;
        private long left;

        Pump(RawClient publisher, ByteBuffer packet) {
            this.publisher = publisher;
            this.packet = packet;
            tick = publisher.loop.timer(this::tick);
        }

        private void tick() {
            for (int i = 0; i < A_TURN && left > 0; i++) {
                if (publisher.pipe.write(packet.rewind()) < packet.capacity()) throw new AssertionError("the pipe is full");
                left--;
            }
            if (left > 0) tick.at(publisher.loop.now() + MS);
        }

        void run(MqttWorld w, long messages) {
            left = messages;
            tick.at(publisher.loop.now());
            w.world.runFor(messages / A_TURN * MS + SECOND);
            assertEquals(0, left);
        }
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getThreadAllocatedBytes(Thread.currentThread().getId());
    }
}
