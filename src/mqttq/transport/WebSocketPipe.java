package mqttq.transport;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import mqttq.loop.Loop;
import mqttq.wire.BufferPool;

/**
 * WebSocket (RFC 6455) over another pipe. Payload bytes are handed on as they come, since MQTT packets and frames need not match
 * [MQTT-6.0.0-2]: no frame, however long, is ever gathered.
 */
final class WebSocketPipe extends LayeredPipe {
    /** Bytes of the largest frame that leaves. */
    static final int FRAME = 16384 + 14;
    private static final int CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;
    private static final int FIN = 0x80, RESERVED = 0x70, MASKED = 0x80, CONTROL = 125;
    private static final int NORMAL = 1000, PROTOCOL_ERROR = 1002, UNSUPPORTED = 1003, NO_STATUS = 1005;
    private static final byte[] HEAD_END = {'\r', '\n', '\r', '\n'};

    private final boolean client;
    private final WebSocketSetup setup;
    /** Shared by all pipes of a transport: empty between any two calls. */
    private final ByteBuffer frame;
    private final String key;
    private boolean greeted;

    /** The frame that is being read: its header so far, then its payload. */
    private final byte[] header = new byte[14];
    private int headerLength, headerWhole = 2, opcode, mask, maskAt;
    private long payload;
    private boolean inPayload, inMessage;
    /** Payload of a control frame, gathered. */
    private byte[] control;
    private int controlLength;

    /** The latest ping, which is all that has to be answered (RFC 6455 §5.5.3). */
    private byte[] pong;
    private boolean closeSent, closeReceived;
    private int closeCode = NORMAL;

    WebSocketPipe(Loop loop, Pipe inner, TransportLimits limits, BufferPool pool, ByteBuffer frame, WebSocketSetup setup, boolean client,
                  Opening opening) {
        super(loop, inner, limits, pool, limits.headerBytes(), opening);
        this.client = client;
        this.setup = setup;
        this.frame = frame;
        if (client) {
            byte[] nonce = new byte[16];
            loop.entropy().nextBytes(nonce);
            key = Base64.getEncoder().encodeToString(nonce);
            later();
        } else {
            key = null;
        }
    }

    @Override void decode(ByteBuffer data) {
        if (!isOpen() && !upgrade(data)) return;
        while (!stalled() && !closeReceived && data.hasRemaining()) {
            if (!inPayload) {
                if (!header(data)) return;
            } else if (control != null) {
                int n = (int) Math.min(payload, data.remaining());
                data.get(control, controlLength, n);
                controlLength += n;
                payload -= n;
            } else {
                int n = (int) Math.min(payload, data.remaining());
                ByteBuffer part = ByteBuffer.wrap(data.array(), data.arrayOffset() + data.position(), n);
                if (!client) unmask(part.array(), part.position(), n);
                data.position(data.position() + n);
                payload -= n;
                deliver(part);
            }
            if (inPayload && payload == 0) {
                inPayload = false;
                if (control != null) control();
            }
        }
        if (closeReceived) data.position(data.limit());
    }

