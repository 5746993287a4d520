package mqttq.quic.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.HeaderWriter;
import mqttq.quic.packet.PacketHeader;
import mqttq.quic.packet.PacketNumber;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.packet.Retry;
import mqttq.tls.CipherSuite;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** RFC 9001 appendix A and RFC 9369 appendix A, written and read. */
class RfcPacketsTest {
    private static final ConnectionId ORIGINAL = ConnectionId.of(hex(RfcPackets.CLIENT_ORIGINAL_ID));
    private static final ConnectionId SERVER_ID = ConnectionId.of(hex("f067a5502a4262b5"));

    @Test void initialSecretsAreThoseOfTheRfc() {
        InitialSecrets v1 = new InitialSecrets(QuicVersion.V1, ORIGINAL), v2 = new InitialSecrets(QuicVersion.V2, ORIGINAL);
        assertHex("c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea", v1.client);
        assertHex("3c199828fd139efd216c155ad844cc81fb82fa8d7446fa7d78be803acdda951b", v1.server);
        assertHex("14ec9d6eb9fd7af83bf5a668bc17a7e283766aade7ecd0891f70f9ff7f4bf47b", v2.client);
        assertHex("0263db1782731bf4588e7e4d93b7463907cb8cd8200b5da55a8bd488eafc37c1", v2.server);
    }

    @ParameterizedTest @EnumSource(QuicVersion.class)
    void clientInitialIsWrittenAsInTheRfc(QuicVersion version) {
        ByteBuffer out = ByteBuffer.allocate(1500);
        HeaderWriter writer = new HeaderWriter();
        writer.beginLong(out, PacketType.INITIAL, version, ORIGINAL, ConnectionId.EMPTY, new byte[0], 2, 4);
        out.put(hex(RfcPackets.CLIENT_FRAMES)).position(writer.payload() + 1162);
        writer.end(out, PacketProtection.TAG_LENGTH);
        assertHex(clientHeader(version), Arrays.copyOf(out.array(), writer.payload()));
        assertHex(clientPacket(version), finish(writer, out, initial(version, false), 2));
    }

    @ParameterizedTest @EnumSource(QuicVersion.class)
    void clientInitialIsReadAsInTheRfc(QuicVersion version) {
        byte[] packet = hex(clientPacket(version));
        PacketHeader header = only(packet, 8);
        assertEquals(PacketType.INITIAL, header.type());
        assertEquals(ORIGINAL, header.destination());
        assertEquals(0, header.tokenLength());
        byte[] frames = Arrays.copyOf(hex(RfcPackets.CLIENT_FRAMES), 1162);
        assertArrayEquals(frames, open(header, initial(version, false), 2, -1));
        assertHex(clientHeader(version), Arrays.copyOf(packet, clientHeader(version).length() / 2));
    }

    @ParameterizedTest @EnumSource(QuicVersion.class)
    void serverInitialIsWrittenAndReadAsInTheRfc(QuicVersion version) {
        ByteBuffer out = ByteBuffer.allocate(1500);
        HeaderWriter writer = new HeaderWriter();
        writer.beginLong(out, PacketType.INITIAL, version, ConnectionId.EMPTY, SERVER_ID, new byte[0], 1, 2);
        out.put(hex(RfcPackets.SERVER_FRAMES));
        writer.end(out, PacketProtection.TAG_LENGTH);
        String expected = version == QuicVersion.V1 ? RfcPackets.V1_SERVER_HEADER : RfcPackets.V2_SERVER_HEADER;
        assertHex(expected, Arrays.copyOf(out.array(), writer.payload()));
        byte[] packet = finish(writer, out, initial(version, true), 1);
        assertHex(version == QuicVersion.V1 ? RfcPackets.V1_SERVER_PACKET : RfcPackets.V2_SERVER_PACKET, packet);
        PacketHeader header = only(packet, 0);
        assertEquals(SERVER_ID, header.source());
        assertHex(RfcPackets.SERVER_FRAMES, open(header, initial(version, true), 1, 0));
    }

