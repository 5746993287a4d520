package mqttq.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import mqttq.Unlimited;
import mqttq.config.BrokerSettings;
import mqttq.quic.crypto.AeadProtection;
import mqttq.sim.SimLoop;
import mqttq.transport.Pipe;
import org.junit.jupiter.api.Test;

/** The rules of MQTT over QUIC for one connection with several streams, as the broker enforces them, byte by byte. */
class MultistreamTest {
    private static final long MS = MqttWorld.MS, SECOND = MqttWorld.SECOND;
    /** Of client "a", MQTT 5. */
    private static final String CONNECT = "100e00044d51545405020000 00 000161", CONNACK_OK = "2000", DISCONNECT = "e000";
    private static final String SUBSCRIBE = "8207 0001 00 0001 74 00", SUBACK = "9004 0001 00 00", PUBLISH = "3206 0001 74 0001 00", PUBACK_0X10 = "4003 0001 10";

    private final BrokerSettings settings = Unlimited.settings();
    private MqttWorld world;
    private RawClient client;

    /** A data stream as its client has it. */
    private static final class Stream implements Pipe.Handler {
        final Pipe pipe;
        final StringBuilder came = new StringBuilder();
        int ends;
        long reset = -1;
        String closed;

        Stream(RawClient of) {
            pipe = of.pipe.openStream();
            pipe.handler(this);
        }

        Stream send(String hex) {
            pipe.write(bytes(hex));
            return this;
        }

        @Override public void onData(ByteBuffer data) { while (data.hasRemaining()) came.append(HexFormat.of().toHexDigits(data.get())); }
        @Override public void onWritable() { }
        @Override public void onEnd() { ends++; }
        @Override public void onReset(long code) { reset = code; }
        @Override public void onClosed(String reason) { closed = reason; }
    }

