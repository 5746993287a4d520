package mqttq.mqtt;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The properties of an MQTT 5 packet: immutable, in their order, kept as on the wire (a look-up walks them). Any thread. */
public final class Properties {
    public static final Properties EMPTY = new Properties(new byte[0]);

    /** A user property; names may repeat. */
    public record UserProperty(String name, String value) { }

    /** Called for each property in order; {@code value} is a Long, a String, a byte[] or a {@link UserProperty}, by its type. */
    public interface Visitor {
        void property(Property property, Object value);
    }

    private static final int[] NONE = {};

    private final byte[] block;

    private Properties(byte[] block) { this.block = block; }

    /**
     * Checks and copies a property block in wire form, without the length in front.
     * @param packet the packet it came in; null for will properties
     * @throws MqttException 0x81 malformed, 0x82 for what is not allowed, 0x94 for topic alias 0
     */
    public static Properties parse(byte[] array, int offset, int length, PacketType packet) throws MqttException {
        if (length == 0) return EMPTY;
        PropertyBlock.check(array, offset, offset + length, packet);
        return new Properties(Arrays.copyOfRange(array, offset, offset + length));
    }

    /** A copy of the end-to-end properties of a valid block. */
    static Properties endToEnd(byte[] array, int offset, int length) {
        int size = PropertyBlock.endToEndSize(array, offset, offset + length);
        if (size == 0) return EMPTY;
        byte[] block = new byte[size];
        PropertyBlock.copyEndToEnd(array, offset, offset + length, block, 0);
        return new Properties(block);
    }

    /** These where all of them are end-to-end. */
    Properties endToEnd() {
        return PropertyBlock.endToEndSize(block, 0, block.length) == block.length ? this : endToEnd(block, 0, block.length);
    }
    void copyTo(byte[] array, int offset) { System.arraycopy(block, 0, array, offset, block.length); }

    /** A copy of a valid block, whatever is in it. */
    static Properties of(byte[] array, int offset, int length) {
        return length == 0 ? EMPTY : new Properties(Arrays.copyOfRange(array, offset, offset + length));
    }

    public static Builder builder() { return new Builder(); }

    /** A builder that starts with what is here. */
    public Builder toBuilder() { return new Builder().putAll(this); }
    public boolean isEmpty() { return block.length == 0; }

    /** Bytes on the wire, without the length in front. */
    public int size() { return block.length; }

    /** Writes the block without the length in front. */
    public void write(ByteBuffer out) { out.put(block); }
    public boolean has(Property property) { return PropertyBlock.find(block, 0, block.length, property) >= 0; }

    /** The number (any of the four integer types), or {@code absent}. */
    public long number(Property property, long absent) {
        int at = PropertyBlock.find(block, 0, block.length, property);
        return at < 0 ? absent : PropertyBlock.value(block, at, property);
    }

    /** The string, or null. */
    public String string(Property property) {
        if (property.type != Property.Type.UTF8_STRING) throw new IllegalArgumentException(property + " is not a string");
        return string(block, PropertyBlock.find(block, 0, block.length, property));
    }

    /** A copy of the binary value, or null. */
    public byte[] binary(Property property) {
        if (property.type != Property.Type.BINARY_DATA) throw new IllegalArgumentException(property + " is not binary");
        return binary(block, PropertyBlock.find(block, 0, block.length, property));
    }

    static String string(byte[] a, int at) { return at < 0 ? null : Utf8.string(a, at + 2, PropertyBlock.u16(a, at)); }
    static byte[] binary(byte[] a, int at) { return at < 0 ? null : Arrays.copyOfRange(a, at + 2, at + 2 + PropertyBlock.u16(a, at)); }

    /** The user properties in their order. */
    public List<UserProperty> userProperties() { return userProperties(block, 0, block.length); }

    static List<UserProperty> userProperties(byte[] a, int at, int end) {
        List<UserProperty> found = null;
        while ((at = PropertyBlock.find(a, at, end, Property.USER_PROPERTY)) >= 0) {
            if (found == null) found = new ArrayList<>();
            found.add(userProperty(a, at));
            at = PropertyBlock.skip(a, at, Property.USER_PROPERTY);
        }
        return found == null ? List.of() : List.copyOf(found);
    }

    private static UserProperty userProperty(byte[] a, int at) {
        return new UserProperty(string(a, at), string(a, at + 2 + PropertyBlock.u16(a, at)));
    }

    /** The first user property of this name, or null. */
    public String user(String name) {
        for (UserProperty property : userProperties()) if (property.name().equals(name)) return property.value();
        return null;
    }

    /** The subscription identifiers in their order. */
    public int[] subscriptionIdentifiers() { return subscriptionIdentifiers(block, 0, block.length); }

    static int[] subscriptionIdentifiers(byte[] a, int from, int end) {
        int count = 0;
        for (int at = from; (at = PropertyBlock.find(a, at, end, Property.SUBSCRIPTION_IDENTIFIER)) >= 0; count++) {
            at = PropertyBlock.skip(a, at, Property.SUBSCRIPTION_IDENTIFIER);
        }
        if (count == 0) return NONE;
        int[] found = new int[count];
        for (int i = 0, at = from; i < count; i++) {
            at = PropertyBlock.find(a, at, end, Property.SUBSCRIPTION_IDENTIFIER);
            found[i] = VariableByteInteger.get(a, at, end);
            at = PropertyBlock.skip(a, at, Property.SUBSCRIPTION_IDENTIFIER);
        }
        return found;
    }