    @ParameterizedTest @EnumSource(QuicVersion.class)
    void retryIsWrittenAndVerifiedAsInTheRfc(QuicVersion version) {
        byte[] packet = hex(version == QuicVersion.V1 ? RfcPackets.V1_RETRY : RfcPackets.V2_RETRY);
        PacketHeader header = only(packet, 0);
        assertEquals(PacketType.RETRY, header.type());
        assertArrayEquals("token".getBytes(), header.token());
        assertTrue(Retry.verify(header, ORIGINAL));
        assertFalse(Retry.verify(header, SERVER_ID));
        ByteBuffer out = ByteBuffer.allocate(100);
        out.position(7);
        Retry.write(out, version, ConnectionId.EMPTY, SERVER_ID, ORIGINAL, "token".getBytes(), 0x0f);
        assertArrayEquals(packet, Arrays.copyOfRange(out.array(), 7, out.position()));
        for (int i = 0; i < packet.length; i++) {
            packet[i] ^= 1;
            PacketHeader damaged = new PacketHeader();
            damaged.datagram(ByteBuffer.wrap(packet), 0);
            assertFalse(damaged.next() && damaged.type() == PacketType.RETRY && Retry.verify(damaged, ORIGINAL), "byte " + i);
            packet[i] ^= 1;
        }
    }

    @ParameterizedTest @EnumSource(QuicVersion.class)
    void chaCha20ShortHeaderPacketIsThatOfTheRfc(QuicVersion version) {
        ByteBuffer out = ByteBuffer.allocate(100);
        HeaderWriter writer = new HeaderWriter();
        writer.beginShort(out, ConnectionId.EMPTY, false, false, 654360564, 3);
        out.put((byte) 1);
        writer.end(out, PacketProtection.TAG_LENGTH);
        assertHex("4200bff4", Arrays.copyOf(out.array(), writer.payload()));
        byte[] packet = finish(writer, out, chaCha20(version), 654360564);
        assertHex(version == QuicVersion.V1 ? "4cfe4189655e5cd55c41f69080575d7999c25a5bfb" : "5558b1c60ae7b6b932bc27d786f4bc2bb20f2162ba", packet);
        PacketHeader header = only(packet, 0);
        assertEquals(PacketType.ONE_RTT, header.type());
        assertArrayEquals(new byte[] {1}, open(header, chaCha20(version), 654360564, 654360563));
    }

    @ParameterizedTest @EnumSource(QuicVersion.class)
    void updatedSecretIsThatOfTheRfc(QuicVersion version) {
        String ku = version == QuicVersion.V1 ? "1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9"
            : "c69374c49e3d2a9466fa689e49d476db5d0dfbc87d32ceeaa6343fd0ae4c7d88";
        byte[] one = new byte[40], other = new byte[40];
        chaCha20(version).next().seal(one, 0, 4, 20, 7);
        new AeadProtection(CipherSuite.TLS_CHACHA20_POLY1305_SHA256, version, hex(ku)).seal(other, 0, 4, 20, 7);
        assertArrayEquals(other, one);
    }

    private static AeadProtection chaCha20(QuicVersion version) {
        return new AeadProtection(CipherSuite.TLS_CHACHA20_POLY1305_SHA256, version, hex(RfcPackets.CHACHA20_SECRET));
    }

    private static PacketProtection initial(QuicVersion version, boolean server) {
        InitialSecrets secrets = new InitialSecrets(version, ORIGINAL);
        return AeadProtection.FACTORY.create(InitialSecrets.SUITE, version, server ? secrets.server : secrets.client);
    }

    private static byte[] finish(HeaderWriter writer, ByteBuffer out, PacketProtection protection, long number) {
        int end = protection.protect(out.array(), writer.start(), writer.packetNumberOffset(), writer.payload(), out.position(), number);
        return Arrays.copyOfRange(out.array(), writer.start(), end);
    }

    private static byte[] open(PacketHeader header, PacketProtection protection, long number, long largest) {
        byte[] array = header.array();
        int length = protection.unmask(array, header.start(), header.packetNumberOffset(), header.end());
        int payload = header.packetNumberOffset() + length;
        assertEquals(number, PacketNumber.decode(largest, PacketNumber.read(array, header.packetNumberOffset(), length), length));
        int end = protection.open(array, header.start(), payload, header.end(), number);
        return Arrays.copyOfRange(array, payload, end);
    }

    private static PacketHeader only(byte[] packet, int shortIdLength) {
        PacketHeader header = new PacketHeader();
        header.datagram(ByteBuffer.wrap(packet), shortIdLength);
        assertTrue(header.next());
        assertEquals(packet.length, header.end());
        return header;
    }

    private static String clientHeader(QuicVersion version) {
        return version == QuicVersion.V1 ? RfcPackets.V1_CLIENT_HEADER : RfcPackets.V2_CLIENT_HEADER;
    }

    private static String clientPacket(QuicVersion version) {
        return version == QuicVersion.V1 ? RfcPackets.V1_CLIENT_PACKET : RfcPackets.V2_CLIENT_PACKET;
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    private static void assertHex(String digits, byte[] bytes) {
        assertEquals(digits, HexFormat.of().formatHex(bytes));
    }
}
