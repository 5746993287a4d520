package mqttq.mqtt.codec;

import static mqttq.mqtt.ProtocolVersion.MQTT_3_1_1;
import static mqttq.mqtt.ProtocolVersion.MQTT_5;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import mqttq.Statement;
import mqttq.mqtt.Connect;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.wire.BufferPool;
import org.junit.jupiter.api.Test;

class PacketDecoderTest {
    private static final byte[] CONNECT = Wire.bytes("10:\"MQTT\" 05 02 0000 {} \"\"");
    private static final byte[] PING = Wire.bytes("c000");

    private static byte[] join(byte[]... packets) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] packet : packets) out.writeBytes(packet);
        return out.toByteArray();
    }

    private static byte[] publish(int payload) {
        return Wire.bytes("30:\"t\" {} '" + "x".repeat(payload) + "'");
    }

    private static PacketDecoder server(BufferPool pool, int limit) {
        return PacketDecoder.server(MQTT_5, pool, limit);
    }

    @Test
    void readsManyPacketsOfOneChunkAndKeepsTheCutOne() throws MqttException {
        byte[] wire = join(CONNECT, PING, publish(300), PING, publish(3));
        PacketDecoder decoder = PacketDecoder.server(new BufferPool(0), 1000);
        Recorder recorder = new Recorder(MQTT_5);
        decoder.decode(ByteBuffer.wrap(wire, 0, wire.length - 1), recorder, recorder::ready);
        assertEquals(4, recorder.packets.size());
        assertTrue(decoder.midPacket());
        decoder.decode(ByteBuffer.wrap(wire, wire.length - 1, 1), recorder, recorder::ready);
        assertEquals(5, recorder.packets.size());
        assertFalse(decoder.midPacket());
    }

    @Test
    void readsFromWhereTheBufferStandsInItsArray() throws MqttException {
        ByteBuffer chunk = ByteBuffer.wrap(join(new byte[7], PING, PING), 5, 6).slice();
        chunk.position(2);
        Recorder recorder = new Recorder(MQTT_5);
        server(new BufferPool(0), 1000).decode(chunk, recorder, recorder::ready);
        assertEquals(2, recorder.packets.size());
        assertFalse(chunk.hasRemaining());
    }

    @Test
    @Statement("MQTT-3.1.0-2")
    void refusesASecondConnect() throws MqttException {
        PacketDecoder decoder = PacketDecoder.server(new BufferPool(0), 1000);
        Recorder recorder = new Recorder(MQTT_5);
        decoder.decode(ByteBuffer.wrap(CONNECT), recorder, recorder::ready);
        assertEquals(ReasonCode.PROTOCOL_ERROR,
            assertThrows(MqttException.class, () -> decoder.decode(ByteBuffer.wrap(CONNECT), recorder, recorder::ready)).reasonCode());
        PacketDecoder further = server(new BufferPool(0), 1000);
        assertEquals(ReasonCode.PROTOCOL_ERROR,
            assertThrows(MqttException.class, () -> further.decode(ByteBuffer.wrap(CONNECT), recorder, recorder::ready)).reasonCode());
        assertEquals(1, recorder.packets.size());
    }

    @Test
    void refusesAWrongTypeAtItsFirstByte() {
        PacketDecoder decoder = PacketDecoder.server(new BufferPool(0), 1000);
        assertThrows(MqttException.class, () -> decoder.decode(ByteBuffer.wrap(new byte[] {0x30}), new Recorder(MQTT_5), () -> true));
    }

    @Test
    void stopsBetweenPacketsAndLeavesTheRestUnread() throws MqttException {
        byte[] packet = publish(5);
        ByteBuffer chunk = ByteBuffer.wrap(join(packet, packet, packet));
        PacketDecoder decoder = server(new BufferPool(0), 1000);
        Recorder recorder = new Recorder(MQTT_5);
        recorder.stopAfter = 2;
        decoder.decode(chunk, recorder, recorder::ready);
        assertEquals(2, recorder.packets.size());
        assertEquals(packet.length, chunk.remaining());
        decoder.decode(chunk, recorder, recorder::ready);
        assertEquals(packet.length, chunk.remaining());
        recorder.stopAfter = 9;
        decoder.decode(chunk, recorder, recorder::ready);
        assertEquals(3, recorder.packets.size());
    }

    @Test
    void stopsAfterAGatheredPacketToo() throws MqttException {
        byte[] packet = publish(5);
        PacketDecoder decoder = server(new BufferPool(0), 1000);
        Recorder recorder = new Recorder(MQTT_5);
        recorder.stopAfter = 1;
        decoder.decode(ByteBuffer.wrap(packet, 0, 3), recorder, recorder::ready);
        ByteBuffer rest = ByteBuffer.wrap(join(Arrays.copyOfRange(packet, 3, packet.length), packet));
        decoder.decode(rest, recorder, recorder::ready);
        assertEquals(1, recorder.packets.size());
        assertEquals(packet.length, rest.remaining());
    }

    @Test
    @Statement({"MQTT-3.2.2-15", "MQTT-3.1.2-24"})
    void theLimitCountsTheWholePacketAndMayChange() throws MqttException {
        byte[] packet = publish(200); // 3 + 3 + 1 + 200
        assertEquals(207, packet.length);
        Recorder recorder = new Recorder(MQTT_5);
        PacketDecoder decoder = server(new BufferPool(0), 207);
        decoder.decode(ByteBuffer.wrap(packet), recorder, recorder::ready);
        decoder.limit(206);
        MqttException error = assertThrows(MqttException.class, () -> decoder.decode(ByteBuffer.wrap(packet, 0, 3), recorder, recorder::ready));
        assertEquals(ReasonCode.PACKET_TOO_LARGE, error.reasonCode());
        decoder.close();
        decoder.limit(PacketDecoder.LARGEST_PACKET);
        decoder.decode(ByteBuffer.wrap(packet), recorder, recorder::ready);
        assertEquals(2, recorder.packets.size());
    }

    @Test
    void theHandlerMayRaiseTheLimitForWhatFollows() throws MqttException {
        PacketDecoder decoder = PacketDecoder.server(new BufferPool(0), 100);
        int[] published = new int[1];
        PacketHandler handler = new Silent() {
            @Override
            public void onConnect(Connect connect) {
                decoder.limit(2000);
            }

            @Override
            public void onPublish(Publish publish) {
                published[0] += publish.payloadLength();
            }
        };
        decoder.decode(ByteBuffer.wrap(join(CONNECT, publish(1000))), handler, () -> true);
        assertEquals(1000, published[0]);
    }

    @Test
    void growsByWhatArrivesNotByWhatIsClaimed() throws MqttException {
        PacketDecoder decoder = server(new BufferPool(0), PacketDecoder.LARGEST_PACKET);
        byte[] claim = {0x30, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f};
        long before = allocated();
        decoder.decode(ByteBuffer.wrap(claim), new Silent(), () -> true);
        for (int i = 0; i < 10; i++) decoder.decode(ByteBuffer.wrap(new byte[1000]), new Silent(), () -> true);
        assertTrue(allocated() - before < 200_000, "allocated " + (allocated() - before));
        assertTrue(decoder.midPacket());
    }

    @Test
    void gathersALargePacketFromSmallChunks() throws MqttException {
        byte[] packet = publish(300_000);
        PacketDecoder decoder = server(new BufferPool(1 << 16), 1_000_000);
        Recorder recorder = new Recorder(MQTT_5);
        for (int at = 0; at < packet.length; at += 1399) decoder.decode(ByteBuffer.wrap(packet, at, Math.min(1399, packet.length - at)), recorder, recorder::ready);
        assertEquals(300_000, ((Recorder.Published) recorder.packets.get(0)).message().payloadLength());
        assertFalse(decoder.midPacket());
    }

    @Test
    void givesItsBufferBackWhenAPacketIsWholeAndWhenClosed() throws MqttException {
        BufferPool pool = new BufferPool(1 << 10);
        byte[] mine = pool.take(128);
        pool.give(mine);
        PacketDecoder decoder = server(pool, 1000);
        decoder.decode(ByteBuffer.wrap(PING, 0, 1), new Silent(), () -> true);
        byte[] other = pool.take(128);
        assertNotSame(mine, other);
        decoder.decode(ByteBuffer.wrap(PING, 1, 1), new Silent(), () -> true);
        assertSame(mine, pool.take(128));
        pool.give(mine);
        decoder.decode(ByteBuffer.wrap(PING, 0, 1), new Silent(), () -> true);
        decoder.close();
        decoder.close();
        assertSame(mine, pool.take(128));
        assertNotSame(mine, pool.take(128));
    }

    @Test
    void closingFromWithinAHandlerGivesTheBufferBackOnce() throws MqttException {
        BufferPool pool = new BufferPool(1 << 10);
        PacketDecoder decoder = server(pool, 1000);
        Silent closing = new Silent() {
            @Override
            public void onPingreq() throws MqttException {
                decoder.close();
                throw new MqttException(ReasonCode.SERVER_BUSY, "enough");
            }
        };
        decoder.decode(ByteBuffer.wrap(PING, 0, 1), closing, () -> true);
        assertEquals(ReasonCode.SERVER_BUSY, assertThrows(MqttException.class, () -> decoder.decode(ByteBuffer.wrap(PING, 1, 1), closing, () -> true))
            .reasonCode());
        assertNotSame(pool.take(128), pool.take(128));
    }

    @Test
    void anEmptyChunkIsNothing() throws MqttException {
        PacketDecoder decoder = server(new BufferPool(0), 1000);
        decoder.decode(ByteBuffer.allocate(0), new Silent(), () -> true);
        assertFalse(decoder.midPacket());
    }

    @Test
    void readingAndWritingPublishAllocatesNothing() throws MqttException {
        ByteBuffer out = ByteBuffer.allocate(2000);
        int[] ids = {7, 300};
        Silent forwarding = new Silent() {
            @Override
            public void onPublish(Publish publish) {
                out.clear();
                int size = PacketEncoder.sizePublish(MQTT_5, publish, 1, 3, true, publish.messageExpiryInterval(), ids, 2);
                PacketEncoder.writePublish(out, MQTT_5, publish, 1, false, false, 77, 3, true, publish.messageExpiryInterval(), ids, 2);
                if (out.position() != size) throw new AssertionError();
                PacketEncoder.writePublish(out, MQTT_3_1_1, publish, 0, false, false, 0, 0, true, -1, null, 0);
            }

            @Override
            public void onAck(PacketType type, int packetId, ReasonCode code, mqttq.mqtt.Properties properties) {
                out.clear();
                PacketEncoder.writeAck(out, MQTT_5, PacketType.PUBREL, packetId, code, properties);
            }
        };
        byte[] publish = Wire.bytes("32:\"some/topic/of/ours\" 0001 {02 00000010 23 0001 01 01 03 \"text\" 26 \"k\" \"v\"} '"
            + "x".repeat(500) + "'");
        byte[] wire = join(publish, Wire.bytes("50:0001"), publish);
        ByteBuffer chunk = ByteBuffer.wrap(wire);
        PacketDecoder decoder = server(new BufferPool(1 << 16), 2000);
        for (int i = 0; i < 2000; i++) feed(decoder, chunk, forwarding);
        long before = allocated();
        for (int i = 0; i < 10_000; i++) feed(decoder, chunk, forwarding);
        long each = (allocated() - before) / 10_000;
        assertTrue(each < 4, each + " bytes for three packets");
    }

    /** Whole at once, then cut in the last packet. */
    private static void feed(PacketDecoder decoder, ByteBuffer chunk, PacketHandler handler) throws MqttException {
        decoder.decode(chunk.clear(), handler, () -> true);
        decoder.decode(chunk.clear().limit(chunk.capacity() - 40), handler, () -> true);
        decoder.decode(chunk.clear().position(chunk.capacity() - 40), handler, () -> true);
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getThreadAllocatedBytes(Thread.currentThread().getId());
    }
}
