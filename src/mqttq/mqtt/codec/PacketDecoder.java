package mqttq.mqtt.codec;

import static mqttq.mqtt.PacketType.*;

import java.nio.ByteBuffer;
import mqttq.mqtt.Connect;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.wire.BufferPool;

/**
 * Cuts a stream of bytes, in chunks of any size, into control packets and hands them to a {@link PacketHandler}. A packet that is whole in
 * a chunk is read in place; only one that a chunk's end cuts is gathered in a pooled buffer, which grows by what arrives. Loop thread.
 */
public final class PacketDecoder {
    /** The largest packet that MQTT can express: 268,435,455 bytes and the fixed header. */
    public static final int LARGEST_PACKET = 268_435_460;

    private static final int FROM_CLIENT = set(CONNECT, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, UNSUBSCRIBE, PINGREQ,
        DISCONNECT, AUTH);
    private static final int FROM_SERVER = set(CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, PINGRESP, DISCONNECT,
        AUTH);
    private static final int POOLED = 1 << 16, UNCOUNTED = 512;

    private static final int FOR_AUTH = set(DISCONNECT, AUTH);

    /** Whether the next packet of a chunk is to be read. */
    public interface Gate {
        boolean open();
    }

    private final BufferPool pool;
    private final boolean server;
    private int accepted;
    private long packets;
    private ProtocolVersion version;
    private int limit;
    private Publish publish;

    // The fixed header read last: whether its length has more bytes than it needs, and what it says about the body.
    private boolean overlong;
    private int bodyLength;

    // The beginning of a packet whose rest has not come; null where there is none.
    private byte[] held;
    private int heldLength;
    /** Of {@link #heldChange}. */
    private int counted;

    private PacketDecoder(boolean server, ProtocolVersion version, BufferPool pool, int limit) {
        this.server = server;
        onlyAuth(false);
        this.version = version;
        this.pool = pool;
        this.limit = limit;
    }

    /** For a server's end: the first packet must be CONNECT, which sets the version. {@code limit}: bytes, see {@link #limit(int)}. */
    public static PacketDecoder server(BufferPool pool, int limit) { return new PacketDecoder(true, null, pool, limit); }

    /** For a server's end of a further stream of a connection, where no CONNECT comes. */
    public static PacketDecoder server(ProtocolVersion version, BufferPool pool, int limit) {
        return new PacketDecoder(true, version, pool, limit);
    }

    /** For a client's end. */
    public static PacketDecoder client(ProtocolVersion version, BufferPool pool, int limit) {
        return new PacketDecoder(false, version, pool, limit);
    }

    private static int set(PacketType... types) {
        int set = 0;
        for (PacketType type : types) set |= 1 << type.id;
        return set;
    }

    /** The most bytes of a packet, fixed header included; what claims more is refused with 0x95 before it is gathered. Set at any time. */
    public void limit(int bytes) { limit = bytes; }

    /**
     * The version in use. Null at a server as long as no CONNECT has named a protocol: then nothing can be answered. When {@link #decode}
     * refused the first packet and this is not null, a CONNACK in this version is the answer.
     */
    public ProtocolVersion version() { return version; }

    /** By how many bytes the memory of a packet that has begun has grown since the last call; little ones are not counted. */
    public int heldChange() {
        int now = held == null || held.length <= UNCOUNTED ? 0 : held.length, change = now - counted;
        counted = now;
        return change;
    }

    /** What the calls of {@link #heldChange} add up to. */
    public int heldBytes() { return counted; }

    /** While {@code true}, a packet other than AUTH and DISCONNECT is a protocol error. */
    public void onlyAuth(boolean on) { accepted = on ? FOR_AUTH : server ? FROM_CLIENT : FROM_SERVER; }

    /** Whole packets so far. */
    public long packets() { return packets; }

    /** Whether a packet has begun and not ended: a deadline is due, an end of the stream would cut it. */
    public boolean midPacket() { return held != null; }

    /**
     * Reads packets until the chunk is used up or the gate is not open: then the chunk's rest is left unread, to be offered again. Not to
     * be called from within a handler.
     * @throws MqttException what is wrong with the stream, which cannot go on; 0x81, 0x82, 0x84, 0x85, 0x94, 0x95, or what the handler
     *     threw
     */
    public void decode(ByteBuffer chunk, PacketHandler handler, Gate gate) throws MqttException {
        while (chunk.hasRemaining() && gate.open()) {
            if (held != null || !chunk.hasArray()) {
                gather(chunk, handler);
                continue;
            }
            byte[] a = chunk.array();
            int at = chunk.arrayOffset() + chunk.position(), available = chunk.remaining();
            int headerLength = header(a, at, at + available);
            if (headerLength == 0 || available - headerLength < bodyLength) {
                gather(chunk, handler);
                continue;
            }
            chunk.position(chunk.position() + headerLength + bodyLength);
            dispatch(a[at] & 0xff, a, at + headerLength, bodyLength, handler);
        }
    }

    /** Takes from the chunk what the packet that has begun still lacks. */
    private void gather(ByteBuffer chunk, PacketHandler handler) throws MqttException {
        int headerLength = heldLength == 0 ? 0 : header(held, 0, heldLength);
        while (headerLength == 0 && chunk.hasRemaining()) {
            hold(chunk, 1, 5);
            headerLength = header(held, 0, heldLength);
        }
        if (headerLength == 0) return;
        int total = headerLength + bodyLength;
        hold(chunk, Math.min(total - heldLength, chunk.remaining()), total);
        if (heldLength < total) return;
        byte[] packet = held;
        held = null;
        heldLength = 0;
        try {
            dispatch(packet[0] & 0xff, packet, headerLength, total - headerLength, handler);
        } finally {
            pool.give(packet);
        }
    }

