package mqttq.mqtt.codec;

import static mqttq.mqtt.PacketType.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import mqttq.mqtt.Auth;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Suback;
import mqttq.mqtt.Subscribe;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.Topics;
import mqttq.mqtt.Unsuback;
import mqttq.mqtt.Unsubscribe;
import mqttq.mqtt.Utf8;
import mqttq.mqtt.VariableByteInteger;
import mqttq.mqtt.Will;

/** Reads the body of one packet, of all but PUBLISH and pings, and copies what it keeps. */
final class PacketReader {
    private static final int USER_NAME = 0x80, PASSWORD = 0x40, WILL_RETAIN = 0x20, WILL_QOS = 0x18, WILL = 0x04, CLEAN_START = 0x02,
        RESERVED = 0x01;
    private static final int BRIDGE = 0x80;

    private final byte[] a;
    private int at;
    private final int end;
    /** Of CONNECT known only after its first fields, and also where the packet is refused then. */
    ProtocolVersion version;
    private final boolean server;

    PacketReader(byte[] array, int offset, int length, ProtocolVersion version, boolean server) {
        this.a = array;
        this.at = offset;
        this.end = offset + length;
        this.version = version;
        this.server = server;
    }

    private boolean v3() { return version != ProtocolVersion.MQTT_5; }

    // ---- fields

    private int u8() throws MqttException {
        if (at >= end) throw truncated();
        return a[at++] & 0xff;
    }

    private int u16() throws MqttException {
        if (end - at < 2) throw truncated();
        int value = (a[at] & 0xff) << 8 | a[at + 1] & 0xff;
        at += 2;
        return value;
    }

    /** Reads a two-byte length and steps over that many bytes; returns where they begin, they end at {@link #at}. */
    private int bytes() throws MqttException {
        int length = u16();
        if (end - at < length) throw truncated();
        int from = at;
        at += length;
        return from;
    }

    private byte[] binary() throws MqttException { return Arrays.copyOfRange(a, bytes(), at); }

    private String string() throws MqttException {
        int from = bytes();
        if (!Utf8.isValid(a, from, at - from)) throw MqttException.malformed("string is not valid UTF-8");
        return Utf8.string(a, from, at - from);
    }

    private String filter() throws MqttException {
        int from = bytes();
        if (!Topics.isFilter(a, from, at - from)) throw MqttException.malformed("invalid topic filter");
        return Utf8.string(a, from, at - from);
    }

    private int packetId() throws MqttException {
        int id = u16();
        if (id == 0) throw MqttException.malformed("packet identifier 0"); // [MQTT-2.2.1-3]; the code is Mosquitto's choice
        return id;
    }

    /** The properties here, which MQTT 3 has not; {@code packet} null: those of a will. */
    private Properties properties(PacketType packet) throws MqttException {
        if (v3()) return Properties.EMPTY;
        int length = VariableByteInteger.get(a, at, end);
        if (length < 0) throw length == -1 ? truncated() : MqttException.malformed("property length too long");
        at += VariableByteInteger.size(length);
        if (end - at < length) throw truncated();
        at += length;
        return Properties.parse(a, at - length, length, packet);
    }

    /** Properties that may be left out, and after which nothing comes. */
    Properties lastProperties(PacketType packet) throws MqttException {
        Properties properties = at == end ? Properties.EMPTY : properties(packet);
        checkEnd();
        return properties;
    }

    ReasonCode reasonCode(PacketType packet) throws MqttException {
        ReasonCode code = ReasonCode.of(u8());
        if (code == null || !code.allowedIn(packet)) throw MqttException.protocolError("reason code not allowed in this packet");
        return code;
    }

    private void checkEnd() throws MqttException {
        if (at != end) throw MqttException.malformed("bytes after the end of the packet's content");
    }
    private static MqttException truncated() { return MqttException.malformed("packet ends too early"); }

    // ---- packets

