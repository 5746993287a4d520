package mqttq.quic.packet;

import static mqttq.quic.packet.TransportError.PROTOCOL_VIOLATION;
import static mqttq.quic.packet.TransportError.TRANSPORT_PARAMETER_ERROR;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import mqttq.wire.Varint;

/**
 * One side's transport parameters (RFC 9000 §18.2, RFC 9221, RFC 9287, RFC 9368). The fields start at what an absent parameter means;
 * null or 0 leaves it out. Set them before {@link #encode}; what {@link #parse} returned is not changed.
 */
public final class TransportParameters {
    private static final int ORIGINAL_DESTINATION_CONNECTION_ID = 0x00, MAX_IDLE_TIMEOUT = 0x01, STATELESS_RESET_TOKEN = 0x02,
        MAX_UDP_PAYLOAD_SIZE = 0x03, INITIAL_MAX_DATA = 0x04, INITIAL_MAX_STREAM_DATA_BIDI_LOCAL = 0x05,
        INITIAL_MAX_STREAM_DATA_BIDI_REMOTE = 0x06, INITIAL_MAX_STREAM_DATA_UNI = 0x07, INITIAL_MAX_STREAMS_BIDI = 0x08,
        INITIAL_MAX_STREAMS_UNI = 0x09, ACK_DELAY_EXPONENT = 0x0a, MAX_ACK_DELAY = 0x0b, DISABLE_ACTIVE_MIGRATION = 0x0c,
        PREFERRED_ADDRESS = 0x0d, ACTIVE_CONNECTION_ID_LIMIT = 0x0e, INITIAL_SOURCE_CONNECTION_ID = 0x0f,
        RETRY_SOURCE_CONNECTION_ID = 0x10, VERSION_INFORMATION = 0x11, MAX_DATAGRAM_FRAME_SIZE = 0x20, GREASE_QUIC_BIT = 0x2ab2;
    private static final long ONLY_FROM_SERVER = 1L << ORIGINAL_DESTINATION_CONNECTION_ID | 1L << STATELESS_RESET_TOKEN
        | 1L << PREFERRED_ADDRESS | 1L << RETRY_SOURCE_CONNECTION_ID;
    private static final int MAX_UDP_PAYLOAD = 65_527, DEFAULT_ACK_DELAY_EXPONENT = 3, DEFAULT_MAX_ACK_DELAY = 25,
        DEFAULT_CONNECTION_IDS = 2;

    /** What proves which connection ids the handshake used (RFC 9000 §7.3); the first and last only from a server. */
    public ConnectionId originalDestinationConnectionId, initialSourceConnectionId, retrySourceConnectionId;
    /** 16 bytes; only from a server. */
    public byte[] statelessResetToken;
    /** Only from a server. */
    public PreferredAddress preferredAddress;

    /** Milliseconds; 0 for none. */
    public long maxIdleTimeout;
    /** Milliseconds, below 2^14. */
    public long maxAckDelay = DEFAULT_MAX_ACK_DELAY;
    /** 0 to 20: ACK Delay fields count in 2^this µs. */
    public int ackDelayExponent = DEFAULT_ACK_DELAY_EXPONENT;

    /** Bytes, at least 1200. */
    public long maxUdpPayloadSize = MAX_UDP_PAYLOAD;
    /** Bytes of flow control; "local" is the sender of the parameters. */
    public long initialMaxData, initialMaxStreamDataBidiLocal, initialMaxStreamDataBidiRemote, initialMaxStreamDataUni;
    /** At most 2^60. */
    public long initialMaxStreamsBidi, initialMaxStreamsUni;
    /** At least 2. */
    public long activeConnectionIdLimit = DEFAULT_CONNECTION_IDS;
    /** Bytes of a DATAGRAM frame with its type and length; 0: none are taken (RFC 9221). */
    public long maxDatagramFrameSize;

    public boolean disableActiveMigration;
    /** The sender takes packets whose fixed bit is zero (RFC 9287). */
    public boolean greaseQuicBit;