    private void hold(ByteBuffer chunk, int count, int total) {
        int needed = heldLength + count;
        if (held == null || held.length < needed) {
            int capacity = held == null ? needed : Math.max(needed, Math.min(total, held.length * 2));
            byte[] larger = capacity <= POOLED ? pool.take(capacity) : new byte[capacity];
            if (held != null) {
                System.arraycopy(held, 0, larger, 0, heldLength);
                pool.give(held);
            }
            held = larger;
        }
        chunk.get(held, heldLength, count);
        heldLength = needed;
    }

    /** Gives back what is held, when the connection ends. */
    public void close() {
        if (held != null) pool.give(held);
        held = null;
        heldLength = 0;
    }

    /** Reads and checks the fixed header in {@code at..end}, sets {@link #bodyLength} and returns its length; 0 where it is cut. */
    private int header(byte[] a, int at, int end) throws MqttException {
        checkType((a[at] & 0xff) >> 4);
        int length = 0;
        for (int i = 1; i <= 4; i++) {
            if (at + i >= end) return 0;
            int b = a[at + i];
            length |= (b & 0x7f) << 7 * (i - 1);
            if (b < 0) continue;
            overlong = b == 0 && i > 1;
            if (overlong && version == ProtocolVersion.MQTT_5) throw overlong(); // [MQTT-1.5.5-1]
            if (length > limit - 1 - i) throw new MqttException(ReasonCode.PACKET_TOO_LARGE, "packet larger than allowed");
            bodyLength = length;
            return 1 + i;
        }
        throw MqttException.malformed("remaining length of more than four bytes");
    }

    static MqttException overlong() { return MqttException.malformed("remaining length has more bytes than it needs"); }

    private void checkType(int type) throws MqttException {
        if (version == null) {
            if (type != CONNECT.id) throw MqttException.protocolError("the first packet is not CONNECT"); // [MQTT-3.1.0-1]
            return;
        }
        boolean v3 = version != ProtocolVersion.MQTT_5;
        if (type == 0 || v3 && type == AUTH.id) throw MqttException.malformed("reserved packet type");
        // [MQTT-3.1.2-30]
        if (accepted == FOR_AUTH && (accepted & 1 << type) == 0) throw MqttException.protocolError("authentication is not over");
        if ((accepted & 1 << type) == 0) throw MqttException.protocolError("a packet type that the other side sends");
        if (server && type == CONNECT.id) throw MqttException.protocolError("a second CONNECT"); // [MQTT-3.1.0-2]
        if (!server && v3 && type == DISCONNECT.id) throw MqttException.protocolError("DISCONNECT from an MQTT 3 server");
    }

    private void dispatch(int first, byte[] a, int at, int length, PacketHandler handler) throws MqttException {
        PacketType type = PacketType.of(first >> 4);
        int flags = first & 15;
        packets++;
        if (type == PUBLISH) {
            if (publish == null) publish = new Publish();
            publish.parse(version, flags, a, at, length, server);
            handler.onPublish(publish);
            return;
        }
        if (type != CONNECT) checkFlags(type, flags);
        switch (type) {
            case CONNECT -> {
                PacketReader reader = new PacketReader(a, at, length, null, server);
                Connect connect;
                try {
                    connect = reader.connect(flags, overlong);
                } finally {
                    version = reader.version;
                }
                handler.onConnect(connect);
            }
            case PUBACK, PUBREC, PUBREL, PUBCOMP -> ack(type, a, at, length, handler);
            case PINGREQ -> {
                checkEmpty(length);
                handler.onPingreq();
            }
            case PINGRESP -> {
                checkEmpty(length);
                handler.onPingresp();
            }
            default -> {
                PacketReader reader = new PacketReader(a, at, length, version, server);
                switch (type) {
                    case CONNACK -> handler.onConnack(reader.connack());
                    case SUBSCRIBE -> handler.onSubscribe(reader.subscribe());
                    case SUBACK -> handler.onSuback(reader.suback());
                    case UNSUBSCRIBE -> handler.onUnsubscribe(reader.unsubscribe());
                    case UNSUBACK -> handler.onUnsuback(reader.unsuback());
                    case DISCONNECT -> handler.onDisconnect(reader.disconnect());
                    default -> handler.onAuth(reader.auth());
                }
            }
        }
    }

    private void checkFlags(PacketType type, int flags) throws MqttException {
        // [MQTT-2.1.3-1]. MQTT 3.1 has DUP in PUBREL, SUBSCRIBE and UNSUBSCRIBE, and ignores what it does not use.
        if (flags == type.flags()) return;
        if (version != ProtocolVersion.MQTT_3_1 || type.flags() != 0 && (flags & 6) != 2) {
            throw MqttException.malformed("reserved flags in the fixed header");
        }
    }

    private static void checkEmpty(int length) throws MqttException { if (length != 0) throw MqttException.malformed("ping with content"); }

    private void ack(PacketType type, byte[] a, int at, int length, PacketHandler handler) throws MqttException {
        if (length < 2 || length > 2 && version != ProtocolVersion.MQTT_5) {
            throw MqttException.malformed("acknowledgement of a wrong length");
        }
        int packetId = (a[at] & 0xff) << 8 | a[at + 1] & 0xff;
        if (packetId == 0) throw MqttException.protocolError("packet identifier 0");
        if (length == 2) { // §3.4.2.1: without a reason code it is 0x00
            handler.onAck(type, packetId, ReasonCode.SUCCESS, Properties.EMPTY);
            return;
        }
        PacketReader reader = new PacketReader(a, at + 2, length - 2, version, server);
        ReasonCode reason = reader.reasonCode(type);
        handler.onAck(type, packetId, reason, reader.lastProperties(type));
    }
}