    /** Reads the head of the peer's HTTP message; false: it is not whole, or was refused. */
    private boolean upgrade(ByteBuffer data) {
        while (data.hasRemaining()) {
            int before = raw.length();
            int end = headEnd(data);
            int n = end < 0 ? data.remaining() : end;
            if (before + n > raw.length() + raw.room()) {
                if (!client) say("HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                fail("WebSocket: HTTP header too long");
                return false;
            }
            raw.put(data.slice(data.position(), n));
            data.position(data.position() + n);
            if (end < 0) return false;
            ByteBuffer view = raw.view();
            String head = new String(view.array(), view.position(), view.remaining() - HEAD_END.length, StandardCharsets.ISO_8859_1);
            raw.clear();
            return agreed(head);
        }
        return false;
    }

    private boolean agreed(String head) {
        if (client) {
            String refusal = HttpUpgrade.refusal(head, key);
            if (refusal != null) fail(refusal);
            else open();
            return refusal == null && !gone;
        }
        String response = HttpUpgrade.respond(head, setup.origins());
        say(response);
        if (HttpUpgrade.accepted(response)) open();
        else fail("WebSocket: answered " + response.substring(9, response.indexOf('\r')));
        return HttpUpgrade.accepted(response) && !gone;
    }

    /** Bytes of {@code data} up to and with the empty line, which may have begun in {@link #raw}; -1: not there. */
    private int headEnd(ByteBuffer data) {
        int kept = Math.min(raw.length(), HEAD_END.length - 1);
        ByteBuffer view = raw.isEmpty() ? data : raw.view();
        for (int end = 1; end <= data.remaining(); end++) {
            int matched = 0;
            for (int i = end - HEAD_END.length; i < end && matched >= 0; i++) {
                byte b = i >= 0 ? data.get(data.position() + i) : -i <= kept ? view.get(view.limit() + i) : 0;
                matched = b == HEAD_END[i - end + HEAD_END.length] ? matched + 1 : -1;
            }
            if (matched == HEAD_END.length) return end;
        }
        return -1;
    }

    /** Reads a frame's header; false: more bytes are needed, or it breaks the rules. */
    private boolean header(ByteBuffer data) {
        while (headerLength < headerWhole) {
            if (!data.hasRemaining()) return false;
            header[headerLength++] = data.get();
            if (headerLength != 2) continue;
            int length = header[1] & 0x7f;
            headerWhole = 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + ((header[1] & MASKED) != 0 ? 4 : 0);
        }
        ByteBuffer fields = ByteBuffer.wrap(header, 2, headerLength - 2);
        int first = header[0] & 0xff, shortLength = header[1] & 0x7f;
        boolean masked = (header[1] & MASKED) != 0;
        headerLength = 0;
        headerWhole = 2;
        payload = shortLength == 126 ? fields.getShort() & 0xffff : shortLength == 127 ? fields.getLong() : shortLength;
        mask = masked ? fields.getInt() : 0;
        maskAt = 0;
        opcode = first & 15;
        // RFC 6455 §5.1: clients mask, servers do not; §5.2: reserved bits are 0, lengths are in the shortest form.
        boolean padded = shortLength == 126 && payload < 126 || shortLength == 127 && payload <= 0xffff;
        if ((first & RESERVED) != 0 || masked == client || payload < 0 || padded)
            return broken(PROTOCOL_ERROR, "malformed frame");
        if (opcode >= CLOSE) {
            // §5.5: control frames are short and whole, and may come between the frames of a message.
            if (opcode > PONG || payload > CONTROL || (first & FIN) == 0) return broken(PROTOCOL_ERROR, "malformed control frame");
            control = new byte[(int) payload];
            controlLength = 0;
        } else {
            if (opcode == TEXT) return broken(UNSUPPORTED, "text frame");  // [MQTT-6.0.0-1]
            if (opcode > BINARY || (opcode == CONTINUATION) != inMessage) return broken(PROTOCOL_ERROR, "frame out of order");
            inMessage = (first & FIN) == 0;
        }
        inPayload = true;
        return true;
    }

    private void control() {
        byte[] body = control;
        control = null;
        if (!client) unmask(body, 0, body.length);
        if (opcode == PING) {
            pong = body;
            later();
        } else if (opcode == CLOSE) {
            int code = body.length < 2 ? NO_STATUS : (body[0] & 0xff) << 8 | body[1] & 0xff;
            if (body.length == 1) {
                broken(PROTOCOL_ERROR, "malformed close");
                return;
            }
            closeReceived = true;
            // RFC 6455 §5.5.1: answered with its own code.
            if (!closeSent) closeCode = code == NO_STATUS ? NORMAL : code;
            finish();
            tellEnd();
            later();
        }
    }

    /** RFC 6455 §7.1.7: tells the peer why, and fails the connection. */
    private boolean broken(int code, String why) {
        if (!closeSent) sendClose(code);
        fail("WebSocket: " + why);
        return false;
    }

    @Override void encode() {
        if (client && !greeted) {
            greeted = true;
            say(HttpUpgrade.request(setup, key));
        }
        if (!isOpen()) return;
        if (pong != null && !closeSent) {
            frame(PONG, ByteBuffer.wrap(pong), pong.length);
            pong = null;
        }
        while (!blocked() && !out.isEmpty() && !closeSent) {
            ByteBuffer data = out.view();
            frame(BINARY, data, Math.min(data.remaining(), FRAME - 14));
            out.taken();
        }
        if (closeSent) out.clear();
        if (!finishing || blocked() || !out.isEmpty()) return;
        if (!closeSent) sendClose(closeCode);
        // The peer's Close is waited for, so that what it still had to say arrives.
        if (!blocked() && (closeReceived || endTold())) endInner();
    }

    private void sendClose(int code) {
        closeSent = true;
        frame(CLOSE, ByteBuffer.allocate(2).putShort(0, (short) code), 2);
    }

    private void frame(int opcode, ByteBuffer data, int length) {
        frame.clear().put((byte) (FIN | opcode));
        int masked = client ? MASKED : 0;
        if (length <= 125) frame.put((byte) (masked | length));
        else frame.put((byte) (masked | 126)).putShort((short) length);
        int mask = client ? loop.entropy().nextInt() : 0;
        if (client) frame.putInt(mask);
        int start = frame.position();
        frame.put(data.slice(data.position(), length));
        data.position(data.position() + length);
        if (client) mask(mask, 0, frame.array(), start, length);
        send(frame.flip());
    }

    private void say(String text) { send(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1))); }

    private void unmask(byte[] array, int at, int length) {
        mask(mask, maskAt, array, at, length);
        maskAt = maskAt + length & 3;
    }

    /** RFC 6455 §5.3. */
    private static void mask(int mask, int phase, byte[] array, int at, int length) {
        int turned = Integer.rotateLeft(mask, 8 * phase), i = 0;
        ByteBuffer words = ByteBuffer.wrap(array);
        for (; i + 4 <= length; i += 4) words.putInt(at + i, words.getInt(at + i) ^ turned);
        for (; i < length; i++) array[at + i] ^= (byte) (turned >>> 24 - 8 * (i & 3));
    }

    @Override public void onEnd() {
        tellEnd();
        if (finishing) later();
    }

    @Override public String transport() { return inner.session() == null ? "ws" : "wss"; }
}