    public void forEach(Visitor visitor) {
        for (int at = 0; at < block.length; ) {
            Property property = Property.of(block[at++]);
            visitor.property(property, switch (property.type) {
                case UTF8_STRING -> string(block, at);
                case BINARY_DATA -> binary(block, at);
                case UTF8_STRING_PAIR -> userProperty(block, at);
                default -> PropertyBlock.value(block, at, property);
            });
            at = PropertyBlock.skip(block, at, property);
        }
    }

    /** Whether this packet (null: a will) may carry all of these, none of them too often. */
    public boolean allowedIn(PacketType packet) {
        try {
            PropertyBlock.check(block, 0, block.length, packet);
            return true;
        } catch (MqttException e) {
            return false;
        }
    }

    /** These without {@code property}. */
    public Properties without(Property property) {
        if (!has(property)) return this;
        Builder builder = new Builder();
        for (int at = 0; at < block.length; ) {
            Property each = Property.of(block[at]);
            int next = PropertyBlock.skip(block, at + 1, each);
            if (each != property) builder.append(block, at, next - at);
            at = next;
        }
        return builder.build();
    }

    @Override public boolean equals(Object other) { return other instanceof Properties that && Arrays.equals(block, that.block); }
    @Override public int hashCode() { return Arrays.hashCode(block); }

    /** Names, equals signs and values in order, strings as they came: not for a log line. */
    @Override public String toString() {
        StringBuilder text = new StringBuilder("{");
        forEach((property, value) -> {
            if (text.length() > 1) text.append(", ");
            text.append(property).append('=').append(value instanceof byte[] bytes ? Arrays.toString(bytes) : value);
        });
        return text.append('}').toString();
    }

    /** Puts properties together in the order of the calls; IllegalArgumentException for a wrong type, value or a second one. */
    public static final class Builder {
        private byte[] block = new byte[32];
        private int length, last;

        private Builder() { }

        /** A number of any of the four integer types. */
        public Builder put(Property property, long value) {
            switch (property.type) {
                case BYTE -> start(property, value, 0xff).append((int) value);
                case TWO_BYTE_INTEGER -> start(property, value, 0xffff).append16((int) value);
                case FOUR_BYTE_INTEGER -> start(property, value, 0xffff_ffffL).append16((int) (value >> 16)).append16((int) value & 0xffff);
                case VARIABLE_BYTE_INTEGER -> {
                    start(property, value, VariableByteInteger.MAX);
                    for (; value >= 0x80; value >>>= 7) append((int) value | 0x80);
                    append((int) value);
                }
                default -> throw new IllegalArgumentException(property + " is not a number");
            }
            return checked(property);
        }

        public Builder put(Property property, String value) {
            if (property.type != Property.Type.UTF8_STRING) throw new IllegalArgumentException(property + " is not a string");
            byte[] bytes = Utf8.bytes(value);
            start(property, 0, 0).append(bytes);
            return checked(property);
        }

        public Builder put(Property property, byte[] value) {
            if (property.type != Property.Type.BINARY_DATA) throw new IllegalArgumentException(property + " is not binary");
            if (value.length > Utf8.MAX_LENGTH) throw new IllegalArgumentException(property + " of more than 65535 bytes");
            return start(property, 0, 0).append(value);
        }

        /** One more user property. */
        public Builder user(String name, String value) {
            byte[] first = Utf8.bytes(name), second = Utf8.bytes(value);
            return start(Property.USER_PROPERTY, 0, 0).append(first).append(second);
        }

        public Builder putAll(Properties properties) {
            for (int at = 0; at < properties.block.length; ) {
                Property property = Property.of(properties.block[at]);
                int next = PropertyBlock.skip(properties.block, at + 1, property);
                refuseSecond(property);
                append(properties.block, at, next - at);
                at = next;
            }
            return this;
        }

        public Properties build() { return of(block, 0, length); }

        private Builder start(Property property, long value, long most) {
            if (value < 0 || value > most) throw new IllegalArgumentException(property + " cannot be " + value);
            refuseSecond(property);
            last = length;
            return append(property.id);
        }

        private void refuseSecond(Property property) {
            if (property != Property.USER_PROPERTY && property != Property.SUBSCRIPTION_IDENTIFIER
                    && PropertyBlock.find(block, 0, length, property) >= 0) throw new IllegalArgumentException(property + " given twice");
        }

        private Builder checked(Property property) {
            try {
                PropertyBlock.check(block, last + 1, length, property);
            } catch (MqttException e) {
                length = last;
                throw new IllegalArgumentException(e.getMessage());
            }
            return this;
        }

        private Builder append(int b) {
            if (length == block.length) block = Arrays.copyOf(block, length * 2);
            block[length++] = (byte) b;
            return this;
        }

        private Builder append16(int value) { return append(value >> 8).append(value); }
        private Builder append(byte[] bytes) { return append16(bytes.length).append(bytes, 0, bytes.length); }

        private Builder append(byte[] from, int offset, int count) {
            if (block.length - length < count) block = Arrays.copyOf(block, Math.max(length + count, length * 2));
            System.arraycopy(from, offset, block, length, count);
            length += count;
            return this;
        }
    }
}
