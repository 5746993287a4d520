package mqttq.system;

import static mqttq.system.MqttWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLParameters;
import mqttq.Unlimited;
import mqttq.auth.Authorizer;
import mqttq.config.BrokerSettings;
import mqttq.broker.ListenerSettings;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.codec.BadPackets;
import mqttq.quic.crypto.AeadProtection;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.tls.Trust;
import mqttq.transport.Pipe;
import mqttq.transport.TcpTransport;
import mqttq.transport.TlsSetup;
import mqttq.transport.TlsTransport;
import mqttq.transport.Transport;
import mqttq.transport.TransportLimits;
import mqttq.transport.WebSocketSetup;
import mqttq.transport.WebSocketTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each packet that is wrong, over each transport and in each version: the reason code, that connection's end, and nobody else's. */
class MalformedTest {
    private static final TransportLimits LIMITS = TransportLimits.DEFAULT;
    private static final int PORT = 1883;
    private static final String PINGREQ = "c000", PINGRESP = "d000";

    private final BrokerSettings settings = Unlimited.settings();
    private MqttWorld w;
    private SimLoop host;
    private Transport transport;
    private int port;
    private final List<String> wrong = new ArrayList<>();

    /** One connection or stream. */
    private static final class Peer implements Pipe.Handler, Transport.Connected {
        Pipe pipe;
        private final StringBuilder came = new StringBuilder();
        boolean ended;
        long reset = -1;
        String closed;

        String came() {
            String hex = came.toString();
            came.setLength(0);
            return hex;
        }

        void send(byte[] bytes) { assertEquals(bytes.length, pipe.write(ByteBuffer.wrap(bytes))); }

        @Override public Pipe.Handler onConnected(Pipe made) {
            pipe = made;
            return this;
        }

        @Override public void onFailed(String reason) { closed = reason; }
        @Override public void onData(ByteBuffer data) { while (data.hasRemaining()) came.append(HexFormat.of().toHexDigits(data.get())); }
        @Override public void onWritable() { }
        @Override public void onEnd() { ended = true; }
        @Override public void onReset(long code) { reset = code; }
        @Override public void onClosed(String reason) { closed = reason; }
    }

    /** Brings up a broker for this transport, with limits as small as the table's. */
    private void world(String name) throws IOException {
        settings.maxConnectPacketSize = settings.maxPacketSize = 1000;
        w = new MqttWorld(1, AeadProtection.FACTORY, settings);
        host = w.clientHost(1);
        port = name.equals("quic") ? MqttWorld.PORT : PORT;
        Transport server = new TcpTransport(LIMITS), client = server;
        boolean secure = name.equals("tls") || name.equals("wss");
        if (secure) {
            server = new TlsTransport(server, TlsSetup.server(MqttWorld.identity(), null, w.host.entropy(), new SSLParameters()), LIMITS);
            client = new TlsTransport(client,
                TlsSetup.client(null, Trust.ofPem(MqttWorld.PEMS.resolve("ca.pem")), host.entropy(), "localhost", PORT, true, new SSLParameters()), LIMITS);
        }
        if (name.startsWith("ws")) {
            server = new WebSocketTransport(server, WebSocketSetup.server(List.of()), LIMITS);
            client = new WebSocketTransport(client, WebSocketSetup.client("localhost", "/mqtt"), LIMITS);
        }
        transport = name.equals("quic") ? w.transport(host) : client;
        if (!name.equals("quic")) {
            server.listen(w.host, new InetSocketAddress(w.host.address(), PORT), w.broker.listener(new ListenerSettings(name, new MqttWorld.Anyone(), Authorizer.ALL)));
        }
    }

    private Peer connect() {
        Peer peer = new Peer();
        transport.connect(host, SimWorld.address("10.0.0.1", port), peer);
        w.world.runUntil(() -> peer.pipe != null || peer.closed != null, w.world.now() + SECOND);
        assertTrue(peer.pipe != null, () -> peer.closed);
        return peer;
    }