    Connect connect(int headerFlags, boolean overlong) throws MqttException {
        boolean bridge = protocol();
        boolean v31 = version == ProtocolVersion.MQTT_3_1;
        if (headerFlags != 0 && !v31) throw MqttException.malformed("reserved flags in the fixed header"); // [MQTT-3.1.2-12]
        if (overlong && !v3()) throw PacketDecoder.overlong();
        int flags = u8();
        boolean will = (flags & WILL) != 0;
        int willQoS = (flags & WILL_QOS) >> 3;
        if (v31) {
            flags &= ~RESERVED; // unused in MQTT 3.1, as the will's fields without a will
            if (!will) flags &= ~(WILL_QOS | WILL_RETAIN);
        }
        if ((flags & RESERVED) != 0) throw MqttException.malformed("reserved flag in CONNECT"); // [MQTT-3.1.2-3]
        if (!will && (flags & (WILL_QOS | WILL_RETAIN)) != 0) { // [MQTT-3.1.2-7] [-8]
            throw MqttException.malformed("will QoS or retain without a will");
        }
        if (will && willQoS == 3) throw MqttException.malformed("will QoS 3"); // §3.1.2.6
        if (v3() && (flags & (USER_NAME | PASSWORD)) == PASSWORD) throw MqttException.malformed("password without user name");
        int keepAlive = u16();
        Properties properties = properties(CONNECT);
        if (properties.has(Property.AUTHENTICATION_DATA) && !properties.has(Property.AUTHENTICATION_METHOD)) { // §3.1.2.11.10
            throw MqttException.protocolError("authentication data without a method");
        }
        String clientId = string();
        Will theWill = will ? will(willQoS, (flags & WILL_RETAIN) != 0) : null;
        // MQTT 3.1 §3.1: there the remaining length has precedence over the flags of user name and password.
        String userName = (flags & USER_NAME) != 0 && !(v31 && at == end) ? string() : null;
        byte[] password = (flags & PASSWORD) != 0 && !(v31 && at == end) ? binary() : null;
        checkEnd();
        boolean cleanStart = (flags & CLEAN_START) != 0;
        if (clientId.isEmpty() && v3() && (v31 || !cleanStart)) { // MQTT 3.1.1 [MQTT-3.1.3-8]
            throw new MqttException(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID, "empty client identifier");
        }
        return new Connect(version, bridge, clientId, cleanStart, keepAlive, theWill, userName, password, properties);
    }

    /** Reads protocol name and level, sets {@link #version} and returns whether the level has the bridge bit. */
    private boolean protocol() throws MqttException {
        int from = bytes(), length = at - from;
        boolean mqtt = named(ProtocolVersion.MQTT_5.protocolName, from, length);
        if (!mqtt && !named(ProtocolVersion.MQTT_3_1.protocolName, from, length)) { // [MQTT-3.1.2-1]: not MQTT, no answer
            throw new MqttException(ReasonCode.UNSUPPORTED_PROTOCOL_VERSION, "unknown protocol name");
        }
        int level = u8();
        boolean bridge = level == (BRIDGE | 3) || level == (BRIDGE | 4);
        if (bridge) level &= ~BRIDGE;
        version = !mqtt ? ProtocolVersion.MQTT_3_1 : level < 5 ? ProtocolVersion.MQTT_3_1_1 : ProtocolVersion.MQTT_5;
        // [MQTT-3.1.2-2]: answered in the nearest version
        if (level != version.level) throw new MqttException(ReasonCode.UNSUPPORTED_PROTOCOL_VERSION, "unsupported protocol version");
        return bridge;
    }

    private boolean named(String name, int from, int length) {
        if (length != name.length()) return false;
        for (int i = 0; i < length; i++) if (a[from + i] != name.charAt(i)) return false;
        return true;
    }

    private Will will(int qos, boolean retain) throws MqttException {
        try {
            Properties properties = properties(null);
            int from = bytes();
            if (!Topics.isName(a, from, at - from)) throw MqttException.malformed("invalid will topic"); // [MQTT-3.1.3-11]
            return new Will(Utf8.string(a, from, at - from), binary(), qos, retain, properties);
        } catch (MqttException e) {
            version = null; // no answer: a CONNACK is a MAY here (§4.13.1), and Mosquitto sends none
            throw e;
        }
    }

    Connack connack() throws MqttException {
        int flags = u8(), code = u8();
        if (v3() || at == end) { // an MQTT 3 server answers MQTT 5 with a refusal in its own format
            checkEnd();
            ReasonCode reason = ReasonCode.ofV3(code);
            if (reason == null) throw MqttException.protocolError("unknown return code in CONNACK");
            if (!v3() && !reason.isFailure()) throw truncated();
            return connack(version == ProtocolVersion.MQTT_3_1 ? 0 : flags, reason, Properties.EMPTY);
        }
        at--;
        ReasonCode reason = reasonCode(CONNACK);
        Properties properties = properties(CONNACK);
        checkEnd();
        return connack(flags, reason, properties);
    }

    private static Connack connack(int flags, ReasonCode reason, Properties properties) throws MqttException {
        if ((flags & 0xfe) != 0) throw MqttException.malformed("reserved flags in CONNACK"); // [MQTT-3.2.2-1]
        // [MQTT-3.2.2-6]
        if (flags == 1 && reason != ReasonCode.SUCCESS) throw MqttException.protocolError("refused with a session present");
        return new Connack(flags == 1, reason, properties);
    }