    private static ByteBuffer bytes(String hex) { return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", ""))); }

    /** A client whose transport stands. */
    private RawClient client() {
        if (world == null) world = new MqttWorld(1, AeadProtection.FACTORY, settings);
        client = new RawClient(world, world.clientHost(1));
        world.world.runFor(SECOND);
        assertNotNull(client.pipe, client.failed);
        return client;
    }

    private RawClient connected() {
        client();
        send(CONNECT);
        assertEquals("20", came().substring(0, 2));
        return client;
    }

    private void send(String hex) {
        client.send(hex.replace(" ", ""));
        world.world.runFor(100 * MS);
    }

    /** What came on the control stream since the last call. */
    private String came() {
        String hex = HexFormat.of().formatHex(client.first.array(), 0, client.first.position());
        client.first.clear();
        return hex;
    }

    private void ends() { assertEquals("", world.close()); }

    private static String plain(String hex) { return hex.replace(" ", ""); }

    @Test
    void aDataStreamIsNotReadBeforeConnectSucceeded() {
        client();
        send(CONNECT.substring(0, 10));
        Stream one = new Stream(client).send(PUBLISH);
        world.world.runFor(SECOND);
        assertEquals("", one.came.toString());
        send(CONNECT.substring(10));
        assertEquals("20", came().substring(0, 2));
        assertEquals(plain(PUBACK_0X10), one.came.toString());
        send(DISCONNECT);
        ends();
    }

    @Test
    void aDataStreamEndsUnreadWhereConnectIsRefused() {
        client();
        Stream one = new Stream(client).send("82 ff"); // would be malformed
        send("100e00044d51545407020000 00 000161"); // a version that there is not
        world.world.runFor(SECOND);
        assertEquals("", one.came.toString());
        assertEquals("by the peer: APPLICATION 0x84 (CONNECT refused)", client.closed);
        assertNotNull(one.closed);
        ends();
    }

    @Test
    void tenDataStreamsServeAtOnce() {
        connected();
        List<Stream> streams = new ArrayList<>();
        for (int i = 0; i < 10; i++) streams.add(new Stream(client).send(SUBSCRIBE));
        world.world.runFor(100 * MS);
        send(PUBLISH.replace("3206", "3006").replace("0001 00", "00 7879"));
        for (Stream each : streams) assertEquals(plain(SUBACK + "3006 0001 74 00 7879"), each.came.toString());
        send(DISCONNECT);
        ends();
    }

    @Test
    void anErrorOnADataStreamResetsItAloneWithTheReasonCode() {
        connected();
        Stream good = new Stream(client).send(SUBSCRIBE), malformed = new Stream(client).send("8007000100000174 00"), disconnect = new Stream(client).send(DISCONNECT),
            connect = new Stream(client).send(CONNECT), auth = new Stream(client).send("f000"), oversize = new Stream(client).send("30ffffff7f");
        world.world.runFor(SECOND);
        assertEquals(0x81, malformed.reset);
        assertEquals(0x82, disconnect.reset);
        assertEquals(0x82, connect.reset);
        assertEquals(0x82, auth.reset);
        assertEquals(0x95, oversize.reset);
        for (Stream bad : List.of(malformed, disconnect, connect, auth, oversize)) {
            assertNotNull(bad.closed);
            assertEquals("", bad.came.toString(), "no DISCONNECT on a data stream");
        }
        assertEquals(plain(SUBACK), good.came.toString());
        assertNull(good.closed);
        send("c000");
        assertEquals("d000", came());
        assertNull(client.closed);
        send(DISCONNECT);
        ends();
    }

    @Test
    void aDataStreamThatEndsIsEndedInTurn() {
        connected();
        Stream one = new Stream(client).send(PUBLISH), cut = new Stream(client).send("3206 0001");
        one.pipe.finish();
        cut.pipe.finish();
        world.world.runFor(SECOND);
        assertEquals(plain(PUBACK_0X10), one.came.toString());
        assertEquals(1, one.ends);
        assertEquals("stream closed", one.closed);
        assertEquals(Pipe.INCOMPLETE_PACKET, cut.reset);
        assertNull(client.closed);
        send(DISCONNECT);
        ends();
    }

    @Test
    void aDataStreamThatIsResetTakesItsSubscriptionsAlong() {
        connected();
        Stream one = new Stream(client).send(SUBSCRIBE);
        world.world.runFor(100 * MS);
        assertEquals(1, world.broker.stats().subscriptions);
        one.pipe.abort(7, "");
        world.world.runFor(100 * MS);
        assertEquals(0, world.broker.stats().subscriptions);
        assertNull(client.closed);
        send(DISCONNECT);
        ends();
    }

    @Test
    void afterDisconnectTheCodeIs0() {
        connected();
        Stream one = new Stream(client).send(SUBSCRIBE);
        send(DISCONNECT); // and does not end its direction: the broker waits for it, and not for long
        world.world.runFor(2 * SECOND);
        assertEquals("by the peer: APPLICATION 0x0 (disconnected by client)", client.closed);
        assertNotNull(one.closed);
        ends();
    }

    @Test
    void anOverloadedBrokerClosesWithCode2() {
        settings.maxConnections = 0;
        client();
        send(CONNECT);
        assertEquals("by the peer: APPLICATION 0x2 (refused)", client.closed);
        ends();
    }

    @Test
    void anAddressWithTooManyConnectionsIsToldSoAndTurnedAwayWithCode2() {
        settings.maxConnectionsPerAddress = 0;
        client();
        send(CONNECT);
        assertEquals("2003009700", came());
        world.world.runFor(SECOND);
        assertEquals("by the peer: APPLICATION 0x2 (one too many)", client.closed);
        ends();
    }

    @Test
    void aBrokerWithNoRoomForASessionClosesWithCode2() {
        settings.maxClients = 0;
        client();
        send(CONNECT);
        assertEquals("2003009700", came());
        world.world.runFor(SECOND);
        assertEquals("by the peer: APPLICATION 0x2 (CONNECT refused)", client.closed);
        ends();
    }

    @Test
    void whoIsTakenOverIsToldSoAndDoesNotComeBack() {
        world = new MqttWorld(1);
        SimLoop host = world.clientHost(1);
        MqttPeer first = world.peer(host, "same"), second = world.peer(world.clientHost(2), "same");
        first.start("1/#");
        world.world.runFor(SECOND);
        second.start("1/#");
        world.world.runFor(10 * SECOND);
        assertEquals("the broker disconnected: SESSION_TAKEN_OVER", first.lastReason);
        assertEquals(1, first.connects);
        assertEquals(1, second.connects);
        ends();
    }
}