    /** One that has been let in. */
    private Peer connect(ProtocolVersion version) {
        Peer peer = connect();
        peer.send(HexFormat.of().parseHex(switch (version) {
            case MQTT_3_1 -> "10 0f 0006 4d5149736470 03 02 0000 0001 61".replace(" ", "");
            case MQTT_3_1_1 -> "10 0d 0004 4d515454 04 02 0000 0001 61".replace(" ", "");
            default -> "10 0e 0004 4d515454 05 02 0000 00 0001 61".replace(" ", "");
        }));
        w.world.runUntil(() -> peer.came.length() > 0, w.world.now() + SECOND);
        assertEquals("20", peer.came().substring(0, 2));
        return peer;
    }

    private void alive(Peer other, String after) {
        other.send(HexFormat.of().parseHex(PINGREQ));
        w.world.runUntil(() -> other.came.length() == 4, w.world.now() + SECOND);
        String came = other.came();
        if (!came.equals(PINGRESP)) wrong.add("after " + after + " the other got " + came + ", " + other.closed);
    }

    private void check(String what, Object expected, Object actual) { if (!expected.equals(actual)) wrong.add(what + ": " + actual + " instead of " + expected); }

    /** What goes out before the end: CONNACK or DISCONNECT with the code, where the version has it. */
    private static String answer(BadPackets.Bad bad) {
        ReasonCode code = ReasonCode.of(bad.code());
        String hex = HexFormat.of().toHexDigits((byte) bad.code());
        if (bad.version() == ProtocolVersion.MQTT_5) return code.allowedIn(PacketType.DISCONNECT) ? "e001" + hex : "";
        return "";
    }

    @ParameterizedTest
    @ValueSource(strings = {"quic", "tcp", "tls", "ws", "wss"})
    void whatIsWrongEndsItsConnectionAloneWithTheReason(String name) throws IOException {
        world(name);
        Peer witness = connect();
        witness.send(HexFormat.of().parseHex("100d00044d5154540402000000016f")); // another client identifier
        w.world.runFor(SECOND);
        assertEquals("20020000", witness.came());
        List<BadPackets.Bad> all = BadPackets.toServer();
        assertTrue(all.size() > 150, "of the table");
        for (BadPackets.Bad bad : all) {
            Peer peer = bad.version() == null ? connect() : connect(bad.version());
            peer.send(bad.bytes());
            boolean quic = name.equals("quic"); // there the broker closes, with the code, whatever its client does
            w.world.runUntil(() -> peer.closed != null || peer.ended && !quic, w.world.now() + 15 * SECOND);
            String came = peer.came();
            if (bad.version() != null) check(bad + " is answered with", answer(bad), came);
            else if (!came.isEmpty()) check(bad + " is refused with", refusal(bad, came), came);
            if (peer.closed == null && !peer.ended) wrong.add(bad + " goes on");
            if (quic) check(bad + " closes with", "by the peer: APPLICATION 0x" + Integer.toHexString(bad.code()), ("" + peer.closed).replaceAll(" \\(.*", ""));
            peer.pipe.close(0, "", SECOND);
            w.world.runUntil(() -> peer.closed != null, w.world.now() + 15 * SECOND);
            alive(witness, bad.name());
        }
        assertEquals(List.of(), wrong);
        assertEquals(1, w.broker.stats().connected);
    }

    /** A CONNECT that is refused, in its own version. */
    private static String refusal(BadPackets.Bad bad, String came) {
        if (came.startsWith("2003")) return "200300" + HexFormat.of().toHexDigits((byte) bad.code()) + "00";
        return "200200" + HexFormat.of().toHexDigits((byte) ReasonCode.of(bad.code()).v3ReturnCode());
    }

    @Test
    void onADataStreamItResetsThatAlone() throws IOException {
        world("quic");
        for (ProtocolVersion version : ProtocolVersion.values()) {
            Peer control = connect(version);
            for (BadPackets.Bad bad : BadPackets.toServer()) {
                if (bad.version() != version) continue;
                Peer stream = new Peer();
                stream.pipe = control.pipe.openStream();
                stream.pipe.handler(stream);
                stream.send(bad.bytes());
                w.world.runUntil(() -> stream.closed != null, w.world.now() + 15 * SECOND);
                check(bad + " resets with", (long) bad.code(), stream.reset);
                check(bad + " is answered with", "", stream.came());
                alive(control, bad.name());
            }
            control.pipe.close(0, "", SECOND);
            w.world.runFor(2 * SECOND);
        }
        assertEquals(List.of(), wrong);
    }
}
