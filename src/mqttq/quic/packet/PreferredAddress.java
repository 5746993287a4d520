package mqttq.quic.packet;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * The preferred_address transport parameter (RFC 9000 §9.6, §18.2): where a server would rather be, with the connection id of sequence 1.
 */
public final class PreferredAddress {
    private static final int FIXED_LENGTH = 4 + 2 + 16 + 2 + 1 + StatelessReset.TOKEN_LENGTH;

    /** Null where the server has none of that family. */
    public final InetSocketAddress ipv4, ipv6;
    /** Of 1 to 20 bytes. */
    public final ConnectionId connectionId;
    /** 16 bytes. */
    public final byte[] statelessResetToken;

    public PreferredAddress(InetSocketAddress ipv4, InetSocketAddress ipv6, ConnectionId connectionId, byte[] statelessResetToken) {
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
        this.connectionId = connectionId;
        this.statelessResetToken = statelessResetToken;
    }

    byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(FIXED_LENGTH + connectionId.length());
        put(out, ipv4, 4);
        put(out, ipv6, 16);
        out.put((byte) connectionId.length());
        connectionId.put(out);
        return out.put(statelessResetToken).array();
    }

    private static void put(ByteBuffer out, InetSocketAddress address, int length) {
        out.put(address == null ? new byte[length] : address.getAddress().getAddress());
        out.putShort((short) (address == null ? 0 : address.getPort()));
    }

    static PreferredAddress parse(ByteBuffer in) throws QuicException {
        int idLength = in.remaining() - FIXED_LENGTH;
        // RFC 9000 §18.2: a zero-length connection id is an error.
        if (idLength < 1 || idLength > ConnectionId.MAX_LENGTH) throw TransportParameters.error("preferred_address length");
        InetSocketAddress ipv4 = address(in, 4), ipv6 = address(in, 16);
        if ((in.get() & 0xff) != idLength) throw TransportParameters.error("preferred_address connection id");
        byte[] id = new byte[idLength], token = new byte[StatelessReset.TOKEN_LENGTH];
        in.get(id).get(token);
        return new PreferredAddress(ipv4, ipv6, ConnectionId.of(id), token);
    }

    private static InetSocketAddress address(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        int port = in.getShort() & 0xffff;
        try {
            InetAddress address = InetAddress.getByAddress(bytes);
            return port == 0 || address.isAnyLocalAddress() ? null : new InetSocketAddress(address, port);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
