package mqttq.quic.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Random;
import mqttq.quic.frame.FrameWriter;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.ConnectionIdMap;
import mqttq.quic.packet.HeaderWriter;
import mqttq.quic.packet.PacketHeader;
import mqttq.quic.packet.PacketNumber;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicVersion;
import mqttq.tls.CipherSuite;
import org.junit.jupiter.api.Test;

/** The way of a packet out and in again, counted in bytes of garbage. */
class AllocationTest {
    private static final int ROUNDS = 1000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final ConnectionId id = ConnectionId.random(new Random(1), 8);
    private final ConnectionIdMap<Object> connections = new ConnectionIdMap<>(1, 2);
    private final long[] ranges = {90, 100, 50, 60};
    private final ByteBuffer out = ByteBuffer.allocate(1500), data = ByteBuffer.allocate(1000);
    private final HeaderWriter writer = new HeaderWriter();
    private final PacketHeader header = new PacketHeader();
    private long number;

    AllocationTest() {
        connections.putIfAbsent(id, this);
    }

    private void roundTrip(PacketProtection sender, PacketProtection receiver, boolean longHeader) {
        out.clear();
        int pnLength = PacketNumber.length(number, number - 10);
        if (longHeader) writer.beginLong(out, PacketType.HANDSHAKE, QuicVersion.V1, id, id, null, number, pnLength);
        else writer.beginShort(out, id, false, false, number, pnLength);
        FrameWriter.ack(out, ranges, 2, 5);
        FrameWriter.maxData(out, 100_000);
        FrameWriter.stream(out, 4, 70_000, 1000, false);
        out.put(data.clear());
        writer.end(out, PacketProtection.TAG_LENGTH);
        int end = sender.protect(out.array(), writer.start(), writer.packetNumberOffset(), writer.payload(), out.position(), number);
        out.limit(end).position(0);
        header.datagram(out, 8);
        byte[] array = out.array();
        if (!header.next() || connections.get(array, header.destinationOffset(), header.destinationLength()) != this) throw new AssertionError();
        int length = receiver.unmask(array, header.start(), header.packetNumberOffset(), header.end());
        int payload = header.packetNumberOffset() + length;
        long decoded = PacketNumber.decode(number - 1, PacketNumber.read(array, header.packetNumberOffset(), length), length);
        if (receiver.open(array, header.start(), payload, header.end(), decoded) < 0) throw new AssertionError();
        number++;
    }

    private long bytesPerRoundTrip(ProtectionFactory factory, CipherSuite suite) {
        PacketProtection sender = factory.create(suite, QuicVersion.V1, new byte[suite.hashLength]);
        PacketProtection receiver = factory.create(suite, QuicVersion.V1, new byte[suite.hashLength]);
        long thread = Thread.currentThread().getId(), least = Long.MAX_VALUE;
        for (int batch = 0; batch < 6; batch++) {
            long before = THREADS.getThreadAllocatedBytes(thread);
            for (int i = 0; i < ROUNDS; i++) roundTrip(sender, receiver, i % 2 == 0);
            least = Math.min(least, THREADS.getThreadAllocatedBytes(thread) - before);
        }
        return least / ROUNDS;
    }

    @Test void aPacketWithoutCryptographyIsFree() {
        assertEquals(0, bytesPerRoundTrip(PlainProtection.FACTORY, CipherSuite.TLS_AES_128_GCM_SHA256));
    }

    @Test void cryptographyCostsWhatTheJdkTakes() {
        for (CipherSuite suite : CipherSuite.values()) {
            long bytes = bytesPerRoundTrip(AeadProtection.FACTORY, suite);
            // The JDK's ChaCha20-Poly1305 copies what it opens.
            long most = suite == CipherSuite.TLS_CHACHA20_POLY1305_SHA256 ? 8000 : 3000;
            assertTrue(bytes < most, suite + ": " + bytes + " bytes for a seal and an open");
        }
    }
}
