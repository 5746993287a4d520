package mqttq.quic.qlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import mqttq.quic.frame.FrameWriter;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.HeaderWriter;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.PreferredAddress;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.packet.TransportError;
import mqttq.quic.packet.TransportParameters;
import mqttq.quic.recovery.PacketNumberSpace;
import mqttq.sim.SimDisk;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;

/** Files and events without a connection; with one see {@code mqttq.quic.QlogTest}. */
class QlogFilesTest {
    private static final long MS = 1_000_000, SECOND = 1000 * MS;
    private static final ConnectionId ID = ConnectionId.of(new byte[] {1, 2, 3, 4, 5, 6, 7, (byte) 0xf8});
    private final SimWorld world = new SimWorld(1);
    private final SimLoop host = world.host("10.0.0.1");
    private final SimDisk disk = host.disk("/qlog");
    private QlogFiles files = new QlogFiles(host, "/qlog");
    private final HeaderWriter writer = new HeaderWriter();
    private final ByteBuffer packet = ByteBuffer.allocate(2048);
    private long number;

    private static InetSocketAddress address(String literal, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByName(literal), port);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private ConnectionTrace open(ConnectionId id, boolean client) {
        return files.open(host.now(), client, id, QuicVersion.V1, address("10.0.0.1", 5), address("fe80::1", 14567));
    }

    private QlogSchema.Log log(String name) {
        world.runFor(2 * SECOND);
        return QlogSchema.read(disk.content(name));
    }

    private interface Frames {
        void write(ByteBuffer out);
    }

    /** A 1-RTT packet with these frames was received. */
    private void receive(ConnectionTrace trace, Frames frames) {
        writer.beginShort(packet.clear(), ID, false, false, number, 2);
        frames.write(packet);
        writer.end(packet, 16);
        trace.onPacketReceived(host.now(), PacketType.ONE_RTT, number++, packet.position() + 16, packet.array(), writer.start(), writer.payload(),
            packet.position());
    }

    @Test
    void aFileIsNamedByOriginalIdAndRole() {
        open(ID, true);
        open(ID, false);
        world.runFor(2 * SECOND);
        assertEquals(List.of("01020304050607f8_client.sqlog", "01020304050607f8_server.sqlog"), List.of(disk.list()));
        QlogSchema.Log log = log("01020304050607f8_server.sqlog");
        assertEquals("01020304050607f8", ((Map<?, ?>) ((Map<?, ?>) log.head().get("trace")).get("common_fields")).get("group_id"));
        QlogSchema.Event started = log.of("quic:connection_started").get(0);
        assertEquals("10.0.0.1", started.at("local.ip_v4"));
        assertEquals(14567L, started.at("remote.port_v6"));
        assertEquals("00000001", log.of("quic:version_information").get(0).at("chosen_version"));
    }

    @Test
    void anIdThatWasChosenTwiceGetsAnotherFile() {
        open(ID, false).onForgotten(0);
        open(ID, false);
        world.runFor(2 * SECOND);
        assertEquals(List.of("01020304050607f8_server-1.sqlog", "01020304050607f8_server.sqlog"), List.of(disk.list()));
    }

    @Test
    void whatHappenedIsOnTheDiskWithinASecond() {
        ConnectionTrace trace = open(ID, false);
        world.runFor(900 * MS);
        assertEquals(0, disk.writes());
        world.runFor(200 * MS);
        int before = disk.content("01020304050607f8_server.sqlog").length;
        trace.onDatagramReceived(host.now(), 1200);
        world.runFor(1100 * MS);
        assertTrue(disk.content("01020304050607f8_server.sqlog").length > before);
        assertEquals(2, disk.writes());
        // and nobody is woken for nothing
        assertEquals(0, host.setTimers());
    }

    @Test
    void theEndIsWrittenAtOnceAndTheFileIsLetGo() {
        ConnectionTrace trace = open(ID, false);
        assertEquals(1, files.open());
        trace.onClosed(host.now(), "APPLICATION", true, 7, "bye \"now\" \u00e9");
        world.runFor(10 * MS);
        QlogSchema.Log log = QlogSchema.read(disk.content("01020304050607f8_server.sqlog"));
        QlogSchema.Event closed = log.of("quic:connection_closed").get(0);
        assertEquals("unknown", closed.at("application_error"));
        assertEquals(7L, closed.at("error_code"));
        assertEquals("bye \"now\" \u00e9", closed.at("reason"));
        trace.onForgotten(host.now());
        trace.onForgotten(host.now());
        world.runFor(10 * MS);
        assertEquals(0, files.open());
        List<QlogSchema.Event> states = QlogSchema.read(disk.content("01020304050607f8_server.sqlog")).of("quic:connection_state_updated");
        assertEquals("closed", states.get(states.size() - 1).at("new"));
    }

