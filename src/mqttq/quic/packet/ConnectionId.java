package mqttq.quic.packet;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** An immutable connection id of 0 to 20 bytes. */
public final class ConnectionId {
    /** RFC 9000 §17.2: the most bytes in versions 1 and 2. */
    public static final int MAX_LENGTH = 20;
    public static final ConnectionId EMPTY = new ConnectionId(new byte[0]);

    private final byte[] bytes;

    private ConnectionId(byte[] bytes) {
        if (bytes.length > MAX_LENGTH) throw new IllegalArgumentException("connection id of " + bytes.length + " bytes");
        this.bytes = bytes;
    }

    /** Copies {@code length} bytes, 0 to 20. */
    public static ConnectionId of(byte[] array, int offset, int length) {
        return length == 0 ? EMPTY : new ConnectionId(Arrays.copyOfRange(array, offset, offset + length));
    }

    public static ConnectionId of(byte[] bytes) { return of(bytes, 0, bytes.length); }

    /** A new one of {@code length} bytes from {@code entropy}. */
    public static ConnectionId random(RandomGenerator entropy, int length) {
        byte[] bytes = new byte[length];
        entropy.nextBytes(bytes);
        return length == 0 ? EMPTY : new ConnectionId(bytes);
    }

    public int length() { return bytes.length; }

    /** A copy. */
    public byte[] bytes() { return bytes.clone(); }
    public void put(ByteBuffer out) { out.put(bytes); }

    /** Whether these are its bytes; allocates nothing. */
    public boolean matches(byte[] array, int offset, int length) {
        return length == bytes.length && Arrays.equals(bytes, 0, length, array, offset, offset + length);
    }

    /** Its bytes without a copy, for this package to read only. */
    byte[] array() { return bytes; }
    @Override public boolean equals(Object other) { return other instanceof ConnectionId id && Arrays.equals(bytes, id.bytes); }

    /** Not keyed: for a table that a peer's choice can fill use {@link ConnectionIdMap}. */
    @Override public int hashCode() { return Arrays.hashCode(bytes); }

    /** Hexadecimal. */
    @Override public String toString() { return HexFormat.of().formatHex(bytes); }
}