    /** The Version fields of version_information, 0 and null where it is absent (RFC 9368 §3). */
    public int chosenVersion;
    public int[] availableVersions;

    /**
     * The body of the quic_transport_parameters extension. Values are sent as they are, right or wrong.
     * @param entropy for one reserved parameter of random id and content as grease; null for none
     */
    public byte[] encode(RandomGenerator entropy) {
        ByteBuffer out = ByteBuffer.allocate(512 + (availableVersions == null ? 0 : 4 * availableVersions.length));
        connectionId(out, ORIGINAL_DESTINATION_CONNECTION_ID, originalDestinationConnectionId);
        bytes(out, STATELESS_RESET_TOKEN, statelessResetToken);
        if (preferredAddress != null) bytes(out, PREFERRED_ADDRESS, preferredAddress.encode());
        connectionId(out, INITIAL_SOURCE_CONNECTION_ID, initialSourceConnectionId);
        connectionId(out, RETRY_SOURCE_CONNECTION_ID, retrySourceConnectionId);
        integer(out, MAX_ACK_DELAY, maxAckDelay, DEFAULT_MAX_ACK_DELAY);
        integer(out, ACK_DELAY_EXPONENT, ackDelayExponent, DEFAULT_ACK_DELAY_EXPONENT);
        if (chosenVersion != 0) {
            Varint.put(out, VERSION_INFORMATION);
            Varint.put(out, 4 + 4 * availableVersions.length);
            out.putInt(chosenVersion);
            for (int version : availableVersions) out.putInt(version);
        }
        putRemembered(out);
        // RFC 9000 §18.1: reserved, so that ignoring what is unknown stays exercised.
        if (entropy != null) {
            Varint.put(out, 31L * (entropy.nextInt() & 0x7fff_ffffL) + 27);
            byte[] grease = new byte[entropy.nextInt(8)];
            entropy.nextBytes(grease);
            out.put((byte) grease.length).put(grease);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    /** What a client keeps with a ticket for 0-RTT (RFC 9000 §7.4.1), to be read by {@link #parseRemembered}. */
    public byte[] encodeRemembered() {
        ByteBuffer out = ByteBuffer.allocate(256);
        putRemembered(out);
        return Arrays.copyOf(out.array(), out.position());
    }

    private void putRemembered(ByteBuffer out) {
        integer(out, MAX_IDLE_TIMEOUT, maxIdleTimeout, 0);
        integer(out, MAX_UDP_PAYLOAD_SIZE, maxUdpPayloadSize, MAX_UDP_PAYLOAD);
        integer(out, INITIAL_MAX_DATA, initialMaxData, 0);
        integer(out, INITIAL_MAX_STREAM_DATA_BIDI_LOCAL, initialMaxStreamDataBidiLocal, 0);
        integer(out, INITIAL_MAX_STREAM_DATA_BIDI_REMOTE, initialMaxStreamDataBidiRemote, 0);
        integer(out, INITIAL_MAX_STREAM_DATA_UNI, initialMaxStreamDataUni, 0);
        integer(out, INITIAL_MAX_STREAMS_BIDI, initialMaxStreamsBidi, 0);
        integer(out, INITIAL_MAX_STREAMS_UNI, initialMaxStreamsUni, 0);
        integer(out, ACTIVE_CONNECTION_ID_LIMIT, activeConnectionIdLimit, DEFAULT_CONNECTION_IDS);
        integer(out, MAX_DATAGRAM_FRAME_SIZE, maxDatagramFrameSize, 0);
        flag(out, DISABLE_ACTIVE_MIGRATION, disableActiveMigration);
        flag(out, GREASE_QUIC_BIT, greaseQuicBit);
    }

    private static void integer(ByteBuffer out, int id, long value, long absent) {
        if (value == absent) return;
        Varint.put(out, id);
        Varint.put(out, Varint.size(value));
        Varint.put(out, value);
    }

    private static void flag(ByteBuffer out, int id, boolean on) { if (on) bytes(out, id, new byte[0]); }
    private static void connectionId(ByteBuffer out, int id, ConnectionId value) { if (value != null) bytes(out, id, value.array()); }

    private static void bytes(ByteBuffer out, int id, byte[] value) {
        if (value == null) return;
        Varint.put(out, id);
        Varint.put(out, value.length);
        out.put(value);
    }

    /**
     * Reads and checks the peer's.
     * @throws QuicException TRANSPORT_PARAMETER_ERROR where RFC 9000 §7.4, §18.2 or an extension's document says so
     */
    public static TransportParameters parse(byte[] extension, boolean fromServer) throws QuicException {
        TransportParameters parameters = new TransportParameters();
        ByteBuffer in = ByteBuffer.wrap(extension);
        long seen = 0;
        boolean greaseSeen = false;
        while (in.hasRemaining()) {
            long id = Varint.get(in), length = id < 0 ? -1 : Varint.get(in);
            if (length < 0 || length > in.remaining()) throw error("truncated");
            // RFC 9000 §7.4: no parameter twice.
            if (id == GREASE_QUIC_BIT ? greaseSeen : id <= MAX_DATAGRAM_FRAME_SIZE && (seen & 1L << id) != 0) throw error("one twice");
            if (id == GREASE_QUIC_BIT) greaseSeen = true;
            else if (id <= MAX_DATAGRAM_FRAME_SIZE) seen |= 1L << id;
            ByteBuffer value = in.slice(in.position(), (int) length);
            in.position(in.position() + (int) length);
            // RFC 9000 §7.4.2: what is not known is ignored.
            if (id <= GREASE_QUIC_BIT) parameters.read((int) id, value, fromServer);
        }
        // RFC 9000 §18.2: a client sends none of these.
        if (!fromServer && (seen & ONLY_FROM_SERVER) != 0) throw error("one that only a server may send");
        ConnectionId source = parameters.initialSourceConnectionId;
        if (parameters.preferredAddress != null && source != null && source.length() == 0) {
            throw error("preferred_address without connection ids");
        }
        return parameters;
    }

    /** Reads {@link #encodeRemembered}; null where the bytes are damaged. */
    public static TransportParameters parseRemembered(byte[] remembered) {
        try {
            return parse(remembered, true);
        } catch (QuicException e) {
            return null;
        }
    }

    private void read(int id, ByteBuffer value, boolean fromServer) throws QuicException {
        switch (id) {
            case ORIGINAL_DESTINATION_CONNECTION_ID -> originalDestinationConnectionId = connectionId(value);
            case MAX_IDLE_TIMEOUT -> maxIdleTimeout = integer(value, 0, Varint.MAX);
            case STATELESS_RESET_TOKEN -> {
                if (value.remaining() != StatelessReset.TOKEN_LENGTH) throw error("stateless_reset_token length");
                value.get(statelessResetToken = new byte[StatelessReset.TOKEN_LENGTH]);
            }
            case MAX_UDP_PAYLOAD_SIZE -> maxUdpPayloadSize = integer(value, DatagramSize.MIN_INITIAL, Varint.MAX);
            case INITIAL_MAX_DATA -> initialMaxData = integer(value, 0, Varint.MAX);
            case INITIAL_MAX_STREAM_DATA_BIDI_LOCAL -> initialMaxStreamDataBidiLocal = integer(value, 0, Varint.MAX);
            case INITIAL_MAX_STREAM_DATA_BIDI_REMOTE -> initialMaxStreamDataBidiRemote = integer(value, 0, Varint.MAX);
            case INITIAL_MAX_STREAM_DATA_UNI -> initialMaxStreamDataUni = integer(value, 0, Varint.MAX);
            // RFC 9000 §4.6: stream ids would not fit a varint.
            case INITIAL_MAX_STREAMS_BIDI -> initialMaxStreamsBidi = integer(value, 0, 1L << 60);
            case INITIAL_MAX_STREAMS_UNI -> initialMaxStreamsUni = integer(value, 0, 1L << 60);
            case ACK_DELAY_EXPONENT -> ackDelayExponent = (int) integer(value, 0, 20);
            case MAX_ACK_DELAY -> maxAckDelay = integer(value, 0, (1 << 14) - 1);
            case DISABLE_ACTIVE_MIGRATION -> disableActiveMigration = flag(value);
            case PREFERRED_ADDRESS -> preferredAddress = PreferredAddress.parse(value);
            case ACTIVE_CONNECTION_ID_LIMIT -> activeConnectionIdLimit = integer(value, 2, Varint.MAX);
            case INITIAL_SOURCE_CONNECTION_ID -> initialSourceConnectionId = connectionId(value);
            case RETRY_SOURCE_CONNECTION_ID -> retrySourceConnectionId = connectionId(value);
            case VERSION_INFORMATION -> versionInformation(value, fromServer);
            case MAX_DATAGRAM_FRAME_SIZE -> maxDatagramFrameSize = integer(value, 0, Varint.MAX);
            case GREASE_QUIC_BIT -> greaseQuicBit = flag(value);
            default -> { }
        }
    }

    private void versionInformation(ByteBuffer value, boolean fromServer) throws QuicException {
        // RFC 9368 §4: whole versions, none of them zero, and a client's choice among what it has.
        if (value.remaining() < 4 || value.remaining() % 4 != 0) throw error("version_information length");
        chosenVersion = value.getInt();
        availableVersions = new int[value.remaining() / 4];
        boolean hasZero = chosenVersion == 0, hasChosen = false;
        for (int i = 0; i < availableVersions.length; i++) {
            availableVersions[i] = value.getInt();
            hasZero |= availableVersions[i] == 0;
            hasChosen |= availableVersions[i] == chosenVersion;
        }
        if (hasZero) throw error("version 0 in version_information");
        if (!fromServer && !hasChosen) throw error("chosen version not among the available");
    }

    private static long integer(ByteBuffer value, long least, long most) throws QuicException {
        long number = Varint.get(value);
        if (number < 0 || value.hasRemaining()) throw error("not an integer");
        if (number < least || number > most) throw error("out of range");
        return number;
    }

    private static boolean flag(ByteBuffer value) throws QuicException {
        if (value.hasRemaining()) throw error("a flag with a value");
        return true;
    }

    private static ConnectionId connectionId(ByteBuffer value) throws QuicException {
        if (value.remaining() > ConnectionId.MAX_LENGTH) throw error("connection id length");
        byte[] bytes = new byte[value.remaining()];
        value.get(bytes);
        return ConnectionId.of(bytes);
    }

    /**
     * For a client whose 0-RTT was accepted: nothing that it relied on may have become smaller (RFC 9000 §7.4.1, RFC 9221 §3).
     * @throws QuicException PROTOCOL_VIOLATION
     */
    public void checkNotBelow(TransportParameters remembered) throws QuicException {
        if (!allowsEarlyData(remembered)) throw new QuicException(PROTOCOL_VIOLATION, "transport parameters reduced after accepting 0-RTT");
    }

    /** For a server, on its own: whether 0-RTT sent under {@code remembered} keeps within these. */
    public boolean allowsEarlyData(TransportParameters remembered) {
        return activeConnectionIdLimit >= remembered.activeConnectionIdLimit
            && initialMaxData >= remembered.initialMaxData
            && initialMaxStreamDataBidiLocal >= remembered.initialMaxStreamDataBidiLocal
            && initialMaxStreamDataBidiRemote >= remembered.initialMaxStreamDataBidiRemote
            && initialMaxStreamDataUni >= remembered.initialMaxStreamDataUni
            && initialMaxStreamsBidi >= remembered.initialMaxStreamsBidi
            && initialMaxStreamsUni >= remembered.initialMaxStreamsUni
            && maxDatagramFrameSize >= remembered.maxDatagramFrameSize;
    }

    static QuicException error(String what) { return new QuicException(TRANSPORT_PARAMETER_ERROR, "transport parameters: ".concat(what)); }
}