    Subscribe subscribe() throws MqttException {
        int packetId = packetId();
        Properties properties = properties(SUBSCRIBE);
        if (at == end) throw MqttException.protocolError("SUBSCRIBE without a topic filter"); // [MQTT-3.8.3-2]
        List<Subscription> subscriptions = new ArrayList<>(1);
        while (at < end) {
            String filter = filter();
            subscriptions.add(new Subscription(filter, options(u8(), Topics.isShared(filter))));
        }
        return new Subscribe(packetId, properties, subscriptions);
    }

    private SubscriptionOptions options(int b, boolean shared) throws MqttException {
        int qos = b & 3;
        if (v3()) {
            if (version == ProtocolVersion.MQTT_3_1_1 && (b & 0xfc) != 0 || qos == 3) {
                throw MqttException.malformed("invalid requested QoS");
            }
            return SubscriptionOptions.of(qos);
        }
        if ((b & 0xc0) != 0) throw MqttException.malformed("reserved bits in the subscription options"); // [MQTT-3.8.3-5]
        if (qos == 3) throw MqttException.protocolError("QoS 3 in SUBSCRIBE"); // §3.8.3.1, as the next two
        if ((b & 0x30) == 0x30) throw MqttException.protocolError("retain handling 3");
        if (shared && (b & 4) != 0) throw MqttException.protocolError("no local on a shared subscription"); // [MQTT-3.8.3-4]
        return SubscriptionOptions.ofByte(b);
    }

    Suback suback() throws MqttException {
        int packetId = packetId();
        return new Suback(packetId, properties(SUBACK), reasonCodes(SUBACK));
    }

    Unsubscribe unsubscribe() throws MqttException {
        int packetId = packetId();
        Properties properties = properties(UNSUBSCRIBE);
        if (at == end) throw MqttException.protocolError("UNSUBSCRIBE without a topic filter"); // [MQTT-3.10.3-2]
        List<String> filters = new ArrayList<>(1);
        while (at < end) filters.add(filter());
        return new Unsubscribe(packetId, properties, filters);
    }

    Unsuback unsuback() throws MqttException {
        int packetId = packetId();
        if (!v3()) return new Unsuback(packetId, properties(UNSUBACK), reasonCodes(UNSUBACK));
        checkEnd();
        return new Unsuback(packetId, Properties.EMPTY, List.of());
    }

    private List<ReasonCode> reasonCodes(PacketType packet) throws MqttException {
        if (at == end) throw MqttException.protocolError("no reason code"); // [MQTT-3.9.3-1] [MQTT-3.11.3-1]
        List<ReasonCode> codes = new ArrayList<>(end - at);
        while (at < end) {
            ReasonCode code = reasonCode(packet);
            if (v3() && code.isFailure() && code != ReasonCode.UNSPECIFIED_ERROR) {
                throw MqttException.protocolError("unknown return code in SUBACK");
            }
            codes.add(code);
        }
        return codes;
    }

    Disconnect disconnect() throws MqttException {
        if (at == end) return Disconnect.NORMAL;
        if (v3()) throw MqttException.malformed("DISCONNECT with content");
        ReasonCode reason = reasonCode(DISCONNECT);
        if (!server && reason == ReasonCode.DISCONNECT_WITH_WILL_MESSAGE) throw MqttException.protocolError("a server has no will");
        Properties properties = lastProperties(DISCONNECT);
        // [MQTT-3.14.2-2]; the server reference is the server's (§3.14.2.2.5)
        if (properties.has(server ? Property.SERVER_REFERENCE : Property.SESSION_EXPIRY_INTERVAL)) {
            throw MqttException.protocolError("a property that the other side sends");
        }
        return new Disconnect(reason, properties);
    }

    Auth auth() throws MqttException {
        if (at == end && !server) return new Auth(ReasonCode.SUCCESS, Properties.EMPTY); // §3.15.2.1
        ReasonCode reason = at == end ? ReasonCode.SUCCESS : reasonCode(AUTH);
        if (reason == (server ? ReasonCode.SUCCESS : ReasonCode.REAUTHENTICATE)) { // table 3-11
            throw MqttException.protocolError("a reason code that the other side sends");
        }
        Properties properties = properties(AUTH);
        checkEnd();
        if (!properties.has(Property.AUTHENTICATION_METHOD)) throw MqttException.protocolError("AUTH without a method"); // §3.15.2.2.2
        return new Auth(reason, properties);
    }
}
