package mqttq.quic.qlog;

import java.nio.ByteBuffer;
import mqttq.quic.packet.PacketType;
import mqttq.wire.Json;
import mqttq.wire.Varint;

/** Writes headers as qlog has them (qlog-quic-events, "PacketHeader"), and says where their ids are. One for all connections of a log. */
final class HeaderText {
    private final Json json;
    private ByteBuffer view = ByteBuffer.allocate(0);
    /** Where in the array the ids of the last header stand; {@code sourceLength} is -1 in a short header. */
    int destination, destinationLength, source, sourceLength;
    private int numberLength, rest;

    HeaderText(Json json) { this.json = json; }

    static String name(PacketType type) {
        return switch (type) {
            case INITIAL -> "initial";
            case ZERO_RTT -> "0RTT";
            case HANDSHAKE -> "handshake";
            case ONE_RTT -> "1RTT";
            case RETRY -> "retry";
            case VERSION_NEGOTIATION -> "version_negotiation";
            case UNKNOWN_VERSION -> "unknown";
        };
    }

    /** Finds the parts of a header without protection that ends before {@code frames}; it was written or parsed by us, so it is whole. */
    void read(PacketType type, byte[] array, int start, int frames) {
        boolean numbered = type != PacketType.RETRY && type != PacketType.VERSION_NEGOTIATION;
        numberLength = numbered ? (array[start] & 3) + 1 : 0;
        if (type == PacketType.ONE_RTT) {
            destination = start + 1;
            destinationLength = frames - numberLength - destination;
            sourceLength = -1;
            return;
        }
        destinationLength = array[start + 5] & 0xff;
        destination = start + 6;
        source = destination + destinationLength + 1;
        sourceLength = array[source - 1] & 0xff;
        rest = source + sourceLength;
    }

    /**
     * The field {@code header}, after {@link #read}.
     * @param end of the packet, tag included
     */
    void write(PacketType type, long number, byte[] array, int start, int frames, int end) {
        json.object("header").field("packet_type", name(type));
        if (number >= 0) json.field("packet_number", number).field("packet_number_length", numberLength);
        if (type == PacketType.ONE_RTT) {
            json.field("spin_bit", (array[start] & 0x20) != 0).field("key_phase_bit", (array[start] & 4) != 0).end();
            return;
        }
        if (number >= 0) json.field("length", end - frames + numberLength);
        json.hex("version", array, start + 1, start + 5).field("scil", sourceLength).field("dcil", destinationLength);
        json.hex("scid", array, source, source + sourceLength).hex("dcid", array, destination, destination + destinationLength);
        int token = tokenLength(type, array, end);
        if (token > 0) json.object("token").object("raw").field("length", token).end().end();
        json.end();
    }

    /** Of Initial and Retry. */
    private int tokenLength(PacketType type, byte[] array, int end) {
        if (type == PacketType.RETRY) return end - rest - 16;
        if (type != PacketType.INITIAL) return 0;
        if (view.array() != array) view = ByteBuffer.wrap(array);
        return (int) Varint.get(view.clear().limit(end).position(rest));
    }

    /** The versions that a Version Negotiation packet lists, after {@link #read}. */
    void versions(String name, byte[] array, int end) {
        json.list(name);
        for (int at = rest; at + 4 <= end; at += 4) json.hex(array, at, at + 4);
        json.end();
    }
}