    @Test
    void everyFrameHasItsFields() {
        ConnectionTrace trace = open(ID, true);
        byte[] token = new byte[16];
        receive(trace, out -> {
            FrameWriter.ping(out);
            FrameWriter.resetStream(out, 4, 9, 1000);
            FrameWriter.stopSending(out, 8, 10);
            FrameWriter.crypto(out, 77, 3);
            out.put(new byte[3]);
            FrameWriter.newToken(out, new byte[] {1, 2});
            FrameWriter.stream(out, 4, 0, 5, true);
            out.put(new byte[5]);
            FrameWriter.maxData(out, 1L << 60);
            FrameWriter.maxStreamData(out, 4, 5000);
            FrameWriter.maxStreams(out, true, 11);
            FrameWriter.dataBlocked(out, 12);
            FrameWriter.streamDataBlocked(out, 4, 13);
            FrameWriter.streamsBlocked(out, false, 14);
            FrameWriter.newConnectionId(out, 3, 1, ID, token);
            FrameWriter.retireConnectionId(out, 2);
            FrameWriter.pathChallenge(out, 0x0102030405060708L);
            FrameWriter.pathResponse(out, -1);
            FrameWriter.connectionClose(out, TransportError.crypto(10), 6, "no".getBytes());
            FrameWriter.connectionClose(out, TransportError.FLOW_CONTROL_ERROR, 8, new byte[] {(byte) 0xff});
            FrameWriter.applicationClose(out, 0x123456789L, new byte[0]);
            FrameWriter.handshakeDone(out);
            out.put(new byte[7]);
        });
        receive(trace, out -> {
            FrameWriter.ack(out, new long[] {20, 20, 10, 15}, 2, 100);
            FrameWriter.datagram(out, 4);
            out.put(new byte[4]);
        });
        List<QlogSchema.Event> packets = log("01020304050607f8_client.sqlog").of("quic:packet_received");
        List<?> frames = (List<?>) packets.get(0).at("frames");
        assertEquals(21, frames.size());
        assertEquals("padding", ((Map<?, ?>) frames.get(20)).get("frame_type"));
        assertEquals(Map.of("length", 7L, "payload_length", 7L), ((Map<?, ?>) frames.get(20)).get("raw"));
        assertEquals("0102030405060708", ((Map<?, ?>) frames.get(14)).get("data"));
        assertEquals("crypto_error_0x10a", ((Map<?, ?>) frames.get(16)).get("error"));
        assertEquals("no", ((Map<?, ?>) frames.get(16)).get("reason"));
        assertEquals("flow_control_error", ((Map<?, ?>) frames.get(17)).get("error"));
        // RFC 7493: more than a double can hold
        assertEquals("1152921504606846976", ((Map<?, ?>) frames.get(6)).get("maximum"));
        Map<?, ?> ack = (Map<?, ?>) ((List<?>) packets.get(1).at("frames")).get(0);
        assertEquals(0.8, ack.get("ack_delay"));
        assertFalse(((List<?>) ack.get("acked_ranges")).isEmpty());
        assertEquals("datagram", ((Map<?, ?>) ((List<?>) packets.get(1).at("frames")).get(1)).get("frame_type"));
    }

    /** What FrameParser refuses is said as far as it was understood; the line is whole all the same. */
    @Test
    void garbageInAPacketLeavesTheLinesWhole() {
        ConnectionTrace trace = open(ID, false);
        Random random = new Random(7);
        for (int i = 0; i < 1000; i++) {
            byte[] garbage = new byte[1 + random.nextInt(60)];
            random.nextBytes(garbage);
            if (random.nextBoolean()) garbage[0] = (byte) random.nextInt(0x20);
            receive(trace, out -> out.put(garbage));
        }
        assertEquals(1000, log("01020304050607f8_server.sqlog").of("quic:packet_received").size());
    }

    @Test
    void retryAndVersionNegotiationAreSeen() {
        ConnectionTrace trace = open(ID, true);
        byte[] negotiation = new byte[7 + 8 + 8];
        negotiation[0] = (byte) 0x80;
        negotiation[5] = 8;
        negotiation[15 - 1] = 0;
        negotiation[15] = 0x0a;
        trace.onPacketReceived(0, PacketType.VERSION_NEGOTIATION, -1, negotiation.length, negotiation, 0, negotiation.length, negotiation.length);
        byte[] retry = new byte[7 + 8 + 4 + 5 + 16];
        retry[0] = (byte) 0xf0;
        retry[4] = 1;
        retry[5] = 8;
        retry[14] = 4;
        trace.onPacketReceived(0, PacketType.RETRY, -1, retry.length, retry, 0, retry.length, retry.length);
        QlogSchema.Log log = log("01020304050607f8_client.sqlog");
        List<QlogSchema.Event> packets = log.of("quic:packet_received");
        assertEquals(List.of("0a000000", "00000000"), packets.get(0).at("supported_versions"));
        assertEquals(List.of("0a000000", "00000000"), log.of("quic:version_information").get(1).at("server_versions"));
        assertEquals("retry", packets.get(1).at("header.packet_type"));
        assertEquals(5L, packets.get(1).at("header.token.raw.length"));
    }

