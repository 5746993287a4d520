package mqttq.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import mqttq.Statement;
import mqttq.loop.TcpPort;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server against hand-made bytes. */
class WebSocketPipeTest {
    private static final long S = 1_000_000_000L;
    private static final String FIELDS = "Host: broker\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqttv3.1, mqtt\r\n";
    private static final String REQUEST = "GET /mqtt HTTP/1.1\r\n" + FIELDS + "\r\n";

    private final SimWorld world = new SimWorld(3);
    private final SimLoop a = world.host("10.0.0.1"), b = world.host("10.0.0.2");
    private final ByteArrayOutputStream received = new ByteArrayOutputStream(), answered = new ByteArrayOutputStream();
    private final List<String> events = new ArrayList<>();
    private Pipe server;
    private TcpPort client;

    private void listen(List<String> origins) {
        TransportLimits limits = new TransportLimits(65536, 5 * S, 100, 1024);
        new WebSocketTransport(new TcpTransport(limits), WebSocketSetup.server(origins), limits).listen(b, SimWorld.address("10.0.0.2", 80),
            new Transport.Acceptor() {
                @Override
                public Pipe.Handler onPipe(Pipe pipe) {
                    server = pipe;
                    return new Pipe.Handler() {
                        @Override
                        public void onData(ByteBuffer data) {
                            while (data.hasRemaining()) received.write(data.get());
                        }

                        @Override
                        public void onWritable() { }

                        @Override
                        public void onEnd() {
                            events.add("end");
                            pipe.close(0, "bye", S);
                        }

                        @Override
                        public void onClosed(String reason) {
                            events.add("closed " + reason);
                        }
                    };
                }

                @Override
                public void onRefused(InetSocketAddress remote, String reason) {
                    events.add("refused " + reason);
                }
            });
    }

