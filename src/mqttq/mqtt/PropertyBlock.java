package mqttq.mqtt;

/** Property blocks in wire form, without their length: checked once when they arrive, walked without checks afterwards. */
final class PropertyBlock {
    private PropertyBlock() { }

    /** The property whose identifier is at {@code at}, allowed in {@code packet} (null: a will) and not in {@code seen}, a bit an id. */
    static Property property(byte[] a, int at, long seen, PacketType packet) throws MqttException {
        Property property = Property.of(a[at]);
        // §2.2.2.2: an identifier that is not valid for the packet makes it malformed; one too many is a protocol error.
        if (property == null) throw MqttException.malformed("unknown property");
        if (!property.allowedIn(packet)) throw MqttException.malformed("property not allowed in this packet");
        if ((seen & 1L << property.id) != 0 && !property.repeatable(packet)) throw MqttException.protocolError("property given twice");
        return property;
    }

    /** Checks the value at {@code at} and returns the position after it. */
    static int check(byte[] a, int at, int end, Property property) throws MqttException {
        int left = end - at;
        switch (property.type) {
            case BYTE -> {
                if (left < 1) throw truncated();
                if ((a[at] & 0xfe) != 0) throw MqttException.protocolError("property is neither 0 nor 1");
                return at + 1;
            }
            case TWO_BYTE_INTEGER -> {
                if (left < 2) throw truncated();
                if (a[at] == 0 && a[at + 1] == 0) {
                    if (property == Property.RECEIVE_MAXIMUM) throw MqttException.protocolError("receive maximum 0");
                    // [MQTT-3.3.2-8]
                    if (property == Property.TOPIC_ALIAS) throw new MqttException(ReasonCode.TOPIC_ALIAS_INVALID, "topic alias 0");
                }
                return at + 2;
            }
            case FOUR_BYTE_INTEGER -> {
                if (left < 4) throw truncated();
                if (property == Property.MAXIMUM_PACKET_SIZE && value(a, at, property) == 0) {
                    throw MqttException.protocolError("maximum packet size 0");
                }
                return at + 4;
            }
            case VARIABLE_BYTE_INTEGER -> {
                int value = VariableByteInteger.get(a, at, end);
                if (value < 0) throw value == -1 ? truncated() : MqttException.malformed("variable byte integer too long");
                if (value == 0) throw MqttException.protocolError("subscription identifier 0");
                return at + VariableByteInteger.size(value);
            }
            case BINARY_DATA -> {
                return bytes(a, at, end);
            }
            case UTF8_STRING -> {
                int next = string(a, at, end);
                if (property == Property.RESPONSE_TOPIC && !Topics.isName(a, at + 2, next - at - 2)) { // [MQTT-3.3.2-14]
                    throw MqttException.protocolError("response topic is no topic name");
                }
                return next;
            }
            default -> {
                return string(a, string(a, at, end), end);
            }
        }
    }

    private static int bytes(byte[] a, int at, int end) throws MqttException {
        if (end - at < 2) throw truncated();
        int next = at + 2 + u16(a, at);
        if (next > end) throw truncated();
        return next;
    }

    private static int string(byte[] a, int at, int end) throws MqttException {
        int next = bytes(a, at, end);
        if (!Utf8.isValid(a, at + 2, next - at - 2)) throw MqttException.malformed("property is not valid UTF-8");
        return next;
    }

    private static MqttException truncated() { return MqttException.malformed("property goes past the end of the properties"); }

    /** Checks the block in {@code at..end}. */
    static void check(byte[] a, int at, int end, PacketType packet) throws MqttException {
        long seen = 0;
        while (at < end) {
            Property property = property(a, at, seen, packet);
            seen |= 1L << property.id;
            at = check(a, at + 1, end, property);
        }
    }

    // From here on the block is known to be valid.

    /** The position after the value at {@code at}. */
    static int skip(byte[] a, int at, Property property) {
        return switch (property.type) {
            case BYTE -> at + 1;
            case TWO_BYTE_INTEGER -> at + 2;
            case FOUR_BYTE_INTEGER -> at + 4;
            case VARIABLE_BYTE_INTEGER -> {
                while (a[at] < 0) at++;
                yield at + 1;
            }
            case UTF8_STRING, BINARY_DATA -> at + 2 + u16(a, at);
            case UTF8_STRING_PAIR -> {
                at += 2 + u16(a, at);
                yield at + 2 + u16(a, at);
            }
        };
    }

    /** Where the value of the first {@code wanted} from {@code at} on starts, or -1. */
    static int find(byte[] a, int at, int end, Property wanted) {
        while (at < end) {
            Property property = Property.of(a[at++]);
            if (property == wanted) return at;
            at = skip(a, at, property);
        }
        return -1;
    }

    /** The number at {@code at}. */
    static long value(byte[] a, int at, Property property) {
        return switch (property.type) {
            case BYTE -> a[at] & 0xff;
            case TWO_BYTE_INTEGER -> u16(a, at);
            case FOUR_BYTE_INTEGER -> (long) u16(a, at) << 16 | u16(a, at + 2);
            case VARIABLE_BYTE_INTEGER -> VariableByteInteger.get(a, at, a.length);
            default -> throw new IllegalArgumentException(property + " is not a number");
        };
    }

    static int u16(byte[] a, int at) { return (a[at] & 0xff) << 8 | a[at + 1] & 0xff; }

    /** The bytes of what is end-to-end in the block. */
    static int endToEndSize(byte[] a, int at, int end) {
        int size = 0;
        while (at < end) {
            Property property = Property.of(a[at]);
            int next = skip(a, at + 1, property);
            if (property.endToEnd()) size += next - at;
            at = next;
        }
        return size;
    }

    /** Copies what is end-to-end in the block, in its order, and returns the position after it in {@code to}. */
    static int copyEndToEnd(byte[] a, int at, int end, byte[] to, int position) {
        while (at < end) {
            Property property = Property.of(a[at]);
            int next = skip(a, at + 1, property);
            if (property.endToEnd()) {
                System.arraycopy(a, at, to, position, next - at);
                position += next - at;
            }
            at = next;
        }
        return position;
    }
}