    @Test
    void parametersAreWrittenWithWhoseTheyAre() {
        ConnectionTrace trace = open(ID, true);
        TransportParameters p = new TransportParameters();
        p.ackDelayExponent = 5;
        p.initialMaxData = 1L << 61;
        p.statelessResetToken = new byte[16];
        p.greaseQuicBit = true;
        p.preferredAddress = new PreferredAddress(address("10.0.0.7", 9), null, ID, new byte[16]);
        trace.onParameters(0, false, p);
        receive(trace, out -> FrameWriter.ack(out, new long[] {1, 1}, 1, 100));
        QlogSchema.Log log = log("01020304050607f8_client.sqlog");
        assertEquals("remote", log.of("quic:parameters_set").get(0).at("initiator"));
        assertEquals("2305843009213693952", log.of("quic:parameters_set").get(0).at("initial_max_data"));
        assertNull(log.of("quic:parameters_set").get(0).at("stateless_reset_token"));
        assertEquals(3.2, ((Map<?, ?>) ((List<?>) log.of("quic:packet_received").get(0).at("frames")).get(0)).get("ack_delay"));
    }

    @Test
    void packetsAcknowledgedTogetherAreOneEvent() {
        ConnectionTrace trace = open(ID, true);
        for (int i = 0; i < 5; i++) trace.onPacketAcked(0, PacketNumberSpace.HANDSHAKE, i);
        for (int i = 7; i < 9; i++) trace.onPacketAcked(0, PacketNumberSpace.APPLICATION, i);
        trace.onDatagramSent(0, 100);
        List<QlogSchema.Event> acked = log("01020304050607f8_client.sqlog").of("quic:packets_acked");
        assertEquals(2, acked.size());
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L), acked.get(0).at("packet_numbers"));
        assertEquals("application_data", acked.get(1).at("packet_number_space"));
    }

    @Test
    void keyPhasesShowInTheHeaders() {
        ConnectionTrace trace = open(ID, true);
        boolean[] sent = {false, false, true, true}, received = {false, true, false, true};
        long[] numbers = {1, 5, 4, 6};
        for (int i = 0; i < 4; i++) {
            writer.beginShort(packet.clear(), ID, false, sent[i], i, 1);
            FrameWriter.ping(packet);
            trace.onPacketSent(0, PacketType.ONE_RTT, i, 40, packet.array(), writer.start(), writer.payload(), packet.position());
            writer.beginShort(packet.clear(), ID, false, received[i], numbers[i], 1);
            FrameWriter.ping(packet);
            trace.onPacketReceived(0, PacketType.ONE_RTT, numbers[i], 40, packet.array(), writer.start(), writer.payload(), packet.position());
        }
        List<QlogSchema.Event> keys = log("01020304050607f8_client.sqlog").of("quic:key_updated");
        // the first two are the Initial keys
        assertEquals(4, keys.size());
        for (int i = 2; i < 4; i++) {
            assertEquals(i == 2 ? "server_1rtt_secret" : "client_1rtt_secret", keys.get(i).at("key_type"));
            assertEquals("remote_update 1", keys.get(i).at("trigger") + " " + keys.get(i).at("key_phase"));
        }
    }

    @Test
    void aSlowDiskCostsEventsWhichAreCountedNeverMemory() {
        files = new QlogFiles(host, "/qlog", 1 << 17);
        disk.speed(SECOND, 0);
        ConnectionTrace trace = open(ID, false);
        for (int i = 0; i < 20_000; i++) trace.onDatagramReceived(host.now(), 1200);
        disk.speed(1000, 0);
        world.runFor(20 * SECOND);
        trace.onDatagramReceived(host.now(), 1200);
        QlogSchema.Log log = log("01020304050607f8_server.sqlog");
        int written = log.of("quic:udp_datagrams_received").size();
        assertTrue(disk.bytesWritten() < (1 << 17) + (1 << 16), () -> "" + disk.bytesWritten());
        String message = (String) log.of("loglevel:warning").get(0).at("message");
        assertEquals((20_001 - written) + " events were dropped: the disk is slower than the network", message);
    }

    @Test
    void aDiskThatFailsEndsItWithOneLine() {
        disk.capacity(100);
        ConnectionTrace one = open(ID, false), two = open(ID, true);
        world.runFor(2 * SECOND);
        one.onDatagramSent(host.now(), 1);
        two.onClosed(host.now(), "IDLE_TIMEOUT", false, 0, "");
        two.onForgotten(host.now());
        world.runFor(2 * SECOND);
        assertEquals(List.of("Warning: /qlog: No space left on device. No more qlog is written."), host.lines());
        assertNull(open(ID, true));
    }

    @Test
    void moreConnectionsThanTheLimitAreNotTraced() {
        ConnectionTrace first = open(ID, true);
        byte[] id = new byte[8];
        for (int i = 1; i < QlogFiles.MAX_TRACES; i++) {
            id[0] = (byte) (i >> 8);
            id[1] = (byte) i;
            ConnectionTrace trace = open(ConnectionId.of(id), true);
            if (trace == null) throw new AssertionError(i);
            if (i % 256 == 0) world.runFor(2 * SECOND);
        }
        assertNull(open(ID, false));
        first.onForgotten(host.now());
        assertNotNull(open(ID, false));
    }
}