    private void connect(byte[]... pieces) {
        client = a.tcp(SimWorld.address("10.0.0.2", 80), new TcpPort.Handler() {
            @Override
            public void onConnected() { }

            @Override
            public void onData(ByteBuffer data) {
                while (data.hasRemaining()) answered.write(data.get());
            }

            @Override
            public void onEnd() {
                events.add("client end");
                client.close();
            }

            @Override
            public void onWritable() { }

            @Override
            public void onClosed(String reason) { }
        });
        world.runFor(1000);
        for (byte[] piece : pieces) {
            client.write(ByteBuffer.wrap(piece));
            world.runFor(1000);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private String answer() {
        return answered.toString(StandardCharsets.ISO_8859_1);
    }

    private byte[] frames() {
        int head = answer().indexOf("\r\n\r\n") + 4;
        return Arrays.copyOfRange(answered.toByteArray(), head, answered.size());
    }

    private static byte[] hex(String hex) {
        return java.util.HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    /** A client's frame, masked. */
    private static byte[] frame(int first, byte[] payload) {
        ByteBuffer out = ByteBuffer.allocate(payload.length + 14).put((byte) first);
        if (payload.length <= 125) out.put((byte) (0x80 | payload.length));
        else if (payload.length <= 0xffff) out.put((byte) 0xfe).putShort((short) payload.length);
        else out.put((byte) 0xff).putLong(payload.length);
        byte[] mask = {0x37, (byte) 0xfa, 0x21, 0x3d};
        out.put(mask);
        for (int i = 0; i < payload.length; i++) out.put((byte) (payload[i] ^ mask[i & 3]));
        return Arrays.copyOf(out.array(), out.position());
    }

    @Test
    @Statement("MQTT-6.0.0-4")
    void rfc6455ExamplesHold() {
        assertEquals("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", HttpUpgrade.accept("dGhlIHNhbXBsZSBub25jZQ=="));
        listen(List.of());
        // §5.7's masked "Hello", as a binary frame.
        connect(ascii(REQUEST), hex("82 85 37fa213d 7f9f4d5158"));
        assertEquals("Hello", received.toString());
        assertEquals("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n", answer());
        server.write(ByteBuffer.wrap(ascii("Hello")));
        world.runFor(1000);
        assertArrayEquals(hex("82 05 48656c6c6f"), frames());
        server.write(ByteBuffer.wrap(new byte[200]));
        world.runFor(1000);
        assertArrayEquals(hex("82 7e 00c8"), Arrays.copyOfRange(frames(), 7, 11));
    }

    @Test
    @Statement("MQTT-6.0.0-2")
    void everythingMayComeByteByByte() {
        listen(List.of());
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(ascii(REQUEST));
        all.writeBytes(frame(0x02, ascii("frag")));
        all.writeBytes(frame(0x89, ascii("ping")));
        all.writeBytes(frame(0x00, new byte[300]));
        all.writeBytes(frame(0x80, ascii("ments")));
        all.writeBytes(frame(0x8a, ascii("a pong nobody asked for")));
        all.writeBytes(frame(0x88, hex("03e8")));
        byte[][] bytes = new byte[all.size()][];
        for (int i = 0; i < bytes.length; i++) bytes[i] = new byte[] {all.toByteArray()[i]};
        connect(bytes);
        assertEquals("frag" + "\0".repeat(300) + "ments", received.toString());
        assertArrayEquals(hex("8a 04 70696e67 88 02 03e8"), frames());
        world.runFor(S);
        assertEquals(List.of("end", "client end", "closed bye"), events);
    }

    @Test
    void oneTurnOfPingsGetsOnePong() {
        listen(List.of());
        ByteArrayOutputStream flood = new ByteArrayOutputStream();
        for (int i = 0; i < 50; i++) flood.writeBytes(frame(0x89, new byte[] {(byte) i}));
        connect(ascii(REQUEST), flood.toByteArray());
        assertArrayEquals(hex("8a 01 31"), frames());
    }

    @Test
    void largeFramesPassWithoutBeingGathered() {
        listen(List.of());
        byte[] payload = new byte[300_000];
        new Random(1).nextBytes(payload);
        byte[] frame = frame(0x82, payload);
        connect(ascii(REQUEST), Arrays.copyOf(frame, 60_000));
        assertTrue(received.size() > 50_000);
        for (int at = 60_000; at < frame.length; at += 60_000) {
            client.write(ByteBuffer.wrap(frame, at, Math.min(60_000, frame.length - at)));
            world.runFor(1000);
        }
        assertArrayEquals(payload, received.toByteArray());
    }

    @ParameterizedTest
    @CsvSource({
        "unmasked,                82 01 41,                         03ea, malformed frame",
        "reserved bit,            c2 81 00000000 41,                03ea, malformed frame",
        "text,                    81 81 00000000 41,                03eb, text frame",
        "reserved opcode,         83 81 00000000 41,                03ea, frame out of order",
        "reserved control,        8b 81 00000000 41,                03ea, malformed control frame",
        "continuation of nothing, 80 81 00000000 41,                03ea, frame out of order",
        "message in a message,    02 80 00000000 82 80 00000000,    03ea, frame out of order",
        "fragmented ping,         09 80 00000000,                   03ea, malformed control frame",
        "long ping,               89 fe 007e 00000000,              03ea, malformed control frame",
        "long form of short,      82 fe 0001 00000000 41,           03ea, malformed frame",
        "longer form of short,    82 ff 0000000000000001 00000000,  03ea, malformed frame",
        "negative length,         82 ff ffffffffffffffff 00000000,  03ea, malformed frame",
        "close of one byte,       88 81 00000000 03,                03ea, malformed close"})
    @Statement("MQTT-6.0.0-1")
    void brokenFramesEndTheConnectionWithTheRightCode(String name, String bytes, String code, String reason) {
        listen(List.of());
        connect(ascii(REQUEST), hex(bytes));
        world.runFor(2 * S);
        assertArrayEquals(hex("88 02" + code), frames());
        assertEquals(List.of("client end", "closed WebSocket: " + reason), events);
    }

    @ParameterizedTest
    @CsvSource({
        "GET /mqtt HTTP/1.1,  Upgrade: websocket,             Upgrade: h2c,           426 Upgrade Required",
        "GET /mqtt HTTP/1.1,  Sec-WebSocket-Version: 13,      Sec-WebSocket-Version: 8, 426 Upgrade Required",
        "GET /mqtt HTTP/1.1,  Sec-WebSocket-Key: dGhl,        Sec-WebSocket-Key: dGh, 400 Bad Request",
        "GET /mqtt HTTP/1.1,  'mqttv3.1, mqtt',               amqp,                   400 Bad Request",
        "GET /mqtt HTTP/1.1,  Host: broker,                   X: y,                   400 Bad Request",
        "GET /mqtt HTTP/1.1,  Host: broker,                   Host : broker,          400 Bad Request",
        "GET /mqtt HTTP/1.0,  x,                              x,                      400 Bad Request",
        "GET mqtt HTTP/1.1,   x,                              x,                      400 Bad Request",
        "POST /mqtt HTTP/1.1, x,                              x,                      405 Method Not Allowed",
        "GET /mqtt HTTP/1.1,  Host: broker,                   'Host: broker\r\nOrigin: http://evil', 403 Forbidden"})
    void requestsThatAreNoneAreAnswered(String line, String from, String to, String status) {
        listen(List.of("http://good"));
        connect(ascii(line + "\r\n" + FIELDS.replace(from, to.replace("\\r\\n", "\r\n")) + "\r\n"));
        world.runFor(2 * S);
        assertTrue(answer().startsWith("HTTP/1.1 " + status + "\r\n"), answer());
        assertEquals(List.of("client end", "refused WebSocket: answered " + status), events);
    }

    @Test
    void olderProtocolAndAllowedOriginAreTaken() {
        listen(List.of("http://good"));
        connect(ascii(REQUEST.replace("mqttv3.1, mqtt", "mqttv3.1").replace("Host", "Origin: http://good\r\nHost")));
        assertTrue(answer().contains("\r\nSec-WebSocket-Protocol: mqttv3.1\r\n"), answer());
    }

    @Test
    void aHeadWithoutEndIsCutOff() {
        listen(List.of());
        connect(ascii("GET / HTTP/1.1\r\nX: " + "y".repeat(2000)));
        world.runFor(2 * S);
        assertTrue(answer().startsWith("HTTP/1.1 431 "), answer());
        assertEquals("refused WebSocket: HTTP header too long", events.get(1));
    }

    @Test
    @Statement("MQTT-6.0.0-3")
    void aClientTakesNoForAnAnswer() {
        String accept = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt";
        String key = "dGhlIHNhbXBsZSBub25jZQ==";
        assertEquals(null, HttpUpgrade.refusal(accept, key));
        assertEquals("WebSocket refused: HTTP/1.1 404 Not Found", HttpUpgrade.refusal("HTTP/1.1 404 Not Found\r\nX: y", key));
        assertEquals("WebSocket refused: wrong Sec-WebSocket-Accept", HttpUpgrade.refusal(accept.replace("s3", "s4"), key));
        assertEquals("WebSocket refused: no subprotocol mqtt", HttpUpgrade.refusal(accept.replace("col: mqtt", "col: soap"), key));
        assertEquals("WebSocket refused: an extension nobody asked for", HttpUpgrade.refusal(accept + "\r\nSec-WebSocket-Extensions: x", key));
        assertEquals("malformed HTTP response", HttpUpgrade.refusal("HTTP/1.1 101\r\nno colon", key));
    }

    @Test
    void fuzzedBytesNeverEscape() {
        listen(List.of());
        Random random = new Random(17);
        byte[] good = new byte[0];
        for (int i = 0; i < 5; i++) {
            byte[] next = frame(i % 2 == 0 ? 0x82 : 0x89, new byte[random.nextInt(100)]);
            good = Arrays.copyOf(good, good.length + next.length);
            System.arraycopy(next, 0, good, good.length - next.length, next.length);
        }
        for (int i = 0; i < 500; i++) {
            byte[] head = ascii(REQUEST), body = good.clone();
            if (i % 3 == 0) head[random.nextInt(head.length)] ^= (byte) (1 << random.nextInt(8));
            for (int n = random.nextInt(4); n > 0; n--) body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
            connect(head, Arrays.copyOf(body, random.nextInt(body.length + 1)));
            client.finish();
            world.runFor(1000);
            if (server != null) server.abort(0, "next");
        }
        world.runFor(20 * S);
        assertEquals("[][]", a.lines().toString() + b.lines());
    }
}
